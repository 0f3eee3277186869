"""The sample's book, made once, and a small one to change."""

from functools import cache
from pathlib import Path

from services.brands import book
from services.brands.checking import Books, Rules

SAMPLE = Path(__file__).parents[2] / "sample/brands/yunridge.yaml"
SMALL = """\
brand: acme
title: {zh: 爱可米, en: Acme}
names:
- write: 爱可米
- write: Acme One
bans:
- id: loud
  find: {震耳欲聋: 安静}
"""


@cache
def sample_books() -> Books:
    return Books({"yunridge": Rules(book.read(SAMPLE.name, SAMPLE.read_bytes()))})
