import pandas as pd
import pytest

import xaikit as xk
from tests.io.test_streams import frame, write
from xaikit.core.errors import SpecError

ROLES = xk.Roles(decision="hired", favourable=1, label="good", sensitive=("sex", "race"), control=("dept",))


def test_counts_are_audited_as_rows_are(tmp_path):
    data = frame(3000)
    for i in range(3):
        write(data[1000 * i : 1000 * (i + 1)], tmp_path / f"part-{i}.parquet")
    counted = xk.audit(xk.tally_stream(tmp_path, ROLES), profiles=["us_ugesp"], seed=3)
    whole = xk.audit(data, roles=ROLES, profiles=["us_ugesp"], seed=3)
    assert counted.verdict == whole.verdict
    assert [(f.criterion.id, f.because) for f in counted.findings] == [
        (f.criterion.id, f.because) for f in whole.findings
    ]
    ours = {e.id: e for e in counted.evidence}
    shared = [e for e in whole.evidence if e.id in ours]
    assert len(shared) > 100
    assert all(ours[e.id] == e for e in shared)


def test_a_report_and_its_twin_come_of_it(tmp_path):
    data = pd.DataFrame({"sex": ["F", "M"] * 100, "hired": [1, 1, 0, 1] * 50})
    path = write(data, tmp_path / "d.csv")
    result = xk.audit(xk.tally_stream(path, xk.Roles(decision="hired", sensitive=("sex",))), profiles=["us_ugesp"])
    assert result.provenance.data["rows"] == 200
    assert any("counts" in n for n in result.provenance.notes)
    assert xk.AuditResult.from_json(result.to_json()).findings == result.findings
    assert "<html" in result.to_html()


def test_sites_are_audited_together_without_sharing_rows():
    roles = xk.Roles(decision="hired", sensitive=("sex",))
    sites = [
        xk.Tally.of(xk.Decisions.of(pd.DataFrame({"sex": ["F", "M"] * 50, "hired": h * 25}), roles))
        for h in ([1, 1, 0, 1], [0, 1, 0, 1])
    ]
    both = xk.audit(sites[0] + sites[1], profiles=["us_ugesp"])
    (ratio,) = both.measured("impact_ratio", group="F")
    assert ratio.value == pytest.approx(0.25)


def test_a_check_that_is_not_there():
    tally = xk.Tally.of(
        xk.Decisions.of(pd.DataFrame({"s": ["a", "b"], "h": [1, 0]}), xk.Roles(decision="h", sensitive=("s",)))
    )
    with pytest.raises(SpecError, match="selection_rate"):
        xk.audit(tally, checks=["selection_rates"])
