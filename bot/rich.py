"""Answers and cards as rich messages (Bot API 10.1 to 10.3): headings, tables, footnotes, maps."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from aiogram.types import (
    InlineKeyboardMarkup,
    InputRichBlockBlockQuotation,
    InputRichBlockButtons,
    InputRichBlockDetails,
    InputRichBlockFooter,
    InputRichBlockList,
    InputRichBlockListItem,
    InputRichBlockMap,
    InputRichBlockParagraph,
    InputRichBlockSectionHeading,
    InputRichBlockTable,
    InputRichBlockUnion,
    InputRichMessage,
    Location,
    RichBlockTableCell,
    RichMessageButton,
    RichTextBold,
    RichTextDateTime,
    RichTextReference,
    RichTextReferenceLink,
    RichTextUnion,
)

from wording.formatting import plain
from wording.items import Card, Fact, shorten
from wording.texts import Markup, Texts

# Telegram takes 32,768 characters, 500 blocks (rows, entries and quotations count), 16 levels, 20
# columns. What is shown keeps to that by these.
TEXT, QUOTE, SUMMARY, NOTE, HEAD, NAME = 8_000, 1_500, 200, 800, 1_200, 60
LINES, SOURCES, NOTES, COLUMNS = 60, 9, 5, 20
ROW_OF_BUTTONS = 8
# Day of the week, long date, short time: https://core.telegram.org/bots/api#date-time-entity-formatting
DATE_TIME = "wDt"
ZOOM, WIDTH, HEIGHT = 14, 600, 300
_MARK = re.compile(r"\[(\d+)\]")
_ENTRY = re.compile(r"(?:[•▪·*-]|(\d{1,3})[.、)）])\s*")
_CELL = re.compile(r"(?P<name>[^：:，,。；;]{1,24})(?:：|: )(?P<value>[^，]+?)(?:，|, |$)")


def rich_message(blocks: Sequence[InputRichBlockUnion]) -> InputRichMessage:
    """Nothing in it is taken for an address, a command or a card by itself: some such texts are
    refused."""
    return InputRichMessage(blocks=list(blocks), skip_entity_detection=True)


def rich_card(
    card: Card,
    keyboard: InlineKeyboardMarkup | None,
    texts: Texts,
    aside: str = "",
    above: str = "",
) -> InputRichMessage:
    """An item: heading, text, a table of facts, where it is on the map, its buttons; with words
    `above` it and `aside`."""
    blocks: list[InputRichBlockUnion] = [InputRichBlockParagraph(text=above)] if above else []
    blocks += [
        InputRichBlockSectionHeading(text=f"{card.icon} {card.title}", size=3),
        InputRichBlockParagraph(text=card.text),
        InputRichBlockTable(cells=[_fact_row(fact, texts) for fact in card.facts], is_compact=True),
    ]
    if card.at is not None:
        latitude, longitude = card.at
        location = Location(latitude=latitude, longitude=longitude)
        blocks.append(InputRichBlockMap(location=location, zoom=ZOOM, width=WIDTH, height=HEIGHT))
    blocks += [InputRichBlockFooter(text=text) for text in (card.why, aside) if text]
    return rich_message([*blocks, *button_blocks(keyboard)])


def rich_answer(
    text: str,
    bold: Sequence[tuple[int, int]],
    sources: Sequence["tuple[str, str, InlineKeyboardMarkup]"],
    head: str,
    notes: Sequence[Markup],
    keyboard: InlineKeyboardMarkup | None,
) -> InputRichMessage:
    """An answer with footnotes, and its sources as folded quotations below.

    `bold`: begin and end of the words in `text` that answer. `sources`: the title and place, the
    passage and the buttons of each; `[n]` in `text` leads to the n-th. `notes` are HTML.
    """
    blocks: list[InputRichBlockUnion] = []
    if head:
        blocks.append(InputRichBlockFooter(text=shorten(head, HEAD)))
    listed = sources[:SOURCES]
    blocks += _body(text[:TEXT], bold, len(listed))
    for note in notes[:NOTES]:
        told = RichTextBold(text=shorten(plain(note), NOTE))
        blocks.append(InputRichBlockParagraph(text=told))
    for number, (title, passage, buttons) in enumerate(listed, start=1):
        summary: list[RichTextUnion] = [
            RichTextReference(text=f"[{number}]", name=_reference(number)),
            f" {shorten(title, SUMMARY)}",
        ]
        quotation = InputRichBlockParagraph(text=shorten(passage, QUOTE))
        blocks.append(
            InputRichBlockDetails(
                summary=summary,
                blocks=[InputRichBlockBlockQuotation(blocks=[quotation]), *button_blocks(buttons)],
            )
        )
    return rich_message([*blocks, *button_blocks(keyboard)])


def button_blocks(keyboard: InlineKeyboardMarkup | None) -> list[InputRichBlockButtons]:
    """The rows of a keyboard as blocks."""
    rows = keyboard.inline_keyboard if keyboard else []
    return [
        InputRichBlockButtons(
            buttons=[
                RichMessageButton(text=button.text, callback_data=button.callback_data)
                for button in row[:ROW_OF_BUTTONS]
            ]
        )
        for row in rows
        if row
    ]


def _reference(number: int) -> str:
    return f"source-{number}"


def _fact_row(fact: Fact, texts: Texts) -> list[RichBlockTableCell]:
    value: RichTextUnion = fact.text
    if fact.moment is not None:
        unix = int(fact.moment.timestamp())
        value = RichTextDateTime(text=fact.text, unix_time=unix, date_time_format=DATE_TIME)
    return [_cell(texts(f"fact-{fact.kind}"), header=True), _cell(value)]


def _cell(text: RichTextUnion, *, header: bool = False) -> RichBlockTableCell:
    return RichBlockTableCell(text=text, align="left", valign="top", is_header=header or None)


def _body(
    text: str, bold: Sequence[tuple[int, int]], sources: int
) -> Iterator[InputRichBlockUnion]:
    """Paragraphs, lists and tables of a text whose lines are those of its lesson."""
    lines, at = [], 0
    for line in text.split("\n")[:LINES]:
        if line.strip():
            lines.append((at, line))
        at += len(line) + 1
    for names, group in groupby(lines, key=lambda line: _kind(line[1])):
        some = list(group)
        if len(names) > 1 and len(some) > 1:
            yield _table(names, [line for _, line in some], sources)
        elif names == _LISTED:
            yield InputRichBlockList(items=[_entry(*line, bold, sources) for line in some])
        else:
            for start, line in some:
                yield InputRichBlockParagraph(text=_runs(start, line, bold, sources))


_LISTED = ("•",)


def _kind(line: str) -> tuple[str, ...]:
    """Of a table's row the names of its columns, which rows of one table share."""
    bare = _MARK.sub("", line).strip()
    entry = _ENTRY.match(bare)
    bare = bare[entry.end() :] if entry else bare
    cells = list(_CELL.finditer(bare))
    # The cells must be all there is of the line, so that nothing is lost.
    if 1 < len(cells) <= COLUMNS and sum(len(cell[0]) for cell in cells) == len(bare):
        return tuple(cell["name"].strip() for cell in cells)
    return _LISTED if entry else ()


