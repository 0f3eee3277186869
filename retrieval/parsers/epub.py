"""E-books: the chapters in the order of the spine (EPUB 2 and 3)."""

import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from selectolax.lexbor import LexborHTMLParser, LexborNode

from retrieval.parsers.encodings import decode
from retrieval.parsers.html import HEADINGS, read, said, tree
from retrieval.parsers.packages import open_package
from retrieval.sections import Builder, DocumentError, Note, Parsed, tidy, tidy_heading

# Fonts may be scrambled in a book that is open to read.
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
# What programs write where a page has no title.
_NO_TITLE = frozenset({"", "unknown", "untitled", "cover", "未知", "无标题", "未命名"})
# A page of so many links, which are nearly all that it says, is a table of contents.
LINKS, LINKED = 4, 0.8
# Parts that are named in the report.
_NAMED = 5
_BROKEN = (
    *(KeyError, ParseError, DefusedXmlException, zipfile.BadZipFile, OSError, EOFError),
    *(NotImplementedError, UnicodeError, ValueError, zlib.error),
)


def parse(data: bytes) -> Parsed:
    with open_package(data, "EPUB") as package:
        try:
            book = _Book(package)
        except _BROKEN as error:
            raise DocumentError("broken", kind="EPUB") from error
        return book.read()


class _Book:
    def __init__(self, package: zipfile.ZipFile) -> None:
        """Raises DocumentError for a locked book, and any of _BROKEN for one without a package."""
        self._zip = package
        if "META-INF/encryption.xml" in package.namelist():
            used = self._xml("META-INF/encryption.xml").iterfind(".//{*}EncryptionMethod")
            if any(method.get("Algorithm") not in _FONTS for method in used):
                raise DocumentError("locked")
        rootfile = self._xml("META-INF/container.xml").find(".//{*}rootfile")
        if rootfile is None:
            raise DocumentError("broken", kind="EPUB")
        self._opf = rootfile.get("full-path", "")
        self._book = self._xml(self._opf)
        self._files = {item.get("id"): item for item in self._book.iterfind(".//{*}item")}
        self.title = tidy(self._book.findtext(".//{http://purl.org/dc/elements/1.1/}title") or "")
        self._names = self._contents()
        self._builder = Builder()

    def read(self) -> Parsed:
        """Raises DocumentError for a book of which nothing is there."""
        notes: list[Note] = []
        lost: list[str] = []
        count = 0
        listing = self._book.find(".//{*}guide/{*}reference[@type='toc']")
        skipped = self._path(self._opf, listing.get("href", "")) if listing is not None else None
        for reference in self._book.iterfind(".//{*}spine/{*}itemref"):
            item = self._files.get(reference.get("idref"))
            href = item.get("href", "") if item is not None else reference.get("idref", "?")
            # A table of contents only repeats the headings.
            if item is not None and "nav" in item.get("properties", "").split():
                continue
            path = self._path(self._opf, href)
            if path == skipped and path in self._zip.namelist():
                continue
            try:
                if item is None or _is_picture(item):
                    raise KeyError(path)
                notes += self._chapter(path)
                count += 1
            except (*_BROKEN, DocumentError):
                lost.append(posixpath.basename(path))
        if not count:
            raise DocumentError("broken", kind="EPUB")
        if lost:
            listed = ", ".join(lost[:_NAMED]) + (" …" if len(lost) > _NAMED else "")
            notes.append(Note("parts", {"names": listed, "count": len(lost)}))
        return Parsed(self._builder.sections(), {"title": self.title}, _summed(notes))

    def _chapter(self, path: str) -> list[Note]:
        text, notes = decode(self._zip.read(path))
        page = tree(text)
        if page.body is None or _lists_links(page):
            return notes
        names = dict(self._names.get(path, {}))
        own = [tidy_heading(said(node)) for node in page.css(", ".join(HEADINGS))]
        # Headings of the page's own stand where they belong.
        names = {place: name for place, name in names.items() if not _there(name[1], own)}
        whole = names.pop("", None)
        title = page.css_first("head > title")
        if whole is None and not own and title is not None:
            said_so = tidy_heading(title.text())
            if said_so.lower() not in _NO_TITLE and said_so != self.title:
                whole = 1, said_so
        if whole is not None:
            # Above all headings of the page.
            self._builder.heading(0 if own else whole[0], whole[1])
        notes += read(self._builder, page, page.body, names=names, sheets=self._sheets(page, path))
        return notes

    def _sheets(self, page: LexborHTMLParser, path: str) -> str:
        """The style sheets that a page names, as far as they are there."""
        found = []
        for link in page.css('link[rel="stylesheet"]'):
            try:
                css = self._zip.read(self._path(path, link.attributes.get("href") or ""))
            except _BROKEN:
                continue
            found.append(css.decode("utf-8", "replace"))
        return "\n".join(found)

    def _contents(self) -> dict[str, dict[str, tuple[int, str]]]:
        """The names of chapters in toc.ncx, or else in the navigation page: by page and by the
        element there ("" for the whole page), with their levels.
        """
        found: dict[str, dict[str, tuple[int, str]]] = {}
        for path, href, level, text in (*self._ncx(), *self._navigation()):
            target, _, place = href.partition("#")
            page = self._path(path, target)
            if name := tidy_heading(text):
                found.setdefault(page, {}).setdefault(place, (level, name))
        for names in found.values():
            # A chapter that begins at an element of a page that has no other is all of it.
            if len(names) == 1:
                names[""] = names.pop(next(iter(names)))
        return found

    def _ncx(self) -> Iterator[tuple[str, str, int, str]]:
        for item in self._files.values():
            if item.get("media-type") == "application/x-dtbncx+xml":
                path = self._path(self._opf, item.get("href", ""))
                try:
                    points = self._xml(path).find("{*}navMap")
                except _BROKEN:
                    continue
                if points is not None:
                    yield from ((path, *point) for point in _points(points, 1))

    def _navigation(self) -> Iterator[tuple[str, str, int, str]]:
        for item in self._files.values():
            if "nav" in item.get("properties", "").split():
                path = self._path(self._opf, item.get("href", ""))
                try:
                    page = tree(decode(self._zip.read(path))[0])
                except (*_BROKEN, DocumentError):
                    continue
                for link in page.css("nav a[href]"):
                    yield path, link.attributes["href"] or "", _depth(link), said(link)

    def _path(self, beside: str, href: str) -> str:
        joined = posixpath.join(posixpath.dirname(beside), unquote(href.partition("#")[0]))
        return posixpath.normpath(joined)

    def _xml(self, path: str) -> Element:
        root: Element = ElementTree.fromstring(self._zip.read(path))
        return root


