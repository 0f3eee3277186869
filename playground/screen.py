"""What a persona sees when the page opens a chat."""

from __future__ import annotations

from playground.drafts import draft_json
from playground.plain import Json, plain
from playground.state import Chat, Group, Persona, Subscription
from playground.world import Bot, World


def persona_json(world: World, bot: Bot | None, persona: Persona) -> Json:
    chat = None if bot is None else world.chats.get((bot.id, persona.id))
    return {**persona.model_dump(), "blocked": chat is not None and chat.blocked}


def row_json(world: World, bot: Bot | None, persona: Persona) -> Json:
    """A persona in the list: with the chat's last message and how many the bot sent."""
    chat = None if bot is None else world.chats.get((bot.id, persona.id))
    messages = list(chat.messages.values()) if chat else []
    received = sum(one.from_user is not None and one.from_user.is_bot for one in messages)
    return {
        **persona_json(world, bot, persona),
        "last_message": plain(messages[-1]) if messages else None,
        "received": received,
    }


def snapshot(world: World, bot: Bot, chat: Chat) -> Json:
    now = world.clock.monotonic()
    draft = chat.draft if chat.draft and chat.draft.until > now else None
    action = chat.action[0] if chat.action and chat.action[1] > now else None
    return {
        "bot": plain(bot.user),
        "persona": persona_json(world, bot, chat.persona),
        "chat": {
            "id": chat.id,
            "messages": [world.shown(chat, chat.messages[key]) for key in sorted(chat.messages)],
            "reply_keyboard": plain(chat.reply_keyboard),
            **menu(bot, chat),
            "draft": draft_json(draft) if draft else None,
            "action": action,
            "pinned": chat.pinned,
            "subscriptions": subscriptions(world, bot.id, chat.id),
            "description": bot.profile.description_for(chat.persona.language_code),
        },
    }


def group_json(group: Group) -> Json:
    members = [member.id for member in group.members]
    return {"id": group.id, "title": group.title, "members": members, **group.rights}


def group_row_json(group: Group) -> Json:
    """A group in the list: with the last message that all see."""
    last = next(reversed(group.messages.values()), None)
    return {**group_json(group), "last_message": plain(last)}


def group_snapshot(world: World, bot: Bot, group: Group, member: Persona | None) -> Json:
    """A group's chat, as everybody sees it: what only one member saw is not told again."""
    messages = [world.shown(group, group.messages[key]) for key in sorted(group.messages)]
    shown: Json = {
        "bot": plain(bot.user),
        "group": group_json(group),
        "chat": {"id": group.id, "messages": messages, "pinned": group.pinned},
    }
    if member is not None:
        code = member.language_code
        shown["persona"] = persona_json(world, bot, member)
        shown["chat"]["commands"] = plain(bot.profile.commands_in_group(group.id, member.id, code))
    return shown


def menu(bot: Bot, chat: Chat) -> Json:
    """The commands and the menu button of one chat."""
    return {
        "commands": plain(bot.profile.commands_for(chat.id, chat.persona.language_code)),
        "menu_button": bot.profile.menu_button(chat.id),
    }


def subscriptions(world: World, bot_id: int, user_id: int) -> list[Json]:
    """A person's subscriptions to a bot as the page gets them, the newest last."""
    return [
        subscription_json(world, one)
        for one in world.subscriptions.values()
        if (one.bot_id, one.user_id) == (bot_id, user_id)
    ]


def subscription_json(world: World, subscription: Subscription) -> Json:
    state = subscription.state(world.clock.now().timestamp())
    return {**subscription.model_dump(exclude={"canceled", "failed"}), "state": state}
