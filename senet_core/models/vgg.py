"""VGG-16 with batch norm (section 5.1): each convolution is a plain unit, gated after its ReLU."""

from collections import OrderedDict
from dataclasses import dataclass

from torch import nn

from senet_core.attention import Placement, SEConfig, Site
from senet_core.models.blocks import Block, ConvNorm
from senet_core.models.network import Network, Spec

WIDTHS = (64, 128, 256, 512, 512)


@dataclass(frozen=True, slots=True, kw_only=True)
class VGGSpec(Spec):
    """A row of the family's table.

    Attributes:
        depths: convolutions in each of the five stages; VGG-16 is configuration D.
    """

    depths: tuple[int, ...]
    placements: tuple[Placement, ...] = ("standard",)

    @property
    def stages(self) -> tuple[int, ...]:
        """VGG's own numbers, those of ``conv1_1`` to ``conv5_3``."""
        return tuple(range(1, len(self.depths) + 1))

    def build(self, *, num_classes: int, in_chans: int, se: SEConfig | None) -> Network:
        """Convolutions ``conv1_1`` to ``conv5_3``, each stage with a pooling, and three layers."""
        trunk: dict[str, nn.Module] = {}
        c_in = in_chans
        for stage, depth, width in zip(self.stages, self.depths, WIDTHS, strict=True):
            for block in range(1, depth + 1):
                body = ConvNorm(c_in, width, 3, bias=True)
                site = Site(stage, block, se)
                trunk[f"conv{stage}_{block}"] = Block(body, None, channels=(c_in, width), site=site)
                c_in = width
            trunk[f"pool{stage}"] = nn.MaxPool2d(2)
        return Network(trunk, _classifier(c_in * 7 * 7, num_classes), pool=7, smallest=32)


def _classifier(features: int, num_classes: int) -> nn.Sequential:
    fc6, fc7 = nn.Linear(features, 4096), nn.Linear(4096, 4096)
    for layer in (fc6, fc7):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        nn.init.zeros_(layer.bias)
    layers = OrderedDict(
        fc6=fc6,
        relu6=nn.ReLU(inplace=True),
        drop6=nn.Dropout(0.5),
        fc7=fc7,
        relu7=nn.ReLU(inplace=True),
        drop7=nn.Dropout(0.5),
        fc8=nn.Linear(4096, num_classes),
    )
    return nn.Sequential(layers)


SPECS: dict[str, VGGSpec] = {"vgg16_bn": VGGSpec(depths=(2, 2, 3, 3, 3))}
