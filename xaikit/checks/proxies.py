"""Which features stand in for a sensitive one, and does the model lean on them? Predictability times dependence."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import norm
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer

from xaikit.compute.batches import as_array
from xaikit.core.decisions import Decisions
from xaikit.core.evidence import Evidence
from xaikit.core.explanation import Explanation
from xaikit.core.players import Players
from xaikit.stats.calibration import auc, auc_error

Floats = NDArray[np.float64]
ALL = "all features together"
OTHERS = "all features but itself"


def check(
    inputs: Any,
    players: Players,
    decisions: Decisions,
    rng: np.random.Generator,
    explanations: Mapping[str, Explanation] | None = None,
    *,
    rows: int = 5_000,
    folds: int = 5,
    confidence: float = 0.95,
    min_group: int = 20,
) -> Iterator[Evidence]:
    """Measure how well each sensitive feature can be told from each input, and from all together.

    A proxy is a feature from which the sensitive one can be predicted *and* on which the model depends: the first is
    the value here, the second stands beside it as the feature's share of all attributions.

    Parameters
    ----------
    inputs : table or array, shape (n, columns)
        What the model reads.
    players : Players
        Features and groups of columns; a sensitive feature that is itself an input is set aside as "itself".
    decisions : Decisions
        Of the same rows, with the sensitive features.
    rng : numpy.random.Generator
        Draws rows and folds.
    explanations : mapping, optional
        Gives the dependence: mean absolute value of the feature, as a share of the sum over features.
    rows, folds : int
        Rows used at most, and folds of the cross-fitting.
    confidence : float
        Of the interval (DeLong), for predictors that are given.
    min_group : int
        Groups with fewer rows are left out; with fewer than two groups left nothing can be told.

    Yields
    ------
    Evidence
        `proxy_auc` by sensitive and feature: the area under the ROC curve of predictions for rows that the predictor
        has not seen, 0.5 being chance; over several groups, the mean of each against the rest. `detail` holds the
        `dependence` (0 to 1) and the feature's standing.

    References
    ----------
    DeLong, E. R. et al. (1988). Comparing the areas under two or more correlated ROC curves. Biometrics 44.
    Datta, A. et al. (2017). Proxy non-discrimination in data-driven systems. arXiv:1707.08120.
    Chernozhukov, V. et al. (2018). Double/debiased machine learning. (cross-fitting)
    """
    table = _coded(inputs)
    dependence = _dependence(explanations, players)
    for name in decisions.roles.sensitive:
        groups = decisions.groups(name)
        sizes = np.bincount(groups.codes, minlength=len(groups.names))
        kept = groups.known & (sizes[groups.codes] >= max(min_group, folds))
        chosen = np.sort(rng.permutation(np.flatnonzero(kept))[:rows])
        seen, truth = np.unique(groups.codes[chosen], return_inverse=True)
        if len(seen) < 2 or np.bincount(truth).min() < folds:
            because = f"fewer than two groups of {max(min_group, folds)} people or more"
            yield Evidence("proxy_auc", None, about={"sensitive": name}, because=because)
            continue
        itself = [name] if name in players.names else []
        asked = {p: [p] for p in players.names}
        asked |= {ALL: list(players.names), **({OTHERS: [p for p in players.names if p != name]} if itself else {})}
        for feature, members in asked.items():
            columns = np.flatnonzero(np.isin(players.owner, [players.names.index(m) for m in members]))
            if not len(columns):
                continue
            scores = _cross_fitted(table[np.ix_(chosen, columns)], truth, len(members) == 1, folds, rng)
            yield Evidence(
                "proxy_auc",
                *_area(truth, scores, confidence),
                len(chosen),
                "AUC",
                {"sensitive": name, "feature": feature},
                detail={
                    "dependence": dependence.get(feature),
                    "itself": feature in itself,
                    "groups": len(seen),
                    "confidence": confidence,
                    "standing": "legitimate" if feature in decisions.roles.legitimate else "undeclared",
                },
            )


def _coded(inputs: Any) -> Floats:
    """Return the inputs as numbers; words become the codes of their categories, which trees can split."""
    if not isinstance(inputs, pd.DataFrame):
        return np.asarray(as_array(inputs), dtype=np.float64)
    numbers = [
        inputs[c] if pd.api.types.is_numeric_dtype(inputs[c].dtype) else pd.factorize(inputs[c], sort=True)[0]
        for c in inputs.columns
    ]
    return np.stack([np.asarray(n, dtype=np.float64) for n in numbers], axis=1)


def _cross_fitted(
    x: Floats, truth: NDArray[np.intp], single: bool, folds: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return the probability of each group, for rows that the predictor has not seen, shape (n, groups)."""
    seed = int(rng.integers(2**31))
    x = _one_column(x) if single else x
    out = np.zeros((len(truth), int(truth.max()) + 1))
    for fit, held in StratifiedKFold(folds, shuffle=True, random_state=seed).split(x, truth):
        out[held] = _predictor(x, single, seed).fit(x[fit], truth[fit]).predict_proba(x[held])
    return out


def _one_column(x: Floats) -> Floats:
    """Return a group of one-hot columns as the code of their pattern; a single column as it is."""
    if x.shape[1] == 1:
        return x
    return np.unique(x, axis=0, return_inverse=True)[1].reshape(-1, 1).astype(np.float64)


def _predictor(x: Floats, single: bool, seed: int) -> Any:
    if not single:
        return HistGradientBoostingClassifier(max_iter=60, random_state=seed, early_stopping=False)
    # a spline finds the theoretical area where a tree, being coarse, falls short of it
    few = len(np.unique(x)) <= 20
    code = OneHotEncoder(handle_unknown="ignore") if few else SplineTransformer(n_knots=6, knots="quantile")
    return make_pipeline(code, LogisticRegression(max_iter=300))


def _area(truth: NDArray[np.intp], scores: Floats, confidence: float) -> tuple[float, float, float]:
    """Return the area under the curve and its limits; over several groups, the mean of each against the rest.

    The error of such a mean is at most the mean of the errors, which is what is used.
    """
    groups = [1] if scores.shape[1] == 2 else list(range(scores.shape[1]))
    values, errors = [], []
    for g in groups:
        place = np.unique(scores[:, g], return_inverse=True)[1]
        counts = np.bincount(2 * place + (truth == g), minlength=2 * (int(place.max()) + 1)).reshape(-1, 2)
        values.append(float(auc(counts)))
        errors.append(float(auc_error(counts)))
    value, reach = float(np.mean(values)), float(norm.isf((1 - confidence) / 2) * np.mean(errors))
    return value, max(0.0, value - reach), min(1.0, value + reach)


def _dependence(explanations: Mapping[str, Explanation] | None, players: Players) -> dict[str, float]:
    for explanation in (explanations or {}).values():
        if explanation.feature_names == players.names and explanation.values.ndim == 3:
            mass = np.abs(explanation.values).mean(axis=(0, 2))
            return {n: float(m / mass.sum()) for n, m in zip(players.names, mass, strict=True)} if mass.sum() else {}
    return {}
