"""`python -m analysis intervene`, from words to tables."""

import sys

import pandas as pd
import pytest
import torch

from analysis.__main__ import main
from senet_core import create_model, save_checkpoint
from senet_core.cli import run
from tests.senet_core.conftest import COLOURS, paint


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """A network of ours, its images and its store, as options."""
    folder = tmp_path_factory.mktemp("command")
    torch.manual_seed(0)
    facts = {"classes": sorted(COLOURS), "mean": [0.5] * 3, "std": [0.25] * 3, "input_size": 16}
    network = create_model("se_cifar_resnet20", 3)
    checkpoint = save_checkpoint(folder / "net.safetensors", network, **facts)
    images = paint(folder / "colours", per_class=4)
    (images / "red" / "0.png").write_bytes(b"no image")
    both = ["--checkpoint", str(checkpoint), "--images", str(images)]
    main(["collect", *both, "--out", str(folder / "s.zarr")])
    return [*both, "--store", str(folder / "s.zarr"), "--batch-size", "6"]


def test_blocks_are_written_and_summed_up(words, tmp_path, capsys):
    out, classes = tmp_path / "a" / "blocks.csv", tmp_path / "classes.csv"
    kinds = ["--kinds", "zero", "mean", "--by-class", str(classes)]
    main(["intervene", *words, "--out", str(out), *kinds])
    table = pd.read_csv(out, keep_default_na=False)
    assert len(table) == 1 + 2 * 10
    assert (table["n"] == 11).all()
    by_class = pd.read_csv(classes, keep_default_na=False)
    assert by_class["n"].tolist() == [4, 4, 3] * 21
    said = capsys.readouterr()
    assert "skipped red/0.png: " in said.err
    assert "1 of 12 images could not be read" in said.err
    lines = said.out.splitlines()
    assert lines[0] == "se_cifar_resnet20 · colours"
    assert lines[1].startswith("11 images, accuracy of the unmodified network ")
    assert lines[4].split() == ["block", "zero", "mean"]
    assert [line.split()[0] for line in lines[5:]][-2:] == ["SE_3_3", "all"]
    change = 100 * table.loc[table["label"] == "all", "change"].to_numpy()
    assert [float(word.rstrip("*")) for word in lines[-1].split()[1:]] == pytest.approx(
        change, abs=0.06
    )


def test_pruning_is_written_and_summed_up(words, tmp_path, capsys):
    out = tmp_path / "pruning.csv"
    main(["intervene", *words, "--out", str(out), "--experiment", "pruning", "--draws", "2"])
    table = pd.read_csv(out, keep_default_na=False)
    assert len(table) == 1 + 2 * ((3 + 2) * 9 + 1)
    text = capsys.readouterr().out
    assert "accuracy in % with pruned gates set to 0" in text
    assert "accuracy in % with pruned gates set to their mean" in text
    half = table[(table["fill"] == "zero") & (table["share"] == 0.5)]
    row = next(line for line in text.splitlines() if line.split()[:2] == ["50", "%"])
    numbers = [float(word.strip("()")) for word in row.split() if word not in ("%", "to")]
    random = 100 * half.loc[half["rank"] == "random", "accuracy"]
    ranked = [100 * half.loc[half["rank"] == r, "accuracy"].item() for r in _RANKS]
    expected = [50, *ranked, random.mean(), random.min(), random.max()]
    assert numbers == pytest.approx(expected, abs=0.06)


_RANKS = ("mean", "eta2", "variance")


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--out", "table.txt", "table.txt must end in .csv"),
        ("--out", "/proc/nowhere/table.csv", "cannot be written"),
        ("--store", "nowhere.zarr", "nowhere.zarr is not there"),
        ("--kinds", "two", "two"),
        ("--batch-size", "1", "at least 2, not 1"),
    ],
)
def test_a_fault_is_one_sentence_before_anything_runs(
    words, option, value, sentence, *, monkeypatch, capsys, tmp_path
):
    options = dict(zip(words[::2], words[1::2], strict=True))
    options = {**options, "--out": str(tmp_path / "t.csv"), option: value}
    flat = [word for pair in options.items() for word in pair]
    monkeypatch.setattr(sys, "argv", ["analysis", "intervene", *flat])
    with pytest.raises(SystemExit) as stop:
        run(main)
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert sentence in said.rstrip("\n").splitlines()[-1]
    assert "variants" not in said
    assert list(tmp_path.iterdir()) == []
