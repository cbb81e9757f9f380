"""The published form of result.json is the one that is written and read."""

import json
from pathlib import Path

import jsonschema
import pytest

import xaikit
from tests.core.test_codec import result
from tests.report.results import callbacks_result, income_result
from xaikit.core.codec import dumps, loads, to_dict
from xaikit.core.errors import DataError
from xaikit.core.result import SCHEMA_VERSION
from xaikit.core.schema import described, result_schema, validated

PUBLISHED = Path(xaikit.__file__).parents[1] / "docs" / "schema" / f"result-{SCHEMA_VERSION}.json"


def test_what_is_published_is_what_the_code_says():
    # after a change: xaikit schema --of result > docs/schema/result-N.json; core/migrations.py says when N is new
    assert json.loads(PUBLISHED.read_text("utf-8")) == result_schema()


def test_the_schema_of_version_1_still_fits_its_frozen_example():
    schema = json.loads((PUBLISHED.parent / "result-1.json").read_text("utf-8"))
    example = Path(__file__).parent / "fixtures" / "result-v1.json"
    jsonschema.validate(json.loads(example.read_text("utf-8")), schema)
    assert {p.name for p in PUBLISHED.parent.iterdir()} == {f"result-{v}.json" for v in range(1, SCHEMA_VERSION + 1)}


def test_it_is_a_schema_in_which_everything_is_described():
    schema = result_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    parts = {"Result": schema, **schema["$defs"]}
    missing = [
        f"{n}.{f}"
        for n, part in parts.items()
        for f, told in part["properties"].items()
        if "description" not in told and n != "Profile"
    ]
    assert missing == []


@pytest.mark.parametrize("make", [result, callbacks_result, income_result])
def test_results_fit_by_another_validator_too(make):
    raw = json.loads(dumps(make()))
    jsonschema.validate(raw, result_schema())
    validated(raw)


ALTERED = [
    (("evidence", 0, "value"), "0.5"),
    (("evidence", 0, "n"), 1.5),
    (("evidence", 0, "about"), {"group": 1}),
    (("findings", 0, "verdict"), "MAYBE"),
    (("findings", 0, "evidence"), "one"),
    (("findings", 0, "criterion"), None),
    (("steps", 0, "seconds"), "long"),
    (("provenance", "hashes"), ["x"]),
    (("profiles", 0, "criteria", 0, "bounds"), {"ratio": "four fifths"}),
    (("explanations", "shapley", "values"), [1, 2]),
    (("title",), 5),
    (("evidence",), {"0": {}}),
    (("steps",), None),
]


@pytest.mark.parametrize(("path", "value"), ALTERED, ids=[".".join(map(str, p)) for p, _ in ALTERED])
def test_what_does_not_fit_is_refused_by_both_with_its_place(path, value):
    raw = json.loads(dumps(callbacks_result(explanations=result().explanations)))
    at = raw
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(raw, result_schema())
    with pytest.raises(DataError, match="result JSON"):
        loads(json.dumps(raw))


def test_the_place_is_named():
    raw = to_dict(callbacks_result())
    raw["evidence"][3]["value"] = "0.5"
    with pytest.raises(DataError, match=r"result JSON: evidence\[3\]\.value: got '0\.5'; expected a valid number"):
        loads(json.dumps(raw))


def test_nan_is_no_number():
    text = dumps(callbacks_result()).replace('"alpha": 0.05', '"alpha": NaN', 1)
    with pytest.raises(DataError, match="finite number"):
        loads(text)


def test_a_field_of_the_future_is_passed_over():
    raw = to_dict(callbacks_result())
    raw["evidence"][0]["colour"] = "blue"
    jsonschema.validate(raw, result_schema())
    assert loads(json.dumps(raw)).evidence == callbacks_result().evidence


def test_a_docstring_without_parameters_describes_none():
    assert described("One line.") == {}
