"""The mean of several runs, and what is written of it."""

import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from rag.reading.packing import packed, unpacked
from training.reader import export
from training.reader.export import mean


def state(matrix: list[list[float]], bias: list[float]) -> dict[str, torch.Tensor]:
    return {"m": torch.tensor(matrix, dtype=torch.bfloat16), "b": torch.tensor(bias, dtype=torch.bfloat16)}


def test_the_mean_goes_by_the_shares() -> None:
    found = mean([state([[1.0, 2.0]], [0.0]), state([[5.0, 4.0]], [8.0])], [1.0, 3.0])
    assert found["m"].tolist() == [[0.25 * 1 + 0.75 * 5, 0.25 * 2 + 0.75 * 4]]
    assert found["b"].tolist() == [0.75 * 8]
    assert found["m"].dtype == torch.float32


def test_the_mean_of_one_is_itself() -> None:
    assert mean([state([[1.0, 2.0]], [3.0])], [0.5])["m"].tolist() == [[1.0, 2.0]]


@pytest.mark.parametrize("shares", [[1.0], [1.0, 1.0, 1.0], [0.0, 0.0]])
def test_every_run_needs_a_share(shares: list[float]) -> None:
    with pytest.raises(ValueError, match="2 weights need as many shares that are not all 0"):
        mean([state([[1.0]], [0.0])] * 2, shares)


def test_only_states_of_one_model_have_a_mean() -> None:
    other = state([[1.0]], [0.0]) | {"x": torch.zeros(1)}
    with pytest.raises(ValueError, match="'x' is in some of the weights only"):
        mean([state([[1.0]], [0.0]), other], [1.0, 1.0])


def test_the_mean_is_packed_and_signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / name for name in ("a", "b", "out")]
    save_file(state([[127.0, 0.0]], [0.0]), paths[0])
    save_file(state([[127.0, 254.0]], [8.0]), paths[1])
    monkeypatch.setattr(sys, "argv", ["export", *map(str, paths), "--shares", "3", "1"])
    export.main()
    found = unpacked(load_file(paths[2]))
    # The row's largest value, 127, takes the largest step: a step is 1, and 254 / 4 = 63.5 is rounded to 64.
    assert found["m"].tolist() == [[127.0, 64.0]]
    assert found["b"].tolist() == [2.0]
    digest = (tmp_path / "out.sha256").read_text().split()[0]
    assert digest in capsys.readouterr().out


def test_what_is_packed_may_be_among_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [tmp_path / name for name in ("a", "b", "out")]
    save_file(packed(state([[127.0, 2.0]], [4.0])), paths[0])
    save_file(state([[127.0, 6.0]], [8.0]), paths[1])
    monkeypatch.setattr(sys, "argv", ["export", *map(str, paths)])
    export.main()
    found = unpacked(load_file(paths[2]))
    assert found["m"].tolist() == [[127.0, 4.0]]
    assert found["b"].tolist() == [6.0]
