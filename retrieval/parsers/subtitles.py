"""Transcripts (SRT, WebVTT): sentences, each with the time at which its first words are said."""

import html
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import webvtt
from webvtt.errors import MalformedCaptionError, MalformedFileError
from webvtt.models import Timestamp

from retrieval.layout import join
from retrieval.parsers.encodings import decode
from retrieval.sections import DocumentError, Note, Parsed, Section, tidy
from retrieval.sentences import is_abbreviation, sentences, size

# Subtitles without punctuation are cut at a pause of this many seconds, or at a cue when this long.
PAUSE_S = 1.5
LONG = 80
# After a break like this something new begins, which no passage shall span.
BREAK_S = 30
# Cues that follow each other more closely may roll: they show what was on screen before once more.
ROLLS_S = 0.5
# What grows from cue to cue is no repetition of a short word, in characters.
GROWS = 6
# A name that stands before this share of the cues, or twice and inside a sentence, is a speaker's.
SPEAKERS = 0.5
_END = re.compile(r"[。！？；…!?][”’」』）】\"')\]]*$|\.[”’\"')\]]*$")
# The tags that WebVTT and SRT know, a time among them; all else between < and > is text.
_TAGS = re.compile(
    r"</?(?:[cibus]|ruby|rt)(?:\.[\w.#-]+)*>|(?:^|(?<=[\s>]))<v(?:\.[\w.-]+)*(?:\s[^<>\n]*)?>|</v>"
    r"|<(?:lang|font)\s[^<>\n]*>|</(?:lang|font)>|<br\s?/?>|<(?:\d+:)?\d{2}:\d{2}[.,]\d{3}>"
    r"|\{\\[^}\n]*\}",
    re.IGNORECASE,
)
_TIMES = re.compile(r"^[^\S\n]*\d[\d:.,]*[^\S\n]*-+>", re.MULTILINE)
_READING = re.compile(r"<rt\b[^<>]*>.*?(?:</rt>|$)", re.IGNORECASE)
_VOICE = re.compile(r"^\s*<v(?:\.\S+)?\s+([^<>]+)>", re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]\w{1,30});", re.IGNORECASE)
# Marks of who speaks, and what is heard besides: >> - [Music] ♪
_TURN = re.compile(r"^\s*(?:>>+|[-–—](?=\s))\s*")
_SOUND = re.compile(r"^\s*(?:[\[(（【♪♫][^\[\]()（）【】]{0,40}[\])）】♪♫]|[♪♫]+)\s*$")
_LABEL = re.compile(
    r"^((?:[A-Z][\w.'’-]*)(?: [A-Z\d][\w.'’-]*){0,3}|[\u4e00-\u9fff·]{2,6}\d?)\s*[:：]\s*(?=\S)"
)
# Begin sentences as names do, and say something.
_WARNING = re.compile(
    r"注意|提示|警告|重要|例如|比如|总结|结论|步骤|答案|问题|方法|原因|说明|note|warning|tip|important"
    r"|caution|example|summary|answer|question|step|danger",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Cue:
    start: float
    end: float
    lines: list[str]
    speaker: str = ""


def srt(data: bytes) -> Parsed:
    return _transcript(data, "srt")


def vtt(data: bytes) -> Parsed:
    return _transcript(data, "vtt")


def _transcript(data: bytes, kind: str) -> Parsed:
    text, notes = decode(data)
    try:
        captions = webvtt.from_buffer(io.StringIO(text), format=kind).captions
    except (MalformedFileError, MalformedCaptionError) as error:
        raise DocumentError("broken", kind=kind.upper()) from error
    # What is no cue to the library is passed over there.
    lost = len(_TIMES.findall(text)) - len(captions)
    if lost > 0:
        notes = [*notes, Note("cues", {"count": lost})]
    cues = [
        _cue(_seconds(caption.start_time), _seconds(caption.end_time), caption.lines)
        for caption in captions
    ]
    _take_names(cues)
    talk = _Talk()
    for cue in cues:
        talk.hear(cue)
    talk.close()
    return Parsed([Section((), tuple(s), tuple(t)) for s, t in talk.parts], notes=notes)


def _seconds(time: Timestamp) -> float:
    return float(time.in_seconds()) + time.milliseconds / 1000


def _cue(start: float, end: float, lines: Sequence[str]) -> _Cue:
    found = _Cue(start, end, [])
    for line in lines:
        if voice := _VOICE.match(line):
            found.speaker = tidy(voice[1])
        # Tags first: what a reference stands for is never one.
        plain = _TAGS.sub("", _READING.sub("", line))
        plain = tidy(_REFERENCE.sub(lambda known: html.unescape(known[0]), plain))
        if _TURN.match(plain):
            found.speaker = found.speaker or ">>"
        plain = _TURN.sub("", plain)
        if plain and not _SOUND.match(plain):
            found.lines.append(plain)
    return found


def _take_names(cues: Sequence[_Cue]) -> None:
    """Takes speakers' names out of the text, and notes who speaks."""
    labels = [_LABEL.match(cue.lines[0]) if cue.lines else None for cue in cues]
    named = Counter(
        label[1] for label in labels if label is not None and not _WARNING.match(label[1])
    )
    inside = {
        label[1]
        for before, label in zip(cues, labels[1:], strict=False)
        if label is not None and before.lines and not _END.search(before.lines[-1])
    }
    told = sum(1 for cue in cues if cue.lines)
    if sum(named.values()) < max(SPEAKERS * told, 2):
        named = Counter({name: n for name, n in named.items() if n > 1 and name in inside})
    for cue in cues:
        for at, line in enumerate(cue.lines):
            label = _LABEL.match(line)
            if label is not None and label[1] in named:
                cue.lines[at] = line[label.end() :]
                cue.speaker = label[1]


class _Talk:
    """Puts cues together to sentences."""

    def __init__(self) -> None:
        # Sentences and their times, of each stretch between breaks.
        self.parts: list[tuple[list[str], list[str]]] = [([], [])]
        self._open = ""
        self._began = 0.0
        self._ended = 0.0
        self._shown: list[str] = []
        self._speaker = ""

    def hear(self, cue: _Cue) -> None:
        text = self._fresh(cue)
        if not text:
            return
        pause = cue.start - self._ended
        another = cue.speaker and (cue.speaker == ">>" or cue.speaker != self._speaker)
        if pause >= PAUSE_S or size(self._open) >= LONG or another:
            self.close()
        if pause >= BREAK_S:
            self.parts.append(([], []))
        self._speaker = cue.speaker or self._speaker
        for sentence in sentences(text):
            if not self._open:
                self._began = cue.start
            self._open = tidy(join(self._open, sentence) if self._open else sentence)
            if _END.search(sentence) and not is_abbreviation(sentence):
                self.close()
        self._ended = cue.end

    def _fresh(self, cue: _Cue) -> str:
        """What a cue says that wasn't on screen before."""
        shown, self._shown = self._shown, cue.lines
        lines = cue.lines
        if not lines:
            self._shown = shown
        elif shown and cue.start - self._ended < ROLLS_S:
            again = next(
                (n for n in range(len(lines), 0, -1) if lines[:n] == shown[len(shown) - n :]), 0
            )
            lines = lines[again:]
            if again == 0 and len(shown[-1]) >= GROWS and lines[0].startswith(shown[-1]):
                lines = [lines[0][len(shown[-1]) :], *lines[1:]]
            # What rolls stays on screen, and so holds the next cue to it.
            if not lines:
                self._ended = max(self._ended, cue.end)
        text = ""
        for line in filter(None, map(tidy, lines)):
            text = join(text, line) if text else line
        return tidy(text)

    def close(self) -> None:
        """Ends the sentence that is being heard."""
        if self._open:
            minutes, seconds = divmod(int(self._began), 60)
            said, times = self.parts[-1]
            said.append(self._open)
            times.append(f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}")
        self._open = ""
