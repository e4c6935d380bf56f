import subprocess
import sys

import pytest

from senet_core import InputError, list_models
from senet_core.__main__ import main
from senet_core.complexity import count
from senet_core.unfilled import create_unfilled
from senet_core.zoo import entries, zoo


def entry(name):
    return next(entry for entry in entries() if entry.name == name)


def test_the_row_of_a_network():
    row = entry("se_resnet50")
    assert (row.classes, row.parameters, row.gates, row.input_size) == (1000, 28_088_024, 16, 224)
    assert row.macs == 3_860_488_192
    assert entry("cifar_resnet20").parameters == 272_474


def test_a_baseline_counted_as_its_se_form_without_gates_is_the_baseline():
    for row in entries():
        cost = count(create_unfilled(row.name, row.classes))
        assert (row.parameters, row.macs) == (cost.parameters, cost.macs), row.name


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
