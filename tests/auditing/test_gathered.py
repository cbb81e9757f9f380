"""What was measured by hand becomes a result that is stored, shown and verified like any other."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import xaikit as xk
from xaikit.auditing.gathered import gathered
from xaikit.auditing.models import as_model
from xaikit.compute.digests import digest
from xaikit.core.evidence import Evidence, Verdict

RNG = np.random.default_rng(0)
BACKGROUND = RNG.normal(size=(30, 3)).astype(np.float32)
ROWS = RNG.normal(size=(4, 3)).astype(np.float32)
MODEL = as_model(torch.nn.Linear(3, 1))


@pytest.fixture(scope="module")
def result():
    seen = {
        "one way": xk.explain(MODEL, ROWS, background=BACKGROUND, engine="shapley", seed=3),
        "another": xk.explain(MODEL, ROWS, background=BACKGROUND[:10], engine="integrated_gradients", seed=3),
    }
    swap = Evidence("name_swap", 0.25, n=4, unit="score", source="name_swap")
    return gathered(
        "By hand", seen, model=MODEL, evidence=[swap], command="python it.py", seed=3, notes=["Four rows only."]
    )


def test_it_judges_nothing_and_says_who_the_model_was(result):
    assert result.verdict is Verdict.NOT_APPLICABLE
    assert result.findings == ()
    told = result.provenance
    assert told.hashes["model"] == MODEL.card.sha256
    assert (told.model["adapter"], told.seed, told.command) == (MODEL.card.adapter, 3, "python it.py")
    assert told.notes[-1] == "Four rows only."
    assert told.versions["xaikit"] == xk.__version__


def test_each_background_is_known_by_its_own_hash(result):
    hashes = result.provenance.hashes
    assert hashes["background of one way"] == digest(BACKGROUND)
    assert hashes["background of another"] == digest(BACKGROUND[:10])


def test_an_explanation_whose_background_is_not_known_has_no_hash(result):
    bare = replace(result.explanations["one way"], background={})
    assert dict(gathered("Bare", {"it": bare}).provenance.hashes) == {}


def test_it_is_stored_and_read_back_whole(result, tmp_path):
    result.to_json(tmp_path / "result.json")
    again = xk.AuditResult.from_json(tmp_path / "result.json")
    assert again.to_json() == result.to_json()
    assert again.evidence == result.evidence
    for name in ("one way", "another"):
        assert (again.explanations[name].values == result.explanations[name].values).all()


def test_the_page_holds_what_was_measured_and_what_a_reader_must_know(result):
    page = result.to_html()
    for text in ("By hand", "one way", "another", "Four rows only.", MODEL.card.sha256[:12]):
        assert text in page


def test_without_a_model_there_is_no_hash_of_one_and_no_note():
    told = gathered("Nothing", {}).provenance
    assert dict(told.hashes) == {}
    assert dict(told.model) == {}
    assert told.notes == ()
    assert told.device == "cpu"


def test_the_time_is_that_of_the_build_where_one_is_given(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert gathered("Then", {}).provenance.created == "2001-09-09T01:46:40+00:00"
