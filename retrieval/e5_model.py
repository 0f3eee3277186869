"""multilingual-e5-small in plain torch: to import transformers for it takes seconds.

The words' vectors, four fifths of the weights, stay in 4 bits; those of a text are unpacked for it.

Model: Wang et al., "Multilingual E5 Text Embeddings", arXiv 2402.05672; layers as in BERT:
Devlin et al., arXiv 1810.04805.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 as all of torch's users call it

PROMPTS = {"query": "query: ", "passage": "passage: "}
MAX_TOKENS = 512
PAD = 1
MASKED = -1e4


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
    """`ids` and `mask` [n, l], 1 for tokens and 0 for padding; `places`: the characters of each
    text's tokens, (0, 0) for the marks around it.
    """

    ids: Tensor
    mask: Tensor
    places: list[list[tuple[int, int]]]


def masked(mask: Tensor) -> Tensor:
    """What is added to scores: 0 where `mask` is 1, `MASKED` where it is 0."""
    return (1 - mask.float()) * MASKED


class Layer(nn.Module):
    """A layer of BERT's: attention over all tokens, then each by itself."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        width, inner = sizes.hidden, sizes.inner
        self.heads = sizes.heads
        self.query, self.key, self.value, self.out = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, inner), nn.Linear(inner, width)
        self.norm, self.last = (nn.LayerNorm(width, eps=sizes.epsilon) for _ in range(2))

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """[n, l, d] with attention biased by [n, 1, 1, l]."""
        n, length, width = x.shape
        shape = n, length, self.heads, width // self.heads
        query, key, value = (
            part(x).view(shape).transpose(1, 2) for part in (self.query, self.key, self.value)
        )
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        x = self.norm(x + self.out(seen.transpose(1, 2).reshape(n, length, width)))
        return self.last(x + self.down(F.gelu(self.up(x))))  # type: ignore[no-any-return]


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
        """float32 [n, l, d]."""
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

    def tokens(self, texts: Sequence[str], longest: int = MAX_TOKENS) -> Tokens:
        """Of texts that may need to be cut to so many tokens, marks included."""
        coded = self.tokenizer.encode_batch(list(texts))
        lengths = [min(len(one.ids), longest) for one in coded]
        ids = torch.full((len(coded), max(lengths)), PAD)
        mask = torch.zeros_like(ids)
        places = []
        for row, (one, length) in enumerate(zip(coded, lengths, strict=True)):
            # The mark at the end stays.
            ids[row, :length] = torch.tensor([*one.ids[: length - 1], one.ids[-1]])
            mask[row, :length] = 1
            places.append([*one.offsets[: length - 1], one.offsets[-1]])
        return Tokens(ids, mask, places)

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        coded = self.tokenizer.encode_batch_fast(list(texts))
        return [min(len(one.ids), MAX_TOKENS) for one in coded]

    def forward(self, ids: Tensor, mask: Tensor, upto: int | None = None) -> Tensor:
        """float32 [n, l, d] before layer `upto`, or what comes out of all of them."""
        x: Tensor = self.words(ids) + self.types.weight[0]
        x = self.norm(x + self.positions.weight[: ids.shape[1]])
        bias = None if bool(mask.all()) else masked(mask)[:, None, None, :]
        for layer in self.layers[:upto]:
            x = layer(x, bias)
        return x

    @torch.inference_mode()
    def encode(self, texts: Sequence[str], *, prompt: str = "", **_: Any) -> np.ndarray:
        """L2-normalised float32 [n, d]; all go through the model at once.

        What else a sentence-transformers model is told makes no difference to this one.
        """
        if not texts:
            return np.empty((0, self.sizes.hidden), dtype=np.float32)
        coded = self.tokens([prompt + text for text in texts])
        mask = coded.mask.unsqueeze(-1)
        sums = (self(coded.ids, coded.mask) * mask).sum(1)
        vectors: np.ndarray = F.normalize(sums / mask.sum(1), dim=1).numpy()
        return vectors

    def get_embedding_dimension(self) -> int:
        return self.sizes.hidden
