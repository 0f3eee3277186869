"""Subscriptions in Stars: paid by a link, renewed on time, ended by the person or the bot."""

from __future__ import annotations

import asyncio
from typing import Literal
from urllib.parse import unquote, urlsplit

from aiogram.types import BotSubscriptionUpdated

from playground.errors import PageError
from playground.person import Person
from playground.purchase import charge, checkout, tell_paid
from playground.screen import subscriptions
from playground.state import InvoiceLink, Subscription
from playground.world import Bot, World

PERIOD = 2_592_000  # seconds, the only one: https://core.telegram.org/bots/api#createinvoicelink
TICK = 0.2  # seconds between looks at the clock
Action = Literal["cancel", "enable", "retry"]
State = Literal["canceled", "active", "failed"]


def invoice_link(world: World, bot: Bot, url: str) -> InvoiceLink:
    """The invoice of a link of this bot. Raises PageError 404."""
    path = unquote(urlsplit(url).path)
    slug = path.removeprefix("/$").removeprefix("/invoice/")
    link = world.links.get(slug)
    if link is None or link.bot_id != bot.id:
        raise PageError(404, "This is no invoice link of the bot.")
    return link


def keep_link(world: World, link: InvoiceLink) -> None:
    world.links[link.slug] = link
    world.store.put("link", link.slug, link.model_dump())


async def pay_link(person: Person, url: str) -> str | None:
    """Pays what the link asks for, or subscribes: None when paid, else why not."""
    world = person.world
    person.check_open()
    link = invoice_link(world, person.bot, url)
    error = await checkout(person, link.payload, link.amount)
    if error is None:
        _settle(person, link)
    outcome = {"url": link.url, "ok": error is None}
    world.tell(person.chat, "checkout", outcome if error is None else {**outcome, "error": error})
    return error


def _settle(person: Person, link: InvoiceLink) -> None:
    charge_id = charge(person, link.payload, link.amount, link.period)
    if link.period is None:
        tell_paid(person, link.payload, link.amount, charge_id)
        return
    subscription = Subscription(
        charge_id=charge_id,
        bot_id=person.bot.id,
        user_id=person.chat.id,
        title=link.title,
        payload=link.payload,
        amount=link.amount,
        period=link.period,
        expires_at=int(person.world.clock.now().timestamp()) + link.period,
    )
    tell_paid(
        person,
        link.payload,
        link.amount,
        charge_id,
        subscription_expiration_date=subscription.expires_at,
        is_recurring=True,
        is_first_recurring=True,
    )
    _keep(person.world, subscription)


def act(person: Person, charge_id: str, action: Action) -> Subscription:
    """What a person does with a subscription of theirs. Raises PageError.

    `retry` pays a renewal that had failed, as filling up one's Stars does.
    """
    world = person.world
    subscription = world.subscriptions.get(charge_id)
    mine = (person.bot.id, person.chat.id)
    if subscription is None or (subscription.bot_id, subscription.user_id) != mine:
        raise PageError(404, "You have no such subscription.")
    state = subscription.state(world.clock.now().timestamp())
    if {"cancel": "active", "enable": "canceled", "retry": "failed"}[action] != state:
        raise PageError(409, f"This subscription is {state}.")
    if action == "retry":
        if person.chat.persona.out_of_stars:
            raise PageError(409, "You have too few Stars.")
        _renew(world, subscription)
        return subscription
    if subscription.canceled_by_bot:
        raise PageError(409, "The bot ended this subscription.")
    subscription.canceled = action == "cancel"
    _keep(world, subscription)
    _update(world, subscription, "canceled" if subscription.canceled else "active")
    return subscription


def cancel_as_bot(world: World, subscription: Subscription, canceled: bool) -> None:
    """The bot ends a subscription, or lets the person take it up again; it gets no update."""
    if subscription.renews or subscription.canceled_by_bot:
        subscription.canceled_by_bot = canceled
        subscription.canceled = True
        _keep(world, subscription)


# Time


async def renew_on_time(world: World) -> None:
    """Renews what is due, until cancelled."""
    while True:
        await asyncio.sleep(TICK)
        renew_due(world)


def renew_due(world: World) -> None:
    """Renews everything that is due by now, the earliest first, more than once if need be."""
    while (due := _next_due(world)) is not None and _at(due) <= world.clock.now().timestamp():
        _renew(world, due)


def pass_time(world: World, seconds: float) -> None:
    """Moves the playground's time on; each renewal on the way happens at its own moment."""
    clock = world.clock
    target = clock.ahead + seconds
    while (due := _next_due(world)) is not None:
        ahead = clock.ahead + _at(due) - clock.now().timestamp()
        if ahead > target:
            break
        world.move_clock(max(ahead, clock.ahead))
        _renew(world, due)
    world.move_clock(target)
    for screen in {(one.bot_id, one.user_id) for one in world.subscriptions.values()}:
        _show(world, *screen)  # what was cancelled may have run out


def _next_due(world: World) -> Subscription | None:
    running = [one for one in world.subscriptions.values() if one.renews]
    return min(running, key=_at, default=None)


def _at(subscription: Subscription) -> int:
    return subscription.expires_at


def _renew(world: World, subscription: Subscription) -> None:
    """Charges for one more period, from the moment that it was due on, or from now if that was
    missed."""
    bot, persona = world.bots[subscription.bot_id], world.personas[subscription.user_id]
    if persona.out_of_stars:
        subscription.failed = True
        _keep(world, subscription)
        _update(world, subscription, "failed")
        return
    person = Person(world, bot, world.chat(bot, persona))
    start = int(world.clock.now().timestamp()) if subscription.failed else subscription.expires_at
    subscription.failed = False
    subscription.expires_at = start + subscription.period
    charge_id = charge(person, subscription.payload, subscription.amount, subscription.period)
    tell_paid(
        person,
        subscription.payload,
        subscription.amount,
        charge_id,
        subscription_expiration_date=subscription.expires_at,
        is_recurring=True,
    )
    _keep(world, subscription)


def _update(world: World, subscription: Subscription, state: State) -> None:
    bot, persona = world.bots[subscription.bot_id], world.personas[subscription.user_id]
    update = BotSubscriptionUpdated(
        user=persona.user(), invoice_payload=subscription.payload, state=state
    )
    bot.updates.push("subscription", update, persona.id)


def _keep(world: World, subscription: Subscription) -> None:
    key = subscription.charge_id
    world.subscriptions[key] = subscription
    world.store.put("subscription", key, subscription.model_dump())
    _show(world, subscription.bot_id, subscription.user_id)


def _show(world: World, bot_id: int, user_id: int) -> None:
    shown = {"subscriptions": subscriptions(world, bot_id, user_id)}
    world.events.publish((bot_id, user_id), "subscriptions", shown)
