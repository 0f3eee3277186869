"""Rich Markdown to blocks: https://core.telegram.org/bots/api#rich-markdown-style.

GitHub's Markdown with marks, spoilers, formulas, footnotes and any of the rich HTML tags: it is
rendered to rich HTML, and that is read.
"""

from __future__ import annotations

from playground.plain import Json
from playground.rich.inline import Media


def read(source: str, media: Media) -> list[Json]:
    """Raises ApiError 400."""
    raise NotImplementedError
