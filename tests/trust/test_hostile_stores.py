"""Stores with damage or lies in them: one sentence, little memory, and all others go on."""

import json
import shutil
import time
from pathlib import Path

import numpy as np
import pytest

from analysis.evolution import open_evolution
from analysis.runs import read_run
from analysis.statistics import moments
from analysis.store import StoreError, find_stores, open_store
from senet_core import InputError
from tests.dashboard.conftest import PAGES, charts, pair, words
from tests.dashboard.training_runs import training_run
from tests.trust.harm import (
    FIRST,
    LAST,
    all_at_once,
    attribute,
    bomb,
    collected,
    content,
    described,
    gate,
    linked,
    put,
    removed,
    sized,
    values,
)
from tests.trust.measuring import measured

CHUNK = f"gate.{FIRST}/c/1/0"
HUGE = 10**12
WRONG_SIZE = "is not of the size that it should be"
WRONG_KIND = "is not the kind of array that it should be"


def codecs(*names):
    return [{"name": name, "configuration": {}} for name in names]


HARMS = {
    "chunk missing": (removed(CHUNK), f"the chunk {CHUNK} is missing"),
    "chunks missing": (removed("logits/c"), "the chunk logits/c/0/0 is missing"),
    "moments missing": (removed(f"std.{LAST}/c"), f"the chunk std.{LAST}/c/0/0 is missing"),
    "chunk cut": (content(CHUNK, lambda b: b[:-2]), f"the chunk {CHUNK} {WRONG_SIZE}"),
    "chunk too long": (content(CHUNK, lambda b: b + b"\0\0"), f"the chunk {CHUNK} {WRONG_SIZE}"),
    "chunk is a folder": (
        lambda store: (removed(CHUNK)(store), (store / CHUNK).mkdir()),
        f"the chunk {CHUNK} {WRONG_SIZE}",
    ),
    "labels garbled": (content("label/c/0", lambda b: b"\xff" * len(b)), "the chunk label/c/0"),
    "labels' bits flipped": (
        content("label/c/0", lambda b: b[:-3] + bytes([b[-3] ^ 255]) + b[-2:]),
        "is damaged",
    ),
    "labels gone": (removed("label/c"), "its counts do not agree with its labels"),
    "label outside classes": (values("label", put(-1, 3)), "a label is none of its classes"),
    "label under -1": (values("label", put(0, -2)), "a label is none of its classes"),
    "labels unordered": (values("label", put(0, 2)), "not in the order of their classes"),
    "counts negative": (values("count", put(0, -100)), "its counts do not agree"),
    "counts wrong": (values("count", put(1, 99)), "its counts do not agree"),
    "no image valid": (values("valid", put(slice(None), False)), "it has no image"),
    "names bomb": (content("class/c/0", lambda _: bomb("zstd", 300)), "the chunk class/c/0"),
    "labels bomb": (content("label/c/0", lambda _: bomb("zstd", 64)), "the chunk label/c/0"),
    "array gone": (removed("count"), "it has no 'count'"),
    "array no JSON": (content("count/zarr.json", lambda _: b"{"), "count/zarr.json is no JSON"),
    "array deep": (content("count/zarr.json", lambda _: b"[" * 10**6), "is no JSON"),
    "other channels": (gate(channels=5), f"gate.{FIRST} has the sizes 300 × 4 where 300 × 5"),
    "other samples": (
        described("logits", shape=[299, 3]),
        "logits has the sizes 299 × 3 where 300 × 3 are needed",
    ),
    "other bins": (described(f"hist.{FIRST}", shape=[3, 4, 49]), "where 3 × 4 × 50 are needed"),
    "sides swapped": (
        described("logits", dimension_names=["class", "sample"]),
        f"logits {WRONG_KIND}",
    ),
    "no dimensions": (described("logits", dimension_names=None), "describes no array"),
    "labels real": (described("label", data_type="float64"), f"label {WRONG_KIND}"),
    "objects": (described("class", data_type="object"), "describes no array that is known"),
    "bytes of any length": (
        described("class", data_type="variable_length_bytes"),
        "describes no array that is known",
    ),
    "pickles": (
        described("class", codecs=codecs("vlen-utf8", "numcodecs.pickle")),
        "packed by vlen-utf8, numcodecs.pickle, which is not read here",
    ),
    "packed twice": (described("count", codecs=codecs("bytes", "zstd", "zstd")), "is packed by"),
    "unknown codec": (described("count", codecs=codecs("bytes", "x")), "packed by bytes, x"),
    "other keys": (
        described("logits", chunk_key_encoding={"name": "v2"}),
        "logits/zarr.json describes no array",
    ),
    "10^12 samples": (sized(HUGE), "claims to have 1,000,000,000,000 rows"),
    "10^12 channels": (described("logits", shape=[300, HUGE]), "logits claims to have"),
    "16 million samples": (sized(2**24), "the chunk|chunks"),
    "one chunk of all": (sized(2**24, chunk=2**24), WRONG_SIZE),
    "millions of chunks": (sized(2**24, chunk=1), "is cut into 16,777,216 chunks"),
    "scale a text": (
        described(f"gate.{FIRST}", attributes={"scale_factor": "x"}),
        f"gate.{FIRST} {WRONG_KIND}",
    ),
    "range of nonsense": (
        described(f"hist.{FIRST}", attributes={"range": [1, "x"]}),
        f"hist.{FIRST} {WRONG_KIND}",
    ),
    "gates no JSON": (attribute("gates", "{"), "it does not say what its gates are"),
    "gates no list": (attribute("gates", "3"), "it does not say what its gates are"),
    "gates no text": (attribute("gates", []), "its attribute 'gates' cannot be right"),
    "gate path out": (gate(path="../../etc/x"), r"a gate '\.\./\.\./etc/x' that cannot be right"),
    "gate path a number": (gate(path=3), "a gate '3' that cannot be right"),
    "gate label markup": (gate(label="<b>x</b>"), "that cannot be right"),
    "gate channels a text": (gate(channels="4"), "that cannot be right"),
    "gates alike": (gate(label="SE_2_1"), "two of its gates have one name"),
    "version a text": (attribute("format_version", "1"), "'format_version' cannot be right"),
    "version true": (attribute("format_version", True), "'format_version' cannot be right"),
    "labels unknown": (attribute("labels", "x"), "its attribute 'labels' cannot be right"),
    "root with NUL": (attribute("root", "/a\0b"), "its attribute 'root' cannot be right"),
    "skipped a list": (attribute("skipped", "[]"), "its attribute 'skipped' cannot be right"),
    "limit a text": (attribute("limit", "50"), "its attribute 'limit' cannot be right"),
    "chunk elsewhere": (linked(CHUNK), f"{CHUNK} is a link that leads out of it"),
    "chunks elsewhere": (linked("logits/c"), "logits/c is a link that leads out of it"),
    "row elsewhere": (linked("logits/c/1"), "logits/c/1 is a link that leads out of it"),
    "array elsewhere": (linked(f"mean.{LAST}"), "is a link that leads out of it"),
    "labels elsewhere": (linked("label/c/0"), "label/c/0 is a link that leads out of it"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return collected(tmp_path_factory.mktemp("whole") / "whole.zarr")


@pytest.fixture
def store(whole, tmp_path):
    """A copy that may be harmed."""
    return shutil.copytree(whole, tmp_path / "bad.zarr")


def test_the_store_is_sound_before_it_is_harmed(whole):
    ds = open_store(whole)
    assert ds.sizes["sample"] == 300
    assert np.isfinite(ds[f"gate.{FIRST}"].values).all()
    assert ds[f"hist.{FIRST}"].values.sum() == 300 * 4


@pytest.mark.parametrize("harm", HARMS)
def test_a_harmed_store_is_one_sentence_that_says_how_to_mend_it(store, harm):
    act, said = HARMS[harm]
    act(store)
    with pytest.raises(StoreError, match=said) as refused:
        open_store(store)
    sentence = str(refused.value)
    assert sentence.startswith(f"{store} is damaged (")
    assert sentence.endswith("); delete it and collect anew")
    assert "\n" not in sentence
    assert find_stores(store.parent) == [store], "so that the home page names it"


@pytest.mark.parametrize("text", ["", "{", "[" * 10**6, "null", "\ufffd"])
def test_a_store_that_says_nothing_of_itself_is_named(store, text):
    (store / "zarr.json").write_text(text)
    with pytest.raises(StoreError, match=r"bad\.zarr is no store"):
        open_store(store)
    assert find_stores(store.parent) == [store]


def test_a_bomb_in_the_histograms_is_met_when_they_are_read(store):
    (file,) = (file for file in (store / f"hist.{FIRST}" / "c").rglob("*") if file.is_file())
    file.write_bytes(bomb("blosc", 64))
    ds = open_store(store)
    with pytest.raises(InputError, match=rf"bad\.zarr is damaged \(the chunk .* {WRONG_SIZE}\)"):
        ds[f"hist.{FIRST}"].load()


def test_moments_that_are_no_numbers_are_a_sentence(store):
    values(f"mean.{FIRST}", put((1, 2), np.nan))(store)
    with pytest.raises(InputError, match=rf"the means or deviations of {FIRST} are not finite"):
        moments(open_store(store), FIRST)


def test_what_cannot_be_seen_is_known(store, whole):
    """Gates carry no checksum: a flipped bit is another number, and nobody can tell."""
    content(CHUNK, lambda b: bytes([b[0] ^ 1]) + b[1:])(store)
    name = f"gate.{FIRST}"
    changed = open_store(store)[name].values != open_store(whole)[name].values
    assert changed.sum() == 1


def test_little_memory_is_taken_by_stores_that_claim_much(whole, tmp_path):
    lies = ("10^12 samples", "16 million samples", "one chunk of all", "millions of chunks")
    lies += ("labels bomb", "names bomb", "array deep")
    copies = []
    for number, lie in enumerate(lies):
        copies.append(shutil.copytree(whole, tmp_path / f"{number}.zarr"))
        HARMS[lie][0](copies[-1])
    for reading in measured("store", whole, *copies):
        assert "is damaged" in reading.said, reading
        assert reading.megabytes < 400, reading
        assert reading.seconds < 5, reading


def test_other_stores_go_on_on_every_page(open_app, whole, tmp_path):
    pair(tmp_path, per_class=5)
    some = list(HARMS)[::7]
    for number, harm in enumerate(some):
        HARMS[harm][0](shutil.copytree(whole, tmp_path / f"bad{number}.zarr"))
    for page in (*PAGES, "lessons", "zoo"):
        app = open_app(tmp_path, page)
        assert not app.exception, page
        if page != "zoo":
            assert app.selectbox(key="store").options == ["plain", "se"]
        if page == "home":
            assert f"({len(some)})" in words(app)
            assert words(app).count("is damaged (") == len(some)


LATE = {
    "means": all_at_once(
        values(f"mean.{FIRST}", put((1, 2), np.nan)), values(f"std.{LAST}", put((0, 0), np.inf))
    ),
    "logits": values("logits", put((slice(0, 40), 1), np.nan)),
    "gates": values(f"gate.{FIRST}", put((slice(0, 40), 1), 65535)),
    "histograms": content(f"hist.{FIRST}/c/0/0/0", lambda b: b[:40] + bytes(len(b) - 40)),
}


@pytest.mark.parametrize("harm", LATE)
def test_damage_that_is_met_on_a_page_is_a_sentence_there(open_app, whole, tmp_path, harm):
    LATE[harm](shutil.copytree(whole, tmp_path / "late.zarr"))
    pair(tmp_path, classes=("ant", "bee", "cat"), per_class=100)
    for page in ("home", "excitations", "depth", "predictions", "checkpoints", "interventions"):
        app = open_app(tmp_path, page, **({} if page == "home" else {"store": "late"}))
        assert not app.exception, page
        if page == "home":
            assert charts(app), "the others are drawn"


def grown(run: Path) -> Path:
    training_run(run)
    return run / "gates.zarr"


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (described("done", shape=[HUGE]), "done is cut into 1,000,000,000,000 chunks"),
        (described("mean.layer1.0.se", shape=[3, 2, 5]), "are not those of its epochs"),
        (described("done", shape=[10**7]), "is cut into 10,000,000 chunks"),
        (attribute("classes", "{"), "it does not say what its classes are"),
        (attribute("classes", None), "it does not say what its classes are"),
        (attribute("gates", '[{"path": "../x"}]'), "it does not say what its gates are"),
        (removed("mean.layer1.0.se"), "mean.layer1.0.se/zarr.json is no JSON"),
        (linked("mean.layer1.0.se"), "is a link that leads out of it"),
        (content("zarr.json", lambda _: b"x"), "it says nothing of itself"),
    ],
)
def test_harmed_gates_of_a_training_run_are_a_sentence(tmp_path, harm, said):
    harm(grown(tmp_path / "run"))
    with pytest.raises(InputError, match=rf"gates\.zarr is damaged \(.*{said}") as refused:
        open_evolution(tmp_path / "run")
    assert "; delete it; a new training records the gates again" in str(refused.value)


