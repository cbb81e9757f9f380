"""Channels whose filters are known find the planted shapes; the page shows them, with words for who cannot see."""

import re

import numpy as np
import pandas as pd
import pytest
import torch

import xaikit as xk
from tests.compute.test_pictures import opened
from xaikit.adapters.torch_module import TorchModule
from xaikit.auditing.gathered import gathered
from xaikit.checks.layers import check
from xaikit.core.errors import AbsentError, SpecError
from xaikit.core.evidence import Evidence
from xaikit.core.progress import silent

PLUS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], dtype=np.float32)
BAR = np.array([[0, 1, 0], [0, 1, 0], [0, 1, 0]], dtype=np.float32)
SIDE, N = 12, 30


def net():
    """Two filters that are templates of the shapes, one that is dead, and a head."""
    module = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(3, 2),
    )
    with torch.no_grad():
        for channel, shape in enumerate((PLUS, BAR)):
            module[0].weight[channel, 0] = torch.as_tensor(2 * shape - 1)
        module[0].weight[2] = 0
    return TorchModule(module.eval())


def pictures():
    """Every third picture holds a plus, every third a bar, at places that are returned."""
    rng = np.random.default_rng(0)
    rows, places = np.zeros((N, 1, SIDE, SIDE), dtype=np.float32), []
    for i in range(N):
        y, x = (int(v) for v in rng.integers(0, SIDE - 2, 2))
        places.append((y, x))
        if i % 3 < 2:
            rows[i, 0, y : y + 3, x : x + 3] = (PLUS, BAR)[i % 3]
    return rows, places


def found(**parameters):
    rows, places = pictures()
    given = {"layers": ["0"], **parameters}
    return list(check(net(), rows, np.random.default_rng(1), silent, **given)), places


def patches(evidence, channel):
    return [e for e in evidence if e.measure == "top_patch" and e.about["channel"] == channel]


@pytest.mark.parametrize(("channel", "kind", "shape"), [("0", 0, PLUS), ("1", 1, BAR)])
def test_a_channel_shows_the_shape_that_it_is_made_for(channel, kind, shape):
    evidence, places = found()
    mine = patches(evidence, channel)
    assert [e.about["rank"] for e in mine] == ["1", "2", "3", "4"]
    assert len({e.detail["row"] for e in mine}) == 4, "each from another input"
    for e in mine:
        row = e.detail["row"]
        assert row % 3 == kind
        y, x = places[row]
        assert [e.detail[k] for k in ("top", "bottom", "left", "right")] == [y, y + 3, x, x + 3]
        assert (opened(e.detail["picture"]) == 255 * shape).all()


def test_dead_channels_are_counted_and_not_shown():
    evidence, _ = found()
    assert [e.value for e in evidence if e.measure == "channels_silent"] == [1.0]
    assert not patches(evidence, "2")
    few, _ = found(channels=1, patches=2)
    assert len([e for e in few if e.measure == "top_patch"]) == 2


def test_layers_are_found_by_themselves_first_middle_and_last():
    module = torch.nn.Sequential(*(torch.nn.Conv2d(1, 1, 1) for _ in range(5)), torch.nn.Flatten())
    evidence = list(
        check(TorchModule(module), pictures()[0], np.random.default_rng(0), silent, layers="auto", patches=1)
    )
    assert list(dict.fromkeys(e.about["layer"] for e in evidence)) == ["0", "2", "4"]


def test_what_is_no_picture_has_no_layers_to_show():
    with pytest.raises(AbsentError, match="pictures"):
        list(check(net(), np.zeros((4, 3)), np.random.default_rng(0), silent, layers="auto"))
    with pytest.raises(SpecError, match="layer"):
        found(layers=["conv9"])
    frame = pd.DataFrame({"a": np.linspace(0, 1, 40), "g": ["x", "y"] * 20})
    flat = TorchModule(torch.nn.Linear(1, 1))
    result = xk.audit(
        frame, roles=xk.Roles(sensitive=["g"]), model=flat, features=["a"], checks={"layers": {"layers": "auto"}}
    )
    (step,) = [s for s in result.steps if s.name == "layers"]
    assert step.status == "skipped"
    assert "pictures" in step.because


def test_the_page_shows_every_patch_with_words():
    evidence, _ = found()
    page = gathered("Shapes", {}, evidence=evidence).to_html()
    uris = {e.detail["picture"] for e in evidence if e.measure == "top_patch"}
    assert set(re.findall(r'<image [^>]*href="([^"]+)"', page)) == uris
    assert "What the layers answer to" in page
    first = patches(evidence, "0")[0].detail
    words = f"input {first['row'] + 1}, rows {first['top'] + 1} to {first['bottom']}"
    assert words in re.sub(r"<[^>]+>", "", page.split("<script")[0])
    assert len(page.encode()) < 1_000_000


@pytest.mark.slow
def test_the_page_stays_below_a_megabyte_with_the_most_of_everything_and_pictures_of_noise():
    generator = torch.Generator().manual_seed(0)
    sizes = [(3, 16), (16, 16), (16, 16)]
    parts = [torch.nn.Conv2d(a, b, 7, padding=3) for a, b in sizes]
    for p in (q for part in parts for q in part.parameters()):
        p.data = torch.randn(p.shape, generator=generator) / 10
    module = torch.nn.Sequential(*parts, torch.nn.Flatten())
    rows = np.random.default_rng(0).normal(size=(20, 3, 32, 32)).astype(np.float32)
    given = {"layers": ["0", "1", "2"], "channels": 16, "patches": 8}
    evidence = list(check(TorchModule(module), rows, np.random.default_rng(0), silent, **given))
    assert sum(e.measure == "top_patch" for e in evidence) == 3 * 16 * 8
    page = gathered("Noise", {}, evidence=evidence).to_html()
    assert page.count("<image") == 2 * 3 * 16 * 8
    assert len(page.encode()) < 1_000_000


@pytest.mark.parametrize(
    "picture", ["https://example.org/a.png", 'data:image/png;base64,AA"/><script>', "data:image/svg+xml;base64,AA", 7]
)
def test_what_is_no_png_is_not_put_into_the_page(picture):
    evidence = [Evidence("top_patch", 1.0, about={"layer": "0", "channel": "0"}, detail={"picture": picture})]
    page = gathered("Shapes", {}, evidence=evidence).to_html()
    assert "<image" not in page
