import subprocess
import sys

import pytest

from senet_core import InputError, list_models
from senet_core.__main__ import main
from senet_core.complexity import count
from senet_core.paper_errors import stated_errors
from senet_core.unfilled import create_unfilled
from senet_core.zoo import FILE, entries, zoo


def entry(name):
    return next(entry for entry in entries() if entry.name == name)


def test_the_row_of_a_network():
    row = entry("se_resnet50")
    assert (row.classes, row.parameters, row.gates, row.input_size) == (1000, 28_088_024, 16, 224)
    assert row.macs == 3_860_488_192
    assert entry("cifar_resnet20").parameters == 272_474


def agrees(row):
    cost = count(create_unfilled(row.name, row.classes))
    return (row.parameters, row.macs, row.pooling) == (cost.parameters, cost.macs, cost.pooling)


@pytest.mark.parametrize("name", ["resnet50", "se_resnet50", "se_mobilenet_v1", "cifar_resnet20"])
def test_the_table_has_what_is_counted(name):
    assert agrees(entry(name))


@pytest.mark.slow
def test_the_table_has_what_is_counted_of_every_network(tmp_path):
    assert all(map(agrees, entries()))
    main(["list", "--out", str(tmp_path / "zoo.csv")])
    assert (tmp_path / "zoo.csv").read_bytes() == FILE.read_bytes()


def test_a_table_that_cannot_be_written_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        main(["list", "--out", str(tmp_path)])


def test_the_paper_s_errors_are_of_networks_that_are_here():
    known = {name: stated_errors(name) for name in list_models()}
    assert sum(map(len, known.values())) == 37  # 8 + 2 pairs, one alone, 4 + 4 pairs of CIFAR
    (se,) = known["se_resnet50"]
    assert (se.data, se.table, se.top1, se.top5) == ("ImageNet", 2, 23.29, 6.62)
    cifar = known["se_cifar_preact_resnet110"]
    assert [(errors.table, errors.top1) for errors in cifar] == [(4, 5.21), (5, 23.85)]
    for plain in (name for name in known if known[name] and not name.startswith("se")):
        for before, after in zip(known[plain], known[f"se_{plain}"], strict=True):
            assert (before.data, before.table) == (after.data, after.table)
            assert after.top1 < before.top1  # in every pair of the paper


def test_the_frame_has_a_row_for_every_name():
    frame = zoo()
    assert frame["name"].tolist() == list_models()
    assert frame.set_index("name").loc["senet154", "gates"] == 50
    plain = ~frame["name"].str.startswith("se")
    assert ((frame["gates"] == 0) == plain).all()


def test_the_command_prints_a_line_a_network(capsys):
    main(["list"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["name", *list_models()]
    row = next(line for line in lines if line.startswith("se_resnet50 "))
    assert row.split() == ["se_resnet50", "1000", "28,088,024", "3,860,488,192", "16", "224"]


@pytest.mark.parametrize("words", [["lst"], [], ["list", "--all"]])
def test_other_words_are_refused(words):
    with pytest.raises(InputError, match="python -m senet_core"):
        main(words)


def test_what_takes_long_to_import_is_not_needed():
    """torchvision, and what torch loads for operations on the meta device: a second each."""
    code = """
import sys
from senet_core import zoo
zoo.entries()
print(sorted({"torchvision", "torch._dynamo", "pandas"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
