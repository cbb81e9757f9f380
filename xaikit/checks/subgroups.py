"""Which subgroups, of any depth, are selected unlike everybody else, all looks accounted for."""

from collections.abc import Iterator

import numpy as np

from xaikit.core.errors import AbsentError
from xaikit.core.evidence import JOIN, Evidence
from xaikit.stats.intervals import newcombe
from xaikit.stats.lattice import lattice, search
from xaikit.stats.tally import Tally

SOURCE = "subgroups"


def check(
    tally: Tally,
    rng: np.random.Generator,
    *,
    depth: int = 3,
    support: int = 30,
    shown: int = 20,
    simulations: int = 10_000,
    confidence: float = 0.95,
) -> Iterator[Evidence]:
    """Yield the subgroups whose selection rate differs most clearly from that of everybody else.

    Parameters
    ----------
    tally : Tally
        The counts.
    rng : numpy.random.Generator
        For the law of the largest difference.
    depth : int
        At most so many features are crossed.
    support : int
        Subgroups with fewer people are left out, and counted.
    shown : int
        At most so many subgroups are yielded, the clearest first; all take part in the correction.
    simulations : int
        Of the law.
    confidence : float
        Of the (pointwise) Newcombe intervals.

    Raises
    ------
    AbsentError
        When there are no decisions, or fewer than two sensitive features.

    References
    ----------
    Kearns et al. (2018), Preventing fairness gerrymandering, ICML; Westfall & Young (1993), ch. 2.
    """
    if not tally.decided:
        raise AbsentError(SOURCE, "a table without decisions", "a decision column, or a model with a threshold")
    if len(tally.sensitive) < 2:
        raise AbsentError(SOURCE, "fewer than two sensitive features", "two or more to cross")
    table = tally.table(*tally.sensitive)
    subgroups = lattice(table, depth, support)
    everybody = {"sensitive": JOIN.join(tally.sensitive)}
    looked = len(subgroups.groups)
    detail: dict[str, float | int | str | bool | None] = {"left_out": subgroups.left_out, "support": support}
    yield Evidence(
        "subgroups_searched", float(looked), None, None, int(table.n.sum()), "count", everybody, SOURCE, "", detail
    )
    if not looked:
        return
    found = search(table, subgroups, rng, simulations)
    x_rest, n_rest = table.selected.sum() - found.selected, table.n.sum() - found.n
    low, high = newcombe(found.selected, found.n, x_rest, n_rest, confidence)
    for i in np.argsort(-np.abs(found.z), kind="stable")[:shown]:
        about = {"sensitive": JOIN.join(subgroups.features[i]), "group": JOIN.join(subgroups.groups[i])}
        facts: dict[str, float | int | str | bool | None] = {
            "rate": float(found.rate[i]),
            "rate_of_the_rest": float(found.rest[i]),
            "z": float(found.z[i]),
            "adjusted_p": float(found.p[i]),
            "looked_at": looked,
            "simulations": found.simulations,
            "confidence": confidence,
            "method": "Newcombe, pointwise; p by step-down maximum over all subgroups",
            **tally.assumption,
        }
        yield Evidence(
            "subgroup_rate_difference",
            float(found.rate[i] - found.rest[i]),
            float(low[i]),
            float(high[i]),
            int(found.n[i]),
            "rate",
            about,
            SOURCE,
            "",
            facts,
        )
