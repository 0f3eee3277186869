"""/profile: what the bot takes a person for, tag by tag, and their corrections."""

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.buttons import Buttons
from bot.callbacks import Tag
from bot.chats import escape, replace
from bot.people import Person
from recsys.dataset import TooLittleData
from services.recommending.profiles import GROUP, SEGMENT, Profile, Profiles
from services.recommending.tags import TOPICS
from wording.tags import Words
from wording.texts import Texts

router = Router(name="profile")


@router.message(Command("profile"))
async def profile(message: Message, person: Person, texts: Texts, profiles: Profiles) -> None:
    html, keyboard = await _overview(person, texts, profiles)
    await message.answer(html, reply_markup=keyboard)


@router.callback_query(Tag.filter(F.act == "show"))
async def show(query: CallbackQuery, person: Person, texts: Texts, profiles: Profiles) -> None:
    await replace(query, *await _overview(person, texts, profiles))


@router.callback_query(Tag.filter(F.act.in_({"edit", "list"})))
async def choose(
    query: CallbackQuery, callback_data: Tag, person: Person, texts: Texts, profiles: Profiles
) -> None:
    """What may be done with one tag; what may stand instead of it."""
    found = await profiles.of(person.row)
    if found is None:
        await replace(query, texts("profile-none"), None)
        return
    word, tag = await _naming(found, texts, profiles), callback_data.tag
    keyboard = Buttons()
    others = _others(found, tag)
    if callback_data.act == "list":
        for other in others:
            keyboard.button(text=word(other), callback_data=Tag(act="swap", tag=tag, instead=other))
    else:
        keyboard.button(text=texts("profile-drop"), callback_data=Tag(act="drop", tag=tag))
        if others:
            keyboard.button(text=texts("profile-swap"), callback_data=Tag(act="list", tag=tag))
    keyboard.button(text=texts("button-back"), callback_data=Tag(act="show"))
    wide = callback_data.act == "list" and not tag.startswith(SEGMENT)
    html = texts.html(f"profile-{callback_data.act}", tag=word(tag))
    await replace(query, html, keyboard.rows(2 if wide else 1))


@router.callback_query(Tag.filter(F.act.in_({"drop", "swap", "restore"})))
async def change(
    query: CallbackQuery,
    callback_data: Tag,
    person: Person,
    texts: Texts,
    profiles: Profiles,
    callback_answer: CallbackAnswer,
) -> None:
    """Takes a tag away, puts another in its place, or gives it back."""
    found = await profiles.of(person.row)
    tag, instead = callback_data.tag, callback_data.instead or None
    offered = instead is None or (found is not None and instead in _others(found, tag))
    if found is not None and offered and _known(found, tag):
        if callback_data.act == "restore":
            await profiles.restore(person.id, tag)
        else:
            await profiles.reject(person.id, tag, instead)
        callback_answer.text = texts("profile-noted")
    await replace(query, *await _overview(person, texts, profiles))


async def _overview(
    person: Person, texts: Texts, profiles: Profiles
) -> tuple[str, InlineKeyboardMarkup | None]:
    if person.agreed:
        try:
            await profiles.ready()
        except TooLittleData:
            return texts("profile-empty"), None
    found = await profiles.of(person.row)
    if found is None:
        return texts("profile-none"), None
    word = await _naming(found, texts, profiles)
    group = _segment_tag(found)
    keyboard = Buttons()
    if group:
        text = texts("profile-group-button", group=word(group))
        keyboard.button(text=text, callback_data=Tag(act="edit", tag=group))
    for tag in found.tags:
        keyboard.button(text=word(tag), callback_data=Tag(act="edit", tag=tag))
    for tag in found.rejected:
        text = texts("profile-restore", tag=word(tag))
        keyboard.button(text=text, callback_data=Tag(act="restore", tag=tag))
    if not (group or found.tags or found.rejected):
        return texts("profile-empty"), None
    lines = [
        texts.html(
            "profile",
            group=word(group) if group else texts("profile-no-group"),
            tags=" · ".join(map(word, found.tags)) or texts("profile-no-tags"),
        )
    ]
    if found.rejected:
        changed = [
            texts("profile-instead", tag=word(tag), instead=word(instead)) if instead else word(tag)
            for tag, instead in found.rejected.items()
        ]
        lines.append(texts("profile-rejected", tags=escape(", ".join(changed))))
    return "\n\n".join([*lines, texts("profile-how")]), keyboard.rows(1, 2)


def _segment_tag(found: Profile) -> str | None:
    if found.segments is None or found.segment is None:
        return None
    return f"{SEGMENT}{found.segments.ids[found.segment]}"


def _known(found: Profile, tag: str) -> bool:
    """Whether a person can have this tag, whatever a client makes up."""
    if found.segments is None:
        return False
    return (
        tag in found.segments.names
        or tag in found.rejected
        or tag in {f"{SEGMENT}{number}" for number in found.segments.ids}
    )


def _others(found: Profile, tag: str) -> list[str]:
    """What may stand instead of a tag: another topic, another group."""
    if tag.startswith(SEGMENT) and found.segments is not None:
        return [f"{SEGMENT}{n}" for n in found.segments.ids if f"{SEGMENT}{n}" != tag]
    if tag.startswith("topic."):
        every = (f"topic.{topic}" for topic in TOPICS)
        return [other for other in every if other != tag and other not in found.rejected]
    return []


class _Naming:
    """Words of tags, groups included."""

    def __init__(self, found: Profile, words: Words) -> None:
        self.found, self.words = found, words

    def __call__(self, tag: str) -> str:
        if tag == GROUP:
            return self.words.texts("profile-placed")
        if not tag.startswith(SEGMENT):
            return self.words(tag)
        segments, number = self.found.segments, int(tag.removeprefix(SEGMENT))
        if segments is None or number not in segments.ids:
            return f"{number}"
        return self.words.all(segments.top(segments.ids.index(number)))


async def _naming(found: Profile, texts: Texts, profiles: Profiles) -> _Naming:
    return _Naming(found, Words(texts, await profiles.branded()))
