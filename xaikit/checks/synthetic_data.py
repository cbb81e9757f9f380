"""Are generated rows like the real ones, for every group, and are real people hidden among them? Of tables alone.

For tables that a generative net (a GAN, a diffusion model, a language model) made: synthetic rows stand in one table
with the real rows they were made from, and a column tells them apart.

References
----------
Lopez-Paz, D., Oquab, M. (2017). Revisiting classifier two-sample tests. ICLR 2017. https://arxiv.org/abs/1610.06545
Platzer, M., Reutterer, T. (2021). Holdout-based empirical assessment of mixed-type synthetic data. Frontiers in Big
Data 4, 679939 (distance to the closest record, against a holdout). https://doi.org/10.3389/fdata.2021.679939
"""

from collections.abc import Iterator
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.neighbors import NearestNeighbors

from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError, unknown_name
from xaikit.core.evidence import Evidence
from xaikit.core.groups import groups_of

SOURCE = "synthetic_data"
Floats = NDArray[np.float64]
Detail = dict[str, float | int | str | bool | None]


def check(
    decisions: Decisions,
    population_frame: pd.DataFrame,
    rng: np.random.Generator,
    *,
    column: str,
    synthetic: str = "synthetic",
    rows: Annotated[int, Field(ge=50)] = 2000,
) -> Iterator[Evidence]:
    """Compare synthetic rows with the real rows they were made from.

    Parameters
    ----------
    decisions : Decisions
        For the roles of the columns.
    population_frame : pandas.DataFrame
        Synthetic and real rows together.
    rng : numpy.random.Generator
        Draws the rows compared and the folds.
    column : str
        The column that tells them apart.
    synthetic : str
        Its value for synthetic rows.
    rows : int
        At most so many of either kind are compared.

    Yields
    ------
    Evidence
        `two_sample_auc` (0.5: a classifier cannot tell them apart; 1: always), `correlation_drift` (largest absolute
        difference between two correlations), `group_rate_drift` and `group_selection_drift` (synthetic − real, by
        group), `exact_copies` (share of synthetic rows that are real ones) and `nearest_record_share` (the
        chance that a synthetic row lies nearer to a real one than another real row does; 0.5 when nothing leaks).

    Raises
    ------
    DataError
        When no column tells the rows apart, or either kind has fewer than 50 rows.
    """
    if column not in population_frame.columns:
        raise unknown_name(f"{SOURCE}.column", "column", column, population_frame.columns)
    is_synthetic = (population_frame[column].astype(str) == synthetic).to_numpy()
    compared = _compared(population_frame, decisions, column)
    made, real = _drawn(compared, is_synthetic, rows, rng), _drawn(compared, ~is_synthetic, rows, rng)
    yield from _two_samples(made, real, rng)
    yield _correlations(made, real)
    yield from _groups(population_frame, decisions, is_synthetic)
    yield from _leaks(made, real)


def _compared(frame: pd.DataFrame, decisions: Decisions, column: str) -> pd.DataFrame:
    """Return every column as numbers on a common scale: ranks of numbers, indicators of categories."""
    parts: dict[str, Floats] = {}
    for name in frame.columns:
        if name in {column, decisions.roles.id}:
            continue
        values = frame[name]
        if pd.api.types.is_numeric_dtype(values.dtype) and values.nunique() > 2:
            parts[str(name)] = values.rank(pct=True).fillna(-1).to_numpy(dtype=np.float64)
            continue
        groups = groups_of(values, str(name))
        if len(groups.names) <= 50:  # a column of names or texts has no correlation
            parts |= {f"{name}={g}": (groups.codes == i).astype(np.float64) for i, g in enumerate(groups.names)}
    return pd.DataFrame(parts)


def _drawn(table: pd.DataFrame, of: NDArray[np.bool_], rows: int, rng: np.random.Generator) -> pd.DataFrame:
    there = np.flatnonzero(of)
    if len(there) < 50:
        raise DataError(SOURCE, f"{len(there)} rows of one kind", "at least 50 synthetic and 50 real rows")
    return table.iloc[np.sort(rng.choice(there, size=min(rows, len(there)), replace=False))]


