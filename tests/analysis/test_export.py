import numpy as np
import pandas as pd
import pytest
from scipy.special import softmax

from analysis import open_store
from analysis.export import class_means, export, predicted
from senet_core import InputError
from tests.synthetic import synthetic_store, write_store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    ds = synthetic_store(per_class=[40] * 9 + [0])
    return open_store(write_store(ds, tmp_path_factory.mktemp("store") / "s.zarr"))


def test_class_means_are_those_of_the_raw_gates(store):
    table = class_means(store)
    assert len(table) == 9 * (16 + 16 + 32 + 64)
    row = table[(table["path"] == "layer2.0.se") & (table["class"] == "Coat")].iloc[7]
    raw = store["gate.layer2.0.se"].values[store["label"].values == 4, 7].astype(np.float64)
    assert (row["channel"], row["count"]) == (7, 40)
    assert row["mean"] == pytest.approx(raw.mean(), abs=1e-4)
    assert row["std"] == pytest.approx(raw.std(), abs=1e-4)
    assert "Ankle boot" not in set(table["class"])


def test_predictions_are_the_largest_logits(store):
    table = predicted(store)
    logits = store["logits"].values
    assert (table["prediction"] == store["class"].values[logits.argmax(1)]).all()
    assert (table["label"] == store["class"].values[store["label"].values]).all()
    np.testing.assert_allclose(table["probability"], softmax(logits, axis=1).max(1), rtol=1e-6)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_tables_come_back_equal(store, tmp_path, ending):
    out = tmp_path / "new" / f"numbers.{ending}"
    export(store, out)
    back = pd.read_csv(out) if ending == "csv" else pd.read_parquet(out)
    pd.testing.assert_frame_equal(back, class_means(store), check_dtype=False, rtol=1e-6)


def test_npz_holds_every_array(store, tmp_path):
    export(store, tmp_path / "numbers.npz")
    with np.load(tmp_path / "numbers.npz", allow_pickle=False) as arrays:
        assert set(arrays) == {str(name) for name in (*store.coords, *store.data_vars)}
        for name in arrays:
            np.testing.assert_array_equal(arrays[name], store[name].values)
        assert arrays["gate.layer1.0.se"].dtype == np.float32


def test_blocks_do_not_change_the_file(store, tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.stream._VALUES", 50)
    export(store, tmp_path / "numbers.npz")
    with np.load(tmp_path / "numbers.npz") as arrays:
        np.testing.assert_array_equal(arrays["logits"], store["logits"].values)


def test_a_network_without_gates_gives_its_predictions(tmp_path):
    ds = synthetic_store(gates=())
    export(ds, tmp_path / "p.csv")
    assert list(pd.read_csv(tmp_path / "p.csv")) == ["index", "label", "prediction", "probability"]


def test_another_ending_is_refused(store, tmp_path):
    with pytest.raises(InputError, match=r"numbers.txt must end in .parquet, .csv or .npz"):
        export(store, tmp_path / "numbers.txt")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        export(store, tmp_path / "file" / "numbers.csv")
