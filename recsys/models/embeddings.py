"""User embeddings, item embeddings and an item bias, trained in PyTorch on one of five losses."""

import math
from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any, Literal

import numpy as np
import torch
from pydantic import NonNegativeFloat, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from scipy import sparse
from torch import Tensor, nn
from torch.nn import functional

from recsys.models.base import CHECKED, Family, Model, Watch
from recsys.models.parts import Part

Loss = Literal["softmax", "bpr", "mse", "sampled_softmax", "cosine_contrastive"]


@dataclass(frozen=True, slots=True, config=CHECKED)
class Settings:
    """A batch is of `batch` users, each with all their items. `negatives` are drawn once a batch
    and shared by it; `softmax` and `bpr` don't use them. `temperature` is for sampled_softmax,
    `margin` and `negative_weight` for cosine_contrastive."""

    loss: Loss = "softmax"
    factors: PositiveInt = 16
    penalty: NonNegativeFloat = 0.01
    rate: PositiveFloat = 0.02
    epochs: PositiveInt = 40
    batch: PositiveInt = 128
    negatives: PositiveInt = 512
    temperature: PositiveFloat = 0.1
    margin: float = 0.4
    negative_weight: NonNegativeFloat = 100.0
    seed: int = 7


_LARGE = Settings("sampled_softmax", 64, 0.0, epochs=20, batch=256, negatives=4096)
GRID = (
    replace(_LARGE, temperature=0.3),
    replace(_LARGE, temperature=0.2),
    replace(_LARGE, temperature=0.1),
    replace(_LARGE, factors=256, temperature=0.2),
    replace(_LARGE, factors=256, temperature=0.1),
    replace(_LARGE, factors=256, rate=0.01, temperature=0.15),
    replace(_LARGE, loss="cosine_contrastive", rate=0.04, margin=0.3, negative_weight=30.0),
)


