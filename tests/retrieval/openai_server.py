"""A local server that speaks OpenAI's streamed chat completions."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


@dataclass
class ModelServer:
    """Writes `pieces` to whoever asks; `go` holds it back before piece number `pause_at`, and the
    line is cut before piece number `cut_at`."""

    pieces: list[str]
    status: int = 200
    pause_at: int | None = None
    cut_at: int | None = None
    url: str = ""
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    paused: asyncio.Event = field(default_factory=asyncio.Event)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)

    async def complete(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("Authorization"))
        if self.status != 200:
            return web.json_response({"error": {"message": "no"}}, status=self.status)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        try:
            for number, piece in enumerate(self.pieces):
                if number == self.cut_at:
                    assert request.transport is not None
                    request.transport.close()
                if number == self.pause_at:
                    self.paused.set()
                    await self.go.wait()
                await response.write(_event({"content": piece}, None))
            await response.write(_event({}, "stop") + b"data: [DONE]\n\n")
        except (asyncio.CancelledError, ConnectionError):
            self.hung_up.set()
            raise
        return response


def _event(delta: dict[str, str], finished: str | None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finished}
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m"}
    return f"data: {json.dumps(chunk | {'choices': [choice]})}\n\n".encode()


@asynccontextmanager
async def serving(model: ModelServer) -> AsyncIterator[ModelServer]:
    app = web.Application()
    app.router.add_post("/v1/chat/completions", model.complete)
    # It cancels the handler of a client that goes away, so that a test can wait for that.
    server = TestServer(app)
    await server.start_server()
    model.url = str(server.make_url("/v1"))
    yield model
    model.go.set()
    await server.close()
