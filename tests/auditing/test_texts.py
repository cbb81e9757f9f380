"""Audits of models that read texts, from the file to the report: what fits is measured, what does not says why."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import xaikit as xk
from tests.families import text as tiny
from xaikit.auditing.models import as_model
from xaikit.auditing.texts import texts_of
from xaikit.core.errors import DataError

WORDS = ["managed", "budget", "people", "wrote", "reports", "firm", "years", "team", "project", "sales"]


def letters(n=300, seed=0):
    """Letters of which women's name a sport, which the employer holds against them; sales is what the job needs."""
    rng = np.random.default_rng(seed)
    sex = rng.choice(["f", "m"], n)
    texts = []
    for s in sex:
        words = list(rng.choice(WORDS, 8))
        if s == "f" and rng.random() < 0.6:
            words.insert(3, "netball")
        texts.append(" ".join(words))
    hired = np.array([int("sales" in t and "netball" not in t) for t in texts])
    return pd.DataFrame({"letter": texts, "sex": sex, "vacancy": rng.integers(0, 5, n), "hired": hired})


FRAME = letters()
PIPELINE = make_pipeline(TfidfVectorizer(), LogisticRegression(C=50)).fit(FRAME.letter, FRAME.hired)
YAML = """
title: Letters
data: {path: d.csv}
roles: {label: hired, favourable: 1, sensitive: [sex]}
model: {path: MODEL, features: [letter]}
explain:
  - {engine: words, rows: 12}
  - {engine: words, rows: 5, partition: [sentence]}
  - {engine: shapley, rows: 5}
checks:
  default: {}
  tradeoff: {methods: [threshold_optimizer]}
  partial_dependence: {features: [letter]}
  layers: {layers: auto}
profiles: [us_ugesp]
"""


def folder(path: Path, model: str) -> Path:
    FRAME.to_csv(path / "d.csv", index=False)
    (path / "audit.yaml").write_text(YAML.replace("MODEL", model))
    return path / "audit.yaml"


def audited(tmp_path):
    skops.io.dump(PIPELINE, tmp_path / "m.skops")
    return xk.audit(folder(tmp_path, "m.skops"))


def test_a_text_pipeline_is_audited_from_its_file_to_the_report(tmp_path):
    result = audited(tmp_path)
    selected = PIPELINE.predict_proba(FRAME.letter)[:, 1] >= 0.5
    rate = selected[(FRAME.sex == "f").to_numpy()].mean()
    assert result.measured("selection_rate", group="f", sensitive="sex")[0].value == pytest.approx(rate)
    words = result.explanations["words"]
    assert len(words) == 12
    one = words.values[:, :, 0][words.data == "netball"]
    assert len(one)
    assert (one < -0.05).all(), "the planted word counts against its letters"
    assert one.min() < -0.4
    assert np.abs(words.residual).max() < 1e-9
    assert set(result.explanations) == {"words", "words 2"}
    page = result.to_html()
    assert "netball" in page
    assert len(page.encode()) < 1_000_000


def test_no_step_fails_and_what_needs_columns_says_so(tmp_path):
    result = audited(tmp_path)
    assert [(s.name, s.because) for s in result.steps if s.status == "failed"] == []
    skipped = {s.name: s.because for s in result.steps if s.status == "skipped"}
    for name in ("shapley", "gap_attribution", "proxies", "recourse", "attribute_flip", "permutation_importance"):
        assert "texts" in skipped[name]
    for name in ("individual", "tradeoff"):
        assert "texts" in skipped[name]
    ran = {s.name for s in result.steps if s.status == "ran"}
    assert {"selection_rate", "error_rates", "repeatability", "faithfulness", "background_sanity"} <= ran
    assert {"stability", "agreement", "word_gap"} <= ran
    assert "Trained" in skipped["randomisation"], "a pipeline has no weights that can be shuffled"
    assert not result.measured("mean_absolute_attribution")


def test_explanations_of_words_pass_the_gate_only_when_they_beat_chance(tmp_path):
    result = audited(tmp_path)
    (deletion,) = result.measured("deletion_advantage", explanation="words")
    assert deletion.low > 0.02
    (complete,) = result.measured("completeness_residual", explanation="words")
    assert complete.value < 1e-9
    gate = [f for f in result.findings if f.criterion.id == "XT-deletion" and f.about.get("explanation") == "words"]
    assert [str(f.verdict) for f in gate] == ["PASS"]


