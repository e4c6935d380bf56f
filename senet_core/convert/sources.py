"""Whose weights: each collection by a mark among its keys, and the rules that rename them.

A rule is a regular expression and its replacement; those of a source apply in turn to every key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import torch
from torch import Tensor

from senet_core.errors import InputError, told
from senet_core.models import vgg

Rules = tuple[tuple[str, str], ...]

_IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
_HALVES = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
# Caffe's networks see pixels from 0 to 255 less a mean, in the order BGR: here the order is in
# the first convolution, and the range in the std, so that its zero padding stays the mean.
_CAFFE = ((128 / 255, 117 / 255, 104 / 255), (1 / 255, 1 / 255, 1 / 255))

STRAY_RELU = told(
    "timm's legacy_seresnet18 and 34 apply a ReLU before the gate, as no network here or "
    "in the paper does, so no options agree; use timm's seresnet18 or seresnet34"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A collection of weights whose networks are alike.

    Attributes:
        name: as errors call it.
        mark: a pattern that one of its keys matches, and no key of those below it in the table.
        rules: from its keys to ours.
        options: in which its networks differ from our defaults, which are the paper's.
        pixels: mean and std of RGB pixels in [0, 1] that its published weights were trained
            with; None where there is no one answer.
    """

    name: str
    mark: str
    rules: Rules
    options: Mapping[str, str] = field(default_factory=dict)
    pixels: tuple[tuple[float, ...], tuple[float, ...]] | None = _IMAGENET


_RESNET: Rules = (
    (r"^layer0\.", ""),
    (r"^(conv|bn)(\d)\.", r"stem.\1\2."),
    (r"^(layer\d\.\d+)\.(conv|bn)", r"\1.body.\2"),
    (r"\.conv(\d)\.", r".conv\1.conv."),
    (r"\.bn(\d)\.", r".conv\1.norm."),
    (r"\.downsample\.0\.", ".shortcut.conv."),
    (r"\.downsample\.1\.", ".shortcut.norm."),
    (r"\.se_module\.", ".se."),
    (r"\.se\.fc\.0\.", ".se.fc1."),
    (r"\.se\.fc\.2\.", ".se.fc2."),
    (r"^last_linear\.", "fc."),
)
_DEEP_STEM: Rules = (
    (r"^bn1\.", "bn3."),
    (r"^conv1\.0\.", "conv1."),
    (r"^conv1\.1\.", "bn1."),
    (r"^conv1\.3\.", "conv2."),
    (r"^conv1\.4\.", "bn2."),
    (r"^conv1\.6\.", "conv3."),
)
_INCEPTION_RESNET: Rules = (
    (r"\.bn\.", ".norm."),
    (r"^block8\.", "block8.9."),
    (r"^repeat\.", "block35."),
    (r"^repeat_1\.", "block17."),
    (r"^repeat_2\.", "block8."),
    (r"branch3\.1\.", "pool.proj."),
    (r"(branch\d)\.(conv|norm)\.", r"\1.conv1.\2."),
    (r"(branch\d)\.0\.", r"\1.conv1."),
    (r"(branch\d)\.1\.", r"\1.conv2."),
    (r"(branch\d)\.2\.", r"\1.conv3."),
    (r"^(block\d+\.\d+)\.branch", r"\1.body.branches.branch"),
    (r"^(block\d+\.\d+)\.conv2d", r"\1.body.conv2d"),
    (r"^(classif|last_linear)\.", "fc."),
)
_BN_INCEPTION: Rules = (
    (r"^last_linear\.", "fc."),
    (r"^(\w+)_bn\.", r"\1.norm."),
    (r"^(conv\d_\w+|inception_\w+)\.(weight|bias)$", r"\1.conv.\2"),
    (r"^conv1_7x7_s2\.", "conv1."),
    (r"^conv2_3x3_reduce\.", "conv2_reduce."),
    (r"^conv2_3x3\.", "conv2."),
    (r"^(inception_\d\w)_", r"\1.body."),
    (r"\.body\.1x1\.", ".body.conv1x1."),
    (r"\.body\.3x3_reduce\.", ".body.conv3x3.reduce."),
    (r"\.body\.3x3\.", ".body.conv3x3.conv."),
    (r"\.body\.double_3x3_reduce\.", ".body.double3x3.reduce."),
    (r"\.body\.double_3x3_(\d)\.", r".body.double3x3.conv\1."),
    (r"\.body\.pool_proj\.", ".body.pool.proj."),
)


