"""The background jobs of a page, as they stand: polled every second while one is at work."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.jobs.files import Job
from dashboard.jobs.runner import Jobs, jobs
from dashboard.parts import escape, formats, states
from dashboard.shell.language import _, marked
from dashboard.shell.settings import current_settings
from dashboard.sources.stores import Stores, scan
from senet_core.errors import InputError

_SEEN = "jobs-seen"
_FAULT = "jobs-fault"
_STATES = {
    "waiting": marked(":material/schedule: waiting for its turn"),
    "running": marked(":material/sync: at work"),
    "stopping": marked(":material/stop_circle: stopping"),
    "done": marked(":material/check_circle: done"),
    "failed": marked(":material/error: failed"),
    "cancelled": marked(":material/cancel: cancelled"),
    "lost": marked(":material/power_off: broken off"),
}
_RUNNING = marked("running the network")
_DOING = {"collecting": marked("collecting"), "summing up": marked("summing up")}


@dataclass(frozen=True)
class Kind:
    """Jobs of one command, and what a page says of them.

    Attributes:
        command: of `python -m analysis`.
        resumes: what a stopped job did is kept, and is not done again.
        name: what a job is called; plain text.
        finished: draws what leads to the result of a job that is done.
    """

    command: str
    resumes: bool
    name: Callable[[Job], str]
    finished: Callable[[Job], None]


def attempt(act: Callable[..., object], *arguments: object) -> None:
    """Do what a button asks for; why it cannot be done is said by the next `draw_jobs`."""
    try:
        act(*arguments)
    except InputError as fault:
        st.session_state[_FAULT] = str(fault)


def draw_jobs(kind: Kind) -> None:
    """The jobs of one kind, with what can be done to each; nothing where there are none."""
    if fault := st.session_state.pop(_FAULT, None):
        with states.told(_("That cannot be done")):
            raise InputError(fault)
    manager = jobs(current_settings())
    st.session_state[_SEEN] = _states(manager, kind)
    busy = any(job.active for job in _own(manager, kind))

    @st.fragment(run_every=1 if busy else None)
    def part() -> None:
        if _states(manager, kind) != st.session_state[_SEEN]:
            scan.clear()
            st.rerun()  # the whole page, whose clock and stores may be others now
        for job in _own(manager, kind):
            _draw(manager, job, kind)

    part()


def duration(seconds: float) -> str:
    """A time that need not be exact: ``40 s``, ``12 min``, ``3 h 20 min``."""
    whole = max(0, round(seconds))
    if whole < 100:
        return _("{n} s").format(n=whole)
    minutes = round(whole / 60)
    if minutes < 100:
        return _("{n} min").format(n=minutes)
    return _("{h} h {m} min").format(h=minutes // 60, m=minutes % 60)


def opens(stores: Stores, out: str) -> str | None:
    """The name of the store that lies at ``out``, where it opens."""
    wanted = Path(out).resolve()
    found = (entry.name for entry in stores.entries if Path(entry.path).resolve() == wanted)
    return next(found, None)


def _own(manager: Jobs, kind: Kind) -> list[Job]:
    return [job for job in manager.all() if job.task.kind == kind.command]


def _states(manager: Jobs, kind: Kind) -> dict[str, str]:
    return {job.key: job.state for job in _own(manager, kind)}


def _draw(manager: Jobs, job: Job, kind: Kind) -> None:
    with st.container(border=True, gap="xsmall", key=f"job-{job.key}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            name = escape.markdown(kind.name(job))
            st.markdown(f"**{name}** &nbsp; {_(_STATES[job.state])}", width="stretch")
            if job.state == "done":
                kind.finished(job)
            _buttons(manager, job)
        if job.state in ("running", "stopping"):
            _bar(job)
        if job.state == "failed":
            st.markdown(escape.markdown(_(job.error) or _("It left no word.")))
        if job.state in ("cancelled", "lost") and kind.resumes:
            st.caption(_("What it has done is kept: it goes on from there."))
        elif job.state in ("cancelled", "lost"):
            st.caption(_("Nothing of it is kept: going on begins anew."))


def _buttons(manager: Jobs, job: Job) -> None:
    if job.state in ("waiting", "running"):
        label, icon, act = _("Cancel"), "stop", manager.cancel
    elif job.state in ("failed", "cancelled", "lost"):
        label, icon, act = _("Go on"), "play_arrow", manager.resume
    else:
        label = ""
    if label:
        st.button(
            label,
            icon=f":material/{icon}:",
            key=f"job-{icon}-{job.key}",
            on_click=attempt,
            args=(act, job.key),
        )
    if not job.active:
        st.button(
            _("Take off the list"),
            icon=":material/close:",
            type="tertiary",
            key=f"job-forget-{job.key}",
            on_click=manager.forget,
            args=(job.key,),
            help=_("The result stays where it is."),
        )


def _bar(job: Job) -> None:
    """How far it is, how fast, and how long it will take."""
    now = job.progress
    if now is None or not now.total:
        st.progress(0.0, text=_("Starting: the network and the images are being opened"))
        return
    doing = _(_DOING.get(now.doing, _RUNNING))
    parts = [
        _("{doing}: {done:,} of {total:,}").format(doing=doing, done=now.done, total=now.total)
    ]
    if now.unit == "image" and now.rate:
        rate = formats.number(now.rate, 0 if now.rate >= 10 else 1)
        parts.append(_("{rate} images/s").format(rate=rate))
    if now.left is not None:
        parts.append(_("{time} left").format(time=duration(now.left)))
    st.progress(min(1.0, now.done / now.total), text=" · ".join(parts))
