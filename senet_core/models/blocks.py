"""What the networks are built from: convolution with norm, parallel branches, and the unit."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Literal, cast

import torch
from torch import Tensor, nn

from senet_core.attention import Site, SqueezeExcitation, is_watched

# Layers whose gradients do not need what they put out.
_UNSAVED = (nn.Conv2d, nn.BatchNorm2d, nn.SyncBatchNorm)


class ConvNorm(nn.Sequential):
    """Convolution, batch norm and, unless ``act`` is False, ReLU.

    Without ``padding`` the convolution pads so that only ``stride`` changes the map's size.
    """

    def __init__(
        self,
        c_in: int,
        c_out: int,
        kernel: int | tuple[int, int],
        *,
        stride: int = 1,
        padding: int | None = None,
        groups: int = 1,
        bias: bool = False,
        act: bool = True,
    ) -> None:
        size = (kernel, kernel) if isinstance(kernel, int) else kernel
        pad = (size[0] // 2, size[1] // 2) if padding is None else (padding, padding)
        layers: list[tuple[str, nn.Module]] = [
            ("conv", nn.Conv2d(c_in, c_out, size, stride, pad, groups=groups, bias=bias)),
            ("norm", nn.BatchNorm2d(c_out)),
        ]
        if act:
            layers.append(("act", nn.ReLU(inplace=True)))
        super().__init__(OrderedDict(layers))


class Branches(nn.Module):
    """Parallel paths over one input, joined by concatenation: (B, C, H, W) to (B, ΣC_i, h, w)."""

    def __init__(self, branches: Mapping[str, nn.Module]) -> None:
        super().__init__()
        for name, branch in branches.items():
            self.add_module(name, branch)

    def forward(self, x: Tensor) -> Tensor:
        """Every branch takes in all of ``x``."""
        return torch.cat([branch(x) for branch in self.children()], 1)


class Block(nn.Module):
    """The unit of every network here, and the one rule that places a gate in it.

    A residual unit is ``act(scale * se(body(x)) + shortcut(x))``. ``placement`` is the paper's
    integration study (Figure 5, Table 14): ``standard`` gates the residual branch, ``pre`` its
    input (the shortcut stays raw), ``post`` the unit's output, ``identity`` the shortcut.
    ``conv3x3`` (Table 15) is the body's affair, see `gate_3x3`. Without a shortcut the unit is
    plain, ``se(body(x))``, and takes ``standard`` alone.

    Args:
        body: the residual branch; puts out a tensor that is fresh on every call.
        shortcut: the identity connection, or None for a plain unit.
        channels: of the unit's input and of its output.
        site: where the unit stands, and the gate it is to carry.
        act: the non-linearity after the join; ReLU where None.
        merge: how branch and shortcut join: by ``sum``, or by ``cat``, the shortcut first.
        scale: factor on the residual branch (Inception-ResNet).
    """

    def __init__(
        self,
        body: nn.Module,
        shortcut: nn.Module | None,
        *,
        channels: tuple[int, int],
        site: Site,
        act: nn.Module | None = None,
        merge: Literal["sum", "cat"] = "sum",
        scale: float = 1.0,
    ) -> None:
        super().__init__()
        self.placement = site.placement
        self.merge = merge
        self.scale = scale
        self.body = body
        self.shortcut = shortcut
        c_in, c_out = channels
        c_shortcut, c_body = (c_in, c_out - c_in) if merge == "cat" else (c_out, c_out)
        at = {"standard": c_body, "pre": c_in, "post": c_out, "identity": c_shortcut}
        self.se: nn.Module = nn.Identity()
        if self.placement in at:
            self.se = site.gate(at[self.placement])
        self.act = act or nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C_in, H, W) to (B, C_out, H / stride, W / stride)."""
        entry = self.se(x) if self.placement == "pre" else x
        residual = self.body(entry)
        free = self._is_free(residual, entry)
        if self.placement == "standard":
            residual = self._gate(residual, free=free)
        if self.shortcut is None:
            return cast(Tensor, residual)
        identity = self.shortcut(x)
        if self.placement == "identity":
            identity = self.se(identity)
        y = self.act(self._join(residual, identity, free=free))
        if self.placement == "post":
            y = self._gate(y, free=not is_watched(*self.act.modules()))
        return cast(Tensor, y)

    def _is_free(self, residual: Tensor, entry: Tensor) -> bool:
        """Whether the branch's output may be overwritten: it is ours, and no gradient needs it."""
        layers = [*self.body.modules()]
        return (
            residual is not entry  # a body that was taken out
            and isinstance(self.se, SqueezeExcitation | nn.Identity)  # no stand-in of the user's
            and (not torch.is_grad_enabled() or isinstance(layers[-1], _UNSAVED))
            and not is_watched(self.se, *layers)
        )

    def _join(self, residual: Tensor, identity: Tensor, *, free: bool) -> Tensor:
        if self.merge == "cat":
            return torch.cat((identity, residual), 1)
        if free and self.scale == 1 and residual.dtype == identity.dtype:
            return residual.add_(identity)  # out of place a ResNet-50 takes 1.08 of the time
        return torch.add(identity, residual, alpha=self.scale)

    def _gate(self, x: Tensor, *, free: bool) -> Tensor:
        """Gate ``x``, in place where it is free and the gate sees no reason against it."""
        if not isinstance(self.se, SqueezeExcitation):  # a stand-in of the user's
            return cast(Tensor, self.se(x))
        return cast(Tensor, self.se(x, reuse=free))


def gate_3x3(body: nn.Sequential, *, site: Site, channels: int) -> None:
    """SE_3x3 of Table 15: append the gate to a body that has just got its 3x3 convolution."""
    if site.placement == "conv3x3":
        body.add_module("se", site.gate(channels))


def he_init(model: nn.Module) -> None:
    """He's initialisation of every convolution (section 5); the SE block sees to its own."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
