"""One forward pass over a data set: its gates, logits and statistics into a store."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from tqdm import tqdm

from analysis.chunks import Chunk, fill
from analysis.classes import Integers, Matching, match_classes
from analysis.forward import Forward, count_outputs, forward_passes
from analysis.gates import find_gates, skipped_gates
from analysis.layout import Layout, create
from analysis.loading import Batch, Reader, read_batches, worker_count
from analysis.provenance import provenance, require_same
from analysis.samples import Samples, describe, in_order, named
from analysis.source import Source
from analysis.store import SAMPLES_PER_CHUNK, is_store, read_attributes
from analysis.writer import StoreWriter
from senet_core.device import choose_device
from senet_core.errors import InputError

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

    Args:
        model: any network that gives logits (B, K); one without gates is collected too.
        dataset: an `ImageSet`, or any map-style torch data set of (image, label), with labels in
            ``labels``, ``targets`` or ``tensors`` or else found by one pass.
        out: the store's folder.
        source: what to say of the network. The data set's classes are found by name among its
            ``classes``; its ``preprocessing`` is applied to an `ImageSet`.
        batch_size: images a forward pass, at most 256.
        device: cpu, cuda, or auto.
        limit: images of each class, the first of them; all where None.

    Returns:
        ``out``.

    Raises:
        InputError: for input at fault; where ``out`` is something else or was begun with another
            network, data set, preprocessing or limit; where a gate or logit is not finite.
    """
    if not 1 <= batch_size <= SAMPLES_PER_CHUNK:
        raise InputError(
            f"the batch size must lie between 1 and {SAMPLES_PER_CHUNK}, not {batch_size}"
        )
    if limit is not None and limit < 1:
        raise InputError(f"the limit must be at least 1 image of each class, not {limit}")
    source, store, place = source or Source(), Path(out), choose_device(device)
    transform = None
    if source.preprocessing is not None:
        dataset = dataset.prepared(source.preprocessing.evaluation())
        transform = source.preprocessing.describe()
    samples = describe(dataset, transform)
    with forward_passes(model, place) as forward:
        matching = _match(forward, dataset, samples, source)
        order = in_order(matching.labels, limit)
        attributes = provenance(model, source, samples, matching, order=order, limit=limit)
        with _writing(store):
            writer = _open(store, _layout(model, samples, matching, order, attributes))
            if writer is None:
                return store
            _remark(model, source, matching)
            batches = _batches(writer, order, batch_size)
            images = read_batches(
                dataset,
                batches,
                workers=worker_count(in_memory=samples.in_memory, device=place),
                pinned=place.type == "cuda",
            )
            _fill_store(writer, images, forward, [samples.key(int(i)) for i in order])
    return store


def _match(forward: Forward, dataset: Any, samples: Samples, source: Source) -> Matching:
    outputs = count_outputs(forward, _first_image(dataset, samples))
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
    model: nn.Module,
    samples: Samples,
    matching: Matching,
    order: Integers,
    attributes: dict[str, Any],
) -> Layout:
    paths = samples.paths
    return Layout(
        gates=tuple(find_gates(model).values()),
        classes=matching.classes,
        labels=matching.labels[order],
        keys=order if paths is None else [paths[int(i)] for i in order],
        outputs=matching.outputs,
        attributes=attributes,
    )


def _open(store: Path, layout: Layout) -> StoreWriter | None:
    """Begin a store or go on with it; None where it is complete."""
    if store.is_file() or (store.is_dir() and any(store.iterdir())):
        if not is_store(store):
            raise InputError(f"{store} is there already and is no store; give another --out")
        require_same(store, dict(layout.attributes))
        writer = StoreWriter(store)
        if read_attributes(store)["complete"]:
            writer.tidy()
            _log.info("%s is complete already; it is left as it is", store)
            return None
        done = writer.chunks - len(writer.pending())
        _log.info("going on with %s: %d of %d chunks are done", store, done, writer.chunks)
        return writer
    create(store, layout)
    return StoreWriter(store)


def _remark(model: nn.Module, source: Source, matching: Matching) -> None:
    """Say what the user should know of this network and these labels, a line each."""
    if source.weights == "random":
        _log.info("the network has random weights (seed %s)", source.seed)
    if skipped := skipped_gates(model):
        path, reason = next(iter(skipped.items()))
        _log.info("%d attention blocks are left out (%s is %s)", len(skipped), path, reason)
    if not find_gates(model):
        _log.info("the network has no gates; its logits alone are collected")
    if matching.kind == "folder":
        _log.info(
            "the labels are not the network's classes (%r is unknown to it), "
            "so accuracy will not be shown",
            matching.stranger,
        )


def _batches(writer: StoreWriter, order: Integers, size: int) -> list[list[int]]:
    """Places in the data set of each batch to come; batches end where chunks do."""
    batches = []
    for chunk in writer.pending():
        own = order[writer.span(chunk)].tolist()
        batches += [own[i : i + size] for i in range(0, len(own), size)]
    return batches


def _fill_store(
    writer: StoreWriter, images: Iterator[Batch], forward: Forward, names: list[str]
) -> None:
    """Fill the chunks that are not done and finish the store."""
    pending = writer.pending()
    left = sum(writer.span(c).stop - writer.span(c).start for c in pending)
    with tqdm(
        total=writer.samples,
        initial=writer.samples - left,
        desc="collecting",
        unit="image",
        dynamic_ncols=True,
        mininterval=0.2 if sys.stderr.isatty() else 30,
    ) as bar:
        for index in pending:
            own = names[writer.span(index)]
            chunk = Chunk.blank(len(own), writer.gates, writer.outputs)
            fill(chunk, images, forward, own, advance=bar.update)
            for name, reason in chunk.skipped.items():
                _log.warning("skipped %s: %s", name, reason)
            writer.write(index, chunk)
    if skipped := writer.finish():
        _log.warning("%d of %d images could not be read", len(skipped), writer.samples)


@contextmanager
def _writing(store: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{store} cannot be written ({error.strerror or error}); "
            "make room there, or give another --out"
        ) from error
