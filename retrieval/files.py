"""Picks the parser of a file by its suffix, and runs those of risky formats in a child process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePath

from retrieval.parsers import faq, markdown, text
from retrieval.sections import DocumentError, Note, Parsed, Section

# Read here: a few lines of Python each, quick, and they hold no more than the text.
SIMPLE: dict[str, Callable[[bytes], Parsed]] = {
    ".csv": faq.parse,
    ".markdown": markdown.parse,
    ".md": markdown.parse,
    ".txt": text.parse,
}
# Read in a child: what breaks, hangs or swells there harms nothing else.
RISKY = {
    ".docx": "docx",
    ".epub": "epub",
    ".htm": "html",
    ".html": "html",
    ".pdf": "pdf",
    ".srt": "srt",
    ".vtt": "vtt",
    ".xhtml": "html",
}
SUFFIXES = frozenset(SIMPLE) | frozenset(RISKY)
MAX_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: `megabytes` of memory, `seconds` of the clock."""

    megabytes: int = 1024
    seconds: int = 60


LIMITS = Limits()


def read(name: str, data: bytes, limits: Limits = LIMITS) -> Parsed:
    """The sections of a file. Raises DocumentError, whatever the bytes are."""
    suffix = PurePath(name).suffix.lower()
    if suffix not in SUFFIXES:
        raise DocumentError("kind", suffix=suffix or "?", kinds=", ".join(sorted(SUFFIXES)))
    if len(data) > MAX_BYTES:
        raise DocumentError("too-big", limit=MAX_BYTES // 1024 // 1024)
    if suffix in SIMPLE:
        return SIMPLE[suffix](data)
    if not data:
        raise DocumentError("no-text")
    return _read_in_child(RISKY[suffix], data, limits)


def _read_in_child(kind: str, data: bytes, limits: Limits) -> Parsed:
    command = [
        *(sys.executable, "-P", "-m", "retrieval.parsers.child", kind),
        *(str(limits.megabytes), str(limits.seconds)),
    ]
    # It finds this very package, and none of our secrets.
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONUTF8": "1",
        **{name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},
    }
    try:
        done = subprocess.run(  # noqa: S603 no shell, and nothing of the file in the command
            command,
            input=data,
            capture_output=True,
            timeout=limits.seconds,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DocumentError("too-slow", seconds=limits.seconds) from error
    try:
        answer = json.loads(done.stdout)
    # A library that gets no more memory ends the process, which then says nothing.
    except ValueError as error:
        raise DocumentError("too-heavy", megabytes=limits.megabytes) from error
    if "fault" in answer:
        code, values = answer["fault"]
        raise DocumentError(code, **values)
    return Parsed(
        sections=[Section(*map(tuple, section)) for section in answer["sections"]],
        meta=answer["meta"],
        notes=[Note(code, values) for code, values in answer["notes"]],
    )
