"""Keeps other web sites away from the page's calls: no DNS rebinding, no cross-site posts."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def same_origin_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Bots call from anywhere on the machine with a token; a browser only from our own page."""
    if request.path.startswith(("/bot", "/file/bot")):
        return await handler(request)
    host = urlsplit(f"//{request.host}").hostname or ""
    origin = request.headers.get("Origin")
    if not _local(host):
        return web.json_response(
            {"error": "Open the playground as localhost or 127.0.0.1."}, status=403
        )
    if origin is not None and urlsplit(origin).netloc != request.host:
        return web.json_response({"error": "Calls from other sites are refused."}, status=403)
    return await handler(request)


def _local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
