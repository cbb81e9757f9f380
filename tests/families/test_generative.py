"""GAN: planted copies and drifts are found, a weak net is told apart, its discriminator is explained."""

import numpy as np
import pandas as pd
import pytest
import torch

import xaikit
from tests.families.training import trained
from xaikit.adapters.torch_module import TorchModule
from xaikit.checks.synthetic_data import check
from xaikit.compute.composed import composed
from xaikit.core import plugin
from xaikit.core.decisions import Decisions, Roles
from xaikit.core.errors import DataError, SpecError
from xaikit.core.structured import along

ROLES = Roles(decision="hired", sensitive=("sex",))


def people(n, seed, women=0.5, hired=0.4):
    rng = np.random.default_rng(seed)
    sex = np.where(rng.random(n) < women, "F", "M")
    age = rng.normal(40, 10, n)
    pay = 20 + age + rng.normal(0, 3, n)
    return pd.DataFrame({"age": age, "pay": pay, "sex": sex, "hired": (rng.random(n) < hired).astype(int)})


def run(made, real, **parameters):
    frame = pd.concat([made.assign(kind="synthetic"), real.assign(kind="real")], ignore_index=True)
    audited = frame[frame["kind"] == "synthetic"]
    given = {"column": "kind", **parameters}
    return list(check(Decisions.of(audited, ROLES), frame, np.random.default_rng(0), **given))


def one(evidence, measure, **about):
    (found,) = [e for e in evidence if e.measure == measure and about.items() <= dict(e.about).items()]
    return found


def test_rows_from_the_same_source_are_not_told_apart():
    found = run(people(1500, 1), people(1500, 2))
    auc = one(found, "two_sample_auc")
    assert auc.low < 0.5 < auc.high
    assert abs(one(found, "group_rate_drift", group="F").value) < 0.06
    assert one(found, "correlation_drift").value < 0.12
    assert one(found, "exact_copies").value == 0
    assert one(found, "nearest_record_share").value == pytest.approx(0.5, abs=0.04)


def test_planted_copies_of_real_people_are_found():
    real = people(1000, 3)
    made = pd.concat([real.iloc[:200], people(800, 4)], ignore_index=True)
    found = run(made, real)
    assert one(found, "exact_copies").value == pytest.approx(0.2, abs=1e-9)
    near = pd.concat([real.iloc[:500].assign(age=lambda t: t["age"] + 1e-4), people(500, 4)], ignore_index=True)
    assert one(run(near, real), "exact_copies").value < 0.2
    assert one(run(near, real), "nearest_record_share").value > 0.65


def test_planted_drifts_are_named_by_group():
    found = run(people(2000, 5, women=0.3, hired=0.2), people(2000, 6))
    assert one(found, "group_rate_drift", group="F").value == pytest.approx(-0.2, abs=0.05)
    assert one(found, "group_selection_drift", group="M").value == pytest.approx(-0.2, abs=0.06)
    broken = people(1500, 7).assign(pay=np.random.default_rng(8).permutation(people(1500, 7)["pay"]))
    drift = one(run(broken, people(1500, 9)), "correlation_drift")
    assert drift.value > 0.8
    assert set(drift.detail["between"].split(" and ")) == {"age", "pay"}


def test_what_cannot_be_compared_is_said():
    with pytest.raises(SpecError, match="no 'column'"):
        plugin.validated(plugin.load("checks", "synthetic_data"), {}, "checks.synthetic_data")
    with pytest.raises(SpecError, match="Did you mean 'kind'"):
        run(people(60, 1), people(60, 2), column="kinds")
    with pytest.raises(DataError, match="30 rows of one kind"):
        run(people(30, 1), people(60, 2))


