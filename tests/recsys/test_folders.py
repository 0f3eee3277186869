from pathlib import Path

import numpy as np
import pytest

from recsys.folders import Folder, FolderError, Protocol, read

CSV_TRAIN = """user,item,value,time
ann,a,1,2026-01-01
ann,b,,2026-01-02
ann,b,3,2026-01-05T10:00:00+00:00
bob,a,2,1767225600
bob,c,0,1767225600
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        stem, _, suffix = name.partition("_")
        (folder / f"{stem}.{suffix}").write_text(text, "utf-8")
    return folder


def pairs(folder: Folder, name: str) -> list[tuple[int, int]]:
    entries = getattr(folder, name).tocoo()
    return sorted(zip(entries.row.tolist(), entries.col.tolist(), strict=True))


def test_lightgcn_lines_are_users_with_their_items(tmp_path: Path) -> None:
    write(tmp_path, train_txt="0 1 2 2\n1 0\n2\n", test_txt="0 4\n1 3 0\n2 1\n", valid_txt="1 2\n")
    found = read(tmp_path, "lightgcn")
    assert found.train.shape == (3, 5)
    assert pairs(found, "train") == [(0, 1), (0, 2), (1, 0)]
    assert pairs(found, "valid") == [(1, 2)]
    # User 2 has no training item, and user 1 took item 0 in training.
    assert pairs(found, "truth") == [(0, 4), (1, 3)]
    assert (found.new_users, found.repeated) == (1, 1)
    assert found.times is None


def test_numbers_with_wide_gaps_are_closed_up(tmp_path: Path) -> None:
    write(tmp_path, train_txt="7000000000 12 990000000\n5 12\n", test_txt="5 990000000\n")
    found = read(tmp_path, "lightgcn")
    assert found.train.shape == (2, 2)
    assert pairs(found, "truth") == [(1, 1)]


def test_csv_rows_become_confidences_and_times(tmp_path: Path) -> None:
    write(tmp_path, train_csv=CSV_TRAIN, test_csv="item,user\nc,ann\n")
    found = read(tmp_path, "csv")
    assert found.train.shape == (2, 3)
    assert pairs(found, "train") == [(0, 0), (0, 1), (1, 0)]
    assert pairs(found, "truth") == [(0, 2)]
    # Log-damped, of mean one: once, four times, twice.
    expected = np.log1p([1, 4, 2])
    assert found.train.data == pytest.approx(expected / expected.mean(), rel=1e-6)
    assert found.times is not None
    # The latest of the two acts on `b`.
    assert found.times[0, 1] - found.times[0, 0] == 4 * 86400 + 36000


@pytest.mark.parametrize(
    ("protocol", "files", "told"),
    [
        ("lightgcn", {"train_txt": "0 1\n"}, "has no test.txt; with --protocol lightgcn it holds"),
        ("csv", {"train_txt": "0 1\n", "test_txt": "0 2\n"}, "has no train.csv"),
        (
            "lightgcn",
            {"train_txt": "0 1\n1 x\n", "test_txt": "0 2\n"},
            "train.txt, line 2: expected",
        ),
        ("lightgcn", {"train_txt": "0 -1\n", "test_txt": "0 2\n"}, "line 1: expected"),
        ("lightgcn", {"train_txt": "\n", "test_txt": "0 2\n"}, "holds no pair"),
        ("lightgcn", {"train_txt": "0 1\n", "test_txt": "1 2\n"}, "No user of test.txt"),
        (
            "csv",
            {"train_csv": "user;item\n1;2\n", "test_csv": "user,item\n1,3\n"},
            "lacks the column",
        ),
        (
            "csv",
            {"train_csv": "user,item\n1,\n", "test_csv": "user,item\n1,3\n"},
            "line 2: user or",
        ),
        (
            "csv",
            {"train_csv": "user,item,value\n1,2,much\n", "test_csv": "user,item\n1,3\n"},
            "line 2: value 'much' is no number",
        ),
        (
            "csv",
            {"train_csv": "user,item,time\n1,2,soon\n", "test_csv": "user,item\n1,3\n"},
            "line 2: time .* 'soon' is no number",
        ),
    ],
)
def test_what_is_wrong_is_told(
    tmp_path: Path, protocol: Protocol, files: dict[str, str], told: str
) -> None:
    with pytest.raises(FolderError, match=told):
        read(write(tmp_path, **files), protocol)


def test_a_file_that_is_no_text_and_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_bytes(b"\xff\xfe0 1")
    (tmp_path / "test.txt").write_text("0 1", "utf-8")
    with pytest.raises(FolderError, match="no UTF-8"):
        read(tmp_path, "lightgcn")
    with pytest.raises(FolderError, match="is no folder"):
        read(tmp_path / "train.txt", "lightgcn")
