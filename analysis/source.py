"""Where a network comes from: what a store says about it beyond its layers."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import torch
from torch import nn

from senet_core.data import Preprocessing


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Origin and meaning of a network.

    Attributes:
        architecture: its name; empty means that of its configuration or class.
        weights: ``trained``, or ``random`` for weights that nobody trained.
        seed: of random weights.
        checkpoint: the file that it was read from.
        classes: the meaning of its outputs; empty where nobody knows.
        image_size: side of the input in pixels that it was made for.
        preprocessing: what its images must go through.
    """

    architecture: str = ""
    weights: Literal["trained", "random"] = "trained"
    seed: int | None = None
    checkpoint: Path | None = None
    classes: tuple[str, ...] = ()
    image_size: int = 224
    preprocessing: Preprocessing | None = None

    @classmethod
    def of_checkpoint(cls, path: Path, metadata: dict[str, Any]) -> Self:
        """What `senet_core.load_checkpoint` told about a file of ours."""
        preprocessing, size = None, int(metadata.get("input_size") or 224)
        if metadata.get("mean") and metadata.get("std"):
            preprocessing = Preprocessing(
                image_size=size,
                in_chans=metadata["in_chans"],
                mean=tuple(metadata["mean"]),
                std=tuple(metadata["std"]),
            )
        return cls(
            checkpoint=path,
            classes=tuple(metadata["classes"]),
            image_size=size,
            preprocessing=preprocessing,
        )


def weights_digest(model: nn.Module) -> str:
    """SHA-256 of all parameters and buffers with their names, in hexadecimal."""
    content = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        content.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}\n".encode())
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        content.update(flat.view(torch.uint8).numpy().tobytes())
    return content.hexdigest()
