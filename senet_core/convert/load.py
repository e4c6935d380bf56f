"""Loading anybody's weights into a network of ours, or saying in one sentence why not."""

import dataclasses
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from senet_core.attention import SEConfig
from senet_core.checkpoint import NoMetadata, read_metadata, skeleton
from senet_core.convert.files import read_tensors, unwrapped
from senet_core.convert.hub import fetch, imagenet_classes, is_fetched
from senet_core.convert.match import (
    build,
    call,
    computes_the_same,
    is_head,
    matching,
    outputs,
    trunk,
)
from senet_core.convert.sources import INCEPTION_RESNET, OURS, Source, recognise, renamed
from senet_core.errors import InputError, told
from senet_core.registry import SPECS, ModelConfig

_log = logging.getLogger("senet_core")

Origin = str | os.PathLike[str] | Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """What is known of weights beyond their values.

    Attributes:
        source: whose they are.
        classes: the meaning of the network's outputs; empty where nobody knows. The 1,000
            outputs of a file from elsewhere are taken as ImageNet's, and a line in the log says
            so, for such a file has no names.
        mean, std: of the pixels in [0, 1], RGB, that they were trained with; empty where nobody
            knows. For a file from elsewhere those of the weights that its collection publishes.
        input_size: side in pixels of the images that they were trained with.
    """

    source: str
    classes: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    input_size: int | None = None


@dataclass(frozen=True, slots=True)
class _Opened:
    source: Source
    tensors: dict[str, Tensor]
    weights: Weights
    config: ModelConfig | None = None  # of a checkpoint of ours, which says what it holds
    told: bool = False  # whether the classes are the origin's word, not an assumption


def load_weights(model: nn.Module, path_or_state_dict: Origin) -> Weights:
    """Put weights of ours, timm, Cadene, moskomule or torchvision into a network of ours.

    The keys tell whose they are. With another number of classes all but the last layer is
    loaded, and a line in the log says so.

    Keys and shapes are all that a file tells. One of a network that differs only in what has no
    weights, such as timm's ``resnetaa50`` (blurred pooling) or a ``resnet50`` that was trained
    with another activation, loads as the ordinary one and computes something else; by their
    ``timm:NAME`` these are refused.

    Args:
        model: made by `create_model`.
        path_or_state_dict: a .safetensors, .pth, .pt or .bin file, ``timm:NAME``, or tensors by
            name.

    Returns:
        What is known of them: the meaning of the outputs, the pixels' normalisation.

    Raises:
        InputError: where they cannot be read or are nobody's known here; where they do not fit;
            and where they fit but belong to a network that computes something else, naming the
            options of the one that computes the same.
    """
    config = ModelConfig.of(model)
    opened = _open(path_or_state_dict)
    found = opened.config or matching(config, opened.source, opened.tensors)
    fitting = found.in_chans == config.in_chans and trunk(opened.tensors) == trunk(
        model.state_dict()
    )
    if not fitting or not computes_the_same(found, config):
        raise InputError(_refusal(config, opened.source, found))
    return _load(model, opened, config)


def create_matching(name: str, path_or_state_dict: Origin) -> tuple[nn.Module, Weights]:
    """The network ``name`` with the options and outputs that the weights were trained with.

    Raises:
        InputError: as `load_weights`, but for options, which the weights decide here.
    """
    opened = _open(path_or_state_dict)
    classes = outputs(opened.tensors)
    if name.removeprefix("se_") not in SPECS:
        build(ModelConfig(name=name))  # says what names there are
    gated = name.startswith("se_") or SPECS[name].always_se
    wanted = ModelConfig(
        name=name,
        num_classes=classes or 1000,
        se=SEConfig() if gated else None,
    )
    found = opened.config or matching(wanted, opened.source, opened.tensors)
    if found.name != name:
        raise InputError(_refusal(wanted, opened.source, found))
    with torch.device("meta"):  # allocates nothing: a bias alone may claim a billion outputs
        _require_fit(build(found), opened.tensors, found)
    model = build(found)
    return model, _load(model, opened, ModelConfig.of(model))


def _refusal(config: ModelConfig, source: Source, found: ModelConfig) -> str:
    if found.in_chans != config.in_chans:
        return told(
            f"these weights ({source.name}) are for images of {found.in_chans} channels, "
            f"this {config.name} for {config.in_chans}; create it with in_chans={found.in_chans}"
        )
    return told(
        f"these weights ({source.name}) belong to a network that computes something else than "
        f"{call(config)}; load them into {call(found)}"
    )


