from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from retrieval.answer_service import AnswerService
from retrieval.batching import BatchingEncoder
from retrieval.documents import Document, parse_all
from retrieval.encoder import Encoder
from retrieval.knowledge import KnowledgeBase
from tests.bot.lessons import LESSONS


@pytest.fixture(scope="session")
def lessons() -> list[Document]:
    return parse_all((name, text.encode()) for name, text in LESSONS.items())


@pytest.fixture(scope="session")
def knowledge(
    tmp_path_factory: pytest.TempPathFactory, encoder: Encoder, lessons: list[Document]
) -> KnowledgeBase:
    """The lessons indexed; for tests that only read it."""
    knowledge = KnowledgeBase(tmp_path_factory.mktemp("knowledge"), encoder)
    knowledge.build(lessons)
    return knowledge


@pytest.fixture
def empty(tmp_path: Path, encoder: Encoder) -> KnowledgeBase:
    return KnowledgeBase(tmp_path / "knowledge", encoder)


@pytest.fixture
async def batching(encoder: Encoder) -> AsyncIterator[BatchingEncoder]:
    batching = BatchingEncoder(encoder)
    yield batching
    await batching.close()


@pytest.fixture
async def service(
    knowledge: KnowledgeBase, batching: BatchingEncoder
) -> AsyncIterator[AnswerService]:
    service = AnswerService(knowledge, batching)
    yield service
    await service.close()
