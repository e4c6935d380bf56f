"""One image through one block: every vector between the feature maps and the gates."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from analysis.gates import vector
from analysis.naming import Gate, labels
from analysis.trace import Run, trace
from senet_core.attention import SqueezeExcitation
from senet_core.errors import InputError

Floats = npt.NDArray[np.float32]
Squeeze = Literal["avg", "max", "none", ""]
Excitation = Literal["sigmoid", "hardsigmoid", "tanh", "relu", ""]

_EXCITATIONS: Mapping[Excitation, Any] = {
    "sigmoid": torch.sigmoid,
    "hardsigmoid": F.hardsigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
}


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What a block computed for one image, in the order of equations 2 to 4.

    What cannot be seen in a block that is not ours is None.

    Attributes:
        gate: the block.
        maps: U (C, H, W), what the gates scale.
        squeeze: how a map became one number: ``avg`` (equation 2), ``max``, ``none`` (every
            position is excited by itself), or empty where it was neither.
        squeezed: z (C,).
        hidden: the units after their ReLU, (C / r,); (C / r, H, W) where nothing was squeezed.
        bias: whether the layer behind them has one.
        scores: what the excitation's function took, (C,) or (C, H, W).
        excitation: that function; empty where it is none of the known.
        gates: s, (C,); (C, H, W) where nothing was squeezed.
        logits: of the network, (K,).
    """

    gate: Gate
    maps: Floats | None
    squeeze: Squeeze
    squeezed: Floats | None
    hidden: Floats | None
    bias: bool
    scores: Floats | None
    excitation: Excitation
    gates: Floats
    logits: Floats

    @property
    def scaled(self) -> Floats | None:
        """The maps times their gates, (C, H, W): equation 4."""
        if self.maps is None:
            return None
        return self.maps * (self.gates if self.gates.ndim == 3 else self.gates[:, None, None])

    @property
    def channel_gates(self) -> Floats:
        """(C,): the gates; their means over the positions where they differ by position."""
        return by_channel(self.gates)

    @property
    def strength(self) -> Floats:
        """(C,): how much there is in a channel: the mean of |U|; the gates where U is not seen."""
        return self.channel_gates if self.maps is None else by_channel(np.abs(self.maps))


def by_channel(values: Floats) -> Floats:
    """(C,) as it is, (C, H, W) averaged over the positions."""
    return values if values.ndim == 1 else values.mean((1, 2))


def blocks_to_follow(model: nn.Module, gates: Mapping[str, Gate]) -> dict[str, Gate]:
    """The ``gates`` of a network (`find_gates`); where it has none, our blocks without a squeeze.

    Those gate every position by itself, so they cannot be recorded as vectors, but be looked at.
    """
    if gates:
        return dict(gates)
    found = {
        path: block for path, block in model.named_modules() if isinstance(block, SqueezeExcitation)
    }
    positions = [(block.stage, block.block) for block in found.values()]
    return {
        path: Gate(
            path=path,
            kind="se",
            channels=block.channels,
            stage=block.stage,
            block=block.block,
            label=label,
            bounded=block.config.excitation == "sigmoid",
            source=f"{path}.gate".strip("."),
        )
        for (path, block), label in zip(found.items(), labels(positions), strict=True)
    }


def follow(model: nn.Module, gate: Gate, image: Tensor) -> Steps:
    """One forward pass of one image, with all that one block computed in it.

    Hooks are on the network meanwhile, in this thread alone, and gone afterwards.

    Args:
        model: a network, in eval mode.
        gate: one of its blocks: of `find_gates` or `blocks_to_follow`.
        image: (C, H, W), prepared as the network takes it.

    Raises:
        InputError: where the network is in training mode, has no such block or does not run it,
            or puts out no logits.
    """
    if model.training:
        raise InputError("the network is in training mode; call its eval() first")
    try:
        block, source = model.get_submodule(gate.path), model.get_submodule(gate.source)
    except AttributeError as fault:
        raise InputError(f"the network has no gate {gate.path!r}; choose one of its own") from fault
    like = next(model.parameters())
    # The unit around the block too: some blocks are handed no maps, but what was squeezed already.
    unit = model.get_submodule(gate.path.rpartition(".")[0])
    with torch.inference_mode(), trace(unit) as runs:
        logits = model(image[None].to(like.device, like.dtype))
    ran = next((place for place, run in enumerate(runs) if run.module is source), None)
    if ran is None or not isinstance(logits, Tensor) or logits.ndim != 2:
        raise InputError(f"{gate.path or 'the network'} did not run; choose another block")
    before = runs[: ran + 1]
    whole = next((run for run in runs[ran:] if run.module is block), before[-1])
    return _read(gate, before, whole, logits[0])


