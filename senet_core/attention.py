"""The Squeeze-and-Excitation block (section 3 of the paper) and its variants (section 6)."""

import json
from dataclasses import asdict, dataclass
from operator import index
from typing import Any, Literal, Self, get_args

import torch
from torch import Tensor, nn

from senet_core.errors import InputError
from senet_core.json_text import read_json

Squeeze = Literal["avg", "max", "none"]
Excitation = Literal["sigmoid", "tanh", "relu"]
Placement = Literal["standard", "pre", "post", "identity", "conv3x3"]

_EXCITATIONS: dict[str, type[nn.Module]] = {
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
}


@dataclass(frozen=True, slots=True)
class SEConfig:
    """Every choice that the paper's ablations make about the block.

    Attributes:
        reduction: the ratio r of equation 3; the hidden layer has C / r units (Table 10).
        squeeze: how a map becomes one number: ``avg`` (equation 2), ``max`` (Table 11), or
            ``none``, which excites every position by itself (NoSqueeze, Table 16).
        excitation: the function that yields the gate (Table 12).
        placement: where the block sits in a residual unit (Figure 5, Tables 14 and 15).
        stages: the stages that get a block, counted as in the paper; all where None (Table 13).
        bias: whether both layers have biases: the released networks' do, the ablations' do not.
        min_hidden: the least number of hidden units, for stages with few channels.
    """

    reduction: int = 16
    squeeze: Squeeze = "avg"
    excitation: Excitation = "sigmoid"
    placement: Placement = "standard"
    stages: tuple[int, ...] | None = None
    bias: bool = True
    min_hidden: int = 1

    def __post_init__(self) -> None:
        for field, choices in (
            ("squeeze", get_args(Squeeze)),
            ("excitation", get_args(Excitation)),
            ("placement", get_args(Placement)),
        ):
            value = getattr(self, field)
            if value not in choices:
                raise InputError(f"unknown {field} {value!r}; choose from {', '.join(choices)}")
        for field in ("reduction", "min_hidden"):
            value = getattr(self, field)
            if type(value) is not int or value < 1:  # True is an int too
                raise InputError(f"{field} must be a whole number of at least 1, not {value!r}")
        if self.stages is not None:
            try:
                stages = tuple(sorted({index(stage) for stage in self.stages}))
            except TypeError as error:
                raise InputError(
                    f"stages must be whole numbers such as (3, 4), not {self.stages!r}"
                ) from error
            if not stages:
                raise InputError("stages must name one at least; None means all of them")
            object.__setattr__(self, "stages", stages)

    def hidden(self, channels: int) -> int:
        """Width of the bottleneck between the two layers for ``channels`` gates."""
        return max(self.min_hidden, channels // self.reduction)

    def covers(self, stage: int) -> bool:
        """Whether the blocks of ``stage`` (the paper's number) carry a gate."""
        return self.stages is None or stage in self.stages

    def differing(self, other: Self) -> dict[str, Any]:
        """The fields in which the two differ, with this one's values."""
        mine, others = asdict(self), asdict(other)
        return {name: value for name, value in mine.items() if value != others[name]}

    def as_typed(self) -> str:
        """The call that makes it, as a reader would type it: ``SEConfig(squeeze="max")``."""
        choices = [
            f'{name}="{value}"' if isinstance(value, str) else f"{name}={value}"
            for name, value in self.differing(type(self)()).items()
        ]
        return f"SEConfig({', '.join(choices)})"

    def to_json(self) -> str:
        """JSON text that `from_json` turns back into an equal configuration."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read `to_json`'s text; raises InputError where it is not such a text."""
        try:
            fields: dict[str, Any] = read_json(text)
            if fields.get("stages") is not None:
                fields["stages"] = tuple(fields["stages"])
            return cls(**fields)
        except InputError:
            raise
        except (TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{text[:80]!r} does not describe an SE block: {error}") from error


class Squeezing(nn.Module):
    """Global information embedding, equation 2: (B, C, H, W) to (B, C).

    With ``none`` nothing is pooled: (B, C, H, W) to (B, H, W, C), so that the two layers that
    follow act as 1x1 convolutions.
    """

    def __init__(self, kind: Squeeze) -> None:
        super().__init__()
        self.kind = kind

    def forward(self, x: Tensor) -> Tensor:
        """Pool (B, C, H, W) to (B, C), or move the channels last."""
        if self.kind == "avg":
            return x.mean((2, 3))
        if self.kind == "max":
            return x.amax((2, 3))
        return x.permute(0, 2, 3, 1)

    def extra_repr(self) -> str:
        """The kind, where the module is printed."""
        return self.kind


class SqueezeExcitation(nn.Module):
    """Recalibrate channels by gates computed from the input itself (equations 2 to 4).

    The gates are the output of the submodule ``gate``, (B, C), so a forward hook there sees
    exactly the vector s that the paper plots; (B, H, W, C) where ``config.squeeze`` is ``none``.

    In a network of ours ``stage`` and ``block`` say where the paper counts it (SE_stage_block);
    in one that stands alone they are None.
    """

    stage: int | None = None
    block: int | None = None

    def __init__(self, channels: int, config: SEConfig | None = None) -> None:
        super().__init__()
        config = config or SEConfig()
        self.channels = channels
        self.config = config
        self.squeeze = Squeezing(config.squeeze)
        self.fc1 = nn.Linear(channels, config.hidden(channels), bias=config.bias)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(config.hidden(channels), channels, bias=config.bias)
        self.gate = _EXCITATIONS[config.excitation]()
        for layer in (self.fc1, self.fc2):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

    def forward(self, x: Tensor, *, reuse: bool = False) -> Tensor:
        """Scale ``x`` (B, C, H, W) by its gates, equation 4.

        Args:
            x: the feature maps U.
            reuse: the caller vouches that nobody else holds ``x``. It is then scaled in place
                where neither autograd nor a hook could notice, which makes the gate nearly free.
        """
        z = self.squeeze(x)  # (B, C)
        s: Tensor = self.gate(self.fc2(self.relu(self.fc1(z))))  # (B, C)
        s = s[:, :, None, None] if s.ndim == 2 else s.permute(0, 3, 1, 2)
        if reuse and not torch.is_grad_enabled() and not is_watched(self, self.squeeze):
            return x.mul_(s)
        return x * s


def is_watched(*modules: nn.Module) -> bool:
    """Whether a hook would see what these modules take in or give out, forward or backward."""
    everywhere = nn.modules.module._has_any_global_hook()  # type: ignore[no-untyped-call]
    return bool(everywhere) or any(
        module._forward_hooks
        or module._forward_pre_hooks
        or module._backward_hooks
        or module._backward_pre_hooks
        for module in modules
    )


@dataclass(frozen=True, slots=True)
class Site:
    """One unit of a network: where the paper counts it, and what gate it is to carry.

    A baseline is the same network with ``config`` None, so the two can never drift apart.

    Attributes:
        stage: the paper's number of the unit's stage.
        block: the unit's number in its stage, from 1.
        config: the network's configuration, or None for a baseline.
    """

    stage: int
    block: int
    config: SEConfig | None

    @property
    def placement(self) -> Placement | None:
        """Where in the unit its gate sits; None where it carries none."""
        if self.config is None or not self.config.covers(self.stage):
            return None
        return self.config.placement

    def gate(self, channels: int) -> SqueezeExcitation:
        """The unit's gate, for maps of ``channels`` channels."""
        se = SqueezeExcitation(channels, self.config)
        se.stage, se.block = self.stage, self.block
        return se
