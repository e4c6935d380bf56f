"""Faster R-CNN on the paper's ResNets: detection on COCO (Table 7), by torchvision's detector."""

import dataclasses
import inspect
from collections.abc import Iterable
from typing import Any

from torch import nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.ops.misc import FrozenBatchNorm2d

from senet_core.attention import SEConfig
from senet_core.convert import load_weights
from senet_core.convert.load import Origin
from senet_core.errors import InputError
from senet_core.models import resnet
from senet_core.registry import create_model

_NAMES = ("resnet50", "resnet101", "se_resnet50", "se_resnet101")
_STAGES = ("stem", "layer1", "layer2", "layer3", "layer4")  # the paper's stages 1 to 5


def faster_rcnn(
    name: str,
    num_classes: int = 91,
    *,
    se: SEConfig | None = None,
    weights: Origin | None = None,
    trainable_stages: int | None = None,
    frozen_norm: bool | None = None,
    **options: Any,
) -> FasterRCNN:
    """Faster R-CNN with a feature pyramid on stages 2 to 5 of a ResNet (Table 7).

    In training it takes a list of images (3, H, W) of any sizes, RGB in [0, 1], and a list of
    targets, each with ``boxes`` (N, 4), in pixels as x1, y1, x2, y2, and ``labels`` (N,), from 1
    on; it gives a dictionary of four losses. In eval mode it takes the images alone and gives for
    each the ``boxes`` (N, 4), ``labels`` (N,) and ``scores`` (N,) that it detects.

    The gates are those of ``backbone.body``, found and recorded as in any network: one row for
    each image of the list. A list is padded to one batch and the squeeze (equation 2) averages
    over the padding too, so compare the gates of images that ran one at a time.

    Args:
        name: ``resnet50``, ``resnet101``, ``se_resnet50`` or ``se_resnet101``.
        num_classes: with the background, which is 0; 91 for COCO, whose labels end at 90.
        se: the block's configuration, as in `create_model`.
        weights: of a classification network, for the backbone: whatever `load_weights` takes.
            Their pixels' mean and std become the detector's where they are known.
        trainable_stages: how many of the backbone's five stages train, counted from the last;
            3 where None and ``weights`` are given (stem and stage 2 stay as they were), else 5.
            A stage that does not train keeps its batch norms' statistics too.
        frozen_norm: whether all batch norms of the backbone keep statistics, scale and shift, for
            batches of a few images tell too little to renew them; where None, yes if ``weights``
            are given. A detector's state dict fits either way.
        options: ``stride_on``, ``pool`` and ``width`` of the backbone, and any of torchvision's
            ``FasterRCNN``, such as ``min_size`` and ``max_size`` in pixels (800 and 1333).

    Raises:
        InputError: for another name, an unknown option, fewer than two classes, and as
            `create_model` and `load_weights`.
    """
    if name not in _NAMES:
        raise InputError(f"no detector is built on {name!r}; choose from {', '.join(_NAMES)}")
    spec = resnet.SPECS[name.removeprefix("se_")]
    trained = weights is not None
    if trainable_stages is None:
        trainable_stages = 3 if trained else len(_STAGES)
    _check(num_classes, trainable_stages, options, of_backbone=spec.options)
    of_backbone = {key: options.pop(key) for key in spec.options if key in options}
    network = create_model(name, se=se, **of_backbone)
    if weights is not None:
        known = load_weights(network, weights)
        for key, values in (("image_mean", known.mean), ("image_std", known.std)):
            if values:
                options.setdefault(key, list(values))
    for stage in _STAGES[: len(_STAGES) - trainable_stages]:
        network.get_submodule(stage).requires_grad_(False)
        _freeze_norms(network.get_submodule(stage))
    if trained if frozen_norm is None else frozen_norm:
        _freeze_norms(network)
    spec = dataclasses.replace(spec, **of_backbone)
    backbone = BackboneWithFPN(
        network,
        return_layers={layer: str(level) for level, layer in enumerate(_STAGES[1:])},
        in_channels_list=[spec.channels(4 * planes) for planes in spec.planes],
        out_channels=256,
    )
    return FasterRCNN(backbone, num_classes, **options)


def _check(
    num_classes: int, trainable_stages: int, options: Iterable[str], *, of_backbone: Iterable[str]
) -> None:
    if num_classes < 2:
        raise InputError(
            f"num_classes counts the background too, so it must be at least 2, not {num_classes!r}"
        )
    if not isinstance(trainable_stages, int) or not 0 <= trainable_stages <= len(_STAGES):
        raise InputError(
            f"trainable_stages must be a whole number from 0 to {len(_STAGES)}, "
            f"not {trainable_stages!r}"
        )
    of_detector = {
        key
        for part in (FasterRCNN, GeneralizedRCNNTransform)
        for key in inspect.signature(part).parameters
    } - {"backbone", "num_classes", "kwargs"}
    if unknown := sorted(set(options) - of_detector - set(of_backbone)):
        raise InputError(
            f"unknown option {unknown[0]!r}; a detector takes {', '.join(of_backbone)} and the "
            "options of torchvision's FasterRCNN, such as min_size"
        )


def _freeze_norms(model: nn.Module) -> None:
    """Replace every batch norm inside by one with its numbers, which nothing changes any more."""
    for name, module in model.named_children():
        if isinstance(module, nn.BatchNorm2d):
            frozen = FrozenBatchNorm2d(module.num_features, module.eps)
            frozen.load_state_dict(module.state_dict())
            setattr(model, name, frozen)
        else:
            _freeze_norms(module)
