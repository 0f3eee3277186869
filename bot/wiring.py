"""What the handlers are given, made once from the brain and a Bot."""

from dataclasses import dataclass

from aiogram import Bot

from activities.appointments import Appointments
from activities.draw_steps import Draws
from activities.leads import Leads
from activities.membership import Memberships
from activities.paysupport import PaySupport
from activities.shop import Shop
from bot.albums import Albums
from bot.exchanges import Exchanges
from bot.forms import Forms
from bot.groups import GroupPace
from bot.inline import InlineAnswers
from bot.ledger import Ledger
from bot.messenger import TelegramMessenger
from bot.rewording import Rewordings
from campaigns.broadcast import Broadcaster
from campaigns.drafting import Defaults, Drafting
from campaigns.invites import Invites
from campaigns.pace import pace_of_broadcasts
from campaigns.planning import Planning
from campaigns.proposing import Proposing
from campaigns.reach import Reach
from campaigns.responding import Responses
from campaigns.telling import Telling
from campaigns.windows import measuring
from services.answering.answers import open_generator
from services.answering.asking import Asking
from services.answering.help_desk import HelpDesk
from services.answering.rewording import Rewording
from services.attribution import Attributions
from services.brain import Brain
from services.brands.monitoring import Monitor
from services.content.quizzes import Quizzes
from services.deadlines import Deadlines
from services.operators import Operators
from services.redirects import Redirects


@dataclass(slots=True)
class Services:
    """What handlers are given, by name."""

    brain: Brain
    shop: Shop
    memberships: Memberships
    broadcaster: Broadcaster
    planning: Planning
    reach: Reach
    messenger: TelegramMessenger
    proposing: Proposing
    invites: Invites
    drafting: Drafting
    asking: Asking
    rewordings: Rewordings
    help_desk: HelpDesk
    pay_support: PaySupport
    inline_answers: InlineAnswers
    group_pace: GroupPace
    operators: Operators
    deadlines: Deadlines
    leads: Leads
    attributions: Attributions
    redirects: Redirects
    ledger: Ledger
    exchanges: Exchanges
    forms: Forms
    albums: Albums
    quizzes: Quizzes
    prize_draws: Draws
    brand_monitor: Monitor

    def by_name(self) -> dict[str, object]:
        return {
            "settings": self.brain.settings,
            "database": self.brain.database,
            "indexing": self.brain.indexing,
            "library": self.brain.library,
            "answer_service": self.brain.answer_service,
            "recommendations": self.brain.recommendations,
            "item_search": self.brain.item_search,
            "profiles": self.brain.profiles,
            "tallies": self.brain.tallies,
            "shop": self.shop,
            "memberships": self.memberships,
            "planning": self.planning,
            "reach": self.reach,
            "messenger": self.messenger,
            "proposing": self.proposing,
            "invites": self.invites,
            "drafting": self.drafting,
            "asking": self.asking,
            "rewordings": self.rewordings,
            "help_desk": self.help_desk,
            "pay_support": self.pay_support,
            "inline_answers": self.inline_answers,
            "group_pace": self.group_pace,
            "operators": self.operators,
            "leads": self.leads,
            "attributions": self.attributions,
            "redirects": self.redirects,
            "exchanges": self.exchanges,
            "albums": self.albums,
            "quizzes": self.quizzes,
            "prize_draws": self.prize_draws,
            "brand_monitor": self.brand_monitor,
        }


async def make_services(brain: Brain, bot: Bot, redirects: Redirects) -> Services:
    settings, database, clock = brain.settings, brain.database, brain.clock
    forms = Forms(database)
    messenger = TelegramMessenger(bot, database, forms, settings.data_dir)
    generator = await open_generator(settings)
    await brain.answer_service.ready()
    shop, operators = Shop(messenger, database, clock), Operators(messenger, database)
    memberships = Memberships(messenger, database, clock)
    deadlines = Deadlines(database, clock)
    deadlines.add(*Appointments(messenger, database, shop, clock).kinds())
    placing = brain.placing
    broadcaster = Broadcaster(
        *(database, messenger, pace_of_broadcasts(settings.messages_per_second), clock),
        paid=pace_of_broadcasts(settings.paid_per_second),
        global_holdout=settings.global_holdout,
        places=placing.of_some,
    )
    responses = Responses(database, brain.recommendations, placing, clock)
    reach = Reach(database, placing, responses)
    prize_draws = Draws(messenger, database, clock, operators)
    deadlines.add(*prize_draws.kinds())
    deadlines.add(*Telling(database, messenger).kinds(), measuring(database, clock))
    leads = Leads(messenger, database, clock)
    deadlines.add(*leads.kinds())
    rewording = Rewording(generator, brain.encoder, database, brain.answer_service.read)
    return Services(
        brain=brain,
        shop=shop,
        memberships=memberships,
        broadcaster=broadcaster,
        planning=Planning(database, broadcaster, settings.approval, reach),
        reach=reach,
        messenger=messenger,
        proposing=Proposing(database, responses),
        invites=Invites(database),
        drafting=Drafting(database, settings.media_dir, Defaults.of(settings)),
        asking=Asking(brain.answer_service, brain.recommendations, generator),
        rewordings=Rewordings(rewording),
        help_desk=HelpDesk(messenger, database),
        pay_support=PaySupport(messenger, database),
        inline_answers=InlineAnswers(brain.answer_service, brain.item_search, clock),
        group_pace=GroupPace(),
        operators=operators,
        deadlines=deadlines,
        leads=leads,
        attributions=Attributions(database, settings.link_secret, clock),
        redirects=redirects,
        ledger=Ledger(bot, database, shop, memberships, operators, clock),
        exchanges=Exchanges(clock),
        forms=forms,
        albums=Albums(),
        quizzes=Quizzes(database, brain.answer_service, brain.library, clock),
        prize_draws=prize_draws,
        brand_monitor=Monitor(database, brain.encoder, settings.embedding_model, clock),
    )
