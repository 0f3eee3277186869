"""What the bot does, one router per concern."""

from copy import copy

from aiogram import Router

from bot.routers import (
    approvals,
    bookings,
    brand,
    broadcast,
    browse,
    campaign,
    campaign_editing,
    campaign_plan,
    campaigns,
    catalogue,
    content,
    coupons,
    dealers,
    documents,
    door,
    draws,
    errors,
    favourites,
    feedback,
    find,
    gaps,
    groups,
    guests,
    helping,
    inline,
    language,
    leads,
    learning,
    links,
    membership,
    paysupport,
    privacy,
    profile,
    questions,
    quiz,
    recommend,
    reports,
    segments,
    settings,
    shop,
    slots,
    staff,
    start,
    zone,
)


def all_routers() -> list[Router]:
    """In the order in which they are tried: commands and buttons first, what nobody takes last.

    Copies, since a router hangs on one dispatcher and a process may make several.
    """
    routers = [
        errors.router,
        groups.router,
        guests.router,
        inline.router,
        campaign_editing.leaving,
        start.router,
        language.router,
        settings.router,
        zone.router,
        privacy.router,
        profile.router,
        helping.router,
        recommend.router,
        membership.router,
        shop.router,
        learning.router,
        coupons.router,
        favourites.router,
        paysupport.router,
        draws.router,
        quiz.router,
        bookings.router,
        slots.router,
        door.router,
        dealers.router,
        leads.router,
        links.router,
        catalogue.router,
        browse.router,
        find.router,
        approvals.router,
        campaign.router,
        campaign_editing.router,
        campaign_plan.router,
        broadcast.staff,
        broadcast.everyone,
        campaigns.router,
        reports.router,
        staff.router,
        segments.router,
        brand.router,
        gaps.router,
        feedback.router,
        documents.router,
        content.router,
        questions.router,
        helping.unknown,
    ]
    return [_copy(router) for router in routers]


def _copy(router: Router) -> Router:
    # Handlers keep nothing, so copies share them: to copy these too takes most of a bot's start.
    twin = copy(router)
    twin.observers = {}
    for name, observer in router.observers.items():
        twin.observers[name] = copy(observer)
        twin.observers[name].router = twin
    return twin
