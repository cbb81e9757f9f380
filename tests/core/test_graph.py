import numpy as np
import pytest

from tests.oracles.separation import separated
from xaikit.core.errors import SpecError
from xaikit.core.graph import DECISION, Graph


def test_edges_are_arrows_chains_or_pairs():
    graph = Graph.of(["a -> b -> c", ("c", "d"), "x → y", "a->b"])
    assert graph.edges == (("a", "b"), ("b", "c"), ("c", "d"), ("x", "y"))
    assert graph.descendants("a") == {"b", "c", "d"}
    assert graph.ancestors("d") == {"a", "b", "c"}
    assert not Graph.of([])


@pytest.mark.parametrize("bad", ["sex", "-> hours", "sex ->", ("a", "b", "c"), ("a",)])
def test_what_is_no_edge_says_so(bad):
    with pytest.raises(SpecError, match="age -> years"):
        Graph.of([bad])


@pytest.mark.parametrize(
    ("edges", "cycle"),
    [
        (["a -> a"], "a -> a"),
        (["a -> b", "b -> a"], "a -> b -> a"),
        (["x -> a -> b -> c", "c -> a", "c -> d"], "a -> b -> c -> a"),
    ],
)
def test_a_cycle_is_named(edges, cycle):
    with pytest.raises(SpecError, match=cycle):
        Graph.of(edges)


def test_an_unknown_name_has_the_nearest():
    with pytest.raises(SpecError, match="Did you mean 'hours'"):
        Graph.of(["sex -> huors"]).check(["sex", "hours"])
    Graph.of(["sex -> decision"]).check(["sex"])


def test_the_places_of_textbooks():
    graph = Graph.of(
        [
            *("town -> sex", "town -> decision", "sex -> hours -> decision", "skill -> decision", "birth -> sex"),
            *("sex -> club", "skill -> club", "decision -> salary", "weather -> mood"),
        ]
    )
    places = graph.places("sex")
    assert places.confounders == ("town",)
    assert places.mediators == ("hours",)
    assert places.others == ("skill",)
    assert set(places.colliders) == {"club", "salary"}  # shaped by sex and skill; by the decision
    assert places.before == ("birth",)
    assert set(places.unrelated) == {"weather", "mood"}
    assert places.of["club"] == "collider"


def test_what_a_model_reads_shapes_its_decision():
    graph = Graph.of(["sex -> hours"]).deciding(["hours", "skill"])
    assert graph.places("sex").mediators == ("hours",)
    assert graph.places("sex").others == ("skill",)


def random_graph(rng, size=7):
    """Edges from lower to higher numbers, so without a cycle; the attribute and the decision anywhere."""
    names = [f"n{i}" for i in range(size)]
    s, d = sorted(rng.choice(size, 2, replace=False))
    names[s], names[d] = "S", DECISION
    density = rng.uniform(0.15, 0.6)
    return tuple((names[i], names[j]) for i in range(size) for j in range(i + 1, size) if rng.random() < density)


def test_confounders_satisfy_the_back_door_criterion_in_every_random_graph():
    rng = np.random.default_rng(0)
    tried = held = 0
    for _ in range(1500):
        edges = random_graph(rng)
        graph = Graph(edges)
        if "S" not in graph.nodes or DECISION not in graph.nodes:
            continue
        places = graph.places("S")
        assert not set(places.confounders) & graph.descendants("S")
        back = [e for e in edges if e[0] != "S"]
        assert separated(back, "S", DECISION, set(places.confounders)), edges
        tried += 1
        held += bool(places.confounders)
        # with all that shapes the decision held equal, nothing but a direct edge is left
        every = {*places.confounders, *places.mediators, *places.others}
        direct = [e for e in edges if e != ("S", DECISION)]
        assert separated(direct, "S", DECISION, every), edges
    assert tried > 1000
    assert held > 200


def test_holding_a_collider_equal_would_open_a_way():
    edges = (("S", "club"), ("skill", "club"), ("skill", DECISION))
    assert separated(edges, "S", DECISION, set())
    assert not separated(edges, "S", DECISION, {"club"})
    assert Graph(edges).places("S").colliders == ("club",)
