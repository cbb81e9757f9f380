"""Contrast of the palette, computed from the style sheet by the formula of WCAG 2.2."""

import re

import pytest

from xaikit.report.html import render, style_sheet

THEMES = ("light", "dark")


def variables(theme):
    """Return the colour variables of a theme."""
    light, dark = re.findall(r":root\{(.*?)\}", style_sheet(), re.S)[:2]
    found = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", light))
    return found if theme == "light" else {**found, **dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", dark))}


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_formula_itself():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_text_has_a_contrast_of_four_and_a_half(theme):
    v = variables(theme)
    for ground in ("paper", "sheet", "pass-bg", "incon-bg", "fail-bg", "na-bg", "error-bg", "tint"):
        for ink in ("ink", "soft", "accent"):
            assert contrast(v[ink], v[ground]) >= 4.5, (theme, ink, ground)
    for verdict in ("pass", "incon", "fail", "na", "error"):
        assert contrast(v[verdict], v["paper"]) >= 4.5, (theme, verdict)
        assert contrast(v[verdict], v[f"{verdict}-bg"]) >= 4.5, (theme, verdict)


@pytest.mark.parametrize("theme", THEMES)
def test_marks_of_charts_have_a_contrast_of_three(theme):
    v = variables(theme)
    marks = [f"g{i}" for i in range(8)] + ["gn", "up", "down", "axis"] + [f"s{i}" for i in range(5)]
    for mark in marks:
        assert contrast(v[mark], v["paper"]) >= 3, (theme, mark)


@pytest.mark.parametrize("theme", THEMES)
def test_text_on_the_darkest_tile_of_a_matrix_is_legible(theme):
    v = variables(theme)
    share = max(float(x) for x in re.findall(r"\.q\d\{fill-opacity:(\.\d+)\}", style_sheet()))
    mixed = "#" + "".join(
        f"{round(int(v['q'][i : i + 2], 16) * share + int(v['paper'][i : i + 2], 16) * (1 - share)):02x}"
        for i in (1, 3, 5)
    )
    assert contrast(v["ink"], mixed) >= 4.5
    assert contrast(v["soft"], mixed) >= 3


def test_every_class_that_charts_use_is_styled(income):
    html = render(income)
    css = style_sheet()
    used = {
        c
        for svg in re.findall(r"<svg.*?</svg>", html, re.S)
        for a in re.findall(r'class=("[^"]*"|[^\s>]+)', svg)
        for c in a.strip('"/').split()
    }
    for name in used - {"wide"}:
        assert re.search(rf"\.{name}\b", css) or name.startswith("l") or re.fullmatch(r"q\d", name), name
