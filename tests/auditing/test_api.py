"""One function for a file, a table and counts: the same audit whichever way it is asked for."""

import hashlib

import numpy as np
import pandas as pd
import pytest

import xaikit as xk
from xaikit.auditing.api import audit_file
from xaikit.auditing.spec import from_yaml
from xaikit.core.errors import DataError, SpecError

RNG = np.random.default_rng(11)
N = 400
FRAME = pd.DataFrame(
    {
        "who": [f"p{i}" for i in range(N)],
        "sex": RNG.choice(["f", "m"], N),
        "town": RNG.choice(["a", "b"], N),
        "hours": RNG.normal(size=N).round(3),
        "hired": RNG.integers(0, 2, N),
    }
)
ROLES = xk.Roles(decision="hired", favourable=1, sensitive=["sex"])
CHECKS = ["selection_rate", "representation"]
YAML = """\
title: Hires
data: {path: d.csv, id: who, where: {town: a}}
roles: {decision: hired, favourable: 1, sensitive: [sex]}
checks: [selection_rate, representation]
profiles: [us_ugesp]
seed: 5
"""


def written(folder, text=YAML):
    FRAME.to_csv(folder / "d.csv", index=False)
    (folder / "audit.yaml").write_text(text, "utf-8")
    return folder / "audit.yaml"


def numbers(result):
    return {e.id: (e.value, e.low, e.high, e.n) for e in result.evidence}


def test_a_file_and_a_table_are_one_audit(tmp_path):
    path = written(tmp_path)
    roles = xk.Roles(decision="hired", favourable=1, sensitive=["sex"], id="who")
    live = xk.audit(
        FRAME, roles=roles, where={"town": "a"}, checks=CHECKS, profiles=["us_ugesp"], seed=5, title="Hires"
    )
    for source in (path, str(path)):
        filed = xk.audit(source)
        assert numbers(filed) == numbers(live)
        assert [f.because for f in filed.findings] == [f.because for f in live.findings]
        assert filed.title == live.title == "Hires"


def test_ids_given_beside_a_table_must_be_unique():
    twice = FRAME.assign(who=["p1", *FRAME.who[1:]])
    with pytest.raises(DataError, match=r"id column 'who'.*'p1'"):
        xk.audit(twice, roles={"decision": "hired", "sensitive": ["sex"], "id": "who"}, checks=CHECKS)


