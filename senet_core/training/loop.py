"""The training loop: `fit` runs a recipe on a CPU or a GPU, resumable to the bit."""

import sys
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.data import DataLoader
from tqdm import tqdm

from senet_core.checkpoint import load_checkpoint, save_checkpoint
from senet_core.data import Augmentation, ImageSet
from senet_core.errors import InputError
from senet_core.recipes import TrainConfig
from senet_core.registry import ModelConfig, create_model
from senet_core.run_folder import RunFolder
from senet_core.splits import Splits, open_splits

Batch = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """An epoch that is over, for what else shall be recorded of it.

    Attributes:
        epoch: from 1 to ``epochs``.
        model: as the epoch left it.
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


@dataclass(slots=True)
class Scores:
    """Sums over images that become a mean loss and an accuracy."""

    loss: float = 0.0
    correct: int = 0
    count: int = 0

    def add(self, loss: float, logits: Tensor, labels: Tensor) -> None:
        """Count a batch: its mean loss, logits (B, K) and labels (B,)."""
        self.loss += loss * len(labels)
        self.correct += int((logits.argmax(1) == labels).sum())
        self.count += len(labels)

    def named(self, prefix: str) -> dict[str, float]:
        """``prefix_loss`` and ``prefix_accuracy``."""
        count = max(self.count, 1)
        return {f"{prefix}_loss": self.loss / count, f"{prefix}_accuracy": self.correct / count}


def fit(
    config: TrainConfig, *, recipe: str = "", observe: Observer = lambda finished: None
) -> dict[str, float]:
    """Train as ``config`` says; returns the metrics of the best epoch, the test's among them.

    The epoch with the highest accuracy on the held-out images is the best; the test images are
    read once, at the end. The run's folder then holds ``best.safetensors``.

    Args:
        config: every setting.
        recipe: its name, for the checkpoints.
        observe: called after every epoch; where a killed run goes on, again for the epoch in hand.

    Raises:
        InputError: for input at fault, and where the loss is no longer finite.
    """
    device = choose_device(config.device)
    out = (
        config.out or Path("runs") / f"{recipe or config.dataset}-{config.model}-seed{config.seed}"
    )
    splits = open_splits(config)
    folder = RunFolder(out)
    state = folder.begin(config.to_json(), resume=config.resume)
    try:
        return _Run(config, recipe, splits, folder, device).train(state, observe)
    finally:
        folder.close()


def choose_device(name: str) -> torch.device:
    """``auto`` is cuda where there is one; InputError for a device that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"there is no device {name!r} here; use --device cpu") from error
    return device


def memory_format(model: nn.Module, device: torch.device) -> torch.memory_format:
    """Channels last, which is faster, save where torch's CPU kernels cannot train in it.

    The gradient of a strided 1x1 convolution with fewer than 16 input channels corrupts memory
    there (seen with torch 2.14 on two threads); narrow networks have such shortcuts.
    """
    narrow = device.type == "cpu" and any(
        isinstance(m, nn.Conv2d)
        and m.kernel_size == (1, 1)
        and max(m.stride) > 1
        and m.in_channels < 16
        for m in model.modules()
    )
    return torch.contiguous_format if narrow else torch.channels_last


