import json

import numpy as np
import pandas as pd
import pytest

from tests.oracles.clarify import metrics
from xaikit.checks import clarify
from xaikit.core.decisions import Decisions
from xaikit.core.errors import DataError, SpecError
from xaikit.io.clarify import read_analysis_config
from xaikit.stats.tally import Tally

CONFIG = {
    "version": "1.0",
    "dataset_type": "text/csv",
    "headers": ["Age", "Sex", "Dept", "Income", "Predicted"],
    "label": "Income",
    "label_values_or_threshold": [1],
    "facet": [{"name_or_index": "Sex", "value_or_threshold": [0]}],
    "group_variable": "Dept",
    "predicted_label_headers": ["Predicted"],
    "methods": {"pre_training_bias": {"methods": ["CI", "DPL"]}, "post_training_bias": {"methods": "all"}},
}


def write(tmp_path, **changes):
    path = tmp_path / "analysis_config.json"
    path.write_text(json.dumps({**CONFIG, **changes}), "utf-8")
    return path


def test_a_configuration_becomes_roles_and_facets_and_the_metrics_come_out(tmp_path):
    config = read_analysis_config(write(tmp_path))
    assert config.methods == ("pre_training_bias", "post_training_bias")
    assert config.metrics["pre_training_bias"] == ("CI", "DPL")
    roles = config.roles()
    assert (roles.label, roles.decision, roles.sensitive, roles.control) == (
        "Income",
        "Predicted",
        ("Sex",),
        ("Dept",),
    )
    rng = np.random.default_rng(0)
    data = pd.DataFrame({h: rng.integers(0, 2, 400) for h in CONFIG["headers"]})
    tally = Tally.of(Decisions.of(data, roles))
    found = {e.measure: e.value for e in clarify.check(tally, rng, facets=config.facet_parameters())}
    expected = metrics(data.assign(d=data.Sex == 0, y=data.Income, h=data.Predicted, s=data.Dept))
    assert found == pytest.approx(expected)


def test_places_stand_for_names_and_thresholds_are_kept(tmp_path):
    facets = [
        {"name_or_index": 1, "value_or_threshold": ["F", "X"]},
        {"name_or_index": 0, "value_or_threshold": [40.5]},
    ]
    config = read_analysis_config(write(tmp_path, label=3, facet=facets, label_values_or_threshold=[50000]))
    assert config.facets == {"Sex": ("F", "X")}
    assert config.thresholds == {"Age": 40.5}
    assert config.label == "Income"
    assert config.by_threshold


def test_every_value_is_a_facet_where_none_is_named(tmp_path):
    assert read_analysis_config(write(tmp_path, facet=[{"name_or_index": "Sex"}])).facet_parameters() is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lable": "x"}, "'lable'.*Did you mean 'label'"),
        ({"label": "Incme"}, "label: got column 'Incme'.*Did you mean 'Income'"),
        ({"facet": [{"value_or_threshold": [0]}]}, r"facet\[0\].*name_or_index"),
        ({"facet": {"name_or_index": "Sex"}}, "facet.*a list"),
        ({"group_variable": 9}, "group_variable: got column 9"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, changes, message):
    with pytest.raises(SpecError, match=message):
        read_analysis_config(write(tmp_path, **changes))


def test_what_is_no_configuration(tmp_path):
    path = tmp_path / "analysis_config.json"
    path.write_text('{\n "label": \n}')
    with pytest.raises(DataError, match="line 3"):
        read_analysis_config(path)
    with pytest.raises(DataError, match="no such file"):
        read_analysis_config(tmp_path / "no.json")
