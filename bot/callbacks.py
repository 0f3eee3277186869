"""What the buttons carry. Telegram allows 64 bytes, so fields are short."""

from typing import Annotated

from aiogram.filters.callback_data import CallbackData
from pydantic import Field

# No more than a database column holds, whatever a client makes up.
RowId = Annotated[int, Field(ge=0, lt=2**63)]
# Negative ones are of people who didn't agree to a profile.
QuestionId = Annotated[int, Field(ge=-(2**63), lt=2**63)]


class Consent(CallbackData, prefix="consent"):
    agreed: bool


class ConsentOfLink(Consent, prefix="consentl"):
    """The same, of who came by a signed deep link before they had chosen."""

    link: str


class Onboard(CallbackData, prefix="onboard"):
    step: str
    value: str


class Drawing(CallbackData, prefix="draw"):
    """Of rich messages: sample (show one), seen, empty, off. Of /settings: language, privacy,
    zone."""

    act: str


class Language(CallbackData, prefix="language"):
    code: str


class Privacy(CallbackData, prefix="privacy"):
    act: str


class Source(CallbackData, prefix="source"):
    question: QuestionId
    number: int


class Rate(CallbackData, prefix="rate"):
    question: QuestionId
    rating: int


class Reason(CallbackData, prefix="reason"):
    question: QuestionId
    reason: str


class Comment(CallbackData, prefix="words"):
    question: QuestionId


class Human(CallbackData, prefix="human"):
    """Hands a question to the content team."""

    question: QuestionId


class Help(CallbackData, prefix="help"):
    """What an editor does with a request that was answered: add."""

    act: str
    request: RowId


class Document(CallbackData, prefix="doc"):
    """A stored document, by `key` (ids are too long). `act`: list, open, file, remove, undo."""

    act: str
    key: str = ""
    page: int = 0


class Gap(CallbackData, prefix="gap"):
    """`act`: page, answer (`question` is one of the gap's)."""

    act: str
    page: int = 0
    question: QuestionId = 0


class Publish(CallbackData, prefix="publish"):
    """Makes an index live that was held back."""

    version: str


class Ask(CallbackData, prefix="ask"):
    """A suggestion offered under a refusal: asks for the document's topic instead."""

    question: QuestionId
    number: int


class ItemAct(CallbackData, prefix="item"):
    """`act`: open, like, fav, near, dismiss, buy, get, book, play, cancel, read, times (of its
    slots), wait (for any seat). `origin`: where it was shown."""

    act: str
    item: str
    origin: str = ""


class Times(CallbackData, prefix="times"):
    """A page of an item's slots."""

    item: str
    page: int = 0


class SlotAct(CallbackData, prefix="slot"):
    """`act`: take, wait."""

    act: str
    slot: RowId


class BookingAct(CallbackData, prefix="seat"):
    """`act`: confirm, free (what is held), show, move, ticket, calendar, map, rate (`stars`)."""

    act: str
    booking: RowId
    stars: int = 0


class Absent(CallbackData, prefix="absent"):
    """Who didn't come to an event, of which `of` is a booking. `act`: events, list, ask, mark;
    `booking` is whose, 0 for all of them."""

    act: str
    of: RowId = 0
    booking: RowId = 0


class WaitAct(CallbackData, prefix="wait"):
    """A place in the line. `act`: yes (take what is offered), no (leave, or refuse it)."""

    act: str
    waiting: RowId


class Zone(CallbackData, prefix="zone"):
    """A time zone by its number in `services.zones.OFFERED`; -1 for that of the person's city."""

    number: int


class Marked(CallbackData, prefix="marked"):
    """A page of what the person marked with a heart."""

    page: Annotated[int, Field(ge=0, le=1000)] = 0


class CouponAct(CallbackData, prefix="coupon"):
    """`act`: rule, keep, drop."""

    act: str
    code: str


class LeadOffer(CallbackData, prefix="lo"):
    """After a test drive was booked. `act`: agree (to the text of this version), decline."""

    act: str
    item: str
    version: str


