"""What became of the images under every variant, counted as they pass. Imports no torch."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from analysis.intervene.means import Floats, Integers
from analysis.moments import Moments
from analysis.proportions import PairedCounts, mcnemar, newcombe, wilson
from senet_core.errors import InputError


@dataclass
class Tally:
    """Counts for V variants and K classes; memory does not grow with the images.

    The first variant is the unmodified network, and every other one is compared with it image by
    image.

    Attributes:
        cells: (4, K, V): images that the variant and the unmodified network have both right, that
            the variant alone has, that the unmodified one alone has, that neither has.
        agree: (K, V): images for which both predict the same class, right or wrong.
        log_p: of the true class's log-probability, (1, V).
        log_p_change: of its difference to the unmodified network's, (1, V).
    """

    cells: Integers
    agree: Integers
    log_p: Moments
    log_p_change: Moments

    @classmethod
    def empty(cls, variants: int, classes: int) -> "Tally":
        """No image yet."""
        return cls(
            np.zeros((4, classes, variants), np.int64),
            np.zeros((classes, variants), np.int64),
            Moments.empty(1, variants),
            Moments.empty(1, variants),
        )

    def add(self, labels: Integers, predicted: Integers, log_p: Floats) -> None:
        """Count some images.

        Args:
            labels: (n,), their classes.
            predicted: (n, V), the class that each variant predicts.
            log_p: (n, V), the log-probability that it gives to the true class.
        """
        right = predicted == labels[:, None]
        before = right[:, :1]
        for cell, these in enumerate(
            (right & before, right & ~before, ~right & before, ~right & ~before)
        ):
            np.add.at(self.cells[cell], labels, these)
        np.add.at(self.agree, labels, predicted == predicted[:, :1])
        one = np.zeros(len(labels), np.int64)
        self.log_p = self.log_p.merge(Moments.of(log_p, one, 1))
        change = log_p - log_p[:, :1]
        self.log_p_change = self.log_p_change.merge(Moments.of(change, one, 1))


@dataclass(frozen=True)
class Outcomes:
    """What an experiment found.

    Attributes:
        variants: a row a variant, the unmodified network first: what each is called.
        classes: (K,) their names.
        tally: the counts.
    """

    variants: pd.DataFrame
    classes: tuple[str, ...]
    tally: Tally

    def table(self) -> pd.DataFrame:
        """A row a variant.

        All intervals are of 95 %, over the images; changes are against the unmodified network on
        the same images, negative where the variant is worse.

        Returns:
            The columns of ``variants``, then ``n``; ``accuracy`` with ``accuracy_low`` and
            ``accuracy_high`` (Wilson's); its ``change`` with ``change_low`` and ``change_high``
            (Newcombe's, paired) and ``p`` (McNemar's exact test, corrected over the rows by
            Benjamini and Hochberg's procedure); ``agreement``, the share of images with the same
            prediction, with ``agreement_low`` and ``agreement_high``; ``log_p``, the mean
            log-probability of the true class in nats, and its ``log_p_change`` with
            ``log_p_change_low`` and ``log_p_change_high`` (Student's, paired).

        Raises:
            InputError: where no image could be read.
        """
        counts = PairedCounts(*self.tally.cells.sum(axis=1))  # (V,)
        if not counts.n[0]:
            raise InputError("none of the images could be read; give intact image files")
        agree = self.tally.agree.sum(axis=0)
        low, high = wilson(agree, counts.n)
        found = {
            **_accuracy(counts),
            "agreement": agree / counts.n,
            "agreement_low": low,
            "agreement_high": high,
            "log_p": self.tally.log_p.mean[0],
            **_mean_change(self.tally.log_p_change),
        }
        return pd.concat([self.variants, pd.DataFrame(found)], axis=1)

    def by_class(self) -> pd.DataFrame:
        """A row a variant and class that has images.

        Returns:
            The columns of ``variants``, then ``class`` (its name), ``n``, and accuracy and change
            as in `table`, over the images of that class; ``p`` is corrected over all rows.
        """
        present = np.flatnonzero(self.tally.cells[:, :, 0].sum(axis=0))
        counts = PairedCounts(*self.tally.cells[:, present].transpose(0, 2, 1).reshape(4, -1))
        rows = self.variants.loc[self.variants.index.repeat(len(present))].reset_index(drop=True)
        rows["class"] = np.tile(np.array(self.classes, object)[present], len(self.variants))
        return pd.concat([rows, pd.DataFrame(_accuracy(counts, len(present)))], axis=1)


def _accuracy(counts: PairedCounts, unmodified: int = 1) -> dict[str, npt.NDArray[np.generic]]:
    """Columns of accuracy; the first ``unmodified`` rows are the unmodified network."""
    low, high = wilson(counts.right_a, counts.n)
    change_low, change_high = newcombe(counts)
    change_low[:unmodified] = change_high[:unmodified] = 0.0  # nothing to estimate
    p = mcnemar(counts)
    if len(p) > unmodified:
        p[unmodified:] = stats.false_discovery_control(p[unmodified:])
    return {
        "n": counts.n,
        "accuracy": counts.right_a / counts.n,
        "accuracy_low": low,
        "accuracy_high": high,
        "change": (counts.only_a - counts.only_b) / counts.n,
        "change_low": change_low,
        "change_high": change_high,
        "p": p,
    }


def _mean_change(change: Moments) -> dict[str, Floats]:
    n = int(change.count[0])
    half = np.full_like(change.m2[0], np.nan)
    if n > 1:
        half = stats.t.ppf(0.975, n - 1) * np.sqrt(change.m2[0] / (n - 1) / n)
    return {
        "log_p_change": change.mean[0],
        "log_p_change_low": change.mean[0] - half,
        "log_p_change_high": change.mean[0] + half,
    }
