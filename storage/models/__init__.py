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
from storage.models.catalogue import DIGITAL_TYPES, ITEM_TYPES, Item
from storage.models.commerce import Booking, Order, StarLedger
from storage.models.deadlines import Deadline
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
from storage.models.membership import Membership, PaidMonth, Plan
from storage.models.people import TagOverride, User
from storage.models.shown import ShownList
from storage.models.touches import Attribution, Link, Touch

__all__ = [
    "DIGITAL_TYPES",
    "ITEM_TYPES",
    "LEAD_MARKS",
    "REASONS",
    "UNITS",
    "VERBS",
    "Attribution",
    "Base",
    "Booking",
    "Campaign",
    "Deadline",
    "Dealer",
    "Deletions",
    "Document",
    "GoldenQuestion",
    "HelpForward",
    "HelpRequest",
    "InboxUpdate",
    "Item",
    "Lead",
    "LeadChange",
    "LeadMessage",
    "LeadRead",
    "Link",
    "Localised",
    "Membership",
    "Order",
    "PaidMonth",
    "Plan",
    "Platform",
    "Question",
    "Recipient",
    "ShownList",
    "Signal",
    "StarLedger",
    "SupportWords",
    "TagOverride",
    "Touch",
    "User",
    "Voided",
]
