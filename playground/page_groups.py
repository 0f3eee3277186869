"""The page's calls about groups."""

from __future__ import annotations

from aiohttp import web

from playground.entities.links import is_number
from playground.errors import PageError
from playground.member import Member
from playground.page_api import PageApi, read, reply
from playground.page_bodies import GroupBody, GroupTapBody, GroupTextBody
from playground.plain import plain
from playground.screen import group_json, group_snapshot
from playground.state import Group, Persona


def routes(api: PageApi) -> list[web.RouteDef]:
    """For the page's application."""
    one = "/groups/{id:-[0-9]{1,18}}"
    groups = GroupsApi(api)
    return [
        web.post("/groups", groups.add),
        web.get(f"{one}/events", groups.stream),
        web.post(f"{one}/messages", groups.say),
        web.post(f"{one}/callbacks", groups.press),
    ]


class GroupsApi:
    """The handlers."""

    def __init__(self, api: PageApi) -> None:
        self.api = api
        self.world = api.world

    async def add(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, GroupBody)
        bot = self.api.bot(request)
        members = [self.api.persona(member) for member in body.members]
        group = Group(
            bot.id,
            members[0],
            started=True,
            title=body.title,
            members=members,
            has_bot=body.has_bot,
            bot_is_admin=body.bot_is_admin,
        )
        return reply(group_json(self.world.add_group(group)))

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """The group's events; with `as` those too that only that member sees."""
        bot, group = self.api.group(request)
        member: Persona | None = None
        screens = [group.screen]
        if (wanted := request.query.get("as")) is not None:
            member = group.member(int(wanted)) if is_number(wanted) else None
            if member is None:
                raise PageError(403, "This persona isn't in the group.")
            screens.append(group.screen_of(member.id))
        return await self.api.feed(
            request, screens, lambda: group_snapshot(self.world, bot, group, member)
        )

    async def say(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, GroupTextBody)
        member = self._member(request, body.speaker)
        return reply(plain(member.say(body.text, body.reply_to, body.reply_to_ephemeral)))

    async def press(self, request: web.Request) -> web.StreamResponse:
        body = await read(request, GroupTapBody)
        member = self._member(request, body.speaker)
        if body.ephemeral_message_id is not None:
            query_id = member.press_ephemeral(body.ephemeral_message_id, body.data)
        elif body.message_id is not None:
            query_id = member.press(body.message_id, body.data)
        else:
            raise PageError(400, "Name the message by message_id or ephemeral_message_id.")
        return reply({"query_id": query_id})

    def _member(self, request: web.Request, speaker: int) -> Member:
        bot, group = self.api.group(request)
        return Member(self.world, bot, group, self.api.persona(speaker))
