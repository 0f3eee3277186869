"""Documents to cited answers: parsing, chunks, vectors, search, answers. Knows no users or items."""
