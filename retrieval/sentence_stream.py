"""A text that arrives in pieces, cut into sentences with the citations that they carry."""

import re
from dataclasses import dataclass

from retrieval.sentences import is_abbreviation

_MARK = re.compile(r"\[(\d{1,3})\]")
# Ends as in retrieval.sentences, with citations that follow the full stop: `…更换。[1]`.
_MARKS = r"(?:[ \t]*\[\d{1,3}\])*"
_STOP = r"[。！？；…]+[”’」』）】]*"
_LATIN_STOP = r"[.!?]+[\"'”’)\]]*(?=[ \t]*\[\d{1,3}\]|\s+[\"'“‘(\[]?[A-Z0-9\u4e00-\u9fff])"
_END = re.compile(rf"(?:{_STOP}|{_LATIN_STOP})(?P<marks>{_MARKS})|\n+")
_MAYBE_MARK = re.compile(r"[ \t]*(?:\[\d{0,3})?")


@dataclass(frozen=True, slots=True)
class Cited:
    """A sentence without its citation marks, and the numbers in them."""

    text: str
    citations: tuple[int, ...]


class SentenceStream:
    """Gives each sentence as soon as nothing that may follow can change it.

    However the text is cut into pieces, the sentences are the same. Citations stand after their
    sentence, or before it when the text begins with one.
    """

    def __init__(self) -> None:
        self.pending = ""
        self._leading: bool | None = None

    def feed(self, piece: str) -> list[Cited]:
        """Sentences that this piece completes."""
        self.pending += piece
        return self._take(final=False)

    def end(self) -> list[Cited]:
        """What is left when the text has ended."""
        found = self._take(final=True)
        last = _cited(self.pending)
        self.pending = ""
        return [*found, last] if last else found

    def _take(self, final: bool) -> list[Cited]:
        found: list[Cited] = []
        start = at = 0
        while end := _END.search(self.pending, at):
            stop = end.end()
            rest = self.pending[stop:]
            if not final and (not rest or _MAYBE_MARK.fullmatch(rest)):
                break
            at = stop
            if end.group().startswith(".") and is_abbreviation(
                self.pending[start : end.start() + 1]
            ):
                continue
            if self._leading is None:
                self._leading = _MARK.match(self.pending.lstrip()) is not None
            if self._leading and end.start("marks") >= 0:
                at = stop = end.start("marks")
            sentence = _cited(self.pending[start:stop])
            if sentence:
                found.append(sentence)
            start = stop
        self.pending = self.pending[start:]
        return found


def _cited(text: str) -> Cited | None:
    bare = re.sub(r"\s+", " ", _MARK.sub(" ", text)).strip()
    # A mark before the full stop leaves a gap behind.
    bare = re.sub(r" +([。！？；…，,.!?;])", r"\1", bare)
    if not re.search(r"\w", bare):
        return None
    return Cited(bare, tuple(int(number) for number in _MARK.findall(text)))
