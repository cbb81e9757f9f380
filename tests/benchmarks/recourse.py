"""Recourse against DiCE's random search: the same black box, the same rejected people, the same constraints.

DiCE needs packages that nothing else here does: `pip install --no-deps raiutils jsonschema referencing attrs rpds-py
jsonschema-specifications lightgbm` beside dice-ml; without them only our row is printed.
"""

import time
import warnings

import numpy as np

from tests.benchmarks.harness import Line
from tests.compute.hiring import FEATURES, IMMUTABLE, NUMBERS, ONLY_INCREASE, Screener, applicants
from xaikit.compute.coding import Coding
from xaikit.compute.recourse import Constraints, search
from xaikit.core.players import Players

TASK = "Recourse, synthetic hiring, 11 features, a person"


class Estimator:
    """The net with the face of scikit-learn, which DiCE asks for."""

    def __init__(self, net):
        self.net = net

    def predict_proba(self, rows):
        chance = self.net(rows[FEATURES].astype(dict.fromkeys(NUMBERS, float)))
        return np.stack([1 - chance, chance], axis=1)

    def predict(self, rows):
        return (self.predict_proba(rows)[:, 1] >= 0.5).astype(int)


def ours(table, net, scores, people):
    coding = Coding.of(table[FEATURES], Players.of(FEATURES))
    donors = coding.encode(table[:5000][scores[:5000] >= 0.5][FEATURES][:1000])
    own = coding.encode(table.iloc[people][FEATURES])
    start = time.process_time()
    found = search(own, donors, lambda c: net(coding.decode(c)) >= 0.5, coding, Constraints(IMMUTABLE, ONLY_INCREASE))
    cpu = (time.process_time() - start) / len(people)
    return cpu, found.found.mean(), found.changed[found.found, 0].mean()


def dice(table, net, people):
    import dice_ml

    data = dice_ml.Data(
        dataframe=table[[*FEATURES, "hired"]].iloc[:5000], continuous_features=NUMBERS, outcome_name="hired"
    )
    engine = dice_ml.Dice(data, dice_ml.Model(model=Estimator(net), backend="sklearn"), method="random")
    free = [f for f in FEATURES if f not in IMMUTABLE]
    start, found, changed = time.process_time(), 0, 0
    for i in people:
        row = table.loc[[i], FEATURES]
        limits = {f: [float(row[f].iloc[0]), float(table[f].max())] for f in ONLY_INCREASE}
        made = engine.generate_counterfactuals(
            row, total_CFs=1, desired_class="opposite", features_to_vary=free, permitted_range=limits, random_seed=0
        )
        answers = made.cf_examples_list[0].final_cfs_df
        if answers is not None and len(answers):
            found += 1
            new = answers[FEATURES].iloc[0]
            changed += sum(
                float(new[f]) != float(row[f].iloc[0]) if f in NUMBERS else new[f] != row[f].iloc[0] for f in FEATURES
            )
    return (time.process_time() - start) / len(people), found / len(people), changed / max(found, 1)


def lines() -> list[Line]:
    """Return our row, and DiCE's where it can be imported."""
    table = applicants()
    net = Screener(table)
    scores = net(table)
    rejected = np.flatnonzero(scores[5000:] < 0.5) + 5000
    cpu, found, changed = ours(table, net, scores, rejected[:200])
    out = [Line(TASK, f"xaikit: found {found:.0%}, {changed:.2f} features changed", cpu)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cpu, found, changed = dice(table, net, rejected[:20])
    except ImportError as error:
        return [*out, Line(TASK, f"DiCE random: not installed ({error.name})", None)]
    return [*out, Line(TASK, f"DiCE random: found {found:.0%}, {changed:.2f} features changed", cpu)]


if __name__ == "__main__":
    for line in lines():
        print(line)
