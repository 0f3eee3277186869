"""The bundled reader: our own weights (docs/reader.md) over the bundled E5.

What goes before the question meets a passage does not depend on the question, so it is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Sequence
from importlib.resources import files
from threading import Lock

import numpy as np
import torch
from safetensors.torch import load as load_tensors
from torch import Tensor

from retrieval.chunks import Chunk
from retrieval.e5_model import E5Model
from retrieval.reader import BUNDLED, ReaderError, Reading
from retrieval.reading_model import ReadingModel, Shape
from retrieval.spans import best_spans, laid_out, softmax

WEIGHTS, MANIFEST = "reader.safetensors", "reader.json"
MAX_PASSAGE, MAX_QUESTION = 320, 64
PASSAGE, QUESTION = "passage: ", "query: "
BATCH = 32
# Passages are kept up to here; one takes about .13 MB.
KEPT_MB = 192


class BundledReader:
    """Reads with the weights that ship with this package."""

    name = BUNDLED

    def __init__(self, encoder: E5Model, model: ReadingModel, kept_mb: float = KEPT_MB) -> None:
        """`encoder`: the bundled one, whose layers are shared, not copied."""
        self._encoder = encoder
        self._model = model.eval()
        self._room = int(kept_mb * 1e6)
        self._kept: OrderedDict[str, tuple[Tensor, list[tuple[int, int]]]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @classmethod
    def load(cls, encoder: E5Model) -> BundledReader:
        """Reads the weights; `encoder` is the bundled one.

        Raises ReaderError when the weights are damaged.
        """
        folder = files("retrieval") / "weights"
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        data = (folder / WEIGHTS).read_bytes()
        if hashlib.sha256(data).hexdigest() != manifest["sha256"]:
            raise ReaderError(
                "The bundled reader's weights are damaged: install Chezhi anew, or set "
                "CHEZHI_READER_MODEL=none."
            )
        model = ReadingModel(encoder.sizes, Shape(**manifest["shape"]))
        model.load_state_dict({name: w.float() for name, w in load_tensors(data).items()})
        return cls(encoder, model)

    @torch.inference_mode()
    def read(self, pairs: Sequence[tuple[str, Chunk]]) -> list[Reading]:
        """As `Reader.read`."""
        if not pairs:
            return []
        asked = self._questions(list(dict.fromkeys(question for question, _ in pairs)))
        read = self._passages(list(dict.fromkeys(chunk for _, chunk in pairs)))
        # Pairs of like length share a batch, so that little is spent on padding.
        order = sorted(range(len(pairs)), key=lambda n: len(read[pairs[n][1]][0]))
        found: dict[int, Reading] = {}
        for first in range(0, len(order), BATCH):
            some = order[first : first + BATCH]
            questions, question_mask = padded([asked[pairs[n][0]] for n in some])
            passages, mask = padded([read[pairs[n][1]][0] for n in some])
            scores = self._model(questions, question_mask, passages, mask)
            answers, starts, ends = (
                each.numpy() for each in (scores.answers, scores.starts, scores.ends)
            )
            for place, n in enumerate(some):
                chunk = pairs[n][1]
                places = read[chunk][1]
                length = len(places)
                found[n] = _reading(
                    float(answers[place]),
                    starts[place, :length],
                    ends[place, :length],
                    places,
                    laid_out(chunk)[1],
                )
        return [found[n] for n in range(len(pairs))]

    def _questions(self, texts: list[str]) -> dict[str, Tensor]:
        """The states [tokens, d] before the question meets the passage."""
        coded = self._encoder.tokens([QUESTION + text for text in texts], MAX_QUESTION)
        states = self._encoder([one.ids for one in coded], self._model.shape.first)
        return dict(zip(texts, states, strict=True))

    def _passages(self, chunks: list[Chunk]) -> dict[Chunk, tuple[Tensor, list[tuple[int, int]]]]:
        """The same of passages, float16 [tokens, d], and the tokens' places in the text."""
        texts = {chunk: laid_out(chunk)[0] for chunk in chunks}
        with self._lock:
            found = {text: self._kept[text] for text in texts.values() if text in self._kept}
            for text in found:
                self._kept.move_to_end(text)
        new = sorted((text for text in texts.values() if text not in found), key=len)
        for first in range(0, len(new), BATCH // 4):
            found |= self._encoded(new[first : first + BATCH // 4])
        return {chunk: found[text] for chunk, text in texts.items()}

    def _encoded(self, texts: list[str]) -> dict[str, tuple[Tensor, list[tuple[int, int]]]]:
        coded = self._encoder.tokens([PASSAGE + text for text in texts], MAX_PASSAGE)
        states = self._encoder([one.ids for one in coded], self._model.shape.first)
        found, skip = {}, len(PASSAGE)
        for text, state, one in zip(texts, states, coded, strict=True):
            places = [_place(text, a - skip, b - skip) for a, b in one.places]
            found[text] = state.half(), places
        self._keep(found)
        return found

    def _keep(self, new: dict[str, tuple[Tensor, list[tuple[int, int]]]]) -> None:
        with self._lock:
            for text, entry in new.items():
                if text not in self._kept:
                    self._bytes += entry[0].nbytes
                self._kept[text] = entry
            while self._bytes > self._room and self._kept:
                _, (states, _) = self._kept.popitem(last=False)
                self._bytes -= states.nbytes


def _place(text: str, begin: int, end: int) -> tuple[int, int]:
    """The characters of a token, without the space that SentencePiece gives the next word."""
    if begin < 0:
        return 0, 0
    return (begin + 1 if begin < end and text[begin].isspace() else begin), end


def padded(states: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """float32 [n, l, d] and its mask [n, l]."""
    length = max(len(state) for state in states)
    found = torch.zeros(len(states), length, states[0].shape[1])
    mask = torch.zeros(len(states), length)
    for row, state in enumerate(states):
        found[row, : len(state)] = state.float()
        mask[row, : len(state)] = 1
    return found, mask


def _reading(
    score: float,
    starts: np.ndarray,
    ends: np.ndarray,
    places: list[tuple[int, int]],
    bounds: list[int],
) -> Reading:
    spans = best_spans(starts, ends, places, bounds)
    best = int(np.argmax([each for each, _, _ in spans]))
    _, begin, end = spans[best]
    return Reading(
        score=score,
        sentence=best,
        start=begin - bounds[best],
        end=end - bounds[best],
        shares=softmax([each for each, _, _ in spans]),
    )
