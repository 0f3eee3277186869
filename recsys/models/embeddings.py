"""User embeddings, item embeddings and an item bias, trained in PyTorch on one of five losses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from scipy import sparse
from torch import Tensor, nn
from torch.nn import functional

Loss = Literal["softmax", "bpr", "mse", "sampled_softmax", "cosine_contrastive"]
COSINE = ("sampled_softmax", "cosine_contrastive")


@dataclass(frozen=True, slots=True)
class Settings:
    """`negatives` are drawn once a batch and shared by it; `softmax` and `bpr` don't use them.
    `temperature` is for sampled_softmax, `margin` and `negative_weight` for cosine_contrastive."""

    loss: Loss = "softmax"
    factors: int = 16
    penalty: float = 0.01
    rate: float = 0.02
    epochs: int = 40
    batch: int = 1024
    patience: int = 4
    negatives: int = 512
    temperature: float = 0.1
    margin: float = 0.4
    negative_weight: float = 100.0
    seed: int = 7


_LARGE = Settings("sampled_softmax", 64, 0.0, 0.01, epochs=16, batch=4096, negatives=256)
GRID = (
    replace(_LARGE, temperature=0.3),
    replace(_LARGE, temperature=0.2),
    replace(_LARGE, temperature=0.1),
    replace(_LARGE, loss="cosine_contrastive"),
)


class Embeddings(nn.Module):
    """score(u, i) = p_u · q_i + b_i; or, for losses on cosines, cos(p_u, q_i)."""

    def __init__(
        self,
        users: int,
        items: int,
        factors: int,
        generator: torch.Generator,
        cosine: bool = False,
    ) -> None:
        super().__init__()
        self.user = nn.Parameter(torch.randn(users, factors, generator=generator) * 0.1)
        self.item = nn.Parameter(torch.randn(items, factors, generator=generator) * 0.1)
        self.bias = nn.Parameter(torch.zeros(items))
        self.cosine = cosine

    def forward(self, users: Tensor, items: Tensor | None = None) -> Tensor:
        """Scores float32 [n, m] of user indices [n] for item indices [m], or for all items."""
        user = self.user[users]
        item = self.item if items is None else self.item[items]
        bias = self.bias if items is None else self.bias[items]
        if self.cosine:
            return functional.normalize(user) @ functional.normalize(item).T
        return user @ item.T + bias

    def paired(self, users: Tensor, items: Tensor) -> Tensor:
        """Scores float32 [n] of n pairs."""
        user, item = self.user[users], self.item[items]
        if self.cosine:
            return functional.cosine_similarity(user, item)
        return (user * item).sum(1) + self.bias[items]

    def penalty(self, users: Tensor) -> Tensor:
        """Squared length of the embeddings in use; without it, the model loses to popularity."""
        used = self.user[users].square().sum(1).mean()
        return used + self.item.square().sum(1).mean()


def softmax_loss(scores: Tensor, positive: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy over the whole catalogue, weighted by confidence. Scores [n, items]."""
    each = functional.cross_entropy(scores, positive, reduction="none")
    return (each * weight).sum() / weight.sum()


def bpr_loss(own: Tensor, other: Tensor, weight: Tensor) -> Tensor:
    """Rendle et al. 2009, "BPR": log-sigmoid of a positive's lead [n] over a random item's [n].
    Pairs of weight 0 teach nothing."""
    return -(functional.logsigmoid(own - other) * weight).sum() / weight.sum().clamp(min=1e-9)


def mse_loss(own: Tensor, others: Tensor, weight: Tensor, unknown: float) -> Tensor:
    """Squared distance to 1 of positives [n] and, `unknown` times, to 0 of the rest [n, m]."""
    known = ((1 - own).square() * weight).sum() / weight.sum()
    return known + unknown * others.square().mean()


def sampled_softmax_loss(own: Tensor, others: Tensor, weight: Tensor, temperature: float) -> Tensor:
    """Wu et al. 2022, "On the Effectiveness of Sampled Softmax Loss for Item Recommendation".
    `others` [n, m] is -inf where the item is the user's own positive."""
    logits = torch.cat([own[:, None], others], dim=1) / temperature
    return ((logits.logsumexp(1) - logits[:, 0]) * weight).sum() / weight.sum()


def cosine_contrastive_loss(
    own: Tensor, others: Tensor, weight: Tensor, margin: float, negative_weight: float
) -> Tensor:
    """Mao et al. 2021, "SimpleX", equation 3: only negatives nearer than the margin count."""
    far = (others - margin).clamp(min=0).mean(1)
    return ((1 - own + negative_weight * far) * weight).sum() / weight.sum()


class Learner:
    """A network with its optimiser, on one matrix of confidences."""

    def __init__(self, matrix: sparse.csr_matrix, settings: Settings) -> None:
        self.settings = settings
        self.generator = torch.Generator().manual_seed(settings.seed)
        users, items = matrix.shape
        cosine = settings.loss in COSINE
        self.model = Embeddings(users, items, settings.factors, self.generator, cosine)
        entries = matrix.tocoo()
        self.users = torch.from_numpy(entries.row.astype(np.int64))
        self.items = torch.from_numpy(entries.col.astype(np.int64))
        # The log keeps one very busy pair from outweighing many.
        self.weights = torch.from_numpy(np.log1p(entries.data).astype(np.float32))
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=settings.rate)

    def epoch(self) -> float:
        """Once over all pairs; returns the mean loss, penalty included."""
        total = torch.zeros(())
        order = torch.randperm(len(self.users), generator=self.generator)
        for batch in torch.split(order, self.settings.batch):
            users, items, weights = self.users[batch], self.items[batch], self.weights[batch]
            loss = self._loss(users, items, weights)
            if self.settings.penalty:
                loss = loss + self.settings.penalty * self.model.penalty(users)
            self.optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimiser.step()
            total += loss.detach() * len(batch)
        return float(total) / max(1, len(order))

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

    def _loss(self, users: Tensor, items: Tensor, weights: Tensor) -> Tensor:
        own = self.settings
        count = len(self.model.item)
        if own.loss == "softmax":
            return softmax_loss(self.model(users), items, weights)
        positive = self.model.paired(users, items)
        if own.loss == "bpr":
            other = torch.randint(count, items.shape, generator=self.generator)
            # An item drawn against itself teaches nothing.
            return bpr_loss(positive, self.model.paired(users, other), weights * (other != items))
        drawn = torch.randint(count, (own.negatives,), generator=self.generator)
        others = self.model(users, drawn)
        same = drawn[None, :] == items[:, None]
        if own.loss == "mse":
            return mse_loss(positive, others.masked_fill(same, 0), weights, own.negative_weight)
        others = others.masked_fill(same, -torch.inf)
        if own.loss == "sampled_softmax":
            return sampled_softmax_loss(positive, others, weights, own.temperature)
        return cosine_contrastive_loss(positive, others, weights, own.margin, own.negative_weight)


class EmbeddingModel:
    """Embeddings behind the interface of every model; the rate falls to zero over the epochs."""

    def __init__(self, settings: Settings = GRID[0]) -> None:
        self.settings = settings

    def fit(self, matrix: sparse.csr_matrix) -> None:
        learner = Learner(matrix, self.settings)
        epochs = self.settings.epochs
        falling = torch.optim.lr_scheduler.LambdaLR(
            learner.optimiser, lambda epoch: 1 - epoch / epochs
        )
        for _ in range(epochs):
            learner.epoch()
            falling.step()
        self.model = learner.model

    def scores(self, users: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return np.asarray(self.model(torch.from_numpy(users)).numpy())
