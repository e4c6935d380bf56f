"""The training runs that are there: found, named, read again when they have grown."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
import xarray as xr

from analysis.evolution import NAME
from analysis.folders import require_inside
from analysis.readable import readable
from analysis.runs import BEST, CONFIG, METRICS, Run, find_runs, read_run, run_version
from dashboard.shell.settings import Settings
from senet_core.errors import InputError


@dataclass(frozen=True)
class RunEntry:
    """A run that can be read.

    Attributes:
        name: short and stable, for lists and addresses.
        path: its folder.
        version: changes with every epoch.
    """

    name: str
    path: str
    version: int


@dataclass(frozen=True)
class Runs:
    """What was found: runs, the newest first, and a sentence for each that cannot be read."""

    entries: tuple[RunEntry, ...]
    faults: tuple[tuple[str, str], ...]


_READ = (CONFIG, METRICS, BEST, NAME)
"""What is read in a run's folder."""


@st.cache_data(ttl=5, max_entries=4, show_spinner=False)
def scan_runs(settings: Settings) -> Runs:
    """Look for training runs under the runs' folder."""
    entries: list[RunEntry] = []
    faults: list[tuple[str, str]] = []
    root = settings.runs
    for name, path in _named(root, find_runs(root) if root.is_dir() else []):
        try:
            for file in _READ:
                require_inside(path / file, root)
            entry = RunEntry(name, str(path), run_version(path))
            open_run(entry)
        except InputError as fault:
            faults.append((name, str(fault)))
        except OSError:
            continue  # deleted while we looked
        else:
            entries.append(entry)
    entries.sort(key=lambda entry: (-entry.version, entry.name))
    return Runs(tuple(entries), tuple(faults))


@st.cache_resource(max_entries=256, show_spinner=False)
def open_run(entry: RunEntry) -> Run:
    """The run as its version had it, shared by all sessions; raises InputError as `read_run`."""
    return read_run(entry.path)


def renewed(entry: RunEntry) -> RunEntry:
    """The entry as the run stands now; as it was where its folder is gone."""
    try:
        return RunEntry(entry.name, entry.path, run_version(Path(entry.path)))
    except OSError:
        return entry


def runs_like(data: xr.Dataset, runs: tuple[RunEntry, ...]) -> list[RunEntry]:
    """Runs that a store's network may come from: its own first, else of its network and data."""
    folder = Path(data.attrs["checkpoint_file"]).parent
    own = [entry for entry in runs if _same(folder, entry.path)]
    said = data.attrs["architecture"], data.attrs["dataset"]
    alike = []
    for entry in runs:
        config = open_run(entry).config
        if (config.get("model"), config.get("dataset")) == said:
            alike.append(entry)
    return list(dict.fromkeys([*own, *alike]))


def _same(folder: Path, path: str) -> bool:
    try:
        return folder.resolve() == Path(path).resolve()
    except OSError:
        return False


def _named(root: Path, paths: list[Path]) -> list[tuple[str, Path]]:
    """Each run with the name of its folder; namesakes by the way to them, joined by hyphens."""
    namesakes = Counter(path.name for path in paths)
    named: dict[str, Path] = {}
    for path in paths:
        name = path.resolve().name
        if namesakes[path.name] > 1:
            name = "-".join(path.relative_to(root).parts) or name
        name = readable(name)
        while name in named:
            name += "-2"
        named[name] = path
    return list(named.items())
