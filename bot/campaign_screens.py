"""The screens of /campaign, as text and buttons."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from math import ceil

from aiogram.filters.callback_data import CallbackData
from aiogram.types import InlineKeyboardMarkup

from bot.approval_cards import SEEN, approval_buttons
from bot.buttons import Buttons
from bot.callbacks import Campaign as CampaignData
from bot.callbacks import Planned
from bot.people import Person
from campaigns.approval import Whole
from campaigns.drafting import LETTERS
from campaigns.typed import NONE
from recsys.segments import Segments
from services.permissions import may
from services.recommending.tags import TOPICS
from services.zones import zone_of
from storage.models import Campaign, Item, Variant
from storage.models.base import LANGUAGES
from wording.campaigns import audience_name, campaign_text, wording_text
from wording.items import label, shorten
from wording.tags import Words
from wording.texts import Markup, Texts

Screen = tuple[str, InlineKeyboardMarkup]
PAGE, SHOWN_NAME, SHOWN_TEXT, MOST_SEGMENTS = 8, 40, 100, 12
# What a list has together.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "draft": ("draft",),
    "submitted": ("submitted",),
    "approved": ("approved", "scheduled"),
    "running": ("sending", "paused"),
    "over": ("done", "cancelled"),
}
# Fields that are typed, or chosen among these.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "name": (),
    "holdout": ("0", "5", "10", "20", "50"),
    "window_days": ("7", "14", "30"),
    "starts_at": (NONE,),
    "every_days": (NONE, "7", "14", "30"),
    "until": (NONE,),
    "most_a_week": (NONE, "1", "2", "3", "5"),
    "quiet": (NONE, "22-8", "21-9", "20-10"),
    "cost_fen": ("0",),
    "cost_each_fen": ("0",),
    "budget_fen": (NONE,),
    "url": (NONE,),
    "error_rate": ("5", "10", "20", "50"),
    "paid": ("no", "yes"),
}
SHARES = ("holdout", "error_rate")
FIELDS_A_ROW = 3


def home(person: Person, counts: Mapping[str, int], waiting: int) -> Screen:
    """`counts` by status; `waiting`: for this person's approval."""
    texts, keyboard = person.texts, Buttons()
    keyboard.button(text=texts("planned-new"), callback_data=Planned(act="items"))
    for group, statuses in GROUPS.items():
        if number := sum(counts.get(status, 0) for status in statuses):
            text = f"{texts(f'planned-group-{group}')} ({number})"
            keyboard.button(text=text, callback_data=Planned(act="list", what=group))
    return texts("planned-home", waiting=waiting), keyboard.rows(1, 2)


def listing(
    person: Person, group: str, page: int, count: int, shown: Sequence[tuple[Campaign, Item]]
) -> Screen:
    texts, keyboard = person.texts, Buttons()
    for campaign, item in shown:
        name = shorten(campaign.name, SHOWN_NAME)
        text = f"{campaign.id} · {name} · {shorten(texts.pick(item.title), SHOWN_NAME)}"
        keyboard.button(text=text, callback_data=Planned(act="show", campaign=campaign.id))
    turns = _turns(keyboard, texts, page, count, Planned(act="list", what=group))
    keyboard.button(text=texts("planned-back"), callback_data=Planned(act="home"))
    head = texts("planned-list", group=texts(f"planned-group-{group}"), count=count)
    return head, keyboard.rows(*[1] * len(shown), *turns, 1)


def choose_item(
    person: Person,
    campaign_id: int,
    page: int,
    count: int,
    items: Iterable[Item],
    searched: str = "",
) -> Screen:
    texts, keyboard = person.texts, Buttons()
    shown = list(items)
    for item in shown:
        data = Planned(act="item", campaign=campaign_id, what=item.id)
        keyboard.button(text=label(item, texts), callback_data=data)
    turns = _turns(keyboard, texts, page, count, Planned(act="items", campaign=campaign_id))
    data = Planned(act="find", campaign=campaign_id)
    keyboard.button(text=texts("planned-find"), callback_data=data)
    back = Planned(act="show", campaign=campaign_id) if campaign_id else Planned(act="home")
    keyboard.button(text=texts("planned-back"), callback_data=back)
    key = "planned-found" if searched else "planned-choose"
    head = texts.html(key, words=searched, count=count)
    return head, keyboard.rows(*[1] * len(shown), *turns, 2)


