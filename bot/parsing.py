"""Telegram's JSON into aiogram's types, where it can be: Telegram adds kinds several times a year.

What is told of a text that can't be read is the names of fields, never what stands in them.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from aiogram import Bot
from aiogram.dispatcher.middlewares.user_context import UserContextMiddleware
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from pydantic import ValidationError

T = TypeVar("T")

# Names of Telegram's fields; anything else in a path might be somebody's words.
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,40}")
# What a database takes as text has neither of these, and no app sends them.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# Fields left out of one answer until it can be read; more means that it is something else.
MOST_LEFT_OUT = 50
SHOWN_FIELDS = 5
# What is read in a rich message, before and after the blocks in it; a button's label isn't.
_BEFORE, _AFTER = ("summary", "text", "alternative_text", "expression"), ("caption", "credit")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An update of a kind, or with a field, that this version doesn't know."""

    update_id: int
    where: str  # such as `message.poll.members_only`
    user_id: int | None


def read_update(payload: Mapping[str, Any], bot: Bot) -> Update | Unreadable:
    """Parses one update as it came."""
    update_id = int(payload["update_id"])
    kind = next((key for key in payload if key != "update_id"), "")
    sender = _sender(payload.get(kind))
    try:
        update = Update.model_validate(cleaned(payload), context={"bot": bot})
        update.event_type  # noqa: B018 (raises where the kind is unknown)
        UserContextMiddleware.resolve_event_context(update)
    except UpdateTypeLookupError:
        return Unreadable(update_id, _name(kind), sender)
    except ValidationError as error:
        return Unreadable(update_id, field_of(error, payload), sender)
    except Exception as error:
        return Unreadable(update_id, f"{_name(kind)} ({type(error).__name__})", sender)
    return update


def salvaged(validate: Callable[[Any], T], data: Any) -> tuple[T, str] | None:
    """Reads data without the fields that can't be read: the result, and these fields' names.

    None when nothing is left that makes sense: a message without its id, for example.
    """
    data = cleaned(data)
    left_out: list[str] = []
    for _ in range(MOST_LEFT_OUT):
        try:
            return validate(data), ", ".join(dict.fromkeys(left_out[:SHOWN_FIELDS]))
        except ValidationError as error:
            steps = _steps(error.errors(include_url=False, include_input=False)[0]["loc"], data)
            if len(steps) < 2:
                return None
            left_out.append(_path(steps))
            holder = data
            for step in steps[:-1]:
                holder = holder[step]
            del holder[steps[-1]]
    return None


def field_of(error: ValidationError, data: Any) -> str:
    """Where data couldn't be read, as a path of field names; of something of a new type, that."""
    first = error.errors(include_url=False, include_input=False)[0]
    loc = first["loc"]
    steps = _steps(loc, data)
    missing = [loc[-1]] if steps and loc[-1] != steps[-1] else []
    new_type = f" ({_name(first['ctx']['tag'])})" if first["type"] == "union_tag_invalid" else ""
    return _path([*steps, *missing]) + new_type


def cleaned(value: Any) -> Any:
    """A copy of JSON without the characters that no database takes, rich messages as their words.

    aiogram 3.31 tries every kind of rich text at every level: each further level of nesting takes
    it some 27 times longer, and it reads on the event loop.
    """
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value) if _UNSTORABLE.search(value) else value
    if isinstance(value, Mapping):
        if "rich_message" in value:
            words = said(value["rich_message"]).strip()
            value = {"text": words} | {k: v for k, v in value.items() if k != "rich_message"}
        return {key: cleaned(one) for key, one in value.items()}
    return [cleaned(one) for one in value] if isinstance(value, list) else value


def said(node: Any) -> str:
    """The words of a rich message, or of a part of it, with a line for each block."""
    if isinstance(node, list):
        return "".join(map(said, node))
    if not isinstance(node, Mapping):
        return node if isinstance(node, str) else ""
    rows = (" ".join(map(said, row)) for row in node.get("cells", ()))
    parts = [
        *(said(node[key]) for key in _BEFORE if key in node),
        *(said(one) for key in ("blocks", "items") for one in node.get(key, ())),
        *rows,
        *(said(node[key]) for key in _AFTER if key in node),
    ]
    return "\n".join(filter(None, parts))


def loads(text: str) -> Any:
    """The JSON of an answer, with rich messages as their words."""
    found = json.loads(text)
    return cleaned(found) if '"rich_message"' in text else found


def _steps(loc: tuple[int | str, ...], data: Any) -> list[int | str]:
    """The part of an error's place that is there in the data; pydantic adds names of types."""
    steps: list[int | str] = []
    for step in loc:
        in_list = isinstance(data, list) and isinstance(step, int) and step < len(data)
        if in_list or (isinstance(data, dict) and step in data):
            data = data[step]
            steps.append(step)
    return steps


def _path(steps: list[int | str]) -> str:
    return ".".join(_name(step) for step in steps if isinstance(step, str)) or "?"


def _name(step: int | str) -> str:
    return step if isinstance(step, str) and _FIELD.fullmatch(step) else "?"


def _sender(event: Any) -> int | None:
    """Whose act an event is, as far as that can be seen without knowing its kind."""
    sender = event.get("from", event.get("user")) if isinstance(event, dict) else None
    found = sender.get("id") if isinstance(sender, dict) else None
    return found if isinstance(found, int) and abs(found) < 2**63 else None