def _two_samples(made: pd.DataFrame, real: pd.DataFrame, rng: np.random.Generator) -> Iterator[Evidence]:
    x = np.vstack([made.to_numpy(), real.to_numpy()])
    y = np.repeat([1, 0], [len(made), len(real)])
    folds = StratifiedKFold(5, shuffle=True, random_state=int(rng.integers(2**31)))
    classifier = HistGradientBoostingClassifier(max_iter=60, random_state=int(rng.integers(2**31)))
    told = cross_val_predict(classifier, x, y, cv=folds, method="predict_proba")[:, 1]
    auc = float(roc_auc_score(y, told))
    # standard error of an area under the curve, by its exponential approximation (Hanley & McNeil 1982)
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    spread = auc * (1 - auc) + (len(made) - 1) * (q1 - auc**2) + (len(real) - 1) * (q2 - auc**2)
    error = 1.96 * float(np.sqrt(max(spread, 0.0) / (len(made) * len(real))))
    detail: Detail = {
        "method": "5-fold gradient boosting",
        "confidence": 0.95,
        "real": len(real),
        "synthetic": len(made),
    }
    yield Evidence(
        "two_sample_auc", auc, max(0.0, auc - error), min(1.0, auc + error), len(y), "auc", {}, SOURCE, "", detail
    )


def _correlations(made: pd.DataFrame, real: pd.DataFrame) -> Evidence:
    varies = [c for c in made.columns if made[c].std() > 0 and real[c].std() > 0]
    if len(varies) < 2:
        return Evidence(
            "correlation_drift", None, unit="correlation", source=SOURCE, because="fewer than two columns"
        )
    difference = (made[varies].corr() - real[varies].corr()).abs().to_numpy()
    a, b = np.unravel_index(difference.argmax(), difference.shape)
    detail: Detail = {"between": f"{varies[a]} and {varies[b]}", "mean": float(difference.mean())}
    value = float(difference.max())
    return Evidence("correlation_drift", value, n=len(made), unit="correlation", source=SOURCE, detail=detail)


def _groups(frame: pd.DataFrame, decisions: Decisions, of: NDArray[np.bool_]) -> Iterator[Evidence]:
    outcome = decisions.roles.decision or decisions.roles.label
    chosen = (frame[outcome] == decisions.roles.favourable).to_numpy() if outcome else None
    for feature in decisions.roles.sensitive:
        groups = decisions.groups(feature, frame)
        for code, name in enumerate(groups.names):
            rows = groups.codes == code
            about = {"sensitive": feature, "group": name}
            drift = float(rows[of].mean() - rows[~of].mean())
            yield Evidence("group_rate_drift", drift, n=int(rows.sum()), unit="rate", about=about, source=SOURCE)
            if chosen is not None and (rows & of).any() and (rows & ~of).any():
                drift = float(chosen[rows & of].mean() - chosen[rows & ~of].mean())
                n = int(rows.sum())
                yield Evidence("group_selection_drift", drift, n=n, unit="rate", about=about, source=SOURCE)


def _leaks(made: pd.DataFrame, real: pd.DataFrame) -> Iterator[Evidence]:
    copies = pd.util.hash_pandas_object(made, index=False).isin(pd.util.hash_pandas_object(real, index=False))
    yield Evidence("exact_copies", float(copies.mean()), n=len(made), unit="rate", source=SOURCE)
    # a real row lies about as near to the other real rows as a synthetic one does, unless synthetic rows repeat them
    search = NearestNeighbors(n_neighbors=2).fit(real.to_numpy())
    among_real = search.kneighbors(real.to_numpy())[0][:, 1]
    to_made = search.kneighbors(made.to_numpy(), n_neighbors=1)[0][:, 0]
    ranks = np.searchsorted(np.sort(among_real), to_made, side="left") / len(among_real)
    ties = np.searchsorted(np.sort(among_real), to_made, side="right") / len(among_real)
    nearer = float(1 - (ranks + ties).mean() / 2)
    detail = {
        "median_distance": float(np.median(to_made)),
        "median_distance_among_real": float(np.median(among_real)),
    }
    yield Evidence("nearest_record_share", nearer, n=len(made), unit="rate", source=SOURCE, detail=detail)