def card(person: Person, whole: Whole, approvers: Collection[int]) -> Screen:
    """A campaign, and what this person may do with it as it is."""
    campaign, texts = whole.campaign, person.texts
    zone = zone_of(person.row)
    text = campaign_text(campaign, whole.item, whole.variants, texts, zone)
    rows: list[list[tuple[str, CallbackData]]] = []

    def step(act: str, what: str = "", to: str = "") -> tuple[str, CallbackData]:
        key = f"planned-{act}-{what}" if act == "field" else f"planned-{act}"
        return texts(key), Planned(act=act, campaign=campaign.id, what=what, to=to)

    seen = whole.digest[:SEEN]
    beforehand = [step("preview"), step("test")]
    match campaign.status:
        case "draft":
            fields = [step("items"), step("audience"), step("wordings")]
            fields += [step("field", name) for name in CHOICES]
            rows = [fields[n : n + FIELDS_A_ROW] for n in range(0, len(fields), FIELDS_A_ROW)]
            rows += [[step("check"), *beforehand], [step("submit"), step("discard")]]
        case "submitted":
            rows = [beforehand, [step("reopen"), step("discard")]]
        case "approved":
            launch = "schedule" if campaign.starts_at else "send"
            data = Planned(act="send", campaign=campaign.id, to=seen)
            send: list[tuple[str, CallbackData]] = [(texts(f"planned-{launch}"), data)]
            rows = [send] if may(person.row, "send") else []
            rows += [beforehand, [step("reopen"), step("discard")]]
        case "scheduled":
            rows = [beforehand, [step("reopen"), step("discard")]]
        case _:
            if may(person.row, "send"):
                live = CampaignData(act="show", campaign=campaign.id)
                rows = [[(texts("planned-live"), live)]]
            rows += [[step("report")]] if campaign.launched_at else []
    keyboard = Buttons()
    widths = []
    if campaign.status == "submitted" and person.id in approvers:
        keyboard.attach(Buttons(approval_buttons(campaign.id, whole.digest, texts)))
        widths.append(2)
    for row in rows:
        keyboard.add_all(row)
        widths.append(len(row))
    keyboard.button(text=texts("planned-back"), callback_data=Planned(act="home"))
    if campaign.status == "submitted" and person.id not in approvers:
        text = Markup(f"{text}\n{texts('planned-waits', count=len(approvers))}")
    return text, keyboard.rows(*widths, 1)


def field(person: Person, campaign: Campaign, name: str) -> Screen:
    """Asks for a field: what to type, and what is often chosen."""
    texts, keyboard = person.texts, Buttons()
    for choice in CHOICES[name]:
        data = Planned(act="set", campaign=campaign.id, what=name, to=choice)
        text = texts(f"planned-none-{name}") if choice == NONE else choice
        text = texts(f"planned-paid-{choice}") if name == "paid" else text
        keyboard.button(text=f"{text}%" if name in SHARES else text, callback_data=data)
    keyboard.button(
        text=texts("planned-back"), callback_data=Planned(act="show", campaign=campaign.id)
    )
    now = texts.when(person.now, zone_of(person.row))
    asked = texts(f"planned-ask-{name}", now=now) if "at" in name or name == "until" else None
    return asked or texts(f"planned-ask-{name}"), keyboard.rows(3)


