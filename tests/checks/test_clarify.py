import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.oracles import clarify as oracle
from xaikit.checks import clarify, data_bias, inequality
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import AbsentError, SpecError
from xaikit.stats import divergence, facets
from xaikit.stats import inequality as stats
from xaikit.stats.tally import Tally


def sample(seed=0, n=300):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"sex": rng.choice(["F", "M", "X"], n), "dept": rng.choice(["u", "v", "w"], n)})
    data["y"] = (rng.random(n) < 0.4 + 0.1 * (data.sex == "M")).astype(int)
    data["h"] = (rng.random(n) < 0.2 + 0.4 * data.y + 0.1 * (data.sex == "M")).astype(int)
    return data


def tally(data, **roles):
    given_ = {"decision": "h", "label": "y", "sensitive": ("sex",), "control": ("dept",), **roles}
    return Tally.of(Decisions.of(data, Roles(**given_)))


def measured(check, counts, **parameters):
    return list(check(counts, np.random.default_rng(0), **parameters))


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_every_metric_equals_its_definition_row_by_row(seed):
    data = sample(seed)
    expected = oracle.metrics(data.assign(d=data.sex == "F", s=data.dept))
    found = {e.measure: e for e in measured(clarify.check, tally(data), facets={"sex": ["F"]}, replicates=200)}
    assert set(found) == set(expected) == set(facets.PRE_TRAINING) | set(facets.POST_TRAINING)
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value), name
        assert found[name].low <= found[name].value <= found[name].high


def test_with_the_fliptest_they_are_twenty_one():
    assert len(facets.NAMES) == 21
    assert set(facets.NAMES) - set(facets.PRE_TRAINING) - set(facets.POST_TRAINING) == {"FT"}


def test_a_facet_may_be_several_values():
    data = sample()
    expected = oracle.metrics(data.assign(d=data.sex.isin(["F", "X"]), s=data.dept))
    found = {e.measure: e for e in measured(clarify.check, tally(data), facets={"sex": ["F", "X"]})}
    assert found["DPPL"].value == pytest.approx(expected["DPPL"])
    assert found["DPPL"].about["group"] == "F or X"


def test_without_labels_only_what_needs_none():
    found = {e.measure for e in measured(clarify.check, tally(sample(), label=None))}
    assert found == {"CI", "DPPL", "DI", "CDDPL"}


def test_a_facet_that_is_not_there():
    with pytest.raises(SpecError, match="Did you mean 'sex'"):
        measured(clarify.check, tally(sample()), facets={"sexx": ["F"]})
    with pytest.raises(SpecError, match="group 'Q'"):
        measured(clarify.check, tally(sample()), facets={"sex": ["Q"]})


def test_a_divergence_is_never_negative():
    """Others' tests expect −0.3665 here; that sum runs over two vectors that are no distributions."""
    p, q = np.array([0.1, 0.9]), np.array([0.6, 0.4])
    assert divergence.kullback_leibler(p, q) == pytest.approx(0.1 * np.log(1 / 6) + 0.9 * np.log(9 / 4))
    rng = np.random.default_rng(0)
    pairs = rng.dirichlet(np.ones(3), size=(2, 500))
    assert (divergence.kullback_leibler(*pairs) >= 0).all()
    assert (divergence.jensen_shannon(*pairs) <= np.log(2)).all()
    assert np.isinf(divergence.kullback_leibler([0.5, 0.5], [1.0, 0.0]))


def test_a_denominator_that_is_empty_has_no_value():
    data = sample().assign(h=lambda d: np.where(d.sex == "F", 0, d.h))
    found = {e.measure: e for e in measured(clarify.check, tally(data), facets={"sex": ["F"]})}
    assert found["DAR"].value is None
    assert "denominator is empty" in found["DAR"].because
    assert found["DI"].value == 0


def test_data_bias_of_the_labels():
    data = sample()
    expected = oracle.metrics(data.assign(d=data.sex == "F", s=data.dept))
    found = {e.measure: e for e in measured(data_bias.check, tally(data)) if e.about["group"] == "F"}
    names = {
        "class_imbalance": "CI",
        "label_rate_difference": "DPL",
        "kl_divergence": "KL",
        "js_divergence": "JS",
        "lp_norm": "LP",
        "total_variation_distance": "TVD",
        "kolmogorov_smirnov": "KS",
        "conditional_demographic_disparity": "CDDL",
    }
    assert {k: found[k].value for k in names} == pytest.approx({k: expected[v] for k, v in names.items()})
    with pytest.raises(AbsentError):
        measured(data_bias.check, tally(data, label=None))


@given(st.integers(0, 2**32 - 1), st.sampled_from([2.0, 1.0, 0.5]))
@settings(max_examples=30, deadline=None)
def test_entropy_equals_its_definition_and_splits_exactly(seed, alpha):
    data = sample(seed, 120)
    benefit = (data.h - data.y + 1).to_numpy(float)
    counts = tally(data, control=()).table("sex").counts.reshape(-1, 4)
    whole = stats.generalized_entropy(counts.sum(axis=0), stats.BENEFIT.ravel(), alpha)
    assert float(whole) == pytest.approx(oracle.generalized_entropy(benefit, alpha))
    mean = data.assign(b=benefit).groupby("sex").b.transform("mean").to_numpy()
    between = stats.between_groups(counts, stats.BENEFIT.ravel(), alpha)
    assert float(between) == pytest.approx(oracle.generalized_entropy(mean, alpha))
    within = 0.0
    for _, part in data.assign(b=benefit).groupby("sex"):
        weight = len(part) / len(data) * (part.b.mean() / benefit.mean()) ** alpha
        within += weight * oracle.generalized_entropy(part.b.to_numpy(float), alpha)
    assert float(whole) == pytest.approx(float(between) + within)


def test_inequality_is_measured_with_intervals():
    found = {e.measure: e for e in measured(inequality.check, tally(sample()))}
    assert set(found) == {
        "generalized_entropy",
        "generalized_entropy_between_groups",
        "theil_index",
        "theil_index_between_groups",
    }
    assert found["theil_index"].low < found["theil_index"].value < found["theil_index"].high
    assert found["theil_index_between_groups"].value < found["theil_index"].value
