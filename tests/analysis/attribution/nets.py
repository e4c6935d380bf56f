"""Networks whose attributions can be computed by hand."""

from collections import OrderedDict

import torch
from torch import nn

from senet_core import SEConfig, SqueezeExcitation


def linear(side=4, channels=3, classes=5):
    """Logits that are weighted sums of the pixels."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * side * side, classes))


def small(classes=4, *, inplace=True):
    """Two convolutions, a pooling between them, and a head."""
    torch.manual_seed(1)
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(3, 6, 3, padding=1),
            act1=nn.ReLU(inplace=inplace),
            pool=nn.MaxPool2d(2),
            conv2=nn.Conv2d(6, 8, 3, padding=1),
            norm=nn.BatchNorm2d(8),
            act2=nn.ReLU(inplace=inplace),
            mean=nn.AdaptiveAvgPool2d(1),
            flat=nn.Flatten(),
            drop=nn.Dropout(0.5),
            fc=nn.Linear(8, classes),
        )
    )


def gated(channels=6, classes=4):
    """Feature maps, gates, mean and a linear head: the logits are linear in the gates."""
    torch.manual_seed(2)
    return nn.Sequential(
        OrderedDict(
            stem=nn.Conv2d(3, channels, 3, padding=1),
            se=SqueezeExcitation(channels, SEConfig(reduction=2)),
            mean=nn.AdaptiveAvgPool2d(1),
            flat=nn.Flatten(),
            fc=nn.Linear(channels, classes),
        )
    )


class Raising(nn.Module):
    """A network that fails once it has run ``after`` times."""

    def __init__(self, net: nn.Module, after: int) -> None:
        super().__init__()
        self.net, self.after = net, after

    def forward(self, x):
        self.after -= 1
        if self.after < 0:
            raise ZeroDivisionError("on purpose")
        return self.net(x)


class Function(nn.Module):
    """A function of tensors as a network; its parameter only says where and how precise."""

    def __init__(self, function) -> None:
        super().__init__()
        self.function = function
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return self.function(x)


def image(side=8, channels=3, seed=0):
    return torch.randn(channels, side, side, generator=torch.Generator().manual_seed(seed))
