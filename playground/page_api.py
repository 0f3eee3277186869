"""The page's side: JSON calls and server-sent events under /api (docs/playground.md)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel, ValidationError

from playground.bot_api import dumps
from playground.bringing import bring
from playground.drafts import stop
from playground.entities.links import is_number
from playground.errors import ApiError, PageError
from playground.events import Feed
from playground.faults import Fault
from playground.log import RequestLog
from playground.page_bodies import (
    AppBody,
    BlockBody,
    CallbackBody,
    ChoiceBody,
    InlineBody,
    LocationBody,
    PaymentBody,
    PersonaBody,
    ReactionBody,
    StartBody,
    StopBody,
    TextBody,
    UpdateBody,
    VoteBody,
)
from playground.params import read_params
from playground.person import Person
from playground.plain import Json, plain
from playground.purchase import pay
from playground.screen import group_row_json, persona_json, row_json, snapshot
from playground.state import Chat, Group, Persona
from playground.subscriptions import pay_link
from playground.upload import Upload
from playground.voting import vote
from playground.world import Bot, World

PING = 15.0  # seconds between comments that keep an idle stream open
Body = TypeVar("Body", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
reply = partial(web.json_response, dumps=dumps)


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refusals as `{"error": …}`."""
    try:
        return await handler(request)
    except PageError as error:
        return reply({"error": error.message}, status=error.status)
    except ApiError as error:
        return reply({"error": error.description}, status=error.code)


async def read(request: web.Request, cls: type[Body]) -> Body:
    """The JSON body, checked; an empty one counts as `{}`. Raises PageError 400."""
    try:
        return cls.model_validate_json(await request.read() or b"{}")
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"]) or "body"
        raise PageError(400, f"{where}: {first['msg']}") from None


