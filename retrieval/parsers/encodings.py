"""Bytes to text: UTF-8, or what Chinese and Western editors save without saying so."""

import codecs

from charset_normalizer import from_bytes

from retrieval.sections import DocumentError, Note

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# As the codec is called to what the report calls it; GB18030 holds GB2312 and GBK.
_LEGACY = {"gb18030": "GB18030", "big5": "Big5", "cp1252": "Windows-1252"}
# What the detection gets to see: it is slow on megabytes, and sure long before.
_SEEN = 64 * 1024


def decode(data: bytes) -> tuple[str, list[Note]]:
    """The text, and a remark where its encoding had to be guessed. Raises DocumentError."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            try:
                return _told(data.decode(encoding), [])
            except UnicodeDecodeError as error:
                raise DocumentError("encoding") from error
    if b"\x00" in data:
        raise DocumentError("not-text")
    try:
        return _told(data.decode("utf-8"), [])
    except UnicodeDecodeError:
        pass
    for encoding in _guesses(data):
        try:
            return _told(data.decode(encoding), [Note("read-as", {"encoding": _LEGACY[encoding]})])
        except UnicodeDecodeError:
            continue
    raise DocumentError("encoding")


def _guesses(data: bytes) -> list[str]:
    """The legacy encodings, likeliest first. Western text is nearly all ASCII."""
    likely = ["gb18030", "big5"]
    if sum(byte < 0x80 for byte in data[:_SEEN]) > 0.8 * len(data[:_SEEN]):
        likely.append("cp1252")
    best = from_bytes(data[:_SEEN], cp_isolation=likely, threshold=0.5).best()
    return sorted(likely, key=lambda encoding: best is None or best.encoding != encoding)


def _told(text: str, notes: list[Note]) -> tuple[str, list[Note]]:
    """With a remark on characters that an earlier conversion has lost. Raises DocumentError."""
    if "\x00" in text:
        raise DocumentError("not-text")
    lost = text.count("\ufffd")
    return text, [*notes, Note("lost-characters", {"count": lost})] if lost else notes
