"""What a store must have for a statistic; else one sentence that says how to mend it."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.naming import Gate
from analysis.store import gates_of
from senet_core.errors import InputError


def require_gates(ds: xr.Dataset) -> list[Gate]:
    """The gates of ``ds``, in the network's order.

    Raises:
        InputError: where the store has none.
    """
    gates = gates_of(ds)
    if not gates:
        name = ds.attrs.get("architecture", "this network")
        raise InputError(
            f"the store of {name} has no gates (it is a baseline); open the store of an SE network"
        )
    return gates


def require_gate(ds: xr.Dataset, gate: str) -> None:
    """Make sure that ``ds`` has the gate ``gate``.

    Raises:
        InputError: where the store has no gates at all, or none of this name.
    """
    paths = [known.path for known in require_gates(ds)]
    if gate not in paths:
        raise InputError(f"the store has no gate {gate!r}; choose from {', '.join(paths)}")


def require_bounded(ds: xr.Dataset, gate: str) -> None:
    """Make sure that the gates of ``gate`` lie in [0, 1], so that they can be open or shut.

    Raises:
        InputError: where the store has no such gate, or its gates are not bound to [0, 1].
    """
    require_gate(ds, gate)
    if not is_bounded(ds, gate):
        raise InputError(
            f"{gate} has gates outside [0, 1], which cannot saturate; choose a gate with a sigmoid"
        )


def is_bounded(ds: xr.Dataset, gate: str) -> bool:
    """Whether the gates of ``gate`` lie in [0, 1]."""
    return all(known.bounded for known in gates_of(ds) if known.path == gate)


def present_classes(ds: xr.Dataset) -> npt.NDArray[np.int64]:
    """(K,): places on ``class`` of the classes that have samples.

    Raises:
        InputError: where no sample has a label.
    """
    classes = np.flatnonzero(ds["count"].values)
    if not len(classes):
        raise InputError(
            "the store has no labelled samples; collect from class folders to compare classes"
        )
    return classes


def class_names(ds: xr.Dataset, labels: npt.NDArray[np.int64]) -> list[str]:
    """The name of each label, "" for those below 0, which are none."""
    names = ds["class"].values
    return ["" if label < 0 else str(names[label]) for label in labels]
