"""Word documents, by way of HTML."""

import io
import re
import zipfile
from collections.abc import Iterable
from typing import Any
from xml.etree.ElementTree import ParseError

import defusedxml
import mammoth
from defusedxml.common import DefusedXmlException

from retrieval.parsers.html import read, tree
from retrieval.parsers.packages import open_package
from retrieval.parsers.word_xml import Prepared
from retrieval.sections import Builder, DocumentError, Note, Parsed, first_heading

STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
# Password-protected and old Word files are this kind of container, not a ZIP file.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What mammoth passes over and tells; that it doesn't know a style costs no text.
_PASSED_OVER = re.compile(r"element was ignored: (\S+)|(w:sym) element with an unsupported")
# These hold no text.
_NO_TEXT = (
    "w:bookmarkEnd w:permStart w:permEnd w:softHyphen w:dayShort w:continuationSeparator"
    " w:separator w:footnoteRef w:endnoteRef w:commentRangeStart w:commentRangeEnd"
    " w:moveFromRangeStart w:moveFromRangeEnd w:customXmlInsRangeStart w:customXmlInsRangeEnd"
    " w:customXmlDelRangeStart w:customXmlDelRangeEnd w:noProof w:sdtPr w:sdtEndPr w:tblPrEx"
    " w:smartTagPr w:customXmlPr w:fldData w:pgNum v:path v:stroke v:fill v:formulas v:handles"
    " v:imagedata v:line v:oval v:textpath o:lock w10:wrap w10:anchorlock o:OLEObject c:chart"
    " office-word:anchorlock w:control"
)
_EMPTY = frozenset(_NO_TEXT.split())


def parse(data: bytes) -> Parsed:
    if data.startswith(_OLE):
        raise DocumentError("old-word")
    # mammoth reads XML with the standard library.
    defusedxml.defuse_stdlib()
    try:
        with open_package(data, "DOCX") as package:
            prepared = Prepared(package)
        found = mammoth.convert_to_html(
            io.BytesIO(prepared.data),
            style_map=STYLES,
            include_embedded_style_map=False,
            convert_image=mammoth.images.img_element(_no_image),
        )
    except (KeyError, ValueError, ParseError, DefusedXmlException) as error:
        raise DocumentError("broken", kind="DOCX") from error
    except (zipfile.BadZipFile, OSError, NotImplementedError) as error:
        raise DocumentError("broken", kind="DOCX") from error
    builder = Builder()
    page = tree(found.value)
    # The way back from a footnote.
    for link in page.css('a[href*="note-ref-"]'):
        link.decompose()
    notes = read(builder, page, page.body)
    notes += _remarks(prepared, found.messages)
    sections = builder.sections()
    return Parsed(sections, {"title": first_heading(sections)}, notes)


def _remarks(prepared: Prepared, messages: Iterable[Any]) -> list[Note]:
    """What of the text is left out."""
    notes = [Note("hidden", {"count": prepared.hidden})] if prepared.hidden else []
    told = (_PASSED_OVER.search(message.message) for message in messages)
    names = {name[1] or name[2] for name in told if name is not None} - _EMPTY
    if prepared.objects:
        names.add("OLE / chart")
    return [*notes, Note("unread", {"names": ", ".join(sorted(names))})] if names else notes


def _no_image(_image: Any) -> dict[str, str]:
    return {"src": ""}
