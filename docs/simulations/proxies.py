"""A column of random codes knows nothing of sex. How well does it seem to tell it, with and without cross-fitting?"""

import numpy as np
import pandas as pd
from markdown import table
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import OneHotEncoder

from xaikit.checks.proxies import check
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.players import Players

ROWS = 800
rng = np.random.default_rng(5)
sex = rng.choice(["f", "m"], ROWS)
inputs = pd.DataFrame(
    {
        "hours (shifted by one SD)": rng.normal(size=ROWS) + (sex == "m"),
        "postcode (300 codes, random)": rng.integers(0, 300, ROWS),
    }
)
frame = pd.DataFrame({"sex": sex, "hired": rng.integers(0, 2, ROWS)})
decisions = Decisions.of(frame, Roles(decision="hired", sensitive=("sex",)))
players = Players.of(list(inputs.columns))
measured = check(decisions=decisions, rng=np.random.default_rng(0), inputs=inputs, players=players)
found = {e.about["feature"]: e for e in measured if e.measure == "proxy_auc"}
rows = []
for name in inputs.columns:
    codes = OneHotEncoder().fit_transform(inputs[[name]]) if "codes" in name else inputs[[name]].to_numpy()
    seen = LogisticRegression().fit(codes, sex == "m").predict_proba(codes)[:, 1]
    e = found[name]
    truth = "0.50" if "random" in name else "0.76"
    rows.append(
        [name, truth, f"{roc_auc_score(sex == 'm', seen):.2f}", f"**{e.value:.2f}** ({e.low:.2f}–{e.high:.2f})"]
    )
table(
    ["Feature", "True AUC for sex", "AUC on the rows it was fitted to", "xaikit: cross-fitted, with its interval"],
    rows,
)
