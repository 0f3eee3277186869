"""Rule books of brands and of the law, what texts break of them, and how a brand is spoken of.

`books = await shelf.load(session)` gives the books in force; `books.check(text, brand, place)` what
a text breaks of them, and `books.logos(sha256, place)` what a picture does.
"""

from services.brands.checking import Books, Finding

__all__ = ["Books", "Finding"]
