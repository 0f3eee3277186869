"""Updates that are valid by Telegram's types and odd all the same, made up from a seed."""

from random import Random
from typing import Any

from bot import callbacks
from playground.plain import Json

KNOWN = (101, 102, 901, 902)
STRANGER, GROUP, CHANNEL = 5_555_555, -1_009_999_999, -1_008_888_888
ANONYMOUS, TELEGRAM, CHANNEL_BOT = 1_087_968_824, 777_000, 136_817_688
COMMANDS = (
    *("start", "help", "new", "recommend", "catalog", "events", "my", "language", "privacy"),
    *("profile", "paysupport", "terms", "reindex", "gaps", "broadcast", "stats", "segments"),
    *("role", "refund", "reply", "settings", "start@other_bot", "HELP"),
)
ARGUMENTS = (
    *("", " ", "item_course-winter", "item_", "-1", "0", "9" * 30, "901 admin", "901", "①"),
    *("901 hello", "\x00", "<b>&", "٣ admin", "{ $user }", "x" * 4000),
)
TEXTS = ("", " ", "？", "\u200b", "<b>", "\x00", "a" * 4096, "@", "👍🏽", "\u202e", "::")
FILE = {"file_id": "f", "file_unique_id": "u"}
USER = {"id": STRANGER, "is_bot": False, "first_name": "S"}
CONTENT: tuple[Json, ...] = (
    {"document": FILE},
    {"document": {**FILE, "file_name": "a" * 300 + ".md", "file_size": 2**40}},
    {"document": {**FILE, "file_name": "x.md", "mime_type": ""}, "caption": "/help"},
    {"photo": []},
    {"photo": [{**FILE, "width": 1, "height": 1}], "media_group_id": "1"},
    {"sticker": {**FILE, "type": "regular", "width": 1, "height": 1, "is_animated": False,
                 "is_video": False}},
    {"voice": {**FILE, "duration": 0}},
    {"video_note": {**FILE, "duration": 0, "length": 1}},
    {"contact": {"phone_number": "", "first_name": ""}},
    {"location": {"latitude": 0, "longitude": 0}},
    {"dice": {"emoji": "🎲", "value": 1}},
    {"story": {"id": 1, "chat": {"id": CHANNEL, "type": "channel"}}},
    {"new_chat_members": [USER]},
    {"left_chat_member": USER},
    {"new_chat_title": "t"},
    {"group_chat_created": True},
    {"migrate_to_chat_id": GROUP},
    {"pinned_message": {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}}},
    {"users_shared": {"request_id": 1, "users": []}},
    {"web_app_data": {"data": "{}", "button_text": ""}},
    {"write_access_allowed": {}},
    {"connected_website": "x"},
    {"successful_payment": {
        "currency": "XTR", "total_amount": 1, "invoice_payload": "nothing of ours",
        "telegram_payment_charge_id": "c", "provider_payment_charge_id": "p"}},
    {"refunded_payment": {
        "currency": "XTR", "total_amount": 1, "invoice_payload": "x",
        "telegram_payment_charge_id": "c"}},
)  # fmt: skip
BUTTONS = tuple(cls.__prefix__ for cls in vars(callbacks).values() if hasattr(cls, "__prefix__"))
VALUES = ("", "0", "1", "-1", "9" * 18, "x", "open", "course-winter", "delete", "send", "\x00")


class Odd:
    """`Odd(seed).update()` is (kind, body), another each time."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.number = 10_000

    def update(self) -> tuple[str, Json]:
        kind = self.random.choice(
            ["message"] * 8 + ["callback_query"] * 6 + ["edited_message"] * 2
            + ["pre_checkout_query", "inline_query", "channel_post"]
        )  # fmt: skip
        make = {
            "callback_query": self._tap,
            "pre_checkout_query": self._checkout,
            "inline_query": self._inline,
        }.get(kind, self._message)
        return kind, make()

    def _sender(self) -> Json:
        chosen = self.random.choice((*KNOWN, STRANGER, ANONYMOUS, TELEGRAM, CHANNEL_BOT))
        language = self.random.choice((None, "", "zh-hans", "tlh-" + "x" * 60, "EN"))
        bot = chosen in (ANONYMOUS, CHANNEL_BOT)
        user = {"id": chosen, "is_bot": bot, "first_name": self.random.choice(TEXTS)}
        return user | ({"language_code": language} if language is not None else {})

    def _chat(self) -> Json:
        number = self.random.choice((*KNOWN, STRANGER, GROUP, CHANNEL))
        kind = {GROUP: self.random.choice(("group", "supergroup")), CHANNEL: "channel"}
        return {"id": number, "type": kind.get(number, "private")}

    def _message(self, depth: int = 0) -> Json:
        pick = self.random.choice
        self.number += 1
        message: Json = {"message_id": self.number, "date": 0, "chat": self._chat()}
        if pick((True, True, True, False)):
            message["from"] = self._sender()
        if pick((True, False, False)):
            message["sender_chat"] = self._chat()
        extras = ("is_automatic_forward", "has_protected_content", "is_topic_message")
        message |= {name: True for name in extras if pick((True, False, False, False))}
        if depth == 0 and pick((True, False, False)):
            message["reply_to_message"] = self._message(depth=1)
        if pick((True, False)):
            return message | pick(CONTENT)
        text = pick(TEXTS)
        if pick((True, True, False)):
            command = pick(COMMANDS)
            text = f"/{command} {pick(ARGUMENTS)}".strip()
        entities = [
            {"type": "mention", "offset": pick((0, 5000)), "length": pick((0, 9, 10_000))},
            {"type": "text_mention", "offset": 0, "length": 1, "user": USER},
            {"type": "bot_command", "offset": 0, "length": 1},
        ]
        return message | {"text": text, "entities": entities}

    def _tap(self) -> Json:
        pick = self.random.choice
        values = [pick(VALUES) for _ in range(pick((0, 1, 2, 2, 3)))]
        query: Json = {
            "id": str(pick((1, 2**62))),
            "from": self._sender(),
            "chat_instance": "",
            "data": ":".join([pick((*BUTTONS, "nothing")), *values]),
        }
        where: Any = pick(("message", "gone", "inline", "game"))
        if where == "message":
            query["message"] = self._message()
        elif where == "gone":
            query["message"] = {"message_id": 1, "date": 0, "chat": self._chat()}
        elif where == "inline":
            query["inline_message_id"] = "i"
        else:
            query |= {"game_short_name": "g"}
            del query["data"]
        return query

    def _checkout(self) -> Json:
        pick = self.random.choice
        return {
            "id": "1",
            "from": self._sender(),
            "currency": pick(("XTR", "CNY")),
            "total_amount": pick((0, 1, -1, 2**40)),
            "invoice_payload": pick(("", "x", "\x00", "9" * 128)),
        }

    def _inline(self) -> Json:
        text = self.random.choice(TEXTS)[:256]
        return {"id": "1", "from": self._sender(), "query": text, "offset": "x"}
