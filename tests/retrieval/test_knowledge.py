import ast
import asyncio
import gc
import signal
import subprocess
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval.answer_service import AnswerService
from retrieval.batching import MOST_TEXTS as BATCH
from retrieval.batching import BatchingEncoder, encode_queries
from retrieval.chunks import Chunking
from retrieval.documents import Document, parse_all
from retrieval.encoder import Encoder
from retrieval.index import FAISS, PASSAGES, SENTENCES, read_version
from retrieval.knowledge import AlreadyBuilding, KnowledgeBase, KnowledgeBaseMissing
from retrieval.words import terms
from storage.versions import VersionStore
from tests.bot.lessons import LESSONS
from tests.retrieval.files import parse


def note(number: int, text: str) -> Document:
    return parse(f"note-{number}.txt", text.encode())


def found(knowledge: KnowledgeBase, query: str) -> str:
    """The document nearest to a query."""
    index = knowledge.index()
    vector = encode_queries(knowledge._vectors.model, [query])[0]
    (row,), (cosine,) = index.nearest(vector, 1)
    return index.hit(int(row), float(cosine)).document


def test_a_build_is_live_and_described(knowledge: KnowledgeBase, lessons: list[Document]) -> None:
    index = knowledge.index()
    version = index.version
    assert (version.model, version.documents) == ("bundled", 4)
    assert version.chunks == len(index.chunks) == 6
    assert KnowledgeBase.in_use(knowledge.root, "bundled") == (version, [])
    assert knowledge.is_current(lessons)
    assert not knowledge.is_current(lessons[1:])
    assert found(knowledge, "制动液多久换一次？") == "zh-brake-fluid"
    assert found(knowledge, "How much range does an EV lose in the cold?") == "en-winter-range"


def test_without_an_index_the_command_is_told(empty: KnowledgeBase) -> None:
    with pytest.raises(KnowledgeBaseMissing, match="chezhi kb add FOLDER, then chezhi kb index"):
        empty.index()
    assert KnowledgeBase.in_use(empty.root, "bundled") == (None, [])
    assert not empty.is_current([])
    with pytest.raises(ValueError, match="add some with chezhi kb add"):
        empty.build([])


def test_only_changed_chunks_are_encoded_again(
    empty: KnowledgeBase, lessons: list[Document]
) -> None:
    first = empty.build(lessons)
    assert first.encoded == first.chunks + sum(len(c.sentences) for c in empty.index().chunks)
    assert empty.build(lessons).encoded == 0
    name = "zh-winter-range.md"
    text = LESSONS[name].replace("三成", "四成")
    second = empty.build([parse(name, text.encode()), *lessons[1:]])
    # One sentence and the chunk that holds it.
    assert second.encoded == 2
    assert "四成" in "".join(chunk.text for chunk in empty.index().chunks)
    assert empty.build(lessons, full=True).encoded == first.encoded


def test_a_deleted_document_is_not_found_again(
    empty: KnowledgeBase, lessons: list[Document]
) -> None:
    empty.build(lessons)
    assert found(empty, "制动液多久换一次？") == "zh-brake-fluid"
    empty.build([lesson for lesson in lessons if lesson.id != "zh-brake-fluid"])
    assert found(empty, "制动液多久换一次？") != "zh-brake-fluid"
    assert "zh-brake-fluid" not in {chunk.document for chunk in empty.index().chunks}
    # Nor is anything of it kept for later builds.
    assert empty.build(lessons).encoded > 0


def test_line_separators_in_a_text_do_no_harm(empty: KnowledgeBase) -> None:
    text = "One\u2028two\u2029three\x85four\x0cfive."
    empty.build([note(1, "A note."), parse("odd.md", f"```\n{text}\n```".encode())])
    assert "One two three four five." in {chunk.text for chunk in empty.index().chunks}


@pytest.mark.parametrize(
    "file",
    [
        "index.faiss",
        "passages.npy",
        "sentences.npy",
        "bm25-scores.npy",
        "bm25-terms.json",
        "bm25.json",
        "chunks.jsonl",
        "manifest.json",
        "LIVE",
    ],
)
def test_a_damaged_live_version_gives_way_to_the_last_good_one(
    empty: KnowledgeBase, encoder: Encoder, file: str
) -> None:
    good = empty.build([note(1, "Brake fluid ages.")])
    bad = empty.build([note(2, "Tyres wear.")])
    folder = empty.root if file == "LIVE" else empty.root / "versions" / bad.id
    data = (folder / file).read_bytes()
    # A few bits at the end: each file can still be opened, most can still be read.
    (folder / file).write_bytes(data[:-9] + bytes(byte ^ 1 for byte in data[-9:]))
    fresh = KnowledgeBase(empty.root, encoder)
    # A name of no version in LIVE: the newest good one is the one that was meant.
    assert fresh.index().version.id == (bad.id if file == "LIVE" else good.id)
    assert not fresh.is_current([note(2, "Tyres wear.")])
    assert fresh.build([note(2, "Tyres wear.")]).id == fresh.index().version.id
    assert fresh.is_current([note(2, "Tyres wear.")])


