"""Addresses of anything: every page opens, and says what of a link is not there."""

import ast
from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

from dashboard.parts.picture import PARAMETER as IMAGE
from dashboard.shell.language import PARAMETER as LANGUAGE
from dashboard.shell.navigation import PLACES
from tests.dashboard.conftest import words
from tests.trust.fuzzing import COUNTED, bounded, fuzz

ROOT = Path(__file__).resolve().parents[2]
PAGES = [place.name for place in PLACES]
STORES = ("se", "plain", "tricky")
CONTROLS = {"choose_one", "choose_some", "switch", "choose_whether", "choose_number", "turn_page"}
CONTROLS |= {"kept", "asked"}


def parameters() -> list[str]:
    """The name of every choice that an address can hold, read from the sources."""
    found = {IMAGE, LANGUAGE}
    for file in sorted((ROOT / "dashboard").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        named = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called not in CONTROLS:
                continue
            keys = [word.value for word in node.keywords if word.arg == "key"] or node.args[:1]
            for key in keys:
                value = named.get(getattr(key, "id", ""), getattr(key, "value", None))
                if isinstance(value, str):
                    found.add(value)
    return sorted(found)


PARAMETERS = parameters()
values = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            *("se", "plain", "tricky", "SE_2_1", "SE_1_1", "Bag", "Coat", "mean", "0", "1", "2"),
            *("-1", "1e9", "nan", "inf", "0.5", "٣", "²", "9" * 5000, "\0", "", " ", "zh", "best"),
            *(
                "<script>alert(1)</script>",
                "*x*",
                "$x$",
                "../../etc/passwd",
                "\u202egpj",
                "%s",
                "{x}",
            ),
            *("layer1.0.se", "blocks", "pruning", "heat", "None", "True", "x" * 3000, "[a](b)"),
        ]
    ),
)
addresses = st.dictionaries(
    st.sampled_from(PARAMETERS) | st.text(max_size=8),
    values | st.lists(values, max_size=3),
    min_size=1,
    max_size=12,
)


def opened(open_app, runs: Path, page: str, address: dict[str, str | Sequence[str]], slow: bool):
    COUNTED["address", slow] += 1
    with bounded():
        app = open_app(runs, page, **address)
    assert not app.exception, (page, address)
    assert not app.error, (page, address)
    assert app.session_state["address"].known <= set(PARAMETERS)
    return app


@fuzz(6, 200, page=st.sampled_from(PAGES), address=addresses)
def test_any_address_opens_its_page(open_app, runs, *, page, address, slow):
    app = opened(open_app, runs, page, address, slow)
    store = address.get("store", "se")
    asked = store if isinstance(store, str) else ("se", *store)[-1]
    if page != "zoo" and asked.strip() and asked not in STORES:
        assert "The link asked for the store" in words(app), address


@fuzz(2, 50, page=st.sampled_from(PAGES), value=values)
def test_a_page_opens_with_the_same_nonsense_in_every_choice(open_app, runs, *, page, value, slow):
    opened(open_app, runs, page, dict.fromkeys(PARAMETERS, value), slow)


def test_a_parameter_that_is_none_of_ours_stays_as_it_is(open_app, runs):
    app = open_app(runs, "excitations", **{"a b": "x"})
    assert app.query_params["a b"] == "x"
