"""Parameters of a Bot API call: Telegram's four encodings to aiogram's classes."""

from __future__ import annotations

import json
import re
import types
from collections.abc import Awaitable
from functools import cache, lru_cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin
from urllib.parse import parse_qsl, unquote

import aiogram.methods
from aiogram.methods import SetWebhook, TelegramMethod
from aiohttp import BodyPartReader, ClientResponse, MultipartReader, web
from aiohttp.multipart import MultipartResponseWrapper
from pydantic import BaseModel, ValidationError

from playground.errors import ApiError, bad_request
from playground.plain import drop_defaults
from playground.rich.given import lift_call
from playground.upload import Upload

MAX_UPLOAD = 50 * 1024 * 1024  # bytes: https://core.telegram.org/bots/api#sending-files
ATTACH = "attach://"
Value = TypeVar("Value")
_PARAMETER = re.compile(r';\s*(name|filename\*?)=(?:"((?:[^"\\]|\\.)*)"|([^;]*))', re.I)
_NUMBER = re.compile(r"-?[0-9]{1,19}")

METHODS: dict[str, type[TelegramMethod[Any]]] = {
    cls.__api_method__.lower(): cls
    for name in aiogram.methods.__all__
    if isinstance(cls := getattr(aiogram.methods, name), type)
    and issubclass(cls, TelegramMethod)
    and cls is not TelegramMethod
}

# What Telegram says when a required parameter is missing; the rest are worded alike.
MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "photo": "there is no photo in the request",
    "document": "there is no document in the request",
    "message_id": "message identifier is not specified",
    "media": "media is empty",
    "user_id": "invalid user_id specified",
    "callback_query_id": "query_id is empty",
    "from_chat_id": "from_chat_id is empty",
    "question": "poll question must be non-empty",
    "title": "title is empty",
    "payload": "payload is empty",
    "rich_message": "rich message must be non-empty",
}


async def read_params(request: web.Request) -> dict[str, Any]:
    """All parameters of the request: query, then body. Raises ApiError 400 or 413."""
    return await _checked(_read_params(request))


async def _read_params(request: web.Request) -> dict[str, Any]:
    params: dict[str, Any] = dict(request.query)
    kind = request.content_type
    if not request.can_read_body:
        return params
    if kind == "multipart/form-data":
        params.update(await _multipart(await request.multipart()))
    elif kind == "application/x-www-form-urlencoded":
        body = await _text(request)
        params.update(parse_qsl(body, keep_blank_values=True, errors="strict"))
    elif kind == "application/json":
        body = await _text(request)
        params.update(json_object(body) if body.strip() else {})
    return params


async def _text(request: web.Request) -> str:
    try:
        return (await request.read()).decode()
    except web.HTTPRequestEntityTooLarge:
        raise ApiError(413, "Request Entity Too Large") from None


async def _checked(reading: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    """Parameters that are all text or files. Raises ApiError 400."""
    try:
        return _utf8(await reading)
    except UnicodeDecodeError:
        raise bad_request("strings must be encoded in UTF-8") from None


def _utf8(value: Value) -> Value:
    """The value, when none of its strings holds half a character. Raises ApiError 400."""
    try:
        json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    return value


async def answered_params(response: ClientResponse) -> dict[str, Any]:
    """The method call that a webhook put into its response; {} when there is none.

    Raises ApiError 400 for one that can't be read.
    """
    if response.content_type == "multipart/form-data":
        return await _checked(_multipart(MultipartReader.from_response(response)))
    return await _checked(_answered_text(response))


async def _answered_text(response: ClientResponse) -> dict[str, Any]:
    body = (await response.read()).decode()
    if response.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body, keep_blank_values=True, errors="strict"))
    return json_object(body) if response.content_type == "application/json" and body else {}


