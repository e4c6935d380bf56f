"""Go through the images once, and through the network once for every variant."""

import logging
from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch
from scipy import special
from torch import Tensor, nn

from analysis.forward import Forward, first_pass, forward_passes
from analysis.gates import find_gates
from analysis.intervene.hooks import changed_gates
from analysis.intervene.images import Images
from analysis.intervene.means import Floats, Integers
from analysis.intervene.tally import Outcomes, Tally
from analysis.intervene.variants import Variant
from analysis.loading import Batch, read_batches, worker_count
from analysis.progress import progress_bar
from senet_core.device import choose_device
from senet_core.errors import InputError

_log = logging.getLogger(__name__)


def run_variants(
    model: nn.Module, images: Images, variants: Sequence[Variant], *, device: str = "auto"
) -> Outcomes:
    """Run every variant on every batch; each image is read once.

    Memory holds one batch and the counts. Images that cannot be read are left out: the log names
    and counts them. Progress goes to standard error.

    Args:
        model: the network, which is in eval mode meanwhile.
        images: labelled, in batches.
        variants: the unmodified network first.
        device: cpu, cuda, or auto.

    Raises:
        InputError: where logits are not finite, or the network does not take the images.
    """
    place = choose_device(device)
    gates = find_gates(model)
    tally, skipped = Tally.empty(len(variants), len(images.classes)), 0
    read = read_batches(
        images.dataset,
        images.batches,
        workers=worker_count(in_memory=images.in_memory, device=place),
        pinned=place.type == "cuda",
    )
    total = images.count * len(variants)
    with (
        forward_passes(model, place) as forward,
        progress_bar(f"{len(variants)} variants", "image", total) as bar,
    ):
        for chosen, batch in zip(images.batches, read, strict=True):
            kept = _kept(images, chosen, batch)
            skipped += len(batch.faults)
            bar.update(len(batch.faults) * len(variants))
            if batch.images is None:
                continue
            labels = images.labels[kept]
            shape = (len(kept), len(variants))
            predicted, log_p = np.empty(shape, np.int64), np.empty(shape)
            on_device = batch.images.to(place, memory_format=torch.channels_last)
            if chosen is images.batches[0]:
                first_pass(forward, on_device[0])  # says so where it does not take such images
            for column, variant in enumerate(variants):
                with changed_gates(model, gates, variant.changes(labels)):
                    logits = _logits(forward, on_device, variant)
                predicted[:, column], log_p[:, column] = _scores(logits, labels)
                bar.update(len(labels))
            tally.add(labels, predicted, log_p)
    if skipped:
        _log.warning("%d of %d images could not be read", skipped, images.count)
    return Outcomes(pd.DataFrame([v.columns for v in variants]), images.classes, tally)


def _kept(images: Images, chosen: list[int], batch: Batch) -> list[int]:
    """The images of a batch that could be read."""
    for place, reason in batch.faults.items():
        _log.warning("skipped %s: %s", images.key(chosen[place]), reason)
    return [image for place, image in enumerate(chosen) if place not in batch.faults]


def _logits(forward: Forward, images: Tensor, variant: Variant) -> Floats:
    """(n, K), float64."""
    logits = forward(images).logits
    if not np.isfinite(logits).all():
        raise InputError(
            f"the logits are not finite with {variant.columns}; "
            "the weights are damaged or do not suit these images"
        )
    return logits.astype(np.float64)


def _scores(logits: Floats, labels: Integers) -> tuple[Integers, Floats]:
    """The predictions (n,), and the log-probabilities of the true class (n,)."""
    log_p = special.log_softmax(logits, axis=1)
    return logits.argmax(axis=1), log_p[np.arange(len(labels)), labels]
