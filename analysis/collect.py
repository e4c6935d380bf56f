"""One forward pass over a data set: its gates, logits and statistics into a store."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from analysis.classes import Integers, Matching, match_classes
from analysis.filling import fill_store, share_out
from analysis.forward import Forward, Outcome, first_pass, forward_passes
from analysis.gates import find_gates, skipped_gates
from analysis.layout import Layout, create
from analysis.loading import Reader, read_batches, worker_count
from analysis.naming import Gate
from analysis.provenance import provenance, require_same
from analysis.samples import Samples, describe, in_order, named
from analysis.source import Source
from analysis.store import SAMPLES_PER_CHUNK, is_store, read_attributes
from analysis.writer import StoreWriter
from senet_core.distributed import World, join_world
from senet_core.errors import InputError, told, writing

_log = logging.getLogger(__name__)


def collect(
    model: nn.Module,
    dataset: Any,
    out: str | Path,
    *,
    source: Source | None = None,
    batch_size: int = 64,
    device: str = "auto",
    limit: int | None = None,
) -> Path:
    """Run ``model`` over ``dataset`` once and write what its gates did to the store ``out``.

    The same call again goes on where an interrupted one stopped, to the same result; a complete
    store is left as it is. Memory does not grow with the number of images. This module's logger
    tells what happened; progress goes to standard error.

    Under torchrun the processes share the chunks of the store, which all must be able to write;
    the first one makes it, finishes it and speaks. The result is that of one process, also where a
    run goes on with another number of them, as far as the network's arithmetic is the same.

    Args:
        model: any network that gives logits (B, K); one without gates is collected too.
        dataset: an `ImageSet`, or any map-style torch data set of (image, label), with labels in
            ``labels``, ``targets`` or ``tensors`` or else found by one pass.
        out: the store's folder.
        source: what to say of the network. The data set's classes are found by name among its
            ``classes``; its ``preprocessing`` is applied to an `ImageSet`.
        batch_size: images a forward pass, at most 256.
        device: cpu, cuda, or auto; with several processes a GPU each.
        limit: images of each class, the first of them; all where None.

    Returns:
        ``out``.

    Raises:
        InputError: for input at fault; where ``out`` is something else or was begun with another
            network, data set, preprocessing or limit; where a gate or logit is not finite.
    """
    store = Path(out)
    with (
        join_world(device, backend="gloo") as (world, place),
        world.united(),
        forward_passes(model, place) as forward,
    ):
        _require_sensible(batch_size, limit)
        work = _prepare(model, dataset, source or Source(), forward, limit=limit)
        again = told("the same command goes on")
        with writing(store, otherwise=told("give another --out"), again=again):
            writer = _begin(store, work.layout, world)
            if writer is not None:
                if world.first:
                    _remark(model, work)
                _fill(writer, work, batch_size, place, world)
    return store


def _require_sensible(batch_size: int, limit: int | None) -> None:
    if not 1 <= batch_size <= SAMPLES_PER_CHUNK:
        raise InputError(
            f"the batch size must lie between 1 and {SAMPLES_PER_CHUNK}, not {batch_size}"
        )
    if limit is not None and limit < 1:
        raise InputError(f"the limit must be at least 1 image of each class, not {limit}")


@dataclass(frozen=True, slots=True)
class _Work:
    """What is to be collected, from what and with what."""

    dataset: Any
    source: Source
    samples: Samples
    matching: Matching
    order: Integers  # (N,) places in the data set
    layout: Layout
    forward: Forward


def _prepare(
    model: nn.Module, dataset: Any, source: Source, forward: Forward, *, limit: int | None
) -> _Work:
    transform = None
    if source.preprocessing is not None:
        dataset = dataset.prepared(source.preprocessing.evaluation())
        transform = source.preprocessing.describe()
    samples = describe(dataset, transform)
    trial = first_pass(forward, _first_image(dataset, samples))
    matching = _match(trial, samples, source)
    order = in_order(matching.labels, limit)
    attributes = provenance(model, source, samples, matching, order=order, limit=limit)
    gates = tuple(gate for path, gate in find_gates(model).items() if path in trial.gates)
    layout = _layout(gates, samples, matching, order, attributes)
    return _Work(dataset, source, samples, matching, order, layout, forward)


def _match(trial: Outcome, samples: Samples, source: Source) -> Matching:
    outputs = trial.logits.shape[1]
    known = source.classes
    if not known and samples.by_place and len(samples.classes) <= outputs:
        known = named(samples.classes, outputs)
    return match_classes(samples.classes, samples.labels, known=known, outputs=outputs)


def _first_image(dataset: Any, samples: Samples) -> Tensor:
    """The first image that can be read, (C, H, W)."""
    reader, reason = Reader(dataset), ""
    for index in range(len(dataset)):
        image, reason = reader[index]
        if image is not None:
            return image
    raise InputError(
        f"none of the {len(dataset)} images of {samples.name} can be read "
        f"(the last one: {reason}); give intact image files"
    )


def _layout(
    gates: tuple[Gate, ...],
    samples: Samples,
    matching: Matching,
    order: Integers,
    attributes: dict[str, Any],
) -> Layout:
    paths = samples.paths
    return Layout(
        gates=gates,
        classes=matching.classes,
        labels=matching.labels[order],
        keys=order if paths is None else [paths[int(i)] for i in order],
        outputs=matching.outputs,
        attributes=attributes,
    )


def _begin(store: Path, layout: Layout, world: World) -> StoreWriter | None:
    """Make a store or go on with it; None where it is complete."""
    complete = world.meet(world.first and _is_complete(store, layout))[0]
    if complete:
        return None
    if not world.first:
        if not is_store(store):
            raise InputError(
                f"{store} is not there; give an --out on a disk that all machines share"
            )
        require_same(store, layout.described())
    return StoreWriter(store)


def _is_complete(store: Path, layout: Layout) -> bool:
    """Whether nothing is to be done; a store that is not there is made."""
    if not store.is_file() and not (store.is_dir() and any(store.iterdir())):
        create(store, layout)
        return False
    if not is_store(store):
        raise InputError(f"{store} is there already and is no store; give another --out")
    require_same(store, layout.described())
    writer = StoreWriter(store)
    if read_attributes(store)["complete"]:
        writer.tidy()
        _log.info("%s is complete already; it is left as it is", store)
        return True
    done = writer.chunks - len(writer.pending())
    _log.info("going on with %s: %d of %d chunks are done", store, done, writer.chunks)
    return False


def _remark(model: nn.Module, work: _Work) -> None:
    """Say what the user should know of this network and these labels, a line each."""
    if work.source.weights == "random":
        _log.info("the network has random weights (seed %s)", work.source.seed)
    if skipped := skipped_gates(model):
        path, reason = next(iter(skipped.items()))
        _log.info("%d attention blocks are left out (%s is %s)", len(skipped), path, reason)
    kept = {gate.path for gate in work.layout.gates}
    declared = find_gates(model)
    if silent := [path for path in declared if path not in kept]:
        _log.info(
            "%d of %d gates never run and are left out (%s is one)",
            len(silent),
            len(declared),
            silent[0],
        )
    if not kept:
        _log.info("the network has no gates; its logits alone are collected")
    if work.matching.kind == "folder":
        _log.info(
            "the labels are not the network's classes (%r is unknown to it), "
            "so accuracy will not be shown",
            work.matching.stranger,
        )


def _fill(
    writer: StoreWriter, work: _Work, batch_size: int, place: torch.device, world: World
) -> None:
    pending = world.meet(writer.pending())[0]
    images = read_batches(
        work.dataset,
        _Batches(writer, share_out(pending, world), work.order, batch_size),
        workers=worker_count(in_memory=work.samples.in_memory, device=place),
        pinned=place.type == "cuda",
    )

    def names(span: slice) -> list[str]:
        return [work.samples.key(int(place)) for place in work.order[span]]

    fill_store(writer, pending, images, work.forward, names, world=world)


@dataclass(frozen=True, slots=True)
class _Batches:
    """Places in the data set of each batch to come; batches end where chunks do."""

    writer: StoreWriter
    chunks: list[int | None]
    order: Integers
    size: int

    def __iter__(self) -> Iterator[list[int]]:
        for chunk in self.chunks:
            own = [] if chunk is None else self.order[self.writer.span(chunk)].tolist()
            for start in range(0, len(own), self.size):
                yield own[start : start + self.size]
