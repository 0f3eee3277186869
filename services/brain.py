"""Models, the knowledge base, and the services that work with them: opened once a process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from retrieval.answer_service import AnswerService
from retrieval.batching import BatchingEncoder
from retrieval.knowledge import KnowledgeBase, KnowledgeBaseMissing
from services.answering.answers import open_answers
from services.clock import Clock, utc_now
from services.content.indexing import Indexing
from services.content.library import Library
from services.recommending.content_vectors import ContentVectors
from services.recommending.item_search import ItemSearch
from services.recommending.leaning import Leaning
from services.recommending.placing import Placing
from services.recommending.profiles import Profiles
from services.recommending.serving import Recommendations
from services.recommending.training import Training
from services.settings import Settings
from services.tallies import Tallies
from storage.database import Database


@dataclass(slots=True)
class Brain:
    """Models and the knowledge base: all that needs no Telegram."""

    settings: Settings
    database: Database
    clock: Clock
    encoder: BatchingEncoder
    knowledge: KnowledgeBase
    library: Library
    indexing: Indexing
    answer_service: AnswerService
    recommendations: Recommendations
    training: Training
    item_search: ItemSearch
    profiles: Profiles
    placing: Placing
    tallies: Tallies


@asynccontextmanager
async def open_brain(
    settings: Settings, database: Database, clock: Clock = utc_now
) -> AsyncIterator[Brain]:
    """Loads the models and the live index, if there is one."""
    database.unlock(settings.keys)
    async with open_answers(settings) as answers:
        library = Library()
        indexing = Indexing(
            database,
            answers.knowledge,
            library,
            clock,
            settings.quality_margin,
            answers.answerer,
            settings.false_answers,
        )
        with suppress(KnowledgeBaseMissing):  # told when it is asked for
            await indexing.open()
        recommendations = Recommendations(
            database,
            ContentVectors(settings.recommender_dir, settings.embedding_model, answers.model),
            library,
            settings.recommender_dir,
            settings.explore,
        )
        await recommendations.open()
        tallies = Tallies(database, clock)
        profiles = Profiles(database, recommendations, settings.profiles_dir, clock)
        placing = Placing(profiles)
        recommendations.leanings = Leaning(database, placing, clock).of
        try:
            yield Brain(
                settings=settings,
                database=database,
                clock=clock,
                encoder=answers.encoder,
                knowledge=answers.knowledge,
                library=library,
                indexing=indexing,
                answer_service=answers.service,
                recommendations=recommendations,
                training=Training(
                    database, recommendations, settings.recommender_dir, settings.promote_margin
                ),
                item_search=ItemSearch(recommendations, answers.encoder, answers.knowledge.live),
                profiles=profiles,
                placing=placing,
                tallies=tallies,
            )
        finally:
            indexing.cancel()
            await tallies.close()
