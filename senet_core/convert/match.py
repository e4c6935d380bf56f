"""Which network of ours computes what given weights were trained to compute."""

import dataclasses
import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from senet_core.attention import SEConfig
from senet_core.convert.sources import LEGACY, OURS, STRAY_RELU, Source
from senet_core.errors import InputError
from senet_core.registry import SPECS, ModelConfig, create_model, list_models

Shapes = dict[str, tuple[int, ...]]
_COUNTER = ".num_batches_tracked"  # files older than torch 0.4.1 have none; of no effect in eval
_STEM = re.compile(r"(stem|conv1|conv1_1|conv2d_1a)\.")
_FC1 = re.compile(r"\.se\.fc1\.weight$")


def shapes(tensors: Mapping[str, Tensor]) -> Shapes:
    """The shape of each tensor that counts."""
    return {key: tuple(t.shape) for key, t in tensors.items() if not key.endswith(_COUNTER)}


def outputs(tensors: Mapping[str, Tensor]) -> int:
    """Outputs of the classifier; 0 where there is none."""
    return max((t.shape[0] for key, t in tensors.items() if is_head(key) and t.ndim), default=0)


def trunk(tensors: Mapping[str, Tensor]) -> Shapes:
    """The shape of each tensor before the classifier."""
    return {key: shape for key, shape in shapes(tensors).items() if not is_head(key)}


def is_head(key: str) -> bool:
    """Whether a key of ours is of the last layer."""
    return key.startswith(("fc.weight", "fc.bias", "fc.fc8."))


def counterpart(config: ModelConfig, source: Source, tensors: Mapping[str, Tensor]) -> ModelConfig:
    """``config`` with all that the weights decide as they decide it: options and gates."""
    stem = sorted(key for key, t in tensors.items() if _STEM.match(key) and t.ndim == 4)
    if stem:
        config = dataclasses.replace(config, in_chans=tensors[stem[0]].shape[1])
    if source is OURS:
        return config
    base = config.name.removeprefix("se_")
    spec: Any = SPECS[base]
    options = {k: v for k, v in config.options.items() if k not in ("stride_on", "pool")}
    options |= {
        key: value
        for key, value in source.options.items()
        if key in spec.options and getattr(spec, key) != value
    }
    if getattr(spec, "body", "") == "basic":
        options.pop("stride_on", None)
    se = _gates(tensors)
    name = base if spec.always_se or se is None else f"se_{base}"
    return dataclasses.replace(config, name=name, options=options, se=se)


def _gates(tensors: Mapping[str, Tensor]) -> SEConfig | None:
    """The gates' configuration, from the widths of their layers."""
    widths = {tuple(t.shape) for key, t in tensors.items() if _FC1.search(key) and t.ndim == 2}
    if not widths:
        return None
    hidden, channels = max(widths)
    reduction = max(1, channels // max(1, hidden))
    floors = [h for h, c in widths if h > c // reduction]
    bias = any(key.endswith(".se.fc1.bias") for key in tensors)
    return SEConfig(reduction=reduction, min_hidden=max(floors, default=1), bias=bias)


def fits(config: ModelConfig, tensors: Mapping[str, Tensor]) -> bool:
    """Whether the network has these tensors, whatever the number of classes."""
    with torch.device("meta"):
        try:
            model = build(config)
        except InputError:  # gates that no network of this name has
            return False
    return trunk(tensors) == trunk(model.state_dict())


def build(config: ModelConfig) -> nn.Module:
    """A fresh network of this configuration."""
    return create_model(
        config.name, config.num_classes, config.in_chans, config.se, **config.options
    )


def computes_the_same(a: ModelConfig, b: ModelConfig) -> bool:
    """Whether two networks of equal tensors do the same with them."""
    return _meaning(a) == _meaning(b)


def _meaning(config: ModelConfig) -> tuple[Any, ...]:
    base = config.name.removeprefix("se_")
    spec: Any = dataclasses.replace(SPECS[base], **config.options)
    if getattr(spec, "body", "") == "basic":
        spec = dataclasses.replace(spec, stride_on="1x1")
    se = config.se and (config.se.squeeze, config.se.excitation, config.se.placement)
    return base, spec, se


def call(config: ModelConfig) -> str:
    """The call of `create_model` that makes such a network, as a reader would type it."""
    arguments = [f'"{config.name}"']
    arguments += [
        f'{key}="{value}"' if isinstance(value, str) else f"{key}={value}"
        for key, value in config.options.items()
    ]
    if config.se is not None and config.se != SEConfig():
        arguments.append(f"se={config.se.as_typed()}")
    return f"create_model({', '.join(arguments)})"


def matching(config: ModelConfig, source: Source, tensors: Mapping[str, Tensor]) -> ModelConfig:
    """The network under ``config``'s name that computes what the weights were trained for.

    Raises:
        InputError: where there is none; the sentence names the network whose weights they are,
            or what does not fit.
    """
    if source is LEGACY and "layer1.0.body.conv3.conv.weight" not in tensors:
        raise InputError(STRAY_RELU)
    same = counterpart(config, source, tensors)
    if same.name == config.name and fits(same, tensors):
        return same
    names = [name for name in list_models() if _could_be(name, tensors)]
    for other in (same, *(counterpart(_named(name), source, tensors) for name in names)):
        if fits(other, tensors):
            raise InputError(
                f"these weights ({source.name}) do not fit this {config.name}; "
                f"they are those of {call(other)}"
            )
    raise InputError(
        f"these weights ({source.name}) do not fit {config.name} ({_odd(same, tensors)}); "
        "they belong to no network here, so give others"
    )


def _could_be(name: str, tensors: Mapping[str, Tensor]) -> bool:
    """Whether gates and depths agree, which is quick to tell and spares building the network."""
    spec = SPECS[name.removeprefix("se_")]
    if (name.startswith("se_") or spec.always_se) != (_gates(tensors) is not None):
        return False
    units = {tuple(key.split(".")[:2]) for key in tensors if re.match(r"layer\d\.\d", key)}
    stages = sorted({stage for stage, _ in units})
    found = tuple(sum(stage == of for of, _ in units) for stage in stages)
    return not found or found == getattr(spec, "depths", found)


def _named(name: str) -> ModelConfig:
    gated = name.startswith("se_") or SPECS[name].always_se
    return ModelConfig(name=name, se=SEConfig() if gated else None)


def _odd(config: ModelConfig, tensors: Mapping[str, Tensor]) -> str:
    """The first few keys that are missing, unexpected, or of another shape."""
    with torch.device("meta"):
        wanted = shapes(build(config).state_dict())
    found = shapes(tensors)
    differing = [k for k in wanted if k in found and found[k] != wanted[k] and not is_head(k)]
    parts = [
        f"{label} {', '.join(keys[:3])}{f' and {len(keys) - 3} more' if len(keys) > 3 else ''}"
        for label, keys in (
            ("missing", [key for key in wanted if key not in found]),
            ("unexpected", [key for key in found if key not in wanted]),
            ("of another shape", differing),
        )
        if keys
    ]
    return "; ".join(parts).replace("; ", ", ")
