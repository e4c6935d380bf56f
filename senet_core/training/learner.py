"""A network that is trained: its optimiser, precision, average of weights and processes."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.parallel import DistributedDataParallel
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader

from senet_core.attention import SqueezeExcitation
from senet_core.distributed import World
from senet_core.errors import InputError
from senet_core.training.config import TrainConfig
from senet_core.training.loading import Batch
from senet_core.training.scores import Scores


class Learner:
    """Takes steps of SGD, and evaluates.

    Attributes:
        model: the network itself, without wrappers; its weights are what is trained.
        device: where it computes.
    """

    def __init__(
        self, model: nn.Module, config: TrainConfig, world: World, device: torch.device
    ) -> None:
        self._config, self._world, self.device = config, world, device
        if config.sync_bn:
            if device.type != "cuda":
                raise InputError("--sync-bn needs GPUs; leave it out on CPUs")
            model = nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-untyped-call]
        if device.type == "cuda":
            torch.set_float32_matmul_precision("high")  # TF32
            torch.backends.cudnn.allow_tf32 = True
        self._layout = memory_format(model, device)
        self.model = model.to(device).to(memory_format=self._layout)
        self._average = None
        if config.ema is not None:
            average = get_ema_multi_avg_fn(config.ema)  # type: ignore[no-untyped-call]
            self._average = AveragedModel(model, multi_avg_fn=average, use_buffers=True)
        self._wrapped = self.model
        if world.size > 1:
            place = [device] if device.type == "cuda" else None
            self._wrapped = DistributedDataParallel(self.model, place, gradient_as_bucket_view=True)
        forward: Callable[[Tensor], Tensor] = self._wrapped
        self._forward = torch.compile(forward) if config.compile else forward
        self._optimizer = torch.optim.SGD(
            _decayed(self.model, config),
            lr=config.peak_lr,
            momentum=config.momentum,
            nesterov=config.nesterov and config.momentum > 0,
            fused=device.type == "cuda",
        )
        self._precision = config.precision(device)
        self._scaler = torch.amp.GradScaler(device.type, enabled=self._precision == "fp16")
        self._frozen = False

    @property
    def result(self) -> nn.Module:
        """The network to evaluate and to keep: the average of weights where there is one."""
        return self.model if self._average is None else self._average.module

    def begin_epoch(self, *, frozen: bool) -> None:
        """Training mode; ``frozen`` batch norms keep their statistics and parameters."""
        self.model.train()
        self._frozen = frozen
        for norm in self._norms() if frozen else ():
            norm.eval()

    def step(
        self, parts: Sequence[Batch], *, seeds: Sequence[int], images: int, rate: float, to: Scores
    ) -> Tensor:
        """One step of SGD.

        Args:
            parts: this process's micro-batches.
            seeds: of each part's random numbers, those of dropout and Shake-Shake.
            images: of the step, over all processes.
            rate: the learning rate.
            to: what counts the micro-batches.

        Returns:
            The mean loss over ``parts``, on the device; not finite where one image's is not.
        """
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        losses = []
        for number, (x, y) in enumerate(parts):
            torch.manual_seed(seeds[number])
            labels = y.to(self.device, non_blocking=True)
            with self._together(last=number == len(parts) - 1):
                with self._autocast():
                    logits = self._forward(self._move(x))
                    loss = F.cross_entropy(
                        logits, labels, label_smoothing=self._config.label_smoothing
                    )
                # Processes average their gradients; each image weighs the same in all of them.
                share = len(y) * self._world.size / images
                self._scaler.scale(loss * share).backward()  # type: ignore[no-untyped-call]
            to.add(loss, logits, labels)
            losses.append(loss.detach())
        if self._frozen:
            for norm in self._norms():
                norm.zero_grad(set_to_none=True)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        if self._average is not None:
            self._average.update_parameters(self.model)
        return torch.stack(losses).mean()

    def end_epoch(self) -> None:
        """Every process takes the first one's running statistics: each has those of its images.

        Else they would evaluate different networks, and a run that goes on yet others.
        """
        self._world.agree(self.model.buffers())
        if self._average is not None:
            self._world.agree(self._average.buffers())

    @torch.inference_mode()
    def evaluate(
        self, loader: DataLoader[Batch], *, model: nn.Module | None = None, exact: bool = False
    ) -> Scores:
        """Plain cross-entropy and accuracy, unsmoothed.

        Args:
            loader: the images, as they are to be seen.
            model: what to evaluate instead of `result`.
            exact: in float32, without autocast.
        """
        network = (model or self.result).to(self.device).to(memory_format=self._layout)
        network.eval()
        scores = Scores(self.device)
        for x, y in loader:
            labels = y.to(self.device, non_blocking=True)
            with nullcontext() if exact else self._autocast():
                logits = network(self._move(x)).float()
            scores.add(F.cross_entropy(logits, labels), logits, labels)
        return scores

    def state(self) -> dict[str, Any]:
        """What `restore` goes on from; tensors and plain values alone."""
        return {
            "model": self.model.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "scaler": self._scaler.state_dict(),
            "average": None if self._average is None else self._average.state_dict(),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from an earlier `state`."""
        self.model.load_state_dict(state["model"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._scaler.load_state_dict(state["scaler"])
        if self._average is not None:
            self._average.load_state_dict(state["average"])

    def _norms(self) -> Iterator[nn.Module]:
        return (m for m in self.model.modules() if isinstance(m, _BatchNorm))

    def _together(self, *, last: bool) -> AbstractContextManager[None]:
        """Processes exchange gradients once a step, after its last part."""
        if isinstance(self._wrapped, DistributedDataParallel) and not last:
            quiet: AbstractContextManager[None] = self._wrapped.no_sync()
            return quiet
        return nullcontext()

    def _move(self, x: Tensor) -> Tensor:
        return x.to(self.device, non_blocking=True, memory_format=self._layout)

    def _autocast(self) -> AbstractContextManager[None]:
        kind = torch.float16 if self._precision == "fp16" else torch.bfloat16
        return torch.autocast(self.device.type, kind, enabled=self._precision != "none")


def _decayed(model: nn.Module, config: TrainConfig) -> list[dict[str, Any]]:
    """Parameter groups by their L2 penalty: one, or the gates' layers apart."""
    gates = {
        parameter
        for module in model.modules()
        if isinstance(module, SqueezeExcitation) and config.gate_decay is not None
        for parameter in module.parameters()
    }
    rest = [parameter for parameter in model.parameters() if parameter not in gates]
    groups = [{"params": rest, "weight_decay": config.weight_decay}]
    if gates:
        own = [parameter for parameter in model.parameters() if parameter in gates]
        groups.append({"params": own, "weight_decay": config.gate_decay})
    return groups


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
