import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import xaikit as xk
from tests.io.test_streams import frame, write
from xaikit.auditing import streaming
from xaikit.auditing.api import audit_file
from xaikit.auditing.spec import from_yaml
from xaikit.cli import main
from xaikit.core.errors import DataError, SpecError
from xaikit.io import batches as batches_
from xaikit.io.tables import READ_AS

SPEC = """\
title: Hires
data: {{path: {path}, stream: {stream}{more}}}
roles:
  decision: hired
  label: good
  score: score
  sensitive: [sex, race]
  control: dept
{roles}
profiles: [us_ugesp, nyc_ll144]
seed: 5
{rest}
"""


MANY = "checks: {selection_rate: {}, scoring_rate: {}, calibration: {replicates: 200}}"
FEW = "checks: {selection_rate: {}, representation: {}, calibration: {replicates: 200}, individual: {}}"


def asked(tmp_path, path, stream="true", more="", roles="", rest=""):
    spec = tmp_path / "audit.yaml"
    spec.write_text(SPEC.format(path=path, stream=stream, more=more, roles=roles, rest=rest), "utf-8")
    return spec


def command(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([*map(str, arguments)])
    return ended.value.code


def shards(tmp_path, suffix=".parquet", n=3000, **more):
    folder = tmp_path / "data"
    folder.mkdir()
    data = frame(n)
    for i in range(3):
        write(data[n // 3 * i : n // 3 * (i + 1)], folder / f"part-{i}{suffix}", **more)
    return folder, data


def same(ours, whole, least=200):
    assert ours.verdict == whole.verdict
    assert [(f.criterion.id, f.verdict, f.because) for f in ours.findings] == [
        (f.criterion.id, f.verdict, f.because) for f in whole.findings
    ]
    streamed = {e.id: e for e in ours.evidence}
    skipped = {s.name for s in ours.steps if s.status == "skipped"}
    shared = [e for e in whole.evidence if e.source not in skipped]
    assert len(shared) > least
    assert set(streamed) == {e.id for e in shared}
    different = [e.id for e in shared if streamed[e.id] != e]
    assert different == []


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".tsv", ".arrow"])
def test_a_streamed_audit_has_the_numbers_of_one_in_memory(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(batches_, "ROWS", 400)
    monkeypatch.setattr(batches_, "BLOCK", 20_000)
    data = frame(3000)
    path = tmp_path / f"d{suffix}"
    if suffix == ".tsv":
        data.to_csv(path, index=False, sep="\t")
    else:
        write(data, path)
    rest = "" if suffix == ".csv" else FEW
    codes = [
        command("audit", asked(tmp_path, path.name, s, rest=rest), "-o", tmp_path / s, "-q")
        for s in ("true", "false")
    ]
    assert codes[0] == codes[1]
    ours, whole = (xk.AuditResult.from_json(tmp_path / s / "result.json") for s in ("true", "false"))
    same(ours, whole)
    assert ours.provenance.hashes == {**whole.provenance.hashes, "audit.yaml": ours.provenance.hashes["audit.yaml"]}
    assert ours.provenance.data["rows"] == ours.provenance.data["audited rows"] == 3000
    assert any("counted as they were read" in note for note in ours.provenance.notes)
    because = {s.name: s.because for s in ours.steps if s.status == "skipped"}
    assert "data.stream: false holds them in memory" in because["individual"]
    assert "<html" in (tmp_path / "true" / "report.html").read_text("utf-8")


def test_weights_clusters_and_some_rows_only(tmp_path):
    folder, data = shards(tmp_path)
    write(data, tmp_path / "whole.parquet")
    roles = "  weight: w\n  cluster: who"
    more = ", where: {dept: [1, 3], race: ü×é}, id: who2"
    data.assign(who2=range(3000)).to_parquet(tmp_path / "whole.parquet")
    ours = audit_file(asked(tmp_path, folder.name, "true", more, roles))
    whole = audit_file(asked(tmp_path, "whole.parquet", "false", more, roles))
    assert ours.provenance.data["rows"] == 3000
    assert ours.provenance.data["audited rows"] == int((data.dept.isin([1, 3]) & (data.race == "ü×é")).sum())
    assert any("'who2'" in note for note in ours.provenance.notes)
    same(ours, whole)
    with pytest.raises(DataError, match=r"data\.where\.race: got 'b', which no row has.*Did you mean 'B'"):
        audit_file(asked(tmp_path, folder.name, "true", ", where: {race: b}"))
    with pytest.raises(DataError, match=r"no column 'dep'.*Did you mean 'dept'"):
        audit_file(asked(tmp_path, folder.name, "true", ", where: {dep: 1}"))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_scores_of_many_values_have_their_quantiles_to_a_bin(tmp_path, suffix):
    data = frame(6000).assign(score=np.random.default_rng(1).random(6000))
    path = write(data, tmp_path / f"d{suffix}")
    ours, whole = (audit_file(asked(tmp_path, path.name, s, rest=MANY)) for s in ("true", "false"))
    exact = [e for e in whole.measured("impact_ratio") if e.source == "selection_rate"]
    assert exact
    assert exact == [e for e in ours.measured("impact_ratio") if e.source == "selection_rate"]
    for measure, error in (("auc", 0.002), ("scoring_rate", 0.002), ("expected_calibration_error", 1e-9)):
        pairs = zip(ours.measured(measure), whole.measured(measure), strict=True)
        assert all(a.id == b.id and abs(a.value - b.value) <= error for a, b in pairs)


def test_numbers_and_truth_values_of_a_csv_are_named_as_in_memory(tmp_path):
    rng = np.random.default_rng(2)
    n = 2000
    table = {
        "sex": rng.choice(["1", "01", "2.0", "2", "3.5", "NA", ""], n),
        "race": rng.choice(["true", "FALSE"], n),
        "dept": rng.choice(["7", "x"], n),
        "hired": rng.choice(["True", "False"], n),
        "good": rng.choice(["1.0", "0.0"], n),
        "score": rng.integers(0, 9, n) / 8,
    }
    pd.DataFrame(table).to_csv(tmp_path / "d.csv", index=False)
    ours, whole = (audit_file(asked(tmp_path, "d.csv", s, rest=FEW)) for s in ("true", "false"))
    same(ours, whole)
    assert {e.about["group"] for e in ours.measured("representation", sensitive="sex")} == {
        "1",
        "2",
        "3.5",
        "unknown",
    }


WAYS = [
    ("utf-8-sig", ";", ","),
    ("cp949", "\t", "."),
    ("cp949", ";", ","),
    ("utf-16", "|", "."),
    ("utf-8-sig", ",", "."),
]


@pytest.mark.parametrize(("encoding", "separator", "decimal"), WAYS)
def test_a_file_as_spreadsheets_leave_it_is_streamed_as_it_is_read(
    tmp_path, monkeypatch, encoding, separator, decimal
):
    """Blocks end anywhere: in the middle of a letter of two bytes, of a quoted text over two lines."""
    monkeypatch.setattr(batches_, "BLOCK", 4_001)
    data = frame(3000).replace({"race": {"ü×é": "여성 ×\n둘째 줄"}, "sex": {"F": "여", "M": "남"}})
    data = data.assign(score=data.score * 1250)
    data.to_csv(tmp_path / "d.csv", index=False, encoding=encoding, sep=separator, decimal=decimal)
    more = ", where: {sex: [여, 남]}"
    ours, whole = (audit_file(asked(tmp_path, "d.csv", s, more, "  weight: w", FEW)) for s in ("true", "false"))
    same(ours, whole)
    told = whole.provenance.data.get(READ_AS)
    assert (told is None) == ((encoding, separator) == ("utf-8-sig", ","))
    assert ours.provenance.data.get(READ_AS) == told


def test_groups_outcomes_and_filters_that_are_numbers_with_commas(tmp_path):
    data = frame(2000)
    data = data.assign(dept=data.dept / 2, hired=data.hired * 1.5, w=data.w * 1000.5)
    data.to_csv(tmp_path / "d.csv", index=False, sep=";", decimal=",")
    more, roles = ", where: {dept: [0.5, 1.5]}", "  weight: w\n  favourable: 1.5"
    found = []
    for stream in ("true", "false"):
        spec = asked(tmp_path, "d.csv", stream, more, roles, FEW)
        spec.write_text(spec.read_text("utf-8").replace("  label: good\n", ""), "utf-8")
        found.append(audit_file(spec))
    same(*found, least=150)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".arrow"])
