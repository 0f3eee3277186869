"""One module a format, each with `parse(data: bytes) -> Parsed`, which raises DocumentError."""
