"""How the cost of our models grows with users, items and factors, beside implicit's ALS.

    python -m bench.cost_curves --json [--quick]

Made logs: each user takes 20 items, popular ones more often. From one base size, users, items and
factors are each made ten times larger. `fit_s` is one fit, `users_per_s` the top 20 of unseen items
for all users (at most `SCORED`). `growth` is how many times dearer fitting is at ten times the size
(10: in proportion), `to_implicit` our time over that of implicit's ALS at the same size, epochs and
factors. Quality plays no part here: `chezhi recsys evaluate` is for that.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from recsys.models import ease, embeddings, graph_filter, ials, peers
from recsys.models.base import Model, Unfit
from recsys.tuning import rank

SEED, TAKEN, EPOCHS, SCORED = 7, 20, 5, 10_000


class Size(NamedTuple):
    users: int
    items: int
    factors: int


WHOLE, QUICK = Size(5_000, 1_000, 16), Size(500, 200, 4)
IMPLICIT = "implicit_als"
MODELS: dict[str, Callable[[int], Model]] = {
    IMPLICIT: lambda f: peers.ImplicitALS(peers.ALSSettings(factors=f, epochs=EPOCHS)),
    "ials": lambda f: ials.IALS(ials.Settings(factors=f, epochs=EPOCHS)),
    "embeddings": lambda f: embeddings.EmbeddingModel(
        replace(embeddings.GRID[0], factors=f, epochs=EPOCHS)
    ),
    "graph_filter": lambda f: graph_filter.GraphFilter(graph_filter.Settings(factors=f)),
    "ease": lambda _: ease.EASE(),
}


def made_log(users: int, items: int) -> sparse.csr_matrix:
    """float32 [users, items]."""
    chance = np.random.default_rng(SEED)
    weight = 1 / np.arange(1, items + 1) ** 0.7
    columns = chance.choice(items, users * TAKEN, p=weight / weight.sum())
    rows = np.repeat(np.arange(users), TAKEN)
    matrix = sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), (users, items))
    matrix.data[:] = 1
    return matrix


def cost(name: str, size: Size) -> dict[str, Any]:
    matrix = made_log(size.users, size.items)
    model = MODELS[name](size.factors)
    started = perf_counter()
    try:
        model.fit(matrix)
    except Unfit as error:
        return {"skipped": str(error)}
    fitted = perf_counter()
    users = np.arange(min(size.users, SCORED))
    rank(model, matrix, users)
    scored = perf_counter() - fitted
    found = {"fit_s": round(fitted - started, 3), "users_per_s": round(len(users) / scored)}
    print(f"{name}, {size}: {found}", file=sys.stderr)
    return found


def bench(base: Size) -> dict[str, Any]:
    sizes = {"base": base} | {
        f"{axis}_x10": base._replace(**{axis: 10 * getattr(base, axis)}) for axis in Size._fields
    }
    cost(IMPLICIT, base)  # the first call loads libraries
    found = {name: {at: cost(name, size) for at, size in sizes.items()} for name in MODELS}
    for rows in found.values():
        for at, row in rows.items():
            if "fit_s" in row:
                row["growth"] = round(row["fit_s"] / rows["base"]["fit_s"], 2)
                row["to_implicit"] = round(row["fit_s"] / found[IMPLICIT][at]["fit_s"], 2)
        del rows["base"]["growth"]
    return {"sizes": {at: size._asdict() for at, size in sizes.items()}, "models": found}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.cost_curves")
    parser.add_argument("--json", action="store_true", help="one JSON object, the default")
    parser.add_argument("--quick", action="store_true", help="under a minute, small sizes")
    args = parser.parse_args()
    print(json.dumps(bench(QUICK if args.quick else WHOLE), ensure_ascii=False))


if __name__ == "__main__":
    main()
