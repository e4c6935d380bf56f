"""What a pass over images scored: mean loss and accuracy, over all processes."""

from typing import Any

import torch
from torch import Tensor
from torchmetrics import MeanMetric


class Scores:
    """Mean loss and accuracy of the images counted so far."""

    def __init__(self, device: torch.device) -> None:
        # A loss that is not finite is the loop's to report, so it shall pass.
        self._loss, self._accuracy = (MeanMetric(nan_strategy="disable") for _ in range(2))
        self._metrics = {"loss": self._loss, "accuracy": self._accuracy}
        for metric in self._metrics.values():
            metric.to(device).set_dtype(torch.float64).persistent(True)

    def add(self, loss: Tensor, logits: Tensor, labels: Tensor) -> None:
        """Count a batch: its mean loss, logits (B, K) and labels (B,)."""
        # Once for each image: the metric leaves weights out of account where it lets NaN pass.
        self._loss.update(loss.detach().expand(len(labels)))
        self._accuracy.update((logits.detach().argmax(1) == labels).float())

    def line(self) -> str:
        """The means over this process's images alone, in words."""
        sums: list[Any] = list(self._metrics.values())
        loss, accuracy = (float(own.mean_value / own.weight) for own in sums)
        return f"loss {loss:.3f}, accuracy {accuracy:.2%}"

    def named(self, prefix: str) -> dict[str, float]:
        """``prefix_loss`` and ``prefix_accuracy`` over all processes; every one must call it."""
        return {f"{prefix}_{name}": float(own.compute()) for name, own in self._metrics.items()}

    def state(self) -> dict[str, Any]:
        """Sums over all processes, for `restore`; every one must call it."""
        state: dict[str, Any] = {}
        for name, metric in self._metrics.items():
            with metric.sync_context():
                state[name] = {key: value.clone() for key, value in metric.state_dict().items()}
        return state

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from an earlier `state`; of several processes one may do so."""
        for name, metric in self._metrics.items():
            metric.load_state_dict(state[name])
