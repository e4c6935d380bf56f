"""From what a gate's source puts out to the vector of gates, and back."""

from torch import Tensor

from analysis.gates.activations import FUNCTIONS
from analysis.naming import Gate
from senet_core.errors import InputError


def vector(gate: Gate, output: Tensor) -> Tensor:
    """The gates (B, C) in the output of a gate's source.

    Args:
        gate: as `find_gates` gives it.
        output: (B, C), (B, C, 1, 1), (B, 1, C), (B, 1, 1, C), or with more axes of length 1; what
            a sigmoid without a module of its own has yet to be applied to, where the gate has one.

    Raises:
        InputError: for any other shape, such as that of gates which vary by position.
    """
    rest = output.shape[1:]
    if gate.channels not in rest or rest.numel() != gate.channels:
        raise InputError(
            f"the gates of {gate.path or 'the network'} have shape {tuple(output.shape)}, which "
            f"is no vector of {gate.channels} for each image; without that block, the other "
            "gates can be recorded"
        )
    if output.is_quantized:
        output = output.dequantize()
    values = FUNCTIONS[gate.function][0](output) if gate.function else output
    return values.flatten(1)


def source_output(gate: Gate, values: Tensor, like: Tensor) -> Tensor:
    """What the gate's source has to put out so that the gates are ``values``: `vector` undone.

    Args:
        gate: as `find_gates` gives it.
        values: (B, C).
        like: what the source did put out, for shape and type.

    Raises:
        InputError: for values that the gate's own function cannot give.
    """
    if gate.function:
        if values.numel() and not 0 <= values.min() <= values.max() <= 1:
            raise InputError(
                f"the gates of {gate.path} are those of a sigmoid within its block, so they can "
                "only be set to values from 0 to 1; choose such, or another block"
            )
        values = FUNCTIONS[gate.function][1](values)
    return values.to(like.dtype).reshape(like.shape)
