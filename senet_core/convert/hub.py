"""Weights by their name in timm, and the names of ImageNet's classes."""

from dataclasses import dataclass
from typing import Any

import torchvision
from torch import Tensor

from senet_core.errors import InputError

_PREFIX = "timm:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Weights of timm with what it says of their images: RGB pixels in [0, 1]."""

    tensors: dict[str, Tensor]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    input_size: int


def is_fetched(name: str) -> bool:
    """Whether a name such as ``timm:legacy_seresnet50.in1k`` stands where a file could."""
    return name.startswith(_PREFIX)


def imagenet_classes() -> tuple[str, ...]:
    """The 1,000 classes in the order that every collection here has them."""
    return tuple(torchvision.models.ResNet50_Weights.IMAGENET1K_V1.meta["categories"])


def fetch(name: str) -> Fetched:
    """Weights of timm, from its cache or the hub.

    Args:
        name: ``timm:`` and a name of timm's, such as ``timm:legacy_seresnet50.in1k``.

    Raises:
        InputError: where timm is not installed, does not know the name, or cannot reach the hub.
    """
    try:
        import timm  # noqa: PLC0415 - only this function needs it
    except ImportError as error:
        raise InputError(
            f"{name} needs timm, which is not installed; run pip install timm, or give a file"
        ) from error
    plain = name.removeprefix(_PREFIX)
    if not timm.is_model(plain):
        raise InputError(f"timm knows no {plain!r}; see timm.list_pretrained()")
    model = _pretrained(timm, plain)
    known = model.pretrained_cfg
    return Fetched(
        tensors=model.state_dict(),
        mean=tuple(known["mean"]),
        std=tuple(known["std"]),
        input_size=int(known["input_size"][-1]),
    )


def _pretrained(timm: Any, plain: str) -> Any:
    from huggingface_hub.errors import HfHubHTTPError  # noqa: PLC0415 - comes with timm

    try:
        return timm.create_model(plain, pretrained=True)
    except (OSError, HfHubHTTPError) as error:
        raise InputError(
            f"the weights timm:{plain} could not be fetched, for the hub cannot be reached from "
            "here; fetch them where it can and give the file as --weights FILE"
        ) from error
    except RuntimeError as error:
        reason = (str(error).splitlines() or ["unknown reason"])[0][:120]
        raise InputError(
            f"timm has no weights {plain!r} ({reason}); see timm.list_pretrained()"
        ) from error
