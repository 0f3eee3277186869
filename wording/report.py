"""What became of the files that an editor added, in words."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from retrieval.documents import Note
from wording.texts import Texts

# Only for its type: it brings the models' libraries along, which `chezhi kb` needn't load.
if TYPE_CHECKING:
    from services.content.indexing import Added


def fate(added: Added, texts: Texts) -> str:
    """The HTML of one file's report: its outcome, and a line a remark."""
    if added.fault is not None:
        reason = told(added.fault, texts)
        return texts.html("document-wrong", name=added.name, reason=reason)
    first = texts.html("document-added", title=added.name, outcome=added.outcome)
    remarks = [f"• {html.escape(told(note, texts), quote=False)}" for note in added.remarks]
    return "\n".join([first, *remarks])


def told(note: Note, texts: Texts) -> str:
    """A note in words, as plain text."""
    return texts(f"note-{note.code}", **note.values)
