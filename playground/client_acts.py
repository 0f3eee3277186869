"""What people do with subscriptions, unfinished answers and in groups."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from playground.plain import Json


class Acts:
    """Verbs of `playground.client.Person`."""

    id: int

    @abstractmethod
    async def _post(self, path: str, body: Any = None) -> Any: ...

    async def pay_link(self, url: str) -> Json:
        """Pays what an invoice link asks for: `{"ok", "error"?}`."""
        return dict(await self._post("payments", {"url": url}))

    async def cancel(self, charge_id: str) -> Json:
        """Ends a subscription, named by its first payment: it runs out at the end of its period."""
        return await self._act(charge_id, "cancel")

    async def enable(self, charge_id: str) -> Json:
        """Takes a subscription up again that is cancelled and has not run out."""
        return await self._act(charge_id, "enable")

    async def retry(self, charge_id: str) -> Json:
        """Pays a renewal that had failed."""
        return await self._act(charge_id, "retry")

    async def _act(self, charge_id: str, action: str) -> Json:
        body = {"charge_id": charge_id, "action": action}
        return dict(await self._post("subscriptions", body))

    async def has_stars(self, enough: bool) -> None:
        """Whether the person can pay."""
        await self._post("stars", {"enough": enough})

    async def stop(self, draft_id: int) -> None:
        """Taps the stop button of an answer that is still being written."""
        await self._post("stop", {"draft_id": draft_id})

    # In a group

    async def say(
        self,
        speaker: Acts,
        text: str,
        reply_to: int | None = None,
        reply_to_ephemeral: int | None = None,
    ) -> Json:
        """In a group: what a member writes."""
        body = {"speaker": speaker.id, "text": text, "reply_to": reply_to}
        body |= {"reply_to_ephemeral": reply_to_ephemeral}
        return dict(await self._post("messages", body))

    async def tap(self, speaker: Acts, message: Json, data: str) -> str:
        """In a group: a member taps an inline button; the query's id."""
        ids = ("message_id", "ephemeral_message_id")
        body = {name: message[name] for name in ids if message.get(name)}
        answer = await self._post("callbacks", {"speaker": speaker.id, "data": data, **body})
        return str(answer["query_id"])
