"""Questions that a person of the content team answers: shown to editors, answered once, delivered.

Nothing is ever delivered twice: `sending` is committed before the call to Telegram, and what a
crash left so is `unknown`. Editors see the question, never who asked it; who asked never sees the
editor.
"""

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.messenger import (
    Blocked,
    Messenger,
    Rejected,
    SlowDown,
    Undelivered,
    What,
)
from services.people import Person
from storage.database import Database
from storage.models import HelpRequest, Question, User
from storage.repositories import help_requests, users

log = logging.getLogger(__name__)

# Together they fit into one message.
MAX_ANSWER = 2500
MOST_OPEN = 5
_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>()#+\-.!|~&])")


@dataclass(frozen=True, slots=True)
class AskedForHelp(What):
    """To an editor: the question, the bot's answer and what was wrong with it."""

    request: HelpRequest
    question: Question


@dataclass(frozen=True, slots=True)
class Helped(What):
    """To who asked: an editor's answer."""

    request: HelpRequest
    question: Question


class HelpDesk:
    def __init__(self, messenger: Messenger, database: Database) -> None:
        self.messenger = messenger
        self.database = database

    async def hand_over(self, person: Person, question_id: int) -> str:
        """Shows a question to the editors. Returns "sent", "nobody" (it is kept until an editor
        can be reached), or as `help_requests.hand_over` for what isn't opened.
        """
        async with self.database.write() as session:
            outcome = await help_requests.hand_over(
                session, question_id, person.id, MOST_OPEN, person.now
            )
        if outcome != "opened":
            return outcome
        await self._show_unseen()
        async with self.database.read() as session:
            return "nobody" if await help_requests.unseen(session) else "sent"

    async def answer(self, editor: Person, request_id: int, words: str) -> str:
        """Takes an editor's answer and delivers it: the status it got to, "later" when Telegram is
        slow, "late" when another editor was first, or "gone" when the question was deleted.
        """
        async with self.database.write() as session:
            await help_requests.answer(session, request_id, editor.id, words, editor.now)
            found = await help_requests.get(session, request_id)
        if found is None:
            return "gone"
        request = found[0]
        # An update that is handled again after a crash is the same answer, not a second one.
        if request.answered_by != editor.id or request.answer != words:
            return "late"
        await self._deliver(request_id)
        async with self.database.read() as session:
            found = await help_requests.get(session, request_id)
        if found is None:
            return "gone"
        return "later" if found[0].status == "answered" else found[0].status

    async def published(self, request_id: int, document_id: str) -> None:
        """The question and its answer stand in the knowledge base now."""
        async with self.database.write() as session:
            await help_requests.published(session, request_id, document_id)

    async def abandon(self) -> None:
        """At the start of the process, before anything is handled."""
        async with self.database.write() as session:
            lost = await help_requests.abandon_sending(session)
        for request_id in lost:
            log.warning("Help request %s: whether its answer arrived is unknown", request_id)

    async def catch_up(self) -> None:
        """Does what a stop or a slow Telegram left undone."""
        await self._show_unseen()
        async with self.database.read() as session:
            answered = await help_requests.with_status(session, "answered")
        for request_id in answered:
            await self._deliver(request_id)

    async def _show_unseen(self) -> None:
        async with self.database.read() as session:
            waiting = await help_requests.unseen(session)
            editors = await _team(session)
        for request_id in waiting:
            async with self.database.read() as session:
                found = await help_requests.get(session, request_id)
            if found is not None:
                for editor in editors:
                    await self._show(*found, editor)

    async def _show(self, request: HelpRequest, question: Question, editor: User) -> None:
        try:
            message_id = await self.messenger.send(editor.id, AskedForHelp(request, question))
        except Undelivered as error:
            log.warning("Help request %s: an editor was not told: %s", request.id, error)
            return
        async with self.database.write() as session:
            await help_requests.note_shown(session, request.id, editor.id, message_id)

    async def _deliver(self, request_id: int) -> None:
        async with self.database.write() as session:
            if not await help_requests.move(session, request_id, "answered", "sending"):
                return
            found = await help_requests.get(session, request_id)
            asker = await users.get(session, found[0].user_id) if found else None
        if found is None or asker is None:
            return
        status = "sent"
        try:
            await self.messenger.send(asker.id, Helped(*found))
        except SlowDown:
            status = "answered"
        except Blocked:
            status = "blocked"
        except Rejected:
            status = "failed"
        except Undelivered:
            status = "unknown"
        async with self.database.write() as session:
            await help_requests.move(session, request_id, "sending", status)


def whole_question(question: Question) -> str:
    return question.understood or question.text


def document(request: HelpRequest, question: Question) -> tuple[str, bytes]:
    """The name and the Markdown of a document of one question and its answer."""
    return faq(f"faq-{request.id}", whole_question(question), request.answer or "")


def faq(name: str, question: str, answer: str) -> tuple[str, bytes]:
    """The file's name and the Markdown of a document with the id `name`."""
    asked = " ".join(question.split())
    head = f"---\nid: {name}\ntitle: {json.dumps(asked, ensure_ascii=False)}\n---\n"
    paragraphs = [_verbatim(line) for line in answer.splitlines() if line.strip()]
    text = f"{head}# {_verbatim(asked)}\n\n" + "\n\n".join(paragraphs) + "\n"
    return f"{name}.md", text.encode()


def _verbatim(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", text.strip())


async def _team(session: AsyncSession) -> Sequence[User]:
    """The editors, or the admins where there are none."""
    for role in ("editor", "admin"):
        if ids := await users.with_roles(session, role):
            return [await session.get_one(User, user_id) for user_id in ids]
    return []
