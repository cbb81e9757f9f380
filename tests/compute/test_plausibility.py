import numpy as np
import pandas as pd
import pytest

from xaikit.compute.coding import Coding
from xaikit.compute.plausibility import NEIGHBOURS, Crowd
from xaikit.core.players import Players


def table(n, seed):
    rng = np.random.default_rng(seed)
    height = rng.normal(170, 8, n)
    return pd.DataFrame(
        {"height": height, "weight": height - 100 + rng.normal(0, 4, n), "city": rng.choice(list("ab"), n)}
    )


def crowd(n=500):
    people = table(n, 0)
    coding = Coding.of(people, Players.of(list(people)))
    return coding, Crowd.of(coding.encode(people), coding), people


def slowly(coding, codes, everybody):
    """Mean Gower distance to the nearest five, pair by pair."""
    spans, out = coding.spans(), []
    for i, row in enumerate(codes):
        away = sorted(
            sum(
                abs(a - b) / s if o else float(a != b)
                for a, b, s, o in zip(row, other, spans, coding.ordered, strict=True)
            )
            for j, other in enumerate(everybody)
            if codes is not everybody or i != j
        )
        out.append(np.mean(away[:NEIGHBOURS]))
    return np.array(out)


def test_it_is_the_share_of_real_rows_that_are_at_least_as_far_out():
    coding, found, people = crowd(60)
    everybody = coding.encode(people)
    asked = coding.encode(table(20, 1))
    apart, mine = slowly(coding, everybody, everybody), slowly(coding, asked, everybody)
    expected = [(1 + (apart >= d - 1e-12).sum()) / 61 for d in mine]
    assert found.plausibility(asked) == pytest.approx(expected)


# A conformal p value: of new real rows, no more than a share of p is at most p. Before the run, with n = 2,000 and
# three standard errors: at .05 at most .065, at .2 at most .227; and not below half of it, for then it finds nothing.
def test_of_new_real_rows_five_in_a_hundred_are_called_unusual():
    coding, found, _ = crowd(1000)
    given = found.plausibility(coding.encode(table(2000, 1)))
    for level, most in ((0.05, 0.065), (0.2, 0.227)):
        assert 0.5 * level <= (given <= level).mean() <= most


def test_a_row_that_nobody_could_have_is_unusual():
    coding, found, _ = crowd(1000)
    odd = pd.DataFrame(
        {"height": [155.0], "weight": [85.0], "city": ["a"]}
    )  # each number is common, together they are not
    assert found.plausibility(coding.encode(odd))[0] < 0.01


def test_a_persons_own_row_does_not_count_as_a_neighbour():
    coding, found, people = crowd(200)
    own = coding.encode(people)[:50]
    alone, with_self = found.plausibility(own, own), found.plausibility(own)
    assert (alone <= with_self).all()
    assert alone.mean() < with_self.mean()


def test_too_few_rows_to_compare_with_give_none():
    coding, _, people = crowd()
    few = Crowd.of(coding.encode(people[:NEIGHBOURS]), coding)
    assert np.isnan(few.plausibility(coding.encode(people[:3]))).all()
