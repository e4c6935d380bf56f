"""Files of weights whose pickles would run code: none runs, and one sentence refuses each."""

import io
import itertools
import pickle
import subprocess
import sys
import warnings
from collections import Counter, OrderedDict
from contextlib import closing
from pathlib import Path

import pytest
import torch

import train
from analysis.__main__ import main as analyse
from dashboard.shell.settings import Settings
from dashboard.sources import uploads
from senet_core import InputError, create_model, load_weights
from senet_core.convert import files
from senet_core.convert.files import read_tensors
from senet_core.training.run_folder import RunFolder
from tests.dashboard.sent import Sent
from tests.senet_core.conftest import paint
from tests.trust.hostile import (
    MAGIC,
    PROTOCOL,
    Call,
    Storage,
    gadgets,
    last_line,
    older,
    pickled,
    tensor,
    zipped,
)
from tests.trust.measuring import ROOT

NAME = "se_cifar_resnet20"
GADGETS = tuple(gadgets(Path("canary")))
REFUSED = "it is damaged or holds code beside its tensors"
SCRIPT = b"\x80\x02c__torch__\nNet\nq\x00)\x81}q\x01b."  # what torch.jit.save calls a network


@pytest.fixture
def canary(tmp_path):
    return tmp_path / "code-has-run"


@pytest.fixture(scope="module")
def network():
    return create_model(NAME, 3)


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    root = tmp_path_factory.mktemp("images")
    paint(root / "train", per_class=2)
    paint(root / "val", per_class=1)
    return root


def forms(value):
    """The value in every form that a file of torch's can have, and by pickle alone."""
    state = {"state_dict": {"fc.weight": value}}
    yield zipped(pickled(state), {"0": bytes(4)})
    yield older(pickled(state, older=True), {"0": bytes(4)})
    yield pickled(state)
    yield pickled(state, protocol=4)
    # In the place of what an older file says of itself, before its content:
    yield pickled(value)
    yield pickle.dumps(MAGIC, 2) + pickle.dumps(PROTOCOL, 2) + pickled(value)


def planted(folder, canary, name):
    """The files of one gadget: every form, the endings in turn."""
    endings = itertools.cycle((".pth", ".pt", ".bin", ".ckpt"))
    for number, content in enumerate(forms(gadgets(canary)[name])):
        file = folder / f"hostile-{number}{next(endings)}"
        file.write_bytes(content)
        yield file


class Careless(pickle.Unpickler):
    def persistent_load(self, pid):
        return None


@pytest.mark.parametrize("name", GADGETS)
def test_the_gadgets_are_real(canary, name):
    """Else the tests below would show nothing."""
    Careless(io.BytesIO(pickled(gadgets(canary)[name]))).load()
    assert canary.exists()


@pytest.mark.parametrize("name", GADGETS)
def test_no_gadget_runs_in_any_form(network, tmp_path, canary, name):
    for file in planted(tmp_path, canary, name):
        with pytest.raises(InputError, match=REFUSED) as caught:
            load_weights(network, file)
        assert file.name in str(caught.value)
        assert "\n" not in str(caught.value)
        assert not canary.exists()


