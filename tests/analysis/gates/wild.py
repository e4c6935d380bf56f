"""SE blocks as repositories write them anew, and what is like them but has no gates."""

import torch
from torch import nn
from torch.nn import functional as F


class SELayer(nn.Module):
    """moskomule/senet.pytorch's, the form that is copied most."""

    def __init__(self, channels, reduction=4):
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // reduction, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(channels // reduction, channels, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x):
        b, c, _, _ = x.size()
        y = self.fc(self.avg_pool(x).view(b, c)).view(b, c, 1, 1)
        return x * y.expand_as(x)


class InPlace(SELayer):
    """It scales what it was given."""

    def forward(self, x):
        return x.mul_(self.fc(x.mean((2, 3)))[:, :, None, None])


class Residual(nn.Module):
    """weiaicunzai/pytorch-cifar100's unit: its SE block is no module of its own."""

    def __init__(self, c_in, c_out, stride=1, reduction=4):
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv2d(c_in, c_out, 3, stride, 1),
            nn.BatchNorm2d(c_out),
            nn.ReLU(inplace=True),
            nn.Conv2d(c_out, c_out, 3, 1, 1),
            nn.BatchNorm2d(c_out),
            nn.ReLU(inplace=True),
        )
        self.shortcut = nn.Sequential()
        if stride != 1 or c_in != c_out:
            self.shortcut = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride), nn.BatchNorm2d(c_out))
        self.squeeze = nn.AdaptiveAvgPool2d(1)
        self.excitation = nn.Sequential(
            nn.Linear(c_out, c_out // reduction),
            nn.ReLU(inplace=True),
            nn.Linear(c_out // reduction, c_out),
            nn.Sigmoid(),
        )

    def forward(self, x):
        shortcut, residual = self.shortcut(x), self.residual(x)
        squeeze = self.squeeze(residual)
        squeeze = squeeze.view(squeeze.size(0), -1)
        excitation = self.excitation(squeeze).view(residual.size(0), residual.size(1), 1, 1)
        return F.relu(residual * excitation.expand_as(residual) + shortcut)


class Hsigmoid(nn.Module):
    """MobileNetV3's, before torch had one."""

    def __init__(self):
        super().__init__()
        self.relu = nn.ReLU6(inplace=True)

    def forward(self, x):
        return self.relu(x + 3) / 6


class Swish(nn.Module):
    """An activation that multiplies by a sigmoid, of its own argument."""

    def __init__(self):
        super().__init__()
        self.sigmoid = Hsigmoid()

    def forward(self, x):
        return x * self.sigmoid(x)


class MBConv(nn.Module):
    """lukemelas/EfficientNet-PyTorch's unit: two layers and a call of torch.sigmoid."""

    def __init__(self, channels):
        super().__init__()
        wide = 4 * channels
        self.expand = nn.Conv2d(channels, wide, 1)
        self.depthwise = nn.Conv2d(wide, wide, 3, 1, 1, groups=wide)
        self.se_reduce = nn.Conv2d(wide, channels // 4, 1)
        self.se_expand = nn.Conv2d(channels // 4, wide, 1)
        self.project = nn.Conv2d(wide, channels, 1)
        self.swish = Swish()

    def forward(self, x):
        y = self.swish(self.depthwise(self.swish(self.expand(x))))
        z = self.se_expand(self.swish(self.se_reduce(y.mean((2, 3), keepdim=True))))
        return self.project(torch.sigmoid(z) * y) + x


class Functional(nn.Module):
    """A block whose hard sigmoid is a call."""

    def __init__(self, channels):
        super().__init__()
        self.down = nn.Conv2d(channels, channels // 4, 1)
        self.up = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x):
        z = self.up(self.down(x.mean((2, 3), keepdim=True)).relu())
        return x * F.hardsigmoid(z)


class Eca(nn.Module):
    """BangguWu/ECANet's, whose weights fit any width."""

    def __init__(self):
        super().__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.conv = nn.Conv1d(1, 1, 3, padding=1, bias=False)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        y = self.conv(self.avg_pool(x).squeeze(-1).transpose(-1, -2))
        return x * self.sigmoid(y.transpose(-1, -2).unsqueeze(-1)).expand_as(x)


class Concurrent(nn.Module):
    """scSE of segmentation networks: a gate for each channel, and one for each position."""

    def __init__(self, channels):
        super().__init__()
        self.cse = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, channels // 4, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels // 4, channels, 1),
            nn.Sigmoid(),
        )
        self.sse = nn.Sequential(nn.Conv2d(channels, 1, 1), nn.Sigmoid())

    def forward(self, x):
        return x * self.cse(x) + x * self.sse(x)


class Conditioned(SELayer):
    """It cannot be run without its second input."""

    def forward(self, x, other):
        return x * self.fc(other)[:, :, None, None]


class Head(nn.Sequential):
    """A classifier of several labels: its sigmoid scales nothing."""

    def __init__(self, channels, classes):
        super().__init__(
            nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes), nn.Sigmoid()
        )