def _points(parent: Element, level: int) -> Iterator[tuple[str, int, str]]:
    """(address, level, name) of the entries of an NCX, no deeper than headings go."""
    for point in parent.iterfind("{*}navPoint"):
        content = point.find("{*}content")
        text = point.findtext("{*}navLabel/{*}text") or ""
        if content is not None:
            yield content.get("src", ""), level, text
        if level < len(HEADINGS):
            yield from _points(point, level + 1)


def _depth(link: LexborNode) -> int:
    lists, up = 0, link.parent
    while up is not None:
        lists += up.tag in ("ol", "ul")
        up = up.parent
    return min(max(lists, 1), len(HEADINGS))


def _is_picture(item: Element) -> bool:
    return item.get("media-type", "").startswith("image/")


def _lists_links(page: LexborHTMLParser) -> bool:
    """Whether a page only leads to others."""
    links = page.css("body a[href]")
    if len(links) < LINKS or page.body is None:
        return False
    linked = sum(len("".join(link.text().split())) for link in links)
    return linked >= LINKED * len("".join(page.body.text().split()))


def _there(name: str, headings: list[str]) -> bool:
    """Whether one of a page's headings says what the table of contents calls it."""
    short = "".join(name.split())
    return any(
        short in own or own in short for own in ("".join(h.split()) for h in headings if h.strip())
    )


def _summed(notes: list[Note]) -> list[Note]:
    """One remark of each code; counts are added up."""
    found: dict[str, Note] = {}
    for note in notes:
        before = found.get(note.code)
        if before is None or "count" not in note.values:
            found[note.code] = note
        else:
            count = int(before.values["count"]) + int(note.values["count"])
            found[note.code] = Note(note.code, before.values | {"count": count})
    return list(found.values())
