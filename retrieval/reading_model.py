"""The bundled reader's network: E5's lower layers apart, some of its middle ones together.

Question and passage go through the frozen lower layers alone: what comes out of a passage does not
depend on the question, so it is kept for the next one. Then copies of a few middle layers, trained
for this, attend over both; the upper layers, which E5 spends on one vector of a whole text, are
left out. Layers apart and then together: Cao et al., "DeFormer", arXiv 2005.00697; passages kept:
MacAvaney et al., "PreTTR", arXiv 2004.14255. Start and end scores, and one whether the passage
answers at all: Zhang et al., "Retrospective Reader", arXiv 2001.09694 (its intensive module).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from retrieval.e5_model import Layer, Sizes

MASKED = -1e4


@dataclass(frozen=True, slots=True)
class Shape:
    """The layers from `first` on (0 is the lowest) and before `end` read both together."""

    first: int = 4
    end: int = 9


@dataclass(frozen=True, slots=True)
class Scores:
    """`answers` [n]: log-odds that the passage of a pair answers its question; `starts`, `ends`
    [n, tokens]: of each of the passage's tokens, far below all others where there is none.
    """

    answers: Tensor
    starts: Tensor
    ends: Tensor


def masked(mask: Tensor) -> Tensor:
    """What is added to scores: 0 where `mask` is 1, `MASKED` where it is 0."""
    return (1 - mask.float()) * MASKED


class ReadingModel(nn.Module):
    """The trained part: what comes in are E5's states before layer `first`."""

    def __init__(self, sizes: Sizes, shape: Shape) -> None:
        """`sizes`: the encoder's. Its weights are still to come: from E5's layers, or trained."""
        super().__init__()
        width = sizes.hidden
        self.shape = shape
        self.layers = nn.ModuleList(Layer(sizes) for _ in range(shape.first, shape.end))
        # Marks the passage's tokens: both texts count their places from 0.
        self.mark = nn.Parameter(torch.zeros(width))
        self.span = nn.Linear(width, 2)
        self.weight, self.pool, self.verdict = (
            nn.Linear(width, 1),
            nn.Linear(width, width),
            nn.Linear(width, 1),
        )
        for head in (self.span, self.verdict):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def forward(
        self, questions: Tensor, question_mask: Tensor, passages: Tensor, mask: Tensor
    ) -> Scores:
        """Question n [l, d] beside passage n [m, d]; masks are 1 for tokens, 0 for padding."""
        x = torch.cat([questions, passages + self.mark], dim=1)
        both = masked(torch.cat([question_mask, mask], dim=1))
        for layer in self.layers:
            x = layer(x, both[:, None, None, :])
        spans = self.span(x[:, questions.shape[1] :]) + masked(mask)[:, :, None]
        weights = (self.weight(x).squeeze(-1) + both).softmax(-1)
        whole = torch.tanh(self.pool((weights[:, None, :] @ x).squeeze(1)))
        return Scores(self.verdict(whole).squeeze(-1), spans[..., 0], spans[..., 1])
