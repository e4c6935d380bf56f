"""Watch the gates of a network while it is trained: what `senet_core.training.fit` calls."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import DataLoader

from analysis.evolution import NAME, create_evolution, write_epoch
from analysis.gates import find_gates, record_gates
from analysis.moments import Moments
from analysis.naming import Gate
from senet_core.data import ImageSet
from senet_core.training import Finished

# The share of the training images that is looked at. A forward pass costs about a third of a
# training step, so this is under 1 % of an epoch.
_SHARE = 0.02


def record_epoch(finished: Finished) -> None:
    """Write the class means of every gate over a fixed part of the held-out images.

    The part is the same after every epoch, and for every network with the same images. A network
    without gates leaves no file, nor does a run without held-out images. The network is in eval
    mode afterwards.
    """
    gates = find_gates(finished.model)
    if not gates or not len(finished.images):
        return
    images = finished.images.subset(_chosen(finished.images.labels, finished.trained * _SHARE))
    if not (finished.folder / NAME).is_dir():
        create_evolution(finished.folder, gates, images.classes, finished.epochs)
    write_epoch(finished.folder, finished.epoch, _class_means(finished, images, gates))


def _chosen(labels: npt.NDArray[np.int64], wanted: float) -> npt.NDArray[np.int64]:
    """The first images of each class: about ``wanted`` in all, at least one of each."""
    classes = np.unique(labels)
    each = max(1, int(wanted) // len(classes))
    return np.sort(np.concatenate([np.flatnonzero(labels == k)[:each] for k in classes]))


@torch.inference_mode()
def _class_means(
    finished: Finished, images: ImageSet, gates: Mapping[str, Gate]
) -> dict[str, npt.NDArray[np.float32]]:
    """Path of each gate to its means (class, channel) over ``images``, computed in float32."""
    classes = len(images.classes)
    moments = {name: Moments.empty(classes, gate.channels) for name, gate in gates.items()}
    finished.model.eval()
    with record_gates(finished.model) as recorded:
        for x, y in DataLoader(images, batch_size=finished.batch_size):
            finished.model(x.to(finished.device))
            for name, own in moments.items():
                batch = Moments.of(recorded[name].float().cpu(), y, classes)
                moments[name] = own.merge(batch)
    return {name: own.means().astype(np.float32) for name, own in moments.items()}
