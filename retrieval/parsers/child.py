"""The process that reads one file: `python -m retrieval.parsers.child FORMAT MEGABYTES SECONDS`.

Takes the file on stdin and prints one JSON object: what it holds, or what is wrong with it.
"""

import json
import sys
from importlib import import_module
from typing import Any

from retrieval.sections import DocumentError, Parsed

# Module and function of each format's parser, so that a process loads no other's library.
PARSERS = {
    "docx": ("docx", "parse"),
    "epub": ("epub", "parse"),
    "html": ("html", "parse"),
    "pdf": ("pdf", "parse"),
    "srt": ("subtitles", "srt"),
    "vtt": ("subtitles", "vtt"),
}
# Characters; some thirty long books.
MAX_TEXT = 20_000_000


def main(kind: str, megabytes: int, seconds: int) -> None:
    data = sys.stdin.buffer.read()
    _limit(megabytes, seconds)
    try:
        answer = _answer(kind, data)
    except DocumentError as error:
        answer = {"fault": (error.note.code, error.note.values)}
    except MemoryError:
        answer = {"fault": ("too-heavy", {"megabytes": megabytes})}
    # A file that breaks a parser in a way that nobody foresaw is a broken file.
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        answer = {"fault": ("broken", {"kind": kind.upper()})}
    sys.stdout.buffer.write(json.dumps(answer, default=str).encode())


def _answer(kind: str, data: bytes) -> dict[str, Any]:
    module, name = PARSERS[kind]
    parsed: Parsed = getattr(import_module(f"retrieval.parsers.{module}"), name)(data)
    if sum(len(section.text) for section in parsed.sections) > MAX_TEXT:
        raise DocumentError("too-long", limit=MAX_TEXT // 1_000_000)
    return {
        "meta": parsed.meta,
        "sections": [(s.headings, s.paragraphs, s.places) for s in parsed.sections],
        "notes": [(note.code, note.values) for note in parsed.notes],
    }


def _limit(megabytes: int, seconds: int) -> None:
    """Memory, time of the processor, and no files written; where the system knows such limits."""
    if sys.platform == "win32":
        return
    import resource

    for limit, value in (
        (resource.RLIMIT_AS, megabytes * 1024 * 1024),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
