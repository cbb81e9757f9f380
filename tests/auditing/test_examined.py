"""The gate for pictures, series and texts that no audit.yaml names: what it catches, and what it lets pass."""

import numpy as np
import pytest
import torch

import xaikit as xk
from xaikit.adapters.torch_module import TorchModule
from xaikit.auditing.examined import examined
from xaikit.auditing.gathered import gathered
from xaikit.core.errors import SpecError


class Block(torch.nn.Module):
    """Answers by what stands in one corner of a picture; with a convolution, so that it has weights to shuffle."""

    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(1, 2, 3, padding=1)
        self.weight = torch.nn.Parameter(torch.zeros(2, 10, 10))
        with torch.no_grad():
            self.conv.weight.copy_(torch.linspace(-1, 1, 18).reshape(2, 1, 3, 3))
            self.weight[:, :4, :4] = 1

    def forward(self, x):
        return (torch.tanh(self.conv(x)) * self.weight).flatten(1).sum(dim=1, keepdim=True)


class Steps(torch.nn.Module):
    """Answers by the last three steps of a series; which these are lies in its weights."""

    def __init__(self):
        super().__init__()
        self.place = torch.nn.Parameter((torch.arange(9) > 5).float())
        self.each = torch.nn.Linear(2, 4)
        torch.nn.init.constant_(self.each.bias, 0.1)
        with torch.no_grad():
            self.each.weight.copy_(torch.linspace(-1, 2, 8).reshape(4, 2))

    def forward(self, x):
        return (torch.tanh(self.each(x)).sum(dim=2) * self.place).sum(dim=1, keepdim=True)


def drawn(shape, n=12, seed=0):
    return torch.as_tensor(np.random.default_rng(seed).normal(size=(n, *shape)), dtype=torch.float32)


def by(evidence, measure, **about):
    (found,) = [e for e in evidence if e.measure == measure and about.items() <= e.about.items()]
    return found


@pytest.mark.parametrize(("net", "shape"), [(Block, (1, 10, 10)), (Steps, (9, 2))])
def test_the_gate_of_a_true_map_is_passed_and_that_of_a_random_one_is_not(net, shape):
    """Bounds stated before the run: deletion and insertion of the true map exclude chance, those of noise do not

    beat them; seeds and noise move the true map by less than .2; shuffled weights leave less than .8 of it.
    """
    model, rows = TorchModule(net()), drawn(shape)
    blank = torch.zeros(1, *shape)
    found = xk.explain(model, rows, background=blank, engine="integrated_gradients")
    evidence, steps = examined(model, rows, {"map": found}, background=blank)
    assert {s.name: s.status for s in steps} == dict.fromkeys(
        ("faithfulness", "stability", "agreement", "randomisation"), "ran"
    )
    assert by(evidence, "completeness_residual").value < 0.01
    assert by(evidence, "deletion_advantage").low > 0
    assert by(evidence, "insertion_advantage").low > 0
    assert by(evidence, "seed_distance").value < 1e-6
    assert 0 < by(evidence, "noise_distance").value < 0.2
    assert by(evidence, "small_change_excess", change="noise").value < 0.2
    assert by(evidence, "small_change_distance", change="shift").value > 0
    assert by(evidence, "shift_excess").value is not None
    assert by(evidence, "randomisation_similarity").high < 0.8
    from dataclasses import replace

    noise = replace(found, values=np.random.default_rng(1).normal(size=found.values.shape))
    false, _ = examined(model, rows, {"map": noise}, background=blank, checks={"faithfulness": {}})
    assert by(false, "deletion_advantage").high < by(evidence, "deletion_advantage").low


def test_two_methods_agree_on_a_linear_picture_and_a_shift_of_what_sees_no_place_is_followed():
    """By hand: of a linear score occlusion of a window is the sum of its integrated gradients. A sum of squares sees

    no place: its map moves with the picture, and the two say the same wherever both show it.
    """

    class Linear(torch.nn.Module):
        def forward(self, x):
            return (x * torch.linspace(-1, 1, 100).reshape(10, 10)).flatten(1).sum(dim=1, keepdim=True)

    class Squares(torch.nn.Module):
        def forward(self, x):
            return (x**2).flatten(1).sum(dim=1, keepdim=True)

    rows, blank = drawn((1, 10, 10)), torch.zeros(1, 1, 10, 10)
    model = TorchModule(Linear())
    found = xk.explain(model, rows, background=blank, engine="integrated_gradients")
    parameters = {"map": {"window": 2, "stride": 2}}
    covered = xk.explain(model, rows, background=blank, engine="occlusion", window=2, stride=2)
    evidence, _ = examined(
        model, rows, {"map": covered}, background=blank, checks={"agreement": {}}, parameters=parameters
    )
    assert by(evidence, "method_rank_correlation", other="integrated_gradients").value == pytest.approx(1)
    model = TorchModule(Squares())
    found = xk.explain(model, rows, background=blank, engine="integrated_gradients")
    evidence, _ = examined(model, rows, {"map": found}, background=blank, checks={"stability": {}})
    assert by(evidence, "small_change_distance", change="shift").value < 1e-5
    assert by(evidence, "shift_excess").value < 1e-5


def test_the_second_method_covers_windows_of_the_size_of_the_blocks():
    model, rows, blank = TorchModule(Block()), drawn((1, 10, 10)), torch.zeros(1, 1, 10, 10)
    found = xk.explain(model, rows, background=blank, engine="integrated_gradients")
    evidence, _ = examined(model, rows, {"map": found}, background=blank, checks={"agreement": {}})
    ranks = by(evidence, "method_rank_correlation", other="occlusion")
    assert "window 2, stride 1" in ranks.detail["settings"]  # 10 pixels in 5 blocks; the default covers 8 of 10
    assert ranks.low > 0.5


def test_a_gathered_page_is_judged_by_the_profile_and_read_again():
    model, rows, blank = TorchModule(Block()), drawn((1, 10, 10)), torch.zeros(1, 1, 10, 10)
    found = xk.explain(model, rows, background=blank, engine="integrated_gradients")
    evidence, steps = examined(model, rows, {"map": found}, background=blank)
    result = gathered(
        "A corner", {"map": found}, model=model, evidence=evidence, steps=steps, profiles=["explanation_trust"]
    )
    verdicts = {f.criterion.id: f.verdict for f in result.findings if f.criterion.id in ("XT-deletion", "XT-seeds")}
    assert verdicts == {"XT-deletion": xk.Verdict.PASS, "XT-seeds": xk.Verdict.PASS}
    page = result.to_html()
    assert "shifted by one pixel or step" in page


def test_rows_that_are_neither_say_so_and_unknown_checks_are_named():
    model, rows = TorchModule(torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(16, 1))), drawn((2, 2, 2, 2))
    found = xk.explain(model, rows, background=rows[:1], engine="integrated_gradients")
    evidence, steps = examined(model, rows, {"map": found}, background=rows[:1])
    assert {s.status for s in steps} == {"ran"}
    assert by(evidence, "seed_distance").value is None
    assert "no table, no texts" in by(evidence, "seed_distance").because
    with pytest.raises(SpecError, match="stability"):
        examined(model, rows, {"map": found}, checks={"stabilty": {}})
