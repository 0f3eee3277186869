"""Transcripts (SRT, WebVTT): sentences, each with the time at which its first words are said."""

import io
import re

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError

from retrieval.parsers.encodings import decode
from retrieval.sections import DocumentError, Parsed, Section, tidy
from retrieval.sentences import is_abbreviation, sentences, size

# Subtitles without punctuation are cut at a pause of this many seconds, or at a cue when this long.
PAUSE_S = 1.5
LONG = 80
# After a break like this something new begins, which no passage shall span.
BREAK_S = 30
_END = re.compile(r"[。！？；…!?][”’」』）】\"')\]]*$|\.[”’\"')\]]*$")
_MARKUP = re.compile(r"<[^>]*>|\{\\[^}]*\}")


def srt(data: bytes) -> Parsed:
    return _transcript(data, "srt")


def vtt(data: bytes) -> Parsed:
    return _transcript(data, "vtt")


def _transcript(data: bytes, kind: str) -> Parsed:
    text, notes = decode(data)
    try:
        captions = webvtt.from_buffer(io.StringIO(text), format=kind)
    except (MalformedFileError, MalformedCaptionError) as error:
        raise DocumentError("broken", kind=kind.upper()) from error
    talk = _Talk()
    for caption in captions.captions:
        start, end = caption.start_in_seconds, caption.end_in_seconds
        talk.hear(start, end, [tidy(_MARKUP.sub("", line)) for line in caption.lines])
    talk.close()
    return Parsed([Section((), tuple(s), tuple(t)) for s, t in talk.parts], notes=notes)


class _Talk:
    """Puts cues together to sentences."""

    def __init__(self) -> None:
        # Sentences and their times, of each stretch between breaks.
        self.parts: list[tuple[list[str], list[str]]] = [([], [])]
        self._open = ""
        self._began = 0
        self._ended = 0.0
        self._last = ""

    def hear(self, start: int, end: float, lines: list[str]) -> None:
        # Live captions roll: they show the line before once more.
        fresh = lines[1:] if lines and lines[0] == self._last else lines
        self._last = lines[-1] if lines else ""
        cue = tidy(" ".join(fresh))
        if not cue:
            return
        if start - self._ended >= PAUSE_S or size(self._open) >= LONG:
            self.close()
        if start - self._ended >= BREAK_S:
            self.parts.append(([], []))
        for sentence in sentences(cue):
            if not self._open:
                self._began = start
            self._open = tidy(f"{self._open} {sentence}")
            if _END.search(sentence) and not is_abbreviation(sentence):
                self.close()
        self._ended = end

    def close(self) -> None:
        """Ends the sentence that is being heard."""
        if self._open:
            minutes, seconds = divmod(self._began, 60)
            said, times = self.parts[-1]
            said.append(self._open)
            times.append(f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}")
        self._open = ""
