"""Whether like people are treated alike: consistency with neighbours, and Clarify's fliptest."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from xaikit.compute.coordinates import coordinates
from xaikit.core.decisions import Decisions
from xaikit.core.errors import AbsentError, DataError
from xaikit.core.evidence import UNKNOWN, Evidence
from xaikit.stats.calibration import normal_quantile
from xaikit.stats.table import Floats

SOURCE = "individual"
Detail = dict[str, float | int | str | bool | None]


def check(
    decisions: Decisions,
    inputs: Any,
    rng: np.random.Generator,
    *,
    neighbours: int = 5,
    rows: int = 2_000,
    confidence: float = 0.95,
) -> Iterator[Evidence]:
    """Yield consistency by group and the counterfactual fliptest FT, by nearest neighbours in the features.

    Sensitive features take no part in the distance; numbers are put on one scale, categories count as 0 and 1.

    Parameters
    ----------
    decisions : Decisions
        One row a decision.
    inputs : DataFrame or array, shape (n, columns)
        The features of the same rows.
    rng : numpy.random.Generator
        Draws the rows that are looked at.
    neighbours : int
        How many of the nearest rows.
    rows : int
        At most so many rows are compared, with all others.
    confidence : float
        Of the intervals over rows.

    Raises
    ------
    AbsentError
        When nobody was decided upon, or no feature is left.
    DataError
        When inputs and decisions have not the same rows.

    References
    ----------
    Zemel et al. (2013), Learning fair representations, ICML (consistency); Black, Yeom & Fredrikson (2020),
    FlipTest, FAccT; Dwork et al. (2012), Fairness through awareness, ITCS.
    """
    if decisions.selected is None:
        raise AbsentError(SOURCE, "a table without decisions", "a decision column, or a model with a threshold")
    points = _points(inputs, decisions)
    selected = decisions.selected.astype(np.float64)
    looked = np.sort(rng.permutation(len(points))[:rows])
    neighbours = min(neighbours, len(points) - 1)
    if neighbours < 1:
        raise AbsentError(SOURCE, "one row", "two or more to compare")
    _, near = cKDTree(points).query(points[looked], k=neighbours + 1)
    others = _without_self(near, looked, neighbours)
    like = 1 - np.abs(selected[looked] - selected[others].mean(axis=1))
    yield _mean("consistency", like, {}, neighbours, confidence)
    for feature in decisions.roles.sensitive:
        groups = decisions.groups(feature)
        for g, name in enumerate(groups.names):
            if name == UNKNOWN:
                continue
            mine = groups.codes[looked] == g
            about = {"sensitive": feature, "group": name}
            if mine.any():
                yield _mean("consistency", like[mine], about, neighbours, confidence)
            facet, rest = groups.codes == g, groups.known & (groups.codes != g)
            if facet.any() and rest.any():
                yield _flips(points, selected, facet, rest, about, neighbours, rng, rows, confidence)


def _points(inputs: Any, decisions: Decisions) -> Floats:
    if isinstance(inputs, list):
        raise AbsentError(SOURCE, "texts", "features, by which people can be alike")
    frame = inputs if isinstance(inputs, pd.DataFrame) else pd.DataFrame(np.asarray(inputs))
    if len(frame) != len(decisions):
        raise DataError(SOURCE, f"{len(frame)} rows of inputs", f"{len(decisions)}, one a decision")
    frame = frame.drop(columns=[c for c in decisions.roles.sensitive if c in frame.columns])
    if frame.shape[1] == 0:
        raise AbsentError(SOURCE, "no feature but the sensitive ones", "features that are not sensitive")
    return coordinates(frame)[0]


def _without_self(near: NDArray[np.intp], own: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return the nearest rows other than the row itself, which need not come first among equals."""
    keep = near != own[:, None]
    keep[keep.all(axis=1), -1] = False
    return np.asarray(near[keep].reshape(len(own), count))


def _mean(measure: str, values: Floats, about: dict[str, str], neighbours: int, confidence: float) -> Evidence:
    n = len(values)
    half = normal_quantile(confidence) * float(values.std(ddof=1)) / np.sqrt(n) if n > 1 else None
    value = float(values.mean())
    low, high = (None, None) if half is None else (max(0.0, value - half), min(1.0, value + half))
    detail: Detail = {"neighbours": neighbours, "confidence": confidence, "method": "normal, over rows"}
    return Evidence(measure, value, low, high, n, "rate", about, SOURCE, "", detail)


def _flips(
    points: Floats,
    selected: Floats,
    facet: NDArray[np.bool_],
    rest: NDArray[np.bool_],
    about: dict[str, str],
    neighbours: int,
    rng: np.random.Generator,
    rows: int,
    confidence: float,
) -> Evidence:
    """Return FT: how many more of the facet are turned down where their likes in the rest are selected, a person."""
    mine = rng.permutation(np.flatnonzero(facet))[:rows]
    theirs = np.flatnonzero(rest)
    _, near = cKDTree(points[theirs]).query(points[mine], k=min(neighbours, len(theirs)))
    likes = selected[theirs][near.reshape(len(mine), -1)].mean(axis=1) > 0.5
    up, down = likes & (selected[mine] == 0), ~likes & (selected[mine] == 1)
    flips = up.astype(np.float64) - down
    value, n = float(flips.mean()), len(mine)
    half = normal_quantile(confidence) * float(flips.std(ddof=1)) / np.sqrt(n) if n > 1 else None
    low, high = (None, None) if half is None else (max(-1.0, value - half), min(1.0, value + half))
    detail: Detail = {"name": "counterfactual fliptest", "neighbours": neighbours, "confidence": confidence}
    detail |= {"turned_down_unlike_their_likes": int(up.sum()), "selected_unlike_their_likes": int(down.sum())}
    return Evidence("FT", value, low, high, n, "rate", about, SOURCE, "", detail)
