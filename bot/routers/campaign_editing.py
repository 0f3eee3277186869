"""/campaign: what a draft says, to whom, when; chosen by buttons or typed."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from aiogram import Bot, F, Router
from aiogram.dispatcher.event.bases import SkipHandler
from aiogram.types import CallbackQuery, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot import campaign_screens as screens
from bot.buttons import Buttons
from bot.callbacks import Planned
from bot.chats import replace
from bot.filters import Asked, May
from bot.people import Person
from bot.routers.campaign import answer_card, put_card
from campaigns.audience import BadAudience
from campaigns.audience_text import read as read_audience
from campaigns.drafting import Drafting
from campaigns.planning import Planning
from campaigns.typed import Reading, Unreadable, read
from retrieval.batching import Busy
from services import dialogues
from services.recommending.item_search import ItemSearch
from services.recommending.profiles import Profiles
from services.recommending.serving import Recommendations
from services.tallies import Tallies
from services.zones import zone_of
from storage.models import Campaign, Item
from storage.models.base import LANGUAGES
from storage.repositories import users
from wording.tags import Words

router = Router(name="campaign-editing")
router.message.filter(May("edit"), F.chat.type == "private")
router.callback_query.filter(May("edit"))
# Tried before all commands.
leaving = Router(name="campaign-leaving")
TYPED = ("field", "text", "photo", "find", "rules", "likeliest", "refuse")
# As many items as a search shows.
FOUND, NAME = 8, 60
MOST_PICTURE = 10 * 1024 * 1024


@leaving.message(F.text.startswith("/"), Asked(*TYPED))
async def leave(_message: Message, person: Person) -> None:
    """A command ends what was asked."""
    await dialogues.close(person)
    raise SkipHandler


@router.callback_query(Planned.filter(F.act == "items"))
async def items(
    query: CallbackQuery, callback_data: Planned, person: Person, recommendations: Recommendations
) -> None:
    await dialogues.close(person)
    assortment = await recommendations.followed()
    which = assortment.on_offer(person.now) & assortment.has_room()
    # Dated ones first: most campaigns are for events.
    start = callback_data.page * screens.PAGE
    ids = assortment.page(which, start, screens.PAGE, dated_first=True)
    found = await recommendations.items(ids)
    shown = [found[name] for name in ids if name in found]
    count, campaign = int(which.sum()), callback_data.campaign
    await replace(query, *screens.choose_item(person, campaign, callback_data.page, count, shown))


@router.callback_query(Planned.filter(F.act == "item"))
async def choose_item(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    drafting: Drafting,
    callback_answer: CallbackAnswer,
) -> None:
    """Begins a campaign for it, named after it, or changes what one invites to."""
    item_id, campaign_id = callback_data.what, callback_data.campaign
    if campaign_id:
        outcome = await drafting.change(person, campaign_id, item_id=item_id)
        if outcome != "changed":
            callback_answer.text = person.texts(f"planned-{outcome}")
    else:
        async with planning.database.read() as session:
            item = await session.get(Item, item_id)
        name = person.texts.pick(item.title)[:NAME] if item else ""
        made = await drafting.create(person, item_id, name) if name else None
        if made is None:
            callback_answer.text = person.texts("planned-not-offered")
            return
        campaign_id = made
    await put_card(query, person, planning, campaign_id, callback_answer)


@router.callback_query(Planned.filter((F.act == "field") & F.what.in_(screens.CHOICES)))
async def ask_field(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    campaign = await _draft(person, planning, callback_data.campaign, callback_answer)
    if campaign is not None:
        about = {"campaign": campaign.id, "field": callback_data.what}
        await dialogues.ask(person, "field", **about)
        await replace(query, *screens.field(person, campaign, callback_data.what))


@router.callback_query(Planned.filter((F.act == "set") & F.what.in_(screens.CHOICES)))
async def choose_field(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    drafting: Drafting,
    callback_answer: CallbackAnswer,
) -> None:
    await dialogues.close(person)
    try:
        value = read(callback_data.what, callback_data.to, _reading(person))
    except Unreadable:
        callback_answer.text = person.texts("button-stale")
        return
    outcome = await drafting.change(person, callback_data.campaign, **{callback_data.what: value})
    if outcome != "changed":
        callback_answer.text = person.texts(f"planned-{outcome}")
    await put_card(query, person, planning, callback_data.campaign, callback_answer)


@router.callback_query(Planned.filter(F.act == "audience"))
async def audience(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    profiles: Profiles,
    tallies: Tallies,
    callback_answer: CallbackAnswer,
) -> None:
    await dialogues.close(person)
    campaign = await _draft(person, planning, callback_data.campaign, callback_answer)
    if campaign is None:
        return
    tally = await tallies.of("audiences", users.audiences, lambda found: found.users)
    live = await profiles.live()
    words = Words(person.texts, await profiles.branded()) if live else None
    screen = screens.audience(person, campaign, tally.value.cities, live, words)
    await replace(query, *screen)


@router.callback_query(Planned.filter(F.act == "whom"))
async def choose_audience(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    drafting: Drafting,
    callback_answer: CallbackAnswer,
) -> None:
    kind, value = callback_data.what, callback_data.to
    spec: dict[str, Any] = {"kind": kind, "value": value}
    if kind == "segment" and value.isascii() and value.isdigit():
        spec = {"kind": "rules", "all": [{"segment": int(value)}]}
    try:
        outcome = await drafting.change(person, callback_data.campaign, segment=spec)
    except BadAudience:
        callback_answer.text = person.texts("button-stale")
        return
    if outcome != "changed":
        callback_answer.text = person.texts(f"planned-{outcome}")
    await put_card(query, person, planning, callback_data.campaign, callback_answer)


@router.callback_query(Planned.filter(F.act.in_({"rules", "likeliest", "find"})))
async def ask_words(query: CallbackQuery, callback_data: Planned, person: Person) -> None:
    """Rules of an audience, how many of the likeliest, or words to find an item by."""
    await dialogues.ask(person, callback_data.act, campaign=callback_data.campaign)
    await _ask(query, person, f"planned-ask-{callback_data.act}", callback_data)


@router.callback_query(Planned.filter(F.act == "wordings"))
async def wordings(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    await dialogues.close(person)
    whole = await planning.read(person, callback_data.campaign)
    if whole is None:
        callback_answer.text = person.texts("planned-old")
        return
    await replace(query, *screens.wordings(person, whole.campaign, whole.variants))


@router.callback_query(Planned.filter(F.act == "wording"))
async def wording(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    await dialogues.close(person)
    screen = await _wording(person, planning, callback_data.campaign, callback_data.what)
    if screen is None:
        callback_answer.text = person.texts("planned-old")
        return
    await replace(query, *screen)


@router.callback_query(Planned.filter(F.act.in_({"text", "photo"})))
async def ask_wording(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    if await _draft(person, planning, callback_data.campaign, callback_answer) is None:
        return
    about = callback_data.model_dump(include={"campaign", "what", "to"})
    about["name"] = about.pop("what")
    await dialogues.ask(person, callback_data.act, **about)
    to = f"-{callback_data.to}" if callback_data.to in LANGUAGES else ""
    await _ask(query, person, f"planned-ask-{callback_data.act}{to}", callback_data)


@router.callback_query(Planned.filter(F.act.in_({"no-photo", "drop"})))
async def change_wording(
    query: CallbackQuery,
    callback_data: Planned,
    person: Person,
    planning: Planning,
    drafting: Drafting,
    callback_answer: CallbackAnswer,
) -> None:
    campaign_id, name = callback_data.campaign, callback_data.what
    if callback_data.act == "drop":
        outcome = await drafting.drop_wording(person, campaign_id, name)
    else:
        outcome = await drafting.picture(person, campaign_id, name, None)
    if outcome != "changed":
        callback_answer.text = person.texts(f"planned-{outcome}")
        return
    await wordings(query, callback_data, person, planning, callback_answer)


@router.message(F.text, Asked("field"))
async def type_field(
    message: Message,
    person: Person,
    asked: Mapping[str, Any],
    planning: Planning,
    drafting: Drafting,
) -> None:
    name, campaign_id = asked["field"], asked["campaign"]
    try:
        value = read(name, message.text or "", _reading(person))
    except Unreadable as error:
        back = Planned(act="show", campaign=campaign_id)
        await _again(message, person, f"planned-bad-{error.code}", back)
        return
    await dialogues.close(person)
    await drafting.change(person, campaign_id, **{name: value})
    await answer_card(message, person, planning, campaign_id)


@router.message(F.text, Asked("rules", "likeliest"))
async def type_audience(
    message: Message,
    person: Person,
    asked: Mapping[str, Any],
    planning: Planning,
    drafting: Drafting,
) -> None:
    said, campaign_id = message.text or "", asked["campaign"]
    line = f"top={said.strip()}" if asked["what"] == "likeliest" else said
    try:
        spec = read_audience(line).spec
    except BadAudience as error:
        back = Planned(act="audience", campaign=campaign_id)
        await _again(message, person, f"planned-bad-audience-{error.code}", back, word=error.word)
        return
    await dialogues.close(person)
    await drafting.change(person, campaign_id, segment=spec)
    await answer_card(message, person, planning, campaign_id)


@router.message(F.text, Asked("find"))
async def type_search(
    message: Message, person: Person, asked: Mapping[str, Any], item_search: ItemSearch
) -> None:
    await dialogues.close(person)
    words, texts = message.text or "", person.texts
    try:
        hits = await item_search.find(words, FOUND, person.now)
    except Busy as busy:
        await message.answer(texts("answer-busy", waiting=busy.waiting))
        return
    html, keyboard = screens.choose_item(
        person, asked["campaign"], 0, len(hits.items), hits.items, words
    )
    await message.answer(html, reply_markup=keyboard)


@router.message(F.text, Asked("text"))
async def type_wording(
    message: Message,
    person: Person,
    asked: Mapping[str, Any],
    planning: Planning,
    drafting: Drafting,
) -> None:
    """The Chinese text of a new wording is followed by the question for the English one."""
    campaign_id, name, language = asked["campaign"], asked["name"], asked["to"]
    outcome = await drafting.word(person, campaign_id, name, language, message.text or "")
    back = Planned(act="wordings", campaign=campaign_id)
    if outcome == "long":
        await _again(message, person, "planned-long", back)
        return
    await dialogues.close(person)
    if outcome != "changed":
        await message.answer(person.texts(f"planned-{outcome}"))
        return
    await _answer_wording(message, person, planning, campaign_id, name)


@router.message(F.photo | F.document, Asked("photo"))
async def take_photo(
    message: Message,
    bot: Bot,
    person: Person,
    asked: Mapping[str, Any],
    planning: Planning,
    drafting: Drafting,
) -> None:
    campaign_id, name, data = asked["campaign"], asked["name"], BytesIO()
    file = message.photo[-1] if message.photo else message.document
    outcome = "picture"
    if file is not None and (file.file_size or 0) <= MOST_PICTURE:
        await bot.download(file, data)
        outcome = await drafting.picture(person, campaign_id, name, data.getvalue())
    if outcome == "picture":
        back = Planned(act="wordings", campaign=campaign_id)
        await _again(message, person, "planned-picture", back)
        return
    await dialogues.close(person)
    await _answer_wording(message, person, planning, campaign_id, name)


async def _answer_wording(
    message: Message, person: Person, planning: Planning, campaign_id: int, name: str
) -> None:
    screen = await _wording(person, planning, campaign_id, name)
    html, keyboard = screen or (person.texts("planned-old"), None)
    await message.answer(html, reply_markup=keyboard)


async def _wording(
    person: Person, planning: Planning, campaign_id: int, name: str
) -> screens.Screen | None:
    whole = await planning.read(person, campaign_id)
    found = [v for v in whole.variants if v.name == name] if whole is not None else []
    return screens.wording(person, whole.campaign, found[0]) if whole and found else None


async def _draft(
    person: Person, planning: Planning, campaign_id: int, callback_answer: CallbackAnswer
) -> Campaign | None:
    """The campaign, if it can be edited; else the tap is answered with why not."""
    whole = await planning.read(person, campaign_id)
    if whole is None or whole.campaign.status != "draft":
        callback_answer.text = person.texts("planned-old")
        return None
    return whole.campaign


async def _ask(query: CallbackQuery, person: Person, key: str, data: Planned) -> None:
    """Puts a question in the place of the message, with a way back."""
    back = {"find": "items", "rules": "audience", "likeliest": "audience"}
    act = back.get(data.act, "wordings")
    keyboard = Buttons()
    keyboard.button(
        text=person.texts("planned-back"),
        callback_data=Planned(act=act, campaign=data.campaign),
    )
    await replace(query, person.texts(key), keyboard.rows())


async def _again(message: Message, person: Person, key: str, back: Planned, **values: str) -> None:
    """Says why what was typed is no answer; the question stays open."""
    keyboard = Buttons()
    keyboard.button(text=person.texts("planned-back"), callback_data=back)
    await message.answer(person.texts.html(key, **values), reply_markup=keyboard.rows())


def _reading(person: Person) -> Reading:
    return Reading(person.now, zone_of(person.row))