def test_a_run_of_harmed_gates_keeps_its_curves_and_the_other_runs(open_app, tmp_path):
    described("done", shape=[HUGE])(grown(tmp_path / "bad"))
    training_run(tmp_path / "good")
    app = open_app(tmp_path, "checkpoints", runs=["bad"])
    end = time.monotonic() + 30
    while "done is cut into 1,000,000,000,000 chunks" not in words(app):
        assert time.monotonic() < end, words(app)
        time.sleep(0.1)
        app.run()
    assert not app.exception
    assert sorted(app.multiselect(key="runs").options) == ["bad", "good"]


def test_a_table_of_epochs_that_never_ends_is_refused(tmp_path):
    run = training_run(tmp_path / "run")
    with (run / "metrics.csv").open("r+b") as file:
        file.truncate(2**27)  # a hole, which takes no room
    with pytest.raises(InputError, match="is too long to be a row an epoch"):
        read_run(run)


def test_nothing_of_a_store_that_was_refused_was_changed(store):
    HARMS["chunk missing"][0](store)
    before = {file: file.stat().st_mtime_ns for file in store.rglob("*")}
    with pytest.raises(StoreError):
        open_store(store)
    assert {file: file.stat().st_mtime_ns for file in store.rglob("*")} == before
    assert json.loads((store / "zarr.json").read_text())["attributes"]["complete"] == 1
