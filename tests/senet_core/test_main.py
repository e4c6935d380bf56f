import pytest

from senet_core import InputError
from senet_core.__main__ import main


def test_fetch_finds_a_data_set_that_is_there(tmp_path, monkeypatch, capsys):
    class Images(list):
        root = tmp_path

    monkeypatch.setattr("senet_core.data.open_dataset", lambda name, **named: Images(range(1234)))
    main(["fetch", "imagenette", "--data-dir", str(tmp_path)])
    assert capsys.readouterr().out == f"1,234 images for tests are in {tmp_path}\n"


def test_fetch_names_the_known_data_sets():
    with pytest.raises(InputError, match="unknown data set 'mnist'; choose from fashion_mnist"):
        main(["fetch", "mnist"])
