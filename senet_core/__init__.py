"""Squeeze-and-Excitation Networks (Hu, Shen and Sun): the networks, the block, the training."""

from senet_core.attention import SEConfig, SqueezeExcitation
from senet_core.checkpoint import load_checkpoint, save_checkpoint
from senet_core.complexity import Complexity, complexity
from senet_core.convert import load_weights
from senet_core.errors import InputError
from senet_core.registry import create_model, list_models

__all__ = [
    "Complexity",
    "InputError",
    "SEConfig",
    "SqueezeExcitation",
    "complexity",
    "create_model",
    "list_models",
    "load_checkpoint",
    "load_weights",
    "save_checkpoint",
]
