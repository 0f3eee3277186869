"""Typed tables, one module per area."""

from storage.models.base import Base, Localised
from storage.models.behaviour import (
    REASONS,
    UNITS,
    VERBS,
    Deletions,
    Platform,
    Question,
    Signal,
    Voided,
)
from storage.models.brands import Brand, BrandBook, BrandTurn
from storage.models.campaigns import (
    AuditEntry,
    Campaign,
    Dialogue,
    Effect,
    Recipient,
    Salt,
    Sender,
    Variant,
)
from storage.models.catalogue import DIGITAL_TYPES, EVENT_TYPES, ITEM_TYPES, Item, Photo
from storage.models.commerce import Booking, Order, StarLedger
from storage.models.coupons import CUTS, Coupon, CouponHolder, Favourite
from storage.models.deadlines import Deadline
from storage.models.draws import Draw, DrawAward, DrawEntry
from storage.models.help import HelpForward, HelpRequest, SupportWords
from storage.models.inbox import InboxUpdate
from storage.models.knowledge import Document, GoldenQuestion
from storage.models.leads import (
    LEAD_MARKS,
    Dealer,
    Lead,
    LeadChange,
    LeadMessage,
    LeadRead,
)
from storage.models.learning import (
    Certificate,
    Learner,
    LessonRead,
    QuizAnswer,
    QuizPoll,
    QuizWeek,
)
from storage.models.membership import Membership, PaidMonth, Plan
from storage.models.people import TagOverride, User
from storage.models.shown import ShownList
from storage.models.slots import CheckIn, Slot, Waiting
from storage.models.touches import Attribution, Link, Touch

__all__ = [
    "CUTS",
    "DIGITAL_TYPES",
    "EVENT_TYPES",
    "ITEM_TYPES",
    "LEAD_MARKS",
    "REASONS",
    "UNITS",
    "VERBS",
    "Attribution",
    "AuditEntry",
    "Base",
    "Booking",
    "Brand",
    "BrandBook",
    "BrandTurn",
    "Campaign",
    "Certificate",
    "CheckIn",
    "Coupon",
    "CouponHolder",
    "Deadline",
    "Dealer",
    "Deletions",
    "Dialogue",
    "Document",
    "Draw",
    "DrawAward",
    "DrawEntry",
    "Effect",
    "Favourite",
    "GoldenQuestion",
    "HelpForward",
    "HelpRequest",
    "InboxUpdate",
    "Item",
    "Lead",
    "LeadChange",
    "LeadMessage",
    "LeadRead",
    "Learner",
    "LessonRead",
    "Link",
    "Localised",
    "Membership",
    "Order",
    "PaidMonth",
    "Photo",
    "Plan",
    "Platform",
    "Question",
    "QuizAnswer",
    "QuizPoll",
    "QuizWeek",
    "Recipient",
    "Salt",
    "Sender",
    "ShownList",
    "Signal",
    "Slot",
    "StarLedger",
    "SupportWords",
    "TagOverride",
    "Touch",
    "User",
    "Variant",
    "Voided",
    "Waiting",
]
