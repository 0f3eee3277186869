"""xAPI statements as signals (the standard: https://github.com/adlnet/xAPI-Spec)."""

import re
from collections.abc import Mapping
from typing import Any

ADL = "http://adlnet.gov/expapi/verbs/"
ACTIVITY = "http://activitystrea.ms/schema/1.0/"
VERBS = {
    f"{ADL}asked": "asked",
    f"{ADL}experienced": "viewed",
    f"{ADL}launched": "viewed",
    f"{ADL}progressed": "progressed",
    f"{ADL}completed": "completed",
    f"{ADL}registered": "enrolled",
    f"{ADL}answered": "quiz_answered",
    f"{ADL}attended": "attended",
    f"{ADL}shared": "shared",
    "http://id.tincanapi.com/verb/rated": "answer_rated",
    "http://id.tincanapi.com/verb/viewed": "viewed",
    f"{ACTIVITY}like": "liked",
    f"{ACTIVITY}share": "shared",
    f"{ACTIVITY}purchase": "purchased",
}
DURATION = re.compile(
    r"P(?:(?P<d>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<h>\d+(?:\.\d+)?)H)?(?:(?P<m>\d+(?:\.\d+)?)M)?(?:(?P<s>\d+(?:\.\d+)?)S)?)?"
)
SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


class OtherVerb(Exception):
    """A statement with a verb that stands for no signal, such as `voided`."""


def statement(value: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a signal, unchecked.

    The actor's account name is the user, and the last part of the object's id the item. Raises
    OtherVerb, and ValueError, TypeError or AttributeError for what is no statement.
    """
    if not isinstance(value, Mapping):
        raise ValueError("expected an object")
    verb_id = _at(value, "verb", "id")
    # Both schemes are in use for the same verbs.
    verb = VERBS.get(str(verb_id).replace("https://", "http://"))
    if verb is None:
        raise OtherVerb(str(verb_id))
    row = {
        "user": _at(value, "actor", "account", "name"),
        "verb": verb,
        "object": re.split(r"[/#:]", str(_at(value, "object", "id")).rstrip("/"))[-1],
        "value": _value(value.get("result") or {}),
        "occurred_at": value.get("timestamp") or value.get("stored"),
        "source": "xapi",
    }
    if value.get("id"):
        row["idempotency_key"] = f"xapi:{value['id']}"
    return row


def _at(value: Any, *path: str) -> Any:
    for step in path:
        if not isinstance(value, Mapping) or step not in value:
            raise ValueError(f"{'.'.join(path)} is missing")
        value = value[step]
    return value


def _value(result: Mapping[str, Any]) -> float | None:
    """A fraction, a score or seconds: progress, then score, then success, then duration."""
    for name, amount in (result.get("extensions") or {}).items():
        last = re.split(r"[/#:]", name)[-1].lower()
        if last == "progress":
            # cmi5's progress is a whole percentage; a fraction is taken as one.
            whole = isinstance(amount, int) and not isinstance(amount, bool)
            return amount / 100 if whole or amount > 1 else float(amount)
        if last == "value":
            return float(amount)
    score = result.get("score") or {}
    for name in ("scaled", "raw"):
        if name in score:
            return float(score[name])
    if "success" in result:
        return float(bool(result["success"]))
    duration = result.get("duration")
    return None if duration is None else _seconds(str(duration))


def _seconds(duration: str) -> float:
    found = DURATION.fullmatch(duration)
    if found is None or not any(found.groupdict().values()):
        raise ValueError(f"result.duration is {duration!r}; it looks like PT1H30M")
    return sum(float(part) * SECONDS[unit] for unit, part in found.groupdict().items() if part)
