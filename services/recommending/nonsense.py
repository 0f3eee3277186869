"""How near nonsense comes to a catalogue, which tells how near a query must come to have found.

Every query has some nearest thing, and how near that is depends on the encoder, the catalogue and
the query's script. So the search is asked made-up words that mean nothing. How much nearer their
nearest thing is than things are on average (the `lead`) is a maximum, and such follow Gumbel's law;
fitted to it, it tells which lead one in so many of them has.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from retrieval.batching import Vectors, encode_queries
from retrieval.encoder import Encoder

# What is only near, and what is found, has a lead that one nonsense in so many has.
NEAR, SURE = 100, 500
EACH, SEED = 64, 0
LETTERS = "abcdefghijklmnopqrstuvwxyz"
HANZI = 0x4E00, 0x9FA5
# Cosines are made of so many queries at a time: a catalogue may be large.
BLOCK = 16


@dataclass(frozen=True, slots=True)
class Floors:
    """The leads from which on something is near, and found."""

    near: float
    sure: float


def made_up() -> Sequence[str]:
    """The same ones each time: a word of letters, two of them, and some Chinese characters."""
    chance = np.random.default_rng(SEED)

    def word() -> str:
        return "".join(chance.choice(list(LETTERS), chance.integers(3, 9)))

    def characters() -> str:
        return "".join(map(chr, chance.integers(*HANZI, chance.integers(2, 6))))

    kinds = (word, lambda: f"{word()} {word()}", characters)
    return [make() for make in kinds for _ in range(EACH)]


def encoded(model: Encoder) -> Vectors:
    """float32 [n, d]; takes about a second."""
    return encode_queries(model, list(made_up()))


def floors(nonsense: Vectors, vectors: Vectors) -> Floors:
    """Of a catalogue's vectors [n, d], n ≥ 1."""
    blocks = (nonsense[n : n + BLOCK] @ vectors.T for n in range(0, len(nonsense), BLOCK))
    leads = np.concatenate([block.max(axis=1) - block.mean(axis=1) for block in blocks])
    scale = float(leads.std()) * np.sqrt(6) / np.pi
    mode = float(leads.mean()) - np.euler_gamma * scale

    def one_in(many: int) -> float:
        return float(mode - scale * np.log(-np.log(1 - 1 / many)))

    return Floors(one_in(NEAR), one_in(SURE))
