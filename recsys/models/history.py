"""Item vectors alone: a user is the mean of the items that they took, turned by one matrix.

Mao et al. 2021, "SimpleX", section 3.2 (average pooling, without a vector of the user's own),
trained on a sampled softmax: some of a user's items are left out of the mean, and must be found
from the rest. There is nothing to fold in: a new act moves the mean.
"""

from time import perf_counter
from typing import Annotated, Any

import numpy as np
import torch
from pydantic import Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass
from scipy import sparse
from torch import Tensor, nn
from torch.nn import functional

from recsys.models.base import CHECKED, Family, Model, Watch
from recsys.models.embeddings import sampled_softmax_loss
from recsys.models.parts import Part


@dataclass(frozen=True, slots=True, config=CHECKED)
class Settings:
    """A batch is of `batch` users; `share` of their items make up the mean. `negatives` are drawn
    once a batch and shared by it."""

    factors: PositiveInt = 64
    temperature: PositiveFloat = 0.2
    rate: PositiveFloat = 0.01
    epochs: PositiveInt = 20
    batch: PositiveInt = 256
    share: Annotated[float, Field(gt=0, lt=1)] = 0.8
    negatives: PositiveInt = 4096
    seed: int = 7


GRID = (
    Settings(),
    Settings(temperature=0.3),
    Settings(factors=128, temperature=0.1),
    Settings(factors=256, temperature=0.1, rate=0.02),
)


class History(nn.Module):
    """score(u, i) = cos(V · mean of q_j over the items j of u, q_i) / temperature + b_i."""

    def __init__(self, items: int, settings: Settings, generator: torch.Generator) -> None:
        super().__init__()
        self.item = nn.Parameter(torch.randn(items, settings.factors, generator=generator) * 0.1)
        self.turn = nn.Parameter(torch.eye(settings.factors))
        self.bias = nn.Parameter(torch.zeros(items))
        self.temperature = settings.temperature

    def user(self, items: Tensor, counts: Tensor) -> Tensor:
        """float32 [n, factors] of n users: their items one after the other, `counts` [n] each.
        Zero of none."""
        starts = counts.cumsum(0) - counts
        mean = functional.embedding_bag(items, self.item, starts, mode="mean")
        return functional.normalize(mean @ self.turn) / self.temperature


class HistoryModel(Model):
    """History behind the interface of every model; the rate falls to zero over the epochs."""

    def __init__(self, settings: Settings = GRID[0]) -> None:
        super().__init__(settings)

    def _fit(self, matrix: sparse.csr_matrix, watch: Watch) -> None:
        own = self.settings
        generator = torch.Generator().manual_seed(own.seed)
        network = History(matrix.shape[1], own, generator)
        optimiser = torch.optim.Adam(network.parameters(), lr=own.rate, fused=True)
        falling = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda epoch: 1 - epoch / own.epochs)
        done = 0
        if state := watch.resumed():
            done = state["epoch"]
            network.load_state_dict(state["network"])
            optimiser.load_state_dict(state["optimiser"])
            falling.load_state_dict(state["falling"])
            generator.set_state(state["generator"])

        def state_now() -> dict[str, Any]:
            return {
                "network": network.state_dict(),
                "optimiser": optimiser.state_dict(),
                "falling": falling.state_dict(),
                "generator": generator.get_state(),
            }

        for epoch in range(done + 1, own.epochs + 1):
            started = perf_counter()
            order = torch.randperm(matrix.shape[0], generator=generator)
            for users in torch.split(order, own.batch):
                loss = self._loss(network, matrix[users.numpy()], generator)
                if loss is not None:
                    optimiser.zero_grad()
                    loss.backward()  # type: ignore[no-untyped-call]
                    optimiser.step()
            falling.step()
            watch.epoch(epoch, state_now, seconds=perf_counter() - started)
        with torch.no_grad():
            counts = torch.from_numpy(np.diff(matrix.indptr).astype(np.int64))
            self.user = network.user(torch.from_numpy(matrix.indices.astype(np.int64)), counts)
            self.item = functional.normalize(network.item)
        self.bias = network.bias.detach()
        self.into = (network.item @ network.turn).detach()

    def _loss(
        self, network: History, rows: sparse.csr_matrix, generator: torch.Generator
    ) -> Tensor | None:
        """Of the items that are left out, rows CSR [users, items]; None where none is."""
        items = torch.from_numpy(rows.indices.astype(np.int64))
        user = torch.repeat_interleave(torch.from_numpy(np.diff(rows.indptr).astype(np.int64)))
        out = torch.rand(len(items), generator=generator) > self.settings.share
        if not out.any():
            return None
        mine = network.user(items[~out], torch.bincount(user[~out], minlength=rows.shape[0]))
        count = rows.shape[1]
        drawn = torch.randperm(count, generator=generator)[: self.settings.negatives]
        had = torch.from_numpy(rows[:, drawn.numpy()].toarray() > 0)
        # One look-up for both: each makes a gradient as large as the table.
        asked = torch.cat([items[out], drawn])
        vectors = functional.normalize(functional.embedding(asked, network.item))
        bias, wanted = network.bias[asked], len(asked) - len(drawn)
        positive = (mine[user[out]] * vectors[:wanted]).sum(1) + bias[:wanted]
        others = torch.addmm(bias[wanted:], mine, vectors[wanted:].T)
        others = others.masked_fill(had, -torch.inf)
        # The log keeps one very busy pair from outweighing many.
        weights = torch.from_numpy(np.log1p(rows.data).astype(np.float32))[out]
        return sampled_softmax_loss(positive, others, user[out], weights, count)

    def _scores(self, users: np.ndarray) -> np.ndarray:
        own = self.user[torch.from_numpy(users)]
        return np.asarray(torch.addmm(self.bias, own, self.item.T).numpy())

    def _parts(self) -> list[Part]:
        """A user's vector but for its length, which changes no order."""
        return [Part(self.item.numpy(), self.into.numpy())]


FAMILY = Family("history", Settings, HistoryModel, GRID)
