"""The network behind a store, where its weights are at hand; nothing is ever downloaded here."""

import copy
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PureWindowsPath

import numpy as np
import numpy.typing as npt
import torch
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
from senet_core.checkpoint import digest
from senet_core.data import Preprocessing
from senet_core.errors import InputError
from senet_core.json_text import read_json

_DRAWING = threading.Lock()
"""Random weights come from torch's one generator, so one network is drawn at a time."""


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

    def seen(self, image: Image.Image) -> npt.NDArray[np.uint8]:
        """What of an image reaches the network, in its size: (H, W, 3), or (H, W) where grey."""
        said = self.preprocessing
        mean, std = (torch.tensor(values)[:, None, None] for values in (said.mean, said.std))
        pixels = (255 * (self.prepared(image) * std + mean)).round().clamp(0, 255).byte()
        shown: npt.NDArray[np.uint8] = pixels.permute(1, 2, 0).numpy()
        return shown if shown.shape[2] == 3 else shown[..., 0]

    def probabilities(self, image: Image.Image) -> npt.NDArray[np.float64]:
        """(K,): how likely the network holds each class for an image."""
        like = next(self.model.parameters())
        batch = self.prepared(image)[None].to(like.device, like.dtype)
        with self.lock, torch.inference_mode():
            found: npt.NDArray[np.float64] = self.model(batch)[0].double().softmax(0).cpu().numpy()
        return found

    def twin(self) -> "Network":
        """The same weights under modules of their own, so that neither sees the other's hooks.

        Long work on a twin keeps nobody from the network itself.
        """
        shared = (*self.model.parameters(), *self.model.buffers())
        with self.lock:
            model = copy.deepcopy(self.model, {id(tensor): tensor for tensor in shared})
        return replace(self, model=model, gates=find_gates(model), lock=threading.RLock())


def open_network(ds: xr.Dataset, folders: Sequence[Path] = ()) -> Network:
    """The network that a store was collected from: its checkpoint, or its random weights anew.

    Args:
        ds: a store.
        folders: where its checkpoint is looked for, by name, if it is not where it was.

    Raises:
        InputError: where its weights are not at hand, or are not those that the store knows.
    """
    preprocessing = _preprocessing(ds)
    model = _opened(ds, folders, preprocessing).eval()
    if weights_digest(model) != ds.attrs.get("weights_digest"):
        raise InputError(
            f"the weights of {store_name(ds)} are no longer those of its store; collect it anew"
        )
    outputs = "output" if "output" in ds else "class"
    classes = tuple(str(name) for name in ds[outputs].values)
    return Network(model, preprocessing, classes, find_gates(model))


def _preprocessing(ds: xr.Dataset) -> Preprocessing:
    """What the store's images went through, which only stores of an `ImageSet` can tell."""
    try:
        said = read_json(ds.attrs["transform"])
        return Preprocessing(**said | {key: tuple(said[key]) for key in ("mean", "std")})
    except (KeyError, TypeError, ValueError) as fault:
        raise InputError(
            f"the store of {store_name(ds)} does not say how its images were prepared, so its "
            "network cannot be shown others; collect it by the command line"
        ) from fault


def _opened(ds: xr.Dataset, folders: Sequence[Path], seen: Preprocessing) -> nn.Module:
    pixels = Pixels(seen.in_chans, seen.mean, seen.std, tuple(map(str, ds["class"].values)))
    name, seed = ds.attrs["architecture"], int(ds.attrs.get("seed", 0))
    if ds.attrs["weights"] == "random":
        with _DRAWING, torch.random.fork_rng(devices=[]):
            return open_model(name, None, seed=seed, pixels=pixels)[0]
    file = find_checkpoint(ds, folders)
    if names_its_network(file):
        return open_checkpoint(file)[0]
    return open_model(name, file, seed=seed, pixels=pixels)[0]


def find_checkpoint(ds: xr.Dataset, folders: Sequence[Path] = ()) -> Path:
    """The file whose digest the store knows; raises InputError where it is not at hand."""
    said = str(ds.attrs["checkpoint_file"])
    if not said:
        raise InputError(
            f"the weights of {store_name(ds)} did not come from a file, so they are not at hand"
        )
    name = PureWindowsPath(said).name  # knows both slashes
    places = [Path(said), *(folder / name for folder in folders)]
    known = [path for path in places if _is_file(path)]
    for path in known:
        if digest(path) == ds.attrs["checkpoint"]:
            return path
    if known:
        raise InputError(f"{known[0]} has changed since the store was collected; collect it anew")
    raise InputError(f"the checkpoint {said} is not there; put it back where it was")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that is not ours to look into
        return False
