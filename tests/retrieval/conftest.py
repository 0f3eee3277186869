from pathlib import Path

import pytest
from sentence_transformers import SentenceTransformer

from retrieval.documents import Document, parse
from retrieval.knowledge import KnowledgeBase
from tests.bot.lessons import LESSONS


@pytest.fixture(scope="session")
def lessons() -> list[Document]:
    return [parse(name, text.encode()) for name, text in LESSONS.items()]


@pytest.fixture(scope="session")
def knowledge(
    tmp_path_factory: pytest.TempPathFactory, encoder: SentenceTransformer, lessons: list[Document]
) -> KnowledgeBase:
    """The lessons indexed; for tests that only read it."""
    knowledge = KnowledgeBase(tmp_path_factory.mktemp("knowledge"), encoder)
    knowledge.build(lessons)
    return knowledge


@pytest.fixture
def empty(tmp_path: Path, encoder: SentenceTransformer) -> KnowledgeBase:
    return KnowledgeBase(tmp_path / "knowledge", encoder)
