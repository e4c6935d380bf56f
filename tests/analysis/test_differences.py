"""What two stores differ in, and what their networks cost."""

import json

import pytest

from analysis import open_store
from analysis.differences import Difference, cost_of, differences, facts_of
from senet_core import create_model
from senet_core.complexity import complexity
from tests.analysis.test_runs import make_run
from tests.synthetic import synthetic_store

DEMO = "dashboard/demo"


@pytest.fixture(scope="module")
def shipped():
    return [open_store(f"{DEMO}/{name}.imagenette.zarr") for name in ("se_resnet50", "resnet50")]


def test_the_shipped_pair_differs_in_its_gates_and_what_they_cost(shipped):
    found = {
        (each.name, each.detail): each for each in differences(*(facts_of(ds) for ds in shipped))
    }
    assert found["Parameters", ""] == Difference("Parameters", "", 1_647_302, 1_486_106)
    assert found["Multiply-adds (MACs)", ""].a == 86_080_000
    assert found["SE blocks", ""] == Difference("SE blocks", "", 16, 0)
    assert found["SE setting", "reduction"] == Difference("SE setting", "reduction", 16, None)
    assert not found["SE setting", "reduction"].known
    assert found["Option", "width"].same
    assert found["Recipe", ""] == Difference("Recipe", "", "imagenette", "imagenette")
    assert found["Preparation", "image_size"].a == 128


def test_each_fact_is_there_once_and_names_stay_together(shipped):
    found = differences(*(facts_of(ds) for ds in shipped))
    names = [each.name for each in found]
    assert len({(each.name, each.detail) for each in found}) == len(found)
    starts = [name for name, before in zip(names, [None, *names], strict=False) if name != before]
    assert len(starts) == len(set(starts))


def test_cost_is_that_of_the_network_with_its_options_and_images():
    store = synthetic_store().assign_attrs(transform=json.dumps({"image_size": 32, "in_chans": 1}))
    wanted = complexity(create_model("se_cifar_resnet20", 10, 1))
    found = cost_of(store)
    assert (found.parameters, found.macs) == (wanted.parameters, wanted.macs)


@pytest.mark.parametrize(
    "said", [{"architecture": "timm:resnet18"}, {"options": '{"flavour": 1}'}, {"se": '{"x": 1}'}]
)
def test_networks_that_are_not_ours_have_no_known_cost(said):
    assert cost_of(synthetic_store().assign_attrs(said)) is None


def test_what_cannot_be_read_is_not_known():
    store = synthetic_store().assign_attrs(transform="{", options="[]")
    facts = facts_of(store)
    assert facts["Split", ""] == "test"
    assert ("Recipe", "") not in facts


def test_settings_of_the_run_are_facts_of_its_checkpoint(shipped, tmp_path):
    source = shipped[0].attrs["checkpoint_file"].rsplit("/", 1)[-1]
    folder = make_run(tmp_path / "run", lr=0.1, milestones=[3, 5], ema=None, out="/x")
    (folder / source).symlink_to(f"{__file__.split('/tests/')[0]}/{DEMO}/{source}")
    store = shipped[0].assign_attrs(checkpoint_file=str(folder / source))
    facts = facts_of(store)
    assert facts["Setting", "lr"] == 0.1
    assert facts["Setting", "milestones"] == "[3, 5]"
    assert facts["Setting", "ema"] == ""
    assert ("Setting", "out") not in facts
