"""What is said about a file: YAML between --- lines at its top, or in a label beside it."""

import re
from typing import Any

import yaml

from retrieval.sections import DocumentError

LABELS = ("id", "title", "course", "course_title", "lesson", "language", "topics")
"""What a file, or a label beside it, may say about the document."""
MAX_LABEL = 2000
# Characters of front matter, and of a value there; entries of a list, and lists in all.
MAX_FRONT, MAX_VALUE, MAX_LISTED, MAX_LISTS = 16_000, 2000, 100, 100
_FRONT = re.compile(r"\A\s*^---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.M)


def front_matter(text: str) -> tuple[dict[str, Any], str]:
    """What stands between --- lines at the top, and the rest. Raises DocumentError."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = _FRONT.match(text)
    if found is None:
        return {}, text
    if len(found[1]) > MAX_FRONT or len(re.findall(r"[\[{]", found[1])) > MAX_LISTS:
        raise DocumentError("front-matter", reason=f"> {MAX_FRONT} characters, > {MAX_LISTS} [")
    try:
        said = yaml.safe_load(found[1])
    # ValueError: a date such as 2026-13-45. RecursionError: thousands of brackets.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = re.sub(r"\s+", " ", str(error))[:300]
        raise DocumentError("front-matter", reason=reason) from error
    if said is None:
        return {}, text[found.end() :]
    # Between two lines across the page there may just be text.
    return (said, text[found.end() :]) if isinstance(said, dict) else ({}, text)


def labelled(label: str) -> dict[str, Any]:
    """Raises DocumentError for anything but lines of `name: value` with names of LABELS."""
    if not label:
        return {}
    try:
        said = yaml.safe_load(label) if len(label) <= MAX_LABEL else None
    except (yaml.YAMLError, ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not said.keys() <= set(LABELS):
        raise DocumentError("label", names=", ".join(LABELS))
    return said


def plain(meta: dict[str, Any]) -> dict[str, str | list[str]]:
    """What is said under a name that counts, as text. Raises DocumentError for a block there.

    A block or list may hold itself many times over, and would be endless as text.
    """
    found: dict[str, str | list[str]] = {}
    for name in LABELS:
        value = meta.get(name)
        listed = isinstance(value, list | tuple | set)
        if isinstance(value, dict) or (listed and name != "topics"):
            raise DocumentError("front-matter", reason=f"{name}: …")
        if isinstance(value, list | tuple | set):
            entries = [entry for entry in value if not isinstance(entry, list | dict | set | tuple)]
            found[name] = [str(entry)[:MAX_VALUE] for entry in entries[:MAX_LISTED]]
        elif value not in (None, ""):
            found[name] = str(value)[:MAX_VALUE]
    return found
