"""Images with labels: the known data sets, folders of one's own, and what is done to an image."""

from senet_core.data.catalogue import DATASETS, open_dataset
from senet_core.data.images import (
    ArrayImages,
    FolderImages,
    ImageSet,
    UnreadableImage,
    open_folder,
)
from senet_core.data.preprocessing import Augmentation, Preprocessing

__all__ = [
    "DATASETS",
    "ArrayImages",
    "Augmentation",
    "FolderImages",
    "ImageSet",
    "Preprocessing",
    "UnreadableImage",
    "open_dataset",
    "open_folder",
]
