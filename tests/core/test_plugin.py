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


def test_a_broken_plug_in_of_another_package_is_named_and_cannot_take_our_place(monkeypatch):
    brought = {"theirs": "no_such_package.theirs", "selection_rate": "no_such_package.selection_rate"}
    monkeypatch.setattr(plugin, "_entry_points", lambda kind: brought if kind == "checks" else {})
    with pytest.raises(SpecError, match=r"checks: theirs.*no_such_package") as caught:
        plugin.load("checks", "theirs")
    assert "uninstall" in str(caught.value)
    assert plugin.load("checks", "selection_rate").function.__module__ == "xaikit.checks.selection_rate"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import no_such_package", "ModuleNotFoundError: No module named 'no_such_package'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def chek(tally): yield", "AttributeError.*check"),
        ("check = 3", "TypeError: 3 is not a callable object"),
        ("def check(tally: 'Taly'): yield", "NameError: name 'Taly' is not defined"),
        ("def check(", "SyntaxError"),
    ],
)
def test_a_plug_in_that_cannot_be_imported_is_an_error_by_name_and_a_failure_by_default(installed, code, reason):
    module = installed("checks", "theirs", code)
    assert "theirs" in plugin.names("checks")
    with pytest.raises(SpecError, match=rf"checks: theirs: got {reason}.*to import {module}"):
        plugin.load("checks", "theirs")
    found = plugin.offered("checks", "theirs")
    assert (found.inputs, found.required) == ((), ())
    with pytest.raises(SpecError, match=reason):
        found.function()


def test_a_sound_plug_in_of_another_package_is_one_of_ours(installed):
    installed("checks", "theirs", "def check(tally, *, least: int = 3): yield")
    for read in (plugin.load, plugin.offered):
        found = read("checks", "theirs")
        assert found.inputs == ("tally",)
        assert plugin.validated(found, {"least": 5}, "checks.theirs") == {"least": 5}
    assert not plugin.is_ours("checks", "theirs")
    assert plugin.is_ours("checks", "selection_rate")


def test_what_breaks_of_ours_is_no_step_but_an_error(monkeypatch):
    def broken(name):
        raise ImportError("no scipy")

    monkeypatch.setattr(plugin.importlib, "import_module", broken)
    for read in (plugin.load, plugin.offered):
        with pytest.raises(ImportError, match="no scipy"):
            read("checks", "selection_rate")
