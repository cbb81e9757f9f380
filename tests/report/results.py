"""Results as an audit leaves them, built from published counts by slow and obvious means."""

import math

import numpy as np

from xaikit.auditing.judge import judge
from xaikit.core.evidence import Criterion, Evidence, Profile
from xaikit.core.explanation import Explanation
from xaikit.core.result import AuditResult, Provenance, Step

# Bertrand & Mullainathan (2004): CVs sent and called back.
CALLBACKS = {
    "ethnicity": {"white": (2435, 235), "black": (2435, 157)},
    "gender": {"female": (3746, 309), "male": (1124, 83)},
    "gender×ethnicity": {
        "female×white": (1860, 184),
        "female×black": (1886, 125),
        "male×white": (575, 51),
        "male×black": (549, 32),
    },
}


def wilson(k, n, z=1.96):
    p = k / n
    middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)


def selection(counts):
    """Evidence on the selection of each group, with Katz intervals for the ratios."""
    out = []
    for sensitive, groups in counts.items():
        rates = {g: k / n for g, (n, k) in groups.items()}
        best = max(rates, key=rates.get)
        total = sum(n for n, _ in groups.values())
        for group, (n, _) in groups.items():
            about = {"sensitive": sensitive, "group": group}
            low, high = wilson(n, total)
            out.append(Evidence("representation", n / total, low, high, n, "rate", about, "representation"))
        nb, kb = groups[best]
        for group, (n, k) in groups.items():
            about = {"sensitive": sensitive, "group": group}
            low, high = wilson(k, n)
            out.append(
                Evidence(
                    "selection_rate",
                    k / n,
                    low,
                    high,
                    n,
                    "rate",
                    about,
                    "selection_rate",
                    "",
                    {"selected": k, "confidence": 0.95},
                )
            )
            ratio = rates[group] / rates[best]
            se = math.sqrt(1 / max(k, 0.5) - 1 / n + 1 / kb - 1 / nb)
            z = (rates[group] - rates[best]) / math.sqrt(
                max((k + kb) / (n + nb) * (1 - (k + kb) / (n + nb)) * (1 / n + 1 / nb), 1e-12)
            )
            p = math.erfc(abs(z) / math.sqrt(2))
            if group == "unknown":
                continue
            about = {**about, "reference": best}
            detail = {
                "below_four_fifths": ratio < 0.8,
                "selected": k,
                "people": n,
                "reference_selected": kb,
                "reference_people": nb,
            }
            low, high = ratio * math.exp(-1.96 * se), ratio * math.exp(1.96 * se)
            out.append(Evidence("impact_ratio", ratio, low, high, n, "ratio", about, "selection_rate", "", detail))
            out.append(
                Evidence(
                    "impact_ratio_bounds", ratio, ratio * 0.98, ratio * 1.02, n, "ratio", about, "selection_rate"
                )
            )
            if group == best:
                continue
            out.append(Evidence("best_of_k_p", p, None, None, n, "p", about, "selection_rate"))
            out.append(
                Evidence("shortfall", max(rates[best] * n - k, 0.0), None, None, n, "count", about, "selection_rate")
            )
            out.append(
                Evidence(
                    "minimum_detectable_ratio",
                    1 - 2.8 * math.sqrt(2 / n * (1 - rates[best]) / rates[best]),
                    n=n,
                    unit="ratio",
                    about=about,
                    source="representation",
                )
            )
    return out


RATE = Criterion(
    "UG-4D-rate",
    "Four-fifths rule",
    "us_ugesp",
    "adverse_impact",
    "impact_ratio",
    citation="29 CFR 1607.4(D)",
    bounds={"ratio": 0.8, "alpha": 0.05, "power": 0.8},
    status="in force",
    effective="1978-09-25",
    source="original",
    verified_on="2026-11-22",
)
RECORDS = Criterion(
    "UG-4A",
    "Records by sex and race",
    "us_ugesp",
    "question",
    citation="29 CFR 1607.4(A)",
    question="Are records kept for each job by sex, race and ethnic group?",
    status="in force",
    effective="1978-09-25",
    source="secondary",
)
UGESP = Profile(
    "us_ugesp",
    "Uniform Guidelines on Employee Selection Procedures",
    "United States",
    "in force",
    "1978-09-25",
    "29 CFR 1607",
    "original",
    "2026-11-22",
    "2027-11-22",
    "Guidelines, not a statute.",
    (RATE, RECORDS),
)


def judged(evidence):
    """Findings as the judge makes them."""
    return judge((UGESP,), tuple(evidence), ())


def callbacks_result(**changes):
    evidence = tuple(selection(CALLBACKS))
    given = {
        "title": "Call-backs to 4,870 applications",
        "spec": {
            "title": "Call-backs",
            "roles": {"decision": "call", "sensitive": ["gender", "ethnicity"]},
            "report": {"language": "en"},
            "seed": 0,
            "profiles": ["us_ugesp"],
        },
        "provenance": Provenance(
            "2026-11-22T08:00:00+00:00",
            0,
            "xaikit demo",
            {"data": "ab" * 32},
            {"python": "3.11", "xaikit": "0.1.0"},
            data={"path": "names.csv", "rows": 4870, "audited rows": 4870, "columns": 65},
        ),
        "steps": (
            Step("checks", "selection_rate", "ran", 0.21),
            Step("checks", "calibration", "skipped", 0.0, "needs label, which this audit has not"),
        ),
        "evidence": evidence,
        "findings": judged(evidence),
        "profiles": (UGESP,),
    }
    return AuditResult(**{**given, **changes})


