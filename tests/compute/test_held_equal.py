import numpy as np
import pandas as pd

from xaikit.compute.held_equal import CONFOUNDERS, CONTROL, LEGITIMATE, MEDIATORS, columns_of, held_for
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.players import Players

FRAME = pd.DataFrame({c: [0, 1] * 10 for c in ("sex", "town", "hours", "skill", "club", "job=a", "job=b", "d")})


def held(players=None, **roles):
    given = {"decision": "d", "sensitive": ("sex",), **roles}
    return held_for(Decisions.of(FRAME, Roles(**given)), players, "sex")


def test_without_a_graph_it_is_what_is_declared():
    found = held(control=("town", "sex"), legitimate=("skill",))
    assert found.sets == {CONTROL: ("town",), LEGITIMATE: ("town", "skill")}
    assert found.places is None
    assert held().sets == {CONTROL: ()}


def test_a_graph_that_does_not_name_the_feature_says_nothing_of_it():
    assert held(control=("town",), causes=("skill -> hours",)).sets == {CONTROL: ("town",)}


def test_the_decision_may_go_by_the_name_of_its_column():
    for name in ("decision", "d"):
        edges = (f"town -> {name}", "town -> sex", f"sex -> hours -> {name}", "sex -> club")
        found = held(control=("club", "skill"), causes=edges)
        assert found.sets == {CONFOUNDERS: ("town", "skill"), MEDIATORS: ("town", "skill", "hours")}
        assert found.left_out == ("club",)


def test_of_a_decision_that_the_graph_does_not_name_each_node_may_be_a_ground():
    found = held(causes=("town -> sex -> hours",))
    assert found.sets == {CONFOUNDERS: ("town",), MEDIATORS: ("town", "hours")}


def test_what_a_model_reads_leads_to_its_decision():
    players = Players.of(["hours", "job=a", "job=b"], {"job": ["job=a", "job=b"]})
    roles = Roles(sensitive=("sex",), causes=("town -> sex -> hours", "sex -> job", "sex -> club"))
    decisions = Decisions.of(FRAME, roles, selected=np.array([True, False] * 10))
    found = held_for(decisions, players, "sex")
    assert found.sets == {CONFOUNDERS: (), MEDIATORS: ("hours", "job=a", "job=b")}
    assert found.places.before == ("town",)
    assert found.places.colliders == ("club",)
    assert columns_of(("job", "town", "nowhere"), FRAME, players) == ("job=a", "job=b", "town")
