"""The form that starts an experiment on the gates, and the command for who may not."""

import shlex

import streamlit as st

from analysis.intervene.results import EXPERIMENTS, Experiment
from analysis.intervene.variants import FILLS, KINDS, SHARES
from analysis.store import gates_of
from dashboard.jobs import results
from dashboard.jobs.collecting import choose_limit
from dashboard.jobs.files import Job, Task
from dashboard.jobs.listed import Kind, attempt, draw_jobs
from dashboard.jobs.runner import jobs
from dashboard.parts import escape, formats, states
from dashboard.parts.controls import switch
from dashboard.shell.language import _
from dashboard.shell.settings import Settings, current_settings
from dashboard.sources.stores import Entry, open_entry

_ORDERS = 8  # of pruning: three ranks and five random draws


def draw_intervening(store: Entry, settings: Settings) -> None:
    """Choose an experiment and start it; the jobs of this page are below."""
    data = open_entry(store)
    names: dict[str, str] = {"blocks": _("block by block"), "pruning": _("pruning")}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        picked = switch(_("Experiment"), names, key="experiment", default="blocks")
        limit = choose_limit(width=220)
        place = st.container(width="content")
    experiment: Experiment = EXPERIMENTS[EXPERIMENTS.index(picked)]  # type: ignore[arg-type]
    images = _images(data["count"].values, limit)
    runs = _runs(experiment, len(gates_of(data)))
    said = _("The network runs {runs} times over {images}.")
    st.caption(said.format(runs=f"{runs:,}", images=formats.count(images, "image")))
    with states.told(_("This cannot be run here")):
        words = results.command(store, experiment, settings)
        words = (*words, "--limit", str(limit)) if limit else words
        if settings.read_only:
            st.markdown(_("This dashboard is read-only. The command line does it:"))
            st.code("python -m analysis " + shlex.join(words), language="bash", wrap_lines=True)
        else:
            with place:
                _button(store, experiment, words)
    if not settings.read_only:
        draw_jobs(Kind("intervene", False, lambda job: _name(job, names), _name_of_result))


def _button(store: Entry, experiment: Experiment, words: tuple[str, ...]) -> None:
    out = words[words.index("--out") + 1]
    task = Task("intervene", store.name, words, out)
    st.button(
        _("Run it"),
        icon=":material/play_arrow:",
        type="primary",
        key=f"interventions-run-{experiment}",
        on_click=attempt,
        args=(jobs(current_settings()).add, task),
    )


def _images(count: object, limit: int) -> int:
    each = [int(number) for number in count]  # type: ignore[attr-defined]
    return sum(min(number, limit) if limit else number for number in each)


def _runs(experiment: Experiment, gates: int) -> int:
    """How often the network sees each image."""
    if experiment == "blocks":
        return 1 + len(KINDS) * (gates + 1)
    return 1 + len(FILLS) * (_ORDERS * len(SHARES) + 1)


def _name(job: Job, names: dict[str, str]) -> str:
    """The store and the experiment, in the language of who reads it."""
    words = job.task.words
    experiment = words[words.index("--experiment") + 1] if "--experiment" in words else ""
    return f"{job.task.name} · {names.get(experiment, experiment)}"


def _name_of_result(job: Job) -> None:
    st.caption(escape.markdown(job.task.out))
