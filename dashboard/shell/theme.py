"""The theme in which the page is shown, so that figures are drawn, and exported, in its colours."""

import streamlit as st

from analysis.figures.palette import INK, Theme

_WATCH = st.components.v2.component(
    "theme_watch",
    js="""
const seen = new WeakMap()
export default function ({ parentElement, setTriggerValue, data }) {
  document.documentElement.lang = data.lang  // in which a screen reader speaks
  // Streamlit calls this again when the theme changes; the figures then have to be drawn anew.
  const element = parentElement.host ?? parentElement
  const now = getComputedStyle(element).getPropertyValue("--st-background-color")
  const before = seen.get(parentElement)
  seen.set(parentElement, now)
  if (before && before !== now) setTriggerValue("changed", now)
}
""",
)


_TAGS = {"en": "en", "zh": "zh-Hans"}
_STYLE = """<style>
/* The primary colour carries white text, so as text on the page it would be too faint. */
[data-testid=stButtonGroup] [data-selected=true]:not([data-disabled]),
[data-testid=stSliderThumbValue] { color: inherit }
/* On a telephone a table's cells stand closer, and break where they must. */
@media (max-width: 640px) {
  [data-testid=stMarkdownContainer] :is(th, td) { padding: .25rem .3rem; overflow-wrap: anywhere }
}
</style>"""


def active_theme() -> Theme:
    """What the browser shows now; light until it has said so."""
    return "dark" if st.context.theme.type == "dark" else "light"


def page_colour(theme: Theme) -> str:
    """The page's background in ``theme``, on which figures are drawn and exported."""
    return st.get_option(f"theme.{theme}.backgroundColor") or INK[theme].surface


def link_colour(theme: Theme) -> str:
    """The colour of links in ``theme``, for HTML of our own."""
    return st.get_option(f"theme.{theme}.linkColor") or INK[theme].text


def draw_style() -> None:
    """What `.streamlit/config.toml` cannot say of the look."""
    st.html(_STYLE)


def watch_theme(spoken: str) -> None:
    """Run the page again when its theme is changed in the menu, which Streamlit does not do.

    And say in which language, ``spoken``, the page is, which Streamlit calls English always.
    """
    _WATCH(key="theme-watch", data={"lang": _TAGS[spoken]}, on_changed_change=lambda: None)
