"""How much of the class can be read off the gates of a block, by a linear probe."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.naming import by_depth
from analysis.proportions import Proportion, proportion
from analysis.statistics.checks import require_gate, require_gates
from analysis.statistics.sampling import sample_classes
from senet_core.errors import InputError

Integers = npt.NDArray[np.int64]
Classifier = Literal["ridge", "logistic"]

_RIDGE_PENALTY = 100.0
"""On standardised gates: about a tenth of a thousand images."""

_LOGISTIC_C = 0.1


@dataclass(frozen=True, slots=True)
class Probe:
    """A cross-validated linear probe.

    Attributes:
        accuracy: the mean over the folds.
        folds: the accuracy of each, on images that it was not fitted to.
        right: the share of all images that were told right while left out, with its 95 % interval
            (Wilson's; it takes the fitted probes as given).
        chance: the share of the largest class, what the best guess without gates has right.
        images: how many took part.
        per_class: the most that one class could give.
        classes: of which they are.
        classifier: what told them.
        seed: of the choice of images and of the folds.
    """

    accuracy: float
    folds: tuple[float, ...]
    right: Proportion
    chance: float
    images: int
    per_class: int
    classes: int
    classifier: Classifier
    seed: int

    def columns(self) -> dict[str, Any]:
        """What a table says of it; ``low`` and ``high`` are of ``right``, the rest of the folds."""
        return {
            "accuracy": self.accuracy,
            "low": self.right.low,
            "high": self.right.high,
            "worst": min(self.folds),
            "best": max(self.folds),
            "chance": self.chance,
            "images": self.images,
            "per_class": self.per_class,
        }


def linear_probe(
    ds: xr.Dataset,
    gate: str,
    *,
    per_class: int | None = None,
    folds: int = 5,
    classifier: Classifier = "ridge",
    seed: int = 0,
) -> Probe:
    """Tell the class from one block's standardised gates, with a linear classifier.

    The folds are stratified. Means and deviations for the standardising are those of the fold's
    own training images. ``ridge`` fits least squares in closed form, in about n C² steps a fold
    whatever the number of classes; ``logistic`` is multinomial logistic regression, as accurate on
    the shipped store but ten times slower with ten classes and out of reach with a thousand.

    Args:
        ds: a store.
        gate: the gate's path.
        per_class: the most images of a class, chosen by ``seed``; None takes 100, or fewer where
            that would make more than 20,000 in all. Their gates are in memory together.
        folds: how many; classes with fewer images take no part.
        classifier: ``ridge`` or ``logistic``.
        seed: of the choice of images and of the folds.

    Raises:
        InputError: where the store has no such gate, fewer than two classes with enough images, or
            fewer than two folds are asked for.
    """
    require_gate(ds, gate)
    if folds < 2:
        raise InputError(f"{folds} folds leave nothing out; take at least 2")
    labels = np.asarray(ds["label"].values)
    per_class = max(_most_of_a_class(labels) if per_class is None else per_class, folds)
    places = _chosen(labels, per_class, folds, seed)
    chosen = labels[places]
    classes, counts = np.unique(chosen, return_counts=True)
    if len(classes) < 2:
        raise InputError(
            f"the store has fewer than two classes with {folds} images, which a probe of {folds} "
            "folds needs; collect more images"
        )
    values = ds[f"gate.{gate}"][places].values
    right = _folds(values, chosen, folds, classifier, seed)
    return Probe(
        accuracy=float(np.mean([hits.mean() for hits in right])),
        folds=tuple(float(hits.mean()) for hits in right),
        right=proportion(int(sum(hits.sum() for hits in right)), len(chosen)),
        chance=float(counts.max() / counts.sum()),
        images=len(chosen),
        per_class=per_class,
        classes=len(classes),
        classifier=classifier,
        seed=seed,
    )


def probe_by_depth(
    ds: xr.Dataset,
    *,
    per_class: int | None = None,
    folds: int = 5,
    classifier: Classifier = "ridge",
    seed: int = 0,
) -> pd.DataFrame:
    """`linear_probe` of each gate, in network order, all on the same images and folds.

    Returns:
        A row a gate: ``label``, ``path``, ``depth`` (1 for the first gate), ``accuracy`` (the mean
        over the folds), ``low`` and ``high`` (95 %), ``worst`` and ``best`` (of the folds),
        ``chance``, ``images``, ``per_class``.

    Raises:
        InputError: where the store has no gates or too few images.
    """
    rows = []
    for gate, row in by_depth(require_gates(ds)):
        found = linear_probe(
            ds, gate.path, per_class=per_class, folds=folds, classifier=classifier, seed=seed
        )
        rows.append(row | found.columns())
    return pd.DataFrame(rows)


def _folds(
    values: npt.NDArray[np.float32],
    labels: Integers,
    folds: int,
    classifier: Classifier,
    seed: int,
) -> list[npt.NDArray[np.bool_]]:
    """Of each fold, whether its images were told right by a probe fitted to the others."""
    from sklearn.model_selection import StratifiedKFold  # noqa: PLC0415  # slow to import
    from sklearn.pipeline import make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

    right = []
    split = StratifiedKFold(folds, shuffle=True, random_state=seed).split(values, labels)
    for train, test in split:
        model = make_pipeline(StandardScaler(), _model(classifier))
        model.fit(values[train], labels[train])
        right.append(np.asarray(model.predict(values[test]) == labels[test]))
    return right


def _model(classifier: Classifier) -> Any:
    from sklearn.linear_model import LogisticRegression, RidgeClassifier  # noqa: PLC0415

    if classifier == "ridge":
        return RidgeClassifier(alpha=_RIDGE_PENALTY)
    return LogisticRegression(C=_LOGISTIC_C, max_iter=1000)


def _most_of_a_class(labels: Integers) -> int:
    classes = len(np.unique(labels[labels >= 0]))
    return min(100, max(20_000 // max(classes, 1), 1))


def _chosen(labels: Integers, per_class: int, fewest: int, seed: int) -> Integers:
    """Places of at most ``per_class`` images of each class that has ``fewest``, ascending."""
    names, counts = np.unique(labels[labels >= 0], return_counts=True)
    enough = np.flatnonzero(np.isin(labels, names[counts >= fewest]))
    return np.asarray(enough[sample_classes(labels[enough], per_class=per_class, seed=seed)])