class Embeddings(nn.Module):
    """score(u, i) = p_u · q_i + b_i; or, given a scale, scale · cos(p_u, q_i) + b_i."""

    def __init__(
        self,
        users: int,
        items: int,
        factors: int,
        generator: torch.Generator,
        scale: float | None = None,
    ) -> None:
        super().__init__()
        self.user = nn.Parameter(torch.randn(users, factors, generator=generator) * 0.1)
        self.item = nn.Parameter(torch.randn(items, factors, generator=generator) * 0.1)
        self.bias = nn.Parameter(torch.zeros(items))
        self.scale = scale

    def forward(self, users: Tensor) -> Tensor:
        """Scores float32 [n, items] of user indices [n]."""
        user, item, bias = self.vectors(users)
        return torch.addmm(bias, user, item.T)

    def vectors(self, users: Tensor, items: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """Of user indices [n] and item indices [m], or all items: what is multiplied, float32
        [n, factors] and [m, factors], and the bias [m].

        Each look-up makes a gradient as large as the table, so a batch should ask but once.
        """
        user = functional.embedding(users, self.user)
        item = self.item if items is None else functional.embedding(items, self.item)
        bias = self.bias if items is None else self.bias[items]
        if self.scale is not None:
            user, item = functional.normalize(user) * self.scale, functional.normalize(item)
        return user, item, bias

    def penalty(self, users: Tensor) -> Tensor:
        """Squared length of the embeddings in use; without it, the model loses to popularity."""
        used = self.user[users].square().sum(1).mean()
        return used + self.item.square().sum(1).mean()


def softmax_loss(own: Tensor, every: Tensor, rows: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy over the whole catalogue, weighted by confidence: of positives [n], each of the
    row [n] of its user in `every` [users, items]."""
    return ((every.logsumexp(1)[rows] - own) * weight).sum() / weight.sum()


def bpr_loss(own: Tensor, other: Tensor, weight: Tensor) -> Tensor:
    """Rendle et al. 2009, "BPR": log-sigmoid of a positive's lead [n] over a random item's [n].
    Pairs of weight 0 teach nothing."""
    return -(functional.logsigmoid(own - other) * weight).sum() / weight.sum().clamp(min=1e-9)


def mse_loss(own: Tensor, others: Tensor, weight: Tensor, unknown: float) -> Tensor:
    """Squared distance to 1 of positives [n] and, `unknown` times, to 0 of the rest [users, m]."""
    known = ((1 - own).square() * weight).sum() / weight.sum()
    return known + unknown * others.square().mean()


def sampled_softmax_loss(
    own: Tensor, others: Tensor, rows: Tensor, weight: Tensor, items: int
) -> Tensor:
    """Wu et al. 2022, "On the Effectiveness of Sampled Softmax Loss for Item Recommendation": of
    positives [n] against a sample `others` [users, m] of all items, -inf where a user has the item.

    What the sample adds up to stands for the whole catalogue, and is added up once a user, not once
    a positive: that makes thousands of negatives affordable.
    """
    rest = others.logsumexp(1) + math.log(items / others.shape[1])
    return ((torch.logaddexp(rest[rows], own) - own) * weight).sum() / weight.sum()


def cosine_contrastive_loss(
    own: Tensor, others: Tensor, rows: Tensor, weight: Tensor, margin: float, negative_weight: float
) -> Tensor:
    """Mao et al. 2021, "SimpleX", equation 3: only negatives nearer than the margin count."""
    far = (others - margin).clamp(min=0).mean(1)
    return ((1 - own + negative_weight * far[rows]) * weight).sum() / weight.sum()


class Learner:
    """A network with its optimiser, on one matrix of confidences."""

    def __init__(self, matrix: sparse.csr_matrix, settings: Settings) -> None:
        self.settings = settings
        self.generator = torch.Generator().manual_seed(settings.seed)
        scale = {"sampled_softmax": 1 / settings.temperature, "cosine_contrastive": 1.0}
        users, items = matrix.shape
        self.model = Embeddings(
            users, items, settings.factors, self.generator, scale.get(settings.loss)
        )
        self.counts = torch.from_numpy(np.diff(matrix.indptr).astype(np.int64))
        self.starts = torch.from_numpy(matrix.indptr[:-1].astype(np.int64))
        self.items = torch.from_numpy(matrix.indices.astype(np.int64))
        # The log keeps one very busy pair from outweighing many.
        self.weights = torch.from_numpy(np.log1p(matrix.data).astype(np.float32))
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=settings.rate, fused=True)

    def epoch(self) -> float:
        """Once over all pairs; returns the mean loss, penalty included."""
        total = torch.zeros(())
        users = self.counts.nonzero()[:, 0]
        order = users[torch.randperm(len(users), generator=self.generator)]
        for batch in torch.split(order, self.settings.batch):
            loss = self._loss(batch)
            if self.settings.penalty:
                loss = loss + self.settings.penalty * self.model.penalty(batch)
            self.optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimiser.step()
            total += loss.detach() * self.counts[batch].sum()
        return float(total) / max(1, len(self.items))

    def state(self) -> dict[str, Any]:
        """All that the next epoch depends on but the matrix and the settings, by reference."""
        return {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "generator": self.generator.get_state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.generator.set_state(state["generator"])

    def _loss(self, users: Tensor) -> Tensor:
        own, model = self.settings, self.model
        counts = self.counts[users]
        rows = torch.repeat_interleave(counts)
        first = torch.repeat_interleave(self.starts[users] - counts.cumsum(0) + counts, counts)
        pairs = first + torch.arange(len(rows))
        items, weights = self.items[pairs], self.weights[pairs]
        if own.loss == "softmax":
            every = model(users)
            return softmax_loss(every[rows, items], every, rows, weights)
        count, known = len(model.item), len(items)
        if own.loss == "bpr":
            drawn = torch.randint(count, items.shape, generator=self.generator)
        else:
            drawn = torch.randperm(count, generator=self.generator)[: own.negatives]
        user, item, bias = model.vectors(users, torch.cat([items, drawn]))
        mine = functional.embedding(rows, user)
        positive = _paired(mine, item[:known], bias[:known])
        if own.loss == "bpr":
            other = _paired(mine, item[known:], bias[known:])
            # An item drawn against itself teaches nothing.
            return bpr_loss(positive, other, weights * (drawn != items))
        place = torch.full((count,), -1)
        place[drawn] = torch.arange(len(drawn))
        columns = place[items]
        had = torch.zeros(len(users), len(drawn), dtype=torch.bool)
        had[rows[columns >= 0], columns[columns >= 0]] = True
        others = torch.addmm(bias[known:], user, item[known:].T)
        if own.loss == "mse":
            return mse_loss(positive, others.masked_fill(had, 0), weights, own.negative_weight)
        others = others.masked_fill(had, -torch.inf)
        if own.loss == "sampled_softmax":
            return sampled_softmax_loss(positive, others, rows, weights, count)
        return cosine_contrastive_loss(
            positive, others, rows, weights, own.margin, own.negative_weight
        )


def _paired(user: Tensor, item: Tensor, bias: Tensor) -> Tensor:
    """Scores float32 [n] of n pairs: vectors [n, factors], bias [n]."""
    return (user * item).sum(1) + bias


class EmbeddingModel(Model):
    """Embeddings behind the interface of every model; the rate falls to zero over the epochs."""

    def __init__(self, settings: Settings = GRID[0]) -> None:
        super().__init__(settings)

    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None:
        learner = Learner(matrix, self.settings)
        epochs = self.settings.epochs
        falling = torch.optim.lr_scheduler.LambdaLR(
            learner.optimiser, lambda epoch: 1 - epoch / epochs
        )
        done = 0
        if state := watch.resumed():
            done = state["epoch"]
            learner.restore(state["learner"])
            falling.load_state_dict(state["falling"])

        def state_now() -> dict[str, Any]:
            return {"learner": learner.state(), "falling": falling.state_dict()}

        for epoch in range(done + 1, epochs + 1):
            started = perf_counter()
            loss = learner.epoch()
            falling.step()
            watch.epoch(epoch, state_now, loss=loss, seconds=perf_counter() - started)
        with torch.no_grad():
            vectors = learner.model.vectors(torch.arange(matrix.shape[0]))
        self.user, self.item, self.bias = (one.detach() for one in vectors)

    def _scores(self, users: np.ndarray) -> np.ndarray:
        own = self.user[torch.from_numpy(users)]
        return np.asarray(torch.addmm(self.bias, own, self.item.T).numpy())

    def _parts(self) -> list[Part]:
        return [Part.folded(self.item.numpy())]


FAMILY = Family("embeddings", Settings, EmbeddingModel, GRID)
