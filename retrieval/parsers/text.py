"""Plain text: paragraphs between empty lines."""

import re

from retrieval.parsers.encodings import decode
from retrieval.parsers.markdown import front_matter
from retrieval.sections import Builder, Parsed


def parse(data: bytes) -> Parsed:
    text, notes = decode(data)
    meta, body = front_matter(text)
    builder = Builder()
    for block in re.split(r"\n\s*\n", body):
        builder.paragraph(block)
    return Parsed(builder.sections(), meta, notes)
