"""The collaborative-filtering model: user embeddings, item embeddings, item bias."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Loss = Literal["softmax", "bpr"]


class Embeddings(nn.Module):
    """score(u, i) = p_u · q_i + b_i."""

    def __init__(self, users: int, items: int, factors: int, generator: torch.Generator) -> None:
        super().__init__()
        self.user = nn.Parameter(torch.randn(users, factors, generator=generator) * 0.1)
        self.item = nn.Parameter(torch.randn(items, factors, generator=generator) * 0.1)
        self.bias = nn.Parameter(torch.zeros(items))

    def forward(self, users: Tensor) -> Tensor:
        """Scores of all items, float32 [n, items], for user indices [n]."""
        return self.user[users] @ self.item.T + self.bias

    def penalty(self, users: Tensor) -> Tensor:
        """Squared length of the embeddings in use; without it, the model loses to popularity."""
        used = self.user[users].square().sum(1).mean()
        return used + self.item.square().sum(1).mean()


def softmax_loss(scores: Tensor, positive: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy over the whole catalogue, weighted by confidence. Scores [n, items]."""
    each = functional.cross_entropy(scores, positive, reduction="none")
    return (each * weight).sum() / weight.sum()


def bpr_loss(
    scores: Tensor, positive: Tensor, weight: Tensor, generator: torch.Generator
) -> Tensor:
    """Rendle et al. 2009, "BPR": log-sigmoid of a positive's lead over a random item."""
    rows = torch.arange(len(positive))
    other = torch.randint(scores.shape[1], positive.shape, generator=generator)
    lead = scores[rows, positive] - scores[rows, other]
    # An item drawn against itself teaches nothing.
    weight = weight * (other != positive)
    return -(functional.logsigmoid(lead) * weight).sum() / weight.sum().clamp(min=1e-9)