def test_a_file_leaves_its_hash_its_command_and_no_folder_of_this_machine(tmp_path):
    path = written(tmp_path)
    result = audit_file(path)
    assert result.provenance.hashes["audit.yaml"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert result.provenance.hashes["data"] == hashlib.sha256((tmp_path / "d.csv").read_bytes()).hexdigest()
    assert result.provenance.command == "xaikit audit audit.yaml"
    assert result.spec["data"]["path"] == "d.csv"
    assert str(tmp_path) not in result.to_json()


def test_a_spec_that_was_read_already_takes_the_place_of_the_file(tmp_path):
    path = written(tmp_path)
    changed = from_yaml(path).model_copy(update={"title": "Another", "checks": ["representation"]})
    result = audit_file(path, spec=changed)
    assert result.title == "Another"
    assert [s.name for s in result.steps] == ["representation"]


def test_rows_are_kept_for_whoever_asks_and_are_those_that_were_judged(tmp_path):
    kept = []
    result = audit_file(written(tmp_path), keep=kept.append)
    assert list(kept[0].ids) == FRAME.who[FRAME.town == "a"].tolist()
    assert kept[0].selected.tolist() == (FRAME.hired[FRAME.town == "a"] == 1).tolist()
    assert "p1" not in result.to_json()


def test_a_stream_keeps_no_rows(tmp_path):
    streamed = written(tmp_path, YAML.replace("id: who, ", "stream: true, "))
    with pytest.raises(SpecError, match=r"--keep-rows.*data\.stream: false"):
        audit_file(streamed, keep=lambda rows: None)
    assert numbers(audit_file(streamed)) == numbers(audit_file(written(tmp_path)))


def test_counts_of_the_rows_give_the_numbers_of_the_rows():
    tally = xk.Tally.of(xk.Decisions.of(FRAME, ROLES))
    counted = xk.audit(tally, checks=CHECKS, profiles=["us_ugesp"], seed=2)
    assert numbers(counted) == numbers(xk.audit(FRAME, roles=ROLES, checks=CHECKS, profiles=["us_ugesp"], seed=2))


def test_roles_as_a_mapping_and_one_name_for_a_list():
    plain = {"decision": "hired", "sensitive": "sex", "id": "who"}
    assert numbers(xk.audit(FRAME, roles=plain, checks=CHECKS)) == numbers(
        xk.audit(FRAME, roles=ROLES, checks=CHECKS)
    )
    with pytest.raises(SpecError, match=r"'decison'.*Did you mean 'decision'"):
        xk.audit(FRAME, roles={"decison": "hired"})


def test_labels_are_kept_in_the_result_and_shown_in_its_page():
    result = xk.audit(FRAME, roles=ROLES, checks=CHECKS, labels={"sex": "Gender at application"})
    assert result.spec["data"]["labels"] == {"sex": "Gender at application"}
    assert "Gender at application" in result.to_html()
    assert numbers(result) == numbers(xk.audit(FRAME, roles=ROLES, checks=CHECKS))


def test_engines_are_asked_for_by_name_or_with_their_parameters():
    def score(rows):
        return np.asarray(rows)[:, 0]

    given = {"roles": ROLES, "model": score, "features": ["hours"], "checks": ["representation"]}
    result = xk.audit(FRAME, explain=["shapley", {"engine": "shapley", "rows": 7}], **given)
    assert [len(e) for e in result.explanations.values()] == [200, 7]
    with pytest.raises(SpecError, match="Did you mean 'shapley'"):
        xk.audit(FRAME, explain=["shaply"], **given)
    for one in ("shapley", {"engine": "shapley", "rows": 9}):
        assert list(xk.audit(FRAME, explain=one, **given).explanations) == ["shapley"]


def test_one_profile_needs_no_list():
    one = xk.audit(FRAME, roles=ROLES, checks=CHECKS, profiles="us_ugesp")
    assert one.findings == xk.audit(FRAME, roles=ROLES, checks=CHECKS, profiles=["us_ugesp"]).findings


def test_threshold_output_and_groups_reach_the_model():
    frame = FRAME.assign(job_a=FRAME.town == "a", job_b=FRAME.town == "b").astype({"job_a": int, "job_b": int})

    def score(rows):
        values = np.asarray(rows)
        return np.column_stack([values[:, 0], values[:, 1] * 0.3, values[:, 2] * 0])

    result = xk.audit(
        frame,
        roles=xk.Roles(favourable=1, sensitive=["town"]),
        model=score,
        features=["hours", "job_a", "job_b"],
        groups={"job": ["job_a", "job_b"]},
        threshold=0.3,
        output=1,
        checks=["selection_rate"],
        explain=[{"engine": "shapley", "rows": 5}],
    )
    rates = {e.about["group"]: e.value for e in result.measured("selection_rate")}
    assert rates == {"a": 1.0, "b": 0.0}
    assert result.explanations["shapley"].feature_names == ("hours", "job")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("roles", ROLES),
        ("model", len),
        ("features", ["a"]),
        ("groups", {}),
        ("where", {}),
        ("labels", {}),
        ("title", "x"),
    ],
)
def test_what_belongs_inside_a_file_is_refused_beside_it(tmp_path, key, value):
    with pytest.raises(SpecError, match=f"'{key}' beside a file"):
        xk.audit(written(tmp_path), **{key: value})


@pytest.mark.parametrize("source", [None, 3, ["a"], {"sex": ["f"]}])
def test_what_is_no_table_is_refused(source):
    with pytest.raises(DataError, match="the table of decisions"):
        xk.audit(source, roles=ROLES)
