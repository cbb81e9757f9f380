import pytest

from xaikit.core import plugin
from xaikit.core.errors import SpecError


def test_the_folder_is_the_registry_and_is_read_without_importing():
    assert "selection_rate" in plugin.names("checks")
    assert plugin.summary("checks", "selection_rate")
    with pytest.raises(SpecError, match="Did you mean 'checks'"):
        plugin.names("check")


def test_an_unknown_name_gives_the_nearest():
    with pytest.raises(SpecError, match=r"line 3: got unknown engine 'shaply'.*Did you mean 'shapley'"):
        plugin.load("engines", "shaply", "audit.yaml, line 3")


def test_inputs_and_parameters_are_told_apart_by_the_star():
    found = plugin.load("engines", "shapley")
    assert {"model", "inputs", "background"} <= set(found.inputs)
    assert "budget" in found.parameters
    assert found.capability.__name__ == "Model"


def test_parameters_are_checked_by_their_annotations():
    found = plugin.load("engines", "shapley")
    with pytest.raises(SpecError, match="Did you mean 'budget'"):
        plugin.validated(found, {"budgett": 1}, "explain")
    with pytest.raises(SpecError, match=r"explain.budget: got 'lots'"):
        plugin.validated(found, {"budget": "lots"}, "explain")
    assert plugin.validated(found, {"budget": 128}, "explain") == {"budget": 128}
