"""What `python -m analysis summary` and `compare` print: stores as text."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from analysis.compare import (
    Calibration,
    Comparison,
    accuracy,
    calibration,
    calibration_difference,
    compare_predictions,
    comparison_table,
    per_class_change,
)
from analysis.proportions import Proportion
from analysis.statistics import saturation, separation_by_depth
from analysis.statistics.bootstrap import Interval
from analysis.statistics.class_moments import mean_std_of_images
from analysis.statistics.saturation import STILL
from analysis.store import gates_of, store_name

_MOST_CLASSES = 20


def summary(data: xr.Dataset) -> str:
    """A store in a page: what it is, its accuracy, and a row a gate."""
    present = int((data["count"].values > 0).sum())
    parts = [
        " · ".join(filter(None, (store_name(data), data.attrs["split"]))),
        f"{data.sizes['sample']:,} images, {present or 'no'} labelled classes, "
        f"{data.attrs['parameters']:,} parameters",
    ]
    if data.attrs["labels"] == "model":
        parts.append(f"accuracy {_share(accuracy(data))}")
    elif data.attrs["labels"] == "folder":
        parts.append("no accuracy: the folders are not classes of the network")
    gates = gates_of(data)
    if not gates:
        return "\n".join([*parts, "no gates: a baseline"])
    return "\n".join([*parts, "", _gate_table(data, present)])


def comparison(stores: Sequence[xr.Dataset]) -> str:
    """Two stores in detail, or more as one table, on the same images.

    Raises:
        InputError: where they hold different images or no usable labels.
    """
    if len(stores) == 2:
        return _pair(*stores)
    return "\n".join([_several(comparison_table(stores)), *_notes(stores)])


def _gate_table(data: xr.Dataset, present: int) -> str:
    """A row a gate; the columns that need two classes are there only where there are two."""
    rows = []
    for gate in gates_of(data):
        row: dict[str, object] = {"gate": gate.label, "path": gate.path, "channels": gate.channels}
        if gate.bounded and present:
            shares = saturation(data, gate.path)
            row |= {"under 0.1": shares["low"].mean(), "over 0.9": shares["high"].mean()}
            row["never vary"] = np.mean(mean_std_of_images(data, gate.path)[1] <= STILL)
        rows.append(row)
    table = pd.DataFrame(rows)
    if present > 1 and data["count"].values.sum() > present:
        depth = separation_by_depth(data)
        table["η² median"] = depth["eta2"]
        table["separating"] = depth["share_separating"]
    for name in ("under 0.1", "over 0.9", "never vary", "separating"):
        if name in table:
            table[name] = table[name].map(_percent)
    return table.to_string(index=False, float_format="{:.3f}".format, na_rep="")


def _pair(a: xr.Dataset, b: xr.Dataset) -> str:
    result = compare_predictions(a, b)
    change = per_class_change(a, b)
    ranked = change.reindex(change["change"].abs().sort_values(ascending=False).index)
    shown = change if len(change) <= _MOST_CLASSES else ranked.head(_MOST_CLASSES)
    heading = f"accuracy by class; change is a - b in points{_which(len(shown), len(change))}"
    parts = [_headline(a, b, result), _calibration(a, b), *_notes([a, b])]
    return "\n".join([*parts, "", heading, _class_table(shown)])


def _headline(a: xr.Dataset, b: xr.Dataset, result: Comparison) -> str:
    points = "{:+.2f}".format
    lines = [
        f"a  {store_name(a)}: accuracy {_share(result.a)}",
        f"b  {store_name(b)}: accuracy {_share(result.b)}",
        f"a - b  {points(100 * result.difference)} points "
        f"(95 % interval {points(100 * result.low)} to {points(100 * result.high)}), "
        f"McNemar's exact p = {result.p:.3g}",
        f"of {result.n:,} images: both right {result.both_right:,}, only a {result.only_a:,}, "
        f"only b {result.only_b:,}, both wrong {result.both_wrong:,}; "
        f"same prediction {100 * result.agreement.value:.2f} %",
    ]
    return "\n".join(lines)


def _calibration(a: xr.Dataset, b: xr.Dataset) -> str:
    """A row each for a, b and their difference."""
    rows: list[tuple[str, Calibration]] = [("a", calibration(a)), ("b", calibration(b))]
    rows.append(("a - b", calibration_difference(a, b)))
    table = pd.DataFrame(
        {
            "": [name for name, _ in rows],
            "ECE in points": [_span(found.ece, 100, sign=n == "a - b") for n, found in rows],
            "NLL in nats": [_span(found.nll, sign=n == "a - b") for n, found in rows],
            "Brier score": [_span(found.brier, sign=n == "a - b") for n, found in rows],
        }
    )
    return f"calibration, with 95 % intervals\n{table.to_string(index=False)}"


def _several(table: pd.DataFrame) -> str:
    """`comparison_table` as text; a letter for each store, since names may repeat."""
    width = table["network"].str.len().max()
    names = [f"{chr(97 + row)}  {name:{width}}" for row, name in enumerate(table["network"])]

    def spans(name: str, low: str, high: str, scale: float = 1, *, sign: bool = False) -> list[str]:
        columns = table[[name, low, high]].itertuples(index=False)
        return [_span(Interval(*row), scale, sign=sign) for row in columns]

    shown = pd.DataFrame(
        {
            "network": names,
            "accuracy %": spans("accuracy", "low", "high", 100),
            "less a": spans("difference", "difference_low", "difference_high", 100, sign=True),
            "p": ["" if np.isnan(p) else f"{p:.3g}" for p in table["p"]],
            "ECE %": spans("ece", "ece_low", "ece_high", 100),
            "NLL": spans("nll", "nll_low", "nll_high"),
            "parameters": table["parameters"].map("{:,}".format),
        }
    )
    return (
        f"{table['n'][0]:,} images; in brackets 95 % intervals; p is McNemar's exact of each "
        f"against a, corrected over the pairs (Holm)\n{shown.to_string(index=False)}"
    )


def _notes(stores: Sequence[xr.Dataset]) -> list[str]:
    """What should be known before numbers are compared."""
    if len({ds.attrs["transform"] for ds in stores}) == 1:
        return []
    return ["note: the images were preprocessed differently for these networks"]


def _class_table(change: pd.DataFrame) -> str:
    table = change[["class", "n", "accuracy_a", "accuracy_b", "change", "p"]].copy()
    for name in ("accuracy_a", "accuracy_b"):
        table[name] = table[name].map(_percent)
    table["change"] = table["change"].map(lambda change: f"{100 * change:+.1f}")
    table["p"] = table["p"].map("{:.3g}".format)
    return table.rename(columns={"accuracy_a": "a", "accuracy_b": "b"}).to_string(index=False)


def _which(shown: int, there: int) -> str:
    return "" if shown == there else f" (the {shown} of {there} that differ most)"


def _span(found: Interval, scale: float = 1, *, sign: bool = False) -> str:
    """A number and its interval, ``7.56 (3.05, 7.88)``; nothing where there is none."""
    if np.isnan(found.value):
        return ""
    digits = 2 if scale == 100 else 3
    form = f"{{:{'+' if sign else ''}.{digits}f}}".format
    value, low, high = (form(scale * number) for number in (found.value, found.low, found.high))
    return f"{value} ({low}, {high})"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _share(p: Proportion) -> str:
    return f"{100 * p.value:.2f} % (95 % interval {100 * p.low:.2f} to {100 * p.high:.2f})"
