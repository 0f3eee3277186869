"""The page's calls about Stars: what a link sells, subscriptions, and time that passes."""

from __future__ import annotations

from aiohttp import web

from playground.page_api import PageApi, read, reply
from playground.page_bodies import ClockBody, StarsBody, SubscriptionBody
from playground.plain import Json
from playground.screen import persona_json, subscription_json
from playground.subscriptions import act, invoice_link, pass_time


def routes(api: PageApi) -> list[web.RouteDef]:
    """For the page's application."""
    one = "/personas/{id:[0-9]{1,18}}"
    stars = StarsApi(api)
    return [
        web.get("/invoices", stars.invoice),
        web.post(f"{one}/subscriptions", stars.act),
        web.post(f"{one}/stars", stars.fill),
        web.get("/clock", stars.clock),
        web.post("/clock", stars.pass_time),
    ]


class StarsApi:
    """The handlers."""

    def __init__(self, api: PageApi) -> None:
        self.api = api
        self.world = api.world

    async def invoice(self, request: web.Request) -> web.StreamResponse:
        """What a link asks for."""
        link = invoice_link(self.world, self.api.bot(request), request.query.get("url", ""))
        return reply({**link.model_dump(exclude={"payload", "slug"}), "url": link.url})

    async def act(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, SubscriptionBody)
        subscription = act(self.api.person(request), body.charge_id, body.action)
        return reply(subscription_json(self.world, subscription))

    async def fill(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, StarsBody)
        bot, chat = self.api.chat(request)
        chat.persona.out_of_stars = not body.enough
        self.world.add_persona(chat.persona)
        shown = persona_json(self.world, bot, chat.persona)
        self.world.tell(chat, "persona", shown)
        return reply(shown)

    async def clock(self, request: web.Request) -> web.StreamResponse:
        return reply(self._clock())

    async def pass_time(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, ClockBody)
        pass_time(self.world, body.seconds)
        return reply(self._clock())

    def _clock(self) -> Json:
        clock = self.world.clock
        return {"now": clock.now().timestamp(), "ahead": clock.ahead}
