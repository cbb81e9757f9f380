import numpy as np
import pandas as pd

from xaikit.adapters.function import FunctionModel
from xaikit.compute.flips import flips_of
from xaikit.core.groups import groups_of
from xaikit.core.players import Players
from xaikit.core.target import one_output

FRAME = pd.DataFrame({"race": list("aabbccc"), "x": [0.0, 1, 0, 1, 0, 1, 1]})
X = pd.DataFrame({"race=a": (FRAME.race == "a") * 1.0, "race=b": (FRAME.race == "b") * 1.0, "x": FRAME.x})
GROUPS = groups_of(FRAME.race, "race")
PLAYERS = Players.of(list(X.columns), {"race": ["race=a", "race=b"]})


def flips(function, group, players=PLAYERS):
    return flips_of(FunctionModel(function), X, GROUPS, players, one_output(0, ["y"]), 0.5, group)


def test_each_pair_of_the_group_is_counted_by_hand():
    # only a is favoured: two of a to b and to c lose it, two of b and three of c to a win it
    assert flips(lambda t: t["race=a"], "a") == (9, 9)
    # of b: two to a win, two to c stay; two of a lose it, three of c stay
    assert flips(lambda t: t["race=a"], "b") == (4, 9)


def test_what_is_not_read_changes_nothing():
    assert flips(lambda t: t["x"], "a") == (0, 9)
    plain = Players.of(list(X.columns))
    assert flips(lambda t: t["x"], "a", plain) is None


def test_without_a_model_there_is_nothing_to_count():
    assert flips_of(None, X, GROUPS, PLAYERS, None, 0.5, "a") is None
    assert np.isfinite(X.to_numpy()).all()
