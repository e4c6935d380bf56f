"""What the gates of one block contribute to a class, against that class's usual gates."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
import xarray as xr
from torch import Tensor, nn

from analysis.attribution.integral import integrate
from analysis.attribution.pixels import BATCH, array
from analysis.attribution.result import Completeness
from analysis.attribution.subject import Subject, examined
from analysis.gates import find_gates, record_gates
from analysis.intervene import MeanGates, intervene
from analysis.naming import Gate
from analysis.statistics.tables import ranks
from senet_core.errors import InputError


@dataclass(frozen=True, kw_only=True)
class GateAttribution:
    """What the gates of one block say for (positive) and against a class in one image.

    Attributes:
        gate: the block.
        target: the class.
        logit: the network's logit of it; ``completeness.baseline_logit`` is the logit that the
            same image has with the mean gates in this block, everything else as it was.
        table: a row a channel: ``channel``, ``gate`` (this image's), ``class_mean`` (the
            baseline), ``attribution``, ``rank`` (1 for the largest attribution, whatever its
            sign).
        passes: images that went through the network, in all attempts together.
        seconds: how long it took.
        completeness: the attributions add up to the difference of the two logits.
    """

    gate: Gate
    target: int
    logit: float
    table: pd.DataFrame
    passes: int
    seconds: float
    completeness: Completeness


def mean_gates(ds: xr.Dataset, gate: str, class_index: int | None) -> npt.NDArray[np.float64]:
    """(C,): the mean gates of a class, from a store; of all its images where the class is None.

    Raises:
        InputError: where the store has no such gate, class, or image of the class.
    """
    means = MeanGates.of(ds, gate)
    if class_index is None:
        return means.overall
    classes = len(means.by_class)
    if not 0 <= class_index < classes:
        raise InputError(f"the store has no class {class_index}; choose from 0 to {classes - 1}")
    return np.asarray(means.of_classes(np.array([class_index]))[0])


def gate_attribution(
    model: nn.Module,
    image: Tensor,
    gate: str,
    baseline: npt.ArrayLike,
    *,
    target: int | None = None,
    most_steps: int = 1024,
    batch: int = BATCH,
) -> GateAttribution:
    """Integrated Gradients over the gates s of one block, from a baseline s' to this image's.

    The image stays and the gates of the block alone move, so a channel's attribution is its share
    in the difference that its own gates make. (Layer conductance would move the image instead,
    and let the block's feature maps, which pass the gates by, claim theirs.)

    Args:
        model: a network with gates; left as it was.
        image: (C, H, W) or (1, C, H, W), as the network takes it.
        gate: path of the block, as in `analysis.find_gates`.
        baseline: s', (C,), such as `mean_gates` of the class.
        target: a class; None means the one that the network predicts.
        most_steps: the most points of one attempt; see `integrate`.
        batch: images in memory at once.

    Raises:
        InputError: where the network has no such gate, or one that cannot be set, and for an
            image, class or baseline that does not fit.
    """
    start = perf_counter()
    known = _gate(model, gate)
    mean = _mean(known, baseline)
    with examined(model, image, target) as subject:
        own = _recorded(subject, known)
        point = own[None]
        start_from = torch.as_tensor(mean, dtype=own.dtype, device=own.device)[None]
        with_gates = _WithGates(subject, known, own)
        with intervene(model, {gate: with_gates.change}):
            found, completeness = integrate(
                with_gates,
                point,
                start_from,
                subject.target,
                most_steps=most_steps,
                batch=batch,
            )
    return GateAttribution(
        gate=known,
        target=subject.target,
        logit=subject.logit,
        table=_table(array(own), mean, array(found[0])),
        passes=subject.passes,
        seconds=perf_counter() - start,
        completeness=completeness,
    )


def _gate(model: nn.Module, path: str) -> Gate:
    gates = find_gates(model)
    if not gates:
        raise InputError("the network has no gates (it is a baseline); take an SE network")
    if path not in gates:
        raise InputError(f"the network has no gate {path!r}; choose from {', '.join(gates)}")
    return gates[path]


def _mean(gate: Gate, baseline: npt.ArrayLike) -> npt.NDArray[np.float64]:
    mean = np.asarray(baseline, dtype=np.float64)
    if mean.shape != (gate.channels,) or not np.isfinite(mean).all():
        raise InputError(
            f"the baseline must have a finite number for each of the {gate.channels} gates of "
            f"{gate.path}, not shape {mean.shape}; take the mean gates of the same network"
        )
    return mean


def _recorded(subject: Subject, gate: Gate) -> Tensor:
    """(C,): the image's own gates."""
    with torch.no_grad(), record_gates(subject.model) as recorded:
        subject(subject.image)
    if gate.path not in recorded:
        raise InputError(f"{gate.path} never ran, so it has no gates; choose another block")
    return recorded[gate.path][0].clone()


class _WithGates:
    """The network of one image as a function of the gates of one block: (B, C) to logits (B, K)."""

    def __init__(self, subject: Subject, gate: Gate, own: Tensor) -> None:
        self._subject = subject
        self._gate = gate
        self._own = own
        self._values = own[None]

    def __call__(self, values: Tensor) -> Tensor:
        self._values = values
        return self._subject(self._subject.image.expand(len(values), -1, -1, -1))

    def change(self, own: Tensor) -> Tensor:
        """A change for `intervene`: this image's gates (B, C), to those in question."""
        expected = self._own.expand_as(own)
        if own.shape != self._values.shape or not torch.allclose(own, expected, 1e-3, 1e-4):
            raise InputError(
                f"the gates of {self._gate.path} are not the same each time that the block runs, "
                "so they cannot be set; choose another block"
            )
        # A copy, since the block may scale in place.
        return self._values.clone()


def _table(
    own: npt.NDArray[np.float32],
    mean: npt.NDArray[np.float64],
    attribution: npt.NDArray[np.float32],
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "channel": np.arange(len(own)),
            "gate": own,
            "class_mean": mean,
            "attribution": attribution,
            "rank": ranks(attribution),
        }
    )