class LeadList(CallbackData, prefix="leads"):
    """A dealer's leads: of one state, or without one how many there are of each."""

    state: str = ""
    page: int = 0


class LeadAct(CallbackData, prefix="lead"):
    """`act`: back (its person takes it back); a dealer's are open, mark (`to` a state), undo
    (`change`), skip (the amount)."""

    act: str
    lead: RowId = 0
    to: str = ""
    change: RowId = 0


class Lesson(CallbackData, prefix="lesson"):
    course: str
    number: int


class Learn(CallbackData, prefix="learn"):
    """`act`: on (go on where one stopped), cert, name, show, hide (of its certificate)."""

    act: str
    course: str


class QuizTap(CallbackData, prefix="quiz"):
    """A lesson's quiz: a question by the beginning of its key, a choice by its tag. Without a
    choice it asks, without a question the first one."""

    course: str
    number: int
    question: str = ""
    choice: str = ""


class Play(CallbackData, prefix="play"):
    """The car quiz. `act`: next (of a game's topics, where it names one), board, join, leave."""

    act: str
    game: str = ""


class Lot(CallbackData, prefix="lot"):
    """A prize draw. `act`: about, enter, file, claim, decline."""

    act: str
    item: str


class Member(CallbackData, prefix="member"):
    """`act`: join (`of` a plan), cancel, resume (`of` a membership)."""

    act: str
    of: str


class Catalogue(CallbackData, prefix="list"):
    kind: str
    page: int = 0


class CityCatalogue(Catalogue, prefix="here"):
    """What of it is in one city, a slug of `wording.cities`."""

    city: str


class Find(CallbackData, prefix="find"):
    """Asks for words to search by."""


class Browse(CallbackData, prefix="br"):
    """A page of what fits filters, or with `ask` the choice of one. `kind` is a place in
    ITEM_TYPES; topics, brands and cities are codes of `services.recommending.browsing`."""

    kind: str = ""
    topic: str = ""
    brand: str = ""
    city: str = ""
    when: str = ""
    most: str = ""
    page: Annotated[int, Field(ge=0, lt=100_000)] = 0
    ask: str = ""


class Campaign(CallbackData, prefix="camp"):
    act: str
    campaign: RowId


class Approval(CallbackData, prefix="ok"):
    """`act`: approve, refuse, without (a reason), back. `seen`: the beginning of the digest of what
    was read, so that nothing else is approved."""

    act: str
    campaign: RowId
    seen: str = ""


class Planned(CallbackData, prefix="cp"):
    """A step of /campaign; `what` of the campaign it is about, and which value it is given (`to`).
    An item's id may have up to 40 bytes."""

    act: str
    campaign: RowId = 0
    what: str = ""
    to: str = ""
    page: Annotated[int, Field(ge=0, lt=100_000)] = 0


class Proposed(CallbackData, prefix="pl"):
    """A plan's page, or (act: draft) its proposal number `at` made a draft."""

    act: str
    plan: RowId
    at: Annotated[int, Field(ge=0, lt=100_000)] = 0


class Doubtful(CallbackData, prefix="doubt"):
    """Those of a campaign who may have its invite or not. `act`: list, ask (whether to send again),
    send; `resends` as they were when that was asked."""

    act: str
    campaign: RowId
    page: int = 0
    resends: int = 0


class Draft(CallbackData, prefix="d"):
    """A broadcast being planned: the item (up to 40 bytes), then the segment."""

    item: str
    kind: str = ""
    value: str = ""


class DraftItems(CallbackData, prefix="ditems"):
    """A page of what a broadcast can be about."""

    page: int


class Invite(CallbackData, prefix="invite"):
    act: str
    campaign: RowId


class Tag(CallbackData, prefix="tag"):
    """`act`: show, edit, drop, list (what may stand instead), swap, restore."""

    act: str
    tag: str = ""
    instead: str = ""
