import numpy as np
import pytest

from analysis.zoo import zoo_against_paper
from senet_core import list_models


@pytest.fixture(scope="module")
def table():
    return zoo_against_paper().set_index("name")


def test_every_network_has_a_row(table):
    assert table.index.tolist() == list_models()
    assert set(table.loc[table["family"] == "cifar"].index) == {
        name for name in list_models() if "cifar_" in name
    }


def test_sizes_and_costs_stand_beside_the_paper_s(table):
    se = table.loc["se_resnet50"]
    assert (se["parameters"], se["macs"], se["flops"]) == (28_088_024, 3_860_488_192, 3_866_007_552)
    assert se["parameters_paper"] == 28.1e6  # of the ablations, Tables 10 and 13 to 16
    assert se["flops_paper"] == 3.87e9  # Table 2
    assert se["flops_printed"] == "3.87 G"
    assert se["flops_off"] == pytest.approx(-0.103, abs=5e-4)
    assert se["parameters_agree"] is True
    inception = table.loc["se_inception_resnet_v2"]
    assert inception["flops_agree"] is False
    assert inception["flops_off"] == pytest.approx(12.04, abs=5e-3)
    mobile = table.loc["mobilenet_v1"]
    assert mobile["parameters_paper"] == pytest.approx(4.2e6)
    assert mobile["flops_paper"] == pytest.approx(569e6)


def test_what_the_paper_does_not_state_is_missing(table):
    for name in ("resnet18", "senet154", "cifar_resnet20", "vgg16_bn"):
        assert np.isnan(table.loc[name, "parameters_paper"])
        assert table.loc[name, "parameters_agree"] is None


def test_the_cost_of_se_is_that_of_the_pair(table):
    for name in ("resnet50", "se_resnet50"):
        row = table.loc[name]
        assert row["se_parameters"] == pytest.approx(100 * 2_530_992 / 25_557_032)
        assert row["se_macs"] == pytest.approx(100 * 2_514_944 / 3_857_973_248)
        assert row["se_top1"] == pytest.approx(-1.51)
    assert table.loc["senet154", ["se_parameters", "se_macs", "se_top1"]].isna().all()


def test_errors_are_those_of_one_data_set(table):
    assert tuple(table.loc["senet154", ["top1", "top5", "data"]]) == (18.68, 4.47, "ImageNet")
    assert table.loc["se_cifar_wrn16_8", "top1"] == 3.88
    assert table.loc["se_cifar_shake_even29_2x4x64d", "data"] == "CIFAR-100"
    assert table.loc["resnet18", "data"] == ""
