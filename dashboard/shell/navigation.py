"""The pages: their addresses, names and groups, and which choices of the sidebar each heeds."""

from dataclasses import dataclass

import streamlit as st
from streamlit.navigation.page import Page

from dashboard.shell.language import _, marked


@dataclass(frozen=True)
class Place:
    """A page.

    Attributes:
        name: of its file in ``views/``, and its address.
        title: in English, as `language._` takes it.
        icon: of Material Symbols.
        group: the heading that it stands under.
        heeds: the choices of the sidebar that it uses: ``store``, ``other``, ``gate``, ``classes``.
    """

    name: str
    title: str
    icon: str
    group: str = ""
    heeds: frozenset[str] = frozenset({"store"})

    @property
    def file(self) -> str:
        """Its file, as `st.page_link` takes it."""
        return f"views/{self.name}.py"


_ALL = frozenset({"store", "gate", "classes"})
_TWO = frozenset({"store", "other", "classes"})
_PAIR = frozenset({"store", "other", "gate"})

PLACES = (
    Place("home", marked("Home"), "home"),
    Place(
        "block",
        marked("The SE block, step by step"),
        "footprint",
        marked("Learn"),
        frozenset({"store", "gate"}),
    ),
    Place("lessons", marked("Lessons"), "school", marked("Learn"), _TWO),
    Place("excitations", marked("Excitations"), "equalizer", marked("Explore"), _ALL),
    Place("depth", marked("Depth"), "stacked_line_chart", marked("Explore")),
    Place("predictions", marked("Predictions"), "compare_arrows", marked("Compare"), _TWO),
    Place("checkpoints", marked("Checkpoints"), "difference", marked("Compare"), _PAIR),
    Place(
        "attribution",
        marked("Attribution"),
        "center_focus_strong",
        marked("Explain"),
        frozenset({"store", "other", "gate"}),
    ),
    Place("interventions", marked("Interventions"), "tune", marked("Explain")),
    Place("zoo", marked("Zoo"), "hub", marked("Models"), frozenset()),
)


def pages() -> dict[str, list[Page]]:
    """What `st.navigation` takes, in the language of the session."""
    groups: dict[str, list[Page]] = {}
    for place in PLACES:
        home = place.name == "home"
        page = st.Page(
            place.file,
            title=_(place.title),
            icon=f":material/{place.icon}:",
            url_path=None if home else place.name,
            default=home,
        )
        groups.setdefault(_(place.group) if place.group else "", []).append(page)
    return groups


def place_of(page: Page) -> Place:
    """The place that a page of `pages` is."""
    name = page.url_path or "home"
    return next(place for place in PLACES if place.name == name)
