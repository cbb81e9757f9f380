"""What nobody chose is told: every default of the spec, of the engines and of the checks that ran, and no other."""

import inspect

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from xaikit.auditing.defaults import resolved
from xaikit.auditing.spec import defaults, parse
from xaikit.auditing.spec_types import AuditSpec
from xaikit.core import plugin
from xaikit.core.result import Step


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], 300), "skill": rng.normal(size=300)})
    return frame.assign(hired=(rng.random(300) < 0.4).astype(int))


ROLES = {"decision": "hired", "sensitive": ["sex"]}


def told(people, **given):
    return xk.audit(people, roles=given.pop("roles", ROLES), **given).spec["defaults"]


def test_what_was_left_out_is_a_default_and_what_was_chosen_is_not(people):
    left = told(people)
    assert left["seed"] == 0
    assert left["roles.favourable"] == 1
    assert left["profiles"] == []
    chosen = told(people, seed=7, profiles=["us_ugesp"], checks=["selection_rate"], roles={**ROLES, "favourable": 0})
    assert not {"seed", "profiles", "checks", "roles.favourable"} & set(chosen)


def test_the_checks_that_ran_are_named_and_no_other(people):
    result = xk.audit(people, roles=ROLES)
    ran = {s.name for s in result.steps if s.status == "ran"}
    assert set(result.spec["defaults"]["checks"]) == ran
    assert {k.split(".")[1] for k in result.spec["defaults"] if k.startswith("checks.")} <= ran


def test_every_parameter_of_a_check_that_ran_is_told_with_its_value(people):
    given = told(people, checks={"selection_rate": {"confidence": 0.9}, "representation": {}})
    assert "checks.selection_rate.confidence" not in given
    for name in ("selection_rate", "representation"):
        for key, parameter in plugin.load("checks", name).parameters.items():
            if (name, key) != ("selection_rate", "confidence"):
                assert given[f"checks.{name}.{key}"] == parameter.default


def test_a_model_adds_its_threshold_its_features_and_the_engine(people):
    given = told(
        people,
        model=lambda rows: np.asarray(rows)[:, 0],
        features=None,
        roles={"sensitive": ["sex"], "label": "hired"},
        explain=[{"engine": "shapley", "rows": 9}],
        checks=["selection_rate"],
    )
    assert given["model.threshold"] == 0.5
    assert given["model.features"] == ["skill"]
    assert given["explain.shapley.background"] == 100
    assert "explain.shapley.rows" not in given
    engine = plugin.load("engines", "shapley")
    assert {k for k in given if k.startswith("explain.shapley.")} >= {
        f"explain.shapley.{k}" for k in engine.parameters
    }


def test_every_default_of_every_check_can_be_written_down():
    spec = parse({}, "test")
    loaded = [(plugin.load("checks", n), p) for n, p in defaults().items()]
    steps = [Step("checks", c.name, "ran") for c, _ in loaded]
    found = resolved(spec, steps, loaded)["defaults"]
    for check, _ in loaded:
        for key, parameter in check.parameters.items():
            if parameter.default is not inspect.Parameter.empty:
                assert f"checks.{check.name}.{key}" in found
    AuditSpec.model_validate({k: v for k, v in resolved(spec, steps, loaded).items() if k != "defaults"})
