"""The error rates that the paper states for networks that have a name here.

Figures are as printed in version 4 of arXiv:1709.01507, in per cent: of a single crop of ImageNet's
validation images (Tables 2, 3 and 8, the authors' own trainings), and of CIFAR's test images
(Tables 4 and 5). Nothing here was measured by us.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Errors:
    """What the paper states of one network on one data set.

    Attributes:
        data: the data set.
        table: its number in the paper.
        top1, top5: in per cent; None where not stated.
    """

    data: str
    table: int
    top1: float
    top5: float | None = None


def _pairs(
    data: str, table: int, rows: dict[str, tuple[tuple[float, ...], tuple[float, ...]]]
) -> list[tuple[str, Errors]]:
    """Name to (errors of the baseline, errors of its SE form)."""
    return [
        (prefix + name, Errors(data, table, *errors))
        for name, both in rows.items()
        for prefix, errors in zip(("", "se_"), both, strict=True)
    ]


_STATED = [
    *_pairs(
        "ImageNet",
        2,
        {
            "resnet50": ((24.80, 7.48), (23.29, 6.62)),
            "resnet101": ((23.17, 6.52), (22.38, 6.07)),
            "resnet152": ((22.42, 6.34), (21.57, 5.73)),
            "resnext50_32x4d": ((22.11, 5.90), (21.10, 5.49)),
            "resnext101_32x4d": ((21.18, 5.57), (20.70, 5.01)),
            "vgg16_bn": ((27.02, 8.81), (25.22, 7.70)),
            "bn_inception": ((25.38, 7.89), (24.23, 7.14)),
            "inception_resnet_v2": ((20.37, 5.21), (19.80, 4.79)),
        },
    ),
    *_pairs(
        "ImageNet",
        3,
        {
            "mobilenet_v1": ((28.4, 9.4), (25.3, 7.7)),
            "shufflenet_v1_g3": ((32.6, 12.5), (31.0, 11.1)),
        },
    ),
    ("senet154", Errors("ImageNet", 8, 18.68, 4.47)),
    *_pairs(
        "CIFAR-10",
        4,
        {
            "cifar_preact_resnet110": ((6.37,), (5.21,)),
            "cifar_preact_resnet164": ((5.46,), (4.39,)),
            "cifar_wrn16_8": ((4.27,), (3.88,)),
            "cifar_shake_shake26_2x96d": ((2.56,), (2.12,)),
        },
    ),
    *_pairs(
        "CIFAR-100",
        5,
        {
            "cifar_preact_resnet110": ((26.88,), (23.85,)),
            "cifar_preact_resnet164": ((24.33,), (21.31,)),
            "cifar_wrn16_8": ((20.43,), (19.14,)),
            "cifar_shake_even29_2x4x64d": ((15.85,), (15.41,)),
        },
    ),
]


def stated_errors(name: str) -> tuple[Errors, ...]:
    """What the paper states of the network ``name``, a data set each; empty where nothing."""
    return tuple(errors for known, errors in _STATED if known == name)
