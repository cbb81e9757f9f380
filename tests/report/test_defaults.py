"""The defaults on the page: each with its value and why, in both languages."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from tests.report.reader import parse, text
from tests.report.results import callbacks_result
from xaikit.report.defaults import REASONS, blocks, parameters, taken
from xaikit.report.html import render
from xaikit.report.language import ENGLISH


@pytest.fixture(scope="module")
def audited():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], 400), "race": rng.choice(["a", "b"], 400)})
    frame["hired"] = rng.integers(0, 2, 400)
    return xk.audit(frame, roles={"decision": "hired", "sensitive": ["sex", "race"]}, profiles=["us_ugesp"])


def test_each_default_has_its_value_and_why(audited):
    found = {t.key: t for t in taken(audited) if t.key}
    assert ENGLISH.plain(found["seed"].value) == "0"
    assert "same numbers" in ENGLISH.plain(found["seed"].why)
    assert "selection_rate" in ENGLISH.plain(found["checks"].value)
    assert all(ENGLISH.plain(t.why) for t in taken(audited))


def test_the_rules_of_the_method_stand_beside_them(audited):
    rules = " | ".join(ENGLISH.plain(t.value) for t in taken(audited) if not t.key)
    least = max(c.min_n for p in audited.profiles for c in p.criteria)
    for wanted in ("highest rate", "every combination", "outside every comparison", "95.0% confidence"):
        assert wanted in rules
    assert not least or f"fewer than {least} rows" in rules


def test_every_default_is_on_the_page(audited):
    page = text(parse(render(audited))[0])
    for key in audited.spec["defaults"]:
        assert key in page
    assert "Nobody chose these values" in page


def test_the_page_in_korean_says_them_too(audited):
    korean = replace(audited, spec={**audited.spec, "report": {"language": "ko"}})
    page = text(parse(render(korean))[0])
    assert "적용된 기본값과 그 이유" in page
    assert "Convention" not in page


def test_every_key_is_explained_or_listed(audited):
    shown = {t.key for t in taken(audited)} | set(parameters(audited))
    assert shown >= set(audited.spec["defaults"])
    assert REASONS["seed"] in [t.why for t in taken(audited)]


def test_a_result_that_tells_none_shows_none():
    old = replace(callbacks_result(), spec={"seed": 0})
    assert blocks(old) == []
    assert taken(old) == ()
