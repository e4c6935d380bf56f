"""Weights by their name in timm, and the names of ImageNet's classes."""

import ssl
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import torch
from torch import Tensor

from senet_core.convert.sources import STRAY_RELU
from senet_core.errors import InputError, told

_PREFIX = "timm:"
_PATIENCE = 3  # seconds
_FILES = ("model.safetensors", "pytorch_model.bin")

# timm's networks that compute what one of ours does. Others have the same tensors, but a blurred
# pooling, another activation or the like between them: resnetaa50, resnetblur50.
NETWORKS = (
    *(f"{se}resnet{depth}" for se in ("", "se") for depth in (18, 34, 50, 101, 152)),
    *(f"{se}resnext{depth}_32x4d" for se in ("", "se") for depth in (50, 101)),
    *(f"legacy_seresnet{depth}" for depth in (50, 101, 152)),
    *(f"legacy_seresnext{depth}_32x4d" for depth in (50, 101)),
    *("senet154", "legacy_senet154", "inception_resnet_v2"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """Weights of timm with what it says of them.

    Attributes:
        tensors: by timm's names.
        classes: the meaning of the outputs; empty where timm does not say ImageNet.
        mean, std: of RGB pixels in [0, 1].
        input_size: side of the images in pixels.
    """

    tensors: dict[str, Tensor]
    classes: tuple[str, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    input_size: int


def is_fetched(name: str) -> bool:
    """Whether a name such as ``timm:legacy_seresnet50.in1k`` stands where a file could."""
    return name.startswith(_PREFIX)


def imagenet_classes() -> tuple[str, ...]:
    """The 1,000 classes in the order that every collection here has them."""
    import torchvision  # noqa: PLC0415  # takes as long to import as torch

    return tuple(torchvision.models.ResNet50_Weights.IMAGENET1K_V1.meta["categories"])


def fetch(name: str) -> Fetched:
    """Weights of timm, from the server that has them or a cache.

    Args:
        name: ``timm:`` and a name of timm's, such as ``timm:legacy_seresnet50.in1k``.

    Raises:
        InputError: where timm is not installed or has no such weights, where they are of a
            network that none here computes, and where that server cannot be reached.
    """
    _, plain = known_to_timm(name)
    _check_computes(plain)
    model = pretrained(name)
    known = model.pretrained_cfg
    return Fetched(
        tensors=model.state_dict(),
        classes=classes_of(known),
        mean=tuple(known["mean"]),
        std=tuple(known["std"]),
        input_size=int(known["input_size"][-1]),
    )


def known_to_timm(name: str) -> tuple[Any, str]:
    """The module timm, and its own name of one of its networks, ``NETWORK`` or ``NETWORK.TAG``.

    Raises:
        InputError: where timm is not installed, or has no such network or weights.
    """
    try:
        import timm  # noqa: PLC0415 - few networks need it
    except ImportError as error:
        raise InputError(
            f"{name} needs timm, which is not installed; run pip install timm"
        ) from error
    plain = name.removeprefix(_PREFIX)
    plain = timm.models.get_deprecated_models().get(plain) or plain
    if not timm.is_model(plain):
        near = get_close_matches(plain.partition(".")[0], timm.list_models(), n=3)
        guess = f" (did you mean {' or '.join(near)}?)" if near else ""
        raise InputError(f"timm knows no {plain!r}{guess}; see timm.list_models()")
    network, _, tag = plain.partition(".")
    if tag and tag not in (tags := _tags(timm, network)):
        raise InputError(
            f"timm has no weights {plain!r}; for {network} it has the tags {', '.join(tags)}"
        )
    return timm, plain


def _tags(timm: Any, network: str) -> list[str]:
    """The weights that timm has for a network; raises InputError where it has none."""
    tags = [name.partition(".")[2] for name in timm.list_pretrained(f"{network}.*")]
    if not tags:
        raise InputError(
            f"timm has the network {network} but no weights for it; see timm.list_pretrained()"
        )
    return tags


def pretrained(name: str) -> Any:
    """Timm's network with its weights, from the server that has them or a cache.

    Args:
        name: ``timm:NETWORK.TAG``; the tag that timm prefers where there is none.

    Raises:
        InputError: as `known_to_timm`; where there are no weights, and where that server cannot
            be reached.
    """
    timm, plain = known_to_timm(name)
    _tags(timm, plain.partition(".")[0])
    return _pretrained(timm, plain)


def classes_of(known: Mapping[str, Any]) -> tuple[str, ...]:
    """The meaning of the outputs of timm's weights; empty where their tag does not say ImageNet."""
    imagenet = known["num_classes"] == 1000 and (known["tag"] or "").endswith("in1k")
    return imagenet_classes() if imagenet else ()


def _check_computes(plain: str) -> None:
    """Refuse what none of our networks computes."""
    network = plain.partition(".")[0]
    if network in ("legacy_seresnet18", "legacy_seresnet34"):
        raise InputError(STRAY_RELU)
    if network not in NETWORKS:
        raise InputError(
            f"timm's {network} is not known to compute what a network here does, even if its "
            f"weights should fit; those that do are {', '.join(NETWORKS)}"
        )


def _pretrained(timm: Any, plain: str) -> Any:
    """The network with its weights; those in a cache are taken without asking anybody."""
    known = timm.get_pretrained_cfg(plain)
    cached, address = _whereabouts(known)
    if cached is None and not _answers(address):
        raise InputError(
            f"the weights timm:{plain} could not be fetched, for {urlsplit(address).hostname} "
            "cannot be reached from here; fetch them where it can and give the file as "
            "--weights FILE"
        )
    overlay = {"file": cached} if cached else None
    try:
        with redirect_stdout(sys.stderr):  # torch's downloads say there that they start
            return timm.create_model(plain, pretrained=True, pretrained_cfg_overlay=overlay)
    except Exception as error:  # the classes of the hub's client change with its version
        where = told(f"read from {cached}") if cached else told("fetched")
        reason = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise InputError(
            f"the weights timm:{plain} could not be {where} ({reason}); "
            "give a sound copy of them as --weights FILE"
        ) from error


def _whereabouts(known: Any) -> tuple[str | None, str]:
    """The file where one is in timm's caches, and the address of the server that has it."""
    from huggingface_hub import constants, try_to_load_from_cache  # noqa: PLC0415 - timm's

    if known.hf_hub_id:
        found = [try_to_load_from_cache(known.hf_hub_id, file) for file in _FILES]
        return next((path for path in found if isinstance(path, str)), None), constants.ENDPOINT
    file = Path(torch.hub.get_dir(), "checkpoints", Path(urlsplit(known.url).path).name)
    return str(file) if file.is_file() else None, known.url


def _answers(address: str) -> bool:
    """Whether there is a server; the hub's client takes a minute to find that there is none."""
    try:
        urlopen(Request(address, method="HEAD"), timeout=_PATIENCE).close()
    except HTTPError:
        return True  # an answer, if not a kind one
    except URLError as error:
        return isinstance(error.reason, ssl.SSLError)  # the client may hold other certificates
    except OSError:
        return False
    return True
