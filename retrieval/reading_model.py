"""The bundled reader's network: a question that reads the encoder's vectors of a passage's tokens.

The passage is encoded as for search, alone, by the frozen E5: its token vectors do not depend on
the question, so they can be kept, and a pair costs little more than the question's tokens. The
question goes through E5's lower layers alone and then through copies of the upper ones, trained to
attend to the passage beside itself. Lower layers apart, upper ones together: Cao et al.,
"DeFormer", arXiv 2005.00697; passages computed before: MacAvaney et al., "PreTTR", arXiv
2004.14255. Unlike there, the passage never sees the question. An answer is pointed at by a product
of the question's vector and the tokens': Lee et al., "DensePhrases", arXiv 2012.12624.
"""

import copy
import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 as all of torch's users call it
from transformers import BertModel

MASKED = -1e4


@dataclass(frozen=True, slots=True)
class Shape:
    """`first`: from which layer on the question reads; `adapters`: trained layers over the
    passage's frozen token vectors, `inner` wide.
    """

    first: int = 8
    adapters: int = 1
    inner: int = 768


@dataclass(frozen=True, slots=True)
class Scores:
    """`answers` [passages, questions]: log-odds that the passage answers; `starts`, `ends`
    [passages, questions, tokens]: of each of its tokens, `MASKED` where there is none.
    """

    answers: Tensor
    starts: Tensor
    ends: Tensor


def masked(mask: Tensor) -> Tensor:
    """What is added to attention: 0 where `mask` is 1, `MASKED` where it is 0."""
    return (1 - mask.float()) * MASKED


