"""Mean and variance by class, in one pass and in pieces that merge."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean and centred squares of each class: all that a mean and a variance need.

    Sums of squares would cancel where gates crowd a narrow range; centred squares do not.

    Attributes:
        count: (K,) samples of each class.
        mean: (K, C), zero where a class has no sample.
        m2: (K, C) sums of squared differences from the mean.
    """

    count: Integers
    mean: Floats
    m2: Floats

    @classmethod
    def empty(cls, classes: int, channels: int) -> Self:
        """No sample yet, of K classes and C channels."""
        shape = (classes, channels)
        return cls(np.zeros(classes, np.int64), np.zeros(shape), np.zeros(shape))

    @classmethod
    def of(cls, values: npt.ArrayLike, labels: npt.ArrayLike, classes: int) -> Self:
        """The moments of some samples.

        Args:
            values: (N, C).
            labels: (N,) class of each sample; those below 0 have none and are left out.
            classes: K.
        """
        exact, label = np.asarray(values, np.float64), np.asarray(labels)
        moments = cls.empty(classes, exact.shape[1])
        for k in np.unique(label[label >= 0]):
            own = exact[label == k]
            moments.count[k] = len(own)
            moments.mean[k] = own.mean(0)
            moments.m2[k] = np.square(own - moments.mean[k]).sum(0)
        return moments

    def merge(self, other: Self) -> Self:
        """The moments of both sets of samples together (Chan, Golub and LeVeque, 1979)."""
        count = self.count + other.count
        share = (other.count / np.maximum(count, 1))[:, None]  # (K, 1)
        delta = other.mean - self.mean
        return type(self)(
            count,
            self.mean + delta * share,
            self.m2 + other.m2 + np.square(delta) * self.count[:, None] * share,
        )

    def rows(self, classes: Integers) -> Self:
        """The moments of some classes (R,), a copy."""
        return type(self)(self.count[classes], self.mean[classes], self.m2[classes])

    def put(self, classes: Integers, moments: Self) -> None:
        """Replace the moments of some classes (R,), in place."""
        self.count[classes] = moments.count
        self.mean[classes] = moments.mean
        self.m2[classes] = moments.m2

    def means(self) -> Floats:
        """(K, C) means; NaN where a class has no sample."""
        return np.where(self.count[:, None] > 0, self.mean, np.nan)

    def std(self) -> Floats:
        """(K, C) population standard deviations (ddof 0); NaN where a class has no sample."""
        variance = self.m2 / np.maximum(self.count, 1)[:, None]
        return np.where(self.count[:, None] > 0, np.sqrt(variance), np.nan)
