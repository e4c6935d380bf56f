"""Training runs on the Checkpoints page: their curves as they grow, and how their gates evolve."""

import time
from typing import cast

import pandas as pd
import streamlit as st

from analysis.figures.training import Measure, spread_by_epoch, training_curves
from analysis.runs import Run
from dashboard.checkpoints import memo
from dashboard.parts import escape, formats, states
from dashboard.parts.controls import choose_number, choose_one, choose_some, switch
from dashboard.parts.panels import Panel, show_figure
from dashboard.shell.language import _, together
from dashboard.shell.theme import active_theme
from dashboard.sources.background import Work, repeat, while_running
from dashboard.sources.runs import RunEntry, Runs, open_run, renewed, runs_like
from dashboard.sources.stores import Entry, open_entry

MOST_RUNS = 6
LOOK_AGAIN = 10.0
"""Seconds between looks at a run that grows."""


def draw_training(runs: Runs, stores: list[Entry], gate: str | None) -> None:
    """Curves of the chosen runs and the evolution of one; ``gate`` is the label to mark."""
    st.header(_("Training"))
    if not runs.entries:
        states.sentence(
            _("No training run is found"),
            _(
                "A run is a folder with `config.json` and `metrics.csv`, as `train.py --out` "
                "writes it, under the folder that the dashboard was started with."
            ),
        )
        return
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        chosen = choose_runs(runs, stores)
        measure = cast(
            Measure, switch(_("Measure"), _measures(), key="measure", default="accuracy")
        )
    left, right = st.columns(2, gap="medium")
    with left:
        draw_curves(chosen, measure)
    with right:
        draw_evolution(chosen, gate)


def _measures() -> dict[str, str]:
    return {"accuracy": _("accuracy"), "loss": _("loss"), "lr": _("learning rate")}


def choose_runs(runs: Runs, stores: list[Entry]) -> list[RunEntry]:
    """Up to six; the page opens with those that the two stores may come from, else the newest."""
    default: list[RunEntry] = []
    for store in stores:
        alike = [run for run in runs_like(open_entry(store), runs.entries) if run not in default]
        default += alike[:1]
    default = default or list(runs.entries[:2])
    named = {entry.name: entry for entry in runs.entries}
    names = choose_some(
        _("Runs"),
        list(named),
        key="runs",
        default=[name for name in named if name in {entry.name for entry in default}],
        noun=_("the runs"),
        most=MOST_RUNS,
    )
    return [named[name] for name in names]


def draw_curves(entries: list[RunEntry], measure: Measure) -> None:
    """The curves, and again every few seconds while one of the runs grows."""
    if not entries:
        states.sentence(_("No run is chosen"), _("Choose runs above to see their curves."))
        return

    def growing() -> bool:
        return any(open_run(renewed(entry)).is_growing(time.time()) for entry in entries)

    def draw() -> None:
        runs = [(entry.name, open_run(renewed(entry))) for entry in entries]
        panel = Panel(
            key="training-curves",
            title=_("Training curves"),
            caption=together(
                _("Solid: held out; dotted: training."), *(state(name, run) for name, run in runs)
            ),
            help=_(
                "What `train.py` measured after each epoch: solid on images held out from "
                "training, dotted on the training images as they were augmented."
            ),
            alt=_("Line figure of {measure} over epochs for {n} training runs.").format(
                measure=_measures()[measure], n=len(runs)
            ),
        )
        figure = training_curves(
            [(name, run.metrics) for name, run in runs],
            measure,
            planned=max((run.epochs for _n, run in runs if run.is_growing(time.time())), default=0),
            theme=active_theme(),
        )
        show_figure(
            panel,
            figure,
            lambda: pd.concat([run.metrics.assign(run=name) for name, run in runs]),
        )

    repeat(draw, growing, every=LOOK_AGAIN)


def state(name: str, run: Run) -> str:
    """How far a run is, and how good, in a sentence."""
    if not run.done:
        said = _("{run}: no epoch is over yet.")
        return said.format(run=escape.markdown(name))
    said = (
        _("{run}: epoch {done} of {planned}, running; best {best}.")
        if run.is_growing(time.time())
        else _("{run}: {done} of {planned} epochs; best {best}.")
    )
    accuracies = run.metrics.get("val_accuracy", pd.Series(dtype=float))
    return said.format(
        run=escape.markdown(name),
        done=run.done,
        planned=run.epochs or formats.DASH,
        best=formats.percent(float(accuracies.max())) if accuracies.notna().any() else formats.DASH,
    )


def draw_evolution(entries: list[RunEntry], gate: str | None) -> None:
    """How far apart the class means of each gate lie after an epoch, chosen by a slider."""
    recorded = {entry.name: entry for entry in entries if open_run(entry).has_evolution}
    if not recorded:
        states.sentence(
            _("No run here has recorded its gates"),
            _(
                "`train.py` records the mean gate of each class after every epoch where the "
                "network has gates. A baseline has none."
            ),
        )
        return
    names = list(recorded)
    name = names[0]
    if len(names) > 1:
        name = choose_one(
            _("Gates of"), names, key="evolution", default=names[0], noun=_("the run")
        )
    work = memo.evolution(recorded[name])
    epoch = None
    if not work.fault:
        epoch = choose_epoch(work, open_run(recorded[name]).done)
    while_running(lambda: _evolution(work, name, epoch, gate), [work])


def choose_epoch(work: Work[pd.DataFrame], done: int) -> int:
    """The slider; before the epochs are read, over those that are over."""
    last = int(work.parts[0]["epoch"].max()) if work.parts else done
    if last < 2:
        return last
    return choose_number(_("Epoch"), 1, last, key="epoch", default=last)


def _evolution(work: Work[pd.DataFrame], name: str, epoch: int | None, gate: str | None) -> None:
    title = _("The recorded gates cannot be read")
    if work.fault:
        states.sentence(title, states.spoken(work.fault))
        return
    if not work.parts:
        st.caption(_("Reading the gates of each epoch …"))
        return
    table = work.parts[0]
    if table.empty or not table["between"].notna().any():
        states.sentence(title, _("They hold fewer than two classes."))
        return
    there = table["epoch"].unique()
    shown = int(there[there <= epoch].max()) if epoch and (there <= epoch).any() else int(there[0])
    own = table[table["epoch"] == shown].set_index("label")["between"]
    panel = Panel(
        key="spread-by-epoch",
        title=_("How far apart classes lie"),
        caption=_(
            "{run}: after epoch {epoch} the class means lie farthest apart at {gate}, by "
            "{spread}. Move the slider to see where and when classes part."
        ).format(
            run=escape.markdown(name),
            epoch=shown,
            gate=own.idxmax(),
            spread=formats.number(float(own.max()), 3),
        ),
        help=_(
            "The root mean square over the channels of a block of the standard deviation between "
            "class means, after each epoch, over a fixed part of the held-out images. Unlike η² "
            "it knows nothing of the spread within a class, which is not recorded in training."
        ),
        alt=_(
            "Line figure of the spread between class means by gate after epoch {epoch} of "
            "{last}, the other epochs faint behind it."
        ).format(epoch=shown, last=int(there.max())),
    )
    show_figure(
        panel,
        spread_by_epoch(table, shown, highlight=gate, theme=active_theme()),
        lambda: table,
    )
