from pathlib import Path

import pytest

import xaikit
from xaikit.auditing.judge import RULES as JUDGED
from xaikit.core import plugin
from xaikit.core.errors import SpecError
from xaikit.io.profiles import RULES, load_profile, profile_names, profile_title

CODE = Path(xaikit.__file__).parent
HEAD = "id: mine\ntitle: Mine\nstatus: in force\ncitation: § 1\n"
ONE = HEAD + "criteria:\n  - id: A\n    title: a\n    rule: reported\n    measure: z\n    citation: § 2\n"


def read(tmp_path, text):
    path = tmp_path / "mine.yaml"
    path.write_text(text, "utf-8")
    return load_profile(path)


@pytest.mark.parametrize("name", profile_names())
def test_every_profile_is_whole(name):
    profile = load_profile(name)
    assert profile.id == name
    assert profile_title(name) == profile.title
    for field in ("jurisdiction", "status", "effective", "citation", "source", "verified_on", "review_by", "note"):
        assert getattr(profile, field), field
    assert profile.verified_on <= profile.review_by
    assert profile.criteria
    for criterion in profile.criteria:
        assert criterion.profile == name
        assert criterion.citation
        assert criterion.status
        assert criterion.source
        assert criterion.verified_on
        if criterion.rule != "question":
            assert criterion.check in plugin.names("checks"), criterion.id


@pytest.mark.parametrize("name", profile_names())
def test_what_a_criterion_reads_is_what_its_check_measures(name):
    """The name of the measure stands in the source of the check, or of the statistics that it is made of."""
    for criterion in load_profile(name).criteria:
        if criterion.rule == "question":
            continue
        sources = [CODE / "checks" / f"{criterion.check}.py", CODE / "stats" / "rates.py"]
        assert any(f'"{criterion.measure}"' in s.read_text("utf-8") for s in sources), criterion.id


def test_the_regimes_that_are_there():
    assert {
        "us_ugesp",
        "nyc_ll144",
        "eu_ai_act",
        "eu_gdpr_22",
        "kr_ai_basic_act",
        "kr_pipa_37_2",
        "us_ca_ct_six_factors",
        "us_il_hb3773",
        "us_ecoa_reg_b",
        "us_co_sb26_189",
        "nist_ai_rmf",
        "iso_42001",
        "model_card",
        "explanation_trust",
    } <= set(profile_names())


def test_the_rules_that_can_be_written_are_those_that_are_judged():
    assert set(RULES) == set(JUDGED) | {"question"}


def test_local_law_144_has_no_threshold_and_all_its_checklist():
    profile = load_profile("nyc_ll144")
    assert {c.rule for c in profile.criteria} == {"reported", "question"}
    assert not any(c.bounds for c in profile.criteria)
    ids = {c.id for c in profile.criteria}
    assert {"LL-303a1", "LL-303a2", "LL-302b", "LL-301d", "LL-300-ind", "LL-301a", "LL-303c", "LL-304"} <= ids


def test_guidelines_have_their_ids_and_four_fifths():
    profile = load_profile("us_ugesp")
    by = {c.id: c for c in profile.criteria}
    assert {"UG-4A", "UG-4C", "UG-4D-rate", "UG-4D-stat", "UG-4D-prac", "UG-4D-small", "UG-4D-pool"} <= set(by)
    assert by["UG-4D-rate"].bounds == {"ratio": 0.8, "alpha": 0.05, "power": 0.8}
    assert by["UG-4D-rate-x"].source == "memory"  # said where it differs from the profile's


def test_a_profile_of_ones_own(tmp_path):
    profile = read(tmp_path, ONE)
    assert profile.criteria[0].status == "in force"
    assert profile.criteria[0].profile == "mine"


def test_a_name_that_is_not_there():
    with pytest.raises(SpecError, match="Did you mean 'us_ugesp'"):
        load_profile("us_ugsep")
    with pytest.raises(SpecError, match="not a file"):
        load_profile("nowhere.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD.replace("status", "statsu") + "criteria: []\n", r"line 3.*'statsu'.*Did you mean 'status'"),
        (ONE.replace("measure", "mesure"), r"line 9.*'mesure'.*Did you mean 'measure'"),
        (ONE.replace("reported", "reprted"), r"line 8.*rule 'reprted'.*Did you mean 'reported'"),
        (ONE + "    bounds: {ratio: 0.8}\n", r"line 11.*bound of rule 'reported' 'ratio'"),
        (ONE.replace("rule: reported", "rule: adverse_impact"), r"line 6, bounds.*no 'ratio'"),
        (ONE.replace("rule: reported", "rule: bound"), "no bounds"),
        (
            ONE.replace("rule: reported", "rule: bound") + "    bounds: {fail_above: much}\n",
            r"line 11.*'much'.*a number",
        ),
        (
            ONE + "  - id: A\n    title: b\n    rule: reported\n    measure: z\n    citation: c\n",
            "criterion 'A' twice",
        ),
        (ONE + "    title: again\n", r"line 11.*'title' twice"),
        (ONE.replace("citation: § 2", "citation: ''"), "no 'citation'"),
        (ONE.replace("    measure: z\n", ""), "no 'measure'"),
        (ONE.replace("rule: reported", "rule: question"), "no 'question'"),
        (HEAD, "no list of criteria"),
        ("a: [1", "line"),
        ("", "keys and values"),
        ("- 1\n", "keys and values"),
        (HEAD + "source: hearsay\ncriteria: []\n", "source quality 'hearsay'"),
        (ONE.replace("title: a", "title: [a]"), "line 7.*text"),
    ],
)
def test_what_does_not_fit_is_named_with_its_line(tmp_path, text, message):
    with pytest.raises(SpecError, match=message):
        read(tmp_path, text)


def test_a_file_that_is_not_text(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(SpecError, match="not text"):
        load_profile(path)
