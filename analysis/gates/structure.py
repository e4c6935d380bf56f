"""Attention blocks of unknown class, recognised by what they do with the output of a sigmoid.

People write the block anew in every repository. Where the output of a sigmoid multiplies feature
maps, with one number for each of their channels, it is the gates of one, whatever its name: each
candidate is run alone to see that.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod

from torch import nn

from analysis.gates.activations import is_sigmoid
from analysis.gates.block import Block, joined, width, width_before
from analysis.gates.probe import IMAGES, NotRun, Product, products

_WEIGHTED = (nn.Linear, nn.Conv1d, nn.Conv2d, nn.Conv3d)
_MOST_LAYERS = 16  # a residual unit with its SE block has fewer; what has more is no unit
_MOST_LEVELS = 3  # from the source of the gates up to the unit that multiplies by them


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What may put out gates.

    Attributes:
        source: path of a sigmoid; or of a layer, whose output a forward may put through one.
        functional: whether it is the layer.
        excites: whether the layers ahead of a sigmoid lead from C channels to C, as those of an
            excitation do; then it is reported where it cannot be run.
    """

    source: str
    functional: bool
    excites: bool


def unknown_blocks(model: nn.Module, known: Sequence[str]) -> Iterator[Block]:
    """The attention blocks that lie outside those at the ``known`` paths, in no special order."""
    modules = dict(model.named_modules())
    free = [path for path in modules if not _inside(path, known)]
    found: list[str] = []
    for candidate in _candidates(modules, free):
        if candidate.functional and _inside(candidate.source, found):
            continue  # its block has a sigmoid of its own
        block = _examined(model, modules, candidate, found)
        if block is not None:
            found.append(block.path)
            yield block


def _inside(path: str, outer: Sequence[str]) -> bool:
    return any(path == other or not other or path.startswith(f"{other}.") for other in outer)


def _candidates(modules: dict[str, nn.Module], free: list[str]) -> Iterator[_Candidate]:
    for path in free:
        if is_sigmoid(modules[path]):
            ahead = [_layers_ahead(modules, path, unit) for unit in _units(path)]
            yield _Candidate(path, False, any(map(_leads_back, ahead)))
    for path in free:
        for last in _bottlenecks(modules[path]):
            yield _Candidate(joined(path, last), True, False)


def _bottlenecks(module: nn.Module) -> Iterator[str]:
    """The second of each two neighbouring layers from C channels to fewer and back.

    The 1x1 convolutions of a residual bottleneck are no neighbours: a 3x3 lies between them.
    """
    before: nn.Module | None = None
    for name, child in module.named_children():
        if before is not None and _returns(before, child) and width(before) < width(child):
            yield name
        if isinstance(child, _WEIGHTED):
            before = child
        elif any(isinstance(part, _WEIGHTED) for part in child.modules()):
            before = None


def _units(source: str) -> list[str]:
    """The modules around a source, from the inside."""
    names = source.split(".") if source else []
    return [".".join(names[:end]) for end in range(len(names) - 1, -1, -1)][:_MOST_LEVELS]


def _layers_ahead(modules: dict[str, nn.Module], source: str, unit: str) -> list[nn.Module]:
    ahead: list[nn.Module] = []
    for module in modules[unit].modules():
        if module is modules[source]:
            break
        if isinstance(module, _WEIGHTED):
            ahead.append(module)
    return ahead


def _leads_back(layers: Sequence[nn.Module]) -> bool:
    """Whether the last layer, or the last two, lead to as many channels as they come from."""
    single = layers[-1:]
    if single and _pointwise(single[0]) and _width_in(single[0]) == width(single[0]):
        return True
    return len(layers) > 1 and _returns(layers[-2], layers[-1])


def _returns(first: nn.Module, second: nn.Module) -> bool:
    """Whether two layers lead from C channels to others and back."""
    back = (_width_in(first), width(first)) == (width(second), _width_in(second))
    return back and _pointwise(first) and _pointwise(second)


def _pointwise(layer: nn.Module) -> bool:
    return prod(getattr(layer, "kernel_size", (1,))) == 1


def _width_in(layer: nn.Module) -> int:
    return int(getattr(layer, "in_channels", 0) or getattr(layer, "in_features", 0))


def _examined(
    model: nn.Module, modules: dict[str, nn.Module], candidate: _Candidate, found: Sequence[str]
) -> Block | None:
    """Run the units around a candidate, from the inside, until one multiplies by its gates."""
    inner, silent = candidate.source, None
    for path in _units(candidate.source):
        unit = modules[path]
        layers = [layer for layer in unit.modules() if isinstance(layer, _WEIGHTED)]
        if len(layers) > _MOST_LAYERS:
            break
        source = candidate.source.removeprefix(path).strip(".")
        widths = [width_before(model, unit), *map(_width_in, layers)]
        try:
            seen = products(unit, source, widths)
        except NotRun as reason:
            obstacle = f"not to be judged: run alone, it says {str(reason)[:120]!r}"
            silent = silent or Block(path, obstacle=obstacle)
            seen = []
        if own := [product for product in seen if bool(product.function) == candidate.functional]:
            return _judged(candidate.source, inner, path, own, found)
        inner = path
    return silent if candidate.excites else None


def _judged(source: str, inner: str, unit: str, seen: list[Product], found: Sequence[str]) -> Block:
    """The block around a source, from the products that ``unit`` was seen to make.

    It is the unit, where that does nothing but scale its input. Else the unit is more than an
    attention block, a residual unit say, and the block is its child that holds the source.
    """
    product = next((p for p in seen if p.whole), seen[0])
    path = unit if product.whole or (inner == source and unit not in found) else inner
    return Block(
        path,
        "se",
        source=source,
        channels=max(product.shape[1:], default=0),
        function=product.function,
        whole=product.whole,
        obstacle=_obstacle(product, seen),
    )


def _obstacle(product: Product, seen: list[Product]) -> str:
    images, *rest = product.shape
    if len({p.run for p in seen}) > 1:
        return "not to be told apart: one sigmoid gives several gates"
    if images != IMAGES or not rest:
        return "the same for every image"
    if prod(rest) == 1:
        return "one number for all channels"
    return "spatial: it has a gate for every position" if prod(rest) != max(rest) else ""
