"""For content editors: send a document to add it, /reindex to build the index anew."""

import asyncio
from collections.abc import Coroutine
from io import BytesIO
from pathlib import PurePath
from time import monotonic
from typing import Any

from aiogram import Bot, F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.types import Document as TelegramDocument

from bot.albums import Albums
from bot.buttons import Buttons
from bot.callbacks import Publish
from bot.chats import edit, escape, replace
from bot.filters import May
from bot.people import Person
from bot.progress import bar
from retrieval.documents import SUFFIXES, DocumentError
from retrieval.golden import FIGURES, Report
from retrieval.knowledge import AlreadyBuilding, UnknownVersion
from services.content.indexing import Added, AlreadyIndexing, Built, Indexing, NewerIsLive
from storage import nursery
from storage.versions import Damaged
from wording.items import shorten
from wording.report import fate
from wording.texts import Texts

router = Router(name="content")
router.message.filter(May("documents"))
router.callback_query.filter(May("documents"))

# Telegram lets a bot fetch files up to this size.
MAX_BYTES = 20 * 1024 * 1024
EDIT_EVERY_S = 3.0
# Golden questions that are shown of those that changed, each about this long.
SHOWN_CHANGES, SHOWN_QUESTION = 8, 80


@router.message(F.document)
async def add_document(
    message: Message, bot: Bot, person: Person, texts: Texts, indexing: Indexing, albums: Albums
) -> None:
    """What is said of an album holds for all its files; they make one index."""
    album = await albums.whole(message)
    outcome = "refused"
    try:
        outcome = await _store(message, bot, person, texts, indexing, album.caption)
    finally:
        build_now = album.finish_one(stored=outcome != "refused")
    if not build_now:
        return
    if outcome not in ("new", "changed") and await indexing.is_current():
        live = await asyncio.to_thread(indexing.knowledge.index)
        await message.answer(texts("index-unchanged", version=live.version.id))
        return
    status = await message.answer(texts("index-progress", bar=bar(0, 1), done=0, total=0))
    # A build under way may have begun without this document.
    await build(status, texts, indexing, wait=True)


async def _store(
    message: Message,
    bot: Bot,
    person: Person,
    texts: Texts,
    indexing: Indexing,
    label: str | None,
) -> str:
    """Stores the message's file, and tells what became of it: the outcome."""
    document: TelegramDocument = message.document  # type: ignore[assignment]
    name = document.file_name or "document"
    if (document.file_size or 0) > MAX_BYTES:
        await message.answer(texts.html("document-too-big", name=name))
        return "refused"

    async def adding() -> Added:
        content = _Bounded()
        # A file of a kind that is refused anyway isn't fetched.
        if PurePath(name).suffix.lower() in SUFFIXES:
            try:
                await bot.download(document, content)
            except DocumentError as error:
                return Added(name, "refused", fault=error.note)
        (added,) = await indexing.add({name: content.getvalue()}, person.id, label=label)
        return added

    return (await _reading(adding(), message, texts, name)).outcome


class _Bounded(BytesIO):
    """Takes no more than Telegram says that a bot can fetch; a server of one's own gives more, and
    not every message tells its file's size."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > MAX_BYTES:
            raise DocumentError("too-big", limit=MAX_BYTES // 1024 // 1024)
        return super().write(data)


@router.message(F.photo | F.video | F.audio)
async def no_document(message: Message, texts: Texts) -> None:
    await message.answer(texts("document-kinds", kinds=", ".join(sorted(SUFFIXES))))


@router.message(Command("reindex"))
async def reindex(message: Message, texts: Texts, indexing: Indexing) -> None:
    status = await message.answer(texts("index-progress", bar=bar(0, 1), done=0, total=0))
    await build(status, texts, indexing)


@router.callback_query(Publish.filter())
async def publish_anyway(
    query: CallbackQuery, callback_data: Publish, texts: Texts, indexing: Indexing
) -> None:
    """An index that was held back goes live, unless a newer one has."""
    try:
        version = await indexing.publish(callback_data.version)
    except NewerIsLive:
        told = texts("index-newer")
    except AlreadyBuilding:
        told = texts("index-running")
    except (UnknownVersion, Damaged):
        told = texts("index-gone")
    else:
        told = texts("index-published", version=version.id)
    await replace(query, told, None)


async def _reading(
    adding: Coroutine[Any, Any, Added], message: Message, texts: Texts, name: str
) -> Added:
    """Waits for a file to be read, telling how long that takes, and then what became of it."""
    started = monotonic()
    task = nursery.start(adding)
    status: Message | None = None
    while True:
        await asyncio.wait({task}, timeout=EDIT_EVERY_S)
        if task.done():
            break
        seconds = round(monotonic() - started)
        line = texts.html("document-reading", name=name, seconds=seconds)
        if status is None:
            status = await message.answer(line)
        else:
            await edit(status, line, None)
    told = fate(task.result(), texts)
    if status is None or not await edit(status, told, None):
        await message.answer(told)
    return task.result()


async def build(status: Message, texts: Texts, indexing: Indexing, *, wait: bool = False) -> None:
    """Builds the index and shows how far it is by editing `status`."""
    done_total = (0, 0)

    def progress(done: int, total: int) -> None:
        nonlocal done_total
        done_total = (done, total)

    started = monotonic()
    building = nursery.start(indexing.build(progress, wait=wait))
    while not building.done():
        await asyncio.wait({building}, timeout=EDIT_EVERY_S)
        if not building.done():
            done, total = done_total
            line = texts("index-progress", bar=bar(done, total or 1), done=done, total=total)
            await edit(status, line, None)
    await edit(status, *_outcome(building, texts, monotonic() - started))


def _outcome(
    building: asyncio.Task[Built], texts: Texts, seconds: float
) -> tuple[str, InlineKeyboardMarkup | None]:
    error = building.exception()
    if isinstance(error, AlreadyIndexing):
        return texts("index-running"), None
    if error is not None:
        return texts.html("index-failed", reason=str(error)), None
    built = building.result()
    version = built.version
    text = texts(
        "index-done" if built.live else "index-held",
        version=version.id,
        documents=version.documents,
        chunks=version.chunks,
        seconds=round(seconds, 1),
    )
    if built.report is not None:
        text = "\n\n".join([text, *_quality(built.report, texts)])
    if built.live:
        return text, None
    keyboard = Buttons()
    keyboard.button(text=texts("index-publish"), callback_data=Publish(version=version.id))
    return text, keyboard.rows()


def _quality(report: Report, texts: Texts) -> list[str]:
    """The figures on golden questions, and which of these broke or were mended."""
    before = report.live or {}
    lines = [texts("quality", questions=round(report.metrics["questions"]))]
    for name in FIGURES:
        if name in report.metrics:
            was = f"{before[name]:.3f} → " if name in before else ""
            mark = " ⚠️" if name in report.worse else ""
            figure = name.replace("@", "-")
            said = texts(f"quality-{figure}")
            lines.append(f"{said}: {was}{report.metrics[name]:.3f}{mark}")
    parts = ["\n".join(lines)]
    for key, changes in (("quality-broke", report.broke), ("quality-mended", report.mended)):
        if changes:
            shown = [f"· {escape(shorten(c.question, SHOWN_QUESTION))}" for c in changes]
            head = texts(key, count=len(changes))
            parts.append("\n".join([head, *shown[:SHOWN_CHANGES]]))
    return parts
