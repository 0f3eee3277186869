"""The bots' side: /bot<token>/<method> and /file/bot<token>/<path>."""

from __future__ import annotations

import json
import logging
from functools import partial
from typing import Any

from aiohttp import web

from playground.errors import ApiError
from playground.faults import Fault
from playground.log import RequestLog
from playground.methods import Context, carry_out
from playground.params import METHODS, build_call, read_params
from playground.plain import Json, plain
from playground.world import Bot, World

logger = logging.getLogger(__name__)
dumps = partial(json.dumps, ensure_ascii=False)

GATEWAY_PAGE = "<html><head><title>502 Bad Gateway</title></head></html>"


class BotApi:
    """HTTP in, Telegram's envelope out."""

    def __init__(self, world: World, log: RequestLog) -> None:
        self.world = world
        self.log = log

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("GET", "/bot{token:[^/]+}/{method:[^/]*}", self.call),
            web.route("POST", "/bot{token:[^/]+}/{method:[^/]*}", self.call),
            web.get("/file/bot{token:[^/]+}/{path:.+}", self.download),
            web.route("*", "/bot{rest:.*}", self.nowhere),
            web.route("*", "/file/bot{rest:.*}", self.nowhere),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        """One Bot API call."""
        entry: Json | None = None
        status = 200
        try:
            bot = self.world.bot(request.match_info["token"])
            params = await read_params(request)
            name = _proper_name(request.match_info["method"])
            entry = self.log.add(self.world.clock.now().timestamp(), bot.id, name, params)
            fault = self.world.faults.strike(name, params)
            if fault is not None:
                await self._suffer(fault, request)
            result = await self.execute(bot, name, params)
            body = {"ok": True, "result": result if fault is None else fault.newer(result)}
            if fault is not None and fault.kind == "drop_after":
                _drop(request)
        except ApiError as error:
            status, body = error.code, error.body()
        except _Dropped:
            return web.Response()
        except _Gateway:
            if entry is not None:
                entry["status"] = 502
            return web.Response(status=502, text=GATEWAY_PAGE, content_type="text/html")
        except Exception:
            logger.exception("A call could not be carried out: %s", request.match_info["method"])
            status, body = 500, ApiError(500, "Internal Server Error").body()
        if entry is not None:
            entry["status"] = status
            if status != 200:
                entry.update(error_code=status, description=body["description"])
        headers = {"Retry-After": str(body["parameters"]["retry_after"])} if status == 429 else {}
        return web.json_response(body, status=status, headers=headers, dumps=dumps)

    async def nowhere(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(ApiError(404, "Not Found").body(), status=404)

    async def execute(self, bot: Bot, name: str, params: dict[str, Any]) -> Any:
        """The result of a method as JSON. Raises ApiError."""
        call = build_call(name, params)
        result = plain(await carry_out(Context(self.world, bot), call))
        await self.world.store.flush()
        return result

    async def _suffer(self, fault: Fault, request: web.Request) -> None:
        """What a fault does before the call is carried out."""
        refusal = fault.refusal()
        if refusal is not None:
            raise refusal
        if fault.kind == "drop":
            _drop(request)
        if fault.kind == "gateway":
            raise _Gateway
        if fault.kind == "slow":
            await self.world.faults.hold_up(fault.seconds)

    async def answered(self, bot: Bot, answer: dict[str, Any]) -> None:
        """Carries out the method that a webhook put into its response; its errors go nowhere
        but to the log, as with Telegram."""
        params = {key: value for key, value in answer.items() if key != "method"}
        name = _proper_name(str(answer["method"]))
        entry = self.log.add(self.world.clock.now().timestamp(), bot.id, name, params)
        try:
            await self.execute(bot, name, params)
            entry["status"] = 200
        except ApiError as error:
            entry.update(status=error.code, error_code=error.code, description=error.description)

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a file that getFile named."""
        try:
            file = self.world.files.at(request.match_info["path"])
            if not self.world.knows(request.match_info["token"]) or file is None:
                raise ApiError(404, "Not Found")
        except ApiError as error:
            return web.json_response(error.body(), status=error.code)
        headers = {"Content-Type": "application/octet-stream"}
        return web.FileResponse(self.world.files.location(file), headers=headers)


def _proper_name(method: str) -> str:
    """The method's usual spelling: names are taken in any case."""
    cls = METHODS.get(method.lower())
    return method if cls is None else cls.__api_method__


class _Gateway(Exception):
    """What stands before the server answers in its place, with a page for browsers."""


class _Dropped(Exception):
    """The connection is cut; whatever is answered now reaches nobody."""


def _drop(request: web.Request) -> None:
    """Cuts the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise _Dropped
