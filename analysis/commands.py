"""What `python -m analysis` takes: a class a command, a field an option."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from analysis.intervene.variants import KINDS, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkOnImages:
    """A network and the images that it runs over."""

    checkpoint: Path | None = None
    """the network: a .safetensors file of train.py"""
    model: str | None = None
    """or its name: one of senet_core.list_models(), torchvision:NAME or timm:NAME"""
    weights: Path | None = None
    """with --model: a file of weights, or timm:NAME.TAG; without them they are random"""
    dataset: str | None = None
    """the images: the test images of a known data set"""
    images: Path | None = None
    """or a folder of images, with a folder a class"""
    image_size: int | None = None
    """side of the input in pixels; the network's own where it is not given"""
    batch_size: int = 64
    """images a forward pass"""
    device: str = "auto"
    """cpu, cuda, or auto: cuda where there is one"""
    limit: int | None = None
    """images of each class, the first of them"""
    seed: int = 0
    """of random weights, and of all that an experiment shuffles or draws"""
    data_dir: Path = Path("data")
    """where known data sets lie or are put"""
    progress: Path | None = None
    """how far it is goes into this file, as JSON, twice a second"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect(NetworkOnImages):
    """Run a network over images once; gates and predictions go into a store.

    The same command again goes on where it was interrupted. N processes share the images with
    `torchrun --nproc-per-node=N -m analysis collect ...`.
    """

    out: Path
    """the store, a folder"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervene(NetworkOnImages):
    """Run a network with other gates than its own; accuracies go into a table.

    Gates are changed in one block at a time and in all of them, or pruned by rank.
    """

    store: Path
    """the store of this network, for its mean gates"""
    out: Path
    """the table, FILE.csv"""
    by_class: Path | None = None
    """the same by class, FILE.csv"""
    experiment: Literal["blocks", "pruning"] = "blocks"
    """blocks: each kind of change, a block at a time; pruning: by rank, from 0 to 100 %"""
    kinds: tuple[Kind, ...] = KINDS
    """of blocks: the kinds of change"""
    draws: int = 5
    """of pruning: random orders to compare with"""


@dataclass(frozen=True, slots=True)
class Summary:
    """Say what a store holds: a row a gate."""

    store: tyro.conf.Positional[Path]
    """the store"""


@dataclass(frozen=True, slots=True)
class Compare:
    """Compare two networks on the same images in detail, or more as one table."""

    stores: tyro.conf.Positional[tuple[Path, ...]]
    """two stores or more"""


@dataclass(frozen=True, slots=True)
class Findings:
    """Say whether the findings of the paper's section 7.2 hold for the network of a store."""

    store: tyro.conf.Positional[Path]
    """the store"""
    images: int = 50
    """the most images of a class that take part, chosen by the seed"""
    seed: int = 0
    """of the choice of images and of the bootstrap"""


@dataclass(frozen=True, slots=True)
class Export:
    """Write a store's numbers for other tools: the class means, or every array (.npz)."""

    store: tyro.conf.Positional[Path]
    """the store"""
    out: Path
    """the file; its ending decides: .parquet, .csv or .npz"""


@dataclass(frozen=True, slots=True)
class Report:
    """Write one self-contained HTML page about a store, or about two on the same images."""

    stores: tyro.conf.Positional[tuple[Path, ...]]
    """one store, or two"""
    out: Path
    """the page, FILE.html"""


Command = (
    Annotated[Collect, tyro.conf.subcommand("collect")]
    | Annotated[Summary, tyro.conf.subcommand("summary")]
    | Annotated[Compare, tyro.conf.subcommand("compare")]
    | Annotated[Findings, tyro.conf.subcommand("findings")]
    | Annotated[Intervene, tyro.conf.subcommand("intervene")]
    | Annotated[Export, tyro.conf.subcommand("export")]
    | Annotated[Report, tyro.conf.subcommand("report")]
)