def audience(
    person: Person,
    campaign: Campaign,
    cities: Sequence[str],
    segments: Segments | None,
    words: Words | None,
) -> Screen:
    texts, keyboard = person.texts, Buttons()

    def choose(text: str, what: str, to: str = "") -> None:
        data = Planned(act="whom", campaign=campaign.id, what=what, to=to)
        keyboard.button(text=text, callback_data=data)

    simple = [("all", ""), ("car", "owns"), ("car", "plans")]
    simple += [("topic", topic) for topic in TOPICS] + [("city", city) for city in cities]
    for kind, value in simple:
        choose(audience_name({"kind": kind, "value": value}, texts), kind, value)
    found = list(segments.ids)[:MOST_SEGMENTS] if segments and words else []
    for index, number in enumerate(found):
        if segments and words:
            choose(f"👥 {number}. {words.all(segments.top(index, 2))}", "segment", str(number))
    for act in ("likeliest", "rules"):
        data = Planned(act=act, campaign=campaign.id)
        keyboard.button(text=texts(f"planned-{act}"), callback_data=data)
    keyboard.button(
        text=texts("planned-back"), callback_data=Planned(act="show", campaign=campaign.id)
    )
    now = audience_name(campaign.segment, texts)
    return texts.html("planned-whom", audience=now), keyboard.rows(1, 2)


def wordings(person: Person, campaign: Campaign, variants: Sequence[Variant]) -> Screen:
    """All wordings, and a button for the next letter."""
    texts, keyboard = person.texts, Buttons()
    there = [variant.name for variant in variants]
    free = next((letter for letter in LETTERS if letter not in there), None)
    for name in there:
        data = Planned(act="wording", campaign=campaign.id, what=name)
        keyboard.button(text=texts("planned-wording", name=name), callback_data=data)
    if free is not None:
        data = Planned(act="text", campaign=campaign.id, what=free, to="zh")
        keyboard.button(text=texts("planned-add", name=free), callback_data=data)
    keyboard.button(
        text=texts("planned-back"), callback_data=Planned(act="show", campaign=campaign.id)
    )
    parts = [texts("planned-wordings-all", count=len(there))]
    parts += [wording_text(variant, texts, SHOWN_TEXT) for variant in variants]
    return "\n\n".join(parts), keyboard.rows(2)


def wording(person: Person, campaign: Campaign, variant: Variant) -> Screen:
    """One wording with what may be done to it."""
    texts, keyboard = person.texts, Buttons()

    def step(text: str, act: str, to: str = "") -> None:
        data = Planned(act=act, campaign=campaign.id, what=variant.name, to=to)
        keyboard.button(text=text, callback_data=data)

    for language in LANGUAGES:
        step(texts(f"planned-text-{language}"), "text", language)
    step(texts("planned-photo"), "photo")
    if variant.media:
        step(texts("planned-no-photo"), "no-photo")
    step(texts("planned-drop", name=variant.name), "drop")
    step(texts("planned-back"), "wordings")
    text = wording_text(variant, texts)
    if variant.media:
        text = Markup(f"{text}\n🖼")
    return text, keyboard.rows(2)


def _turns(keyboard: Buttons, texts: Texts, page: int, count: int, data: Planned) -> list[int]:
    """Adds the buttons to other pages; the width of their row."""
    pages = max(ceil(count / PAGE), 1)
    turns = [("button-previous", page - 1)] if page else []
    turns += [("button-next", page + 1)] if page + 1 < pages else []
    for key, to in turns:
        keyboard.button(text=texts(key), callback_data=data.model_copy(update={"page": to}))
    return [len(turns)] if turns else []


def sure(person: Person, campaign_id: int) -> Screen:
    """Whether a campaign is really to be given up."""
    texts, keyboard = person.texts, Buttons()
    data = Planned(act="discard", campaign=campaign_id, to="sure")
    keyboard.button(text=texts("planned-discard-sure"), callback_data=data)
    keyboard.button(
        text=texts("planned-back"), callback_data=Planned(act="show", campaign=campaign_id)
    )
    return texts("planned-sure", campaign=str(campaign_id)), keyboard.rows(2)
