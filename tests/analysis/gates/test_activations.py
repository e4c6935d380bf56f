"""What rises from 0 to 1 under the name of a sigmoid is one."""

import pytest
import torch
from timm.layers.activations import HardSigmoid, Sigmoid
from timm.layers.activations_me import HardSigmoidMe
from torch import nn

from analysis.gates.activations import FUNCTIONS, is_sigmoid
from tests.analysis.gates.wild import Hsigmoid, Swish


class SigmoidTimesTwo(nn.Module):
    def forward(self, x):
        return 2 * x.sigmoid()


class SigmoidOfTwo(nn.Module):
    def forward(self, x, y):
        return (x + y).sigmoid()


@pytest.mark.parametrize(
    "module",
    [
        nn.Sigmoid(),
        nn.Hardsigmoid(inplace=True),
        Sigmoid(),
        HardSigmoid(),
        HardSigmoidMe(),
        Hsigmoid(),
    ],
)
def test_sigmoids_of_every_collection(module):
    assert is_sigmoid(module)


@pytest.mark.parametrize(
    "module",
    [nn.LogSigmoid(), nn.Tanh(), nn.ReLU6(), Swish(), SigmoidTimesTwo(), SigmoidOfTwo()],
)
def test_others_are_none(module):
    assert not is_sigmoid(module)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_undone(name):
    function, inverse = FUNCTIONS[name]
    gates = torch.linspace(0, 1, 11)
    torch.testing.assert_close(function(inverse(gates)), gates)
