"""Cards of the home page: what a store, or a training run, is and how good, with a sparkline."""

import base64
import html
import time
from collections.abc import Sequence

import numpy as np
import streamlit as st
import xarray as xr

from analysis.evolution import open_evolution
from analysis.figures import class_style
from analysis.proportions import Proportion, proportion
from analysis.readable import readable
from analysis.runs import Run, best_metrics
from analysis.statistics.evolution import spread_by_epoch
from analysis.store import gates_of
from dashboard.parts import escape, formats
from dashboard.parts.provenance import facts
from dashboard.shell.language import _
from dashboard.shell.theme import active_theme
from dashboard.sources import cached
from dashboard.sources.runs import RunEntry, open_run
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError


def draw_store(store: Entry) -> None:
    """One store; its name leads to the page that shows most of it."""
    data = open_entry(store)
    gated = bool(gates_of(data))
    known = facts(data)
    curve = (separation(store) if gated else None) or []
    said = _("Class separation (median η²) by depth, {low} to {high}.")
    ends = {
        "low": formats.number(min(curve, default=0)),
        "high": formats.number(max(curve, default=0)),
    }
    with st.container(border=True, gap=None):
        st.page_link(
            "views/excitations.py" if gated else "views/predictions.py",
            label=f"**{escape.markdown(store.name)}**",
            icon=":material/database:",
            query_params={"store": store.name},
        )
        _draw_lines(
            (known[_("Network")], known[_("Data")]),
            (known[_("Images")], known[_("Gates")]),
            accuracy=accuracy_of_store(store, data),
            sparkline=_sparkline(curve, said.format(**ends)),
        )


def draw_run(entry: RunEntry) -> None:
    """One training run."""
    run = open_run(entry)
    curve, said = last_spread(entry), _("Spread between class means by depth, up to {high}.")
    high = formats.number(max(curve, default=0), 3)
    if not curve and "val_accuracy" in run.metrics:
        curve = run.metrics["val_accuracy"].dropna().tolist()
        said = _("Held-out accuracy by epoch, up to {high}.")
        high = formats.percent(max(curve, default=0))
    with st.container(border=True, gap=None):
        st.page_link(
            "views/checkpoints.py",
            label=f"**{escape.markdown(entry.name)}**",
            icon=":material/model_training:",
            query_params={"runs": entry.name},
        )
        _draw_lines(
            (_text(run, "model"), _text(run, "dataset")),
            (_("recipe {recipe}").format(recipe=_text(run, "recipe")), epochs(run)),
            accuracy=accuracy_of_run(entry, run),
            sparkline=_sparkline(curve, said.format(high=high)),
        )


def accuracy_of_store(store: Entry, data: xr.Dataset) -> str:
    """With its interval; or why there is none."""
    accuracy = cached.accuracy(store)
    if accuracy is not None:
        return _with_interval(accuracy)
    reason = _("no labels") if data.attrs["labels"] == "none" else _("labels are not its classes")
    return _("unknown ({reason})").format(reason=reason)


def accuracy_of_run(entry: RunEntry, run: Run) -> str:
    """On the test images with its interval where the run is over, else the best held out."""
    if (tested := _tested(entry)) is not None:
        return _with_interval(tested)
    held_out = run.metrics.get("val_accuracy")
    if held_out is None or not held_out.notna().any():
        return formats.DASH
    return _("{best} held out, at best").format(best=formats.percent(float(held_out.max())))


def epochs(run: Run) -> str:
    """How far it is."""
    said = (
        _("epoch {done} of {planned}, running")
        if run.is_growing(time.time())
        else _("{done} of {planned} epochs")
    )
    return said.format(done=run.done, planned=run.epochs or formats.DASH)


def separation(store: Entry) -> list[float] | None:
    """Median η² of each gate; None where there are no classes to tell apart."""
    try:
        return cached.separation_by_depth(store)["eta2"].tolist()
    except InputError:
        return None


@st.cache_data(max_entries=256, show_spinner=False)
def last_spread(entry: RunEntry) -> list[float]:
    """Spread between class means of each gate after the last epoch; empty without records."""
    try:
        table = spread_by_epoch(open_evolution(entry.path).isel(epoch=[-1]))
    except (InputError, OSError, ValueError, KeyError):
        return []
    values = table["between"].to_numpy(np.float64)
    return values.tolist() if np.isfinite(values).all() else []


@st.cache_data(max_entries=256, show_spinner=False)
def _tested(entry: RunEntry) -> Proportion | None:
    found = best_metrics(open_run(entry))
    share, n = found.get("test_accuracy"), int(found.get("test_images", 0))
    if share is None or not 0 <= share <= 1 or n < 1:
        return None
    return proportion(round(share * n), n)


def _with_interval(found: Proportion) -> str:
    return _("{0} ({1})").format(
        formats.percent(found.value), formats.percent_interval(found.low, found.high)
    )


def _text(run: Run, key: str) -> str:
    return readable(str(run.config.get(key) or run.config.get("images") or formats.DASH))


def _draw_lines(*lines: tuple[str, ...], accuracy: str, sparkline: str) -> None:
    """Quiet lines of facts, cut where they are long, and one of the accuracy with the sparkline."""
    rows = "".join(
        f'<div title="{html.escape(said)}" style="overflow:hidden;text-overflow:ellipsis;'
        f'white-space:nowrap">{html.escape(said)}</div>'
        for said in (" · ".join(parts) for parts in lines)
    )
    label = html.escape(_("accuracy"))
    st.html(
        f'<div style="font-size:0.82rem;line-height:1.55;min-width:0">{rows}'
        '<div style="display:flex;align-items:center;gap:0.8rem;min-width:0">'
        f'<div style="flex:0 1 auto"><span style="opacity:0.72">{label}</span> '
        f"<span>{html.escape(accuracy)}</span></div>{sparkline}</div></div>"
    )


def _sparkline(values: Sequence[float], said: str) -> str:
    """HTML of a small line from zero, told in words to who cannot see it; of one value, none."""
    if len(values) < 2:
        return ""
    top = max(*values, 1e-9)
    step = 100 / (len(values) - 1)
    points = " ".join(f"{i * step:.1f},{22 - 20 * v / top:.1f}" for i, v in enumerate(values))
    color = class_style(5 if active_theme() == "dark" else 0, active_theme()).color
    # Streamlit takes drawings out of HTML, but leaves images.
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 24" preserveAspectRatio="none">'
        f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.7" '
        'vector-effect="non-scaling-stroke"/></svg>'
    )
    uri = "data:image/svg+xml;base64," + base64.b64encode(drawing.encode()).decode()
    return (
        f'<img src="{uri}" alt="{html.escape(said)}" title="{html.escape(said)}" '
        'style="flex:1 1 0;min-width:40px;height:24px">'
    )
