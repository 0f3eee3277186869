"""What tests of the bot do again and again."""

from collections.abc import Sequence
from typing import Any

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from sqlalchemy import ColumnElement, select, update

from bot.app import make_bot
from playground.client import Person, PlaygroundClient
from playground.plain import Json
from playground.server import Playground
from playground.updates import Pending
from storage.database import Database
from storage.models import Base, Item, Signal, User

TOKEN = "4242:bot-test-token-0123456789-abcdefghijk"


async def agreed(client: PlaygroundClient, name: str = "Ann", language: str = "en") -> Person:
    """A person who has agreed to personal suggestions and skipped the questions."""
    person = await client.persona(first_name=name, language_code=language)
    await person.start()
    await tap(person, await with_button(person, "consent:1"), "consent:1")
    return person


async def tap(person: Person, message: Json | int, data: str) -> str:
    """Taps a button and waits until it is handled; the toast's text."""
    toast = await person.toast(await person.click(message, data))
    return str(toast.get("text") or "")


async def with_button(person: Person, data: str, since: int = 0) -> Json:
    """The first message, new or edited, with a button whose callback data starts so."""
    event = await person.wait_for(
        lambda event: any(d.startswith(data) for d in button_data(event.data.get("message"))),
        since=since,
    )
    return dict(event.data["message"])


def button_data(message: Json | None) -> list[str]:
    return [str(b.get("callback_data", "")) for b in _buttons(message)]


def button_texts(message: Json | None) -> list[str]:
    return [str(b["text"]) for b in _buttons(message)]


def _buttons(message: Json | None) -> list[Json]:
    rows = ((message or {}).get("reply_markup") or {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def messages(person: Person, since: int = 0) -> list[Json]:
    """The bot's new messages from a mark on, in order."""
    found = [e.data["message"] for e in person.seen[since:] if e.name == "message"]
    return [message for message in found if message["from"]["is_bot"]]


async def stale(pg: Playground, person: Person, *data: str) -> Json:
    """A message of the bot's from some earlier time, with these buttons."""
    rows = [[InlineKeyboardButton(text=d, callback_data=d)] for d in data]
    mark = person.now
    async with make_bot(TOKEN, pg.url) as bot:
        markup = InlineKeyboardMarkup(inline_keyboard=rows)
        await bot.send_message(person.id, "Some old message", reply_markup=markup)
    return await person.wait_text("Some old message", since=mark)


async def open_item(person: Person, item_id: str) -> Json:
    """The item's detailed card, by its deep link."""
    mark = person.now
    await person.start(f"item_{item_id}")
    return await with_button(person, "item:", since=mark)


async def rows(database: Database, model: type[Base], *where: ColumnElement[bool]) -> Sequence[Any]:
    async with database.read() as session:
        return (await session.scalars(select(model).where(*where))).all()


async def user(database: Database, person: Person) -> User:
    (row,) = await rows(database, User, User.id == person.id)
    assert isinstance(row, User)
    return row


async def verbs(database: Database, person: Person) -> list[str]:
    """The person's signals as `verb object`, oldest first."""
    found = await rows(database, Signal, Signal.user_id == person.id)
    found = sorted(found, key=lambda signal: int(signal.id))
    return [f"{signal.verb} {signal.object_id}" for signal in found]


async def change_item(database: Database, item_id: str, **values: Any) -> None:
    async with database.write() as session:
        await session.execute(update(Item).where(Item.id == item_id).values(**values))


class Redelivery:
    """Telegram bringing updates once more, as it does when it missed that they arrived."""

    def __init__(self, pg: Playground) -> None:
        (bot,) = pg.world.bots.values()
        self.updates = bot.updates
        self.came: list[Pending] = []
        keep = self.updates._keep

        def record(number: int, pending: Pending | None) -> None:
            if pending is not None:
                self.came.append(pending)
            keep(number, pending)

        self.updates._keep = record  # type: ignore[method-assign]

    def repeat(self, kind: str) -> int:
        """Brings the last update of a kind again; its id."""
        pending = next(p for p in reversed(self.came) if kind in p.update)
        self.updates.restore(pending)
        self.updates.arrived.set()
        self.updates._wake()
        return pending.id
