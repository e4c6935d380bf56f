"""The command line, from words to stores and tables; every fault is one sentence, the last."""

import gzip
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from safetensors.torch import save_file

from analysis import compare, open_store
from analysis.__main__ import main
from senet_core import create_model, save_checkpoint
from senet_core.cli import run
from tests.senet_core.conftest import COLOURS, paint
from tests.synthetic import gate_variables, synthetic_store, write_store

ROOT = Path(__file__).resolve().parents[2]
FACTS = {"classes": sorted(COLOURS), "mean": [0.5] * 3, "std": [0.25] * 3, "input_size": 16}


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    return paint(tmp_path_factory.mktemp("images") / "colours", per_class=4)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("checkpoint") / "net.safetensors"
    return save_checkpoint(path, create_model("se_cifar_resnet20", 3), **FACTS)


def collect(*words):
    main(["collect", *map(str, words)])


def fault(monkeypatch, capsys, *words):
    """The last line on standard error of a command that ends with 2 and without a traceback."""
    monkeypatch.setattr(sys, "argv", ["analysis", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        run(main)
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert "Traceback" not in said
    return said.rstrip("\n").splitlines()[-1]


def test_a_checkpoint_is_collected_and_summed_up(images, checkpoint, tmp_path, capsys):
    out = tmp_path / "s.zarr"
    collect("--checkpoint", checkpoint, "--images", images, "--out", out, "--batch-size", 5)
    ds = open_store(out)
    assert ds.sizes["sample"] == 12
    assert ds.attrs["labels"] == "model"
    assert '"image_size": 16' in ds.attrs["transform"]
    assert '"mean": [0.5, 0.5, 0.5]' in ds.attrs["transform"]
    main(["summary", str(out)])
    table = capsys.readouterr().out
    assert "se_cifar_resnet20 · colours" in table
    assert re.search(r"accuracy \d+\.\d\d % \(95 % interval", table)
    assert re.search(r"SE_3_3 layer3\.2\.se +64( +\d+\.\d %){3} +0\.\d{3} +\d+\.\d %", table)


def test_the_summary_counts_channels_that_never_vary(tmp_path, capsys):
    ds = synthetic_store(per_class=20, gates=(("layer1.0.se", 16),))
    still = ds["gate.layer1.0.se"].values.copy()
    still[:, :4] = 0.6
    variables = gate_variables("layer1.0.se", still, ds["label"].values, 10)
    main(["summary", str(write_store(ds.assign(variables), tmp_path / "s.zarr"))])
    title, row = capsys.readouterr().out.splitlines()[-2:]
    assert title.split()[3:9] == ["under", "0.1", "over", "0.9", "never", "vary"]
    assert re.findall(r"\d+\.\d %", row)[2] == "25.0 %"


def test_the_whole_program_from_a_shell(images, checkpoint, tmp_path):
    command = [sys.executable, "-W", "error", "-m", "analysis", "collect"]
    command += ["--checkpoint", str(checkpoint), "--images", str(images), "--out", "s.zarr"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    result = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    assert "12/12" in result.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["s.zarr"]


def test_two_stores_are_compared(tmp_path, capsys):
    a = write_store(synthetic_store(seed=1, accuracy=0.9), tmp_path / "a.zarr")
    b = write_store(synthetic_store(seed=2, accuracy=0.7, gates=()), tmp_path / "b.zarr")
    main(["compare", str(a), str(b)])
    said = capsys.readouterr().out
    assert said.count("a  se_cifar_resnet20 · fashion_mnist: accuracy") == 1
    assert said.count("b  cifar_resnet20 · fashion_mnist: accuracy") == 1
    assert re.search(r"a - b  \+\d+\.\d\d points \(95 % interval \+.* McNemar's exact p = ", said)
    assert re.search(r"Ankle boot 40 +\d+\.\d % +\d+\.\d % +[+-]\d+\.\d ", said)
    sure = compare.calibration_difference(open_store(a), open_store(b)).nll
    assert f"{sure.value:+.3f} ({sure.low:+.3f}, {sure.high:+.3f})" in said


def test_three_stores_are_one_table(tmp_path, capsys):
    stores = [synthetic_store(seed=seed, accuracy=0.9 - seed / 10) for seed in range(3)]
    stores[2].attrs["transform"] = '{"image_size": 8}'
    paths = [str(write_store(ds, tmp_path / f"{n}.zarr")) for n, ds in enumerate(stores)]
    main(["compare", *paths])
    head, titles, *rows, note = capsys.readouterr().out.splitlines()
    assert head.startswith("400 images")
    assert "Holm" in head
    assert " ".join(titles.split()) == "network accuracy % less a p ECE % NLL parameters"
    table = compare.comparison_table([open_store(path) for path in paths])
    assert [row.split()[0] for row in rows] == ["a", "b", "c"]
    for row, expected in zip(rows[1:], table.loc[1:].itertuples(), strict=True):
        assert f"{100 * expected.accuracy:.2f} (" in row
        assert f" {100 * expected.difference:+.2f} (" in row
        assert f" {expected.p:.3g} " in row
        assert row.endswith("274,490")
    assert "preprocessed differently" in note


def test_findings_are_a_line_each_and_hold_or_not_the_command_succeeds(tmp_path, capsys):
    store = write_store(synthetic_store(per_class=20), tmp_path / "s.zarr")
    main(["findings", str(store), "--images", "15"])
    name, *lines, sample = capsys.readouterr().out.splitlines()
    assert name == "se_cifar_resnet20 · fashion_mnist"
    assert [line[:3] for line in lines] == ["a  ", "b  ", "c  ", "d  "]
    assert "does not hold" in "".join(lines)
    assert sample.startswith("sample: 150 images, at most 15 of each of 10 classes")


def test_a_baseline_has_a_summary_without_gates(tmp_path, capsys):
    main(["summary", str(write_store(synthetic_store(gates=()), tmp_path / "b.zarr"))])
    assert capsys.readouterr().out.rstrip().endswith("no gates: a baseline")


def test_unlabelled_images_have_a_summary(images, checkpoint, tmp_path, capsys):
    out = tmp_path / "s.zarr"
    collect("--checkpoint", checkpoint, "--images", images / "red", "--out", out)
    main(["summary", str(out)])
    said = capsys.readouterr().out
    assert "4 images, no labelled classes" in said
    assert "accuracy" not in said
    assert "layer3.2.se" in said


def test_a_model_by_name_has_random_weights_from_the_seed(images, tmp_path, capsys):
    words = ("--model", "se_cifar_resnet20", "--images", images, "--out")
    collect(*words, tmp_path / "a.zarr")
    assert "random weights (seed 0)" in capsys.readouterr().err
    collect(*words, tmp_path / "b.zarr")
    collect(*words, tmp_path / "c.zarr", "--seed", 1, "--limit", 2)
    a, b, c = (open_store(tmp_path / f"{name}.zarr") for name in "abc")
    assert a.attrs["weights_digest"] == b.attrs["weights_digest"] != c.attrs["weights_digest"]
    assert (a.attrs["weights"], c.attrs["seed"], c.sizes["sample"]) == ("random", 1, 6)
    assert a["logits"].shape == (12, 3)  # an output for each class of the images


def test_a_torchvision_network_is_collected(images, tmp_path):
    words = ("--model", "torchvision:mobilenet_v3_small", "--images", images, "--image-size", 32)
    collect(*words, "--out", tmp_path / "random.zarr")
    network = torchvision.models.mobilenet_v3_small(num_classes=7)
    torch.save({"state_dict": network.state_dict()}, tmp_path / "weights.pth")
    save_file(network.state_dict(), tmp_path / "weights.safetensors")
    for name in ("weights.pth", "weights.safetensors"):
        out = tmp_path / f"{name}.zarr"
        collect(*words, "--weights", tmp_path / name, "--out", out)
        ds = open_store(out)
        assert ds.attrs["architecture"] == "torchvision:mobilenet_v3_small"
        assert ds.attrs["labels"] == "folder"
        assert ds["logits"].shape == (12, 7)
        assert len(ds.data_vars) == 4 * 9 + 2
    assert open_store(tmp_path / "random.zarr").attrs["labels"] == "model"


def test_weights_of_our_own_files_open_under_their_name(images, checkpoint, tmp_path):
    plain = tmp_path / "plain.safetensors"
    save_file(create_model("se_cifar_resnet20", 3).state_dict(), plain)
    for number, weights in enumerate((checkpoint, plain)):
        out = tmp_path / f"{number}.zarr"
        words = ("--model", "se_cifar_resnet20", "--weights", weights, "--images", images)
        collect(*words, "--out", out)
        assert open_store(out).attrs["weights"] == "trained"


def test_fashion_mnist_is_found_by_name(tmp_path):
    raw = tmp_path / "data" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for part in ("train", "t10k"):
        head = bytes.fromhex("00000803 00000006 0000001c 0000001c")
        (raw / f"{part}-images-idx3-ubyte").write_bytes(head + bytes(range(28)) * 28 * 6)
        labels = bytes.fromhex("00000801 00000006") + bytes([3, 1, 1, 9, 0, 3])
        (raw / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    words = ("--model", "se_cifar_resnet20", "--dataset", "fashion_mnist")
    collect(*words, "--data-dir", tmp_path / "data", "--out", tmp_path / "s.zarr")
    ds = open_store(tmp_path / "s.zarr")
    assert ds["label"].values.tolist() == [0, 1, 1, 3, 3, 9]
    assert ds["index"].values.tolist() == [4, 1, 2, 0, 5, 3]
    assert ds.attrs["dataset"] == "fashion_mnist"
    assert ds.attrs["labels"] == "model"
    assert '"in_chans": 1' in ds.attrs["transform"]


def test_a_file_that_is_no_weights_is_refused(images, tmp_path, monkeypatch, capsys):
    (tmp_path / "x.pth").write_text("no tensors")
    (tmp_path / "x.safetensors").write_text("no tensors")
    torch.save([1, 2], tmp_path / "list.pth")
    save_file({"odd": torch.zeros(1)}, tmp_path / "odd.safetensors")
    (tmp_path / "zip.pth").write_bytes(gzip.compress(b"no tensors"))
    words = ("collect", "--model", "resnet18", "--images", images, "--out", tmp_path / "s")
    for name, match in (
        ("x.pth", "is no file of weights"),
        ("zip.pth", "is no file of weights"),
        ("x.safetensors", "is no file of weights"),
        ("list.pth", "holds no tensors by name"),
        ("odd.safetensors", "names of no network known here"),
        ("none.pth", "is not there"),
    ):
        assert re.search(match, fault(monkeypatch, capsys, *words, "--weights", tmp_path / name))


def test_faults_of_collect_are_one_sentence(images, checkpoint, tmp_path, monkeypatch, capsys):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.safetensors").write_text("no checkpoint")
    (tmp_path / "busy").mkdir()
    (tmp_path / "busy" / "mine.txt").write_text("mine")
    net, out = ("--checkpoint", checkpoint), ("--out", tmp_path / "s.zarr")
    data = ("--images", images)
    for words, match in (
        (("--checkpoint", tmp_path / "no", *data, *out), "is not there; give the path"),
        (("--checkpoint", tmp_path / "text.safetensors", *data, *out), "is no safetensors"),
        ((*net, "--images", tmp_path / "empty", *out), "holds no images; put"),
        ((*net, "--images", tmp_path / "nowhere", *out), "is no folder; give one"),
        ((*net, "--dataset", "mnist", *out), "unknown data set 'mnist'; choose from fashion_mnist"),
        ((*net, *data, "--out", tmp_path / "busy"), "is no store; give another --out"),
        ((*net, *data), "missing.*: --out PATH"),
        ((*net, *data, *out, "--colour", "red"), "unrecognized options?: --colour"),
        ((*net, *data, *out, "--batch-size", "many"), "batch-size"),
        ((*net, *data, *out, "--image-size", 0), "image size must be from 2 to 4096 pixels"),
        ((*net, *data, *out, "--image-size", 1), "image size must be from 2 to 4096 pixels"),
        ((*net, *out), "give one set of images"),
        ((*net, *data, "--dataset", "cifar10", *out), "give one set of images"),
        ((*data, *out), "give one network"),
        ((*net, "--model", "resnet18", *data, *out), "give one network"),
        ((*net, "--weights", checkpoint, *data, *out), "--weights goes with --model"),
        (("--model", "resnet19", *data, *out), "unknown model 'resnet19'; did you mean"),
        (("--model", "timm:resnet1", *data, *out), "timm knows no 'resnet1' .did you mean"),
        (("--model", "torchvision:alexnet2", *data, *out), "torchvision has no classifier"),
        (("--model", "resnet18", "--weights", checkpoint, *data, *out), "holds a se_cifar"),
    ):
        assert re.search(match, fault(monkeypatch, capsys, "collect", *words)), words
    assert not (tmp_path / "s.zarr").exists()


def test_faults_of_the_tables_are_one_sentence(tmp_path, monkeypatch, capsys):
    store = write_store(synthetic_store(per_class=3), tmp_path / "a.zarr")
    other = write_store(synthetic_store(per_class=4), tmp_path / "b.zarr")
    folders = write_store(synthetic_store(per_class=3, labels="folder"), tmp_path / "f.zarr")
    plain = write_store(synthetic_store(per_class=3, gates=()), tmp_path / "p.zarr")
    for words, match in (
        (("summary", tmp_path / "no.zarr"), "is not there; make it with"),
        (("summary", tmp_path), "is no store"),
        (("compare", store), "at least two stores"),
        (("compare", store, other), "different images"),
        (("compare", folders, folders), "no accuracy"),
        (("findings", plain), "has no gates"),
        (("findings", store, "--images", 5), "take at least 10"),
        ((), "expected one of .collect, summary, compare"),
        (("destroy",), "collect, summary, compare"),
    ):
        assert re.search(match, fault(monkeypatch, capsys, *words)), words


def test_grey_and_colour_meet(checkpoint, tmp_path):
    """A network of three channels takes grey files, and one of one channel takes colour."""
    (tmp_path / "grey" / "red").mkdir(parents=True)
    Image.fromarray(np.full((16, 16), 90, np.uint8)).save(tmp_path / "grey" / "red" / "0.png")
    collect("--checkpoint", checkpoint, "--images", tmp_path / "grey", "--out", tmp_path / "a")
    facts = {**FACTS, "mean": [], "std": []}
    grey = save_checkpoint(tmp_path / "g.safetensors", create_model("resnet18", 3, 1), **facts)
    collect("--checkpoint", grey, "--images", tmp_path / "grey", "--out", tmp_path / "b")
    assert '"in_chans": 1' in open_store(tmp_path / "b").attrs["transform"]
