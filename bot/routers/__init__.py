"""What the bot does, one router per concern."""

from copy import deepcopy

from aiogram import Router

from bot.routers import (
    bookings,
    broadcast,
    catalogue,
    content,
    errors,
    helping,
    language,
    privacy,
    questions,
    recommend,
    shop,
    staff,
    start,
)


def all_routers() -> list[Router]:
    """In the order in which they are tried: commands and buttons first, free text last.

    Copies, since a router hangs on one dispatcher and a process may make several.
    """
    routers = [
        errors.router,
        start.router,
        language.router,
        privacy.router,
        helping.router,
        recommend.router,
        shop.router,
        bookings.router,
        catalogue.router,
        broadcast.router,
        staff.router,
        content.router,
        helping.unknown,
        questions.router,
    ]
    return [deepcopy(router) for router in routers]
