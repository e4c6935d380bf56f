"""The functions at the end of an excitation, which turn a layer's output into gates."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

Function = Callable[[Tensor], Tensor]

# Functions that a forward calls without a module of their own, and what undoes them.
FUNCTIONS: Mapping[str, tuple[Function, Function]] = MappingProxyType(
    {
        "sigmoid": (torch.sigmoid, torch.logit),
        "hardsigmoid": (F.hardsigmoid, lambda gates: 6 * gates - 3),
    }
)


def is_sigmoid(module: nn.Module) -> bool:
    """Whether a module is a sigmoid, soft or hard: named so, and rising from 0 to 1.

    Many collections have a class of their own for it, such as ``h_sigmoid``.
    """
    if isinstance(module, nn.Sigmoid | nn.Hardsigmoid):
        return True
    if "sigmoid" not in type(module).__name__.lower() or any(True for _ in module.parameters()):
        return False
    forward: Any = module.forward  # not a call of the module, which would run other people's hooks
    try:
        with torch.no_grad():
            y = forward(torch.linspace(-40, 40, 81, device="cpu"))
            return bool(y[0].abs() < 1e-9 and y[-1] == 1 and (y.diff() >= 0).all())
    except Exception:  # code from anywhere, which may raise anything
        return False
