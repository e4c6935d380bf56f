"""What lies under the served folder: checkpoints and folders of images. Nothing outside is shown.

Links are not followed into other folders, and a linked file counts only where it leads to one
inside: whoever opens the dashboard in a browser sees what its runs' folder holds, and no more.
"""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from analysis.folders import is_inside
from dashboard.shell.settings import DEMO, Settings

WEIGHTS = (".safetensors", ".pth", ".pt")
IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".bmp")
MOST_FOLDERS = 4000
"""That are looked into: a folder with more is not a folder of runs."""


@dataclass(frozen=True)
class Found:
    """A file or folder.

    Attributes:
        name: from its root, with slashes; its code in lists and addresses.
        path: where it lies.
    """

    name: str
    path: str


@st.cache_data(ttl=10, max_entries=4, show_spinner=False)
def checkpoints(settings: Settings) -> tuple[Found, ...]:
    """Files of weights: those of the runs' folder, then the shipped ones."""
    return tuple(
        Found(f"{prefix}{name}", str(root / name))
        for root, prefix in ((settings.runs, ""), (DEMO, "demo/"))
        for name in sorted(_files(root))
    )


@st.cache_data(ttl=10, max_entries=4, show_spinner=False)
def image_folders(settings: Settings) -> tuple[Found, ...]:
    """Folders under the runs' folder that hold images, or a folder of images for each class."""
    root = settings.runs
    holding = {folder for folder, _, files in _walk(root) if any(map(_is_image, files))}
    parents = Counter(folder.parent for folder in holding if folder != root)
    with_classes = {folder for folder, count in parents.items() if count > 1 and folder != root}
    chosen = {folder for folder in holding if folder.parent not in with_classes} | with_classes
    return tuple(Found(_name(root, folder), str(folder)) for folder in sorted(chosen))


def _files(root: Path) -> Iterator[str]:
    for folder, _, files in _walk(root):
        for name in files:
            path = folder / name
            if path.suffix.lower() in WEIGHTS and is_inside(path, root):
                yield _name(root, path)


def _walk(root: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """`os.walk` without links, stores and hidden folders."""
    for count, (folder, folders, files) in enumerate(os.walk(root)):
        if count >= MOST_FOLDERS:
            return
        folders[:] = sorted(n for n in folders if not n.startswith(".") and ".zarr" not in n)
        yield Path(folder), folders, files


def _is_image(name: str) -> bool:
    return not name.startswith(".") and name.lower().endswith(IMAGES)


def _name(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()
