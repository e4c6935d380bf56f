"""How good each image's probabilities were, which accuracy alone does not tell."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy import special

from analysis.compare.outcome import BLOCK, Integers, Outcome, align, labelled

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scores:
    """The probabilities p (softmax over K classes) of N labelled images, and what became of them.

    Attributes:
        outcome: the images' labels and predictions.
        confidence: (N,), the probability of the predicted class.
        nll: (N,), -log p of the true class, in nats.
        brier: (N,), Σ_k (p_k - y_k)², y one for the true class and else zero; from 0 to 2.
    """

    outcome: Outcome
    confidence: Array
    nll: Array
    brier: Array


def scores(ds: xr.Dataset) -> Scores:
    """The scores of every labelled image of a store; raises InputError as `accuracy` does."""
    samples = labelled(ds)
    labels = ds["label"].values[samples]
    blocks = [
        _block(ds["logits"][samples[start : start + BLOCK]].values, labels[start : start + BLOCK])
        for start in range(0, len(samples), BLOCK)
    ]
    predicted = np.concatenate([block[0] for block in blocks])
    confidence, nll, brier = (np.concatenate([b[1][row] for b in blocks]) for row in range(3))
    return Scores(Outcome(samples, labels, predicted), confidence, nll, brier)


def paired_scores(a: xr.Dataset, b: xr.Dataset) -> tuple[Scores, Scores]:
    """`scores` of two stores of the same images; raises InputError as it and `align` do."""
    align(a, b)
    return scores(a), scores(b)


def _block(logits: npt.NDArray[np.float32], labels: Integers) -> tuple[Integers, Array]:
    """Predictions (n,), and confidence, NLL and Brier score (3, n), of some images."""
    log_p = special.log_softmax(logits.astype(np.float64), axis=1)  # (n, K)
    p, rows = np.exp(log_p), np.arange(len(labels))
    predicted = logits.argmax(axis=1)
    brier = (p**2).sum(axis=1) - 2 * p[rows, labels] + 1
    return predicted, np.stack([p[rows, predicted], -log_p[rows, labels], brier])
