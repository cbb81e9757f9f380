"""A live audit with everything that is measured by default, of data whose every name is Korean."""

from functools import cache

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

import xaikit
from xaikit.core.result import AuditResult
from xaikit.io.profiles import profile_names

FEATURES = ["경력", "나이", "학력", "성별값"]


def table(n=600, seed=0):
    """Applicants of whom women, and a few of no known region, are hired less; some have neither label nor region."""
    rng = np.random.default_rng(seed)
    women = rng.random(n) < 0.5
    frame = pd.DataFrame(
        {
            "경력": rng.integers(0, 20, n).astype(float),
            "나이": rng.integers(20, 60, n).astype(float),
            "학력": rng.integers(0, 4, n).astype(float),
            "성별값": women.astype(float),
            "성별": np.where(women, "여성", "남성"),
            "지역": rng.choice(["서울", "부산", "제주"], n, p=[0.6, 0.38, 0.02]),
            "부서": rng.choice(["영업", "개발"], n),
        }
    )
    frame.loc[rng.choice(n, 12, replace=False), "지역"] = None
    z = 0.2 * frame["경력"] - 1.2 * frame["성별값"] + 0.4 * frame["학력"] - 2
    frame["합격"] = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(int)
    return frame


@cache
def live_result(model=True) -> AuditResult:
    """Return the audit; without a model, of the decisions alone, most steps being skipped."""
    frame = table()
    roles = {"sensitive": ["성별", "지역"], "control": ["부서"], "measured_at": {"성별": "before"}}
    options = {"title": "채용 감사", "profiles": list(profile_names())}
    if not model:
        return xaikit.audit(frame, roles={**roles, "decision": "합격"}, checks="default", **options)
    fitted = LogisticRegression(max_iter=500).fit(frame[FEATURES].to_numpy(), frame["합격"])
    return xaikit.audit(
        frame,
        roles={**roles, "label": "합격"},
        model=lambda x: fitted.predict_proba(np.asarray(x))[:, 1],
        features=FEATURES,
        threshold=0.4,
        explain=[{"engine": "shapley", "rows": 40}],
        checks={"default": {}, "data_bias": {}},
        **options,
    )
