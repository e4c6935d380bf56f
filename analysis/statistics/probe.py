"""How much of the class can be read off the gates of a block, by a linear probe."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from analysis.statistics.checks import require_gate
from senet_core.errors import InputError

_MOST_CLASSES = 50
"""Beyond, a ridge classifier stands for the logistic regression, which would take hours."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A cross-validated linear probe.

    Attributes:
        accuracy: the mean over the folds.
        folds: the accuracy of each, on images that it was not fitted to.
        chance: the share of the largest class.
        images: how many took part.
        classes: of which they are.
    """

    accuracy: float
    folds: tuple[float, ...]
    chance: float
    images: int
    classes: int


def linear_probe(
    ds: xr.Dataset, gate: str, *, per_class: int = 100, folds: int = 5, seed: int = 0
) -> Probe:
    """Tell the class from one block's standardised gates, by logistic regression.

    Over more than 50 classes a ridge classifier does it. The folds are stratified.

    Args:
        ds: a store.
        gate: the gate's path.
        per_class: the most images of a class, chosen by ``seed``.
        folds: how many; classes with fewer images take no part.
        seed: of the choice of images and of the folds.

    Raises:
        InputError: where the store has no such gate, or fewer than two classes with enough images.
    """
    require_gate(ds, gate)
    places = _chosen(ds["label"].values, per_class, folds, np.random.default_rng(seed))
    labels = ds["label"].values[places]
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2:
        raise InputError(
            f"the store has fewer than two classes with {folds} images, which a probe of {folds} "
            "folds needs; collect more images"
        )
    values = ds[f"gate.{gate}"][places].values
    if len(classes) > _MOST_CLASSES:
        model = RidgeClassifier()
    else:
        model = LogisticRegression(max_iter=1000)
    scores = cross_val_score(
        make_pipeline(StandardScaler(), model),
        values,
        labels,
        cv=StratifiedKFold(folds, shuffle=True, random_state=seed),
    )
    return Probe(
        accuracy=float(scores.mean()),
        folds=tuple(float(score) for score in scores),
        chance=float(counts.max() / counts.sum()),
        images=len(labels),
        classes=len(classes),
    )


def _chosen(
    labels: npt.NDArray[np.int64], per_class: int, fewest: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Places of at most ``per_class`` images of each class that has ``fewest``, ascending."""
    parts = []
    for k in np.unique(labels[labels >= 0]):
        own = np.flatnonzero(labels == k)
        if len(own) >= fewest:
            parts.append(rng.permutation(own)[: max(per_class, fewest)])
    return np.sort(np.concatenate([np.empty(0, np.int64), *parts]))
