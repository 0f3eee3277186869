"""From a model's scores of tokens to the words of a passage that answer."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from retrieval.chunks import Chunk

# No answer has more tokens.
LONGEST = 40
Scores = np.ndarray[tuple[int], np.dtype[np.float32]]


def laid_out(chunk: Chunk) -> tuple[str, list[int]]:
    """The text that a reader is given, headings first, and where each sentence begins and the
    last one ends.
    """
    joint = "" if chunk.language == "zh" else " "
    text = f"{chunk.context}\n" if chunk.context else ""
    starts = []
    for sentence in chunk.sentences:
        starts.append(len(text))
        text += sentence + joint
    return text, [*starts, len(text)]


def best_spans(
    starts: Scores,
    ends: Scores,
    offsets: Sequence[tuple[int, int]],
    bounds: Sequence[int],
) -> list[tuple[float, int, int]]:
    """The best (score, first character, end) within each sentence; -inf for one without tokens.

    `starts`, `ends`: float32 [tokens]; `offsets`: the characters of each token, (0, 0) for marks;
    `bounds`: as `laid_out` gives them.
    """
    first = np.array([offset[0] for offset in offsets])
    last = np.array([offset[1] for offset in offsets])
    found = []
    for begin, end in pairwise(bounds):
        inside = np.flatnonzero((first >= begin) & (last <= end) & (last > first))
        if not len(inside):
            found.append((float("-inf"), begin, begin))
            continue
        sums = starts[inside][:, None] + ends[inside][None, :]
        room = np.triu(np.ones(sums.shape, dtype=bool)) & ~np.triu(
            np.ones(sums.shape, dtype=bool), LONGEST
        )
        sums = np.where(room, sums, -np.inf)
        a, b = np.unravel_index(int(np.argmax(sums)), sums.shape)
        found.append((float(sums[a, b]), int(first[inside[a]]), int(last[inside[b]])))
    return found


def softmax(scores: Sequence[float]) -> tuple[float, ...]:
    """Shares that add up to 1; all alike where every score is -inf."""
    values = np.array(scores, dtype=np.float64)
    if not np.isfinite(values).any():
        return tuple(1 / len(values) for _ in values)
    powers = np.exp(values - values[np.isfinite(values)].max())
    return tuple((powers / powers.sum()).tolist())