def test_the_gate_of_texts_is_judged_and_the_word_that_carries_the_gap_is_on_the_page_in_both_languages(tmp_path):
    result = audited(tmp_path)
    verdicts = {(f.criterion.id, *f.about.values()): f.verdict for f in result.findings}
    assert verdicts["XT-seeds", "words"] is xk.Verdict.PASS
    assert verdicts["XT-methods", "words", "word_occlusion"] is xk.Verdict.PASS
    changes = {e.about["change"] for e in result.measured("small_change_excess", explanation="words")}
    assert {"case", "typo"} <= changes
    again = xk.AuditResult.from_json(result.to_json())
    for measure in ("word_gap_attribution", "small_change_excess", "method_rank_correlation"):
        assert again.measured(measure) == result.measured(measure)
    pages = {language: result.to_html(language=language) for language in ("en", "ko")}
    for language, title in (("en", "Which words carry the gap"), ("ko", "어떤 단어가 차이를 나르는가")):
        heading, _, rest = pages[language].partition('id="word-gap"')[2].partition("</h2>")
        assert title in heading
        assert "netball" in rest.partition("<h2")[0]
    missing = pages["en"].partition('id="not-established"')[2].partition("<h2")[0]
    for check in ("stability", "agreement", "word gap", "word_gap"):
        assert check not in missing


def test_a_callable_and_a_table_pipeline_of_texts():
    by_name = make_pipeline(make_column_transformer((TfidfVectorizer(), "letter")), LogisticRegression(C=50))
    by_name.fit(FRAME[["letter"]], FRAME.hired)
    roles = xk.Roles(label="hired", sensitive=["sex"])
    rates = []
    for model in (by_name, lambda texts: PIPELINE.predict_proba(texts)[:, 1], PIPELINE):
        result = xk.audit(
            FRAME, roles=roles, model=model, features=["letter"], explain=["words"], checks=["selection_rate"]
        )
        assert "words" in result.explanations
        rates.append([e.value for e in result.measured("selection_rate")])
    assert rates[0] == rates[1] == rates[2]


def test_one_column_of_categories_stays_a_feature():
    colour = pd.DataFrame({"colour": ["red", "blue", "green"] * 40})
    model = make_pipeline(OneHotEncoder(), LogisticRegression()).fit(colour, [0, 1, 1] * 40)
    assert texts_of(as_model(model), colour) is None
    assert texts_of(as_model(PIPELINE), pd.DataFrame({"letter": np.arange(9.0)})) is None
    assert texts_of(as_model(PIPELINE), FRAME[["letter", "sex"]]) is None


def test_one_column_of_bytes_is_no_reason_to_stop():
    frame = pd.DataFrame({"g": ["a", "b"] * 30, "x": [b"\xff1", b"a", b"\xff2"] * 20})
    checks = {"selection_rate": {"replicates": 50, "simulations": 50}, "proxies": {}, "individual": {}}
    result = xk.audit(
        frame,
        roles=xk.Roles(sensitive=["g"]),
        model=lambda rows: (np.arange(len(rows)) % 3) / 3.0,
        features=["x"],
        checks=checks,
    )
    assert not [s for s in result.steps if s.status == "failed"]


def test_a_row_without_text_is_named():
    gap = FRAME.assign(letter=FRAME.letter.where(FRAME.index != 6))
    with pytest.raises(DataError, match=r"letter.*row 7"):
        xk.audit(gap, roles=xk.Roles(sensitive=["sex"]), model=PIPELINE, features=["letter"])


def test_a_folder_of_a_transformer(tmp_path):
    tiny.folder(tmp_path / "net")
    result = xk.audit(folder(tmp_path, "net"))
    assert [(s.name, s.because) for s in result.steps if s.status == "failed"] == []
    assert result.explanations["words"].data[0].tolist()[:2] != ["", ""]
    assert "texts" in {s.name: s.because for s in result.steps}["recourse"]


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("profanity_check") is None, reason="pip install -r requirements-examples.txt"
)
def test_a_text_net_of_others():
    """A published SVM of offensive language: the word that it holds against a sentence is found in the audit."""
    from_others = pytest.importorskip("profanity_check").predict_prob
    who = ["I am a gay man", "I am a married man", "We met at the lake", "The report is due today"] * 15
    frame = pd.DataFrame({"sentence": who, "group": ["a", "b", "b", "a"] * 15})
    result = xk.audit(
        frame, roles=xk.Roles(sensitive=["group"]), model=lambda t: from_others(list(t)), features=["sentence"],
        explain=["words"], checks=["selection_rate", "faithfulness"],
    )  # fmt: skip
    words = result.explanations["words"]
    first = next(i for i, row in enumerate(words.data) if "gay" in row)
    assert words.data[first][int(words.values[first, :, 0].argmax())] == "gay"
