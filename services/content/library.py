"""The lessons of courses, for those who own them: read from the knowledge base's documents."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from retrieval.documents import Document


class Library:
    """Documents by course and language, in order of lesson."""

    def __init__(self) -> None:
        self._lessons: dict[tuple[str, str], list[Document]] = {}
        self._course_of: dict[str, str] = {}
        self._documents: dict[str, Document] = {}
        self.dealt_out = 0
        """How often documents were dealt out to courses."""

    def fill(self, documents: Iterable[Document]) -> None:
        """Takes the documents of a new index."""
        lessons: dict[tuple[str, str], list[Document]] = defaultdict(list)
        self._documents = {document.id: document for document in documents}
        for document in self._documents.values():
            if document.course:
                lessons[document.course, document.language].append(document)
        for shelf in lessons.values():
            shelf.sort(key=lambda document: document.lesson or 0)
        self._course_of = {d.id: d.course for shelf in lessons.values() for d in shelf if d.course}
        self._lessons = dict(lessons)
        self.dealt_out += 1

    def course_of(self, document_id: str) -> str | None:
        return self._course_of.get(document_id)

    def document(self, document_id: str) -> Document | None:
        return self._documents.get(document_id)

    def lessons(self, course: str, language: str) -> Sequence[Document]:
        """In the reader's language, or in the other one where there are none."""
        other = "en" if language == "zh" else "zh"
        return self._lessons.get((course, language)) or self._lessons.get((course, other), [])
