"""ResNet, ResNeXt and SENet-154 (Table 1, section 5.1, appendix), and the ResNets for CIFAR.

Everything that tells the members apart is a field of `ResNetSpec`; each is one row of `SPECS`.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Literal

from torch import nn

from senet_core.attention import SEConfig, Site
from senet_core.errors import InputError
from senet_core.models.blocks import Block, ConvNorm, gate_3x3
from senet_core.models.network import Network, Spec, Stage, stack


@dataclass(frozen=True, slots=True, kw_only=True)
class ResNetSpec(Spec):
    """A row of the family's table.

    Attributes:
        depths: residual units in each stage.
        planes: base width of each stage; a bottleneck puts out four times as much.
        body: ``basic`` (two 3x3) or ``bottleneck`` (1x1, 3x3, 1x1).
        groups: groups of the bottleneck's 3x3 (ResNeXt's cardinality).
        reduce, inner: widths of the bottleneck's first 1x1 and of its 3x3, times the planes.
        stem: ``7x7``, ``deep`` (three 3x3, SENet-154) or ``3x3`` (CIFAR, without pooling).
        shortcut_kernel: kernel of the strided projections.
        dropout: rate before the classifier.
        stride_on: which convolution of a bottleneck is strided: ``1x1`` as in the paper's
            ResNets or ``3x3`` as in torchvision's and in ResNeXt. Without meaning for ``basic``.
        pool: the stem's max pooling: ``ceil`` (Caffe's, the paper's) or ``padded``
            (torchvision's).
        width: factor on every channel count, rounded to a multiple of 8.
        first_stage: the paper's number of ``layer1``: 2 for ImageNet, 1 for CIFAR.
    """

    depths: tuple[int, ...]
    planes: tuple[int, ...] = (64, 128, 256, 512)
    body: Literal["basic", "bottleneck"] = "bottleneck"
    groups: int = 1
    reduce: int = 1
    inner: int = 1
    stem: Literal["7x7", "deep", "3x3"] = "7x7"
    shortcut_kernel: int = 1
    dropout: float = 0.0
    stride_on: Literal["1x1", "3x3"] = "1x1"
    pool: Literal["ceil", "padded"] = "ceil"
    width: float = 1.0
    first_stage: int = 2
    options: tuple[str, ...] = ("stride_on", "pool", "width")

    def __post_init__(self) -> None:
        for field, choices in (("stride_on", ("1x1", "3x3")), ("pool", ("ceil", "padded"))):
            if getattr(self, field) not in choices:
                raise InputError(
                    f"unknown {field} {getattr(self, field)!r}; choose from {', '.join(choices)}"
                )
        if not isinstance(self.width, int | float) or not 0 < self.width <= 16:
            raise InputError(f"width must lie between 0 and 16, not {self.width!r}")

    @property
    def stages(self) -> tuple[int, ...]:
        """The paper's numbers of the stages."""
        return tuple(range(self.first_stage, self.first_stage + len(self.depths)))

    def channels(self, base: int) -> int:
        """``base`` channels at this width, a multiple of 8."""
        return base if self.width == 1 else max(8, int(base * self.width / 8 + 0.5) * 8)

    def build(self, *, num_classes: int, in_chans: int, se: SEConfig | None) -> Network:
        """Stem, stages of residual units, global pooling and a linear classifier."""
        stem, c_stem = _stem(self, in_chans)
        expansion = 4 if self.body == "bottleneck" else 1
        stages = [
            Stage(number, self.channels(planes * expansion), depth, 1 if index == 0 else 2)
            for index, (number, planes, depth) in enumerate(
                zip(self.stages, self.planes, self.depths, strict=True)
            )
        ]
        layers = stack(c_stem, stages, se, partial(_unit, self))
        fc = nn.Linear(stages[-1].width, num_classes)
        smallest = 3 if self.pool == "ceil" and self.stem != "3x3" else 1
        return Network({"stem": stem, **layers}, fc, dropout=self.dropout, smallest=smallest)


def _stem(spec: ResNetSpec, in_chans: int) -> tuple[nn.Sequential, int]:
    """The layers before the first stage, and how many channels they put out."""
    if spec.stem == "3x3":
        c_out = spec.channels(spec.planes[0])
        return nn.Sequential(OrderedDict(conv1=ConvNorm(in_chans, c_out, 3))), c_out
    half, c_out = spec.channels(64), spec.channels(64 if spec.stem == "7x7" else 128)
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    if spec.stem == "7x7":
        layers["conv1"] = ConvNorm(in_chans, c_out, 7, stride=2)
    else:
        layers["conv1"] = ConvNorm(in_chans, half, 3, stride=2)
        layers["conv2"] = ConvNorm(half, half, 3)
        layers["conv3"] = ConvNorm(half, c_out, 3)
    ceil = spec.pool == "ceil"
    layers["pool"] = nn.MaxPool2d(3, 2, padding=0 if ceil else 1, ceil_mode=ceil)
    return nn.Sequential(layers), c_out


def _unit(spec: ResNetSpec, c_in: int, c_out: int, stride: int, site: Site) -> Block:
    body = (_bottleneck if spec.body == "bottleneck" else _basic)(spec, c_in, c_out, stride, site)
    shortcut: nn.Module = nn.Identity()
    if stride > 1 or c_in != c_out:
        kernel = spec.shortcut_kernel if stride > 1 else 1
        shortcut = ConvNorm(c_in, c_out, kernel, stride=stride, act=False)
    return Block(body, shortcut, channels=(c_in, c_out), site=site)


def _basic(spec: ResNetSpec, c_in: int, c_out: int, stride: int, site: Site) -> nn.Sequential:
    body = nn.Sequential(OrderedDict(conv1=ConvNorm(c_in, c_out, 3, stride=stride)))
    gate_3x3(body, site=site, channels=c_out)
    body.add_module("conv2", ConvNorm(c_out, c_out, 3, act=False))
    return body


def _bottleneck(spec: ResNetSpec, c_in: int, c_out: int, stride: int, site: Site) -> nn.Sequential:
    planes = spec.planes[spec.stages.index(site.stage)]
    c_reduce, c_inner = spec.channels(planes * spec.reduce), spec.channels(planes * spec.inner)
    groups = math.gcd(spec.groups, c_reduce, c_inner)  # narrow nets have fewer channels than groups
    first, second = (stride, 1) if spec.stride_on == "1x1" else (1, stride)
    body = nn.Sequential(OrderedDict(conv1=ConvNorm(c_in, c_reduce, 1, stride=first)))
    body.add_module("conv2", ConvNorm(c_reduce, c_inner, 3, stride=second, groups=groups))
    gate_3x3(body, site=site, channels=c_inner)
    body.add_module("conv3", ConvNorm(c_inner, c_out, 1, act=False))
    return body


def _cifar(blocks: int) -> ResNetSpec:
    """The CIFAR ResNet with ``6 * blocks + 2`` layers: three stages of 16, 32 and 64 channels."""
    return ResNetSpec(
        depths=(blocks,) * 3,
        planes=(16, 32, 64),
        body="basic",
        stem="3x3",
        input_size=32,
        first_stage=1,
        options=("width",),
    )


def _resnext(depths: tuple[int, ...]) -> ResNetSpec:
    return ResNetSpec(depths=depths, groups=32, reduce=2, inner=2, stride_on="3x3")


SPECS: dict[str, ResNetSpec] = {
    "resnet18": ResNetSpec(depths=(2, 2, 2, 2), body="basic"),
    "resnet34": ResNetSpec(depths=(3, 4, 6, 3), body="basic"),
    "resnet50": ResNetSpec(depths=(3, 4, 6, 3)),
    "resnet101": ResNetSpec(depths=(3, 4, 23, 3)),
    "resnet152": ResNetSpec(depths=(3, 8, 36, 3)),
    "resnext50_32x4d": _resnext((3, 4, 6, 3)),
    "resnext101_32x4d": _resnext((3, 4, 23, 3)),
    "senet154": ResNetSpec(
        depths=(3, 8, 36, 3),
        groups=64,
        reduce=2,
        inner=4,
        stem="deep",
        shortcut_kernel=3,
        dropout=0.2,
        stride_on="3x3",
        always_se=True,
    ),
    "cifar_resnet20": _cifar(3),
    "cifar_resnet32": _cifar(5),
    "cifar_resnet44": _cifar(7),
    "cifar_resnet56": _cifar(9),
    "cifar_resnet110": _cifar(18),
}
