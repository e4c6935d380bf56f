"""What a page shows where it has nothing to show: one plain sentence, and what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from dashboard.parts import escape, formats
from dashboard.shell.language import _
from dashboard.shell.settings import DEMO, Settings
from dashboard.sources.stores import scan
from senet_core.errors import InputError


def nothing_loaded(settings: Settings) -> None:
    """No store anywhere: the two commands that make one."""
    with st.container(border=True, key="nothing-loaded"):
        st.header(_(":material/inbox: No store is loaded"))
        st.markdown(
            _(
                "A store is what one pass of a network over a data set leaves behind: its gates "
                "and its predictions. Either of these commands makes one."
            )
        )
        st.markdown(_("**The trained networks that come with SENet Lab**, on Fashion-MNIST:"))
        st.code("make demo", language="bash")
        st.markdown(
            _("**A network of your own**, or one by name, on a data set or a folder of images:")
        )
        st.code(
            "python -m analysis collect --checkpoint FILE --dataset NAME "
            f"--out {settings.runs / 'NAME.zarr'}",
            language="bash",
            wrap_lines=True,
        )
        runs, demo = escape.markdown(str(settings.runs)), escape.markdown(str(DEMO))
        looked = _("Looked in {runs} and {demo}, in all folders below them.")
        st.caption(looked.format(runs=runs, demo=demo))
        st.button(_("Look again"), icon=":material/refresh:", on_click=scan.clear)


def sentence(title: str, body: str, *, icon: str = ":material/info:") -> None:
    """A framed sentence (Markdown) in place of what cannot be shown."""
    with st.container(border=True):
        st.markdown(f"{icon} **{title}**")
        st.markdown(body)


@contextmanager
def told(title: str) -> Iterator[None]:
    """Show a fault of the input as its sentence under ``title``; anything else passes."""
    try:
        yield
    except InputError as fault:
        sentence(title, spoken(fault))


def spoken(fault: InputError | str) -> str:
    """A fault as a sentence of Markdown, with a capital and a full stop."""
    said = _(str(fault))
    if "." not in said.split(" ", maxsplit=1)[0]:  # a file's name stays as it is
        said = formats.sentence_case(said)
    return _("{sentence}.").format(sentence=escape.markdown(said))


def faults(found: tuple[tuple[str, str], ...]) -> None:
    """The stores that do not open, each with its sentence."""
    if not found:
        return
    with st.container(border=True, key="faults"):
        st.markdown(_(":material/report: **Not opened** ({n})").format(n=len(found)))
        for name, said in found:
            line = _("**{name}**: {fault}.")
            st.markdown(line.format(name=escape.markdown(name), fault=escape.markdown(_(said))))
