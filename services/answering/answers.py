"""What a question needs: the encoder, the reader, and the index. Opened once a process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from retrieval.answer_service import AnswerService
from retrieval.answerer import Answerer
from retrieval.batching import BatchingEncoder
from retrieval.cosines import cosines_of
from retrieval.encoder import Encoder
from retrieval.generator import Generator
from retrieval.intents import Intents
from retrieval.knowledge import KnowledgeBase
from retrieval.load_encoder import load_encoder
from retrieval.load_generator import load_generator
from retrieval.load_reader import load_reader
from retrieval.reranker import load_reranker
from retrieval.synonyms import SynonymFile
from services.settings import Settings


@dataclass(slots=True)
class Answers:
    model: Encoder
    encoder: BatchingEncoder
    knowledge: KnowledgeBase
    answerer: Answerer
    service: AnswerService


@asynccontextmanager
async def open_answers(settings: Settings) -> AsyncIterator[Answers]:
    """Loads the models; the index, when it is first asked."""
    model = await asyncio.to_thread(load_encoder, settings.embedding_model)
    await asyncio.to_thread(cosines_of, model)  # measured once, before anybody waits for it
    encoder = BatchingEncoder(model)
    reranker = await asyncio.to_thread(load_reranker, settings.reranker_model)
    reader = await asyncio.to_thread(load_reader, settings.reader_model, model)
    answerer = Answerer(
        reranker=reranker, reader=reader, synonyms=SynonymFile(settings.synonyms_file)
    )
    knowledge = KnowledgeBase(
        settings.knowledge_dir, model, settings.embedding_model, settings.chunking
    )
    intents = Intents(settings.models_dir / "intents.db", settings.embedding_model, model)
    service = AnswerService(knowledge, encoder, answerer, intents)
    try:
        yield Answers(model, encoder, knowledge, answerer, service)
    finally:
        await service.close()
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