class _Run:
    """One run's objects, and the epochs over them."""

    def __init__(
        self,
        config: TrainConfig,
        recipe: str,
        splits: Splits,
        folder: RunFolder,
        device: torch.device,
    ) -> None:
        torch.manual_seed(config.seed)
        self.config, self.recipe, self.splits, self.folder = config, recipe, splits, folder
        self.device = device
        model = create_model(
            config.model,
            num_classes=len(splits.train.classes),
            in_chans=splits.in_chans,
            se=config.se if config.model.startswith(("se_", "senet")) else None,
            **config.model_options,
        )
        size = config.image_size or ModelConfig.of(model).input_size
        self.preprocessing = splits.preprocessing(size)
        self.layout = memory_format(model, device)
        self.model = model.to(device).to(memory_format=self.layout)
        self.optimizer = torch.optim.SGD(
            model.parameters(),
            lr=config.lr,
            momentum=config.momentum,
            nesterov=config.momentum > 0,
            weight_decay=config.weight_decay,
        )
        self.scaler = torch.amp.GradScaler(device.type, enabled=config.amp == "fp16")
        self.best: dict[str, float] = {}

    def train(self, state: dict[str, Any] | None, observe: Observer) -> dict[str, float]:
        """Go on from ``state``, or start; the best epoch's metrics."""
        first = self._restore(state) if state else 0
        for epoch in range(first, self.config.epochs):
            row = self._epoch(epoch)
            if row["val_accuracy"] > self.best.get("val_accuracy", -1.0):
                self.best = row
                self._save(self.folder.best, row)
            self._save(self.folder.last, row)
            observe(self._finished(epoch + 1))
            self.folder.record(row)
            self.folder.keep(self._state(epoch + 1))
            _say(epoch + 1, self.config.epochs, row)
        return self._test()

    def _finished(self, epoch: int) -> Finished:
        return Finished(
            epoch=epoch,
            epochs=self.config.epochs,
            model=self.model,
            images=self.splits.val.prepared(self.preprocessing.evaluation()),
            trained=len(self.splits.train),
            batch_size=self.config.batch_size,
            device=self.device,
            folder=self.folder.path,
        )

    def _epoch(self, epoch: int) -> dict[str, float]:
        started = time.perf_counter()
        scores = self._pass_training(epoch)
        seconds = time.perf_counter() - started
        return {
            "epoch": epoch + 1,
            "lr": self.config.learning_rate(epoch),
            **scores.named("train"),
            **self._evaluate(self.splits.val).named("val"),
            "seconds": seconds,
            "images_per_second": scores.count / seconds,
        }

    def _pass_training(self, epoch: int) -> Scores:
        config = self.config
        # Order and augmentation depend on seed and epoch alone, so a resumed run repeats them.
        torch.manual_seed(config.seed * 1_000_003 + epoch + 1)
        augmentation = Augmentation(
            crop=config.crop,
            min_area=config.min_area,
            flip=config.flip,
            erasing=config.erasing,
            cutout=config.cutout,
        )
        images = self.splits.train.prepared(self.preprocessing.training(augmentation))
        loader = self._loader(images, shuffle=True)
        self.model.train()
        scores = Scores()
        bar = _bar(loader, f"epoch {epoch + 1}/{config.epochs}")
        for step, (x, y) in enumerate(bar):
            rate = config.learning_rate(epoch + step / len(loader))
            loss, logits = self._step(x, y, rate)
            if not np.isfinite(loss):
                raise InputError(
                    f"the loss became {loss} in epoch {epoch + 1}, step {step + 1}, at learning "
                    f"rate {rate:.3g}; {self.folder.last} holds the epoch before: lower --lr"
                )
            scores.add(loss, logits, y)
            done = scores.named("train")
            bar.set_postfix(
                loss=f"{done['train_loss']:.3f}", acc=f"{done['train_accuracy']:.2%}", refresh=False
            )
        return scores

    def _step(self, x: Tensor, y: Tensor, rate: float) -> tuple[float, Tensor]:
        """One step of SGD; the loss, and the logits (B, K) on the CPU."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with self._autocast():
            logits = self.model(self._move(x))
            loss = F.cross_entropy(
                logits, y.to(self.device), label_smoothing=self.config.label_smoothing
            )
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self.scaler.step(self.optimizer)
        self.scaler.update()
        return loss.item(), logits.detach().cpu()

    @torch.inference_mode()
    def _evaluate(self, images: ImageSet, *, exact: bool = False) -> Scores:
        """Plain cross-entropy and accuracy, unsmoothed, unaugmented; in float32 if ``exact``."""
        self.model.eval()
        scores = Scores()
        loader = self._loader(images.prepared(self.preprocessing.evaluation()), shuffle=False)
        for x, y in loader:
            with nullcontext() if exact else self._autocast():
                logits = self.model(self._move(x)).float().cpu()
            scores.add(float(F.cross_entropy(logits, y)), logits, y)
        return scores

    def _test(self) -> dict[str, float]:
        """Read the test images once, with the best epoch's weights in float32."""
        best, metadata = load_checkpoint(self.folder.best)
        if "test_accuracy" in metadata["metrics"]:
            return dict(metadata["metrics"])
        self.model = best.to(self.device).to(memory_format=self.layout)
        scores = self._evaluate(self.splits.test, exact=True)
        metrics = {**metadata["metrics"], **scores.named("test")}
        metrics["test_images"] = len(self.splits.test)
        self._save(self.folder.best, metrics)
        return metrics

    def _loader(self, images: ImageSet, *, shuffle: bool) -> "DataLoader[tuple[Tensor, int]]":
        return DataLoader(
            images,
            batch_size=self.config.batch_size,
            shuffle=shuffle,
            num_workers=self.config.workers,
            pin_memory=self.device.type == "cuda",
            # A last batch of one image has no batch statistics.
            drop_last=shuffle and len(images) % self.config.batch_size == 1,
        )

    def _move(self, x: Tensor) -> Tensor:
        return x.to(self.device, non_blocking=True, memory_format=self.layout)

    def _autocast(self) -> AbstractContextManager[None]:
        kind = torch.float16 if self.config.amp == "fp16" else torch.bfloat16
        return torch.autocast(self.device.type, kind, enabled=self.config.amp != "none")

    def _state(self, epoch: int) -> dict[str, Any]:
        return {
            "epoch": epoch,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "best": self.best,
        }

    def _restore(self, state: dict[str, Any]) -> int:
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.scaler.load_state_dict(state["scaler"])
        self.best = state["best"]
        return int(state["epoch"])

    def _save(self, path: Path, metrics: dict[str, float]) -> None:
        save_checkpoint(
            path,
            self.model,
            classes=list(self.splits.train.classes),
            input_size=self.preprocessing.image_size,
            mean=list(self.preprocessing.mean),
            std=list(self.preprocessing.std),
            recipe=self.recipe,
            epoch=int(metrics["epoch"]),
            metrics=metrics,
        )


def _bar(loader: Iterable[Batch], title: str) -> Any:
    """A live bar on a terminal, silence elsewhere (there, `_say` prints a line an epoch)."""
    return tqdm(
        loader,
        desc=title,
        unit="batch",
        leave=False,
        disable=not sys.stderr.isatty(),
        dynamic_ncols=True,
    )


def _say(epoch: int, epochs: int, row: dict[str, float]) -> None:
    tqdm.write(
        f"epoch {epoch}/{epochs}  train loss {row['train_loss']:.4f}  "
        f"accuracy {row['train_accuracy']:.2%}  held-out accuracy {row['val_accuracy']:.2%}  "
        f"{row['images_per_second']:.0f} images/s",
        file=sys.stderr,
    )
