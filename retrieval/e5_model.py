"""multilingual-e5-small in plain torch: to import transformers for it takes seconds.

The words' vectors, four fifths of the weights, stay in 4 bits; those of a text are unpacked for it.

Model: Wang et al., "Multilingual E5 Text Embeddings", arXiv 2402.05672; layers as in BERT:
Devlin et al., arXiv 1810.04805.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 as all of torch's users call it

PROMPTS = {"query": "query: ", "passage": "passage: "}
MAX_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Sizes:
    vocabulary: int
    hidden: int
    layers: int
    heads: int
    inner: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Tokens:
    """Of one text: `ids`, and the characters of each, (0, 0) for the marks around it."""

    ids: list[int]
    places: list[tuple[int, int]]


class Layer(nn.Module):
    """A layer of BERT's: attention over all tokens, then each by itself."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        width, inner = sizes.hidden, sizes.inner
        self.heads = sizes.heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm, self.last = (nn.LayerNorm(width, eps=sizes.epsilon) for _ in range(2))

    def parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values, [.., d] each, of float32 [.., d]."""
        x = x.to(self.query.weight.dtype)
        return self.query(x), self.key(x), self.value(x)

    def after(self, x: Tensor, seen: Tensor) -> Tensor:
        """float32 [.., d] that comes out for `x`, `seen` [.., d] being what it attended to."""
        x = self.norm(x + self.out(seen))
        inner = F.gelu(self.up(x.to(self.up.weight.dtype)))
        return self.last(x + self.down(inner))  # type: ignore[no-any-return]

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """[n, l, d] with attention biased by [n, 1, 1, l]."""
        return self.after(x, attended(*self.parts(x), self.heads, bias))


def attended(
    query: Tensor, key: Tensor, value: Tensor, heads: int, bias: Tensor | None = None
) -> Tensor:
    """[n, l, d] of [n, l, d] each."""
    n, length, width = query.shape
    query, key, value = (
        part.view(n, length, heads, -1).transpose(1, 2) for part in (query, key, value)
    )
    seen = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
    return seen.transpose(1, 2).reshape(n, length, width)


def unpacked(scales: Tensor, nibbles: Tensor) -> Tensor:
    """float32 [..., 32] of q4_0: scales [...], nibbles [..., 16], low ones first, less 8."""
    quants = torch.cat([nibbles & 0x0F, nibbles >> 4], dim=-1).float() - 8
    return quants * scales.float().unsqueeze(-1)


class Words(nn.Module):
    """The words' vectors, packed: scales [words, blocks], nibbles [words, blocks, 16]."""

    def __init__(self, scales: Tensor, nibbles: Tensor) -> None:
        super().__init__()
        self.scales = nn.Buffer(scales, persistent=False)
        self.nibbles = nn.Buffer(nibbles, persistent=False)

    def forward(self, ids: Tensor) -> Tensor:
        """float32 [n, d]."""
        return unpacked(self.scales[ids], self.nibbles[ids]).flatten(-2)


class E5Model(nn.Module):
    """The model with its tokenizer; an `Encoder` (retrieval/encoder.py)."""

    prompts = PROMPTS
    default_prompt_name = None

    def __init__(self, sizes: Sizes, words: Words, tokenizer: Tokenizer) -> None:
        super().__init__()
        self.sizes, self.words, self.tokenizer = sizes, words, tokenizer
        self.positions = nn.Embedding(sizes.positions, sizes.hidden)
        self.types = nn.Embedding(sizes.types, sizes.hidden)
        self.norm = nn.LayerNorm(sizes.hidden, eps=sizes.epsilon)
        self.layers = nn.ModuleList(Layer(sizes) for _ in range(sizes.layers))

    def quicken(self) -> None:
        """Layers multiply in bfloat16 from now on, where the processor has instructions for it."""
        if torch.cpu._is_avx512_bf16_supported():
            for part in self.layers.modules():
                if isinstance(part, nn.Linear):
                    part.to(torch.bfloat16)

    def tokens(self, texts: Sequence[str], longest: int = MAX_TOKENS) -> list[Tokens]:
        """Of texts that may need to be cut to so many tokens, marks included."""
        # The mark at the end stays.
        return [
            Tokens(
                [*one.ids[:-1][: longest - 1], one.ids[-1]],
                [*one.offsets[:-1][: longest - 1], one.offsets[-1]],
            )
            for one in self.tokenizer.encode_batch(list(texts))
        ]

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        coded = self.tokenizer.encode_batch_fast(list(texts))
        return [min(len(one.ids), MAX_TOKENS) for one in coded]

    def forward(self, texts: Sequence[Sequence[int]], upto: int | None = None) -> list[Tensor]:
        """Of each text's ids, float32 [tokens, d] before layer `upto`, or out of all of them.

        All tokens stand in one row, without padding.
        """
        order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
        lengths = [len(texts[place]) for place in order]
        x: Tensor = self.words(torch.tensor([id_ for place in order for id_ in texts[place]]))
        x = x + self.types.weight[0] + torch.cat([self.positions.weight[:n] for n in lengths])
        x = self.norm(x)
        alike = [(length, len(list(same))) for length, same in groupby(lengths)]
        layers: Iterable[Any] = self.layers[:upto]
        for layer in layers:
            parts = layer.parts(x)
            seen, at = torch.empty_like(parts[0]), 0
            for length, count in alike:
                end = at + length * count
                query, key, value = (part[at:end].view(count, length, -1) for part in parts)
                some = attended(query, key, value, self.sizes.heads)
                seen[at:end] = some.view(end - at, -1)
                at = end
            x = layer.after(x, seen)
        found = dict(zip(order, x.split_with_sizes(lengths), strict=True))
        return [found[place] for place in range(len(texts))]

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], *, prompt: str = "", **_: Any) -> np.ndarray:
        """L2-normalised float32 [n, d]; all go through the model at once.

        What else a sentence-transformers model is told makes no difference to this one.
        """
        if not texts:
            return np.empty((0, self.sizes.hidden), dtype=np.float32)
        states = self([one.ids for one in self.tokens([prompt + text for text in texts])])
        means = torch.stack([state.mean(0) for state in states])
        vectors: np.ndarray = F.normalize(means, dim=1).numpy()
        return vectors

    def get_embedding_dimension(self) -> int:
        return self.sizes.hidden
