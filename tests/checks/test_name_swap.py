"""A planted name effect is found, with templates as clusters; none is found where there is none."""

import numpy as np
import pytest
from scipy import stats

from xaikit.adapters.function import FunctionModel
from xaikit.checks.name_swap import check
from xaikit.core.errors import DataError, SpecError
from xaikit.core.target import one_output

NAMES = {"women": ["Anna", "Lena", "Maria"], "men": ["Hans", "Karl"]}
TEMPLATES = [f"{{name}} has {i} years of experience. {{name}} is good." for i in range(12)]
RNG = np.random.default_rng(0)


def years(text):
    return int(text.split(" has ")[1].split()[0]) / 20


def run(score, **parameters):
    given = {"templates": TEMPLATES, "names": NAMES, **parameters}
    model = FunctionModel(lambda texts: [score(t) for t in texts])
    return list(check(model, one_output(0, ["hire"]), 0.5, np.random.default_rng(1), **given))


def one(evidence, measure):
    (found,) = [e for e in evidence if e.measure == measure]
    return found


def test_a_planted_effect_is_measured_exactly():
    found = run(lambda t: years(t) + 0.1 * any(n in t for n in NAMES["men"]))
    difference = one(found, "name_swap_difference")
    assert difference.value == pytest.approx(0.1)
    assert dict(difference.about) == {"sensitive": "name", "group": "men", "reference": "women"}
    assert difference.low == pytest.approx(0.1)
    assert one(found, "name_swap_p").value == pytest.approx(2 / 2001, abs=2e-3)
    # with 8 or 9 of 20 years a man is over one half and a woman is not
    assert one(found, "name_swap_decisions").value == pytest.approx(2 / 12)
    assert one(found, "name_swap_decisions").detail["count"] == 2 * 3 * 2


def test_without_an_effect_there_is_none():
    found = run(years)
    assert one(found, "name_swap_difference").value == 0
    assert one(found, "name_swap_p").value == 1.0
    assert one(found, "name_swap_decisions").value == 0


def test_the_interval_is_over_templates_not_over_texts():
    noise = dict(zip(TEMPLATES, RNG.normal(0.05, 0.1, 12), strict=True))
    found = run(lambda t: years(t) + ("Hans" in t or "Karl" in t) * noise[_template(t)])
    difference = one(found, "name_swap_difference")
    expected = stats.ttest_1samp(list(noise.values()), 0).confidence_interval()
    assert (difference.low, difference.high) == pytest.approx(tuple(expected))
    assert difference.n == 12


def _template(text):
    return next(t for t in TEMPLATES if t.split(" has ")[1].split()[0] == text.split(" has ")[1].split()[0])


def test_all_sign_flips_are_tried_where_they_are_few():
    found = run(lambda t: years(t) + 0.1 * ("Hans" in t or "Karl" in t), templates=TEMPLATES[:4])
    p = one(found, "name_swap_p")
    assert p.value == pytest.approx(2 / 16)
    assert "no p below 0.125" in p.because


def test_one_odd_name_shows_as_spread_within_its_group():
    found = run(lambda t: years(t) + 0.3 * ("Maria" in t))
    spread = {e.about["group"]: e.value for e in found if e.measure == "name_swap_spread"}
    assert spread == pytest.approx({"women": 0.3, "men": 0.0})


def test_false_alarms_are_as_rare_as_promised():
    alarms = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found = run(lambda t, rng=rng: years(t) + rng.normal(0, 0.1), resamples=200)
        alarms += one(found, "name_swap_p").value <= 0.05
    assert alarms <= 20, f"{alarms} alarms in 200 models without an effect"


@pytest.mark.parametrize(
    ("parameters", "error", "says"),
    [
        ({"templates": None}, DataError, "its parameters"),
        ({"templates": ["no place"]}, SpecError, "'{name}' where"),
        ({"names": {"women": ["Anna"]}}, SpecError, "at least two groups"),
        ({"names": {"women": ["Anna"], "men": []}}, SpecError, "at least one name"),
    ],
)
def test_what_is_missing_is_said(parameters, error, says):
    with pytest.raises(error, match=says):
        run(years, **parameters)
