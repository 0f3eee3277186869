"""A reader of one's own: any extractive question-answering model of transformers, by id or folder.

Method: Devlin et al., "BERT", arXiv 1810.04805, section 4.3: where the best span scores above the
first token, which stands for "no answer", the passage answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from retrieval.chunks import Chunk
from retrieval.reader import ReaderError, Reading
from retrieval.spans import best_spans, laid_out, softmax

if TYPE_CHECKING:  # they take seconds to load
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

BATCH = 16
# Longer questions are cut: a passage has to fit beside it.
MAX_TOKENS, QUESTION_TOKENS = 384, 64


class QaReader:
    """Reads with a model that has a start and an end score for each token."""

    def __init__(
        self, name: str, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase
    ) -> None:
        self.name = name
        self._model = model
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, name: str) -> QaReader:
        """Raises ReaderError."""
        from transformers import AutoModelForQuestionAnswering, AutoTokenizer

        try:
            model, told = AutoModelForQuestionAnswering.from_pretrained(
                name, output_loading_info=True
            )
            tokenizer = AutoTokenizer.from_pretrained(name)
        except Exception as error:  # whatever a foreign model's code raises
            raise ReaderError(
                f"The reader {name!r} can't be loaded: {error}\n"
                "CHEZHI_READER_MODEL takes `bundled`, `none`, or an extractive-QA model's id or "
                "folder."
            ) from error
        # transformers makes up what a checkpoint lacks: such a reader points at random.
        if any("qa_outputs" in str(key) for key in told["missing_keys"]):
            raise ReaderError(
                f"The model {name!r} has no question-answering head. CHEZHI_READER_MODEL takes an "
                "extractive-QA model, such as one trained on SQuAD 2.0."
            )
        if not tokenizer.is_fast:
            raise ReaderError(f"The reader {name!r} has no fast tokenizer, which tells of places.")
        return cls(name, model.eval(), tokenizer)

    def read(self, pairs: Sequence[tuple[str, Chunk]]) -> list[Reading]:
        """As `Reader.read`."""
        texts = [laid_out(chunk) for _, chunk in pairs]
        # Pairs of like length share a batch, so that little is spent on padding.
        order = sorted(range(len(pairs)), key=lambda n: len(pairs[n][0]) + len(texts[n][0]))
        found: dict[int, Reading] = {}
        for first in range(0, len(order), BATCH):
            some = order[first : first + BATCH]
            batch = [(pairs[n][0], *texts[n]) for n in some]
            found.update(zip(some, self._read(batch), strict=True))
        return [found[n] for n in range(len(pairs))]

    def _read(self, batch: Sequence[tuple[str, str, list[int]]]) -> list[Reading]:
        import torch

        tokens = self._tokenizer(
            [self._short(question) for question, _, _ in batch],
            [text for _, text, _ in batch],
            truncation="only_second",
            max_length=MAX_TOKENS,
            padding=True,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = tokens.pop("offset_mapping").numpy()
        with torch.inference_mode():
            scored: Any = self._model(**tokens)
        starts, ends = scored.start_logits.numpy(), scored.end_logits.numpy()
        return [
            _reading(starts[n], ends[n], offsets[n], tokens.sequence_ids(n), bounds)
            for n, (_, _, bounds) in enumerate(batch)
        ]

    def _short(self, question: str) -> str:
        tokens = self._tokenizer(
            question,
            truncation=True,
            max_length=QUESTION_TOKENS,
            add_special_tokens=False,
            return_offsets_mapping=True,
        )
        ends = [end for _, end in tokens["offset_mapping"]]
        return question[: max(ends, default=0)]


def _reading(
    starts: np.ndarray,
    ends: np.ndarray,
    offsets: np.ndarray,
    parts: Sequence[int | None],
    bounds: list[int],
) -> Reading:
    places = [
        (int(a), int(b)) if part == 1 else (0, 0)
        for (a, b), part in zip(offsets, parts, strict=True)
    ]
    spans = best_spans(starts, ends, places, bounds)
    best = int(np.argmax([score for score, _, _ in spans]))
    score, begin, end = spans[best]
    nothing = float(starts[0] + ends[0])
    return Reading(
        score=score - nothing if np.isfinite(score) else -nothing,
        sentence=best,
        start=begin - bounds[best],
        end=end - bounds[best],
        shares=softmax([score for score, _, _ in spans]),
    )
