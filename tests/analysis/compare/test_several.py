"""The table of more than two stores."""

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from analysis import compare
from senet_core.errors import InputError
from tests.synthetic import synthetic_store


def test_a_row_a_store_agrees_with_the_pairs():
    stores = [
        synthetic_store(accuracy=accuracy, seed=seed, gates=())
        for seed, accuracy in enumerate((0.93, 0.88, 0.7, 0.92))
    ]
    table = compare.comparison_table(stores)
    assert len(table) == 4
    assert table.loc[0, ["difference", "difference_low", "difference_high", "p"]].isna().all()
    pairs = [compare.compare_predictions(other, stores[0]) for other in stores[1:]]
    for row, pair in zip(table.loc[1:].itertuples(), pairs, strict=True):
        assert row.difference == pair.difference
        assert (row.difference_low, row.difference_high) == (pair.low, pair.high)
    holm = multipletests([pair.p for pair in pairs], method="holm")[1]
    np.testing.assert_allclose(table["p"][1:], holm)
    assert table["p"][1] > pairs[0].p
    for row, store in zip(table.itertuples(), stores, strict=True):
        share, sure = compare.accuracy(store), compare.calibration(store)
        assert (row.accuracy, row.low, row.high) == (share.value, share.low, share.high)
        assert (row.ece, row.ece_low, row.ece_high) == (sure.ece.value, sure.ece.low, sure.ece.high)
        assert (row.nll, row.nll_low, row.nll_high) == (sure.nll.value, sure.nll.low, sure.nll.high)
        assert (row.network, row.parameters) == ("cifar_resnet20 · fashion_mnist", 274_490)


def test_one_store_is_a_table_too():
    table = compare.comparison_table([synthetic_store(gates=())])
    assert table["difference"].isna().all()


def test_every_store_is_of_the_images_of_the_first():
    stores = [synthetic_store(per_class=n) for n in (5, 5, 6)]
    with pytest.raises(InputError, match=r"different images \(50 and 60\)"):
        compare.comparison_table(stores)
