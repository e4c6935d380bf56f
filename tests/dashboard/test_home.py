"""What the home page tells of what is loaded."""

from dashboard.shell import settings
from dashboard.shell.navigation import PLACES
from dashboard.sources.runs import scan_runs
from tests.dashboard.conftest import charts, words
from tests.dashboard.training_runs import quiet, training_run
from tests.synthetic import flattened, synthetic_store, write_store


def links(app) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


def test_each_store_and_run_has_a_card(open_app, tmp_path):
    write_store(synthetic_store(per_class=5), tmp_path / "se.zarr")
    write_store(synthetic_store(per_class=5, gates=()), tmp_path / "plain.zarr")
    quiet(training_run(tmp_path / "first", gates=False))
    training_run(tmp_path / "second", epochs=2)
    scan_runs.clear()
    app = open_app(tmp_path)
    assert not app.exception
    assert [name.strip("*") for name in links(app)][-4:] == ["plain", "se", "second", "first"]
    said = words(app)
    assert "2 stores of 2 networks, 2 training runs" in said
    assert "epoch 2 of 3, running" in said
    assert "3 of 3 epochs" in said
    assert "70.0" in said
    assert "Class separation (median η²) by depth" in said
    assert "Spread between class means by depth" in said
    assert "Held-out accuracy by epoch" in said
    assert len(charts(app)) == 1


def test_hollow_points_are_explained_where_there_are_any(open_app, tmp_path):
    write_store(synthetic_store(per_class=5), tmp_path / "se.zarr")
    assert "Hollow points" not in words(open_app(tmp_path))
    flat = flattened(synthetic_store(per_class=5), "layer1.1.se")
    write_store(flat, tmp_path / "more" / "flat.zarr")
    app = open_app(tmp_path)
    assert "Hollow points: gates that hardly vary" in words(app)
    hollow = [t for t in charts(app)[0]["data"] if "color" in t.get("marker", {})]
    assert [len(trace["marker"]["color"]) for trace in hollow] == [4]


def test_starting_points_lead_to_pages_that_are_there(open_app, runs):
    shown = links(open_app(runs))
    names = {place.name for place in PLACES}
    assert ("**See what SE does to one image**" in shown) == ("block" in names)
    assert "**Compare SE with its baseline**" in shown
    assert "**Where does the network tell classes apart?**" in shown


def test_runs_alone_are_shown_beside_the_way_to_a_store(open_app, tmp_path):
    quiet(training_run(tmp_path / "alone"))
    scan_runs.clear()
    app = open_app(tmp_path)
    assert "No store is loaded" in words(app)
    assert "**alone**" in links(app)


def test_a_button_is_offered_unless_nothing_may_be_written(open_app, tmp_path, monkeypatch):
    assert ("Collect in the browser" in links(open_app(tmp_path))) == any(
        place.name == "zoo" for place in PLACES
    )
    whole = settings.read_settings
    monkeypatch.setattr(
        settings, "read_settings", lambda words, **o: whole([*words, "--read-only"], **o)
    )
    assert "Collect in the browser" not in links(open_app(tmp_path))
