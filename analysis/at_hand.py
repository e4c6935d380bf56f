"""The network behind a store, where its weights are at hand; nothing is ever downloaded here."""

import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

import xarray as xr
from PIL import Image
from torch import Tensor, nn
from torchvision.transforms.v2 import functional

from analysis.gates import find_gates
from analysis.naming import Gate
from analysis.networks import Pixels, open_checkpoint, open_model
from analysis.source import weights_digest
from analysis.store import store_name
from analysis.weight_files import names_its_network
from senet_core.data import Preprocessing
from senet_core.errors import InputError


@dataclass(frozen=True, slots=True)
class Network:
    """A network that is ready to look at images.

    Attributes:
        model: in eval mode.
        preprocessing: from pixels to its input, as when the store was collected.
        classes: names of its outputs.
        gates: of `find_gates`; empty for a baseline.
        lock: one model serves many; hold it while hooks or gradients are on the model.
    """

    model: nn.Module
    preprocessing: Preprocessing
    classes: tuple[str, ...]
    gates: Mapping[str, Gate]
    lock: threading.RLock = field(default_factory=threading.RLock)

    def prepared(self, image: Image.Image) -> Tensor:
        """An 8-bit grey or RGB image as the network takes it: (C, H, W)."""
        return self.preprocessing.evaluation()(functional.pil_to_tensor(image))


def open_network(ds: xr.Dataset, folders: Sequence[Path] = ()) -> Network:
    """The network that a store was collected from: its checkpoint, or its random weights anew.

    Args:
        ds: a store.
        folders: where its checkpoint is looked for, by name, if it is not where it was.

    Raises:
        InputError: where its weights are not at hand, or are not those that the store knows.
    """
    said = json.loads(ds.attrs["transform"])
    pixels = {"mean": tuple(said["mean"]), "std": tuple(said["std"])}
    preprocessing = Preprocessing(**{**said, **pixels})
    model = _opened(ds, folders, preprocessing).eval()
    if weights_digest(model) != ds.attrs["weights_digest"]:
        raise InputError(
            f"the weights of {store_name(ds)} are no longer those of its store; collect it anew"
        )
    outputs = "output" if "output" in ds else "class"
    classes = tuple(str(name) for name in ds[outputs].values)
    return Network(model, preprocessing, classes, find_gates(model))


def _opened(ds: xr.Dataset, folders: Sequence[Path], seen: Preprocessing) -> nn.Module:
    pixels = Pixels(seen.in_chans, seen.mean, seen.std, tuple(map(str, ds["class"].values)))
    name, seed = ds.attrs["architecture"], int(ds.attrs.get("seed", 0))
    if ds.attrs["weights"] == "random":
        return open_model(name, None, seed=seed, pixels=pixels)[0]
    file = _checkpoint(ds, folders)
    if names_its_network(file):
        return open_checkpoint(file)[0]
    return open_model(name, file, seed=seed, pixels=pixels)[0]


def _checkpoint(ds: xr.Dataset, folders: Sequence[Path]) -> Path:
    """The file whose digest the store knows."""
    said = str(ds.attrs["checkpoint_file"])
    if not said:
        raise InputError(
            f"the weights of {store_name(ds)} did not come from a file, so they are not at hand"
        )
    name = PurePath(said).name
    known = [
        path for path in (Path(said), *(folder / name for folder in folders)) if path.is_file()
    ]
    for path in known:
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() == ds.attrs["checkpoint"]:
                return path
    if known:
        raise InputError(f"{known[0]} has changed since the store was collected; collect it anew")
    raise InputError(f"the checkpoint {said} is not there; put it back where it was")