def test_what_is_loaded_serves_on_when_all_on_disk_is_damaged(empty: KnowledgeBase) -> None:
    first = empty.build([note(1, "Brake fluid ages.")])
    assert empty.index().version == first
    second = empty.build([note(2, "Tyres wear.")])
    for version in (first, second):
        (empty.root / "versions" / version.id / "manifest.json").write_text("{")
    assert empty.index().version == first
    assert found(empty, "brake fluid") == "note-1"


def test_an_index_of_another_model_is_refused(empty: KnowledgeBase, encoder: Encoder) -> None:
    documents = [note(1, "Brake fluid ages.")]
    empty.build(documents)
    other = KnowledgeBase(empty.root, encoder, "another-model")
    with pytest.raises(KnowledgeBaseMissing):
        other.index()
    assert not other.is_current(documents)
    assert other.build(documents).encoded == 2
    assert other.index().version.model == "another-model"


def test_a_choice_of_an_earlier_version_stands(empty: KnowledgeBase) -> None:
    older, newer = [note(1, "Brake fluid ages.")], [note(2, "Tyres wear.")]
    assert not empty.is_built(older)
    first = empty.build(older)
    second = empty.build(newer)
    KnowledgeBase.rollback(empty.root, first.id, empty.model_name)
    assert (empty.is_current(newer), empty.is_built(newer)) == (False, True)
    assert not empty.is_built(older)
    (empty.root / "versions" / second.id / "chunks.jsonl").write_text("")
    assert not empty.is_built(newer)


def test_versions_held_back_push_none_of_the_good_ones_out(empty: KnowledgeBase) -> None:
    good = [empty.build([note(1, f"Brake fluid ages {n}.")]).id for n in range(3)]
    held = [
        empty.build([note(1, f"Nonsense {n}.")], judge=lambda *_: ({"recall@1": 0.0}, False)).id
        for n in range(7)
    ]
    kept = KnowledgeBase.versions(empty.root)
    assert [(version.id, state) for version, state in kept] == [
        (held[-1], "held"),
        (good[2], "live"),
        (good[1], "earlier"),
        (good[0], "earlier"),
    ]
    assert kept[0][0].metrics == {"recall@1": 0.0}
    KnowledgeBase.rollback(empty.root, good[0], empty.model_name)
    for n in range(6):
        empty.build([note(1, f"Brake fluid ages {n}.")])
        KnowledgeBase.rollback(empty.root, good[0], empty.model_name)
    assert empty.index().version.id == good[0], "the live one is never cleared away"


def test_other_chunks_are_another_index(empty: KnowledgeBase, encoder: Encoder) -> None:
    documents = [note(1, "Brake fluid ages. Tyres wear.")]
    empty.build(documents)
    finer = KnowledgeBase(empty.root, encoder, chunking=Chunking(max_size=4))
    assert not finer.is_current(documents)
    assert finer.build(documents).chunks == 2


def test_a_second_builder_is_refused(empty: KnowledgeBase) -> None:
    with VersionStore(empty.root).lock(), pytest.raises(AlreadyBuilding, match="wait until"):
        empty.build([note(1, "Brake fluid ages.")])
    assert empty.build([note(1, "Brake fluid ages.")]).documents == 1


async def test_queries_during_swaps_never_fail_or_see_a_mix(empty: KnowledgeBase) -> None:
    years = {
        name: [note(n, f"Brake fluid is changed every {name} years, says note {n}.") for n in "12"]
        for name in ("two", "three")
    }
    empty.build(years["two"])
    batching = BatchingEncoder(empty._vectors.model)
    service = AnswerService(empty, batching)

    def swap() -> None:
        for number in range(20):
            empty.build(years["three" if number % 2 == 0 else "two"])

    swapping = asyncio.create_task(asyncio.to_thread(swap))
    versions = set()
    while not swapping.done():
        answer, hits = await asyncio.gather(
            service.answer("How often is brake fluid changed?"), service.search("brake fluid", 5)
        )
        versions.add(answer.index_version)
        assert len(hits) == 2
        assert len({hit.text.split()[5] for hit in hits}) == 1
        assert len({sentence.text.split()[5] for sentence in answer.sentences}) <= 1
    await swapping
    assert len(versions) > 1
    assert (await service.answer("brake fluid")).index_version == empty.index().version.id
    await batching.close()


