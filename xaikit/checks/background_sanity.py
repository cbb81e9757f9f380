"""Sanity of the background: is it a sample of the population that the audit speaks about.

A background that was picked can cut an attribution by up to 90 % without a trace in the explanation itself.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from xaikit.compute.batches import as_array, length, take
from xaikit.compute.coordinates import coordinates
from xaikit.compute.digests import digest
from xaikit.core.decisions import Decisions
from xaikit.core.evidence import Evidence
from xaikit.core.model import Model
from xaikit.core.players import Players
from xaikit.core.target import Target
from xaikit.stats.two_samples import energy_test, energy_tests

Floats = NDArray[np.float64]
Detail = dict[str, float | int | str | bool | None]
MOST = 200  # columns that are compared one by one
DISTINCT, FEWEST = 0.95, 20  # share of rows that are like no other, and rows to compare with, to leave out own ones
AGAINST = 3  # rows of the population to one of `rows`


def check(
    model: Model,
    background: Any,
    population: Any,
    target: Target,
    rng: np.random.Generator,
    players: Players | None = None,
    decisions: Decisions | None = None,
    *,
    rows: Annotated[int, Field(ge=20)] = 500,
    permutations: Annotated[int, Field(ge=99)] = 999,
) -> Iterator[Evidence]:
    """Test the background against the population, in the features and in the model's answers.

    Simulated with 100 rows: backgrounds drawn by chance (p ≤ .05 in 23 of 500 draws: .046), and picked so that the
    share of a group falls by half within deciles of the score, which therefore says nothing (the same 60 draws):

    ==========================================  ============  ==================  ================
    found at p ≤ .05                             before        sensitive unknown   sensitive known
    ==========================================  ============  ==================  ================
    mortgages, 2,380 rows, a group of 14 %       .10           .18                 .27
    labour force, 753 rows, a group of 29 %      .42           .62                 .72
    prison terms, 1,445 rows, a group of 49 %    .97           .97                 1
    ==========================================  ============  ==================  ================

    Half of a small group is not found in 100 rows: 14 people and 7 are 2 standard errors apart.

    Before, the energy of all features and the most different one were tested alone, against 500 rows, own ones among
    them; with 300 rows that found a group cut by half in .60 to .90, and one cut by 90 % always.

    Parameters
    ----------
    model, target
        Whose answers are compared.
    background, population : array, table or list of texts
        What explanations draw from, and what they should speak about; of texts only the scores are compared.
    rng : numpy.random.Generator
        Draws rows and permutations.
    players : Players, optional
        Tells the columns of a sensitive feature.
    decisions : Decisions, optional
        Tells which features are sensitive: a background is likeliest to have been picked by one, so these are tested
        for themselves as well.
    rows : int
        At most this many rows of the background are compared, with at most three times as many of the population.
        Where the background's own rows can be told among these, they are left out: on both sides they would hide a
        difference.
    permutations : int
        Of the two permutation tests.

    Yields
    ------
    Evidence
        `background_p` (p of the most telling of four: energy of all features together, of the one that differs most,
        which `detail` names, of the sensitive one that does, and a linear discriminant; it pays for their number),
        `background_score_p` (on the model's output), and
        `background_base_shift` (difference of the mean output in standard deviations of the population's). A small p
        says that the background is no sample of the population; a large one proves nothing about a small background.

    References
    ----------
    Laberge, G. et al. (2022). Fooling SHAP with stealthily biased sampling. arXiv 2205.15419.
    Székely, G. J. and Rizzo, M. L. (2013). Energy statistics. Journal of Statistical Planning and Inference 143(8).
    """
    behind = take(background, np.sort(rng.permutation(length(background))[:rows]))
    others = _others(background, population)
    drawn = take(others, np.sort(rng.permutation(length(others))[: AGAINST * rows]))
    n = length(behind)
    if n < 5:
        for measure in ("background_p", "background_score_p", "background_base_shift"):
            yield Evidence(measure, None, n=n, because="a baseline of fewer than 5 rows is a choice, not a sample")
        return
    detail: Detail = {"permutations": permutations, "population": length(drawn)}
    sensitive = () if decisions is None else decisions.roles.sensitive
    watched = _watched(behind, sensitive, players)
    yield _features(behind, drawn, rng, permutations, {**detail, "digest": digest(background)}, watched)
    here, there = (np.asarray(target(model.predict(b)), dtype=np.float64) for b in (behind, drawn))
    one, other = coordinates(here, there)
    statistic, p = energy_test(one, other, rng, permutations)
    yield Evidence("background_score_p", p, n=n, unit="p", detail={**detail, "energy": statistic})
    spread = float(there.std(axis=0).max())
    shift = float(np.abs(here.mean(axis=0) - there.mean(axis=0)).max()) * length(others) / length(population)
    value = shift / spread if spread else None
    why = "" if spread else "the model gives everybody the same score"
    yield Evidence("background_base_shift", value, n=n, unit="standard deviations", because=why)


def _others(background: Any, population: Any) -> Any:
    """Return the population less the rows of the background, where these can be told; else all of it.

    Rows that are on both sides hide a difference. They can be told where hardly two rows of the population are alike
    and every row of the background is among them.
    """
    if not isinstance(population, list) and np.prod(np.shape(population)[1:]) > MOST:
        return population
    all_rows, own = _keys(population), _keys(background)
    if len(np.unique(all_rows)) < DISTINCT * len(all_rows) or not np.isin(own, all_rows).all():
        return population
    left = np.flatnonzero(~np.isin(all_rows, own))
    return take(population, left) if len(left) >= FEWEST else population


def _keys(batch: Any) -> NDArray[np.uint64]:
    """Return a number for each row, the same for the same values."""
    if isinstance(batch, list):
        frame = pd.DataFrame({"text": [str(text) for text in batch]})
    elif isinstance(batch, pd.DataFrame):
        frame = batch.astype({c: np.float64 if batch[c].dtype.kind in "biuf" else str for c in batch.columns})
    else:
        frame = pd.DataFrame(as_array(batch).reshape(length(batch), -1).astype(np.float64))
    return np.asarray(pd.util.hash_pandas_object(frame, index=False), dtype=np.uint64)


def _watched(behind: Any, sensitive: Sequence[str], players: Players | None) -> list[int]:
    """Return which columns hold sensitive features."""
    names = [str(c) for c in behind.columns] if isinstance(behind, pd.DataFrame) else []
    owned = names if players is None else [players.names[k] for k in players.owner]
    if names and len(owned) != len(names):
        owned = names
    return [i for i, name in enumerate(owned) if name in sensitive or (names and names[i] in sensitive)]


def _features(
    behind: Any, drawn: Any, rng: np.random.Generator, permutations: int, detail: Detail, watched: Sequence[int]
) -> Evidence:
    """Compare the features: all together, and the one that differs most."""
    n = length(behind)
    if isinstance(behind, list):
        because = "texts have no distance: read that of the scores"
        return Evidence("background_p", None, n=n, unit="p", because=because)
    columns = _columns(behind, drawn)
    if columns is None:
        one, other = coordinates(behind, drawn)
        statistic, p = energy_test(one, other, rng, permutations)
        return Evidence("background_p", p, n=n, unit="p", detail={**detail, "energy": statistic})
    names, pairs = columns
    owner = np.repeat(np.arange(len(pairs)), [one.shape[1] for one, _ in pairs])
    one, other = (np.concatenate([pair[side] for pair in pairs], axis=1) for side in (0, 1))
    found = energy_tests(one, other, owner, rng, permutations, watched)
    most = int(found.by_feature.argmin())
    facts: Detail = {
        "energy": found.statistic,
        "differs_most": names[most],
        "p_of_that": float(found.by_feature[most]),
    }
    return Evidence("background_p", found.p, n=n, unit="p", detail={**detail, **facts})


def _columns(behind: Any, drawn: Any) -> tuple[list[str], list[tuple[Floats, Floats]]] | None:
    """Return each column of both on one scale, with its name; None where there are too many, as in images."""
    if isinstance(behind, pd.DataFrame):
        names = [str(c) for c in behind.columns]
        pairs = [coordinates(behind.iloc[:, [i]], drawn.iloc[:, [i]]) for i in range(len(names))]
    else:
        flat, whole = (as_array(b).reshape(length(b), -1) for b in (behind, drawn))
        if flat.shape[1] > MOST:
            return None
        names = [str(i) for i in range(flat.shape[1])]
        pairs = [coordinates(flat[:, [i]], whole[:, [i]]) for i in range(flat.shape[1])]
    return names, [(pair[0], pair[1]) for pair in pairs]
