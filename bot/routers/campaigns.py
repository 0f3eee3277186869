"""/campaigns, for admins: what became of broadcasts, and those who may have the invite or not."""

from math import ceil

from aiogram import F, Router
from aiogram.filters import Command
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.callback_answer import CallbackAnswer

from bot.buttons import Buttons
from bot.callbacks import Campaign, Doubtful
from bot.chats import escape, replace
from bot.filters import May
from bot.messages import progress_buttons, progress_text
from bot.people import Person
from campaigns.planning import Planning
from storage.database import Database
from storage.models import Campaign as CampaignRow
from storage.models import Item, Recipient, User
from storage.repositories import campaigns, items
from wording.items import shorten
from wording.texts import Texts

router = Router(name="campaigns")
SHOWN, PAGE, SHOWN_NAME = 10, 20, 40


@router.message(Command("campaigns"), May("send"))
async def newest(message: Message, texts: Texts, database: Database) -> None:
    lines, keyboard = [texts("campaigns")], Buttons()
    async with database.read() as session:
        for campaign, item in await campaigns.launched(session, SHOWN):
            counts = await campaigns.counts(session, campaign.id)
            title = shorten(texts.pick(item.title), SHOWN_NAME)
            line = texts.html(
                "campaigns-line",
                campaign=str(campaign.id),
                title=title,
                status=texts(f"broadcast-status-{campaign.status}"),
                sent=counts.get("sent", 0),
                total=sum(counts.values()),
                unknown=counts.get("unknown", 0),
            )
            lines.append(line)
            data = Campaign(act="show", campaign=campaign.id)
            keyboard.button(text=f"{campaign.id} · {title}", callback_data=data)
    if len(lines) == 1:
        await message.answer(texts("campaigns-none"))
        return
    await message.answer("\n".join(lines), reply_markup=keyboard.rows(1))


@router.callback_query(Campaign.filter(F.act == "show"), May("send"))
async def show(
    query: CallbackQuery,
    callback_data: Campaign,
    person: Person,
    texts: Texts,
    database: Database,
    callback_answer: CallbackAnswer,
) -> None:
    async with database.read() as session:
        campaign = await campaigns.get(session, callback_data.campaign)
        counts = await campaigns.counts(session, callback_data.campaign)
        offered = campaign and await items.on_offer_now(session, campaign.item_id, person.now)
    if campaign is None or not isinstance(query.message, Message):
        callback_answer.text = texts("button-stale")
        return
    text = progress_text(campaign, counts, texts, offered=offered is not None)
    await query.message.answer(text, reply_markup=progress_buttons(campaign, counts, texts))


@router.callback_query(Doubtful.filter(F.act.in_({"list", "turn"})), May("send"))
async def list_doubtful(
    query: CallbackQuery, callback_data: Doubtful, texts: Texts, database: Database
) -> None:
    """A message of its own, since the progress stays where it is; its pages replace each other."""
    html, keyboard = await _page(callback_data, texts, database)
    if callback_data.act == "list" and isinstance(query.message, Message):
        await query.message.answer(html, reply_markup=keyboard)
    else:
        await replace(query, html, keyboard)


@router.callback_query(Doubtful.filter(F.act == "ask"), May("send"))
async def ask(
    query: CallbackQuery, callback_data: Doubtful, texts: Texts, database: Database
) -> None:
    async with database.read() as session:
        counts = await campaigns.counts(session, callback_data.campaign)
    keyboard, count = Buttons(), counts.get("unknown", 0)
    for act in ("send", "back"):
        data = callback_data.model_copy(update={"act": "turn" if act == "back" else act})
        keyboard.button(text=texts(f"doubtful-{act}", count=count), callback_data=data)
    await replace(query, texts("doubtful-sure", count=count), keyboard.rows(1))


@router.callback_query(Doubtful.filter(F.act == "send"), May("send"))
async def send_again(
    query: CallbackQuery,
    callback_data: Doubtful,
    person: Person,
    texts: Texts,
    planning: Planning,
    callback_answer: CallbackAnswer,
) -> None:
    again = await planning.send_again(person, callback_data.campaign, callback_data.resends)
    match again.outcome:
        case "not-offered":
            callback_answer.text = texts("broadcast-not-offered")
        case "old":
            callback_answer.text = texts("doubtful-old")
        case queued:
            await replace(query, texts(f"doubtful-{queued}", count=again.count), None)


async def _page(
    asked: Doubtful, texts: Texts, database: Database
) -> tuple[str, InlineKeyboardMarkup | None]:
    async with database.read() as session:
        campaign = await session.get_one(CampaignRow, asked.campaign)
        item = await session.get_one(Item, campaign.item_id)
        count = (await campaigns.counts(session, asked.campaign)).get("unknown", 0)
        pages = max(ceil(count / PAGE), 1)
        page = max(0, min(asked.page, pages - 1))
        found = await campaigns.doubtful(session, asked.campaign, offset=page * PAGE, limit=PAGE)
    if not found:
        return texts("doubtful-none"), None
    head = texts.html(
        "doubtful",
        campaign=str(campaign.id),
        title=texts.pick(item.title),
        count=count,
        page=page + 1,
        pages=pages,
    )
    lines = [head, *(_line(recipient, user, texts) for recipient, user in found)]
    keyboard, sizes = Buttons(), []
    turns = [("button-previous", page - 1)] if page else []
    turns += [("button-next", page + 1)] if page + 1 < pages else []
    for key, to in turns:
        data = Doubtful(act="turn", campaign=campaign.id, page=to)
        keyboard.button(text=texts(key), callback_data=data)
    if turns:
        sizes.append(len(turns))
    if campaign.status in campaigns.RESTING:
        data = Doubtful(act="ask", campaign=campaign.id, page=page, resends=campaign.resends)
        keyboard.button(text=texts("doubtful-ask"), callback_data=data)
        sizes.append(1)
    else:
        lines.append(texts(f"doubtful-{'running' if campaign.status == 'sending' else 'over'}"))
    return "\n".join(lines), keyboard.rows(*sizes) if sizes else None


def _line(recipient: Recipient, user: User, texts: Texts) -> str:
    name = escape(shorten(user.first_name or "—", SHOWN_NAME))
    if user.username:
        name += f" @{escape(user.username)}"
    return f"• {name} · <code>{user.id}</code> · {texts.when(recipient.changed_at)}"
