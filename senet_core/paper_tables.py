"""What the paper's tables state about the size and the cost of its networks, row by row.

Figures are as printed in version 4 of arXiv:1709.01507. The tables' error rates are not here.
"""

from dataclasses import dataclass
from typing import Any

from senet_core.attention import SEConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A network of the paper, and the one here that stands for it.

    Attributes:
        label: the paper's name.
        model, classes, se: what `create_model` makes of it.
        parameters, flops: as printed, such as ``28.1M`` and ``3.87G``; None where not stated.
        notes: numbers of the table's notes, from 1.
    """

    label: str
    model: str
    classes: int = 1000
    se: SEConfig | None = None
    parameters: str | None = None
    flops: str | None = None
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table of the paper: what it is about, what to know of it, and why figures differ."""

    title: str
    text: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


Figures = tuple[str | None, str | None]  # of a baseline and of its SE form
Notes = tuple[tuple[int, ...], tuple[int, ...]]


def _pair(
    label: str,
    model: str,
    *,
    classes: int = 1000,
    parameters: Figures = (None, None),
    flops: Figures = (None, None),
    notes: Notes = ((), ()),
) -> tuple[Row, Row]:
    """A baseline and its SE form."""
    plain, gated = (
        Row(
            label=se.upper().replace("_", "-") + label,
            model=se + model,
            classes=classes,
            parameters=parameters[index],
            flops=flops[index],
            notes=notes[index],
        )
        for index, se in enumerate(("", "se_"))
    )
    return plain, gated


def _cifar(classes: int, shaken: tuple[str, str]) -> tuple[Row, ...]:
    """The four pairs of Table 4 or 5, whose last one differs."""
    return (
        *_pair("ResNet-110", "cifar_preact_resnet110", classes=classes),
        *_pair("ResNet-164", "cifar_preact_resnet164", classes=classes),
        *_pair("WRN-16-8", "cifar_wrn16_8", classes=classes),
        *_pair(*shaken, classes=classes),
    )


def _ablation(
    label: str,
    *,
    parameters: str | None = None,
    flops: str | None = None,
    notes: tuple[int, ...] = (),
    **choices: Any,
) -> Row:
    """A variant of SE-ResNet-50; the ablations' gates have no biases."""
    return Row(
        label=label,
        model="se_resnet50",
        se=SEConfig(bias=False, **choices),
        parameters=parameters,
        flops=flops,
        notes=notes,
    )


def _resnet50(label: str = "ResNet-50", *, flops: str | None = None) -> Row:
    """The ablations' baseline."""
    return Row(label=label, model="resnet50", parameters="25.6M", flops=flops)


TABLE_2 = Table(
    title="Table 2: ImageNet",
    text="The ResNets have the stride of a stage in the first 1x1 convolution, as the networks "
    'that the authors released; in the 3x3, as in torchvision (`stride_on="3x3"`), ResNet-50 '
    "would have 4.09 G. VGG-16 has batch norm.",
    rows=(
        *_pair("ResNet-50", "resnet50", flops=("3.86G", "3.87G")),
        *_pair("ResNet-101", "resnet101", flops=("7.58G", "7.60G"), notes=((1,), (1, 2))),
        *_pair("ResNet-152", "resnet152", flops=("11.30G", "11.32G"), notes=((1,), (1,))),
        *_pair(
            "ResNeXt-50 32x4d", "resnext50_32x4d", flops=("4.24G", "4.25G"), notes=((1,), (1, 2))
        ),
        *_pair(
            "ResNeXt-101 32x4d",
            "resnext101_32x4d",
            flops=("7.99G", "8.00G"),
            notes=((1, 2), (1, 2)),
        ),
        *_pair("VGG-16", "vgg16_bn", flops=("15.47G", "15.48G")),
        *_pair("BN-Inception", "bn_inception", flops=("2.03G", "2.04G"), notes=((), (3,))),
        *_pair(
            "Inception-ResNet-v2",
            "inception_resnet_v2",
            flops=("11.75G", "11.76G"),
            notes=((4,), (4,)),
        ),
    ),
    notes=(
        "The paper does not say which operations its figures count. If each value of the sum of "
        "branch and shortcut counted as one addition more (as many as the squeeze has: 5.5 M in "
        "ResNet-50 and ResNeXt-50, 8.9 M with 101 layers, 13.1 M in ResNet-152), ResNet-101, "
        "ResNet-152, SE-ResNet-152 and ResNeXt-50 would have the printed figures, and ResNet-50 "
        "and SE-ResNet-50 would keep theirs.",
        "Not explained: with these additions too, the figure would be 0.09 to 0.14 % below the "
        "paper's.",
        "Not explained: 0.6 M are missing to 2.035 G, which would be rounded to 2.04 G. The gates "
        "add 1.8 M here, 0.6 M multiply-adds and 1.2 M additions.",
        "Not explained: ours is 12 % above. The paper gives no details of its network. Here it is "
        "the one to which TensorFlow's trained weights belong, with stages of 10, 20 and 10 units; "
        "torch's own counter finds the same 13.156 G multiply-adds in timm's implementation of "
        "it. The gates add 20 M here, 10 M by the paper's rounded figures.",
    ),
)

