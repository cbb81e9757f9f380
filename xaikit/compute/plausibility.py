"""How usual is a row? Its distance to the nearest real rows, held against what real rows have among themselves."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from xaikit.compute.coding import Coding

Floats = NDArray[np.float64]
NEIGHBOURS = 5
USUAL = 0.05  # a row further out than 95 % of the real ones is not usual
BLOCK = 4_096
YARDSTICK = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Crowd:
    """Real rows, and how far each is from its nearest others.

    Parameters
    ----------
    points : float array, shape (rows, width)
        Placed so that the city-block distance is Gower's.
    apart : float array, shape (up to 1,000,)
        Mean distance of rows, evenly chosen, to their nearest others, sorted.
    coding : Coding
        Of the rows.
    """

    points: Floats
    apart: Floats
    coding: Coding

    @classmethod
    def of(cls, codes: Floats, coding: Coding) -> "Crowd":
        """Return the crowd of some real rows.

        Parameters
        ----------
        codes : float array, shape (rows, players)
            A sample of the population.
        coding : Coding
            Of these codes.
        """
        points = _placed(codes, coding)
        some = np.unique(np.linspace(0, len(points) - 1, min(len(points), YARDSTICK)).astype(np.intp))
        away = cdist(points[some], points, "cityblock")
        away[np.arange(len(some)), some] = np.inf  # each from its nearest others
        return cls(points, np.sort(_nearest(away)), coding)

    def plausibility(self, codes: Floats, own: Floats | None = None) -> Floats:
        """Return how plausible rows are, shape (rows,): the share of real rows that are at least as far out.

        Parameters
        ----------
        codes : float array, shape (rows, players)
            The rows asked about.
        own : float array, shape (rows, players), optional
            The real row that each was made from: it does not count as its own neighbour.

        Returns
        -------
        float array, shape (rows,)
            In (0, 1]; of a real row not in the sample it is at most p with probability p (a conformal p value).
            NaN where there are too few real rows to compare with.

        References
        ----------
        Laxhammar, R. and Falkman, G. (2010). Conformal prediction for distribution-independent anomaly detection in
        streaming vessel data. StreamKDD, 47–55 (the k nearest neighbours as a measure of nonconformity).
        Pawelczyk, M., Broelemann, K. and Kasneci, G. (2020). Learning model-agnostic counterfactual explanations for
        tabular data. WWW 2020, 3126–3132 (proximity to real rows).
        """
        if len(self.points) <= NEIGHBOURS:
            return np.full(len(codes), np.nan)
        out = np.empty(len(codes))
        for start in range(0, len(codes), BLOCK):
            rows = slice(start, start + BLOCK)
            away = cdist(_placed(codes[rows], self.coding), self.points, "cityblock")
            if own is not None:
                _forget(away, _placed(own[rows], self.coding), self.points)
            further = len(self.apart) - np.searchsorted(self.apart, _nearest(away) - 1e-12)
            out[rows] = (1 + further) / (1 + len(self.apart))
        return out


def _placed(codes: Floats, coding: Coding) -> Floats:
    """Return points between which the city-block distance is Gower's: numbers over range, categories one-hot."""
    spans, parts = coding.spans(), []
    for p, pattern in enumerate(coding.patterns):
        if pattern is None:
            parts.append(codes[:, p, None] / spans[p])
        else:
            parts.append((codes[:, p, None] == np.arange(len(pattern))) * 0.5)
    return np.concatenate(parts, axis=1) if parts else codes


def _forget(away: Floats, own: Floats, points: Floats) -> None:
    """Put the person's own row, where it is in the sample, out of reach; of several like it, one."""
    index = {row.tobytes(): i for i, row in reversed(list(enumerate(points)))}
    for i, row in enumerate(own):
        place = index.get(row.tobytes())
        if place is not None:
            away[i, place] = np.inf


def _nearest(away: Floats) -> Floats:
    k = min(NEIGHBOURS, away.shape[1] - 1)
    mean: Floats = np.partition(away, k - 1, axis=1)[:, :k].mean(axis=1) if k > 0 else np.full(len(away), np.inf)
    return mean
