"""Has files read in a process of its own, where what breaks, hangs or swells does no harm."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path, PurePath
from threading import Timer
from typing import IO, Any, Self, cast

from retrieval.sections import DocumentError, Note, Parsed, Section

KINDS = {
    ".csv": "csv",
    ".docx": "docx",
    ".epub": "epub",
    ".htm": "html",
    ".html": "html",
    ".markdown": "md",
    ".md": "md",
    ".pdf": "pdf",
    ".srt": "srt",
    ".txt": "txt",
    ".vtt": "vtt",
    ".xhtml": "html",
}
SUFFIXES = frozenset(KINDS)
MAX_BYTES = 20 * 1024 * 1024
# Of the answer's line, bytes: more than the child's limits on a text allow.
MAX_ANSWER = 300_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost: `megabytes` of memory, `seconds` of the clock."""

    megabytes: int = 1024
    seconds: int = 60


LIMITS = Limits()


class Reader:
    """Reads files, one at a time, in a process that lives until a file breaks it or `close`."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self._limits = limits
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def read(self, name: str, data: bytes, label: str = "") -> Parsed:
        """The sections of a file, and what it and its label say about it.

        Raises DocumentError, whatever the bytes are.
        """
        suffix = PurePath(name).suffix.lower()
        if suffix not in SUFFIXES:
            raise DocumentError("kind", suffix=suffix or "?", kinds=", ".join(sorted(SUFFIXES)))
        if len(data) > MAX_BYTES:
            raise DocumentError("too-big", limit=MAX_BYTES // 1024 // 1024)
        if not data:
            raise DocumentError("no-text")
        answer = self._answer(KINDS[suffix], data, label)
        if "fault" in answer:
            code, values = answer["fault"]
            if code == "too-heavy":
                self.close()
            raise DocumentError(code, **values)
        return Parsed(
            sections=[Section(*map(tuple, section)) for section in answer["sections"]],
            meta=answer["meta"],
            notes=[Note(code, values) for code, values in answer["notes"]],
        )

    def close(self) -> None:
        """Ends the process, if there is one; the next file begins another."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _answer(self, kind: str, data: bytes, label: str) -> dict[str, Any]:
        child = self._child = self._child or _begin(self._limits)
        told, heard = cast(IO[bytes], child.stdin), cast(IO[bytes], child.stdout)
        head = json.dumps({"kind": kind, "label": label, "size": len(data)})
        slow = Timer(self._limits.seconds, child.kill)
        slow.start()
        try:
            told.write(head.encode() + b"\n" + data)
            told.flush()
            answer: dict[str, Any] = json.loads(heard.readline(MAX_ANSWER))
        # It was ended: by us, or since a library broke or got no more memory.
        except (OSError, ValueError) as error:
            late = slow.finished.is_set()
            self.close()
            if late:
                raise DocumentError("too-slow", seconds=self._limits.seconds) from error
            raise DocumentError("too-heavy", megabytes=self._limits.megabytes) from error
        finally:
            slow.cancel()
        return answer


def _begin(limits: Limits) -> subprocess.Popen[bytes]:
    # It finds this very package, and none of our secrets.
    environment = {
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "PYTHONUTF8": "1",
        **{name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},
    }
    command = [
        *(sys.executable, "-P", "-m", "retrieval.parsers.child"),
        *(str(limits.megabytes), str(limits.seconds)),
    ]
    return subprocess.Popen(  # noqa: S603 no shell, and nothing of a file in the command
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
