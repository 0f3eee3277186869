"""Files of golden questions (YAML), checked whole before any row is written."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from storage.models import GoldenQuestion

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1000)]
DocumentId = Annotated[str, StringConstraints(min_length=1, max_length=128)]

EXPECTED = "expected a list of {question, language, documents}"


class GoldenError(Exception):
    """The file can't be imported; the message lists every fault."""


class GoldenRow(BaseModel):
    """A question and the documents of which any answers it; none: it must be refused."""

    model_config = ConfigDict(extra="forbid")

    question: Words
    language: Literal["zh", "en"]
    documents: list[DocumentId]


def read(name: str, data: bytes) -> list[dict[str, Any]]:
    """Rows for the table of golden questions. Raises GoldenError naming every fault."""
    try:
        listed = yaml.safe_load(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise GoldenError(f"{name} is not UTF-8 text: save it as UTF-8.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise GoldenError(f"{name} is not valid YAML: {error}") from error
    if not isinstance(listed, list) or not listed:
        raise GoldenError(f"{name} holds no golden questions: {EXPECTED}.")
    rows: dict[str, dict[str, Any]] = {}
    faults = []
    for number, fields in enumerate(listed, start=1):
        if not isinstance(fields, dict):
            faults.append(f"question {number}: {EXPECTED}")
            continue
        where = f"question {number} ({fields.get('question', 'without words')})"
        try:
            row = GoldenRow.model_validate(fields)
        except ValidationError as error:
            for problem in error.errors():
                place = ".".join(str(part) for part in problem["loc"])
                faults.append(f"{where}: {place}: {problem['msg']}")
            continue
        if row.question in rows:
            faults.append(f"{where}: it is there twice")
        rows[row.question] = row.model_dump()
    if faults:
        raise GoldenError("Nothing was imported. Please mend:\n" + "\n".join(faults))
    return list(rows.values())


def write(questions: Sequence[GoldenQuestion]) -> str:
    """The questions as YAML that `read` takes."""
    rows = [
        {"question": q.question, "language": q.language, "documents": list(q.documents)}
        for q in questions
    ]
    if not rows:
        return "[]\n"
    return yaml.safe_dump(rows, allow_unicode=True, sort_keys=False, width=1000)