TABLE_3 = Table(
    title="Table 3: mobile networks",
    text="MobileNet 1.0 at 224 pixels, and ShuffleNet 1x with three groups. The paper does not say "
    "where their gates sit. Here each gates the output of a separable unit in MobileNet, and the "
    "branch of a unit before it joins the shortcut in ShuffleNet. The table's figures led to these "
    "sites, so that the gates add what they should says nothing new.",
    rows=(
        *_pair("MobileNet", "mobilenet_v1", parameters=("4.2M", "4.7M"), flops=("569M", "572M")),
        *_pair(
            "ShuffleNet",
            "shufflenet_v1_g3",
            parameters=("1.8M", "2.4M"),
            flops=("140M", "142M"),
            notes=((1, 2), (1, 2, 3)),
        ),
    ),
    notes=(
        "FLOPs: 140 M is what the [paper of ShuffleNet](https://arxiv.org/abs/1707.01083) says of "
        "all its networks of single width; its Table 1 has 137 M for three groups, and so has "
        "ours. The gates add 2.2 M here and 2 M in the paper.",
        "Parameters: not explained. Without the scales and shifts of batch norm, 24,480, "
        "ShuffleNet here has 1.84 M, which would be rounded to 1.8 M; MobileNet agrees with or "
        "without them. The paper's 2.4 M is its rounded 1.8 M and the 0.61 M weights of the gates.",
        "The gates have 610,416 weights, 216 fewer than equation 5 gives: the branch of the first "
        "unit has 216 channels, for 24 of the 240 come from the pooled input, and 216 / 16 = 13.5 "
        "hidden units are rounded down to 13. The other 8,389 are biases.",
    ),
)

_CIFAR = (
    "The ResNets are of the pre-activation kind. Where the gate of a shaken unit sits, on each "
    "branch or after their mixing, is not stated; here it is after the mixing, one a unit."
)

TABLE_4 = Table(
    title="Table 4: CIFAR-10",
    text=f"{_CIFAR} With r = 16 the gates of ResNet-110's first stage have one hidden unit, for 16 "
    "channels. Cutout changes the images alone.",
    rows=_cifar(10, ("Shake-Shake 26 2x96d + Cutout", "cifar_shake_shake26_2x96d")),
)

TABLE_5 = Table(
    title="Table 5: CIFAR-100",
    text="As Table 4, with 100 classes and another shaken network.",
    rows=_cifar(100, ("Shake-Even 29 2x4x64d + Cutout", "cifar_shake_even29_2x4x64d")),
)

SENET_154 = Table(
    title="SENet-154 (Tables 8 and 9, appendix)",
    text="The paper's largest network, without a baseline. The definition that the authors "
    "released has as many parameters as ours.",
    rows=(Row(label="SENet-154", model="senet154"),),
)

