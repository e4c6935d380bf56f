"""From a source's output to (B, C), and back."""

import dataclasses

import pytest
import torch

from analysis.gates import find_gates, source_output, vector
from senet_core import InputError, SqueezeExcitation

GATE = dataclasses.replace(find_gates(SqueezeExcitation(16))[""], path="layer1.0.se")
CALLED = dataclasses.replace(GATE, function="sigmoid")


@pytest.mark.parametrize(
    "shape", [(2, 16), (2, 16, 1, 1), (2, 1, 16), (2, 1, 1, 16), (2, 16, 1), (2, 16, 1, 1, 1)]
)
def test_vectors_of_every_shape_come_out_as_rows_and_go_back(shape):
    output = torch.rand(shape)
    values = vector(GATE, output)
    assert torch.equal(values, output.reshape(2, 16))
    assert torch.equal(source_output(GATE, values, output), output)


@pytest.mark.parametrize("shape", [(16,), (2, 16, 3, 3), (2, 1, 3, 3), (2, 4, 4), (2, 8), ()])
def test_what_is_no_vector_for_each_image_is_refused_by_name(shape):
    with pytest.raises(InputError, match=r"the gates of layer1\.0\.se have shape \("):
        vector(GATE, torch.rand(shape))


def test_a_function_that_is_called_is_applied_and_undone():
    output = torch.randn(2, 16, 1, 1)
    values = vector(CALLED, output)
    assert torch.equal(values, output.flatten(1).sigmoid())
    torch.testing.assert_close(source_output(CALLED, values, output), output)
    ends = torch.tensor([[0.0, 1.0]]).repeat(2, 8)
    assert torch.equal(vector(CALLED, source_output(CALLED, ends, output)), ends)


def test_a_function_that_is_called_gives_no_other_values():
    with pytest.raises(InputError, match="can only be set to values from 0 to 1"):
        source_output(CALLED, torch.full((2, 16), 1.5), torch.zeros(2, 16))


def test_the_source_keeps_its_type():
    output = torch.rand(2, 16, 1, 1, dtype=torch.float16)
    assert source_output(GATE, torch.rand(2, 16), output).dtype == torch.float16
