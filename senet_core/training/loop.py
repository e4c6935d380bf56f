"""The epochs of a run: steps, evaluation, checkpoints, and the state to go on from."""

import dataclasses
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from senet_core.checkpoint import load_checkpoint, save_checkpoint
from senet_core.data import Augmentation, ImageSet, Preprocessing
from senet_core.distributed import World
from senet_core.errors import InputError
from senet_core.training.config import TrainConfig
from senet_core.training.interrupt import Interruption, Stopped
from senet_core.training.learner import Learner
from senet_core.training.loading import (
    Augmented,
    Batch,
    Order,
    evaluation_loader,
    mix,
    training_loader,
)
from senet_core.training.progress import bar, epoch_line, memory_mib, say
from senet_core.training.run_folder import RunFolder
from senet_core.training.schedule import Schedule
from senet_core.training.scores import Scores
from senet_core.training.splits import Splits

_STEPS = 10  # between looks at what waits for a GPU or for other processes


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """An epoch that is over, for what else shall be recorded of it.

    Attributes:
        epoch: from 1 to ``epochs``.
        model: as the epoch left it; the average of weights where the run keeps one.
        images: the held-out images, as the network takes them.
        trained: how many images the epoch had.
        folder: the run's.
    """

    epoch: int
    epochs: int
    model: nn.Module
    images: ImageSet
    trained: int
    batch_size: int
    device: torch.device
    folder: Path


Observer = Callable[[Finished], None]


