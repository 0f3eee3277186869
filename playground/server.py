"""The playground as one aiohttp application on one address."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import ClientSession, web

from playground import page_groups, page_stars
from playground.bot_api import BotApi
from playground.clock import Clock
from playground.files import Files
from playground.limits import Limits
from playground.log import RequestLog
from playground.page_api import PageApi
from playground.security import same_origin_only
from playground.store import Store
from playground.subscriptions import renew_on_time
from playground.voting import close_polls_on_time
from playground.webhook import Deliverer
from playground.world import Bot, World

PAGE = Path(__file__).parent / "page"
PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Playground:
    """A Telegram of one's own: `async with Playground() as pg: … pg.url …`.

    `port=0` picks a free one. With `data_dir` chats, files and ids outlive the server; without,
    nothing does. `limits=None` holds no rates. `clock` lets a test move time.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        data_dir: Path | None = None,
        limits: Limits | None = Limits(),  # noqa: B008 (frozen)
        clock: Clock | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self._data_dir = data_dir
        store = Store(data_dir / "playground.db" if data_dir else None)
        files = Files(data_dir / "files" if data_dir else None, store)
        self.world = World(clock or Clock(), limits, store, files)
        self.log = RequestLog()
        self._api = BotApi(self.world, self.log)
        self._runner: web.AppRunner | None = None
        self._session: ClientSession | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def register(self, token: str, first_name: str, username: str) -> None:
        """Names a bot before it first calls; a bot that is known keeps its name."""
        if int(token.partition(":")[0]) not in self.world.bots:
            self.world.register(token, first_name, username)

    async def start(self) -> None:
        """Raises OSError when the port is taken."""
        self.world.restore(await self.world.store.load())
        self.world.store.start()
        self._session = ClientSession()
        self.world.on_bot(self._deliver_to)
        self._tasks.append(asyncio.create_task(close_polls_on_time(self.world)))
        self._tasks.append(asyncio.create_task(renew_on_time(self.world)))
        # Long polls and event streams end by themselves when `close` tells them to.
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[same_origin_only], client_max_size=2**20)
        app.add_routes(self._api.routes())
        page = PageApi(self.world, self.log, self.reset)
        api = page.app()
        api.add_routes([*page_stars.routes(page), *page_groups.routes(page)])
        app.add_subapp("/api", api)
        app.router.add_get("/", self._index)
        if (PAGE / "static").is_dir():
            app.router.add_static("/static", PAGE / "static")
            app.on_response_prepare.append(_always_fresh)
        return app

    async def _index(self, request: web.Request) -> web.StreamResponse:
        page = PAGE / "index.html"
        if not await asyncio.to_thread(page.is_file):
            return web.Response(text="The chat page is not built in.", status=404)
        return web.FileResponse(page, headers=PAGE_HEADERS)

    def _deliver_to(self, bot: Bot) -> None:
        if self._session is not None:
            deliverer = Deliverer(self.world, bot, self._session, self._api.answered)
            self._tasks.append(asyncio.create_task(deliverer.run()))

    def reset(self) -> None:
        """Forgets chats, files, updates and faults; bots, personas and ids stay."""
        self.world.reset()

    async def close(self) -> None:
        for bot in self.world.bots.values():
            bot.updates.close()
        self.world.events.close()
        self.world.faults.clear()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
        if self._session is not None:
            await self._session.close()
        self.world.settle()
        await self.world.store.close()
        self.world.files.close()

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()


async def _always_fresh(request: web.Request, response: web.StreamResponse) -> None:
    """A page half of this version and half of the last would not work: ask before reusing."""
    if request.path.startswith("/static/"):
        response.headers["Cache-Control"] = "no-cache"


async def serve(host: str = "127.0.0.1", port: int = 8081, data_dir: Path | None = None) -> None:
    """Runs until cancelled."""
    async with Playground(host, port, data_dir) as playground:
        print(f"Playground on {playground.url}", flush=True)  # noqa: T201
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
