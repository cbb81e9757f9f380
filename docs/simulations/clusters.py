"""Whole vacancies go to one sex: what does an audit say that takes their rows for independent?"""

import numpy as np
import pandas as pd
from markdown import share, table

from xaikit.core.decisions import Decisions, Roles
from xaikit.stats.best_of_k import best_of_k
from xaikit.stats.tally import Tally

AUDITS, VACANCIES = 200, 150
rng = np.random.default_rng(5)


def flagged(frame, **roles):
    tally = Tally.of(Decisions.of(frame, Roles(decision="hired", sensitive=("sex",), **roles)))
    return np.nanmin(best_of_k(tally.table("sex"), rng, 1000).p) < 0.05


found = []
for _ in range(AUDITS):
    size = rng.integers(2, 9, VACANCIES)
    who = np.repeat(np.arange(VACANCIES), size)
    sex = np.where(rng.random(VACANCIES) < 0.5, "f", "m")[who]
    chance = np.clip(0.4 + 0.3 * rng.standard_normal(VACANCIES), 0.02, 0.98)[who]
    frame = pd.DataFrame({"sex": sex, "hired": (rng.random(len(who)) < chance).astype(int), "vacancy": who})
    found.append([flagged(frame), flagged(frame, cluster="vacancy")])
naive, declared = np.mean(found, axis=0)
table(
    ["What is declared", "p < .05 although both sexes have the same chance"],
    [["nothing: rows taken as independent", share(naive)], ["**`cluster: vacancy`**", f"**{share(declared)}**"]],
)
