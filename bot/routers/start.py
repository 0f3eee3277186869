"""/start, the consent choice, and the three-tap onboarding."""

from aiogram import Bot, F, Router
from aiogram.filters import CommandObject, CommandStart
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from activities.certificates import PREFIX as CERTIFICATE
from activities.lead_work import dealer_of
from bot.buttons import Buttons
from bot.callbacks import Consent, ConsentOfLink, Onboard
from bot.chats import replace
from bot.commands import set_personal_menu
from bot.items import show_item
from bot.people import Person
from bot.rich_sample import offer_sample
from bot.routers.coupons import show_coupon
from bot.routers.learning import show_check
from bot.tickets import ENTRANCE, open_code
from services.attribution import PREFIX, Attributions
from services.permissions import is_staff
from services.recommending.serving import Recommendations
from wording.cities import CITIES
from wording.texts import Texts

router = Router(name="start")

# What a tap on an interest stands for.
BUNDLES = {
    "buying": ["buying"],
    "electric": ["ev", "hybrid", "battery", "charging"],
    "upkeep": ["maintenance", "tyres", "brakes", "transmission", "warning_lights"],
    "safety": ["driving", "winter", "adas"],
    "used": ["used_car"],
    "money": ["insurance", "warranty"],
}


def consent_buttons(texts: Texts, link: str = "") -> InlineKeyboardMarkup:
    """`link`: the signed deep link that brought the person, which counts only once they agree."""
    keyboard = Buttons()
    for key, agreed in (("consent-yes", True), ("consent-no", False)):
        data = ConsentOfLink(agreed=agreed, link=link) if link else Consent(agreed=agreed)
        keyboard.button(text=texts(key), callback_data=data)
    return keyboard.rows()


def step_buttons(step: str, texts: Texts) -> InlineKeyboardMarkup:
    keyboard = Buttons()
    options = {
        "car": {value: texts(f"onboard-car-{value}") for value in ("owns", "plans")},
        "topics": {bundle: texts(f"bundle-{bundle}") for bundle in BUNDLES},
        "city": {slug: texts(f"city-{slug}") for slug in (*CITIES, "other")},
    }[step]
    for value, text in {**options, "": texts("onboard-skip")}.items():
        keyboard.button(text=text, callback_data=Onboard(step=step, value=value))
    return keyboard.rows(3 if step == "city" else 2)


@router.message(CommandStart())
async def start(
    message: Message,
    command: CommandObject,
    bot: Bot,
    person: Person,
    texts: Texts,
    recommendations: Recommendations,
    attributions: Attributions,
) -> None:
    if is_staff(person.row) or dealer_of(person) or person.row.language:
        await set_personal_menu(bot, person, texts)
    payload = command.args or ""
    if payload.startswith(ENTRANCE):  # staff at the door, mostly
        await open_code(message, bot, person, payload.removeprefix(ENTRANCE))
        return
    known = person.row.personalisation is not None
    item = await attributions.open(person, payload) if payload.startswith(PREFIX) else None
    if item is not None:
        await show_item(message, person, item, "link")
    elif await _open(message, person, payload, recommendations):
        pass
    elif payload in ("recommend", "my", "profile") and known:
        await message.answer(texts("start-go-on", command=f"/{payload}"))
    elif known:
        await message.answer(texts.html("welcome-back", name=person.row.first_name))
    else:
        await message.answer(texts.html("welcome", name=person.row.first_name))
    if not known:
        await message.answer(
            texts("consent"), reply_markup=consent_buttons(texts, payload if item else "")
        )


async def _open(
    message: Message, person: Person, payload: str, recommendations: Recommendations
) -> bool:
    """Shows what a deep link leads to. False where it leads to nothing in particular."""
    if payload.startswith("item_"):
        await show_item(message, person, payload.removeprefix("item_"), "link")
    elif payload.startswith(CERTIFICATE):
        await show_check(message, person, payload)
    elif payload.startswith("c_"):
        await show_coupon(message, person, payload.removeprefix("c_"), recommendations)
    elif payload.startswith(PREFIX):  # and no link of ours, as was seen before
        await message.answer(person.texts("link-bad"))
    else:
        return False
    return True


@router.callback_query(ConsentOfLink.filter())
@router.callback_query(Consent.filter())
async def consent(
    query: CallbackQuery,
    callback_data: Consent,
    person: Person,
    texts: Texts,
    attributions: Attributions,
    callback_answer: CallbackAnswer,
) -> None:
    agreed = callback_data.agreed
    await person.choose_personalisation(agreed)
    if agreed and isinstance(callback_data, ConsentOfLink):
        await attributions.came_by_link(person, callback_data.link)
    if agreed:
        callback_answer.text = texts("consent-agreed")
        await replace(query, texts("onboard-car"), step_buttons("car", texts))
    else:
        # Who wants no suggestions of their own is not asked what they should fit.
        await replace(query, texts("consent-declined"), None)


@router.callback_query(Onboard.filter(F.step == "car"))
async def onboard_car(
    query: CallbackQuery, callback_data: Onboard, person: Person, texts: Texts
) -> None:
    if callback_data.value in ("owns", "plans"):
        await person.change(car=callback_data.value)
    await replace(query, texts("onboard-topics"), step_buttons("topics", texts))


@router.callback_query(Onboard.filter(F.step == "topics"))
async def onboard_topics(
    query: CallbackQuery, callback_data: Onboard, person: Person, texts: Texts
) -> None:
    if topics := BUNDLES.get(callback_data.value):
        await person.change(topics=topics)
    await replace(query, texts("onboard-city"), step_buttons("city", texts))


@router.callback_query(Onboard.filter(F.step == "city"))
async def onboard_city(
    query: CallbackQuery, callback_data: Onboard, person: Person, texts: Texts
) -> None:
    if callback_data.value in (*CITIES, "other"):
        await person.change(city=CITIES.get(callback_data.value))
    await replace(query, texts("onboard-done"), None)
    # Once: whoever proved it, or sees empty messages, isn't asked again.
    if isinstance(query.message, Message) and person.row.draws_rich is None:
        await offer_sample(query.message, person)
