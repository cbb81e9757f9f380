import pandas as pd
import pytest
from typer.testing import CliRunner

from xaikit.cli import app
from xaikit.io import chromium

RUN = CliRunner()


@pytest.fixture
def audited(tmp_path):
    frame = pd.DataFrame({"sex": ["f", "m"] * 200, "hired": [0, 1, 1, 1] * 100})
    frame.to_csv(tmp_path / "d.csv", index=False)
    (tmp_path / "audit.yaml").write_text(
        "data: {path: d.csv}\nroles: {decision: hired, sensitive: [sex]}\nprofiles: [us_ugesp]\n"
    )
    assert RUN.invoke(app, ["audit", str(tmp_path / "audit.yaml"), "-q"]).exit_code == 3
    return tmp_path


def verify(audited, *arguments):
    return RUN.invoke(app, ["verify", str(audited / "report.html"), *arguments])


def test_an_unaltered_report_is_sound_and_its_numbers_come_out_again(audited):
    done = verify(audited, "--rerun", str(audited / "audit.yaml"), "-q")
    assert done.exit_code == 0, done.output
    assert "numbers came out the same" in done.output


def test_a_number_changed_in_the_page_or_in_the_result_is_found(audited):
    page = audited / "report.html"
    text = page.read_text("utf-8")
    assert "0.500" in text
    page.write_text(text.replace("0.500", "0.950", 1), "utf-8")
    assert verify(audited).exit_code == 3
    page.write_text(text.replace('"impact_ratio"', '"impact_ratip"', 1), "utf-8")
    done = verify(audited)
    assert done.exit_code == 3
    assert "✘ hash" in done.output


def test_other_data_move_the_numbers(audited):
    frame = pd.read_csv(audited / "d.csv")
    frame.loc[0, "hired"] = 1
    frame.to_csv(audited / "d.csv", index=False)
    done = verify(audited, "--rerun", str(audited / "audit.yaml"), "-q")
    assert done.exit_code == 3
    assert "selection_rate[group=f,sensitive=sex]: value" in done.output


def test_what_is_no_report_is_said(tmp_path):
    assert RUN.invoke(app, ["verify", str(tmp_path / "nothing.html")]).exit_code == 1
    (tmp_path / "a.html").write_text("<p>hello")
    assert RUN.invoke(app, ["verify", str(tmp_path / "a.html")]).exit_code == 3


def test_a_result_is_drawn_again_in_another_language_beside_its_report(audited):
    before = (audited / "report.html").read_bytes()
    done = RUN.invoke(app, ["render", str(audited / "result.json"), "--language", "ko"])
    assert done.exit_code == 0, done.output
    page = audited / "report-ko.html"
    assert done.output.strip().endswith("report-ko.html")
    assert '<html lang="ko">' in page.read_text("utf-8")
    assert (audited / "report.html").read_bytes() == before
    assert RUN.invoke(app, ["verify", str(page)]).exit_code == 0
    again = RUN.invoke(
        app, ["render", str(audited / "result.json"), "--language", "en", "-o", str(audited / "x.html")]
    )
    assert again.exit_code == 0
    assert (audited / "x.html").read_bytes() == before


@pytest.mark.parametrize("command", ["render", "summary"])
def test_an_unknown_language_is_named_with_the_nearest_and_nothing_is_written(audited, command):
    there = sorted(p.name for p in audited.iterdir())
    done = RUN.invoke(app, [command, str(audited / "result.json"), "--language", "korean"])
    assert done.exit_code == 2
    assert "--language: got unknown language 'korean'" in done.output
    assert "Did you mean 'ko'?" in done.output
    assert sorted(p.name for p in audited.iterdir()) == there


def test_exports_are_tables_charts_and_a_card(audited):
    done = RUN.invoke(app, ["export", str(audited / "result.json"), "--out", str(audited / "x")])
    assert done.exit_code == 0, done.output
    names = [p.name for p in (audited / "x").iterdir()]
    assert "model-card.md" in names
    tables = [pd.read_csv(audited / "x" / n) for n in names if n.endswith(".csv")]
    assert any("f" in t.iloc[:, 0].astype(str).tolist() for t in tables)
    assert any(n.endswith(".svg") for n in names)


def test_every_chart_is_also_a_picture_where_that_is_asked_for(audited):
    out = audited / "pictures"
    done = RUN.invoke(app, ["export", str(audited / "result.json"), "--out", str(out), "--png"])
    assert done.exit_code == 0, done.output
    assert {p.stem for p in out.glob("*.png")} == {p.stem for p in out.glob("*.svg")}
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in out.glob("*.png"))


def test_without_a_browser_nothing_is_half_exported(audited, monkeypatch):
    monkeypatch.setenv("CHROMIUM", "")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(chromium, "ELSEWHERE", ())
    done = RUN.invoke(app, ["export", str(audited / "result.json"), "--out", str(audited / "p"), "--pdf"])
    assert done.exit_code == 1
    assert "apt-get install chromium" in done.output
    assert not (audited / "p").exists()
