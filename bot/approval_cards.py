"""How a campaign looks to who is to approve it."""

from aiogram.types import InlineKeyboardMarkup

from bot.buttons import Buttons
from bot.callbacks import Approval, Planned
from campaigns.approval import ApprovalAsked
from wording.campaigns import campaign_text, wording_text
from wording.texts import Texts

# So much of a digest stands in a button.
SEEN = 16


def approval_card(asked: ApprovalAsked, texts: Texts) -> tuple[list[str], InlineKeyboardMarkup]:
    """All that is approved, and the buttons. Pictures, and how many it would reach, are what the
    preview of a planned one shows."""
    campaign = asked.campaign
    card = campaign_text(campaign, asked.item, asked.variants, texts, texts.zone)
    parts = [texts.html("approval-asked", writer=asked.writer, card=card)]
    if asked.size is not None:
        parts[0] += "\n" + texts("approval-size", size=asked.size)
    parts += [wording_text(variant, texts) for variant in asked.variants]
    buttons = approval_buttons(campaign.id, asked.digest, texts, plain=not campaign.name)
    if not campaign.name:
        return parts, buttons
    keyboard = Buttons(buttons)
    data = Planned(act="preview", campaign=campaign.id)
    keyboard.button(text=texts("planned-preview"), callback_data=data)
    return parts, keyboard.rows(2, 1)


def approval_buttons(
    campaign_id: int, digest: str, texts: Texts, *, plain: bool = False
) -> InlineKeyboardMarkup:
    keyboard, seen = Buttons(), digest[:SEEN]
    for act in ("approve", "refuse"):
        data = Approval(act=act, campaign=campaign_id, seen=seen)
        key = "approval-approve-plain" if plain and act == "approve" else f"approval-{act}"
        keyboard.button(text=texts(key), callback_data=data)
    return keyboard.rows(2)
