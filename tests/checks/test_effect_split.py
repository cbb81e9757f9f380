import numpy as np
import pandas as pd
import pytest

import xaikit as xk

WEIGHTS = {"sex": 0.10, "skill": 0.30, "town": 0.20}


def model(table):
    return 0.5 + WEIGHTS["sex"] * table["man"] + WEIGHTS["skill"] * table["skill"] + WEIGHTS["town"] * table["town"]


def world(n=8000, seed=0):
    """Town shapes sex (who applies) and skill; sex shapes skill; the score reads all three."""
    rng = np.random.default_rng(seed)
    town = rng.integers(0, 2, n)
    man = rng.random(n) < 0.3 + 0.4 * town
    skill = 0.5 * man + 0.25 * town + rng.normal(size=n) * 0.2
    frame = pd.DataFrame({"sex": np.where(man, "m", "f"), "man": man.astype(float), "skill": skill, "town": town})
    return frame.assign(town=frame.town.astype(float))


def split(frame, control=("town",), features=("man", "skill", "town"), groups=None, **parameters):
    return xk.audit(
        frame,
        roles=xk.Roles(sensitive=["sex"], control=control),
        model=model,
        features=list(features),
        groups={"sex": ["man"]} if groups is None else groups,
        checks={"effect_split": parameters},
    )


def parts(result):
    return {m: result.measured(m)[0] for m in ("direct_effect", "indirect_effect", "spurious_effect")}


def test_the_planted_parts_are_found_and_sum_to_the_gap():
    frame = world(20_000)
    found = parts(split(frame))
    woman = frame.sex == "f"
    # by construction: woman − man, town held equal or not
    assert found["direct_effect"].value == pytest.approx(-WEIGHTS["sex"], abs=1e-6)
    assert found["indirect_effect"].value == pytest.approx(-WEIGHTS["skill"] * 0.5, abs=0.01)
    shift = frame.town[woman].mean() - frame.town[~woman].mean()
    assert found["spurious_effect"].value == pytest.approx((0.2 + 0.3 * 0.25) * shift, abs=0.01)
    score = model(frame)
    gap = score[woman].mean() - score[~woman].mean()
    assert sum(e.value for e in found.values()) == pytest.approx(gap, abs=1e-6)


def test_without_confounders_there_is_no_spurious_part_and_it_says_so():
    found = parts(split(world(), control=()))
    assert found["spurious_effect"].value == pytest.approx(0, abs=1e-9)
    assert "no confounder is declared" in found["spurious_effect"].because


def test_a_model_that_does_not_read_the_attribute_has_no_direct_effect():
    frame = world().assign(other=0.0)

    def blind(table):
        return 0.3 * table["skill"]

    result = xk.audit(
        frame,
        roles=xk.Roles(sensitive=["sex"], control=["town"]),
        model=blind,
        features=["skill"],
        checks=["effect_split"],
    )
    direct = result.measured("direct_effect")[0]
    assert direct.value == 0.0
    assert "does not read" in direct.because


@pytest.mark.slow
def test_the_intervals_cover_the_planted_parts():
    truth = {"indirect_effect": -WEIGHTS["skill"] * 0.5}
    big = world(200_000, seed=99)
    shift = big.town[big.sex == "f"].mean() - big.town[big.sex == "m"].mean()
    truth["spurious_effect"] = (0.2 + 0.3 * 0.25) * shift
    inside = {m: [] for m in truth}
    for seed in range(120):
        found = parts(split(world(1500, seed)))
        for m, t in truth.items():
            inside[m].append(found[m].low <= t <= found[m].high)
    for m, hits in inside.items():
        assert 0.93 <= np.mean(hits) <= 0.97, (m, np.mean(hits))  # theory: 0.95
