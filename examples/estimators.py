"""Trees, a support vector machine and a pipeline on the same applicants: who is chosen, and by what?

The applicants are made here, so that the truth is known: sex is not an input, but the career break is, and it falls
to women three times as often. A fair reader of experience would not need it.

Run: python examples/estimators.py [folder for the report]
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

import xaikit as xk

FEATURES = ["years", "test", "career_break", "town"]


def applicants(n):
    rng = np.random.default_rng(7)
    sex = rng.choice(["F", "M"], n)
    years, test = rng.gamma(4, 2, n).round(1), rng.normal(50, 10, n).round()
    career_break = (rng.random(n) < np.where(sex == "F", 0.45, 0.15)).astype(int)
    score = 0.25 * years + 0.05 * test - 1.2 * career_break + rng.normal(0, 0.8, n)
    town = rng.choice(["Bern", "Genf", "Basel"], n)
    hired = (score > np.quantile(score, 0.6)).astype(int)
    return pd.DataFrame(
        {"sex": sex, "years": years, "test": test, "career_break": career_break, "town": town, "hired": hired}
    )


def main(folder):
    table = applicants(1600)
    past, now = table.iloc[:1000], table.iloc[1000:].reset_index(drop=True)
    columns = make_column_transformer(
        (OneHotEncoder(), ["town"]), (StandardScaler(), ["years", "test", "career_break"])
    )
    machines = {
        "random forest": RandomForestClassifier(60, min_samples_leaf=5, random_state=0),
        "support vector machine": SVC(probability=False, random_state=0),
    }
    for name, machine in machines.items():
        model = make_pipeline(columns, machine).fit(past[FEATURES], past["hired"])
        result = xk.audit(
            now,
            roles=xk.Roles(label="hired", favourable=1, sensitive=["sex"]),
            model=model,
            features=FEATURES,
            threshold=0.5 if hasattr(machine, "predict_proba") else 0.0,
            explain=[{"engine": "shapley", "rows": 40, "background": 30}],
            checks=["representation", "selection_rate", "error_rates", "attribute_flip", "proxies"],
            profiles=["us_ugesp"],
            title=f"Applicants before a {name}",
        )
        ratio = result.measured("impact_ratio", group="F")[0]
        why = next(iter(result.explanations.values()))
        weight = np.abs(why.values[..., -1]).mean(axis=0)
        order = ", ".join(f"{why.feature_names[i]} {weight[i]:.2f}" for i in np.argsort(-weight))
        print(
            f"{name}: impact ratio of women {ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f}); goes by {order}"
        )
        result.to_html(folder / f"estimators_{name.replace(' ', '_')}.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/examples"))