def gan(real, steps=400):
    """Train a small GAN on two columns whose sum is nearly constant; it has little time and stays weak."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        generator = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2))
        judge = torch.nn.Sequential(torch.nn.Linear(2, 24), torch.nn.LeakyReLU(0.2), torch.nn.Linear(24, 1))
        makes = torch.optim.Adam(generator.parameters(), 0.003)
        judges = torch.optim.Adam(judge.parameters(), 0.003)
        loss, x = torch.nn.functional.binary_cross_entropy_with_logits, torch.as_tensor(real)
        for _ in range(steps):
            batch, made = x[torch.randint(len(x), (128,))], generator(torch.randn(128, 2))
            judges.zero_grad()
            (loss(judge(batch), torch.ones(128, 1)) + loss(judge(made.detach()), torch.zeros(128, 1))).backward()
            judges.step()
            makes.zero_grad()
            loss(judge(generator(torch.randn(128, 2))), torch.ones(128, 1)).backward()
            makes.step()
        drawn = generator(torch.randn(1500, 2)).detach().numpy()
    return generator.eval(), judge.eval(), drawn


def test_a_weak_gan_is_told_apart_and_its_discriminator_explained(capsys):
    rng = np.random.default_rng(10)
    first = rng.normal(size=1500)
    real = np.column_stack([first, -first + 0.1 * rng.normal(size=1500)]).astype(np.float32)
    generator, judge, made = gan(real)
    fixed = {"sex": "F", "hired": 1}
    tables = [pd.DataFrame(rows, columns=["age", "pay"]).assign(**fixed) for rows in (made, real)]
    auc = one(run(*tables), "two_sample_auc")
    with capsys.disabled():
        print(f"\n  GAN: two-sample AUC {auc.value:.2f} ({auc.low:.2f} to {auc.high:.2f}), chance .50")
    assert auc.low > 0.55
    odd = real[:40].copy()
    odd[:, 1] += 3.0  # the second column breaks the sum
    found = xaikit.explain(TorchModule(judge), odd, background=real[40:140], engine="integrated_gradients")
    assert np.abs(found.residual).max() < 0.05 * np.abs(found.prediction - found.base).max() + 1e-3
    # a direction of the latent code, explained through the generator: completeness holds through both nets
    code = rng.normal(size=(20, 2)).astype(np.float32)
    whole = composed(TorchModule(generator), TorchModule(judge))
    latent = xaikit.explain(whole, code, background=np.zeros((1, 2), np.float32), engine="integrated_gradients")
    assert np.abs(latent.residual).max() < 0.05 * np.abs(latent.prediction - latent.base).max() + 1e-3
    moved = xaikit.explain(
        TorchModule(generator),
        code,
        background=np.zeros((1, 2), np.float32),
        engine="integrated_gradients",
        target=along([1.0, -1.0], "age against pay"),
    )
    assert moved.target == "position along age against pay"
    assert np.abs(moved.residual).max() < 0.05 * np.abs(moved.prediction - moved.base).max() + 1e-3


def test_a_latent_direction_that_carries_a_protected_attribute_is_found():
    """Plant an attribute in one latent coordinate; a probe on the images must point back to it."""
    rng = np.random.default_rng(12)
    code = rng.normal(size=(800, 4)).astype(np.float32)
    mixing = torch.as_tensor(rng.normal(size=(4, 9)).astype(np.float32))

    class Generator(torch.nn.Module):
        def forward(self, z):
            return torch.tanh(z @ mixing)

    generator = TorchModule(Generator())
    images = generator.predict(code).astype(np.float32)
    attribute = (code[:, 2] > 0).astype(np.int64)
    probe = trained(
        lambda: torch.nn.Sequential(torch.nn.Linear(9, 24), torch.nn.ReLU(), torch.nn.Linear(24, 2)),
        images,
        attribute,
        torch.nn.functional.cross_entropy,
        epochs=20,
    )
    found = xaikit.explain(
        composed(generator, TorchModule(probe)),
        code[:100],
        background=np.zeros((1, 4), np.float32),
        engine="integrated_gradients",
        target=1,
    )
    share = np.abs(found.values[:, :, 0]).mean(axis=0)
    assert share.argmax() == 2
    assert share[2] > 2 * np.delete(share, 2).max()