@pytest.mark.parametrize("name", GADGETS)
def test_nor_where_only_torch_looks(network, tmp_path, canary, name, monkeypatch):
    """Two walls stand one behind the other, and each holds alone."""
    monkeypatch.setattr(files, "opened", lambda path: path.open("rb"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a protocol that torch does not write
        for file in planted(tmp_path, canary, name):
            with pytest.raises(InputError, match="is no file of weights"):
                load_weights(network, file)
            assert not canary.exists()


@pytest.mark.parametrize("name", ["os.system", "an array of objects", "the kind of a storage"])
def test_nor_by_the_command_lines(images, tmp_path, name, monkeypatch, capsys):
    canary = tmp_path / "code-has-run"
    for file in planted(tmp_path, canary, name):
        common = ("--model", NAME, "--weights", file, "--device", "cpu")
        collect = ("collect", *common, "--images", images / "val", "--out", tmp_path / "s.zarr")
        fit = ("imagefolder", *common, "--images", images, "--out", tmp_path / "run")
        for main, words in ((analyse, collect), (train.main, fit)):
            assert REFUSED in last_line(monkeypatch, capsys, main, *words)
        foreign = ("collect", "--model", "torchvision:resnet18", *collect[3:])
        assert REFUSED in last_line(monkeypatch, capsys, analyse, *foreign)
        checkpoint = ("collect", "--checkpoint", file, *collect[7:])
        assert "is no safetensors" in last_line(monkeypatch, capsys, analyse, *checkpoint)
    assert not canary.exists()
    assert not (tmp_path / "s.zarr").exists()
    assert not (tmp_path / "run").exists()


def test_nor_in_the_process_that_a_job_starts(images, tmp_path, canary):
    """The dashboard's jobs are this command, with the file that was sent as their weights."""
    file = next(planted(tmp_path, canary, "exec"))
    words = ("--weights", file, "--images", images / "val", "--out", tmp_path / "s.zarr")
    command = [sys.executable, "-m", "analysis", "collect", "--model", NAME, *map(str, words)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert REFUSED in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr
    assert not canary.exists()


@pytest.mark.parametrize("name", GADGETS)
def test_nor_is_an_upload_kept(tmp_path, canary, name):
    settings = Settings(runs=tmp_path / "runs")
    for number, content in enumerate(forms(gadgets(canary)[name])):
        sent = Sent(f"net{number % 2}.{'pt' if number % 2 else 'pth'}", content)
        with pytest.raises(InputError) as caught:
            uploads.keep(sent, settings)
        assert "\n" not in str(caught.value)
        assert str(tmp_path) not in str(caught.value)
    assert uploads.kept(settings) == []
    assert not canary.exists()


@pytest.mark.parametrize("name", GADGETS)
def test_nor_in_the_state_of_a_run(tmp_path, canary, name, capsys):
    (tmp_path / "config.json").write_text("{}")
    for content in forms(gadgets(canary)[name]):
        (tmp_path / "last.ckpt").write_bytes(content)
        damaged = pytest.raises(InputError, match=r"last\.ckpt is damaged, so the run cannot go on")
        with damaged, closing(RunFolder(tmp_path)) as folder:
            folder.begin("{}", resume=True)
        assert not canary.exists()


def test_a_script_of_torchs_compiler_is_refused(network, tmp_path):
    file = tmp_path / "script.pt"
    code = {"../constants.pkl": pickled(()), "../code/__torch__.py": b"raise SystemExit\n"}
    file.write_bytes(zipped(SCRIPT, code))
    with pytest.raises(InputError, match=f"{REFUSED} \\(__torch__ Net\\)"):
        load_weights(network, file)


def test_names_that_lead_out_of_an_archive_lead_nowhere(tmp_path):
    """Nothing is ever unpacked to the disk."""
    inside = tmp_path / "deep" / "deeper"
    inside.mkdir(parents=True)
    data = pickled({"fc.weight": tensor(Storage("0", 1), (1,), (1,))})
    for number, folder in enumerate(("../..", f"{tmp_path}/out", "..\\..", "/etc")):
        file = inside / f"{number}.pth"
        file.write_bytes(zipped(data, {"0": bytes(4)}, folder=folder))
        try:
            assert read_tensors(file)["fc.weight"].tolist() == [0]
        except InputError as refusal:
            assert "\n" not in str(refusal)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == [
        *("0.pth", "1.pth", "2.pth", "3.pth")
    ]


def test_what_people_really_save_is_read(tmp_path):
    """In both forms, as plain tensors and as parameters, views, half precision, and wrapped."""
    whole = torch.arange(12.0).reshape(3, 4)
    state = OrderedDict(
        {
            "a": whole,
            "b": whole[1:, ::2],  # both are views of one storage
            "c": torch.nn.Parameter(whole.T),
            "d": whole.to(torch.bfloat16),
            "e": torch.tensor(7),
        }
    )
    wrapped = {
        "state_dict": state,
        "epoch": 3,
        "best": 0.5,
        "betas": (0.9, 0.999),
        "milestones": Counter({2: 1}),
        "shape": whole.shape,
        "dtype": torch.float16,
        "named": {"x", None, True},
    }
    for form in (True, False):
        for content in (state, wrapped):
            torch.save(content, tmp_path / "w.pth", _use_new_zipfile_serialization=form)
            found = read_tensors(tmp_path / "w.pth")
            assert list(found) == list("abcde")
            assert all(torch.equal(found[key], tensor) for key, tensor in state.items())


def test_calls_that_torch_allows_but_no_weights_need_are_refused(network, tmp_path):
    for number, made in enumerate((Call(bytearray, 9), Call(torch.FloatTensor, 9))):
        (tmp_path / f"{number}.pth").write_bytes(zipped(pickled({"a": made})))
        with pytest.raises(InputError, match=REFUSED):
            load_weights(network, tmp_path / f"{number}.pth")
