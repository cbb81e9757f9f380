"""Tables as people really have them: each ends in a clear word or in numbers that a recount agrees with."""

import json
import math
import warnings
from itertools import pairwise

import html5lib
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pytest
from typer.testing import CliRunner

import xaikit as xk
from tests.oracles.fairness import fisher_by_enumeration
from tests.oracles.messy_tables import messy
from tests.oracles.recount import groups_of_rows, meaning, recount, values
from xaikit.cli import app
from xaikit.core.errors import XaikitError

FEW = {"replicates": 50}
CHECKS = {
    "representation": {},
    "selection_rate": {"replicates": 50, "simulations": 50},
    "error_rates": FEW,
    "calibration": FEW,
    "scoring_rate": FEW,
    "inequality": FEW,
    "data_bias": FEW,
    "strata": {"simulations": 50},
    "evidence_of_cause": {"folds": 2, "placebos": 1},
}
COUNTED = {k: v for k, v in CHECKS.items() if k != "evidence_of_cause"}
WITHIN = ("stratum", "bin", "comparator", "period")
DIFFERENCES = ("adjusted_gap", "selection_rate_difference", "negative_control_gap")
EXIT = {"NOT_APPLICABLE": 0, "PASS": 0, "INCONCLUSIVE": 4, "FAIL": 3, "ERROR": 1}


