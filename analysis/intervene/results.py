"""Results of `python -m analysis intervene`, kept where they are found again. Imports no torch.

A folder for each store, ``NAME-DIGEST``, in which the digest is of the network's weights and of the
images: what was found with another training or other photographs is never taken for this store's.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import xarray as xr

from analysis.folders import is_inside
from analysis.spreadsheet import read_csv

FOLDER = "interventions"
Experiment = Literal["blocks", "pruning"]
EXPERIMENTS: tuple[Experiment, ...] = ("blocks", "pruning")
_TEXTS = ("kind", "label", "path", "fill", "rank", "class")
_NEEDED = {
    "blocks": {"kind", "label", "depth", "accuracy", "change_low", "p", "n", "log_p_change"},
    "pruning": {"fill", "rank", "draw", "share", "accuracy", "change_low", "n", "log_p_change"},
}


@dataclass(frozen=True, slots=True)
class Result:
    """The tables of one experiment.

    Attributes:
        table: a row a variant, the unmodified network first; as `Outcomes.table`.
        by_class: as `Outcomes.by_class`; None where it was not written.
    """

    table: pd.DataFrame
    by_class: pd.DataFrame | None


def results_name(ds: xr.Dataset) -> str:
    """The name of the folder that a store's results are kept in."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{ds.attrs['architecture']}.{ds.attrs['dataset']}")
    return f"{plain}-{_digest(ds)}"


def result_files(folder: Path, experiment: Experiment) -> tuple[Path, Path]:
    """Where `--out` and `--by-class` of an experiment go."""
    return folder / f"{experiment}.csv", folder / f"{experiment}-by-class.csv"


def find_result(ds: xr.Dataset, roots: Sequence[Path], experiment: Experiment) -> Result | None:
    """The result of an experiment on a store's network and images, of the first root that has it.

    Args:
        ds: the store.
        roots: folders that hold folders of results, whatever stands before their digest.
        experiment: which one.
    """
    for root in roots:
        for folder in sorted(root.glob(f"*-{_digest(ds)}")):
            if not all(is_inside(file, root) for file in result_files(folder, experiment)):
                continue
            table_file, class_file = result_files(folder, experiment)
            table = _read(table_file, _NEEDED[experiment])
            if table is not None and len(table) > 1:
                needed = {"class", "accuracy", "change", "change_low", "change_high", "p", "n"}
                return Result(table, _read(class_file, needed))
    return None


def result_stamp(ds: xr.Dataset, roots: Sequence[Path], experiment: Experiment) -> tuple[int, ...]:
    """Changes where what `find_result` gives may have changed; for caches."""
    files = [file for root in roots for file in root.glob(f"*-{_digest(ds)}/{experiment}*.csv")]
    return tuple(file.stat().st_mtime_ns for file in sorted(files))


def _read(file: Path, needed: set[str]) -> pd.DataFrame | None:
    """The table in a file; None where there is none, or another one."""
    try:
        table = read_csv(file, texts=_TEXTS)
    except (OSError, ValueError):  # pandas' errors of parsing are ValueErrors
        return None
    return table if needed <= set(table.columns) else None


def _digest(ds: xr.Dataset) -> str:
    said = [str(ds.attrs.get(name, "")) for name in ("weights_digest", "dataset_digest")]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]
