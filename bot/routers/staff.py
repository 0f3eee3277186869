"""/stats and /role, for admins."""

import re
from datetime import timedelta

from aiogram import Router
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.people import Person
from services import statistics
from services.people import set_role
from services.settings import Settings
from services.tallies import Tallies
from storage.database import Database
from wording.texts import Texts

router = Router(name="staff")

STATS_DAYS = 30
STATS_VERBS = (
    "viewed",
    "liked",
    "booked",
    "cancelled",
    "invited",
    "invite_opened",
    "opted_out",
)
ROLES = ("user", "editor", "admin")


@router.message(Command("stats"))
async def stats(message: Message, person: Person, texts: Texts, tallies: Tallies) -> None:
    if not person.is_admin:
        await message.answer(texts("not-allowed"))
        return
    since = person.now - timedelta(days=STATS_DAYS)
    tally = await tallies.of(
        "stats", lambda session: statistics.since(session, since), lambda found: found.rows
    )
    found, acts = tally.value, tally.value.acts
    lines = [
        texts(
            "stats",
            days=STATS_DAYS,
            users=found.users,
            new=found.new,
            questions=found.asked,
            refused=found.refused,
            opened=acts.get("citation_opened", 0),
            sold=found.sold,
            stars=found.stars,
            elsewhere=found.elsewhere,
            **{verb: acts.get(verb, 0) for verb in STATS_VERBS},
        )
    ]
    if tally.as_of is not None:
        lines.append(texts("counted-at", when=texts.when(tally.as_of)))
    await message.answer("\n".join(lines))


@router.message(Command("role"))
async def role(
    message: Message,
    command: CommandObject,
    person: Person,
    texts: Texts,
    database: Database,
    settings: Settings,
) -> None:
    if not person.is_admin:
        await message.answer(texts("not-allowed"))
        return
    words = (command.args or "").split()
    if len(words) != 2 or not re.fullmatch(r"[0-9]{1,18}", words[0]) or words[1] not in ROLES:
        await message.answer(texts("role-usage"))
        return
    user_id, name = int(words[0]), words[1]
    if user_id in settings.owner_ids:
        await message.answer(texts("role-owner", id=words[0]))
        return
    known = await set_role(database, user_id, name)
    key = "role-set" if known else "role-unknown"
    await message.answer(texts(key, id=words[0], role=name) if known else texts(key, id=words[0]))
