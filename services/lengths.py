"""How long a message may be, as Telegram counts."""

LIMIT = 4096
"""Of one message's text, in UTF-16 code units."""


def length(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2
