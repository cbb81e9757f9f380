"""The report in pieces: CSV that reads back, SVG that stands alone, a model card that a hub can read."""

import csv
import io
import re
from dataclasses import replace

import huggingface_hub
import pytest
import yaml

from tests.report.results import callbacks_result, income_result
from xaikit.report.exports import model_card, tables
from xaikit.report.language import ENGLISH
from xaikit.report.markdown import markdown
from xaikit.report.outline import outline


def test_tables_read_back_with_full_precision(callbacks):
    files = tables(callbacks)
    name = next(n for n in files if n.endswith("-selection-ethnicity.csv"))
    rows = list(csv.DictReader(io.StringIO(files[name])))
    black = next(r for r in rows if r["ethnicity"] == "black")
    assert float(black["impact ratio"]) == (157 / 2435) / (235 / 2435)
    assert black["selected"] == "157"
    assert black["verdict"] == "Fail"


def test_file_names_are_safe_and_different():
    result = income_result()
    hostile = replace(result, explanations={"../../etc/passwd\x00<script>": result.explanations["shapley"]})
    files = tables(hostile)
    assert files
    assert all(n == n.lower() and "/" not in n and ".." not in n for n in files)


def test_a_spreadsheet_finds_no_formula():
    result = callbacks_result(spec={"=cmd|'/c calc'!A1": "@SUM(A1)"})
    text = "".join(tables(result).values())
    cells = [c for line in csv.reader(io.StringIO(text)) for c in line]
    assert "'=cmd|'/c calc'!A1" in cells
    assert not [c for c in cells if c[:1] in ("=", "@", "+") and not c[1:2].isdigit()]


def test_the_model_card_has_metadata_and_the_numbers(income):
    card = model_card(income)
    front = yaml.safe_load(card.split("---\n")[1])
    assert front["model_name"] == "adult.pth"
    assert front["audit"]["verdict"] == "FAIL"
    assert front["audit"]["hashes"]["model"] == "ef" * 32
    for wanted in ("7\\.66", "0.215", "Not established", "## Who was audited"):
        assert wanted.replace("\\.", ".") in card
    assert "<script" not in card


def test_a_hub_reads_the_card_and_the_index_of_its_numbers(income):
    card = huggingface_hub.ModelCard(model_card(income))
    assert "xaikit" in card.data.tags
    results = {(r.metric_type, r.metric_name): r for r in card.data.eval_results}
    ratio = results["impact_ratio", "impact ratio of Female (sex) to Male"]
    measured = income.measured("impact_ratio", sensitive="sex", group="Female")[0]
    assert ratio.metric_value == pytest.approx(measured.value, abs=1e-6)
    assert ratio.task_type == "tabular-classification"
    assert ratio.dataset_name == income.provenance.data["path"]
    card.data.to_yaml()


def test_a_card_of_nothing_is_still_a_card():
    empty = replace(callbacks_result(), evidence=(), findings=())
    assert huggingface_hub.ModelCard(model_card(empty)).data.eval_results is None


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=1>", "a|b|c", "[x](javascript:alert(1))", "`code`", "# head"]
)
def test_markdown_of_hostile_names_is_text(hostile):
    result = callbacks_result(title=hostile)
    result = replace(result, provenance=replace(result.provenance, notes=(hostile,)))
    told = markdown([b for part in outline(result) for b in part], ENGLISH)
    assert not re.search(r"(?<!\\)[<\]`]", told)
    for line in told.split("\n"):
        if line.startswith("| "):
            assert line.endswith(" |")


def test_markdown_tables_have_as_many_cells_as_heads(income):
    told = markdown([b for part in outline(income) for b in part], ENGLISH)
    width = None
    for line in told.split("\n"):
        if not line.startswith("| "):
            width = None
            continue
        cells = len(line.replace("\\|", "").split("|"))
        assert width in (None, cells)
        width = cells
