"""What the block costs in evaluation, and our ResNet-50 against timm's.

    python tests/benchmarks/bench_inference.py

Random weights, inference mode, channels last, batch 8, 224 px, eager and compiled. Our networks
stand here twice: in timm's form (stride on the 3x3, padded pooling) beside timm's, and in the
paper's form beside timm's legacy one. "Folded" takes the squeeze before the last convolution of
each unit (`fold_squeeze`). Ratios are of the fastest rounds.
"""

import argparse
import sys
from importlib.metadata import version

import timm
import torch
from interleaved import fastest, machine, print_ratios
from torch import nn

from senet_core import create_model, fold_squeeze

TIMMS_FORM = {"stride_on": "3x3", "pool": "padded"}


def folded(network: nn.Module) -> nn.Module:
    """As it would be served."""
    fold_squeeze(network.eval())
    return network


NETWORKS = {
    "ours resnet50": lambda: create_model("resnet50", **TIMMS_FORM),
    "ours se_resnet50": lambda: create_model("se_resnet50", **TIMMS_FORM),
    "timm resnet50": lambda: timm.create_model("resnet50"),
    "timm resnet50, a twin": lambda: timm.create_model("resnet50"),
    "timm seresnet50": lambda: timm.create_model("seresnet50"),
    "ours resnet50, the paper's form": lambda: create_model("resnet50"),
    "ours se_resnet50, the paper's form": lambda: create_model("se_resnet50"),
    "ours se_resnet50, folded": lambda: folded(create_model("se_resnet50", **TIMMS_FORM)),
    "timm legacy_seresnet50": lambda: timm.create_model("legacy_seresnet50"),
}
# (over, under, the most that their ratio may be). Twins show by how much equals differ in a run.
NOISE = 0.02
RATIOS = (
    ("ours se_resnet50", "ours resnet50", 1.03),
    ("ours se_resnet50, the paper's form", "ours resnet50, the paper's form", 1.03),
    ("ours se_resnet50, folded", "ours resnet50", 1.03),
    ("timm seresnet50", "timm resnet50", None),
    ("timm resnet50, a twin", "timm resnet50", None),
    ("ours resnet50", "timm resnet50", 1 + NOISE),
    ("ours se_resnet50", "timm seresnet50", 1 + NOISE),
    ("ours se_resnet50, the paper's form", "timm legacy_seresnet50", 1 + NOISE),
)


def main() -> int:
    """Print the tables; 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--modes", nargs="+", default=["eager", "compiled"])
    options = parser.parse_args()
    print(f"{machine()}, timm {version('timm')}; batch {options.batch_size}, 224 px")
    images = torch.randn(options.batch_size, 3, 224, 224).to(memory_format=torch.channels_last)
    kept = [measure(mode, images, options.rounds) for mode in options.modes]
    return int(not all(kept))


def measure(mode: str, images: torch.Tensor, rounds: int) -> bool:
    """One table; whether every promise in it was kept."""
    torch.manual_seed(0)
    networks: dict[str, nn.Module] = {}
    for name, make in NETWORKS.items():
        network = make().eval().to(memory_format=torch.channels_last)
        networks[name] = torch.compile(network) if mode == "compiled" else network
    with torch.inference_mode():
        loops = {name: lambda n=network: n(images) for name, network in networks.items()}
        best = fastest(loops, rounds)
    print(f"\n{mode}, minima of {rounds} rounds\n\n| network | ms a batch |\n|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {1000 * seconds:.1f} |")
    return print_ratios(best, RATIOS)


if __name__ == "__main__":
    sys.exit(main())
