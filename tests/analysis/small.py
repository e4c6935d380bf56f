"""Networks and data that take a second, for the tests of collection."""

import torch
from torch.utils.data import TensorDataset

from analysis.source import Source
from senet_core import create_model
from senet_core.data import Preprocessing

PREPROCESSING = Preprocessing(image_size=16, in_chans=3, mean=(0.5,) * 3, std=(0.25,) * 3)
COLOURS = ("blue", "green", "red")


def network(classes=5, **options):
    torch.manual_seed(0)
    return create_model("se_cifar_resnet20", classes, **options)


def tensors(n=600, classes=5, seed=1):
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(n, 3, 8, 8, generator=generator)
    return TensorDataset(images, torch.randint(0, classes, (n,), generator=generator))


def source(**fields):
    return Source(preprocessing=PREPROCESSING, classes=COLOURS, **fields)


def files_of(store):
    """Every file of a store by name."""
    return {
        str(file.relative_to(store)): file.read_bytes()
        for file in sorted(store.rglob("*"))
        if file.is_file()
    }
