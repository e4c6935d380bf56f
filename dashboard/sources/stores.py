"""The stores that are there: found, named for people and addresses, opened once for all."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
import xarray as xr

from analysis.readable import readable
from analysis.store import find_stores, open_store
from analysis.words import told
from dashboard.shell.settings import DEMO, Settings
from senet_core.errors import InputError


@dataclass(frozen=True)
class Entry:
    """A store that opens.

    Attributes:
        name: short and stable, for lists and addresses.
        path: where it lies.
        version: changes when the store does; with the path it is the key of every cache.
    """

    name: str
    path: str
    version: int


@dataclass(frozen=True)
class Stores:
    """What was found: stores that open, and a sentence for each that does not."""

    entries: tuple[Entry, ...]
    faults: tuple[tuple[str, str], ...]

    def entry(self, name: str) -> Entry:
        """The store called ``name``."""
        return next(entry for entry in self.entries if entry.name == name)


_MOST_STRAYS = 20  # that are named
_NO_FOLDER = told("there is no such folder; give --runs one that exists")


@st.cache_data(ttl=5, max_entries=4, show_spinner=False)
def scan(settings: Settings) -> Stores:
    """Look for stores under the runs' folder and among the shipped ones."""
    entries: list[Entry] = []
    faults: list[tuple[str, str]] = []
    if settings.demand_runs and not settings.runs.is_dir():
        faults.append((str(settings.runs), _NO_FOLDER))
    strays: list[Path] = []
    for name, path in _named_paths((settings.runs, DEMO), strays):
        try:
            entry = Entry(name, str(path), _version(path))
            open_entry(entry)
        except OSError:
            continue  # deleted while we looked
        except InputError as fault:
            faults.append((name, str(fault)))
        else:
            entries.append(entry)
    faults += [(stray.name, _leads_out(stray)) for stray in sorted(strays)[:_MOST_STRAYS]]
    return Stores(tuple(entries), tuple(faults))


def _leads_out(stray: Path) -> str:
    return told(
        f"{stray} is a link that leads out of the served folder, and is not followed; put what "
        "it leads to there, or give --runs the folder that holds both"
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def open_entry(entry: Entry) -> xr.Dataset:
    """The store, shared by all sessions, which only read it.

    Gates and logits stay on disk; labels and keys, a number a sample, and the counts of classes are
    in memory.

    Raises:
        InputError: where it is half-written, damaged or no store at all.
    """
    return open_store(Path(entry.path))


def _named_paths(roots: tuple[Path, ...], strays: list[Path]) -> list[tuple[str, Path]]:
    """Each store under ``roots`` with its name: that of its file, if no other has the same.

    Namesakes are told apart by the way to them from their root, joined by hyphens. ``strays`` takes
    the links that lead out of a root.
    """
    found = [(root, path) for root in roots if root.is_dir() for path in find_stores(root, strays)]
    namesakes = Counter(_stem(path) for _, path in found)
    named: dict[str, Path] = {}
    for root, path in found:
        name = _stem(path)
        if namesakes[name] > 1:
            parts = path.relative_to(root).parts or (path.name,)
            name = readable("-".join(parts).removesuffix(".zarr"))
        while name in named:
            name += "-2"
        named[name] = path
    return list(named.items())


def _stem(path: Path) -> str:
    return readable(path.resolve().name.removesuffix(".zarr"))


def _version(path: Path) -> int:
    """The time of the newest change to the store's own metadata."""
    files = [path, *path.glob("*.json"), *path.glob(".z*")]
    return max(file.stat().st_mtime_ns for file in files)
