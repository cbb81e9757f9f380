"""Scaffolds by the recipe of Slack et al. (2020): a biased rule for rows taken for real, a harmless one for others.

Slack, D., Hilgard, S., Jia, E., Singh, S. and Lakkaraju, H. (2020). Fooling LIME and SHAP: adversarial attacks on
post hoc explanation methods. AIES. A forest of 100 trees learns four fifths of the audited rows, each many times
over, and as many perturbed rows or more; a perturbed row that happens to be a real one counts as real. As there, the
harmless columns are drawn at random and added to the table; two of them decide together by exclusive or.

Three ways to perturb, of which the paper has the first two and an auditor who mixes real rows calls for the third:

    centres   as many coordinates as there are columns, drawn with repetition, are taken from ten centres of the table
              (k-means, each coordinate rounded to the nearest value of its column, as the package shap does)
    noise     standard normal noise on standardised numbers (against LIME); columns of few values keep theirs
    rows      as `centres`, from rows of the table themselves
"""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.ensemble import RandomForestClassifier

RECIPES = ("centres", "noise", "rows")
REPEATS = {"centres": 10, "noise": 30, "rows": 10}
MOST = 20_000


def with_harmless(x, rng):
    """Append two columns of coin tosses, of which nothing depends."""
    return np.column_stack([x, rng.integers(0, 2, len(x)), rng.integers(0, 2, len(x))]).astype(float)


def centres(x, rng):
    scale = np.where(x.std(axis=0) > 0, x.std(axis=0), 1)
    found = KMeans(10, n_init=3, random_state=int(rng.integers(2**31))).fit(x / scale).cluster_centers_ * scale
    for j in range(x.shape[1]):
        for k in range(len(found)):
            found[k, j] = x[np.abs(x[:, j] - found[k, j]).argmin(), j]
    return found


def perturbed(x, recipe, rng):
    """Rows that do not occur, as the recipe makes them."""
    n, width = x.shape
    if recipe == "noise":
        many = min(REPEATS[recipe] * n, MOST)
        rows = x[rng.integers(0, n, many)]
        numbers = [j for j in range(width) if len(np.unique(x[:, j])) > 5]
        rows[:, numbers] += rng.normal(size=(many, len(numbers))) * x[:, numbers].std(axis=0)
        return rows
    source = centres(x, rng) if recipe == "centres" else x
    rows = x[rng.integers(0, n, MOST)]
    for _ in range(width):
        column = rng.integers(0, width, MOST)
        rows[np.arange(MOST), column] = source[rng.integers(0, len(source), MOST), column]
    return rows


def detector(x, recipe, rng):
    """A forest that tells real rows from perturbed ones."""
    fake = perturbed(x, recipe, rng)
    occur = {row.tobytes() for row in x}
    real = np.repeat(x, max(1, min(REPEATS[recipe], MOST // len(x))), axis=0)
    rows = np.concatenate([real, fake])
    label = np.concatenate([np.ones(len(real)), [row.tobytes() in occur for row in fake]])
    learnt = rng.permutation(len(rows))[: int(0.8 * len(rows))]
    seed = int(rng.integers(2**31))
    return RandomForestClassifier(100, random_state=seed).fit(rows[learnt], label[learnt])


def scaffold(x, column, recipe, harmless, rng):
    """Return the biased rule and the scaffold around it; the last two columns of `x` are the harmless ones."""
    values = np.unique(x[:, column])
    cuts = [(np.mean(x[:, column] > v), v) for v in values[:-1]]
    cut = min(cuts, key=lambda c: abs(c[0] - 0.5))[1]
    seen = detector(x, recipe, rng)

    def biased(z):
        return (z[:, column] > cut).astype(float)

    def mild(z):
        one, other = z[:, -2] > 0.5, z[:, -1] > 0.5
        return (one ^ other if harmless == 2 else one).astype(float)

    return biased, lambda z: np.where(seen.predict(z) == 1, biased(z), mild(z))
