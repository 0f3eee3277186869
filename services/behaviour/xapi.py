"""xAPI statements as signals (the standard: https://github.com/adlnet/xAPI-Spec).

Durations are read by pydantic, which takes a month as 30 days; isodate would ask from which day on.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.behaviour.platform_ids import LeftOut, PlatformIds

ADL = "adlnet.gov/expapi/verbs/"
ACTIVITY = "activitystrea.ms/schema/1.0/"
TINCAN = "id.tincanapi.com/verb/"
VIDEO = "w3id.org/xapi/video/"
VOIDED = f"{ADL}voided"
# Without their scheme: both are in use for the same verbs.
VERBS = {
    f"{ADL}asked": "asked",
    f"{ADL}experienced": "viewed",
    f"{ADL}launched": "viewed",
    f"{ADL}initialized": "viewed",
    f"{ADL}attempted": "viewed",
    f"{TINCAN}viewed": "viewed",
    f"{VIDEO}verbs/played": "viewed",
    f"{ADL}progressed": "progressed",
    f"{VIDEO}verbs/paused": "progressed",
    f"{ADL}completed": "completed",
    f"{ADL}passed": "completed",
    f"{ADL}mastered": "completed",
    f"{ADL}registered": "enrolled",
    f"{TINCAN}unregistered": "unenrolled",
    f"{ADL}unregistered": "unenrolled",
    f"{ADL}answered": "quiz_answered",
    f"{ADL}attended": "attended",
    f"{ADL}shared": "shared",
    f"{ACTIVITY}share": "shared",
    f"{TINCAN}rated": "answer_rated",
    f"{ACTIVITY}like": "liked",
    f"{ACTIVITY}unlike": "unliked",
    f"{ACTIVITY}dislike": "dismissed",
    f"{ACTIVITY}purchase": "purchased",
}
# What an extension's number is: its address says it, never its JSON type.
PERCENT = "w3id.org/xapi/cmi5/result/extensions/progress"
PROGRESS = f"{VIDEO}extensions/progress"
TIME = f"{VIDEO}extensions/time"
LENGTH = f"{VIDEO}extensions/length"

Amount = tuple[float | None, str | None]
"""A number and its unit, as signals have them (storage.models.UNITS)."""

_DURATION = TypeAdapter(timedelta)


def voids(value: Any) -> str | None:
    """The key of the signal that a statement takes back, if that is what it does."""
    if not isinstance(value, Mapping) or _verb(value) != VOIDED:
        return None
    target = value.get("object")
    if not isinstance(target, Mapping) or target.get("objectType") != "StatementRef":
        return None
    return key(_at(target, "id"))


def key(statement_id: Any) -> str:
    """The idempotency key of a statement; UUIDs are the same in either case."""
    return f"xapi:{str(statement_id).strip().lower()}"


def statement(value: Any, ids: PlatformIds) -> dict[str, Any]:
    """The fields of a signal, unchecked.

    Raises LeftOut for a statement of somebody or something that isn't ours, and ValueError,
    TypeError or AttributeError for what is no statement.
    """
    if not isinstance(value, Mapping):
        raise ValueError("expected an object")
    verb = VERBS.get(_verb(value))
    if verb is None:
        told = f"the verb {_at(value, 'verb', 'id')} stands for no signal"
        raise LeftOut("other_verb", told)
    amount, unit = _amount(verb, value.get("result") or {}, value.get("context") or {})
    row = {
        "user": _user(_at(value, "actor"), ids),
        "verb": verb,
        "object": _item(_at(value, "object"), ids),
        "value": amount,
        "unit": unit,
        "occurred_at": value.get("timestamp") or value.get("stored"),
        "source": "xapi",
    }
    if value.get("id"):
        row["idempotency_key"] = key(value["id"])
    return row


def _verb(value: Mapping[str, Any]) -> str:
    return _bare(_at(value, "verb", "id"))


def _bare(address: Any) -> str:
    return str(address).removeprefix("https://").removeprefix("http://")


def _at(value: Any, *path: str) -> Any:
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            raise ValueError(f"{'.'.join(path)} is missing")
        value = value[step]
    return value


def _user(actor: Mapping[str, Any], ids: PlatformIds) -> int:
    if actor.get("objectType") == "Group":
        raise LeftOut("unknown_user", "a group is not one person")
    if "account" in actor:
        account = actor["account"]
        name = str(_at(account, "name"))
        return ids.person(str(account.get("homePage") or ""), name, by_number=True)
    for kind in ("mbox", "mbox_sha1sum", "openid"):
        if kind in actor:
            return ids.person("", str(actor[kind]), by_number=False)
    raise ValueError("actor names nobody: it has no account, mbox, mbox_sha1sum or openid")


def _item(target: Mapping[str, Any], ids: PlatformIds) -> str:
    kind = target.get("objectType") or "Activity"
    if kind != "Activity":
        raise LeftOut("other_object", f"the object is of the kind {kind}, not an activity")
    return ids.item(str(_at(target, "id")))


def _amount(verb: str, result: Mapping[str, Any], context: Mapping[str, Any]) -> Amount:
    """Progress, then score, then success, then duration."""
    told = {_bare(name): amount for name, amount in (result.get("extensions") or {}).items()}
    if PERCENT in told:
        return _number(told[PERCENT]) / 100, "fraction"
    if PROGRESS in told:
        return _number(told[PROGRESS]), "fraction"
    if TIME in told:
        around = context.get("extensions") or {}
        lengths = {_bare(name): length for name, length in around.items()}
        if lengths.get(LENGTH):
            return _number(told[TIME]) / _number(lengths[LENGTH]), "fraction"
        return _number(told[TIME]), "seconds"
    if (score := _score(verb, result.get("score") or {}))[0] is not None:
        return score
    if verb == "quiz_answered" and "success" in result:
        return float(bool(result["success"])), "fraction"
    duration = result.get("duration")
    return (None, None) if duration is None else (_seconds(str(duration)), "seconds")


def _score(verb: str, score: Mapping[str, Any]) -> Amount:
    """Which part of what could be had; without a `max` nobody knows, but a rating is what it is."""
    if "scaled" in score:
        return _number(score["scaled"]), "fraction"
    if "raw" not in score:
        return None, None
    raw = _number(score["raw"])
    if "max" in score:
        least, most = _number(score.get("min", 0)), _number(score["max"])
        if most > least:
            return (raw - least) / (most - least), "fraction"
    return (raw, None) if verb == "answer_rated" else (None, None)


def _number(amount: Any) -> float:
    if isinstance(amount, bool) or not isinstance(amount, int | float | str):
        raise ValueError(f"expected a number, found {amount!r}")
    return float(amount)


def _seconds(duration: str) -> float:
    """An ISO 8601 duration; a month counts 30 days and a year 365."""
    try:
        if not duration.startswith("P"):
            raise ValueError
        return _DURATION.validate_python(duration).total_seconds()
    except (ValidationError, ValueError) as error:
        raise ValueError(f"result.duration is {duration!r}; it looks like PT1H30M") from error