class Loop:
    """A run at some point: what `train` goes on with, and what it writes."""

    def __init__(self, config: TrainConfig, splits: Splits, learner: Learner, world: World) -> None:
        assert config.image_size is not None
        assert config.out is not None
        self.config, self.splits, self.learner, self.world = config, splits, learner, world
        self.folder = RunFolder(config.out)
        self.schedule = Schedule(config)
        self.preprocessing = splits.preprocessing(config.image_size)
        self.order = Order(
            len(splits.train),
            config.batch_size,
            seed=config.seed,
            accumulate=config.accumulate,
            world=world,
            labels=splits.train.labels if config.balanced else None,
        )
        self.loader = training_loader(
            Augmented(splits.train.prepared(_augmented(self.preprocessing, config)), config.seed),
            self.order,
            workers=config.workers,
            pin=learner.device.type == "cuda",
        )
        self.epoch, self.step = 0, 0
        self.scores, self.seconds = Scores(learner.device), 0.0  # of the epoch in hand
        self.best: dict[str, float] = {}
        self._unchecked: tuple[Tensor, float] | None = None  # the last step's loss and rate
        self._kept = time.monotonic()

    def train(self, observe: Observer, interruption: Interruption) -> dict[str, float]:
        """Go on from the folder's state, or start; the best epoch's metrics."""
        state = None
        if self.world.first:
            state = self.folder.begin(self.config.to_json(), resume=self.config.resume)
            say(self.config.to_json())
        if state := self.world.share(state):
            self._restore(state)
        while self.epoch < self.config.epochs and not self.schedule.over:
            self._pass_training(interruption)
            self._close_epoch(observe)
        return self._test()

    def _pass_training(self, interruption: Interruption) -> None:
        config, steps = self.config, self.order.steps
        self.learner.begin_epoch(frozen=self.epoch >= config.epochs - config.freeze_bn_epochs)
        self.order.begin(self.epoch, self.step)
        batches = iter(self.loader)
        lap = time.monotonic()
        with bar(
            f"epoch {self.epoch + 1}/{config.epochs}",
            images=self.order.images(steps),
            done=self.order.images(self.step),
            shown=self.world.first,
        ) as progress:
            while self.step < steps:
                rate = self.schedule.rate(self.epoch + self.step / steps)
                parts = [next(batches) for _ in range(config.accumulate)]
                loss = self._learn(parts, rate)
                self._check()  # the step before: to wait for this one would idle a GPU
                self._unchecked = loss, rate
                progress.update(self.order.size(self.step))
                self.step += 1
                now = time.monotonic()
                self.seconds, lap = self.seconds + now - lap, now
                if self.step % _STEPS == 0 and not progress.disable:
                    progress.set_postfix_str(self.scores.line(), refresh=False)
                self._pause(interruption)
        self._check()

    def _learn(self, parts: list[Batch], rate: float) -> Tensor:
        seeds = [mix(self.config.seed, self.epoch, self.step, part) for part in self.order.own]
        images = self.order.size(self.step)
        return self.learner.step(parts, seeds=seeds, images=images, rate=rate, to=self.scores)

    def _check(self) -> None:
        """Stop at a loss that is not finite, before any state with such weights is saved."""
        if self._unchecked is None:
            return
        (loss, rate), self._unchecked = self._unchecked, None
        if math.isfinite(value := loss.item()):
            return
        images = self.order.places(self.epoch, self.step - 1)
        names = ", ".join(self.splits.train.name_of(place) for place in images[:3])
        more = f" and {len(images) - 3} more" if len(images) > 3 else ""
        left = f" ({self.folder.last} holds the epoch before)" if self.folder.last.exists() else ""
        raise InputError(
            f"the loss became {value} in epoch {self.epoch + 1}, step {self.step}, at learning "
            f"rate {rate:.3g}, on the batch of {names}{more}; lower --lr{left}"
        )

    def _pause(self, interruption: Interruption) -> None:
        """Between two steps: save where it is time to, and end where that was asked for."""
        if self.world.size > 1 and self.step % _STEPS and self.step < self.order.steps:
            return  # to agree costs the processes a message
        stop = self.world.any(interruption.requested, self.learner.device)
        due = time.monotonic() - self._kept > 60 * self.config.save_minutes
        if stop or self.world.any(due, self.learner.device):
            self._check()
            self._keep()
        if stop:
            raise Stopped(
                f"stopped in epoch {self.epoch + 1} after step {self.step} of {self.order.steps}; "
                "the same command with --resume goes on from there"
            )

    def _close_epoch(self, observe: Observer) -> None:
        """Evaluate, record and keep what the epoch left."""
        self.learner.end_epoch()
        row = {
            "epoch": self.epoch + 1,
            "lr": self.schedule.rate(self.epoch),
            **self.scores.named("train"),
        }
        images = self.order.images(self.order.steps)
        if len(self.splits.val):
            row |= self.learner.evaluate(self._loaded(self.splits.val)).named("val")
            self.schedule.see(row["val_loss"])
        row |= {"seconds": self.seconds, "images_per_second": images / max(self.seconds, 1e-9)}
        row |= memory_mib(self.learner.device)
        if row.get("val_accuracy", math.inf) > self.best.get("val_accuracy", -1.0):
            self.best = row
            self._save(self.folder.best, self.learner.result, row)
        self._save(self.folder.last, self.learner.result, row)
        if self.world.first:
            observe(self._finished(images))
            self.folder.record(row)
            say(epoch_line(row, self.config.epochs))
        self.epoch, self.step = self.epoch + 1, 0
        self.scores, self.seconds = Scores(self.learner.device), 0.0
        self._keep()

    def _finished(self, images: int) -> Finished:
        return Finished(
            epoch=self.epoch + 1,
            epochs=self.config.epochs,
            model=self.learner.result,
            images=self.splits.val.prepared(self.preprocessing.evaluation()),
            trained=images,
            batch_size=self.config.batch_size,
            device=self.learner.device,
            folder=self.folder.path,
        )

    def _test(self) -> dict[str, float]:
        """Read the test images once, with the best epoch's weights in float32."""
        model, metadata = self.world.share(
            load_checkpoint(self.folder.best) if self.world.first else (nn.Identity(), {})
        )
        if "test_accuracy" in metadata["metrics"]:
            return dict(metadata["metrics"])
        scores = self.learner.evaluate(self._loaded(self.splits.test), model=model, exact=True)
        metrics = {**metadata["metrics"], **scores.named("test")}
        metrics["test_images"] = len(self.splits.test)
        self._save(self.folder.best, model, metrics)
        return metrics

    def _loaded(self, images: ImageSet) -> "DataLoader[Batch]":
        share = -(-self.config.batch_size // (self.config.accumulate * self.world.size))
        return evaluation_loader(
            images.prepared(self.preprocessing.evaluation()),
            share,
            self.world,
            workers=self.config.workers,
            pin=self.learner.device.type == "cuda",
        )

    def _keep(self) -> None:
        """Save what `_restore` goes on from; every process must call it."""
        state = {
            "epoch": self.epoch,
            "step": self.step,
            "scores": self.scores.state(),
            "seconds": self.seconds,
            "best": self.best,
            "schedule": self.schedule.state(),
            **self.learner.state(),
        }
        if self.world.first:
            self.folder.keep(state)
        self._kept = time.monotonic()

    def _restore(self, state: dict[str, Any]) -> None:
        self.epoch, self.step = state["epoch"], state["step"]
        self.seconds, self.best = state["seconds"], state["best"]
        if self.world.first:  # the sums are those of all processes
            self.scores.restore(state["scores"])
        self.schedule.restore(state["schedule"])
        self.learner.restore(state)

    def _save(self, path: Path, model: nn.Module, metrics: dict[str, float]) -> None:
        if self.world.first:
            save_checkpoint(
                path,
                model,
                classes=list(self.splits.train.classes),
                input_size=self.preprocessing.image_size,
                mean=list(self.preprocessing.mean),
                std=list(self.preprocessing.std),
                recipe=self.config.recipe,
                epoch=int(metrics["epoch"]),
                metrics=metrics,
            )


def _augmented(preprocessing: Preprocessing, config: TrainConfig) -> Callable[[Tensor], Tensor]:
    fields = dataclasses.fields(Augmentation)
    return preprocessing.training(Augmentation(**{f.name: getattr(config, f.name) for f in fields}))
