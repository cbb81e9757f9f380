import numpy as np
import pytest

from xaikit.core.groups import Groups
from xaikit.stats.adjustment import Adjusted
from xaikit.stats.rungs import Case, exclusion, intervention, p_value


def case(p=0.001, graph=False, **adjusted):
    groups = Groups("sex", np.array([0] * 50 + [1] * 50), ("f", "m"))
    member = groups.codes == 0
    selected = np.array([True] * 10 + [False] * 40 + [True] * 30 + [False] * 20)
    return Case(groups, "f", member, np.ones(100, dtype=bool), selected, p, dict(adjusted), graph=graph)


GAP = Adjusted(-0.3, 0.05, 0.3, 0.6, 0.0, 100)
NONE = Adjusted(-0.01, 0.05, 0.3, 0.31, 0.0, 100)


def test_a_graph_is_supported_only_under_itself_and_says_how_strong_a_hidden_cause_would_be():
    level, why = exclusion(case(graph=True, confounders=GAP), [], 0.05)
    assert level == 1
    assert why.startswith("under the declared graph")
    assert "only a hidden cause of 45 % of what is left" in why
    level, why = exclusion(case(control=GAP), [], 0.05)
    assert level == 1
    assert "graph" not in why


def test_with_a_graph_the_declared_controls_do_not_count():
    assert exclusion(case(graph=True, control=GAP), [], 0.05)[0] == 0


@pytest.mark.parametrize(("p", "words"), [(0.001, "account for it"), (0.4, "no gap beyond chance")])
def test_a_gap_that_is_gone_and_one_that_never_was_are_told_apart(p, words):
    level, why = exclusion(case(p, control=NONE), [], 0.05)
    assert level == 0
    assert words in why


def test_the_model_is_set_alone_and_with_what_the_attribute_shapes():
    assert intervention(case(), (3, 100))[0] == 2
    assert intervention(case(), (0, 100))[0] == 0
    assert intervention(case(), None)[0] == 0
    level, why = intervention(case(), None, (0.2, 0.05))
    assert level == 1
    assert "changes by +20.0 points (± 9.8)" in why
    assert intervention(case(), None, (0.05, 0.05))[0] == 0
    assert "with its declared descendants" in intervention(case(), (3, 100), (0.05, 0.05))[1]


def test_p_values_are_never_zero():
    assert p_value(0.0) == "< .001"
    assert p_value(0.0423) == "0.0423"
