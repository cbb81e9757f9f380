from pathlib import Path

import pytest

from xaikit.auditing.spec import checks_of, from_yaml, json_schema, parse
from xaikit.core.errors import SpecError

GOOD = """\
title: Screening
data:
  path: decisions.csv
  id: applicant_id
roles:
  decision: hired
  sensitive: sex
model:
  adapter: torch_module
  path: model.pt2
  threshold: 0.4
explain:
  - {engine: shapley, budget: auto, rows: 50}
checks: [selection_rate]
profiles: [us_ugesp, own.yaml]
"""


def write(tmp_path, text):
    path = tmp_path / "audit.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_good_file_is_read_with_its_paths_made_absolute(tmp_path):
    spec = from_yaml(write(tmp_path, GOOD))
    assert spec.data.path == tmp_path / "decisions.csv"
    assert spec.model.path == tmp_path / "model.pt2"
    assert spec.profiles == ["us_ugesp", str(tmp_path / "own.yaml")]
    assert spec.roles.sensitive == ["sex"]
    assert spec.explain[0].parameters == {"budget": "auto"}
    assert (spec.explain[0].rows, spec.seed, spec.report.language) == (50, 0, "en")
    assert checks_of(spec) == {"selection_rate": {}}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("title:", "titel:", r"line 1, titel: got unknown key 'titel'.*Did you mean 'title'"),
        ("sensitive:", "sensitve:", r"line 7, roles.sensitve.*Did you mean 'sensitive'"),
        ("rows: 50", "rows: many", r"line 13, explain.0.rows: got 'many'"),
        ("rows: 50", "rows: 0", r"line 13, explain.0.rows: got 0"),
        ("budget:", "budgett:", r"line 13, explain.0.budgett.*Did you mean 'budget'"),
        ("budget: auto", "budget: [1]", r"line 13, explain.0.budget"),
        ("engine: shapley", "engine: shaply", r"line 13, explain.0.engine.*Did you mean 'shapley'"),
        ("threshold: 0.4", "treshold: 0.4", r"line 11, model.treshold.*Did you mean 'threshold'"),
        ("threshold: 0.4", "threshold: high", r"line 11, model.threshold: got 'high'"),
        ("torch_module", "torch_modul", r"line 9, model.adapter.*Did you mean 'torch_module'"),
        ("[selection_rate]", "[selection_rates]", r"line 14, checks.0.*Did you mean 'selection_rate'"),
        ("[selection_rate]", "{selection_rate: {replicas: 3}}", r"line 14, checks.selection_rate.replicas"),
        ("sensitive:", "bins: {sx: [4]}\n  sensitive:", r"line 7, roles.bins: got unknown.*'sx'.*'sex'"),
        ("sensitive:", "bins: {sex: [4, 1]}\n  sensitive:", r"line 7, roles.bins.sex: got .*that rise"),
        ("title: Screening", "title: [", r"line \d+: got"),
        ("title: Screening", "- a", r"audit.yaml"),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(tmp_path, old, new, message):
    assert old in GOOD
    with pytest.raises(SpecError, match=message):
        from_yaml(write(tmp_path, GOOD.replace(old, new, 1)))


def test_a_file_that_is_not_there_or_not_text_is_said(tmp_path):
    write(tmp_path, GOOD)
    with pytest.raises(SpecError, match=r"Did you mean 'audit.yaml'"):
        from_yaml(tmp_path / "audti.yaml")
    (tmp_path / "bin.yaml").write_bytes(b"title: \xff")
    with pytest.raises(SpecError, match="not UTF-8"):
        from_yaml(tmp_path / "bin.yaml")
    (tmp_path / "empty.yaml").write_text("")
    with pytest.raises(SpecError, match="no keys"):
        from_yaml(tmp_path / "empty.yaml")


def test_yaml_tags_execute_nothing(tmp_path):
    with pytest.raises(SpecError, match="line 1"):
        from_yaml(write(tmp_path, "title: !!python/object/apply:os.system ['touch hacked']\n"))
    assert not Path("hacked").exists()


def test_default_stands_for_all_checks_that_need_no_parameter():
    every = checks_of(parse({}, "here"))
    assert "selection_rate" in every
    assert "name_swap" not in every
    more = checks_of(
        parse({"checks": {"default": {}, "selection_rate": {"replicates": 100}, "proxies": None}}, "here")
    )
    assert set(more) == set(every)
    assert more["selection_rate"] == {"replicates": 100}
    assert set(checks_of(parse({"checks": ["default"]}, "here"))) == set(every)
    assert checks_of(parse({"checks": {"proxies": None}}, "here")) == {"proxies": {}}


def test_half_a_character_is_said_and_a_pair_is_joined(tmp_path):
    with pytest.raises(SpecError, match="unpaired surrogate"):
        from_yaml(write(tmp_path, 'title: "\\ud83d"\n'))
    assert from_yaml(write(tmp_path, 'title: "\\ud83d\\ude42"\n')).title == "🙂"


def test_a_model_needs_an_adapter_or_a_path():
    with pytest.raises(SpecError, match="no adapter and no path"):
        parse({"model": {"threshold": 0.5}}, "here")


def test_the_schema_knows_every_key_and_the_engines():
    schema = json_schema()
    assert schema["additionalProperties"] is False
    assert {"data", "roles", "model", "explain", "checks", "profiles", "report", "seed"} <= set(schema["properties"])
    assert "shapley" in schema["$defs"]["ExplainSpec"]["properties"]["engine"]["enum"]


def test_a_sensitive_column_named_like_an_intersection_is_refused_with_its_line(tmp_path):
    path = write(tmp_path, GOOD.replace("sensitive: sex", "sensitive: [age, sex×race]"))
    with pytest.raises(SpecError, match=r"audit\.yaml.*line \d+.*'sex×race'; expected a name without ×"):
        from_yaml(path)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ('{age: ""}', r"labels\.age.*expected a line of 1 to 60 letters"),
        ("{age: " + "x" * 61 + "}", r"expected a line of 1 to 60 letters"),
        ('{age: "a\\nb"}', r"expected a line of 1 to 60 letters"),
        ("{age: Years, hours: Years}", r"labels\.hours: got 'Years', as for 'age'"),
        ("[age]", r"data\.labels"),
    ],
)
def test_labels_that_nobody_could_read_or_tell_apart_are_refused_with_their_line(tmp_path, labels, message):
    path = tmp_path / "audit.yaml"
    path.write_text(f"data:\n  path: d.csv\n  labels: {labels}\n", "utf-8")
    with pytest.raises(SpecError, match=rf"line 3.*{message}"):
        from_yaml(path)


def test_the_schema_knows_labels():
    assert json_schema()["$defs"]["DataSpec"]["properties"]["labels"]["additionalProperties"] == {"type": "string"}
