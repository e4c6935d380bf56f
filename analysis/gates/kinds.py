"""The attention blocks that are known by their class: a table.

Classes are named, not imported, so that no collection has to be installed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from torch import nn

from analysis.gates.block import Block, joined, width, width_before
from analysis.naming import Position


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the table.

    Attributes:
        name: `Gate.kind`.
        classes: with their modules; subclasses count, and the nearest class decides.
        source: the child whose output is the gates.
        last: the last layer, which has as many outputs as there are gates; empty where the
            weights do not tell.
        function: what the forward applies to that output without a module of its own.
        whole: whether the block's output is its input times its gates.
        obstacle: why a block's gates are not one vector an image, or the empty text.
        position: stage and block where the block itself knows them.
    """

    name: str
    classes: tuple[str, ...]
    source: str = "gate"
    last: str = "fc2"
    function: str = ""
    whole: Callable[[Any], bool] = lambda block: True
    obstacle: Callable[[Any], str] = lambda block: ""
    position: Callable[[Any], Position] = lambda block: (None, None)


_EVERYWHERE = "spatial: it has a gate for every position"


def _no_squeeze(block: Any) -> str:
    if block.config.squeeze == "none":
        return "spatial: without a squeeze it has a gate for every position"
    return ""


def _additive(block: Any) -> str:
    return "" if block.mlp_scale is not None else "additive: it adds what it computes, ungated"


def _extent(block: Any) -> str:
    return _EVERYWHERE if block.extent > 0 or block.gather is not None else ""


_TIMM = "timm.layers."
KINDS = (
    Kind(
        "se",
        ("senet_core.attention.SqueezeExcitation",),
        obstacle=_no_squeeze,
        position=lambda block: (block.stage, block.block),
    ),
    Kind("se", ("torchvision.ops.misc.SqueezeExcitation",), source="scale_activation"),
    Kind(
        "se",
        ("timm.models.senet.SEModule", "pretrainedmodels.models.senet.SEModule"),
        source="sigmoid",
    ),
    Kind("se", (_TIMM + "squeeze_excite.SEModule", _TIMM + "squeeze_excite.SqueezeExciteCl")),
    Kind("se", ("timm.models._efficientnet_blocks.SqueezeExcite",), last="conv_expand"),
    Kind("ese", (_TIMM + "squeeze_excite.EffectiveSEModule",), last="fc"),
    Kind("ese", ("timm.models.hgnet.EseModule",), source="sigmoid", last="conv"),
    Kind("eca", (_TIMM + "eca.EcaModule", _TIMM + "eca.CecaModule"), last=""),
    Kind("cbam", (_TIMM + "cbam.ChannelAttn",)),
    Kind("cbam", (_TIMM + "cbam.LightChannelAttn",), source="fc2", function="sigmoid"),
    Kind(
        "gc",
        (_TIMM + "global_context.GlobalContext",),
        last="mlp_scale.fc2",
        whole=lambda block: block.mlp_add is None,
        obstacle=_additive,
    ),
    Kind("ge", (_TIMM + "gather_excite.GatherExcite",), last="mlp.fc2", obstacle=_extent),
)

_ROWS = {name: kind for kind in KINDS for name in kind.classes}
_STRIPS = "spatial: its gates differ along height and width"
_BETWEEN = "self-attention between channels, which has no gates"
_POSITIONS = "attention to other positions, which it adds; it has no gates"
# Attention of other sorts, and why it is left out.
_OTHERS = {
    _TIMM + "selective_kernel.SelectiveKernel": "a softmax over paths, which are not gated apart",
    _TIMM + "split_attn.SplitAttn": "a weighing of the splits that it makes, not of its input",
    _TIMM + "non_local_attn.NonLocalAttn": _POSITIONS,
    _TIMM + "non_local_attn.BatNonLocalAttn": _POSITIONS,
    _TIMM + "coord_attn.CoordAttn": _STRIPS,
    _TIMM + "coord_attn.SimpleCoordAttn": _STRIPS,
    _TIMM + "coord_attn.EfficientLocalAttn": _STRIPS,
    _TIMM + "coord_attn.StripAttn": _EVERYWHERE,
    _TIMM + "cbam.SpatialAttn": _EVERYWHERE,
    _TIMM + "cbam.LightSpatialAttn": _EVERYWHERE,
    "timm.models.davit.ChannelAttention": _BETWEEN,
    "timm.models.davit.ChannelAttentionV2": _BETWEEN,
    "timm.models.edgenext.CrossCovarianceAttn": _BETWEEN,
    "timm.models.xcit.XCA": _BETWEEN,
}


def known_block(model: nn.Module, path: str, module: nn.Module) -> Block | None:
    """What the table says of a module, or None where it says nothing."""
    for name in _classes(module):
        if reason := _OTHERS.get(name):
            return Block(path, obstacle=reason)
        if kind := _ROWS.get(name):
            return _of_kind(kind, model, path, module)
    return None


def _classes(module: nn.Module) -> Iterator[str]:
    for base in type(module).__mro__:
        yield f"{base.__module__}.{base.__qualname__}"


def _of_kind(kind: Kind, model: nn.Module, path: str, module: nn.Module) -> Block:
    if reason := kind.obstacle(module):
        return Block(path, kind.name, obstacle=reason)
    try:
        channels = width(module.get_submodule(kind.last)) if kind.last else 0
    except AttributeError:  # a variant without that layer
        channels = 0
    channels = channels or width_before(model, module)
    if not channels:
        return Block(path, kind.name, obstacle="alone: nothing tells how many channels it has")
    return Block(
        path,
        kind.name,
        source=joined(path, kind.source),
        channels=channels,
        function=kind.function,
        whole=kind.whole(module),
        position=kind.position(module),
    )