def test_labels_of_a_stream_are_shown_and_checked_before_it_is_read(tmp_path, suffix):
    folder, _ = shards(tmp_path, suffix, n=1500)
    more = ", labels: {sex: Gender, unread: not read}"
    result = audit_file(asked(tmp_path, folder.name, more=more, rest=FEW))
    assert "Gender" in result.to_html()
    told = []
    with pytest.raises(SpecError, match=r"data\.labels.*Did you mean 'dept'"):
        audit_file(
            asked(tmp_path, folder.name, more=", labels: {dep: Department}"), progress=lambda *a: told.append(a)
        )
    assert told == []


def test_auto_streams_large_files_of_decisions_alone(tmp_path, monkeypatch):
    folder, _ = shards(tmp_path)
    assert not streaming.streams(from_yaml(asked(tmp_path, folder.name, "auto")))
    monkeypatch.setattr(streaming, "LARGE", 10_000)
    told = []
    result = audit_file(asked(tmp_path, folder.name, "auto"), progress=lambda *a: told.append(a))
    assert result.provenance.data["streamed"] is True
    assert {t for t, _, _ in told} >= {"reading scores", "counting decisions", "hash of the data", "checks"}
    assert all(0 <= done <= total for _, done, total in told)
    assert not streaming.streams(from_yaml(asked(tmp_path, folder.name, "false")))
    (tmp_path / "m.onnx").write_bytes(b"")
    with_model = asked(tmp_path, folder.name, "auto", rest="model: {path: m.onnx}")
    assert not streaming.streams(from_yaml(with_model))
    with pytest.raises(SpecError, match=r"line 2.*true beside a model"):
        from_yaml(asked(tmp_path, folder.name, "true", rest="model: {path: m.onnx}"))
    with pytest.raises(SpecError, match=r"line 2.*'stream|data\.stream"):
        from_yaml(asked(tmp_path, folder.name, "sometimes"))


