"""What the Predictions page says, and its gallery."""

import pytest

from analysis.compare import compare_predictions, disagreements
from dashboard.library import Entry, open_entry
from dashboard.sidebar import partner
from tests.dashboard.conftest import words
from tests.synthetic import synthetic_store, write_store


@pytest.fixture
def stores(runs):
    folder = runs / "demo"
    return [open_entry(Entry(name, str(folder / f"{name}.zarr"), 0)) for name in ("se", "plain")]


def tiles(app) -> int:
    return words(app).count('role="listitem"')


def test_the_headline_is_the_comparison(open_app, runs, stores):
    app = open_app(runs, "predictions", store="se")
    found = compare_predictions(*stores)
    shown = [metric.value for metric in app.metric]
    assert shown[0] == f"{100 * found.a.value:.2f}\N{NARROW NO-BREAK SPACE}%"
    assert shown[1] == f"{100 * found.b.value:.2f}\N{NARROW NO-BREAK SPACE}%"
    assert shown[2].replace("\N{MINUS SIGN}", "-") == f"{100 * found.difference:+.2f}"
    assert "one seed each" in words(app)
    assert "does not show that SE helps in general" in words(app)


def test_se_comes_first_whichever_store_is_chosen(open_app, runs):
    first, second = (
        [metric.label for metric in open_app(runs, "predictions", store=store).metric]
        for store in ("se", "plain")
    )
    assert first[:2] == ["Accuracy, SE", "Accuracy, baseline"]
    assert first == second


def test_the_partner_of_an_se_store_is_its_baseline(open_app, runs):
    assert open_app(runs, "predictions", store="se").selectbox(key="other").value == "plain"
    assert open_app(runs, "predictions", store="plain").selectbox(key="other").value == "se"


def test_the_second_store_is_asked_for_only_where_two_are_compared(open_app, runs):
    keys = [box.key for box in open_app(runs, "excitations").selectbox]
    assert "other" not in keys


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("SE alone right", "only_a"),
        ("baseline alone right", "only_b"),
        ("both wrong alike", "same_error"),
        ("both wrong differently", "different_errors"),
    ],
)
def test_each_group_shows_its_images(open_app, runs, stores, name, group):
    app = open_app(runs, "predictions", store="se", group=name)
    size = int((disagreements(*stores)["group"] == group).sum())
    assert f"{size} in this group" in words(app)
    assert tiles(app) == min(size, 9)


def test_the_second_page_shows_the_rest(open_app, runs, stores):
    size = int((disagreements(*stores)["group"] == "only_a").sum())
    assert 9 < size < 9 * 9
    app = open_app(runs, "predictions", store="se", page=str(-(-size // 9)))
    assert tiles(app) == (size - 1) % 9 + 1


def test_another_group_begins_at_its_first_page(open_app, runs):
    app = open_app(runs, "predictions", store="se", page="2")
    app.segmented_control(key="group").set_value("only_b").run()
    assert app.get("pagination")[0].value == 1
    assert not app.exception


def test_the_gallery_can_be_of_the_chosen_classes_alone(open_app, runs, stores):
    table = disagreements(*stores)
    bags = table[(table["group"] == "only_a") & (table["label"] == 8)]
    app = open_app(runs, "predictions", store="se", classes="Bag", of="chosen classes")
    assert tiles(app) == len(bags) or "No image here" in words(app)


def test_the_top_five_of_both_are_bars(open_app, runs):
    said = words(open_app(runs, "predictions", store="se"))
    assert said.count("SE, %") == said.count("baseline, %") == tiles_of(said)
    assert said.count("position:absolute;inset:0 auto 0 0") == 10 * tiles_of(said)


def tiles_of(said: str) -> int:
    return said.count('role="listitem"')


def test_the_partner_is_of_the_same_images_and_unlike_in_se(tmp_path):
    made = {
        "a_wide_se": synthetic_store(per_class=2, seed=3),
        "b_other_images": synthetic_store(per_class=3, gates=()),
        "c_plain": synthetic_store(per_class=2, gates=(), architecture="resnet50"),
        "d_twin": synthetic_store(per_class=2, gates=()),
    }
    others = [
        Entry(name, str(write_store(store, tmp_path / f"{name}.zarr")), 0)
        for name, store in made.items()
    ]
    se = Entry("se", str(write_store(synthetic_store(per_class=2), tmp_path / "se.zarr")), 0)
    for gone in ("d_twin", "c_plain", "a_wide_se", "b_other_images"):
        assert partner(se, others).name == gone
        others = [other for other in others if other.name != gone]