def _table(names: Sequence[str], lines: Sequence[str], sources: int) -> InputRichBlockTable:
    rows = [[_cell(shorten(name, NAME), header=True) for name in names]]
    for line in lines:
        bare = _MARK.sub("", line).strip()
        entry = _ENTRY.match(bare)
        bare = bare[entry.end() :] if entry else bare
        row = [_cell(cell["value"].strip()) for cell in _CELL.finditer(bare)]
        marks = [_mark(int(n), sources) for n in _MARK.findall(line)]
        row[-1] = _cell([row[-1].text or "", " ", *marks])
        rows.append(row)
    return InputRichBlockTable(cells=rows, is_bordered=True, is_striped=True)


def _entry(
    start: int, line: str, bold: Sequence[tuple[int, int]], sources: int
) -> InputRichBlockListItem:
    mark = _ENTRY.match(line.lstrip())
    begin = len(line) - len(line.lstrip()) + (mark.end() if mark else 0)
    text = _runs(start + begin, line[begin:], bold, sources)
    number = mark[1] if mark else None
    return InputRichBlockListItem(
        blocks=[InputRichBlockParagraph(text=text)],
        value=int(number) if number else None,
        type="1" if number else None,
    )


def _runs(
    start: int, line: str, bold: Sequence[tuple[int, int]], sources: int
) -> list[RichTextUnion]:
    """A line with its footnote marks as links, and its bold words."""
    runs: list[RichTextUnion] = []
    at = 0
    for found in _MARK.finditer(line):
        runs += _bold(start + at, line[at : found.start()], bold)
        runs.append(_mark(int(found[1]), sources))
        at = found.end()
    return [*runs, *_bold(start + at, line[at:], bold)]


def _bold(start: int, text: str, bold: Sequence[tuple[int, int]]) -> Iterator[RichTextUnion]:
    at = 0
    for begin, end in bold:
        begin, end = begin - start, end - start
        if at <= begin < end <= len(text):
            if text[at:begin]:
                yield text[at:begin]
            yield RichTextBold(text=text[begin:end])
            at = end
    if text[at:]:
        yield text[at:]


def _mark(number: int, sources: int) -> RichTextUnion:
    if not 1 <= number <= sources:
        return f"[{number}]"
    return RichTextReferenceLink(text=f"[{number}]", reference_name=_reference(number))
