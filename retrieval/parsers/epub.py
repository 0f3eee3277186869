"""E-books: the chapters in the order of the spine (EPUB 2 and 3)."""

import posixpath
import zipfile
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from retrieval.parsers.encodings import decode
from retrieval.parsers.html import feed, tree
from retrieval.parsers.packages import open_package
from retrieval.sections import Builder, DocumentError, Parsed, tidy

# Fonts may be scrambled in a book that is open to read.
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")


def parse(data: bytes) -> Parsed:
    with open_package(data, "EPUB") as package:
        try:
            return _book(package)
        except (
            *(KeyError, ParseError, DefusedXmlException, zipfile.BadZipFile, OSError),
            *(NotImplementedError, UnicodeError),
        ) as error:
            raise DocumentError("broken", kind="EPUB") from error


def _book(package: zipfile.ZipFile) -> Parsed:
    if "META-INF/encryption.xml" in package.namelist():
        used = _xml(package, "META-INF/encryption.xml").iterfind(".//{*}EncryptionMethod")
        if any(method.get("Algorithm") not in _FONTS for method in used):
            raise DocumentError("locked")
    rootfile = _xml(package, "META-INF/container.xml").find(".//{*}rootfile")
    if rootfile is None:
        raise DocumentError("broken", kind="EPUB")
    opf = rootfile.get("full-path", "")
    book = _xml(package, opf)
    files = {item.get("id"): item for item in book.iterfind(".//{*}manifest/{*}item")}
    builder = Builder()
    for reference in book.iterfind(".//{*}spine/{*}itemref"):
        item = files.get(reference.get("idref"))
        # The table of contents only repeats the headings.
        if item is not None and "nav" not in item.get("properties", "").split():
            path = posixpath.join(posixpath.dirname(opf), unquote(item.get("href", "")))
            _chapter(builder, package.read(posixpath.normpath(path)))
    title = book.findtext(".//{http://purl.org/dc/elements/1.1/}title") or ""
    return Parsed(builder.sections(), {"title": tidy(title)})


def _chapter(builder: Builder, data: bytes) -> None:
    text, _ = decode(data)
    page = tree(text)
    title = page.css_first("head > title")
    if title is not None and page.css_first("h1, h2, h3, h4, h5, h6") is None:
        builder.heading(1, title.text())
    if page.body is not None:
        feed(builder, page.body)


def _xml(package: zipfile.ZipFile, path: str) -> Element:
    root: Element = ElementTree.fromstring(package.read(path))
    return root
