"""What the block costs in training, our step against a minimal loop over timm's network.

    python tests/benchmarks/bench_training_step.py [--device cuda] [--modes eager compiled]

bf16 autocast, channels last, 224 px, SGD with momentum; forward, backward and update. Ours goes
through `Learner.step`, with its scores, seeds and precision; timm's through the shortest loop that
does the same arithmetic. Below, ways to write the block's scaling, in our own network; with
``--modes`` and no mode after it, these alone. What is promised is promised of a CPU.
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import contextmanager
from importlib.metadata import version

import timm
import torch
import torch.nn.functional as F
from interleaved import Loop, fastest, machine, print_ratios
from torch import Tensor

from senet_core import SqueezeExcitation, create_model
from senet_core.distributed import World
from senet_core.training import TrainConfig
from senet_core.training.learner import Learner
from senet_core.training.scores import Scores

TIMMS_FORM = {"stride_on": "3x3", "pool": "padded"}
RATIOS = (
    ("ours se_resnet50", "timm seresnet50", {"eager": 1.02, "compiled": 1.02}),
    ("ours se_resnet50", "ours resnet50", {"compiled": 1.10}),
    ("timm seresnet50", "timm resnet50", {}),
)


def ours(name: str, x: Tensor, y: Tensor, *, compiled: bool) -> Loop:
    """A step of ours, as `fit` takes it."""
    config = TrainConfig(model=name, lr=0.01, nesterov=False, amp="bf16", compile=compiled)
    learner = Learner(create_model(name, **TIMMS_FORM), config, World(), x.device)
    learner.begin_epoch(frozen=False)
    scores = Scores(x.device)
    return lambda: learner.step([(x, y)], seeds=[0], images=len(y), rate=0.01, to=scores).item()


def theirs(name: str, x: Tensor, y: Tensor, *, compiled: bool) -> Loop:
    """A step of timm's network in a minimal loop."""
    model = timm.create_model(name).train().to(x.device, memory_format=torch.channels_last)
    forward: Callable[[Tensor], Tensor] = torch.compile(model) if compiled else model
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4, fused=x.is_cuda
    )

    def step() -> float:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(x.device.type, torch.bfloat16):
            loss = F.cross_entropy(forward(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def plain_product(self: SqueezeExcitation, x: Tensor, s: Tensor) -> Tensor:
    """Equation 4 as it stands."""
    return x * s


def expanded(self: SqueezeExcitation, x: Tensor, s: Tensor) -> Tensor:
    """The product with gates copied to every position first."""
    return x * s.expand_as(x).contiguous(memory_format=torch.channels_last)


class _Recomputed(torch.autograd.Function):
    """The product with a backward pass of its own, written out."""

    @staticmethod
    def forward(ctx, x: Tensor, s: Tensor) -> Tensor:
        ctx.save_for_backward(x, s)
        return x * s

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, Tensor]:
        x, s = ctx.saved_tensors
        return grad * s, (grad * x).sum((2, 3), keepdim=True)


def own_backward(self: SqueezeExcitation, x: Tensor, s: Tensor) -> Tensor:
    """The product with a backward pass of its own."""
    return _Recomputed.apply(x, s)


def in_float32(self: SqueezeExcitation, x: Tensor, s: Tensor) -> Tensor:
    """The product in float32, back in the maps' type."""
    return (x.float() * s.float()).to(x.dtype)


FORMULATIONS = (plain_product, expanded, own_backward, in_float32)


@contextmanager
def written_as(formulation: Callable[[SqueezeExcitation, Tensor, Tensor], Tensor]):
    """While it is entered, the block scales by ``formulation``."""
    original = SqueezeExcitation.forward

    def forward(self, x: Tensor, *, reuse: bool = False) -> Tensor:
        s = self.gate(self.fc2(self.relu(self.fc1(self.squeeze(x)))))
        return formulation(self, x, s[:, :, None, None])

    SqueezeExcitation.forward = forward
    try:
        yield
    finally:
        SqueezeExcitation.forward = original


def main() -> int:
    """Print the tables; 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--modes", nargs="*", default=["eager", "compiled"])
    parser.add_argument("--device", type=torch.device, default="cpu")
    options = parser.parse_args()
    gpu = f"{torch.cuda.get_device_name(options.device)}, " if options.device.type == "cuda" else ""
    print(f"{gpu}{machine()}, timm {version('timm')}; batch {options.batch_size}, 224 px, bf16")
    x = torch.randn(options.batch_size, 3, 224, 224, device=options.device)
    x = x.to(memory_format=torch.channels_last)
    y = torch.randint(1000, (options.batch_size,), device=options.device)
    kept = [compare(mode, x, y, options.rounds) for mode in options.modes]
    try_formulations(x, y, options.rounds)
    return int(not all(kept))


def compare(mode: str, x: Tensor, y: Tensor, rounds: int) -> bool:
    """The table of one mode; whether every promise in it was kept."""
    torch.manual_seed(0)
    compiled = mode == "compiled"
    loops = {
        f"ours {name}": ours(name, x, y, compiled=compiled) for name in ("resnet50", "se_resnet50")
    }
    loops |= {
        f"timm {name}": theirs(name, x, y, compiled=compiled) for name in ("resnet50", "seresnet50")
    }
    best = fastest(loops, rounds)
    print(f"\n{mode}, minima of {rounds} rounds\n\n| step | ms | images/s |\n|---|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {1000 * seconds:.0f} | {len(y) / seconds:.1f} |")
    ratios = [(a, b, None if x.is_cuda else most.get(mode)) for a, b, most in RATIOS]
    return print_ratios(best, ratios)


def try_formulations(x: Tensor, y: Tensor, rounds: int) -> None:
    """The eager step of se_resnet50 with each formulation, over the step of resnet50."""

    def under(formulation, step: Loop) -> Loop:
        def loop() -> None:
            with written_as(formulation):
                step()

        return loop

    step = ours("se_resnet50", x, y, compiled=False)
    loops = {f.__doc__: under(f, step) for f in FORMULATIONS}
    loops["as it is in the code"] = step
    best = fastest(loops | {"no gate": ours("resnet50", x, y, compiled=False)}, rounds)
    print("\n| the block's scaling, eager | ms | over no gate |\n|---|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {1000 * seconds:.0f} | {seconds / best['no gate']:.3f} |")


if __name__ == "__main__":
    sys.exit(main())