def _read(gate: Gate, before: list[Run], whole: Run, logits: Tensor) -> Steps:
    """The steps in the unit's runs up to the gates' source, and in the run of the whole block."""
    own = whole.module if isinstance(whole.module, SqueezeExcitation) else None
    end, parts = before[-1], set(whole.module.modules())
    within = [run for run in before if run.module in parts]
    spatial = own is not None and own.squeeze.kind == "none"
    gates = end.given[0].permute(2, 0, 1) if spatial else vector(gate, end.given)[0]
    maps = _maps(gate, gates, before, within, whole)
    layers = [run for run in within if _is_layer(run, spatial=spatial)]
    squeeze, squeezed = ("none", None) if spatial else _squeezed(gate, maps, within, layers)
    scores = end.given if gate.function else end.taken
    if scores is not None:
        scores = scores[0].permute(2, 0, 1) if spatial else scores.flatten()
        scores = scores if scores.shape == gates.shape else None
    hidden = None
    if len(layers) > 1 and (taken := layers[-1].taken) is not None:
        hidden = taken[0].permute(2, 0, 1) if spatial else taken.flatten()
    return Steps(
        gate=gate,
        maps=_array(maps),
        squeeze=squeeze,
        squeezed=_array(squeezed),
        hidden=_array(hidden),
        bias=bool(layers) and getattr(layers[-1].module, "bias", None) is not None,
        scores=_array(scores),
        excitation=own.config.excitation if own else _excitation(scores, gates),
        gates=_array(gates),
        logits=_array(logits),
    )


def _maps(
    gate: Gate, gates: Tensor, before: list[Run], within: list[Run], whole: Run
) -> Tensor | None:
    """(C, H, W): the block's input where its output is that times the gates.

    Where it is not, the last maps of the unit whose mean or maximum the block began with.
    """
    own, out = _as_maps(gate, whole.taken), _as_maps(gate, whole.given)
    if own is not None and out is not None and own.shape == out.shape:
        factor = gates if gates.ndim == 3 else gates[:, None, None]
        if torch.allclose(out, own * factor, rtol=1e-3, atol=1e-5):
            return own
    for run in reversed(before):
        maps = _as_maps(gate, run.given)
        if maps is not None and maps[0].numel() > 1 and _pooled(maps, within)[0]:
            return maps
    return None


def _as_maps(gate: Gate, tensor: Tensor | None) -> Tensor | None:
    """(C, H, W) of one image, whichever axis has the channels; None for anything else."""
    if tensor is None or tensor.ndim != 4 or len(tensor) != 1:
        return None
    if tensor.shape[1] == gate.channels:
        return tensor[0]
    return tensor[0].permute(2, 0, 1) if tensor.shape[3] == gate.channels else None


def _squeezed(
    gate: Gate, maps: Tensor | None, within: list[Run], layers: list[Run]
) -> tuple[Squeeze, Tensor | None]:
    """What was seen to be the mean or the maximum of the maps; else what the first layer took."""
    if maps is not None:
        kind, seen = _pooled(maps, within)
        if seen is not None:
            return kind, seen
    taken = layers[0].taken if layers else None
    return "", taken.flatten() if taken is not None and taken.numel() == gate.channels else None


def _pooled(maps: Tensor, within: list[Run]) -> tuple[Squeeze, Tensor | None]:
    vectors = [
        seen.flatten()
        for run in within
        for seen in (run.taken, run.given)
        if seen is not None and seen.numel() == len(maps)
    ]
    pools: tuple[tuple[Squeeze, Tensor], ...] = (
        ("avg", maps.mean((1, 2))),
        ("max", maps.amax((1, 2))),
    )
    for kind, pooled in pools:
        for seen in vectors:
            if torch.allclose(seen, pooled, rtol=1e-3, atol=1e-5):
                return kind, seen
    return "", None


def _is_layer(run: Run, *, spatial: bool) -> bool:
    """Whether a module with weights took one vector, or one at every position."""
    weight = getattr(run.module, "weight", None)
    if not isinstance(weight, Tensor) or weight.ndim < 2 or run.taken is None:
        return False
    width = weight.shape[1] * int(getattr(run.module, "groups", 1))
    return run.taken.shape[-1] == width if spatial else run.taken.numel() == width


def _excitation(scores: Tensor | None, gates: Tensor) -> Excitation:
    if scores is not None:
        for name, function in _EXCITATIONS.items():
            if torch.allclose(function(scores), gates, rtol=1e-4, atol=1e-6):
                return name
    return ""


def _array(tensor: Tensor | None) -> Any:
    return None if tensor is None else tensor.float().cpu().numpy()