def _open(origin: Origin) -> _Opened:
    if isinstance(origin, Mapping):
        return _foreign(unwrapped(origin, "the dictionary"))
    name = os.fspath(origin)
    if is_fetched(name):
        fetched = fetch(name)
        opened = _foreign(fetched.tensors)
        weights = Weights(
            source=opened.weights.source,
            classes=fetched.classes,
            mean=fetched.mean,
            std=fetched.std,
            input_size=fetched.input_size,
        )
        return dataclasses.replace(opened, weights=weights, told=True)
    tensors = read_tensors(Path(name))
    opened = _foreign(tensors)
    return _with_metadata(opened, Path(name)) if opened.source is OURS else opened


def _foreign(state: Mapping[str, Tensor]) -> _Opened:
    source = recognise(state)
    tensors = renamed(source, state)
    if source is INCEPTION_RESNET and outputs(tensors) == 1001:
        _log.warning("the first of the weights' 1001 outputs, the background, is left out")
        tensors |= {key: t[1:] for key, t in tensors.items() if is_head(key) and t.ndim}
    mean, std = source.pixels or ((), ())
    classes = imagenet_classes() if source is not OURS and outputs(tensors) == 1000 else ()
    weights = Weights(source=source.name, classes=classes, mean=mean, std=std)
    return _Opened(source, tensors, weights)


def _with_metadata(opened: _Opened, path: Path) -> _Opened:
    """With what a checkpoint of ours tells; a plain state dict of ours tells nothing."""
    if path.suffix != ".safetensors":
        return opened
    try:
        metadata = read_metadata(path)
    except NoMetadata:
        return opened
    config = ModelConfig.of(skeleton(path, metadata, opened.tensors))
    weights = Weights(
        source=opened.source.name,
        classes=tuple(metadata["classes"]),
        mean=tuple(metadata.get("mean") or ()),
        std=tuple(metadata.get("std") or ()),
        input_size=metadata.get("input_size"),
    )
    return _Opened(opened.source, opened.tensors, weights, config, told=True)


def _load(model: nn.Module, opened: _Opened, config: ModelConfig) -> Weights:
    tensors, classes = opened.tensors, outputs(opened.tensors)
    weights = opened.weights
    if classes != config.num_classes:
        tensors = {key: tensor for key, tensor in tensors.items() if not is_head(key)}
        weights = dataclasses.replace(weights, classes=())
        _log.warning(
            "the weights have %d classes and the network %d: all but its last layer is loaded",
            classes,
            config.num_classes,
        )
    elif weights.classes and not opened.told:
        _log.warning(
            "the weights do not say what their %d outputs mean: they are taken as ImageNet's "
            "classes in their usual order",
            classes,
        )
    _require_fit(model, tensors, config)
    if bare := [key for key, tensor in tensors.items() if not _has_values(tensor, model)]:
        raise InputError(
            f"the weights have no dense values (first at {bare[0]!r}); "
            "save them from a network that is in memory, as plain tensors"
        )
    with torch.no_grad():
        model.load_state_dict(tensors, strict=False)
    return weights


def _require_fit(model: nn.Module, tensors: Mapping[str, Tensor], config: ModelConfig) -> None:
    """Refuse tensors of other names or shapes than the network's.

    The head may be missing, and where it has another number of classes it does not count.
    """
    classes = outputs(tensors)
    wanted = {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}
    odd = [
        key
        for key, shape in wanted.items()
        if not key.endswith(".num_batches_tracked")
        and (key in tensors or not is_head(key) or classes == config.num_classes)
        and (key not in tensors or tuple(tensors[key].shape) != shape)
    ]
    if odd or (extra := [key for key in tensors if key not in wanted]):
        first = odd[0] if odd else extra[0]
        raise InputError(
            f"the weights do not fit {config.name} (first at {first!r}); give an intact copy"
        )


def _has_values(tensor: Tensor, model: nn.Module) -> bool:
    """Whether a tensor can be copied; into a network without memory one without values can."""
    plain = tensor.layout == torch.strided and not tensor.is_quantized
    return plain and (not tensor.is_meta or next(model.parameters()).is_meta)
