"""`fit`: from settings to a trained network."""

import dataclasses
from contextlib import closing
from typing import cast

import torch
from torch import nn

from senet_core.convert import load_weights
from senet_core.distributed import join_world
from senet_core.errors import writing
from senet_core.models.network import Network
from senet_core.registry import ModelConfig, create_model
from senet_core.training.config import TrainConfig
from senet_core.training.interrupt import Interruption
from senet_core.training.learner import Learner
from senet_core.training.loop import Loop, Observer
from senet_core.training.splits import Splits, open_splits

_AGAIN = "the same command with --resume goes on"


def fit(config: TrainConfig, *, observe: Observer = lambda finished: None) -> dict[str, float]:
    """Train as ``config`` says; returns the metrics of the best epoch, the test's among them.

    The epoch with the highest accuracy on the held-out images is the best, or the last one where
    none are held out; the test images are read once, at the end. The run's folder then holds
    ``best.safetensors``. Under torchrun the processes share each step's images.

    Args:
        config: every setting.
        observe: called after every epoch, in the first process; where a killed run goes on, again
            for the epoch in hand.

    Raises:
        InputError: for input at fault, where the loss is no longer finite, and where the run's
            folder cannot be written.
        Stopped: after SIGTERM or Ctrl-C, with the state saved.
    """
    with (
        Interruption() as interruption,
        join_world(config.device) as (world, device),
        world.bound_to_all(f"{_AGAIN} from the last state that was saved"),
    ):
        with world.first_goes_ahead():
            splits = open_splits(config)
        model, splits = _network(config, splits)
        size = ModelConfig.of(model).input_size
        config = config.resolved(size, device)
        side = config.image_size or size
        cast(Network, model).require_size(side, side)  # before the run claims its folder
        loop = Loop(config, splits, Learner(model, config, world, device), world)
        out = writing(loop.folder.path, otherwise="give another --out", again=_AGAIN)
        with out, closing(loop.folder):
            return loop.train(observe, interruption)


def _network(config: TrainConfig, splits: Splits) -> tuple[nn.Module, Splits]:
    """The network at its start, and the images normalised as its first weights expect them."""
    torch.manual_seed(config.seed)
    model = create_model(
        config.model,
        num_classes=len(splits.train.classes),
        in_chans=splits.in_chans,
        se=config.se if config.model.startswith(("se_", "senet")) else None,
        **config.model_options,
    )
    if config.weights is not None:
        known = load_weights(model, config.weights)
        if len(known.mean) == splits.in_chans:
            splits = dataclasses.replace(splits, mean=known.mean, std=known.std)
    return model, splits
