"""Word documents, by way of HTML."""

import io
import zipfile
from typing import Any

import defusedxml
import mammoth

from retrieval.parsers.html import feed, tree
from retrieval.parsers.packages import open_package
from retrieval.sections import Builder, DocumentError, Parsed, first_heading

STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
# Password-protected and old Word files are this kind of container, not a ZIP file.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def parse(data: bytes) -> Parsed:
    if data.startswith(_OLE):
        raise DocumentError("old-word")
    open_package(data, "DOCX").close()
    # mammoth reads XML with the standard library.
    defusedxml.defuse_stdlib()
    try:
        html = mammoth.convert_to_html(
            io.BytesIO(data),
            style_map=STYLES,
            include_embedded_style_map=False,
            convert_image=mammoth.images.img_element(_no_image),
        ).value
    except (KeyError, zipfile.BadZipFile, OSError) as error:
        raise DocumentError("broken", kind="DOCX") from error
    builder = Builder()
    body = tree(html).body
    if body is not None:
        feed(builder, body)
    sections = builder.sections()
    return Parsed(sections, {"title": first_heading(sections)})


def _no_image(_image: Any) -> dict[str, str]:
    return {"src": ""}
