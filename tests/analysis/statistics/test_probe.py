"""The probe against scikit-learn by hand, and on gates that say all or nothing of the class."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from analysis import statistics
from analysis.proportions import proportion
from senet_core.errors import InputError
from tests.synthetic import synthetic_store

GATE = "layer1.0.se"


MODELS = {
    "ridge": lambda: RidgeClassifier(alpha=100.0),
    "logistic": lambda: LogisticRegression(C=0.1, max_iter=1000),
}


@pytest.mark.parametrize("classifier", MODELS)
def test_the_probe_is_cross_validated(store, classifier):
    found = statistics.linear_probe(store, GATE, classifier=classifier, seed=3)
    labels = store["label"].values
    kept = np.isin(labels, [k for k in range(10) if (labels == k).sum() >= 5])
    x, y = store[f"gate.{GATE}"].values[kept], labels[kept]
    scores, hits = [], 0
    for train, test in StratifiedKFold(5, shuffle=True, random_state=3).split(x, y):
        scaler = StandardScaler().fit(x[train])
        model = MODELS[classifier]().fit(scaler.transform(x[train]), y[train])
        scores.append(model.score(scaler.transform(x[test]), y[test]))
        hits += int((model.predict(scaler.transform(x[test])) == y[test]).sum())
    assert len(set(scores)) > 1
    assert found.folds == pytest.approx(tuple(scores))
    assert found.accuracy == pytest.approx(np.mean(scores))
    assert found.right == proportion(hits, len(y))
    assert (found.images, found.classes, found.classifier) == (len(y), 7, classifier)
    assert found.chance == pytest.approx(60 / len(y))
    assert found.right.low > found.chance


def test_gates_that_know_nothing_are_at_chance(store):
    noise = np.random.default_rng(0).uniform(size=(store.sizes["sample"], 16)).astype(np.float32)
    blind = store.assign({f"gate.{GATE}": (store[f"gate.{GATE}"].dims, noise)})
    found = statistics.linear_probe(blind, GATE)
    assert found.right.low < found.chance < found.right.high + 0.05
    assert found.accuracy < 0.3


def test_gates_that_are_the_class_are_always_right(store):
    label = store["label"].values
    clear = np.eye(16, dtype=np.float32)[label % 16]
    told = store.assign({f"gate.{GATE}": (store[f"gate.{GATE}"].dims, clear)})
    assert statistics.linear_probe(told, GATE).folds == (1, 1, 1, 1, 1)


def test_the_probe_takes_a_few_images_of_each_class(store):
    found = statistics.linear_probe(store, GATE, per_class=8)
    assert (found.images, found.per_class) == (7 * 8, 8)
    assert statistics.linear_probe(store, GATE, per_class=8) == found
    assert statistics.linear_probe(store, GATE, per_class=8, seed=1) != found
    assert statistics.linear_probe(store, GATE).per_class == 100


def test_unlabelled_images_take_no_part(store):
    label = store["label"].values.copy()
    label[label == 9] = -1
    order = np.argsort(label, kind="stable")
    half = store.assign_coords(label=("sample", label)).isel(sample=order)
    assert statistics.linear_probe(half, GATE).images == 249 - 60 - 3


def test_what_a_probe_needs(store):
    with pytest.raises(InputError, match="fewer than two classes with 5 images"):
        statistics.linear_probe(synthetic_store(per_class=3), GATE)
    with pytest.raises(InputError, match="fewer than two classes with 5 images"):
        statistics.linear_probe(synthetic_store(labels="none"), GATE)
    with pytest.raises(InputError, match="1 folds leave nothing out"):
        statistics.linear_probe(store, GATE, folds=1)
    for ask in (lambda ds: statistics.linear_probe(ds, GATE), statistics.probe_by_depth):
        with pytest.raises(InputError, match="has no gates"):
            ask(synthetic_store(gates=()))


def test_by_depth_each_gate_has_its_probe(store):
    table = statistics.probe_by_depth(store, per_class=20)
    assert table["label"].tolist() == ["SE_1_1", "SE_1_2", "SE_2_1", "SE_3_2"]
    own = statistics.linear_probe(store, GATE, per_class=20)
    row = table.iloc[0]
    assert (row["accuracy"], row["low"], row["high"]) == (
        own.accuracy,
        own.right.low,
        own.right.high,
    )
    assert (row["worst"], row["best"]) == (min(own.folds), max(own.folds))
    assert (row["images"], row["chance"]) == (own.images, own.chance)
    assert table["accuracy"].iloc[-1] > table["accuracy"].iloc[0]
