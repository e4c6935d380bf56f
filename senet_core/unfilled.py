"""Networks to be looked at and not run: their weights take memory that nobody fills or touches."""

from collections.abc import Callable, Iterable
from typing import Any

from torch import Tensor, nn
from torch.nn import init
from torch.overrides import TorchFunctionMode

from senet_core.attention import SEConfig
from senet_core.registry import create_model

_DRAWS = {init.uniform_, init.kaiming_uniform_, Tensor.normal_}


class _Undrawn(TorchFunctionMode):
    """While it is entered, whatever would draw random weights leaves them as they are."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Iterable[type],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func in _DRAWS:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def create_unfilled(
    name: str, num_classes: int = 1000, se: SEConfig | None = None, **options: Any
) -> nn.Module:
    """The network of `create_model`, for colour images, with whatever its memory held as weights.

    Drawing them is most of what a network costs to make; the system gives memory that is never
    touched for nothing. No random number is taken from torch's generator.
    """
    with _Undrawn():
        return create_model(name, num_classes, se=se, **options)
