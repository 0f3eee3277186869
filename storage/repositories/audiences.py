"""Audiences: what their rules ask of a user's row and signals.

Every condition is of people who agreed to personalisation, so that nobody else's behaviour is read,
neither for a rule nor for its opposite.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, or_, select

from storage.models import Item, Signal, User

# What a person does with a brand's things that shows an interest in it, for so many days.
INTEREST = (
    *("viewed", "liked", "shared", "invite_opened", "progressed", "completed", "enrolled"),
    *("purchased", "booked", "attended", "test_driven", "ordered"),
)
INTERESTED_DAYS = 180


def holds(
    every: Sequence[Mapping[str, Any]], now: datetime, some: Sequence[Mapping[str, Any]] = ()
) -> ColumnElement[bool]:
    """Of a user: each rule of `every` holds, and one of `some` where there are any.

    Rules are as `campaigns.audience` has them, checked. Raises ValueError for a segment's: who is
    in one is told by a model.
    """
    found = [_one(rule, now) for rule in every]
    if some:
        found.append(or_(*(_one(rule, now) for rule in some)))
    return and_(User.personalisation.is_(True), *found)


def _one(rule: Mapping[str, Any], now: datetime) -> ColumnElement[bool]:
    found = _did(rule, now) if "did" in rule else _of_profile(rule, now)
    return ~found if rule.get("not") else found


def _of_profile(rule: Mapping[str, Any], now: datetime) -> ColumnElement[bool]:
    field, value = rule.get("field"), rule.get("is")
    if field == "city":
        return func.coalesce(User.city, "") == value
    if field == "car":
        return func.coalesce(User.car, "") == value
    if field == "topic":
        # Topics are slugs, so a quoted match in the JSON text is exact on both databases.
        return cast(User.topics, String).like(f'%"{value}"%')
    if field == "language":
        return _language() == value
    if field in ("joined", "seen"):
        since = now - timedelta(days=rule["within_days"])
        return (User.created_at if field == "joined" else User.seen_at) > since
    if field == "brand":
        return User.id.in_(_interested(str(value), now))
    raise ValueError(f"{dict(rule)} can't be told by the database: resolve the audience.")


def _language() -> ColumnElement[str]:
    """The user's own choice, else Telegram's: Chinese for any zh, or none; else English."""
    told = func.lower(func.coalesce(User.telegram_language, "zh"))
    return func.coalesce(User.language, case((told.like("zh%"), "zh"), else_="en"))


def _did(rule: Mapping[str, Any], now: datetime) -> ColumnElement[bool]:
    doers = select(Signal.user_id).where(Signal.verb == rule["did"])
    if "item" in rule:
        doers = doers.where(Signal.object_type == "item", Signal.object_id == rule["item"])
    if "type" in rule:
        of_type = select(Item.id).where(Item.type == rule["type"])
        doers = doers.where(Signal.object_type == "item", Signal.object_id.in_(of_type))
    if "within_days" in rule:
        doers = doers.where(Signal.occurred_at > now - timedelta(days=rule["within_days"]))
    if rule.get("at_least", 1) > 1:
        doers = doers.group_by(Signal.user_id).having(func.count() >= rule["at_least"])
    return User.id.in_(doers)


def _interested(brand: str, now: datetime) -> Any:
    """Who did something with a thing of a brand, by its name in any language."""
    names = (func.lower(Item.brand[language].as_string()) for language in ("zh", "en"))
    things = select(Item.id).where(or_(*(name == brand.lower() for name in names)))
    return select(Signal.user_id).where(
        Signal.verb.in_(INTEREST),
        Signal.object_type == "item",
        Signal.object_id.in_(things),
        Signal.occurred_at > now - timedelta(days=INTERESTED_DAYS),
    )
