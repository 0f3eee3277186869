"""Models, the knowledge base, and the services that work with them: opened once a process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from retrieval.answer_service import AnswerService
from retrieval.answerer import Answerer
from retrieval.batching import BatchingEncoder
from retrieval.cosines import cosines_of
from retrieval.encoder import BUNDLED, load_encoder
from retrieval.generator import Generator, load_generator
from retrieval.intents import Intents
from retrieval.knowledge import KnowledgeBase, KnowledgeBaseMissing
from retrieval.reader import load_reader
from retrieval.reranker import load_reranker
from retrieval.synonyms import SynonymFile
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
    """Loads the encoder and the live index, if there is one."""
    database.unlock(settings.keys)
    model = await asyncio.to_thread(load_encoder, settings.embedding_model, settings.models_dir)
    await asyncio.to_thread(cosines_of, model)  # measured once, before anybody waits for it
    encoder = BatchingEncoder(model)
    reranker = await asyncio.to_thread(load_reranker, settings.reranker_model)
    reader = await asyncio.to_thread(
        load_reader,
        settings.reader_model,
        settings.models_dir,
        model if settings.embedding_model == BUNDLED else None,
    )
    synonyms = SynonymFile(settings.synonyms_file)
    answerer = Answerer(reranker=reranker, reader=reader, synonyms=synonyms)
    knowledge = KnowledgeBase(
        settings.knowledge_dir, model, settings.embedding_model, settings.chunking
    )
    library = Library()
    indexing = Indexing(
        database,
        knowledge,
        library,
        clock,
        settings.quality_margin,
        answerer,
        settings.false_answers,
    )
    with suppress(KnowledgeBaseMissing):  # told when it is asked for
        await indexing.open()
    recommendations = Recommendations(
        database,
        ContentVectors(settings.recommender_dir, settings.embedding_model, model),
        library,
        settings.recommender_dir,
        settings.explore,
    )
    await recommendations.open()
    intents = Intents(settings.models_dir / "intents.db", settings.embedding_model, model)
    answer_service = AnswerService(knowledge, encoder, answerer, intents)
    tallies = Tallies(database, clock)
    profiles = Profiles(database, recommendations, settings.profiles_dir, clock)
    placing = Placing(profiles)
    recommendations.leanings = Leaning(database, placing, clock).of
    try:
        yield Brain(
            settings=settings,
            database=database,
            clock=clock,
            encoder=encoder,
            knowledge=knowledge,
            library=library,
            indexing=indexing,
            answer_service=answer_service,
            recommendations=recommendations,
            training=Training(
                database, recommendations, settings.recommender_dir, settings.promote_margin
            ),
            item_search=ItemSearch(recommendations, encoder),
            profiles=profiles,
            placing=placing,
            tallies=tallies,
        )
    finally:
        indexing.cancel()
        await tallies.close()
        await answer_service.close()
        await encoder.close()


async def open_generator(settings: Settings) -> Generator | None:
    """The generator of the settings, None where there is none. Raises GeneratorError."""
    key = settings.generator_api_key
    return await asyncio.to_thread(
        load_generator,
        settings.generator,
        settings.models_dir,
        key.get_secret_value() if key else None,
    )
