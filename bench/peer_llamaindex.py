"""LlamaIndex as its starter tutorial has it: VectorStoreIndex, its own splitter, its retriever."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from llama_index.core import Document as Text
from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.base.embeddings.base import BaseEmbedding

from retrieval.batching import MAX_BATCH, encode_passages, encode_queries
from retrieval.documents import Document


class _Encoder(BaseEmbedding):  # type: ignore[misc]
    model: Any

    def _get_query_embedding(self, query: str) -> list[float]:
        found: list[float] = encode_queries(self.model, [query])[0].tolist()
        return found

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        found: list[list[float]] = encode_passages(self.model, texts).tolist()
        return found


class LlamaIndex:
    def __init__(self, folder: Path, model: Any) -> None:
        self._folder = str(folder)
        self._encoder = _Encoder(model=model, embed_batch_size=MAX_BATCH)

    def build(self, documents: Sequence[Document]) -> None:
        texts = [_text(document) for document in documents]
        self._index = VectorStoreIndex.from_documents(texts, embed_model=self._encoder)

    def update(self, documents: Sequence[Document], changed: Sequence[Document]) -> None:
        self._index.refresh_ref_docs([_text(document) for document in changed])

    def search(self, text: str, k: int) -> list[tuple[str, str]]:
        found = self._index.as_retriever(similarity_top_k=k).retrieve(text)
        return [(each.node.ref_doc_id, each.node.get_content()) for each in found]

    def size(self) -> int:
        return len(self._index.docstore.docs)

    def save(self) -> None:
        self._index.storage_context.persist(self._folder)

    def open(self) -> None:
        storage = StorageContext.from_defaults(persist_dir=self._folder)
        self._index = load_index_from_storage(storage, embed_model=self._encoder)


def _text(document: Document) -> Any:
    sections = ("\n".join((*each.headings[-1:], each.text)) for each in document.sections)
    return Text(id_=document.id, text="\n\n".join((document.title, *sections)))
