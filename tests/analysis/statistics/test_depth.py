"""The table by depth repeats what each statistic says of its gate."""

import numpy as np
import pytest

from analysis import statistics
from analysis.store import open_store
from senet_core.errors import InputError
from tests.analysis.statistics.conftest import PER_CLASS
from tests.synthetic import synthetic_store, write_store


def test_each_row_says_what_the_statistics_say():
    store = synthetic_store(per_class=PER_CLASS)
    table = statistics.profile_by_depth(store)
    assert table["label"].tolist() == ["SE_1_1", "SE_1_2", "SE_2_1", "SE_3_2"]
    assert table["depth"].tolist() == [1, 2, 3, 4]
    assert table["channels"].tolist() == [16, 16, 32, 64]
    for row in table.itertuples():
        shares = statistics.saturation(store, row.path).mean()
        dead = statistics.dead_channels(store, row.path).mean()
        assert (row.low, row.high) == (shares["low"], shares["high"])
        assert row.never_varies == dead["never_varies"]
        assert (row.never_opens, row.never_shuts) == (dead["never_opens"], dead["never_shuts"])
        assert row.entropy == statistics.entropy(store, row.path)["entropy"].mean()
        assert row.dimension == statistics.effective_dimension(store, row.path)
        assert row.dimension_classes == statistics.effective_dimension(
            store, row.path, of="classes"
        )
        raw, label = store[f"gate.{row.path}"].values.astype(np.float64), store["label"].values
        means = np.stack([raw[label == k].mean(0) for k in range(10) if k != 2])[
            np.searchsorted([k for k in range(10) if k != 2], label)
        ]
        assert row.within == pytest.approx(np.sqrt(((raw - means) ** 2).mean()), rel=1e-5)
        assert row.between == pytest.approx(np.sqrt(((means - raw.mean(0)) ** 2).mean()), rel=1e-5)
    assert table["high"].iloc[-1] > table["high"].iloc[0]


def test_a_written_store_says_the_same(tmp_path):
    store = synthetic_store(per_class=PER_CLASS)
    stored = open_store(write_store(store, tmp_path / "a.zarr"))
    first, second = (statistics.profile_by_depth(ds) for ds in (store, stored))
    numbers = first.columns[3:]
    np.testing.assert_allclose(first[numbers], second[numbers], rtol=1e-4, atol=1e-4)


def test_unlabelled_images_have_no_classes_to_tell_of():
    table = statistics.profile_by_depth(synthetic_store(labels="none"))
    assert table[["dimension_classes", "between", "within"]].isna().all(axis=None)
    assert table[["low", "high", "entropy", "dimension"]].notna().all(axis=None)


def test_unbounded_gates_do_not_saturate():
    store = synthetic_store()
    store.attrs["gates"] = store.attrs["gates"].replace('"bounded": true', '"bounded": false', 1)
    table = statistics.profile_by_depth(store)
    assert table["low"].isna().tolist() == [True, False, False, False]
    assert table["entropy"].notna().all()


def test_a_baseline_has_no_gates():
    with pytest.raises(InputError, match="has no gates"):
        statistics.profile_by_depth(synthetic_store(gates=()))
