"""The command line's words for the network and the images that a store was made from."""

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from analysis.at_hand import find_checkpoint
from analysis.described import as_json
from analysis.images import DATA_DIR, open_images
from analysis.weight_files import names_its_network
from senet_core.data import DATASETS
from senet_core.errors import InputError

_AS_A_WHOLE = ("fashion_mnist", "cifar10", "cifar100")  # their root is the data folder itself


def network_words(ds: xr.Dataset, folders: Sequence[Path] = ()) -> list[str]:
    """``--checkpoint FILE``, or ``--model NAME`` with its weights or seed.

    Args:
        ds: a store.
        folders: where its checkpoint is looked for, by name, if it is not where it was.

    Raises:
        InputError: where its weights are not at hand.
    """
    name = str(ds.attrs["architecture"])
    if ds.attrs["weights"] == "random":
        return ["--model", name, "--seed", str(int(ds.attrs.get("seed", 0)))]
    file = find_checkpoint(ds, folders)
    if names_its_network(file):
        return ["--checkpoint", str(file)]
    return ["--model", name, "--weights", str(file)]


def image_words(ds: xr.Dataset) -> list[str]:
    """``--dataset NAME --data-dir DIR`` or ``--images DIR``, and ``--image-size``.

    Raises:
        InputError: where the images are not at hand.
    """
    if open_images(ds) is None:
        raise InputError(
            f"the images of {ds.attrs['dataset']} are not at hand; "
            f"put them back to {ds.attrs['root']}"
        )
    root, name = Path(ds.attrs["root"]), str(ds.attrs["dataset"])
    said = as_json(ds.attrs["transform"])
    size = said.get("image_size") if isinstance(said, dict) else None
    sized = ["--image-size", str(size)] if size else []
    if name not in DATASETS or ds.attrs["split"] != "test":
        return ["--images", str(root), *sized]
    # A data set of files is two folders down: imagenette2-160/val, imagenet/val.
    folder = root if name in _AS_A_WHOLE else root.parents[1]
    return ["--dataset", name, "--data-dir", str(folder if folder.is_dir() else DATA_DIR), *sized]
