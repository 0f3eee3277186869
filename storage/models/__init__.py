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
from storage.models.campaigns import Campaign, Recipient
from storage.models.catalogue import DIGITAL_TYPES, ITEM_TYPES, Item, Photo
from storage.models.commerce import Booking, Order, StarLedger
from storage.models.coupons import CUTS, Coupon, CouponHolder, Favourite
from storage.models.deadlines import Deadline
from storage.models.draws import Draw, DrawAward, DrawEntry
from storage.models.help import HelpForward, HelpRequest, SupportWords
from storage.models.inbox import InboxUpdate
from storage.models.knowledge import Document, GoldenQuestion
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

__all__ = [
    "CUTS",
    "DIGITAL_TYPES",
    "ITEM_TYPES",
    "REASONS",
    "UNITS",
    "VERBS",
    "Base",
    "Booking",
    "Campaign",
    "Certificate",
    "CheckIn",
    "Coupon",
    "CouponHolder",
    "Deadline",
    "Deletions",
    "Document",
    "Draw",
    "DrawAward",
    "DrawEntry",
    "Favourite",
    "GoldenQuestion",
    "HelpForward",
    "HelpRequest",
    "InboxUpdate",
    "Item",
    "Learner",
    "LessonRead",
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
    "ShownList",
    "Signal",
    "Slot",
    "StarLedger",
    "SupportWords",
    "TagOverride",
    "User",
    "Voided",
    "Waiting",
]
