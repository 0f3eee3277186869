"""The process that reads files: `python -m retrieval.parsers.child MEGABYTES SECONDS`.

Takes files on stdin, each after a line of JSON that tells its kind, its label and its size, and
answers each with a line of JSON: what it holds, or what is wrong with it.
"""

import json
import sys
from importlib import import_module
from typing import Any

from retrieval.parsers.meta import labelled, plain
from retrieval.sections import DocumentError, Parsed

# Module and function of each format's parser, so that a process loads no other's library.
PARSERS = {
    "csv": ("faq", "parse"),
    "docx": ("docx", "parse"),
    "epub": ("epub", "parse"),
    "html": ("html", "parse"),
    "md": ("markdown", "parse"),
    "pdf": ("pdf", "parse"),
    "srt": ("subtitles", "srt"),
    "txt": ("text", "parse"),
    "vtt": ("subtitles", "vtt"),
}
# Characters; some thirty long books. Headings count once for each section under them, as they are
# told and kept with each.
MAX_TEXT = 20_000_000
# Sections and paragraphs: what is told of each takes many times the room of a short text.
MAX_PARTS = 400_000


def main(megabytes: int, seconds: int) -> None:
    _limit_memory(megabytes)
    while head := sys.stdin.buffer.readline():
        task = json.loads(head)
        data = sys.stdin.buffer.read(task["size"])
        _limit_time(seconds)
        try:
            answer = _answer(task["kind"], data, task["label"])
        except DocumentError as error:
            answer = {"fault": (error.note.code, error.note.values)}
        except MemoryError:
            answer = {"fault": ("too-heavy", {"megabytes": megabytes})}
        # A file that breaks a parser in a way that nobody foresaw is a broken file.
        except Exception:
            answer = {"fault": ("broken", {"kind": task["kind"].upper()})}
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


def _answer(kind: str, data: bytes, label: str) -> dict[str, Any]:
    said = plain(labelled(label))
    module, name = PARSERS[kind]
    parsed: Parsed = getattr(import_module(f"retrieval.parsers.{module}"), name)(data)
    if sum(1 + len(section.paragraphs) for section in parsed.sections) > MAX_PARTS:
        raise DocumentError("too-many", limit=MAX_PARTS)
    if sum(len(s.text) + sum(map(len, s.headings)) for s in parsed.sections) > MAX_TEXT:
        raise DocumentError("too-long", limit=MAX_TEXT // 1_000_000)
    return {
        "meta": plain(parsed.meta) | said,
        "sections": [(s.headings, s.paragraphs, s.places, s.marks) for s in parsed.sections],
        "notes": [(note.code, note.values) for note in parsed.notes],
    }


def _limit_memory(megabytes: int) -> None:
    """And no files written; where the system knows such limits."""
    if sys.platform == "win32":
        return
    import resource

    for limit, value in (
        (resource.RLIMIT_AS, megabytes * 1024 * 1024),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _limit_time(seconds: int) -> None:
    """Time of the processor from now on, should nobody be there any more to end this."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
