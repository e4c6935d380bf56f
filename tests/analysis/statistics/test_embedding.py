"""PCA against scikit-learn's, UMAP by the structure that it must keep."""

import builtins

import numpy as np
import pytest
import xarray as xr
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import StandardScaler

from analysis import statistics
from analysis.statistics.apart import embed_apart
from analysis.store import open_store
from senet_core.errors import InputError
from tests.analysis.statistics.conftest import with_gate
from tests.synthetic import synthetic_store, write_store

GATE = "layer3.1.se"


@pytest.fixture(scope="module")
def grouped() -> xr.Dataset:
    """Three groups of classes, far apart, in a gate of 64 channels."""
    ds = synthetic_store(classes=[str(k) for k in range(6)], per_class=25)
    rng = np.random.default_rng(0)
    centres = rng.uniform(0.3, 0.7, (3, 64))[ds["label"].values // 2]
    return with_gate(ds, (centres + rng.normal(0, 0.02, (150, 64))).astype(np.float32), GATE)


def test_pca_is_scikit_learns(store):
    values = StandardScaler().fit_transform(store[f"gate.{GATE}"].values.astype(np.float64))
    model = PCA(2).fit(values)
    found = statistics.embed_images(store, GATE)
    signs = np.sign(np.take_along_axis(
        model.components_, np.abs(model.components_).argmax(axis=1)[:, None], axis=1
    ))  # fmt: skip
    np.testing.assert_allclose(found.points, model.transform(values) * signs.T, atol=1e-4)
    assert found.explained == pytest.approx(tuple(model.explained_variance_ratio_), rel=1e-4)
    assert found.samples.tolist() == list(range(249))
    assert found.labels.tolist() == store["label"].values.tolist()


def test_pca_of_class_means(store):
    means = StandardScaler().fit_transform(statistics.moments(store, GATE).mean)
    model = PCA(2).fit(means)
    found = statistics.embed_classes(store, GATE)
    np.testing.assert_allclose(np.abs(found.points), np.abs(model.transform(means)), atol=1e-6)
    assert found.explained == pytest.approx(tuple(model.explained_variance_ratio_))
    assert found.labels.tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 9]
    assert set(found.samples) == {-1}


@pytest.mark.parametrize("method", ["pca", "umap"])
def test_groups_stay_apart(grouped, method):
    found = statistics.embed_images(grouped, GATE, method=method)
    assert found.points.shape == (150, 2)
    assert silhouette_score(found.points, found.labels // 2) > 0.7
    again = statistics.embed_images(grouped, GATE, method=method)
    np.testing.assert_array_equal(found.points, again.points)
    assert np.isnan(found.explained).all() == (method == "umap")


def test_umap_of_a_few_classes(grouped):
    found = statistics.embed_classes(grouped, GATE, method="umap")
    assert found.points.shape == (6, 2)
    assert np.isfinite(found.points).all()


def test_a_gate_of_one_channel_and_one_that_never_varies(store):
    one = synthetic_store(gates=(("layer1.0.se", 1),), per_class=5)
    found = statistics.embed_images(one, "layer1.0.se")
    assert found.explained == (pytest.approx(1), 0)
    assert (found.points[:, 1] == 0).all()
    flat = with_gate(store, np.full((249, 64), 0.5, np.float32), GATE)
    found = statistics.embed_images(flat, GATE)
    assert found.explained == (0, 0)
    np.testing.assert_allclose(found.points, 0, atol=1e-7)


def test_many_images_are_sampled_and_unlabelled_ones_are_drawn(store):
    found = statistics.embed_images(store, GATE, most=100)
    assert found.samples.tolist() == statistics.sample_images(store, most=100).tolist()
    assert found.labels.tolist() == store["label"].values[found.samples].tolist()
    bare = synthetic_store(labels="none")
    assert set(statistics.embed_images(bare, GATE).labels) == {-1}
    with pytest.raises(InputError, match="no labelled samples"):
        statistics.embed_classes(bare, GATE)


def test_too_few_points_make_no_map():
    with pytest.raises(InputError, match="3 images, too few"):
        statistics.embed_images(synthetic_store(classes=("a",), per_class=3), GATE)
    with pytest.raises(InputError, match="2 classes with samples, too few"):
        statistics.embed_classes(synthetic_store(classes=("a", "b")), GATE)
    with pytest.raises(InputError, match="has no gates"):
        statistics.embed_images(synthetic_store(gates=()), GATE)


def test_without_umap_one_sentence_says_so(store, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "umap":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match="UMAP needs the package umap-learn; install it with"):
        statistics.embed_images(store, GATE, method="umap")
    statistics.embed_images(store, GATE)


def test_umap_in_a_process_of_its_own_is_the_same_or_the_same_sentence(tmp_path, grouped):
    store = write_store(grouped, tmp_path / "s.zarr")
    found = embed_apart(store, GATE, most=60)
    here = statistics.embed_images(open_store(store), GATE, method="umap", most=60)
    np.testing.assert_allclose(found.points, here.points, rtol=1e-4, atol=1e-3)
    assert found.samples.tolist() == here.samples.tolist()
    assert found.labels.tolist() == here.labels.tolist()
    assert found.method == "umap"
    with pytest.raises(InputError, match="the store has no gate 'x'; choose from"):
        embed_apart(store, "x", most=60)
