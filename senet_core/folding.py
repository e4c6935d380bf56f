"""For inference: the squeeze taken before a unit's last convolution, where that is four times less.

Averaging over positions commutes with a 1x1 convolution and, in evaluation, with batch norm. So
the mean of a bottleneck's output (equation 2) follows from the mean of what enters its last
convolution, and that convolution folds with the block's first layer into one small one:

    W1 (W3 mean(h) + b3) + b1  =  (W1 W3) mean(h) + (W1 b3 + b1)

Gates and logits stay the same up to rounding. A compiler cannot find this by itself: without it, it
has to read all maps once more for their mean.
"""

from typing import cast

import torch
from torch import Tensor, nn

from senet_core.attention import SqueezeExcitation, is_watched
from senet_core.errors import InputError
from senet_core.models.blocks import Block, ConvNorm


class FoldedGate(nn.Module):
    """The last convolution of a residual branch with the gate of its output."""

    def __init__(self, last: ConvNorm, se: SqueezeExcitation) -> None:
        super().__init__()
        self.last = last
        self.fc1 = _folded(last, se.fc1)
        self.relu, self.fc2, self.gate = se.relu, se.fc2, se.gate

    def forward(self, h: Tensor) -> Tensor:
        """(B, C_in, H, W) to (B, C_out, H, W), scaled by gates (equations 2 to 4)."""
        if self.training:
            raise InputError("a folded network cannot be trained: make it anew")
        gates: Tensor = self.gate(self.fc2(self.relu(self.fc1(h.mean((2, 3))))))
        x, s = cast(Tensor, self.last(h)), gates[:, :, None, None]
        return x * s if torch.is_grad_enabled() or is_watched(*self.last.modules()) else x.mul_(s)


def fold_squeeze(model: nn.Module) -> int:
    """Fold each squeeze of ``model`` that can be, in place; how many there were.

    Those can that average over maps which a 1x1 convolution without activation puts out: the
    standard placement in every bottleneck. The model is for inference alone then: it is not saved,
    trained or counted, and its gates stand at other paths (``layer1.0.body.conv3.gate``).

    Raises:
        InputError: where the model is in training mode, is folded already, or nothing in it can be
            folded.
    """
    if model.training:
        raise InputError("a squeeze is folded for inference: call model.eval() first")
    if any(isinstance(module, FoldedGate) for module in model.modules()):
        raise InputError("the squeezes of this network are folded already")
    units = [unit for unit in model.modules() if isinstance(unit, Block) and _can_fold(unit)]
    if not units:
        raise InputError("no unit of this network has a gate on the output of a 1x1 convolution")
    for unit in units:
        body = cast(nn.Sequential, unit.body)
        folded = FoldedGate(cast(ConvNorm, body[-1]), cast(SqueezeExcitation, unit.se))
        body[-1] = folded.eval()
        unit.se, unit.placement = nn.Identity(), None
    if hasattr(model, "config"):
        del model.config  # which would rebuild another network
    return len(units)


def _can_fold(unit: Block) -> bool:
    if unit.placement != "standard" or not isinstance(unit.se, SqueezeExcitation):
        return False
    last = unit.body[-1] if isinstance(unit.body, nn.Sequential) else None
    if not isinstance(last, ConvNorm) or len(last) > 2:  # an activation stands between
        return False
    conv = cast(nn.Conv2d, last.conv)
    pointwise = conv.kernel_size == conv.stride == (1, 1) and conv.groups == 1
    return pointwise and unit.se.config.squeeze == "avg"


@torch.no_grad()
def _folded(last: ConvNorm, fc1: nn.Linear) -> nn.Linear:
    """``fc1`` after the convolution and its norm, as one layer; reckoned in float64."""
    conv, norm = cast(nn.Conv2d, last.conv), cast(nn.BatchNorm2d, last.norm)
    scale = norm.weight.double() / (cast(Tensor, norm.running_var).double() + norm.eps).sqrt()
    weight = conv.weight.flatten(1).double() * scale[:, None]
    shift = norm.bias.double() - cast(Tensor, norm.running_mean).double() * scale
    if conv.bias is not None:
        shift += conv.bias.double() * scale
    folded = nn.Linear(conv.in_channels, fc1.out_features, dtype=torch.float64)
    folded.weight.copy_(fc1.weight.double() @ weight)
    folded.bias.copy_(fc1.weight.double() @ shift + (0 if fc1.bias is None else fc1.bias.double()))
    return folded.to(conv.weight).requires_grad_(False)
