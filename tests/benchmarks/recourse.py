"""Recourse against DiCE's random search: the same black box, the same rejected people, the same constraints.

DiCE needs packages that nothing else here does: `pip install --no-deps raiutils jsonschema referencing attrs rpds-py
jsonschema-specifications lightgbm` beside dice-ml; without them only our row is printed.
"""

import time
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

from tests.benchmarks.harness import Line
from tests.compute.hiring import FEATURES, IMMUTABLE, NUMBERS, ONLY_INCREASE, Screener, applicants
from xaikit.adapters.function import FunctionModel
from xaikit.compute.plausibility import USUAL, Crowd
from xaikit.compute.recourse_constraints import Constraints
from xaikit.compute.recourse_setting import Setting
from xaikit.core.players import Players
from xaikit.core.progress import silent
from xaikit.core.target import one_output

PEOPLE = 50
POPULATION = 5000
TASK = f"Recourse, synthetic hiring, 11 features, {PEOPLE} people, a person"


@dataclass(frozen=True)
class Answered:
    """One method's answers to the same people: their rows, empty where there is none."""

    cpu: float
    before: pd.DataFrame
    after: list[pd.Series | None]

    def told(self, net, coding, crowd) -> str:
        """Return what the answers are worth, every method measured by the same code."""
        pairs = [(b, a) for (_, b), a in zip(self.before.iterrows(), self.after, strict=True) if a is not None]
        before, after = (pd.DataFrame([p[i] for p in pairs])[FEATURES] for i in (0, 1))
        kinds = dict.fromkeys(NUMBERS, float)
        before, after = before.astype(kinds), after.astype(kinds)
        valid = net(after) >= 0.5
        changed = (before.to_numpy() != after.to_numpy()).sum(axis=1)
        fixed = (before[list(IMMUTABLE)].to_numpy() != after[list(IMMUTABLE)].to_numpy()).any(axis=1)
        fell = (after[list(ONLY_INCREASE)].to_numpy() < before[list(ONLY_INCREASE)].to_numpy()).any(axis=1)
        codes = coding.encode(pd.concat([after, before], ignore_index=True))
        usual = crowd.plausibility(codes[: len(after)], codes[len(after) :]) >= USUAL
        return (
            f"valid {valid.sum() / len(self.before):.0%}, {changed.mean():.2f} features changed, "
            f"{(fixed | fell).sum()} broke a constraint, {usual.mean():.0%} plausible"
        )


def ours(table, net, people) -> Answered:
    """Ours, the preparation and the pass over the population included."""
    model = FunctionModel(lambda t: net(t.astype(dict.fromkeys(NUMBERS, float))), takes_frames=True)
    rows = table.loc[people, FEATURES]
    start = time.process_time()
    setting = Setting.of(
        *(model, table[:POPULATION][FEATURES], rows, one_output(0, ["score"]), Players.of(FEATURES), 0.5),
        *(Constraints(IMMUTABLE, ONLY_INCREASE), 1000, np.random.default_rng(0)),
    )
    found = setting.answers(setting.codes(rows), 1, silent)
    cpu = (time.process_time() - start) / len(people)
    made = iter([r for _, r in setting.coding.decode(found.codes[found.found, 0]).iterrows()])
    return Answered(cpu, rows, [next(made) if there else None for there in found.found])


class Estimator:
    """The net with the face of scikit-learn, which DiCE asks for."""

    def __init__(self, net):
        self.net = net

    def predict_proba(self, rows):
        chance = self.net(rows[FEATURES].astype(dict.fromkeys(NUMBERS, float)))
        return np.stack([1 - chance, chance], axis=1)

    def predict(self, rows):
        return (self.predict_proba(rows)[:, 1] >= 0.5).astype(int)


def dice(table, net, people) -> Answered:
    """DiCE, only its queries timed."""
    import dice_ml

    data = dice_ml.Data(
        dataframe=table[[*FEATURES, "hired"]].iloc[:POPULATION], continuous_features=NUMBERS, outcome_name="hired"
    )
    engine = dice_ml.Dice(data, dice_ml.Model(model=Estimator(net), backend="sklearn"), method="random")
    free = [f for f in FEATURES if f not in IMMUTABLE]
    made: list[pd.Series | None] = []
    start = time.process_time()
    for i in people:
        row = table.loc[[i], FEATURES]
        limits = {f: [float(row[f].iloc[0]), float(table[f].max())] for f in ONLY_INCREASE}
        told = engine.generate_counterfactuals(
            row, total_CFs=1, desired_class="opposite", features_to_vary=free, permitted_range=limits, random_seed=0
        )
        answers = told.cf_examples_list[0].final_cfs_df
        made.append(answers[FEATURES].iloc[0] if answers is not None and len(answers) else None)
    return Answered((time.process_time() - start) / len(people), table.loc[people, FEATURES], made)


def lines() -> list[Line]:
    """Return our row, and DiCE's where it can be imported."""
    table = applicants()
    net = Screener(table)
    people = list(np.flatnonzero(net(table)[POPULATION:] < 0.5)[:PEOPLE] + POPULATION)
    coding = Setting.of(
        *(FunctionModel(net, takes_frames=True), table[:POPULATION][FEATURES], table.loc[people, FEATURES]),
        *(one_output(0, ["score"]), Players.of(FEATURES), 0.5, Constraints(), 10, np.random.default_rng(0)),
    ).coding
    crowd = Crowd.of(coding.encode(table[:POPULATION][FEATURES].sample(2000, random_state=1)), coding)
    mine = ours(table, net, people)
    out = [Line(TASK, f"xaikit: {mine.told(net, coding, crowd)}", mine.cpu, 1.0)]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = dice(table, net, people)
    except ImportError as error:
        return [*out, Line(TASK, f"DiCE random: not installed ({error.name})", None)]
    return [*out, Line(TASK, f"DiCE random: {theirs.told(net, coding, crowd)}", theirs.cpu, theirs.cpu / mine.cpu)]


if __name__ == "__main__":
    for line in lines():
        print(line)