def _vgg_rules() -> Rules:
    """In torchvision one row of numbers counts convolution, norm, ReLU and pooling."""
    rules: list[tuple[str, str]] = []
    index = 0
    for stage, depth in enumerate(vgg.SPECS["vgg16_bn"].depths, 1):
        for block in range(1, depth + 1):
            rules.append((rf"^features\.{index}\.", f"conv{stage}_{block}.body.conv."))
            rules.append((rf"^features\.{index + 1}\.", f"conv{stage}_{block}.body.norm."))
            index += 3
        index += 1
    heads = {0: "fc6", 3: "fc7", 6: "fc8"}
    return (*rules, *((rf"^classifier\.{n}\.", f"fc.{name}.") for n, name in heads.items()))


_TORCHVISION_LIKE = {"stride_on": "3x3", "pool": "padded"}
OURS = Source(name="SENet Lab", mark=r"\.norm\.running_mean$", rules=(), pixels=None)
LEGACY = Source(name="Cadene or timm legacy", mark=r"^layer0\.conv1\.weight$", rules=_RESNET)
BN_INCEPTION = Source(
    name="Cadene's bninception", mark=r"^conv1_7x7_s2\.", rules=_BN_INCEPTION, pixels=_CAFFE
)
INCEPTION_RESNET = Source(
    name="inception_resnet_v2 of timm or Cadene",
    mark=r"^conv2d_1a\.bn\.",
    rules=_INCEPTION_RESNET,
    pixels=_HALVES,
)
SOURCES: tuple[Source, ...] = (
    OURS,
    LEGACY,
    BN_INCEPTION,
    INCEPTION_RESNET,
    Source(
        name="moskomule",
        mark=r"\.se\.fc\.0\.weight$",
        rules=_RESNET,
        options=_TORCHVISION_LIKE,
    ),
    Source(
        name="timm",
        mark=r"^conv1\.6\.weight$",
        rules=(*_DEEP_STEM, *_RESNET),
        options=_TORCHVISION_LIKE,
    ),
    Source(
        name="timm or torchvision",
        mark=r"^layer1\.0\.conv1\.weight$",
        rules=_RESNET,
        options=_TORCHVISION_LIKE,
    ),
    Source(name="torchvision", mark=r"^features\.0\.weight$", rules=_vgg_rules()),
)


def recognise(state: Mapping[str, Tensor]) -> Source:
    """Whose weights these are; raises InputError where their keys are those of nobody known."""
    for source in SOURCES:
        if any(re.search(source.mark, key) for key in state):
            return source
    raise InputError(
        f"the tensors (the first is {next(iter(state))!r}) have the names of no network known "
        "here; give weights of senet_core, timm, Cadene, moskomule or torchvision"
    )


def renamed(source: Source, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """``state`` under our names, its tensors in our shapes."""
    tensors: dict[str, Tensor] = {}
    for key, tensor in state.items():
        name = key
        for pattern, replacement in source.rules:
            name = re.sub(pattern, replacement, name)
        if re.search(r"\.se\.fc\d\.weight$", name) and tensor.ndim == 4:
            tensors[name] = tensor.flatten(1)  # others write the layers as 1x1 convolutions
        else:
            tensors[name] = tensor
    return _from_caffe(tensors) if source is BN_INCEPTION else tensors


def _from_caffe(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """For RGB, and without the convolutions' biases: Wx + b less the mean is Wx less (mean - b)."""
    kept: dict[str, Tensor] = {}
    for key, tensor in tensors.items():
        if ".norm." in key:
            kept[key] = tensor.squeeze(0)  # (1, C) in files of torch before 0.4
        elif key == "conv1.conv.weight" and tensor.ndim == 4:
            kept[key] = tensor.flip(1)
        elif not key.endswith(".conv.bias"):
            kept[key] = tensor
    for key in tensors.keys() - kept.keys():
        mean = key.replace(".conv.bias", ".norm.running_mean")
        if mean in kept:
            if kept[mean].shape != tensors[key].shape:  # (C,) less (C, 1) would be (C, C)
                raise InputError(
                    f"the weights do not fit bn_inception (first at {key!r}); give an intact copy"
                )
            kept[mean] = torch.sub(kept[mean], tensors[key])
    return kept
