"""Find the gates of a network: by class first, by structure second, never by a name alone."""

from torch import nn

from analysis.gates.activations import is_sigmoid
from analysis.gates.block import Block
from analysis.gates.kinds import known_block
from analysis.gates.structure import unknown_blocks
from analysis.naming import Gate, first_stage, labels, position


def find_gates(model: nn.Module) -> dict[str, Gate]:
    """The gates that `record_gates` records, by path, in the network's order; {} for a baseline.

    Blocks of timm, torchvision, pretrainedmodels and our own are known by their classes. Any other
    module is one where a sigmoid's output is seen to multiply feature maps channel by channel when
    the module, or the unit around it, is run alone: a copy of it, on noise.
    """
    return gates_of_blocks(model, found_blocks(model))


def skipped_gates(model: nn.Module) -> dict[str, str]:
    """Attention blocks whose gates are not recorded: path to the reason why.

    Beside those with a gate for every position these are other sorts of attention that people
    may look for here, and what looks like an excitation but cannot be run alone to make sure.
    """
    return {block.path: block.obstacle for block in found_blocks(model) if block.obstacle}


def found_blocks(model: nn.Module) -> list[Block]:
    """Every attention block, usable or not, in the network's order."""
    order = {path: place for place, (path, _) in enumerate(model.named_modules())}
    known: list[Block] = []
    inside = "\0"  # of no path
    for path, module in model.named_modules():
        if path.startswith(inside):
            continue  # a part of the block before
        if block := known_block(model, path, module):
            known.append(block)
            inside = f"{path}." if path else ""
    unknown = unknown_blocks(model, [block.path for block in known])
    return sorted([*known, *unknown], key=lambda block: order[block.path])


def gates_of_blocks(model: nn.Module, blocks: list[Block]) -> dict[str, Gate]:
    """The gates of the usable ones among ``blocks``, by path."""
    usable = [block for block in blocks if not block.obstacle]
    first = first_stage([path for path, _ in model.named_modules()])
    places = [
        position(block.path, first) if block.position[0] is None else block.position
        for block in usable
    ]
    return {
        block.path: Gate(
            path=block.path,
            kind=block.kind,
            channels=block.channels,
            stage=place[0],
            block=place[1],
            label=label,
            bounded=bool(block.function) or is_sigmoid(model.get_submodule(block.source)),
            source=block.source,
            function=block.function,
        )
        for block, place, label in zip(usable, places, labels(places), strict=True)
    }