def test_engines_and_checks_of_rows_are_skipped_with_the_reason(tmp_path):
    folder, _ = shards(tmp_path)
    rest = "explain: [{engine: shapley}]\nchecks: {periods: {column: dept}, selection_rate: {}}"
    result = audit_file(asked(tmp_path, folder.name, rest=rest))
    fate = {s.name: (s.status, s.because) for s in result.steps}
    assert fate["shapley"][0] == fate["periods"][0] == "skipped"
    assert "needs the rows" in fate["periods"][1]
    assert "needs model" in fate["shapley"][1]
    assert fate["selection_rate"][0] == "ran"


def test_a_bad_shard_ends_it_with_one_line_that_names_it(tmp_path, capsys):
    folder, _ = shards(tmp_path, row_group_size=250)
    bad = frame(500).astype({"hired": "float"})
    bad.loc[300, "score"] = np.nan
    bad["hired"] = bad["hired"].astype(int)
    write(bad, folder / "part-1.parquet", row_group_size=250)
    assert command("audit", asked(tmp_path, folder.name), "-o", tmp_path / "out", "-q") == 1
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0
    assert "part-1.parquet, row group 2 of 2" in said
    assert "'score', the first in row 51" in said
    assert not (tmp_path / "out" / "result.json").exists()
    whole = (folder / "part-2.parquet").read_bytes()
    write(frame(500), folder / "part-1.parquet")
    (folder / "part-2.parquet").write_bytes(whole[:-3000])
    assert command("audit", asked(tmp_path, folder.name), "-o", tmp_path / "out", "-q") == 1
    said = capsys.readouterr().err.strip()
    assert said.count("\n") == 0
    assert "part-2.parquet" in said


def test_a_misspelt_profile_is_said_before_anything_is_read(tmp_path):
    spec = asked(tmp_path, "nowhere.parquet")
    spec.write_text(spec.read_text("utf-8").replace("us_ugesp", "us_uges"), "utf-8")
    with pytest.raises(SpecError, match="us_ugesp"):
        audit_file(spec)


def test_an_arrow_stream_without_a_footer(tmp_path):
    data = frame(2000)
    table = pa.Table.from_pandas(data)
    with pa.ipc.new_stream(str(tmp_path / "d.arrow"), table.schema) as out:
        out.write_table(table, max_chunksize=300)
    ours, whole = (audit_file(asked(tmp_path, "d.arrow", s, rest=FEW)) for s in ("true", "false"))
    same(ours, whole)


def test_the_result_is_the_same_twice(tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    folder, _ = shards(tmp_path, n=1500)
    spec = asked(tmp_path, folder.name, rest=FEW)
    first, second = (json.loads(audit_file(spec).to_json()) for _ in range(2))
    for result in (first, second):
        for step in result["steps"]:
            step.pop("seconds", None)
    assert first["evidence"] == second["evidence"]
    assert first["findings"] == second["findings"]
