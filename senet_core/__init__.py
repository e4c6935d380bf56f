"""Squeeze-and-Excitation Networks (Hu, Shen and Sun): the networks, the block, the training."""

import typing

from senet_core.attention import SEConfig, SqueezeExcitation
from senet_core.checkpoint import load_checkpoint, save_checkpoint
from senet_core.complexity import Complexity, complexity
from senet_core.convert import load_weights
from senet_core.errors import InputError
from senet_core.folding import fold_squeeze
from senet_core.registry import create_model, list_models

if typing.TYPE_CHECKING:
    from senet_core.detection import faster_rcnn

__all__ = [
    "Complexity",
    "InputError",
    "SEConfig",
    "SqueezeExcitation",
    "complexity",
    "create_model",
    "faster_rcnn",
    "fold_squeeze",
    "list_models",
    "load_checkpoint",
    "load_weights",
    "save_checkpoint",
]


def __getattr__(name: str) -> typing.Any:
    """`faster_rcnn` once it is asked for: torchvision takes as long to import as torch."""
    if name != "faster_rcnn":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from senet_core.detection import faster_rcnn  # noqa: PLC0415

    return faster_rcnn