def audit(frame, roles, checks=COUNTED):
    """Return the audit of a table; whatever warns is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return xk.audit(frame, roles=roles, profiles=["us_ugesp"], checks=checks)


def alike(a, b, tolerance=1e-9):
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def by_group(result):
    found = {}
    for e in result.evidence:
        if "sensitive" in e.about and not any(k in e.about for k in WITHIN):
            found.setdefault((e.measure, e.about["sensitive"], e.about.get("group")), e)
    return found


def sound(e):
    """Every number is one, every interval holds its estimate, every share is one."""
    given = [v for v in (e.low, e.value, e.high) if v is not None]
    assert all(math.isfinite(v) for v in given), e
    assert all(math.isfinite(v) for v in e.detail.values() if isinstance(v, float)), e
    assert all(a <= b or alike(a, b) for a, b in pairwise(given)), e
    assert e.value is not None or e.because, e
    if e.unit in ("rate", "p"):
        low = -1.0 if e.measure in DIFFERENCES or "difference" in e.measure else 0.0
        assert all(low - 1e-12 <= v <= 1 + 1e-12 for v in given), e


def exact_tests_agree(found, frame, roles):
    chosen = [meaning(v) == meaning(roles["favourable"]) for v in values(frame[roles["decision"]])]
    for (measure, feature, group), e in found.items():
        if measure not in ("fisher_p", "mid_p"):
            continue
        named = groups_of_rows(frame, feature.split("×") if feature not in roles["sensitive"] else [feature])
        pair = [[c for c, g in zip(chosen, named, strict=True) if g == w] for w in (group, e.about["reference"])]
        x, n, x_ref, n_ref = sum(pair[0]), len(pair[0]), sum(pair[1]), len(pair[1])
        assert alike(e.value, fisher_by_enumeration(x, n, x_ref, n_ref)[measure == "mid_p"], 1e-6), (e, pair)


@pytest.mark.parametrize("seed", range(32))
def test_what_is_measured_is_what_a_recount_finds(seed):
    frame, roles = messy(seed)
    result = audit(frame, roles, CHECKS if seed % 4 == 0 else COUNTED)
    assert not [s for s in result.steps if s.status == "failed"]
    ids = [e.id for e in result.evidence]
    assert len(set(ids)) == len(ids)
    for e in result.evidence:
        sound(e)
    found = by_group(result)
    for key, (value, n) in recount(frame, roles).items():
        assert alike(found[key].value, value), (key, found[key], value)
        assert found[key].n == n, (key, found[key], n)
    if roles.get("decision"):
        exact_tests_agree(found, frame, roles)


@pytest.mark.parametrize("seed", range(60, 66))
def test_a_result_that_is_read_back_is_the_same_and_its_page_holds_no_markup_of_the_data(seed):
    result = audit(*messy(seed))
    text = result.to_json()
    again = xk.AuditResult.from_json(text)
    assert [e for e in again.evidence if e not in result.evidence] == []
    assert again.to_json() == text
    page = result.to_html()
    assert again.to_html() == page
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    assert len(list(tree.iter("script"))) == 2
    assert not list(tree.iter("img"))
    assert not [e for e in tree.iter() if isinstance(e.tag, str) and any(a.startswith("on") for a in e.attrib)]


def written(frame, path):
    plain = frame.reset_index(drop=True)
    if path.suffix == ".csv":
        plain.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        plain.to_parquet(path, row_group_size=max(1, len(plain) // 3))
    else:
        feather.write_feather(pa.Table.from_pandas(plain), str(path), chunksize=max(1, len(plain) // 3))


def spec_of(folder, name, roles, stream):
    path = folder / f"stream-{stream}.yaml"
    data = {"path": name, "stream": stream}
    path.write_text(json.dumps({"data": data, "roles": roles, "checks": COUNTED, "profiles": ["us_ugesp"]}))
    return path


def outcome(path):
    try:
        return xk.audit(path)
    except XaikitError as error:
        return error


@pytest.mark.parametrize("seed", range(72, 88))
def test_a_stream_measures_what_a_table_in_memory_does(seed, tmp_path):
    frame, roles = messy(seed)
    name = f"t.{('csv', 'parquet', 'feather')[seed % 3]}"
    try:
        written(frame, tmp_path / name)
    except (TypeError, ValueError, pa.ArrowException):
        pytest.skip("a table that no such file can hold")
    table, stream = (outcome(spec_of(tmp_path, name, roles, s)) for s in (False, True))
    if isinstance(table, XaikitError) or isinstance(stream, XaikitError):
        assert isinstance(table, XaikitError), stream
        assert isinstance(stream, XaikitError), table
        return
    assert stream.verdict is table.verdict
    ours, theirs = ({e.id: e for e in r.evidence} for r in (table, stream))
    assert list(ours) == list(theirs)
    for key, e in ours.items():
        for part in ("value", "low", "high"):
            assert alike(getattr(e, part), getattr(theirs[key], part), 1e-7), (key, part)
        assert e.n == theirs[key].n


@pytest.mark.parametrize("seed", range(96, 99))
def test_the_command_writes_what_the_audit_found_and_its_exit_code_says_it(seed, tmp_path):
    frame, roles = messy(seed)
    for name in filter(lambda c: pd.api.types.is_object_dtype(frame[c]), frame.columns):
        frame[name] = frame[name].map(lambda v: None if v is None else str(v).replace("\ud83d", ""))
    written(frame, tmp_path / "t.csv")
    spec = spec_of(tmp_path, "t.csv", roles, False)
    expected = outcome(spec)
    run = CliRunner().invoke(app, ["audit", str(spec)])
    assert not {"\x01", "\x7f", "\x1b", "\u202e"} & set(run.output)
    if isinstance(expected, XaikitError):
        assert run.exit_code == expected.exit_code
        assert "Traceback" not in run.output
        return
    assert run.exit_code == EXIT[str(expected.verdict)], run.output
    twin = json.loads((tmp_path / "result.json").read_text("utf-8"), parse_constant=pytest.fail)
    assert twin["verdict"] == str(expected.verdict)
    assert CliRunner().invoke(app, ["verify", str(tmp_path / "report.html")]).exit_code == 0


def same_evidence(a, b, renamed=lambda about: about, people=1):
    ours = {(e.measure, *sorted(renamed(e.about).items())): e for e in a.evidence}
    theirs = {(e.measure, *sorted(e.about.items())): e for e in b.evidence}
    assert ours.keys() == theirs.keys()
    for key, e in ours.items():
        for part in ("value", "low", "high"):
            assert alike(getattr(e, part), getattr(theirs[key], part), 1e-7), (key, part)
        assert e.n is None or e.n * people == theirs[key].n
    assert a.verdict is b.verdict


@pytest.mark.parametrize("seed", range(102, 108))
def test_order_and_company_of_rows_and_columns_change_nothing(seed):
    frame, roles = messy(seed)
    rng = np.random.default_rng(seed)
    result = audit(frame, roles)
    other = frame.iloc[rng.permutation(len(frame)), ::-1].assign(beside=rng.random(len(frame)))
    same_evidence(result, audit(other, roles))
    new = {c: f"column {i}" for i, c in enumerate(frame.columns)}
    asked = {
        k: v if k == "favourable" else new[v] if isinstance(v, str) else [new[c] for c in v] for k, v in roles.items()
    }

    def renamed(about):
        features = about.get("sensitive", "")
        whole = features if features in new else None
        parts = [whole] if whole is not None else features.split("×")
        return {**about, "sensitive": "×".join(new[p] for p in parts)} if features else about

    same_evidence(result, audit(frame.rename(columns=new), asked), renamed)


@pytest.mark.parametrize("seed", range(112, 117))
def test_everybody_twice_at_half_the_weight_has_the_same_rates(seed):
    frame, roles = messy(seed)
    weight = frame[roles["weight"]] if "weight" in roles else 1.0
    once = frame.drop(columns=roles.get("weight", [])).assign(w8=weight)
    twice = pd.concat([once, once]).assign(w8=lambda f: f["w8"] / 2)
    a, b = (by_group(audit(f, {**roles, "weight": "w8"})) for f in (once, twice))
    for measure in (
        "selection_rate",
        "impact_ratio",
        "true_positive_rate",
        "precision",
        "accuracy",
        "representation",
    ):
        for key, e in a.items():
            if key[0] == measure:
                assert alike(e.value, b[key].value), key
                assert 2 * e.n == b[key].n
