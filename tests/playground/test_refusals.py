"""What Telegram refuses, in its own words."""

from typing import Any

import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.methods import SendMessage
from aiohttp import ClientSession

from playground.client import Person, PlaygroundClient
from playground.server import Playground
from tests.playground.conftest import TOKEN, Call, Time, keyboard

CHAT = {"chat_id": 102}
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def inline(**button: Any) -> dict[str, Any]:
    return {**CHAT, "text": "x", "reply_markup": {"inline_keyboard": [[{"text": "b", **button}]]}}


def html(text: str) -> dict[str, Any]:
    return {**CHAT, "text": text, "parse_mode": "HTML"}


def stars(**changed: Any) -> dict[str, Any]:
    price = [{"label": "Course", "amount": 5}]
    terms = {"title": "T", "description": "D", "payload": "p", "currency": "XTR", "prices": price}
    return {**CHAT, **terms, **changed}


REFUSED = [
    ("sendMessage", {"text": "x"}, "chat_id is empty"),
    ("sendMessage", {"chat_id": 5, "text": "x"}, "chat not found"),
    ("sendMessage", {"chat_id": "@nobody", "text": "x"}, "chat not found"),
    ("sendMessage", CHAT, "message text is empty"),
    ("sendMessage", {**CHAT, "text": ""}, "message text is empty"),
    ("sendMessage", {**CHAT, "text": " \n "}, "text must be non-empty"),
    ("sendMessage", {**CHAT, "text": "x" * 4097}, "message is too long"),
    ("sendMessage", {**CHAT, "text": "/a " * 30_000}, "message is too long"),
    ("sendMessage", {**CHAT, "text": "x\ud800"}, "strings must be encoded in UTF-8"),
    ("sendMessage", {**CHAT, "text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
    (
        "sendMessage",
        html("é <b>x"),
        "can't parse entities: Can't find end tag corresponding to start tag \"b\"",
    ),
    (
        "sendMessage",
        html("é <p>x</p>"),
        'can\'t parse entities: Unsupported start tag "p" at byte offset 3',
    ),
    ("sendMessage", html("x</b>"), "can't parse entities: Unexpected end tag at byte offset 1"),
    (
        "sendMessage",
        html("<b><i>x</b></i>"),
        'can\'t parse entities: Unmatched end tag at byte offset 7, expected "</i>", found "</b>"',
    ),
    (
        "sendMessage",
        {**CHAT, "text": "1.5", "parse_mode": "MarkdownV2"},
        "can't parse entities: "
        "Character '.' is reserved and must be escaped with the preceding '\\'",
    ),
    (
        "sendMessage",
        {**CHAT, "text": "é *x", "parse_mode": "MarkdownV2"},
        "can't parse entities: Can't find end of Bold entity at byte offset 3",
    ),
    (
        "sendMessage",
        {**CHAT, "text": "é _x", "parse_mode": "Markdown"},
        "can't parse entities: Can't find end of the entity starting at byte offset 3",
    ),
    ("sendMessage", inline(callback_data="d" * 65), "BUTTON_DATA_INVALID"),
    ("sendMessage", inline(callback_data="车" * 22), "BUTTON_DATA_INVALID"),
    (
        "sendMessage",
        inline(),
        "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
    ),
    (
        "sendMessage",
        inline(url="not a link"),
        "inline keyboard button URL 'not a link' is invalid: Wrong HTTP URL",
    ),
    (
        "sendMessage",
        {**CHAT, "text": "x", "reply_markup": "{"},
        "can't parse reply markup JSON object",
    ),
    ("sendMessage", {**CHAT, "text": "x", "reply_markup": [1]}, "object expected as reply markup"),
    ("sendPhoto", CHAT, "there is no photo in the request"),
    (
        "sendPhoto",
        {**CHAT, "photo": "AAA"},
        "wrong remote file identifier specified: can't unserialize it. Wrong last symbol",
    ),
    ("getFile", {"file_id": "AAA"}, "invalid file_id"),
    ("sendMediaGroup", {**CHAT, "media": []}, "too few messages to send as an album"),
    ("editMessageText", {**CHAT, "message_id": 9999, "text": "x"}, "message to edit not found"),
    ("editMessageText", {**CHAT, "message_id": 1, "text": "x"}, "message can't be edited"),
    ("deleteMessage", {**CHAT, "message_id": 9999}, "message to delete not found"),
    (
        "forwardMessage",
        {**CHAT, "from_chat_id": 102, "message_id": 9999},
        "message to forward not found",
    ),
    ("copyMessage", {**CHAT, "from_chat_id": 102, "message_id": 9999}, "message to copy not found"),
    ("pinChatMessage", {**CHAT, "message_id": 9999}, "message to pin not found"),
    ("setMessageReaction", {**CHAT, "message_id": 9999}, "message to react not found"),
    (
        "setMessageReaction",
        {**CHAT, "message_id": 1, "reaction": [{"type": "emoji", "emoji": "🚗"}]},
        "REACTION_INVALID",
    ),
    ("sendChatAction", {**CHAT, "action": "dancing"}, "wrong parameter action in request"),
    ("answerCallbackQuery", {"callback_query_id": "5"}, TOO_OLD),
    ("answerPreCheckoutQuery", {"pre_checkout_query_id": "5", "ok": True}, TOO_OLD),
    ("answerShippingQuery", {"shipping_query_id": "5", "ok": True}, TOO_OLD),
    ("sendInvoice", stars(payload="p" * 129), "INVOICE_PAYLOAD_INVALID"),
    ("sendInvoice", stars(payload=""), "payload is empty"),
    ("sendInvoice", stars(currency="EUR"), "PAYMENT_PROVIDER_INVALID"),
    ("sendInvoice", stars(prices=[]), "STARS_INVOICE_INVALID"),
    ("refundStarPayment", {"user_id": 102, "telegram_payment_charge_id": "x"}, "CHARGE_ID_INVALID"),
    ("sendPoll", {**CHAT, "question": "?", "options": []}, "poll must have 1-12 answer options"),
    (
        "sendPoll",
        {**CHAT, "question": "?", "options": ["a", "b"], "type": "quiz"},
        "QUIZ_CORRECT_ANSWERS_EMPTY",
    ),
    (
        "sendPoll",
        {**CHAT, "question": "?" * 301, "options": ["a", "b"]},
        "poll question length must not exceed 300",
    ),
    ("setChatTitle", {**CHAT, "title": "x"}, "can't change private chat title"),
    ("banChatMember", {"chat_id": -100, "user_id": 102}, "chat not found"),
    ("getChatAdministrators", CHAT, "there are no administrators in the private chat"),
    ("setWebhook", {"url": "ftp://x"}, "bad webhook: An HTTPS URL must be provided for webhook"),
    (
        "setWebhook",
        {"url": "https://x.test", "secret_token": "a b"},
        "secret token contains unallowed characters",
    ),
]


async def test_bad_requests_are_worded_as_telegram_words_them(alex: Person, call: Call) -> None:
    for method, params, reason in REFUSED:
        description = f"Bad Request: {reason}"
        expected = (400, {"ok": False, "error_code": 400, "description": description})
        assert await call(method, params) == expected, (method, params)


async def test_the_longest_that_is_allowed_passes(bot: Bot, alex: Person) -> None:
    message = await bot.send_message(
        102,
        f"<b>{'车' * 4096}</b>",
        parse_mode="HTML",
        reply_markup=keyboard({"b": "车" * 21 + "d"}),
    )
    assert len(message.text or "") == 4096
    with pytest.raises(TelegramBadRequest, match="message is not modified"):
        await bot.edit_message_text(
            text="车" * 4096,
            entities=message.entities,
            chat_id=102,
            message_id=message.message_id,
            reply_markup=message.reply_markup,
        )


async def test_not_modified_is_told_in_full(bot: Bot, alex: Person, call: Call) -> None:
    sent = await bot.send_message(102, "x")
    edit = {**CHAT, "message_id": sent.message_id, "text": "x"}
    status, body = await call("editMessageText", edit)
    assert (status, body["description"]) == (400, f"Bad Request: {NOT_MODIFIED}")


async def test_unknown_methods_and_tokens(pg: Playground, call: Call) -> None:
    nowhere = (404, {"ok": False, "error_code": 404, "description": "Not Found"})
    assert await call("makeCoffee") == nowhere
    assert await call("getMe", token="no-token") == nowhere
    assert await call("getMe", token="4242:other-secret") == (
        401,
        {"ok": False, "error_code": 401, "description": "Unauthorized"},
    )
    async with ClientSession() as session:
        for path in (f"/bot{TOKEN}", f"/file/bot{TOKEN}/photos/x", "/file/bot7:new/photos/x"):
            async with session.get(pg.url + path) as response:
                assert (response.status, await response.json()) == nowhere
    assert 7 not in pg.world.bots


async def test_who_may_not_be_written_to(
    alex: Person, client: PlaygroundClient, call: Call
) -> None:
    async def refusal(chat_id: int) -> Any:
        status, body = await call("sendMessage", {"chat_id": chat_id, "text": "x"})
        assert status == body["error_code"] == 403
        return body["description"]

    assert await refusal(101) == "Forbidden: bot can't initiate conversation with a user"
    await alex.block()
    assert await refusal(102) == "Forbidden: bot was blocked by the user"
    await client.fault("deactivated", chat_id=901)
    assert await refusal(901) == "Forbidden: user is deactivated"


async def test_taps_are_answered_once_and_in_time(bot: Bot, alex: Person, time: Time) -> None:
    sent = await bot.send_message(102, "Tap", reply_markup=keyboard({"A": "a", "B": "b"}))
    seen = await alex.wait_text("Tap")
    query = await alex.click_text(seen, "A")
    with pytest.raises(TelegramBadRequest, match="MESSAGE_TOO_LONG"):
        await bot.answer_callback_query(query, text="x" * 201)
    with pytest.raises(TelegramBadRequest, match="URL_INVALID"):
        await bot.answer_callback_query(query, url="https://example.com")
    await bot.answer_callback_query(query, text="x" * 200, show_alert=True)
    assert (await alex.toast(query))["show_alert"] is True
    late = await alex.click(sent.message_id, "b")
    time.passed += 16 * 60
    with pytest.raises(TelegramBadRequest, match="query is too old"):
        await bot.answer_callback_query(late)


async def test_every_encoding_and_spelling_is_taken(
    pg: Playground, alex: Person, call: Call
) -> None:
    url = f"{pg.url}/bot{TOKEN}/SENDmessage"
    async with ClientSession() as session:
        async with session.get(url, params={"chat_id": "102", "text": "query"}) as response:
            assert (await response.json())["result"]["text"] == "query"
        markup = keyboard({"A": "a"}).model_dump_json(exclude_none=True)
        form = {"chat_id": "102", "text": "form & 车", "reply_markup": markup}
        async with session.post(url, data=form) as response:
            result = (await response.json())["result"]
            assert result["text"] == "form & 车"
            assert result["reply_markup"]["inline_keyboard"][0][0]["callback_data"] == "a"
        for bad, status in ((b"{", 400), (b"[" * 100_000, 400), (b"x" * 2**21, 413)):
            headers = {"Content-Type": "application/json"}
            async with session.post(url, data=bad, headers=headers) as response:
                assert response.status == (await response.json())["error_code"] == status
        for odd in ("²", "--5", "9" * 5000):
            async with session.get(url, params={"chat_id": odd, "text": "x"}) as response:
                assert (await response.json())["description"] == "Bad Request: chat not found"


async def test_a_method_that_is_not_built_says_so(call: Call) -> None:
    status, body = await call("sendGame", {"chat_id": 102, "game_short_name": "race"})
    assert (status, body["ok"]) == (501, False)
    assert SendMessage.__api_method__ not in body["description"]
