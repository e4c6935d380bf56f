"""Results are found by what they were made from, not by where they lie or how they are called."""

import numpy as np
import pandas as pd
import pytest

from analysis.intervene import Outcomes
from analysis.intervene.results import (
    find_result,
    result_files,
    result_stamp,
    results_name,
)
from analysis.intervene.tally import Tally
from analysis.intervene.variants import block_variants
from analysis.spreadsheet import csv
from analysis.store import gates_of
from tests.synthetic import synthetic_store

CLASSES = ("None", "=1+1", "'quoted'", "NA")


@pytest.fixture
def ds():
    return synthetic_store(classes=CLASSES, per_class=5).assign_attrs(weights_digest="abc")


@pytest.fixture
def found(ds):
    variants = block_variants(gates_of(ds), ds, ("one", "mean"), 0)
    tally = Tally.empty(len(variants), len(CLASSES))
    rng = np.random.default_rng(0)
    labels = ds["label"].values
    predicted = rng.integers(0, len(CLASSES), (len(labels), len(variants)))
    tally.add(labels, predicted, -rng.random(predicted.shape))
    return Outcomes(pd.DataFrame([v.columns for v in variants]), CLASSES, tally)


def write(folder, found, experiment="blocks"):
    folder.mkdir(parents=True)
    for file, table in zip(
        result_files(folder, experiment), (found.table(), found.by_class()), strict=True
    ):
        file.write_bytes(csv(table))


def test_what_was_written_is_read_to_the_last_digit(ds, found, tmp_path):
    write(tmp_path / results_name(ds), found)
    result = find_result(ds, [tmp_path / "absent", tmp_path], "blocks")
    pd.testing.assert_frame_equal(result.table, found.table(), check_dtype=False)
    pd.testing.assert_frame_equal(result.by_class, found.by_class(), check_dtype=False)
    assert find_result(ds, [tmp_path], "pruning") is None


def test_a_folder_may_have_any_name_before_its_digest(ds, found, tmp_path):
    name = results_name(ds)
    assert name.startswith("se_cifar_resnet20.fashion_mnist-")
    write(tmp_path / f"mine-{name.rpartition('-')[2]}", found)
    assert find_result(ds, [tmp_path], "blocks") is not None


@pytest.mark.parametrize("attribute", ["weights_digest", "dataset_digest"])
def test_results_of_other_weights_or_images_are_not_found(ds, found, tmp_path, attribute):
    write(tmp_path / results_name(ds), found)
    other = ds.assign_attrs({attribute: "other"})
    assert find_result(other, [tmp_path], "blocks") is None
    assert result_stamp(other, [tmp_path], "blocks") == ()
    assert len(result_stamp(ds, [tmp_path], "blocks")) == 2


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe", b"kind,label\n"])
def test_a_file_that_is_no_result_is_passed_over(ds, found, tmp_path, content):
    folder = tmp_path / results_name(ds)
    write(folder, found)
    table, by_class = result_files(folder, "blocks")
    by_class.write_bytes(content)
    assert find_result(ds, [tmp_path], "blocks").by_class is None
    table.write_bytes(content)
    assert find_result(ds, [tmp_path], "blocks") is None
