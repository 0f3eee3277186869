"""A bar of progress in text, and how often a chat may see it change."""

BAR = 10


def bar(done: int, total: int) -> str:
    filled = BAR * done // total if total else BAR
    return "▰" * filled + "▱" * (BAR - filled)