def explanation_of(rows=60, features=6, seed=0):
    rng = np.random.default_rng(seed)
    weight = np.linspace(1.5, 0.05, features)
    data = rng.normal(size=(rows, features))
    values = (data * weight)[:, :, None]
    base = np.full((rows, 1), 0.2)
    return Explanation(
        values=values,
        base=base,
        prediction=base + values.sum(axis=1),
        feature_names=tuple(f"feature {j}" for j in range(features)),
        output_names=("yes",),
        engine="shapley",
        stderr=np.abs(values) * 0.05 + 0.01,
        converged=np.ones((rows, 1), dtype=bool),
        data=data,
        budget={"model_rows": 20000, "coalitions": 256},
        background={"digest": "cd" * 32, "rows": 100},
        rows=tuple(f"case {i:02d}" for i in range(rows)),
    )


def flips():
    about = {"sensitive": "sex", "group": "Female", "reference": "Male"}
    return [
        Evidence(
            "attribute_flip_to_favourable",
            560 / 16192,
            n=16192,
            unit="rate",
            about=about,
            source="attribute_flip",
            detail={"count": 560},
        ),
        Evidence(
            "attribute_flip_to_unfavourable",
            0.0,
            n=16192,
            unit="rate",
            about=about,
            source="attribute_flip",
            detail={"count": 0},
        ),
    ]


def calibration_curve():
    out = []
    for group, shift in (("Female", 0.06), ("Male", -0.02)):
        for i in range(10):
            x = 0.05 + i / 10
            y = min(max(x + shift * (1 - abs(2 * x - 1)), 0.01), 0.99)
            about = {"sensitive": "sex", "group": group, "bin": str(i)}
            out.append(
                Evidence(
                    "calibration",
                    y,
                    max(y - 0.04, 0),
                    min(y + 0.04, 1),
                    300,
                    "rate",
                    about,
                    "calibration",
                    detail={"mean_score": x},
                )
            )
    return out


def income_result(**changes):
    counts = {
        "sex": {"Female": (5421, 415), "Male": (10860, 3870), "unknown": (31, 6)},
        "race": {
            "White": (13946, 3921),
            "Black": (1561, 171),
            "Asian-Pac-Islander": (480, 148),
            "Amer-Indian-Eskimo": (159, 17),
            "Other": (135, 20),
        },
        "sex×race": {
            "Female×White": (4385, 360),
            "Female×Black": (771, 24),
            "Male×White": (9561, 3561),
            "Male×Black": (790, 147),
            "Male×Other": (86, 19),
            "Female×Other": (49, 1),
            "Female×unknown": (4, 0),
        },
    }
    evidence = selection(counts)
    evidence += flips() + calibration_curve()
    for measure, rates in {
        "true_positive_rate": (0.42, 0.62),
        "false_positive_rate": (0.02, 0.13),
        "precision": (0.7, 0.71),
        "accuracy": (0.91, 0.78),
    }.items():
        for group, rate in zip(("Female", "Male"), rates, strict=True):
            evidence.append(
                Evidence(
                    measure,
                    rate,
                    rate - 0.02,
                    rate + 0.02,
                    5000,
                    "rate",
                    {"sensitive": "sex", "group": group},
                    "error_rates",
                )
            )
    evidence.append(
        Evidence(
            "true_positive_rate",
            None,
            n=4,
            unit="rate",
            about={"sensitive": "sex", "group": "unknown"},
            source="error_rates",
            because="no positive labels",
        )
    )
    evidence.append(
        Evidence(
            "completeness_residual",
            1e-9,
            unit="score",
            about={"explanation": "shapley"},
            source="faithfulness",
            because="exact",
        )
    )
    base = callbacks_result()
    given = {
        "title": "Income screening",
        "spec": {
            "title": "Income",
            "roles": {"label": "income", "sensitive": ["sex", "race"]},
            "model": {"adapter": "torch_module", "features": ["age"]},
            "report": {"language": "en"},
        },
        "provenance": Provenance(
            "2026-11-22T08:00:00+00:00",
            0,
            "xaikit demo",
            {"data": "ab" * 32, "model": "ef" * 32},
            {"python": "3.11"},
            data={"path": "adult.csv", "rows": 48842, "audited rows": 16281},
            model={"name": "adult.pth", "adapter": "torch_module"},
            notes=("Opening this model executed code from its file.",),
        ),
        "evidence": tuple(evidence),
        "findings": judged(evidence),
        "explanations": {"shapley": explanation_of(200, 14)},
    }
    return AuditResult(**{**{f: getattr(base, f) for f in ("steps", "profiles")}, **given, **changes})
