"""What recording every gate costs, against the same loop without hooks and against captum.

    python tests/benchmarks/bench_gate_recording.py

SE-ResNet-50 with random weights, 16 gates, eval under inference mode, channels last. A loop runs
a few batches. All loops take turns in each round, in random order, so that what else the machine
does hits them alike; the ratio is that of the fastest rounds.
"""

import argparse
import sys
from importlib.metadata import version

import torch
from captum.attr import LayerActivation
from interleaved import Loop, fastest, machine
from torch import Tensor, nn

from analysis import find_gates, record_gates
from senet_core import create_model

PROMISED = 1.03
BATCHES = 12  # a loop; the first verifies the gates, and so scales maps out of place
SELDOM = "captum LayerActivation, one gate at a time"


def ways(model: nn.Module, images: Tensor) -> dict[str, Loop]:
    """The loops under test, by the name that they have in the table; `SELDOM` runs one batch."""
    gates = find_gates(model)
    layers = [model.get_submodule(gate.source) for gate in gates.values()]
    together = LayerActivation(model, layers)
    alone = [LayerActivation(model, layer) for layer in layers]

    def recorded() -> None:
        with record_gates(model) as seen:
            for _ in range(BATCHES):
                model(images)
                assert seen.keys() == gates.keys()

    return {
        "no hooks": lambda: [model(images) for _ in range(BATCHES)],
        "analysis.record_gates": recorded,
        "captum LayerActivation, all gates at once": lambda: [
            together.attribute(images) for _ in range(BATCHES)
        ],
        SELDOM: lambda: [layer.attribute(images) for layer in alone],
    }


def main() -> int:
    """Print the table; 1 where the promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--batch-size", type=int, default=8)
    options = parser.parse_args()
    torch.manual_seed(0)
    model = create_model("se_resnet50").eval().to(memory_format=torch.channels_last)
    images = torch.randn(options.batch_size, 3, 224, 224).to(memory_format=torch.channels_last)
    with torch.inference_mode():
        best = fastest(ways(model, images), options.rounds, seldom=frozenset({SELDOM}))
    batches = dict.fromkeys(best, BATCHES) | {SELDOM: 1}
    best = {name: seconds / batches[name] for name, seconds in best.items()}
    plain = best["no hooks"]
    print(f"{machine()}, captum {version('captum')};")
    print(
        f"SE-ResNet-50, batch {options.batch_size}, 224 px, minima of {options.rounds} rounds "
        f"of {BATCHES} batches\n"
    )
    print("| loop | ms a batch | ratio |\n|---|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {1000 * seconds:.1f} | {seconds / plain:.3f} |")
    ratio = best["analysis.record_gates"] / plain
    print(f"\nrecording costs {ratio:.3f} x; promised at most {PROMISED} x")
    return int(ratio > PROMISED)


if __name__ == "__main__":
    sys.exit(main())
