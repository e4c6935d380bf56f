"""Several processes make the store that one makes."""

import sys
import time
from pathlib import Path

import pytest

from analysis import collect, open_store
from analysis.__main__ import main
from senet_core import InputError
from tests.analysis.processes import CLASSES, LIMIT, Images, begun, ends, start, torchrun
from tests.analysis.small import files_of, network
from tests.senet_core.conftest import paint

BROKEN = 300  # the image lies in the second chunk, the first one of the second process


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return collect(network(CLASSES), Images(), tmp_path_factory.mktemp("whole") / "s.zarr")


def test_two_processes_make_the_store_of_one_and_the_first_alone_speaks(tmp_path):
    one = collect(network(CLASSES), Images(broken=[BROKEN]), tmp_path / "one.zarr")
    processes = start(tmp_path / "two.zarr", number=2, broken=BROKEN, late=0.3)
    (first, said), (second, nothing) = ends(processes)
    assert (first, second, nothing) == (0, 0, "")
    assert said.count("skipped 300: damaged") == 1
    assert "1400/1400" in said
    assert said.endswith("1 of 1400 images could not be read\n")
    assert files_of(tmp_path / "two.zarr") == files_of(one)


@pytest.mark.parametrize("image", [slow(10), BROKEN])  # the first process finds it, the second
def test_a_fault_in_any_process_ends_all_with_one_sentence(tmp_path, image):
    (first, said), (second, nothing) = ends(start(tmp_path / "s", number=2, endless=image))
    assert (first, second, nothing) == (2, 2, "")
    assert f"layer1.0.se are not finite for the image {image}; the weights" in said.splitlines()[-1]
    assert said.endswith(" (process 1)\n") == (image == BROKEN)
    assert "Traceback" not in said


def test_a_process_that_is_killed_ends_the_others(undisturbed, tmp_path):
    store = tmp_path / "s.zarr"
    processes = begun(start(store, number=2, seconds=0.01))
    while not list(store.glob("valid/.done/*.npz")):
        assert processes[0].poll() is None
        time.sleep(0.01)
    processes[1].kill()
    (first, said), _ = ends(processes)
    assert first == 2
    assert said.endswith(
        "another process of this run has ended; the same command goes on where it stopped\n"
    )
    with pytest.raises(InputError, match="half-written"):
        open_store(store)
    collect(network(CLASSES), Images(), store)
    assert files_of(store) == files_of(undisturbed)


@pytest.mark.skipif(sys.platform != "linux", reason="orphans end by themselves on Linux alone")
def test_torchrun_makes_the_store_of_one_process_also_after_it_was_killed(tmp_path, capsys):
    images = paint(tmp_path / "images", per_class=300, side=32)
    words = ["collect", "--model=se_cifar_resnet20", f"--images={images}", "--device=cpu"]
    store = tmp_path / "two.zarr"
    agent = torchrun("analysis", *words, f"--out={store}")
    end = time.monotonic() + LIMIT
    while not list(store.glob("valid/.done/*.npz")):
        assert agent.poll() is None, agent.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)
    ranks = Path(f"/proc/{agent.pid}/task/{agent.pid}/children").read_text().split()
    agent.kill()
    while any(Path(f"/proc/{rank}/cwd").exists() for rank in ranks):  # not so of a zombie
        assert time.monotonic() < end
        time.sleep(0.01)
    assert len(ranks) == 2
    ((status, said),) = ends([torchrun("analysis", *words, f"--out={store}")])
    assert status == 0, said
    assert said.count("random weights") == 1
    main([*words, f"--out={tmp_path / 'one.zarr'}"])
    capsys.readouterr()
    assert files_of(store) == files_of(tmp_path / "one.zarr")
    assert open_store(store).sizes["sample"] == 900
