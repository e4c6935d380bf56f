"""The facts of two checkpoints in words."""

import dataclasses

import pytest

from analysis.differences import _NOT_SETTINGS
from dashboard.checkpoints.facts import name_of, value_of
from dashboard.shell.language import speaking
from senet_core.attention import SEConfig
from senet_core.data.preprocessing import Preprocessing
from senet_core.training.config import TrainConfig

KINDS = {"SE setting": SEConfig, "Preparation": Preprocessing, "Setting": TrainConfig}


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_field_keeps_the_name_of_the_program(kind, language):
    with speaking(language):
        for field in dataclasses.fields(KINDS[kind]):
            if kind != "Setting" or field.name not in _NOT_SETTINGS:
                said = name_of(kind, field.name)
                assert "_" not in said
                assert not said.startswith(name_of(kind, "")), field.name


def test_a_field_that_nobody_has_named_keeps_its_own():
    assert name_of("Option", "new_one") == "Option new_one"
    assert name_of("Parameters", "") == "Parameters"


def test_words_of_the_program_are_said_in_words_and_names_are_not():
    assert value_of("SE setting", "bias", "true") == "yes"
    assert value_of("SE setting", "stages", "") == "all"
    assert value_of("Setting", "gate_decay", "") == ""
    assert value_of("Data set", "", "standard") == "standard"
    assert value_of("SE setting", "reduction", 16) == 16
