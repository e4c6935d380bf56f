"""The learning rate over a run."""

import math
from typing import Any

from senet_core.training.config import TrainConfig


class Schedule:
    """The learning rate at every point of a run, counted in epochs from 0.

    Cosine and step schedules depend on the point alone; the plateau schedule also on the held-out
    loss, so its state belongs to what a resumed run goes on from.
    """

    def __init__(self, config: TrainConfig) -> None:
        self._config = config
        self._lowest = math.inf
        self._stale = 0  # epochs since the lowest loss
        self._drops = 0

    def rate(self, epoch: float) -> float:
        """The learning rate at ``epoch``; 3.5 is the middle of the fourth."""
        config = self._config
        if epoch < config.warmup_epochs:
            rising = config.peak_lr * epoch / config.warmup_epochs
            return rising if config.warmup_lr is None else config.warmup_lr
        if config.schedule == "cosine":
            span = config.epochs - config.warmup_epochs
            done = min((epoch - config.warmup_epochs) / span, 1.0)
            return config.peak_lr * (1 + math.cos(math.pi * done)) / 2
        passed = sum(epoch >= milestone for milestone in config.milestones)
        drops = passed if config.schedule == "step" else self._drops
        return config.peak_lr * config.gamma**drops

    @property
    def over(self) -> bool:
        """Whether the loss stalled once more after the plateau schedule's last drop."""
        return self._config.schedule == "plateau" and self._drops > self._config.drops

    def see(self, loss: float) -> None:
        """Take an epoch's held-out loss."""
        self._stale = 0 if loss < self._lowest else self._stale + 1
        self._lowest = min(loss, self._lowest)
        if self._stale >= self._config.patience:
            self._stale = 0
            self._drops += 1

    def state(self) -> dict[str, Any]:
        """What `restore` goes on from."""
        return {"lowest": self._lowest, "stale": self._stale, "drops": self._drops}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from an earlier `state`."""
        self._lowest, self._stale = state["lowest"], state["stale"]
        self._drops = state["drops"]
