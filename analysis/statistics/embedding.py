"""Images, or classes, as points in a plane: neighbours have like gates."""

import warnings
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy import linalg

from analysis.statistics.checks import require_gate
from analysis.statistics.class_moments import moments, standardising
from analysis.statistics.covariance import Covariance, covariance
from analysis.statistics.sampling import MOST, sample_images, take
from analysis.stream import stream_gate
from analysis.words import told
from senet_core.errors import InputError

Array = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Method = Literal["pca", "umap"]

_COMPONENTS = 50
"""Principal components that UMAP starts from, as is usual: the rest is mostly noise."""

_NEIGHBOURS = 15  # UMAP's own default
_FEWEST = 4


@dataclass(frozen=True, slots=True)
class Embedding:
    """Points in a plane.

    Attributes:
        points: (n, 2).
        samples: (n,) the images' places in the store; -1 for class means.
        labels: (n,) their classes' places on ``class``; -1 for images that have none.
        method: what placed them.
        explained: the share of the variance along each axis; NaN for UMAP, whose axes mean
            nothing.
    """

    points: Array
    samples: Integers
    labels: Integers
    method: Method
    explained: tuple[float, float]


def embed_images(
    ds: xr.Dataset, gate: str, *, method: Method = "pca", most: int = MOST, seed: int = 0
) -> Embedding:
    """The images of a store in the plane, by one block's standardised gates.

    Each channel counts by its distance from its mean in its standard deviations; one that never
    varies counts for nothing. ``pca`` draws the two directions in which those vary most; it streams
    the raw gates twice, with N C² multiplications and C² numbers in memory. The sign of each axis
    is such that its largest weight is positive. ``umap`` keeps neighbourhoods (L. McInnes et al.,
    2018) by the angles between the first 50 principal components: all that a block opens or shuts
    together would hide the classes else. Distances between its groups mean little.

    Args:
        ds: a store.
        gate: the gate's path.
        method: ``pca`` or ``umap``.
        most: images, chosen by ``seed``, the same share of each class.
        seed: of their choice, and of UMAP.

    Raises:
        InputError: where the store has no such gate or fewer than four images, or where UMAP is
            not installed.
    """
    if method == "pca":
        axes = principal_axes(ds, gate, most=most, seed=seed)
        return project(ds, gate, axes, sample_images(ds, most=most, seed=seed))
    require_gate(ds, gate)
    places = sample_images(ds, most=most, seed=seed)
    _require_points(len(places), told("images"))
    chosen = take(ds, places)
    scores = _scores(chosen, gate, _principal(covariance(chosen, gate), method))
    nothing = (float("nan"), float("nan"))
    return Embedding(_placed(scores, method, seed), places, chosen["label"].values, method, nothing)


def principal_axes(ds: xr.Dataset, gate: str, *, most: int = MOST, seed: int = 0) -> "Axes":
    """The two axes of `embed_images` by ``pca``, so that more images can be placed along them.

    Raises:
        InputError: where the store has no such gate or fewer than four images.
    """
    require_gate(ds, gate)
    places = sample_images(ds, most=most, seed=seed)
    _require_points(len(places), told("images"))
    return _principal(covariance(take(ds, places), gate), "pca")


def project(ds: xr.Dataset, gate: str, axes: "Axes", places: Integers) -> Embedding:
    """Images of a store along axes of `principal_axes`.

    Args:
        ds: a store.
        gate: the gate's path.
        axes: of the same gate.
        places: (n,) of the images in the store, ascending.
    """
    chosen = take(ds, places)
    scores = _scores(chosen, gate, axes)
    points = np.pad(scores, ((0, 0), (0, 2 - scores.shape[1])))
    return Embedding(points, places, chosen["label"].values, "pca", axes.explained)


def _scores(chosen: xr.Dataset, gate: str, axes: "Axes") -> Array:
    blocks = [(values - axes.mean) @ axes.weights for _, values in stream_gate(chosen, gate)]
    return np.concatenate([np.empty((0, axes.weights.shape[1])), *blocks])


def embed_classes(ds: xr.Dataset, gate: str, *, method: Method = "pca", seed: int = 0) -> Embedding:
    """The classes that have samples, in the plane by their mean gates; see `embed_images`.

    Raises:
        InputError: where the store has no such gate or samples of fewer than four classes, or
            where UMAP is not installed.
    """
    pooled = moments(ds, gate)
    _require_points(len(pooled.classes), told("classes with samples"))
    mean = pooled.mean.mean(axis=0)
    apart = pooled.mean - mean
    axes = _principal(Covariance(len(apart), mean, apart.T @ apart / len(apart)), method)
    placed = _placed(apart @ axes.weights, method, seed)
    nowhere = np.full(len(apart), -1)
    return Embedding(placed, nowhere, pooled.classes, method, axes.explained)


@dataclass(frozen=True, slots=True)
class Axes:
    """Principal components of standardised gates.

    Attributes:
        mean: (C,) of the gates.
        weights: (C, d), a column a component, for gates less their mean; that they are
            standardised is in it.
        explained: the shares of the variance along the first two.
    """

    mean: Array
    weights: Array
    explained: tuple[float, float]


def _principal(found: Covariance, method: Method) -> Axes:
    channels = len(found.mean)
    d = min(2 if method == "pca" else _COMPONENTS, channels)
    scale = standardising(found.mean, np.diag(found.matrix))
    correlation = found.matrix * scale * scale[:, None]
    variances, weights = linalg.eigh(correlation, subset_by_index=[channels - d, channels - 1])
    variances, weights = variances[::-1].clip(min=0), weights[:, ::-1]
    largest = np.take_along_axis(weights, np.abs(weights).argmax(axis=0)[None], axis=0)
    weights = scale[:, None] * weights * np.where(largest < 0, -1.0, 1.0)
    total = float(np.trace(correlation))
    if method == "umap":
        explained = (float("nan"), float("nan"))
    else:
        shares = [float(one) / total if total > 0 else 0.0 for one in variances[:2]]
        explained = (shares[0], shares[1] if d > 1 else 0.0)
    return Axes(found.mean, weights, explained)


def _placed(scores: Array, method: Method, seed: int) -> Array:
    """(n, 2) of principal scores (n, d)."""
    if method == "pca":
        return np.pad(scores, ((0, 0), (0, 2 - scores.shape[1])))
    model = _umap()(
        n_neighbors=min(_NEIGHBOURS, len(scores) - 1),
        metric="cosine",
        # Its spectral start needs more points than that.
        init="spectral" if len(scores) > _NEIGHBOURS else "random",
        random_state=seed,
        n_jobs=1,  # what a fixed random_state means; else UMAP warns
    )
    return np.asarray(model.fit_transform(scores), np.float64)


def _umap() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what its other parts would need
            from umap import UMAP  # noqa: PLC0415  # takes seconds and may not be there
    except ImportError as error:
        raise InputError(
            "UMAP needs the package umap-learn; install it with `pip install umap-learn`, "
            "or choose PCA"
        ) from error
    return UMAP


def _require_points(points: int, what: str) -> None:
    if points < _FEWEST:
        raise InputError(
            f"the store has {points} {what}, too few to be drawn as a map; "
            f"collect at least {_FEWEST}"
        )
