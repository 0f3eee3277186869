"""The Bot API's methods, one module per area; importing this registers them all."""

from playground.methods import (
    chats,
    edits,
    elsewhere,
    ephemeral,
    guests,
    media,
    messages,
    payments,
    polling,
    polls,
    profile,
    queries,
    rich,
    subscriptions,
)
from playground.methods.registry import Context, carry_out

__all__ = [
    "Context",
    "carry_out",
    "chats",
    "edits",
    "elsewhere",
    "ephemeral",
    "guests",
    "media",
    "messages",
    "payments",
    "polling",
    "polls",
    "profile",
    "queries",
    "rich",
    "subscriptions",
]