class Adapter(nn.Module):
    """A layer that begins as the identity (pre-norm, its outputs start at 0)."""

    def __init__(self, width: int, heads: int, inner: int) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        for last in (self.out, self.down):
            nn.init.zeros_(last.weight)
            nn.init.zeros_(last.bias)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """[n, l, d] with attention biased by [n, 1, 1, l]."""
        n, length, width = x.shape
        qkv = self.qkv(self.before(x)).view(n, length, 3, self.heads, width // self.heads)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        seen = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        x = x + self.out(seen.transpose(1, 2).reshape(n, length, width))
        return x + self.down(F.gelu(self.up(self.between(x))))  # type: ignore[no-any-return]


class ReadingLayer(nn.Module):
    """One of BERT's layers; its tokens attend to a passage's too."""

    def __init__(self, layer: Any, heads: int) -> None:
        super().__init__()
        attention = layer.attention
        self.heads = heads
        self.query, self.key, self.value = (
            copy.deepcopy(getattr(attention.self, name)) for name in ("query", "key", "value")
        )
        self.out, self.norm = (
            copy.deepcopy(attention.output.dense),
            copy.deepcopy(attention.output.LayerNorm),
        )
        self.up, self.down, self.last = (
            copy.deepcopy(layer.intermediate.dense),
            copy.deepcopy(layer.output.dense),
            copy.deepcopy(layer.output.LayerNorm),
        )

    def forward(self, x: Tensor, own_bias: Tensor, read: Tensor, read_bias: Tensor) -> Tensor:
        """`x` [p, q, l, d]: question q beside passage p; `read` [p, m, d]: the passages' tokens;
        biases [p or 1, q, l] and [p, m].
        """
        p, q, length, width = x.shape
        h, each = self.heads, width // self.heads
        m = read.shape[1]
        asks = self.query(x).view(p, q, length, h, each).permute(0, 3, 1, 2, 4)
        keys = self.key(x).view(p, q, length, h, each).permute(0, 3, 1, 4, 2)
        values = self.value(x).view(p, q, length, h, each).permute(0, 3, 1, 2, 4)
        far_keys = self.key(read).view(p, m, h, each).permute(0, 2, 3, 1)
        far_values = self.value(read).view(p, m, h, each).permute(0, 2, 1, 3)
        own = asks @ keys / math.sqrt(each) + own_bias[:, None, :, None, :]
        far = asks.reshape(p, h, q * length, each) @ far_keys / math.sqrt(each)
        far = (far + read_bias[:, None, None, :]).view(p, h, q, length, m)
        weights = torch.cat([own, far], dim=-1).softmax(-1)
        seen = weights[..., :length] @ values
        seen = seen + (weights[..., length:].reshape(p, h, q * length, m) @ far_values).view(
            p, h, q, length, each
        )
        x = self.norm(x + self.out(seen.permute(0, 2, 3, 1, 4).reshape(p, q, length, width)))
        return self.last(x + self.down(F.gelu(self.up(x))))  # type: ignore[no-any-return]


class ReadingModel(nn.Module):
    """The trained part. What comes in are E5's states: the passages' last, the questions' `first`.

    `first` 0 or more, and less than the encoder's layers.
    """

    def __init__(self, bert: BertModel, shape: Shape) -> None:
        super().__init__()
        width, heads = bert.config.hidden_size, bert.config.num_attention_heads
        self.shape = shape
        self.layers = nn.ModuleList(
            ReadingLayer(layer, heads) for layer in bert.encoder.layer[shape.first :]
        )
        self.adapters = nn.ModuleList(
            Adapter(width, heads, shape.inner) for _ in range(shape.adapters)
        )
        # Marks what is read, so that it isn't taken for the question's own words.
        self.mark = nn.Parameter(torch.zeros(width))
        self.start, self.end, self.token = (nn.Linear(width, width) for _ in range(3))
        for square in (self.start, self.end, self.token):
            # At first an answer is what is nearest, as E5 has it.
            nn.init.eye_(square.weight)
            square.weight.data += 0.01 * torch.randn(width, width)
            nn.init.zeros_(square.bias)
        self.scale = nn.Parameter(torch.tensor(10.0))
        self.least = nn.Parameter(torch.tensor(8.5))
        last = nn.Linear(width, 1)
        last.weight.data *= 0.1
        nn.init.zeros_(last.bias)
        self.more = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), last)

    def adapted(self, passages: Tensor, mask: Tensor) -> Tensor:
        """The passages' tokens as they are read, [p, m, d], from E5's last states."""
        bias = masked(mask)[:, None, None, :]
        for adapter in self.adapters:
            passages = adapter(passages, bias)
        return passages

    def forward(
        self, questions: Tensor, question_mask: Tensor, passages: Tensor, mask: Tensor
    ) -> Scores:
        """Every question [1, q, l, d] (E5's states before layer `first`) beside every passage
        [p, m, d] (`adapted`); or passage n beside the questions n of [p, q, l, d]. Masks are 1 for
        tokens and 0 for padding.
        """
        x = questions.expand(len(passages), -1, -1, -1)
        own, far = masked(question_mask), masked(mask)
        read = passages + self.mark
        for layer in self.layers:
            x = layer(x, own, read, far)
        kept = question_mask.float()
        asked = (x * kept[..., None]).sum(2) / kept.sum(2)[..., None]
        tokens = F.normalize(self.token(passages), dim=-1).transpose(1, 2)
        starts = F.normalize(self.start(asked), dim=-1) @ tokens * self.scale + far[:, None, :]
        ends = F.normalize(self.end(asked), dim=-1) @ tokens * self.scale + far[:, None, :]
        weights = (starts.softmax(-1) + ends.softmax(-1)) / 2
        pointed = weights @ passages
        # A soft maximum: half the sum over tokens of twice the score.
        best = (torch.logsumexp(starts * 2, -1) + torch.logsumexp(ends * 2, -1)) / 4
        more = self.more(torch.cat([asked, pointed], -1)).squeeze(-1)
        return Scores(best - self.least + more, starts, ends)


def lower_states(bert: BertModel, ids: Tensor, mask: Tensor, upto: int) -> Tensor:
    """E5's states [n, l, d] before layer `upto`; with the number of layers, its last ones."""
    x = bert.embeddings(input_ids=ids)
    bias = masked(mask)[:, None, None, :]
    for layer in bert.encoder.layer[:upto]:
        found = layer(x, bias)
        x = found[0] if isinstance(found, tuple) else found
    return x  # type: ignore[no-any-return]
