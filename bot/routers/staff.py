"""/stats and /role, for admins."""

import re
from contextlib import suppress
from datetime import timedelta

from aiogram import Bot, Router
from aiogram.exceptions import TelegramAPIError
from aiogram.filters import Command, CommandObject
from aiogram.types import Message

from bot.commands import set_personal_menu
from bot.filters import May
from bot.people import Person
from services import statistics
from services.people import set_role
from services.settings import Settings
from services.tallies import Tallies
from storage.database import Database
from storage.repositories import dealers
from wording.texts import Texts, texts_for

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
ROLES = ("user", "editor", "marketer", "admin")


@router.message(Command("stats"), May("stats"))
async def stats(message: Message, person: Person, texts: Texts, tallies: Tallies) -> None:
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


@router.message(Command("role"), May("role"))
async def role(
    message: Message,
    command: CommandObject,
    bot: Bot,
    texts: Texts,
    database: Database,
    settings: Settings,
) -> None:
    words = (command.args or "").split(maxsplit=2)
    is_dealer = len(words) == 3 and words[1] == "dealer"
    fits = is_dealer or (len(words) == 2 and words[1] in ROLES)
    if not fits or not re.fullmatch(r"[0-9]{1,18}", words[0]):
        await message.answer(texts("role-usage"))
        return
    user_id, name = int(words[0]), words[1]
    if user_id in settings.owner_ids:
        await message.answer(texts("role-owner", id=words[0]))
        return
    dealer_id = None
    if is_dealer:
        async with database.read() as session:
            dealer = await dealers.named(session, words[2])
            there = [one.id for one in await dealers.listed(session)]
        if dealer is None:
            names = ", ".join(there) or "—"
            await message.answer(texts.html("role-no-dealer", name=words[2], dealers=names))
            return
        dealer_id, name = dealer.id, f"dealer ({texts.pick(dealer.name)})"
    user = await set_role(database, user_id, words[1], dealer_id)
    if user is None:
        await message.answer(texts("role-unknown", id=words[0]))
        return
    await message.answer(texts.html("role-set", id=words[0], role=name))
    with suppress(TelegramAPIError):  # they may have left; the next /start brings it
        own = texts_for(user)
        await set_personal_menu(bot, user, own)
