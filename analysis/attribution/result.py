"""What a method says of one image and one network."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

TOLERANCE = 0.01
"""An integral is complete where it misses the difference of logits by less than this share."""


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """How exactly attributions add up to what they explain: the difference of two logits.

    Attributes:
        baseline_logit: the class's logit where nothing speaks for it: of the baseline.
        difference: the logit less the baseline's.
        delta: the sum of the attributions less that difference.
        rounding: what rounding in the network may make of a delta that should be 0.
        steps: points on the path from the baseline at which gradients were taken.
    """

    baseline_logit: float
    difference: float
    delta: float
    rounding: float
    steps: int

    @property
    def share(self) -> float:
        """The size of delta as a share of the difference's; infinite where only that is 0."""
        if self.difference == 0:
            return 0.0 if self.delta == 0 else float("inf")
        return abs(self.delta / self.difference)

    @property
    def reached(self) -> bool:
        """Whether the share is under 1 %."""
        return self.share < TOLERANCE

    @property
    def exhausted(self) -> bool:
        """Whether more steps would be in vain: the delta is lost in rounding.

        Where that is so and 1 % is not reached, the difference itself is next to nothing.
        """
        return abs(self.delta) <= self.rounding


@dataclass(frozen=True, kw_only=True)
class Attribution:
    """What speaks for (positive) and against (negative) a class in one image.

    Attributes:
        method: its name, one of `METHODS`.
        target: the class.
        logit: the network's logit of it.
        map: (H, W), float32: an attribution a pixel of the network's input.
        raw: (C, h, w), float32: what the map is the sum of, over C. Pixels by channel of the
            image; for Grad-CAM, channels of the layer, in the layer's own resolution; for
            occlusion, which covers all channels at once, (1, H, W).
        passes: images that went through the network, in all attempts together.
        seconds: how long it took.
        completeness: of Integrated Gradients; None for methods that promise no sum.
        layer: of Grad-CAM: the path of the module whose maps were taken.
    """

    method: str
    target: int
    logit: float
    map: Array
    raw: Array
    passes: int
    seconds: float
    completeness: Completeness | None = None
    layer: str = ""
