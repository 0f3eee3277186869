"""Bodies of the page's calls."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from playground.state import Role


class PersonaBody(BaseModel):
    first_name: str = Field(min_length=1, max_length=64)
    language_code: str = "en"
    role: Role = "user"
    rich: bool = True


class TextBody(BaseModel):
    text: str
    reply_to: int | None = None


class StartBody(BaseModel):
    payload: str = ""


class CallbackBody(BaseModel):
    message_id: int
    data: str


class InlineBody(BaseModel):
    query: str = ""


class ChoiceBody(BaseModel):
    query_id: str
    result_id: str


class GroupBody(BaseModel):
    title: str = Field(min_length=1, max_length=128)
    members: list[int] = Field(min_length=1)
    has_bot: bool = True
    bot_is_admin: bool = False


class GroupTextBody(BaseModel):
    """`speaker` is the persona who writes."""

    speaker: int
    text: str
    reply_to: int | None = None
    reply_to_ephemeral: int | None = None


class GroupTapBody(BaseModel):
    """One of the two ids names the message."""

    speaker: int
    message_id: int | None = None
    ephemeral_message_id: int | None = None
    data: str


class PaymentBody(BaseModel):
    """The invoice's message, or its link."""

    message_id: int | None = None
    url: str = ""


class VoteBody(BaseModel):
    message_id: int
    option_ids: list[int]


class LocationBody(BaseModel):
    """Degrees; Shanghai when the page names no place."""

    latitude: float = Field(default=31.2304, ge=-90, le=90)
    longitude: float = Field(default=121.4737, ge=-180, le=180)


class ReactionBody(BaseModel):
    message_id: int
    emoji: str | None = None


class AppBody(BaseModel):
    """What the persona's app can draw."""

    rich: bool


class StopBody(BaseModel):
    draft_id: int


class BlockBody(BaseModel):
    blocked: bool


class UpdateBody(BaseModel):
    """An update of a kind, as Telegram would bring it; its number is the playground's."""

    kind: str = Field(pattern=r"^[a-z_]+$")
    body: dict[str, Any]


class SubscriptionBody(BaseModel):
    """`charge_id` is that of the subscription's first payment."""

    charge_id: str
    action: Literal["cancel", "enable", "retry"]


class StarsBody(BaseModel):
    """Whether the persona can pay."""

    enough: bool


class ClockBody(BaseModel):
    """How many seconds pass in a moment; ten years at most."""

    seconds: float = Field(ge=0, le=10 * 365 * 86_400)
