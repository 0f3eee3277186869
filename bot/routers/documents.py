"""/documents, for editors: what is in the knowledge base, to open, remove and bring back."""

import hashlib
from math import ceil

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.buttons import Buttons
from bot.callbacks import Document
from bot.chats import replace
from bot.filters import May
from bot.people import Person
from bot.progress import bar
from bot.routers.content import build
from services.content import shelving
from services.content.indexing import Indexing
from storage.database import Database
from storage.repositories import documents
from storage.repositories.documents import Listed
from wording.items import shorten
from wording.texts import Texts

router = Router(name="documents")
PAGE, SHOWN_TITLE = 8, 50
KEY = 16


@router.message(Command("documents"), May("documents"))
async def show(message: Message, texts: Texts, database: Database) -> None:
    html, keyboard = await _page(database, texts, 0)
    await message.answer(html, reply_markup=keyboard)


@router.callback_query(Document.filter(F.act == "list"), May("documents"))
async def turn(
    query: CallbackQuery, callback_data: Document, texts: Texts, database: Database
) -> None:
    await replace(query, *await _page(database, texts, callback_data.page))


@router.callback_query(Document.filter(), May("documents"))
async def act(
    query: CallbackQuery,
    callback_data: Document,
    person: Person,
    texts: Texts,
    indexing: Indexing,
    callback_answer: CallbackAnswer,
) -> None:
    database = indexing.database
    document = await _find(database, callback_data.key)
    if document is None or not isinstance(query.message, Message):
        callback_answer.text = texts("document-gone")
        return
    match callback_data.act:
        case "open":
            await replace(query, *await _card(document, callback_data, texts, indexing))
        case "file":
            async with database.read() as session:
                data = await documents.data(session, document.id)
            file = BufferedInputFile(data or b"", document.name.rpartition("/")[2])
            await query.message.answer_document(file)
        case "remove" | "undo":
            removing = callback_data.act == "remove"
            if removing:
                changed = await shelving.remove(database, document.id, person.now)
            else:
                changed = await shelving.restore(database, document.id)
            if not changed:
                callback_answer.text = texts("document-done-before")
                return
            told = "document-removed" if removing else "document-restored"
            keyboard = _buttons(texts, callback_data, "undo" if removing else "open", "list")
            await replace(query, texts.html(told, title=document.title), keyboard)
            # Building takes its time, which the button needn't wait for.
            callback_answer.disabled = True
            await query.answer()
            line = texts("index-progress", bar=bar(0, 1), done=0, total=0)
            await build(await query.message.answer(line), texts, indexing, wait=True)


def key_of(document_id: str) -> str:
    return hashlib.sha256(document_id.encode()).hexdigest()[:KEY]


async def _find(database: Database, key: str) -> Listed | None:
    async with database.read() as session:
        ids = await documents.ids(session)
        found = next((each for each in ids if key_of(each) == key), None)
        return await documents.one(session, found) if found is not None else None


async def _page(
    database: Database, texts: Texts, number: int
) -> tuple[str, InlineKeyboardMarkup | None]:
    async with database.read() as session:
        count = await documents.count(session)
        pages = max(ceil(count / PAGE), 1)
        number = max(0, min(number, pages - 1))
        shown = await documents.listed(session, PAGE, number * PAGE)
    if not shown:
        return texts("documents-none"), None
    keyboard = Buttons()
    for document in shown:
        data = Document(act="open", key=key_of(document.id), page=number)
        keyboard.button(text=shorten(document.title, SHOWN_TITLE), callback_data=data)
    turns = [("button-previous", number - 1)] if number > 0 else []
    turns += [("button-next", number + 1)] if number + 1 < pages else []
    for label, to in turns:
        keyboard.button(text=texts(label), callback_data=Document(act="list", page=to))
    head = texts("documents", count=count, page=number + 1, pages=pages)
    return head, keyboard.rows(*[1] * len(shown), max(len(turns), 1))


async def _card(
    document: Listed, asked: Document, texts: Texts, indexing: Indexing
) -> tuple[str, InlineKeyboardMarkup]:
    live = indexing.knowledge.live()
    indexed = live is not None and (
        live.version.document_digests.get(document.id) == document.digest
    )
    text = texts.html(
        "document-card",
        title=document.title,
        id=document.id,
        name=document.name,
        kilobytes=ceil(document.bytes / 1024),
        added=texts.when(document.added_at),
        passages=live.chunks_of[document.id] if live is not None and indexed else 0,
        state="removed" if document.removed_at else "live" if indexed else "waiting",
    )
    act = "undo" if document.removed_at else "remove"
    return text, _buttons(texts, asked, "file", act, "list")


def _buttons(texts: Texts, asked: Document, *acts: str) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    for act in acts:
        data = Document(act=act, key=asked.key, page=asked.page)
        keyboard.button(text=texts(f"document-{act}"), callback_data=data)
    return keyboard.rows(len(acts))