def json_object(body: str) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("can't parse request body as a JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("can't parse request body as a JSON object")
    return value


async def _multipart(reader: MultipartReader | MultipartResponseWrapper) -> dict[str, Any]:
    params: dict[str, Any] = {}
    try:
        async for part in reader:
            if not isinstance(part, BodyPartReader):
                continue
            name, filename = _disposition(part.headers.get("Content-Disposition", ""))
            if name is None:
                continue
            data = await _read_part(part)
            if filename is None:
                params[name] = data.decode()
            else:
                params[name] = Upload(data, filename, part.headers.get("Content-Type"))
    except UnicodeDecodeError:
        raise
    except ValueError:
        raise bad_request("can't parse multipart/form-data request body") from None
    return params


def _disposition(header: str) -> tuple[str | None, str | None]:
    """(name, file name) of a part.

    Read more leniently than aiohttp does: some libraries don't quote names, and some
    percent-encode other letters than ASCII.
    """
    found = {key.lower(): quoted or bare for key, quoted, bare in _PARAMETER.findall(header)}
    filename = found.get("filename")
    if "filename*" in found:
        filename = found["filename*"].rpartition("'")[2]
    return found.get("name"), None if filename is None else unquote(filename.strip())


async def _read_part(part: BodyPartReader) -> bytes:
    data = bytearray()
    while chunk := await part.read_chunk(256 * 1024):
        data += chunk
        if len(data) > MAX_UPLOAD:
            raise ApiError(413, "Request Entity Too Large")
    return bytes(data)


def build_call(name: str, params: dict[str, Any]) -> TelegramMethod[Any]:
    """Checks `params` with aiogram's class for the method. Raises ApiError 404 or 400."""
    chat_id = params.get("chat_id")
    if not isinstance(chat_id, str) or not _NUMBER.fullmatch(chat_id):
        return _built(name, params)
    rest = tuple(sorted((key, value) for key, value in params.items() if key != "chat_id"))
    if not all(isinstance(value, str) for _, value in rest):
        return _built(name, params)
    return _built_for_many(name, rest).model_copy(update={"chat_id": int(chat_id)})


@lru_cache(maxsize=64)
def _built_for_many(name: str, rest: tuple[tuple[str, str], ...]) -> TelegramMethod[Any]:
    """The call to any chat: the same is often sent to many."""
    return _built(name, {**dict(rest), "chat_id": "1"})


def _built(name: str, params: dict[str, Any]) -> TelegramMethod[Any]:
    cls = METHODS.get(name.lower())
    if cls is None:
        raise ApiError(404, "Not Found")
    try:
        values = {
            key: _attach(_decode(cls, key, value), params)
            for key, value in params.items()
            if value is not None and key in cls.model_fields and not _absent(key, value)
        }
        values = lift_call(values)
    except RecursionError:
        raise bad_request("can't parse request: too many levels of objects") from None
    if cls is SetWebhook:
        values.setdefault("url", "")  # without an address it takes the webhook away
    try:
        call = cls.model_validate(values)
    except ValidationError as error:
        raise bad_request(_describe(error)) from None
    drop_defaults(call)
    return call


def _absent(key: str, value: Any) -> bool:
    """An empty markup, scope or list of entities means the same as none."""
    return key not in ("text", "url") and value in ("", "{}", "null", {})


def _decode(cls: type[BaseModel], key: str, value: Any) -> Any:
    kinds = _kinds(cls, key)
    if not isinstance(value, str):
        # Numbers are taken where a string is asked for, as Telegram does with form fields.
        return str(value) if kinds <= {str, type(None)} and isinstance(value, int) else value
    if int in kinds and str in kinds and _NUMBER.fullmatch(value):
        return int(value)
    if any(isinstance(kind, type) and issubclass(kind, BaseModel | list) for kind in kinds):
        try:
            return _utf8(json.loads(value))
        except (ValueError, RecursionError):
            raise bad_request(f"can't parse {key.replace('_', ' ')} JSON object") from None
    return value


@cache
def _kinds(cls: type[BaseModel], key: str) -> frozenset[Any]:
    return _leaves(cls.model_fields[key].annotation)


def _leaves(annotation: Any) -> frozenset[Any]:
    """The classes that a field takes, with lists counted as `list`."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        return frozenset().union(*(_leaves(arg) for arg in get_args(annotation)))
    if origin is Annotated:
        return _leaves(get_args(annotation)[0])
    return frozenset({origin or annotation})


def _attach(value: Any, params: dict[str, Any]) -> Any:
    """Puts the uploaded files in the place of their `attach://name` references."""
    if isinstance(value, str) and value.startswith(ATTACH):
        found = params.get(value.removeprefix(ATTACH))
        return found if isinstance(found, Upload) else value
    if isinstance(value, dict):
        return {key: _attach(item, params) for key, item in value.items()}
    if isinstance(value, list):
        return [_attach(item, params) for item in value]
    return value


def _describe(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    name = str(first["loc"][0])
    if first["type"] == "missing" and len(first["loc"]) == 1:
        return MISSING.get(name, f"{name} is empty")
    if name == "reply_markup":
        return "object expected as reply markup"
    where = ".".join(str(step) for step in first["loc"])
    return f"can't parse {where}: {first['msg']}"
