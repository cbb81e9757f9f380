import pytest
from pydantic import ValidationError

from xaikit.auditing.spec_types import AuditSpec, ExplainSpec, ModelSpec, RolesSpec


def test_everything_has_a_default():
    spec = AuditSpec()
    assert (spec.data, spec.model, spec.checks, spec.seed, spec.report.language) == (None, None, "default", 0, "en")
    assert AuditSpec().roles == RolesSpec()


def test_one_name_stands_for_a_list_of_one():
    roles = RolesSpec(sensitive="sex", control="dept", legitimate="skill", contested="hours", causes="sex -> hours")
    assert (roles.sensitive, roles.control, roles.legitimate, roles.contested) == (
        ["sex"],
        ["dept"],
        ["skill"],
        ["hours"],
    )
    assert roles.causes == ["sex -> hours"]


def test_keys_of_adapter_and_engine_are_kept_apart_from_those_of_the_spec():
    model = ModelSpec(adapter="endpoint", url="http://x", threshold=0.3)
    assert (model.parameters, model.threshold) == ({"url": "http://x"}, 0.3)
    assert ExplainSpec(engine="shapley", budget=64, rows=5).parameters == {"budget": 64}


@pytest.mark.parametrize(
    "raw",
    [
        {"titel": "x"},
        {"roles": {"bins": {"age": ["young"]}}},
        {"roles": {"measured_at": {"hours": "later"}}},
        {"explain": [{"engine": "shapley", "rows": 0}]},
        {"report": {"language": "xx"}},
        {"seed": -1},
    ],
)
def test_what_does_not_fit_is_refused(raw):
    with pytest.raises(ValidationError):
        AuditSpec.model_validate(raw)


def test_a_spec_cannot_be_altered():
    with pytest.raises(ValidationError):
        AuditSpec().seed = 3