_ROUNDED = "The paper adds the weights of the gates to its rounded 25.6 M for ResNet-50"

TABLE_10 = Table(
    title="Table 10: reduction ratio",
    text="SE-ResNet-50 at each ratio r.",
    rows=(
        _ablation("r = 2", parameters="45.7M", reduction=2),
        _ablation("r = 4", parameters="35.7M", reduction=4, notes=(1,)),
        _ablation("r = 8", parameters="30.7M", reduction=8, notes=(2,)),
        _ablation("r = 16", parameters="28.1M"),
        _ablation("r = 32", parameters="26.9M", reduction=32, notes=(1,)),
        _resnet50("original"),
    ),
    notes=(
        f"{_ROUNDED}: 25.6 + 10.06 M and 25.6 + 1.26 M give the printed figures.",
        "Not explained: equation 5 gives 5,029,888 weights, as here, and 25.6 + 5.03 M would be "
        "printed as 30.6 M. Half of the 10.1 M that r = 4 adds in this table would give 30.65 M.",
    ),
)

TABLE_11 = Table(
    title="Table 11: squeeze",
    text="SE-ResNet-50. The maximum takes as many comparisons as the mean takes additions.",
    rows=(_ablation("Max", squeeze="max"), _ablation("Avg")),
)

TABLE_12 = Table(
    title="Table 12: excitation",
    text="SE-ResNet-50. The function that yields the gate has no weights.",
    rows=(
        _ablation("ReLU", excitation="relu"),
        _ablation("Tanh", excitation="tanh"),
        _ablation("Sigmoid"),
    ),
)

TABLE_13 = Table(
    title="Table 13: stages",
    text="ResNet-50 with gates in one stage alone, and in all four.",
    rows=(
        _resnet50(flops="3.86G"),
        _ablation("SE Stage 2", parameters="25.6M", flops="3.86G", stages=(2,)),
        _ablation("SE Stage 3", parameters="25.7M", flops="3.86G", stages=(3,)),
        _ablation("SE Stage 4", parameters="26.4M", flops="3.86G", stages=(4,), notes=(1,)),
        _ablation("SE All", parameters="28.1M", flops="3.87G"),
    ),
    notes=(f"{_ROUNDED}: 25.6 + 0.79 M gives the printed figure.",),
)

TABLE_14 = Table(
    title="Table 14: integration",
    text="SE-ResNet-50. SE-PRE gates what a unit takes in, which in the first unit of each stage "
    "has fewer channels than what it puts out; so it has fewer weights.",
    rows=(
        _ablation("SE"),
        _ablation("SE-PRE", placement="pre"),
        _ablation("SE-POST", placement="post"),
        _ablation("SE-Identity", placement="identity"),
    ),
)

TABLE_15 = Table(
    title="Table 15: the gate inside the residual unit",
    text="SE-ResNet-50, with the gate at the end of the branch and straight after its 3x3 "
    "convolution.",
    rows=(
        _ablation("SE", parameters="28.1M", flops="3.87G"),
        _ablation("SE_3x3", parameters="25.8M", flops="3.86G", placement="conv3x3", notes=(1,)),
    ),
    notes=(f"{_ROUNDED}: 25.6 + 0.157 M gives the printed figure.",),
)

TABLE_16 = Table(
    title="Table 16: without the squeeze",
    text="NoSqueeze has no pooling and excites every position by itself.",
    rows=(
        _resnet50(flops="3.86G"),
        _ablation("NoSqueeze", parameters="28.1M", flops="4.27G", squeeze="none"),
        _ablation("SE", parameters="28.1M", flops="3.87G"),
    ),
)

TABLES = (
    TABLE_2,
    TABLE_3,
    TABLE_4,
    TABLE_5,
    SENET_154,
    TABLE_10,
    TABLE_11,
    TABLE_12,
    TABLE_13,
    TABLE_14,
    TABLE_15,
    TABLE_16,
)
