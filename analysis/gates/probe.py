"""Run a copy of a module alone, on noise, to see what its gates multiply."""

import copy
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

IMAGES = 2
_HEIGHT, _WIDTH = 5, 7
_MOST_WIDTHS = 4
_aten = torch.ops.aten
_SIGMOIDS = {
    _aten.sigmoid: "sigmoid",
    _aten.sigmoid_: "sigmoid",
    _aten.hardsigmoid: "hardsigmoid",
    _aten.hardsigmoid_: "hardsigmoid",
}


@dataclass(frozen=True, slots=True)
class Product:
    """A multiplication by what may be gates.

    Attributes:
        shape: of the gates, as their source gives them, for two images.
        function: what the forward applied to the source's output to get them, or empty.
        run: which of the source's runs gave them.
        whole: whether the module's output is this product of its input and nothing else.
    """

    shape: tuple[int, ...]
    function: str
    run: int
    whole: bool


class NotRun(Exception):
    """The module took none of the inputs."""


def products(module: nn.Module, source: str, widths: Sequence[int]) -> list[Product]:
    """What a module multiplies by the output of one of its parts, or by a sigmoid of that output.

    A copy is run; it shares the weights, and has none of the hooks. What scales its own argument,
    as the activation x * sigmoid(x) does, does not count.

    Args:
        module: the module.
        source: path in it of the part.
        widths: numbers of channels to try, the likely ones first.

    Returns:
        The products for the first input with which there are any.

    Raises:
        NotRun: where the module cannot be copied, or raises with every input.
    """
    alone = _copy(module)
    reasons = []
    ran = False
    for x in _inputs(alone, widths):
        try:
            found = _run(alone, alone.get_submodule(source), x)
        except Exception as error:  # code from anywhere, on inputs that it may not be made for
            reasons.append(str(error) or type(error).__name__)
            continue
        if found:
            return found
        ran = True
    if not ran:
        raise NotRun((reasons or ["no input"])[0].splitlines()[0])
    return []


def _copy(module: nn.Module) -> nn.Module:
    try:
        alone = copy.deepcopy(module, _kept_out(module))
        alone.eval()
    except Exception as error:  # what does not let itself be copied
        raise NotRun(f"it cannot be copied: {error}") from error
    return alone


def _kept_out(module: nn.Module) -> dict[int, Any]:
    """For `copy.deepcopy`: weights stay, those without numbers become ones, and hooks go."""
    memo: dict[int, Any] = {id(t): t for t in module.parameters() if not t.is_meta}
    for tensor in (*module.parameters(), *module.buffers()):
        if tensor.is_meta:
            ones = torch.ones(tensor.shape, dtype=tensor.dtype, device="cpu")
            memo[id(tensor)] = nn.Parameter(ones) if isinstance(tensor, nn.Parameter) else ones
    for part in module.modules():
        forward = (part._forward_hooks, part._forward_pre_hooks)
        backward = (part._backward_hooks, part._backward_pre_hooks)
        memo |= {id(hooks): OrderedDict() for hooks in (*forward, *backward)}
    return memo


def _inputs(module: nn.Module, widths: Sequence[int]) -> Iterator[Tensor]:
    """Noise (B, C, H, W), and in the layouts that linear layers and other convolutions take."""
    weight = next((p for p in module.parameters() if p.is_floating_point()), None)
    generator = torch.Generator().manual_seed(0)
    for channels in list(dict.fromkeys(width for width in widths if width))[:_MOST_WIDTHS]:
        for shape in (
            (channels, _HEIGHT, _WIDTH),
            (_HEIGHT, _WIDTH, channels),
            (channels,),
            (_WIDTH, channels),
            (channels, _WIDTH),
            (channels, 3, _HEIGHT, _WIDTH),
        ):
            x = torch.randn(IMAGES, *shape, generator=generator, device="cpu")
            yield x if weight is None else x.to(weight)


def _run(module: nn.Module, source: nn.Module, x: Tensor) -> list[Product]:
    watch = _Watch()
    with torch.no_grad(), torch.random.fork_rng(devices=[]), ExitStack() as hooks:
        hooks.enter_context(source.register_forward_pre_hook(watch.enter))
        hooks.enter_context(source.register_forward_hook(watch.leave))
        hooks.enter_context(watch)
        output = module(x)
    return [
        Product(
            tuple(gates.values.shape),
            gates.function,
            gates.run,
            whole=_same(other, x) and _same(result, output),
        )
        for gates, other, result in watch.found
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Gates:
    values: Tensor
    function: str
    run: int


class _Watch(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Notes products of which one factor is, or is a view of, what the source puts out.

    All tensors in question stay alive meanwhile, so that their memory tells them apart.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.found: list[tuple[_Gates, Tensor, Tensor]] = []  # gates, other factor, product
        self._own: list[Any] = []  # what the source takes and gives
        self._gates: list[_Gates] = []
        self._runs = 0

    def enter(self, source: nn.Module, inputs: tuple[Any, ...]) -> None:
        self._own += inputs

    def leave(self, source: nn.Module, inputs: Any, output: Any) -> None:
        if isinstance(output, Tensor):
            self._runs += 1
            self._own.append(output)
            self._gates.append(_Gates(output, "", self._runs))

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        operation = func.overloadpacket
        function = _SIGMOIDS.get(operation)
        if function and any(_same(args[0], own) for own in self._own):
            self._gates.append(_Gates(result, function, self._runs))
        if operation in (_aten.mul, _aten.mul_):
            self._note(args[0], args[1], result)
            self._note(args[1], args[0], result)
        return result

    def _note(self, factor: Any, other: Any, result: Tensor) -> None:
        if isinstance(other, Tensor) and not any(_same(other, own) for own in self._own):
            self.found += [(g, other, result) for g in self._gates if _same(factor, g.values)]


def _same(a: Any, b: Any) -> bool:
    """Whether two tensors look at the same memory."""
    if not isinstance(a, Tensor) or not isinstance(b, Tensor):
        return False
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()
