"""Counts and intervals of an experiment, against hand-made images and the peers."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from analysis.intervene import Outcomes
from analysis.intervene.tally import Tally
from analysis.proportions import PairedCounts, newcombe, proportion
from senet_core import InputError

LABELS = np.array([0, 0, 1, 1, 2])
# The unmodified network, one that errs more, one that errs otherwise (3 for 2) and once more.
PREDICTED = np.array([[0, 0, 0], [0, 1, 0], [1, 1, 0], [2, 2, 3], [2, 0, 2]])
LOG_P = np.array([[-0.1, -0.2, -0.1], [-0.2, -1.0, -0.2], [-0.3, -0.3, -2.0], [-2, -3, -0.5]])
LOG_P = np.vstack([LOG_P, [-0.4, -1.4, -0.4]])


def outcomes(tally, variants=3):
    return Outcomes(pd.DataFrame({"kind": list("uvwxyz")[:variants]}), ("a", "b", "c", "d"), tally)


def tally_of(labels, predicted, log_p, pieces=((0, None),)):
    tally = Tally.empty(predicted.shape[1], 4)
    for start, stop in pieces:
        tally.add(labels[start:stop], predicted[start:stop], log_p[start:stop])
    return tally


def test_the_table_by_hand():
    table = outcomes(tally_of(LABELS, PREDICTED, LOG_P)).table()
    assert table["kind"].tolist() == ["u", "v", "w"]
    assert table["n"].tolist() == [5, 5, 5]
    assert table["accuracy"].tolist() == [0.8, 0.4, 0.6]
    np.testing.assert_allclose(table["change"], [0, -0.4, -0.2])
    assert table["agreement"].tolist() == [1, 0.6, 0.6]
    np.testing.assert_allclose(table["log_p"], [-0.6, -1.18, -0.64])
    np.testing.assert_allclose(table["log_p_change"], [0, -0.58, -0.04])


def test_classes_by_hand():
    table = outcomes(tally_of(LABELS, PREDICTED, LOG_P)).by_class()
    assert table["class"].tolist() == ["a", "b", "c"] * 3  # none has the fourth
    assert table["kind"].tolist() == list("uuuvvvwww")
    assert table["n"].tolist() == [2, 2, 1] * 3
    assert table["accuracy"].tolist() == [1, 0.5, 1, 0.5, 0.5, 0, 1, 0, 1]
    assert table["change"].tolist() == [0, 0, 0, -0.5, 0, -1, 0, -0.5, 0]
    assert (table.loc[:2, ["change_low", "change_high"]] == 0).all(axis=None)


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, 300)
    wrong = rng.random((300, 4)) < [0.1, 0.3, 0.12, 0.8]
    predicted = np.where(wrong, (labels[:, None] + 1) % 4, labels[:, None])
    return labels, predicted, -rng.gamma(1.0, 1.0, (300, 4))


def test_intervals_and_p_are_the_peers(many):
    labels, predicted, log_p = many
    table = outcomes(tally_of(*many), 4).table()
    right = predicted == labels[:, None]
    raw = []
    for v in range(4):
        share = proportion(int(right[:, v].sum()), 300)
        same = proportion(int((predicted[:, v] == predicted[:, 0]).sum()), 300)
        row = table.iloc[v]
        assert (row["accuracy_low"], row["accuracy_high"]) == pytest.approx((share.low, share.high))
        assert (row["agreement_low"], row["agreement_high"]) == pytest.approx((same.low, same.high))
        if v:
            a, b = right[:, v], right[:, 0]
            cells = [[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]]
            raw.append(mcnemar(cells, exact=True).pvalue)
            low, high = newcombe(PairedCounts(*(np.array([n]) for n in np.ravel(cells))))
            assert (row["change_low"], row["change_high"]) == pytest.approx((low[0], high[0]))
            t = stats.ttest_1samp(log_p[:, v] - log_p[:, 0], 0).confidence_interval(0.95)
            assert row["log_p_change_low"] == pytest.approx(t.low)
            assert row["log_p_change_high"] == pytest.approx(t.high)
    np.testing.assert_allclose(table["p"][1:], multipletests(raw, method="fdr_bh")[1], rtol=1e-9)
    assert table["p"][0] == 1


def test_batches_add_up(many):
    whole = outcomes(tally_of(*many), 4)
    parts = outcomes(tally_of(*many, pieces=((200, None), (0, 1), (1, 200))), 4)
    pd.testing.assert_frame_equal(whole.table(), parts.table(), rtol=1e-12)
    pd.testing.assert_frame_equal(whole.by_class(), parts.by_class())


def test_one_image_has_no_interval_of_its_log_probability():
    table = outcomes(tally_of(LABELS[:1], PREDICTED[:1], LOG_P[:1])).table()
    assert np.isnan(table.loc[1, "log_p_change_low"])
    assert table.loc[1, "log_p_change"] == pytest.approx(-0.1)


def test_no_image_at_all_is_said():
    with pytest.raises(InputError, match="none of the images could be read"):
        outcomes(Tally.empty(3, 4)).table()