class PageApi:
    """The handlers; `reset` is the server's own."""

    def __init__(self, world: World, log: RequestLog, reset: Callable[[], None]) -> None:
        self.world = world
        self.log = log
        self._reset = reset

    def app(self) -> web.Application:
        app = web.Application(middlewares=[refusals, self.lasting], client_max_size=2**20)
        one = "/personas/{id:[0-9]{1,18}}"
        app.add_routes(
            [
                web.get("/state", self.state),
                web.post("/personas", self.add_persona),
                web.get(f"{one}/events", self.stream),
                web.post(f"{one}/messages", self.send),
                web.post(f"{one}/start", self.start),
                web.post(f"{one}/files", self.upload),
                web.post(f"{one}/callbacks", self.press),
                web.post(f"{one}/payments", self.pay),
                web.post(f"{one}/votes", self.vote),
                web.post(f"{one}/contacts", self.contact),
                web.post(f"{one}/locations", self.location),
                web.post(f"{one}/reactions", self.react),
                web.post(f"{one}/block", self.block),
                web.post(f"{one}/app", self.change_app),
                web.post(f"{one}/stop", self.stop),
                web.post(f"{one}/inline", self.type_inline),
                web.post(f"{one}/inline_choices", self.choose),
                web.post("/updates", self.bring),
                web.get("/files/{file_id}", self.file),
                web.post("/faults", self.add_fault),
                web.get("/faults", self.faults),
                web.delete("/faults", self.clear_faults),
                web.delete("/faults/{id:[0-9]{1,18}}", self.remove_fault),
                web.get("/log", self.calls),
                web.post("/reset", self.reset),
            ]
        )
        return app

    # Who

    def bot(self, request: web.Request) -> Bot:
        wanted = request.query.get("bot")
        bot = (
            next(iter(self.world.bots.values()), None)
            if wanted is None
            else self.world.bots.get(int(wanted) if is_number(wanted) else 0)
        )
        if bot is None:
            raise PageError(404, "No such bot has called yet: start one on this server's address.")
        return bot

    def chat(self, request: web.Request) -> tuple[Bot, Chat]:
        bot = self.bot(request)
        persona = self.persona(int(request.match_info["id"]))
        return bot, self.world.chat(bot, persona)

    def person(self, request: web.Request) -> Person:
        return Person(self.world, *self.chat(request))

    def group(self, request: web.Request) -> tuple[Bot, Group]:
        bot = self.bot(request)
        group = self.world.group(bot, int(request.match_info["id"]))
        if group is None:
            raise PageError(404, "No such group: POST /api/groups makes one.")
        return bot, group

    def persona(self, persona_id: int) -> Persona:
        persona = self.world.personas.get(persona_id)
        if persona is None:
            raise PageError(404, "No such persona: GET /api/state lists them.")
        return persona

    # Seeing

    async def state(self, request: web.Request) -> web.StreamResponse:
        bots = list(self.world.bots.values())
        first = self.bot(request) if bots else None
        personas = [row_json(self.world, first, one) for one in self.world.personas.values()]
        bot_id = first.id if first else 0
        chats = [one for one in self.world.chats.values() if one.bot_id == bot_id]
        groups = [group_row_json(one) for one in chats if isinstance(one, Group)]
        shown = [plain(bot.user) for bot in bots]
        return reply({"bots": shown, "personas": personas, "groups": groups})

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """A snapshot, then every change of the chat until the page goes away."""
        bot, chat = self.chat(request)
        return await self.feed(request, [chat.screen], lambda: snapshot(self.world, bot, chat))

    async def feed(
        self, request: web.Request, screens: list[tuple[int, ...]], begin: Callable[[], Json]
    ) -> web.StreamResponse:
        """A snapshot, then every event of the screens."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        events = self.world.events
        with events.subscribe(*screens) as feed:
            first = events.event("snapshot", begin())
            # A page that goes away breaks the connection in the middle of a line.
            with suppress(ConnectionResetError):
                await response.prepare(request)
                await response.write(first.encode())
                while (line := await _next_line(feed)) is not None:
                    await response.write(line)
        return response

    async def file(self, request: web.Request) -> web.StreamResponse:
        file = self.world.files.get(request.match_info["file_id"])
        if file is None:
            raise PageError(404, "No such file.")
        # Only pictures are shown in place: a sent HTML file must not run as a page of ours.
        shown = file.kind == "photo"
        headers = {
            "Content-Type": file.mime if shown else "application/octet-stream",
            "X-Content-Type-Options": "nosniff",
        }
        if not shown:
            headers["Content-Disposition"] = _attachment(file.name)
        return web.FileResponse(self.world.files.location(file), headers=headers)

    async def calls(self, request: web.Request) -> web.StreamResponse:
        since = request.query.get("since", "0")
        if not is_number(since):
            raise PageError(400, "since: a number, the n of the last call you know.")
        return reply(self.log.since(int(since)))

    # Doing

    @web.middleware
    async def lasting(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """What a call changed is on disk when it is answered."""
        response = await handler(request)
        await self.world.store.flush()
        return response

    async def add_persona(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, PersonaBody)
        number = max(1000, *self.world.personas) + 1
        persona = Persona(id=number, username=f"persona{number}", **body.model_dump())
        self.world.add_persona(persona)
        return reply(persona_json(self.world, None, persona))

    async def send(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, TextBody)
        return reply(plain(self.person(request).send(body.text, body.reply_to)))

    async def start(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, StartBody)
        return reply(plain(self.person(request).start(body.payload)))

    async def upload(self, request: web.Request) -> web.StreamResponse:
        person = self.person(request)
        params = await read_params(request)
        upload, kind = params.get("file"), params.get("kind", "document")
        if not isinstance(upload, Upload) or kind not in ("photo", "document"):
            raise PageError(400, "Send multipart: file, and kind = photo or document.")
        said = params.get("caption", ""), params.get("album")
        return reply(plain(await person.upload(upload, kind, *said)))

    async def press(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, CallbackBody)
        return reply({"query_id": self.person(request).press(body.message_id, body.data)})

    async def type_inline(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, InlineBody)
        return reply({"query_id": self.person(request).type_inline(body.query)})

    async def choose(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, ChoiceBody)
        return reply(plain(self.person(request).choose(body.query_id, body.result_id)))

    async def bring(self, request: web.Request) -> web.StreamResponse:
        given = await read(request, UpdateBody)
        update_id, sent = bring(self.world, self.bot(request), given.kind, given.body)
        return reply({"update_id": update_id, "sent": plain(sent)})

    async def pay(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, PaymentBody)
        person = self.person(request)
        if (body.message_id is None) == (not body.url):
            raise PageError(400, "Name the invoice by its message_id or by its url.")
        if body.message_id is None:
            error = await pay_link(person, body.url)
        else:
            error = await pay(person, body.message_id)
        return reply({"ok": True} if error is None else {"ok": False, "error": error})

    async def vote(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, VoteBody)
        vote(self.person(request), body.message_id, body.option_ids)
        return reply({"ok": True})

    async def contact(self, request: web.Request) -> web.StreamResponse:
        return reply(plain(self.person(request).contact()))

    async def location(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, LocationBody)
        return reply(plain(self.person(request).location(body.latitude, body.longitude)))

    async def react(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, ReactionBody)
        self.person(request).react(body.message_id, body.emoji)
        return reply({"ok": True})

    async def block(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, BlockBody)
        person = self.person(request)
        person.block(body.blocked)
        return reply(persona_json(self.world, person.bot, person.chat.persona))

    async def change_app(self, request: web.Request) -> web.StreamResponse:
        """Gives the persona an app that draws rich messages, or one that leaves them empty."""
        body = await read(request, AppBody)
        persona = self.persona(int(request.match_info["id"]))
        persona.rich = body.rich
        self.world.add_persona(persona)
        for bot in self.world.bots.values():
            chat = self.world.chat(bot, persona)
            self.world.tell(chat, "persona", persona_json(self.world, bot, persona))
        return reply(persona_json(self.world, None, persona))

    async def stop(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, StopBody)
        stop(self.world, *self.chat(request), body.draft_id)
        return reply({"ok": True})

    # Faults

    async def add_fault(self, request: web.Request) -> web.StreamResponse:
        return reply({"id": self.world.faults.add(await read(request, Fault))})

    async def faults(self, request: web.Request) -> web.StreamResponse:
        found: list[Json] = [rule.model_dump() for rule in self.world.faults.rules]
        return reply(found)

    async def clear_faults(self, request: web.Request) -> web.StreamResponse:
        self.world.faults.clear()
        return reply({"ok": True})

    async def remove_fault(self, request: web.Request) -> web.StreamResponse:
        if not self.world.faults.remove(int(request.match_info["id"])):
            raise PageError(404, "No such fault: GET /api/faults lists them.")
        return reply({"ok": True})

    async def reset(self, request: web.Request) -> web.StreamResponse:
        self._reset()
        return reply({"ok": True})


async def _next_line(feed: Feed) -> bytes | None:
    """What the stream says next: an event, or that it is still there; None at its end."""
    try:
        event = await asyncio.wait_for(feed.get(), PING)
    except TimeoutError:
        return b": still here\n\n"
    return None if event is None else event.encode()


def _attachment(name: str) -> str:
    return f"attachment; filename*=UTF-8''{quote(name)}"
