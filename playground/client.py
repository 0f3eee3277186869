"""A typed client of the page's calls, for tests and benches."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, ClientTimeout, FormData, TCPConnector

from playground.client_acts import Acts
from playground.plain import Json
from playground.rich.reading import buttons, said
from playground.rich.text import shown

WAIT = 10.0  # seconds
WHO = ("snapshot", "persona")  # events that tell of the persona
SHOWN = ("message", "edit", "ephemeral", "ephemeral_edit")  # events that show a message


class PlaygroundError(Exception):
    """The playground refused a call: `status` and its reason."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status


@dataclass(frozen=True)
class Seen:
    """One event of a persona's screen."""

    id: int
    name: str
    data: Any


class PlaygroundClient:
    """`async with PlaygroundClient(url) as client: person = await client.persona(101)`.

    `bot` picks the bot to talk to; the first registered by default.
    """

    def __init__(self, url: str, bot: int | None = None) -> None:
        self._url = url.rstrip("/")
        self._bot = bot
        self._session: ClientSession | None = None
        self._people: list[Person] = []

    async def __aenter__(self) -> Self:
        # Each person's screen is a connection that stays open, so their number has no limit.
        self._session = ClientSession(
            timeout=ClientTimeout(total=None), connector=TCPConnector(limit=0)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for person in self._people:
            await person.leave()
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON answer of `/api` + path. Raises PlaygroundError."""
        params = {key: str(value) for key, value in query.items() if value is not None}
        data = {"data": body} if isinstance(body, FormData) else {"json": body}
        async with self.session.request(
            method, f"{self._url}/api{path}", params=params, **data
        ) as response:
            answer = await response.json(content_type=None)
            if response.status >= 400:
                raise PlaygroundError(response.status, str(answer.get("error")))
            return answer

    @property
    def session(self) -> ClientSession:
        if self._session is None:
            raise RuntimeError("use `async with PlaygroundClient(...)`")
        return self._session

    async def state(self) -> Json:
        return dict(await self.call("GET", "/state"))

    async def persona(
        self,
        persona_id: int | None = None,
        first_name: str = "Guest",
        language_code: str = "en",
        role: str = "user",
    ) -> Person:
        """The persona of the id, or a new one; its screen is being watched when this returns."""
        if persona_id is None:
            body = {"first_name": first_name, "language_code": language_code, "role": role}
            persona_id = int((await self.call("POST", "/personas", body))["id"])
        person = Person(self, persona_id)
        self._people.append(person)
        await person.watch()
        return person

    async def events(
        self, persona_id: int, kind: str = "personas", member_id: int | None = None
    ) -> AsyncIterator[Seen]:
        """A persona's events, or with `groups` a group's, maybe as one member sees it, from a
        snapshot on, until the server ends the stream.
        """
        query = {} if self._bot is None else {"bot": str(self._bot)}
        query |= {} if member_id is None else {"as": str(member_id)}
        url = f"{self._url}/api/{kind}/{persona_id}/events"
        async with self.session.get(url, params=query, read_bufsize=2**22) as response:
            if response.status >= 400:
                answer = await response.json(content_type=None)
                raise PlaygroundError(response.status, str(answer.get("error")))
            fields: dict[str, str] = {}
            async for raw in response.content:
                line = raw.decode().rstrip("\n")
                if line:
                    name, _, value = line.partition(": ")
                    fields[name] = value
                elif "event" in fields:
                    yield Seen(int(fields["id"]), fields["event"], json.loads(fields["data"]))
                    fields = {}

    async def group(self, title: str, *members: Person, **rights: bool) -> Person:
        """A new group, watched as a persona's chat is; its members write with `say`. `rights`:
        `has_bot=False` is one where the bot is no member, `bot_is_admin`."""
        body = {"title": title, "members": [member.id for member in members], **rights}
        made = await self.call("POST", "/groups", body, bot=self._bot)
        return await self._watch_group(int(made["id"]))

    async def group_as(self, group: Person, member: Person) -> Person:
        """The group as one member sees it, with what only that member sees."""
        return await self._watch_group(group.id, member.id)

    async def _watch_group(self, group_id: int, member_id: int | None = None) -> Person:
        group = Person(self, group_id, "groups", member_id)
        self._people.append(group)
        await group.watch()
        return group

    async def fault(self, kind: str, **options: Any) -> int:
        """Switches a fault on; see docs/playground.md for the options. Its id."""
        return int((await self.call("POST", "/faults", {"kind": kind, **options}))["id"])

    async def bring(self, kind: str, **body: Any) -> Json:
        """Sends the bot an update as it is given, `sender` for `from`; what was sent. A message
        gets an id and a date."""
        if "sender" in body:
            body["from"] = body.pop("sender")
        answer = await self.call("POST", "/updates", {"kind": kind, "body": body}, bot=self._bot)
        return dict(answer["sent"])

    async def pass_time(self, days: float = 0, seconds: float = 0) -> Json:
        """Moves the playground's time on: renewals, ends of polls and the like happen at once."""
        return dict(await self.call("POST", "/clock", {"seconds": days * 86_400 + seconds}))

    async def clear_faults(self) -> None:
        await self.call("DELETE", "/faults")

    async def log(self, since: int = 0, method: str | None = None) -> list[Json]:
        """Bot API calls after number `since`, all or those of one method."""
        calls: list[Json] = await self.call("GET", "/log", since=since)
        return [call for call in calls if method is None or call["method"] == method]

    async def reset(self) -> None:
        await self.call("POST", "/reset")

    async def wait_for_bot(self, within: float = WAIT) -> Json:
        """The bot that this client talks to, as soon as it has called."""
        for _ in range(round(within / 0.01)):
            bots = [b for b in (await self.state())["bots"] if self._bot in (None, b["id"])]
            if bots:
                return dict(bots[0])
            await asyncio.sleep(0.01)
        raise TimeoutError(f"no bot called within {within} s")

    @property
    def bot(self) -> int | None:
        return self._bot


class Person(Acts):
    """A persona: what it does, and what it sees."""

    def __init__(
        self,
        client: PlaygroundClient,
        persona_id: int,
        kind: str = "personas",
        member_id: int | None = None,
    ) -> None:
        self.id = persona_id
        self._kind = kind
        self._member_id = member_id
        self.seen: list[Seen] = []
        self._client = client
        self._changed = asyncio.Condition()
        self._task: asyncio.Task[None] | None = None

    async def watch(self) -> None:
        """Opens the screen; returns when its snapshot is there."""
        self._task = asyncio.create_task(self._read())
        await self.wait_for(lambda event: event.name == "snapshot")

    async def _read(self) -> None:
        async for event in self._client.events(self.id, self._kind, self._member_id):
            async with self._changed:
                self.seen.append(event)
                self._changed.notify_all()

    async def leave(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._task

    async def __aiter__(self) -> AsyncIterator[Seen]:
        at = 0
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: len(self.seen) > at)  # noqa: B023
            yield self.seen[at]
            at += 1

    @property
    def now(self) -> int:
        """A mark of this moment, for `since` of the waits."""
        return len(self.seen)

    async def wait_for(
        self, predicate: Callable[[Seen], bool], within: float = WAIT, since: int = 0
    ) -> Seen:
        """The first event from mark `since` on that fits. Raises TimeoutError with what came."""

        def found() -> Seen | None:
            if self._task is not None and self._task.done() and self._task.exception():
                raise self._task.exception() or RuntimeError
            return next((event for event in self.seen[since:] if predicate(event)), None)

        try:
            async with asyncio.timeout(within), self._changed:
                while (event := found()) is None:
                    await self._changed.wait()
                return event
        except TimeoutError:
            came = [(event.name, event.data) for event in self.seen[since:]][-5:]
            raise TimeoutError(f"nothing that fits in {within} s; last came {came}") from None

    async def wait_text(self, part: str, within: float = WAIT, since: int = 0) -> Json:
        """The first message of the bot, new or edited, whose words hold `part`.

        A rich message has words for those whose app draws it.
        """

        def fits(event: Seen) -> bool:
            message = event.data.get("message") if event.name in SHOWN else None
            if message is None or not message["from"]["is_bot"]:
                return False
            return part in self.reads(message)

        return dict((await self.wait_for(fits, within, since)).data["message"])

    async def wait_event(self, name: str, within: float = WAIT, since: int = 0) -> Any:
        """The data of the first event of the name."""
        return (await self.wait_for(lambda event: event.name == name, within, since)).data

    async def _post(self, path: str, body: Any = None) -> Any:
        return await self._client.call(
            "POST", f"/{self._kind}/{self.id}/{path}", body, bot=self._client.bot
        )

    async def send(self, text: str, reply_to: int | None = None) -> Json:
        return dict(await self._post("messages", {"text": text, "reply_to": reply_to}))

    async def inline(self, query: str) -> str:
        """Types `@bot query` in some chat; the query's id."""
        return str((await self._post("inline", {"query": query}))["query_id"])

    async def inline_results(self, query_id: str, within: float = WAIT) -> Json:
        """The bot's answer to an inline query."""
        event = await self.wait_for(
            lambda event: event.name == "inline_results" and event.data["query_id"] == query_id,
            within,
        )
        return dict(event.data)

    async def choose(self, query_id: str, result_id: str) -> Json:
        """Posts an inline result into the chat with the bot."""
        body = {"query_id": query_id, "result_id": result_id}
        return dict(await self._post("inline_choices", body))

    async def start(self, payload: str = "") -> Json:
        return dict(await self._post("start", {"payload": payload}))

    async def click(self, message: Json | int, data: str) -> str:
        """Taps the inline button with this callback data; the query's id."""
        message_id = message if isinstance(message, int) else message["message_id"]
        answer = await self._post("callbacks", {"message_id": message_id, "data": data})
        return str(answer["query_id"])

    async def click_text(self, message: Json, part: str) -> str:
        """Taps the first button, in a rich message or under one, whose label holds `part`."""
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        labels = {shown(b["text"]): b.get("callback_data") for b in buttons(self._drawn(message))}
        labels |= {b["text"]: b.get("callback_data") for row in rows for b in row}
        data = next((data for label, data in labels.items() if part in label and data), None)
        if data is None:
            raise LookupError(f"no button {part!r} among {list(labels)}")
        return await self.click(message, data)

    def reads(self, message: Json) -> str:
        """The words of a message as the persona's app shows them."""
        return said({**message, "rich_message": self._drawn(message)})

    def _drawn(self, message: Json) -> Json:
        """The rich message in a message; an empty one where the persona's app can't draw it."""
        told = [seen.data.get("persona", seen.data) for seen in self.seen if seen.name in WHO]
        draws = told[-1].get("rich", True) if told else True
        return dict(message.get("rich_message") or {}) if draws else {}

    async def draw_rich(self, drawn: bool) -> None:
        """Gives the persona an app that draws rich messages, or one that leaves them empty."""
        since = self.now
        await self._post("app", {"rich": drawn})
        await self.wait_event("persona", since=since)

    async def toast(self, query_id: str, within: float = WAIT) -> Json:
        """The bot's answer to a tap."""
        event = await self.wait_for(
            lambda event: event.name == "callback_answer" and event.data["query_id"] == query_id,
            within,
        )
        return dict(event.data)

    async def upload(
        self, data: bytes, name: str, kind: str = "document", caption: str = "", album: str = ""
    ) -> Json:
        """Sends a file; files that name the same `album` are one."""
        fields = {"kind": kind, "caption": caption} | ({"album": album} if album else {})
        form = FormData(fields, quote_fields=False)
        form.add_field("file", data, filename=name)
        return dict(await self._post("files", form))

    async def pay(self, message: Json | int) -> Json:
        """`{"ok", "error"?}`, when the bot has answered the checkout."""
        message_id = message if isinstance(message, int) else message["message_id"]
        return dict(await self._post("payments", {"message_id": message_id}))

    async def vote(self, message: Json | int, *option_ids: int) -> None:
        message_id = message if isinstance(message, int) else message["message_id"]
        await self._post("votes", {"message_id": message_id, "option_ids": list(option_ids)})

    async def react(self, message_id: int, emoji: str | None) -> None:
        await self._post("reactions", {"message_id": message_id, "emoji": emoji})

    async def contact(self) -> Json:
        return dict(await self._post("contacts", {}))

    async def location(self, latitude: float, longitude: float) -> Json:
        return dict(await self._post("locations", {"latitude": latitude, "longitude": longitude}))

    async def block(self, blocked: bool = True) -> None:
        await self._post("block", {"blocked": blocked})
