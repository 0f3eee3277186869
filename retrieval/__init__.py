"""Documents to cited answers: parsing, chunks, vectors, search, answers. No users, no items."""
