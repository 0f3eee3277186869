"""From how many chunks on a graph is worth it: the two that `retrieval.nearest` makes."""

from collections.abc import Iterable
from time import perf_counter
from typing import Any

import numpy as np

from bench import made_up
from retrieval.batching import Vectors
from retrieval.nearest import EXACT, GRAPH, make_nearest, parameters

NEAREST = 100


def exact_and_graph(counts: Iterable[int]) -> list[dict[str, Any]]:
    """Milliseconds a question for the nearest hundred, building included in `build_s`."""
    rows = []
    for count in counts:
        passages, questions = made_up.vectors(count)
        row: dict[str, Any] = {"chunks": count}
        found = {}
        for kind in (EXACT, GRAPH):
            started = perf_counter()
            _, index = make_nearest(passages, kind)
            row[f"{kind}_build_s"] = round(perf_counter() - started, 2)
            found[kind], seconds = _ask(index, questions)
            for percent in (50, 99):
                row[f"{kind}_p{percent}"] = round(float(np.percentile(seconds, percent)) * 1000, 3)
        for k in (10, NEAREST):
            same = [
                len(np.intersect1d(exact[:k], graph[:k])) / k
                for exact, graph in zip(found[EXACT], found[GRAPH], strict=True)
            ]
            row[f"recall@{k}"] = round(float(np.mean(same)), 4)
        rows.append(row)
    return rows


def _ask(index: Any, questions: Vectors) -> tuple[list[np.ndarray], list[float]]:
    settings, found, seconds = parameters(index), [], []
    for question in questions:
        started = perf_counter()
        _, rows = index.search(question[None, :], NEAREST, params=settings)
        seconds.append(perf_counter() - started)
        found.append(rows[0])
    return found, seconds
