"""Folders under a folder, and none besides: links are followed where they stay inside.

Imports no torch.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from senet_core.errors import InputError


def walk(
    root: Path, ends: Callable[[Path], bool], *, strays: list[Path] | None = None
) -> Iterator[Path]:
    """Each folder under ``root`` and ``root`` itself once, but for hidden ones.

    Args:
        root: where to begin.
        ends: whether what lies in a folder is its own, and not to be gone into.
        strays: takes the links to folders outside of ``root``, which are not followed.
    """
    top = os.path.realpath(root)
    seen: set[str] = set()
    waiting = [(root, top)] if root.is_dir() else []
    while waiting:
        folder, real = waiting.pop()
        if real in seen:
            continue
        seen.add(real)
        yield folder
        for child in reversed(_children(folder, ends)):
            place = os.path.realpath(child) if child.is_symlink() else f"{real}{os.sep}{child.name}"
            if is_inside(place, top):
                waiting.append((child, place))
            elif strays is not None:
                strays.append(child)


def is_inside(path: str | os.PathLike[str], root: str | os.PathLike[str]) -> bool:
    """Whether ``path``, all links followed, lies under ``root`` or is it; it need not exist."""
    try:
        top, real = os.path.realpath(root), os.path.realpath(path)
    except ValueError:  # NUL is in no path
        return False
    return real == top or real.startswith(f"{top.rstrip(os.sep)}{os.sep}")


def require_inside(path: Path, root: Path) -> None:
    """Refuse what does not lie under ``root``.

    Raises:
        InputError: where it leads out, by a link or by ``..``.
    """
    if not is_inside(path, root):
        raise InputError(
            f"{path} leads out of {root}; put the folder itself there, or give --runs its place"
        )


def _children(folder: Path, ends: Callable[[Path], bool]) -> list[Path]:
    """The folders in a folder, by name; a folder that may not be read holds nothing for us."""
    try:
        if ends(folder):
            return []
        with os.scandir(folder) as entries:
            seen = [entry for entry in entries if entry.name[0] != "."]
            names = [one.name for one in seen if one.is_symlink() or one.is_dir()]
    except OSError:
        return []
    found = [folder / name for name in sorted(names)]
    return [one for one in found if os.path.isdir(one)]  # noqa: PTH112, a link to itself is none
