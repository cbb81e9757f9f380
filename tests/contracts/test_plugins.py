"""Walks every plug-in: the shape that lets one file be added without touching another."""

import ast
import inspect
from pathlib import Path

import pytest

from xaikit.core import plugin

ROOT = Path(plugin.__file__).parents[2]
EVERY = [(kind, name) for kind in plugin.PACKAGES for name in plugin.names(kind)]
CITED = [(kind, name) for kind, name in EVERY if kind in ("engines", "checks")]
HANDED_OVER = {
    "engines": {"model", "inputs", "background", "target", "players", "rng", "progress"},
    "checks": {
        "decisions",
        "tally",
        "model",
        "inputs",
        "population",
        "population_frame",
        "background",
        "target",
        "players",
        "threshold",
        "explanations",
        "explain",
        "recipes",
        "traces",
        "rng",
        "progress",
    },
    "sections": {"result"},
    "adapters": set(),
}


def test_there_are_plugins_of_every_kind():
    assert {kind for kind, _ in EVERY} == set(plugin.PACKAGES)


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_plugin_asks_only_for_what_an_audit_hands_over(kind, name):
    found = plugin.load(kind, name)
    assert set(found.inputs) <= HANDED_OVER[kind], "an input that nobody hands over: the step would never run"


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_parameter_is_typed_so_that_audit_yaml_can_be_checked(kind, name):
    found = plugin.load(kind, name)
    for parameter in found.parameters:
        assert parameter in found.annotations, f"{kind}.{name}.{parameter} has no type"


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_a_plugin_says_in_one_line_what_it_answers(kind, name):
    line = plugin.summary(kind, name)
    assert 20 < len(line) < 140
    assert inspect.getdoc(plugin.load(kind, name).function)


@pytest.mark.parametrize(("kind", "name"), CITED)
def test_engines_and_checks_cite_their_source(kind, name):
    found = plugin.load(kind, name)
    module = inspect.getmodule(found.function)
    text = (inspect.getdoc(found.function) or "") + (module.__doc__ or "")
    assert "References" in text


def code():
    return sorted((ROOT / "xaikit").rglob("*.py"))


@pytest.mark.parametrize("file", code(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_touches_a_global_random_state(file):
    text = file.read_text("utf-8")
    for forbidden in ("np.random.seed", "np.random.rand", "random.seed(", "torch.manual_seed", "np.random.choice"):
        assert forbidden not in text
    imported = {a.name for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Import) for a in n.names}
    assert "random" not in imported


@pytest.mark.parametrize("file", code(), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_file_is_too_long_to_read(file):
    assert len(file.read_text("utf-8").splitlines()) <= 300