def test_vectors_stay_in_their_files(empty: KnowledgeBase) -> None:
    version = empty.build([note(1, "Brake fluid ages.")])
    index = empty.index()
    assert len(index.chunks) == 1
    mapped = Path("/proc/self/maps").read_text()
    for name in (FAISS, PASSAGES, SENTENCES):
        assert str(VersionStore(empty.root).path(version.id) / name) in mapped


def test_two_threads_read_a_version_at_once(empty: KnowledgeBase) -> None:
    version = empty.build([note(1, "Brake fluid ages.")])
    folder = VersionStore(empty.root).path(version.id)

    def switch(phase: str, info: dict[str, int]) -> None:
        if sys._getframe(1).f_code is ast.parse.__code__:
            time.sleep(0.001)

    thresholds = gc.get_threshold()
    gc.callbacks.append(switch)
    gc.set_threshold(1)  # so that threads change places while numpy reads a header
    try:
        with ThreadPoolExecutor(2) as pool:
            read = list(pool.map(lambda _: read_version(folder, empty.model_name), range(10)))
    finally:
        gc.set_threshold(*thresholds)
        gc.callbacks.remove(switch)
    assert {index.version.id for index in read} == {version.id}


BUILD = """
import sys
import time
from pathlib import Path
from retrieval.documents import parse_all
from retrieval.load_encoder import load_encoder
from retrieval.index import FAISS, PASSAGES, SENTENCES, read_version
from retrieval.knowledge import KnowledgeBase
root, count = Path(sys.argv[1]), int(sys.argv[2])
documents = parse_all((f"note-{n}.txt", f"Note {n} says so.".encode()) for n in range(count))
KnowledgeBase(root, load_encoder("bundled")).build(
    documents, progress=lambda done, total: print(done, flush=True)
)
"""


def test_a_killed_build_leaves_nothing_half_and_the_next_one_finishes(
    empty: KnowledgeBase,
) -> None:
    notes = ((f"note-{n}.txt", f"Note {n} says so.".encode()) for n in range(2 * BATCH))
    documents = parse_all(notes)
    before = empty.build(documents[:1])
    arguments = [str(empty.root), str(len(documents))]
    with subprocess.Popen(
        [sys.executable, "-c", BUILD, *arguments], stdout=subprocess.PIPE, text=True
    ) as build:
        assert build.stdout is not None
        # Killed when the first batch is stored and the second one is under way.
        assert [int(build.stdout.readline()) for _ in range(2)] == [0, BATCH]
        build.kill()
    assert build.returncode == -signal.SIGKILL
    assert empty.index().version == before
    assert len(list((empty.root / "versions").iterdir())) == 1
    version = empty.build(documents)
    assert version.encoded <= 3 * BATCH
    chunks = Counter(chunk.text for chunk in empty.index().chunks)
    assert chunks == Counter(f"Note {number} says so." for number in range(2 * BATCH))
    assert empty.is_current(documents)


def test_a_change_costs_no_look_at_all_that_stays(
    empty: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = [note(number, f"Note {number} says so.") for number in range(30)]
    empty.build(documents)
    changed = [note(0, "Note 0 says otherwise."), *documents[2:]]
    keyed: list[str] = []
    key = empty._vectors._key
    monkeypatch.setattr(empty._vectors, "_key", lambda text: keyed.append(text) or key(text))
    empty.build(changed)
    assert set(keyed) == {
        f"{title}{text}"
        for text in ("Note 0 says otherwise.", "Note 0 says so.", "Note 1 says so.")
        for title in ("", f"note-{text[5]}\n")
    }
    # What is left is what the next full build needs, and no more.
    monkeypatch.undo()
    assert empty._vectors.encode([chunk.embedded for chunk in empty.index().chunks])[1] == 0
    assert empty._vectors.encode(["Note 0 says so.", "Note 1 says so."])[1] == 2


def test_a_build_upon_the_live_index_is_the_same_as_a_full_one(
    empty: KnowledgeBase, lessons: list[Document]
) -> None:
    empty.build(lessons)
    changed = [lessons[2], note(1, "Tyres wear. 轮胎会磨损。"), lessons[0]]
    empty.build(changed)
    upon = empty.index()
    empty.build(changed, full=True)
    anew = empty.index()
    assert upon.version.id != anew.version.id
    assert upon.chunks == anew.chunks
    assert np.array_equal(upon.passages, anew.passages)
    assert np.array_equal(upon.sentence_vectors, anew.sentence_vectors)
    for text in ("制动液", "range", "tyres"):
        assert np.allclose(upon.bm25.scores(terms(text)), anew.bm25.scores(terms(text)))
