"""A GAN makes synthetic applicants: are they like the real ones, for both sexes, and are real people among them?

Two generators are audited: a GAN that is trained for a few seconds, and a cheat that repeats real people with a
little noise. The first is told apart from real data; the second leaks.

Run: python examples/synthetic_people.py [folder for the report]
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import xaikit as xk

COLUMNS = ["age", "years", "pay", "woman", "hired"]


def applicants(n, seed):
    rng = np.random.default_rng(seed)
    woman = rng.random(n) < 0.5
    age = rng.normal(40, 10, n)
    years = np.clip(age - 22 + rng.normal(0, 4, n), 0, None)
    pay = 20 + 0.8 * years + rng.normal(0, 4, n)
    hired = rng.random(n) < 1 / (1 + np.exp(-(years - 18) / 6 + 0.4 * woman))
    return pd.DataFrame(dict(zip(COLUMNS, [age, years, pay, woman.astype(int), hired.astype(int)], strict=True)))


def from_gan(real, n):
    mean, spread = real.mean(), real.std()
    x = torch.as_tensor(((real - mean) / spread).to_numpy(), dtype=torch.float32)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        make = torch.nn.Sequential(torch.nn.Linear(8, 48), torch.nn.ReLU(), torch.nn.Linear(48, 5))
        judge = torch.nn.Sequential(torch.nn.Linear(5, 48), torch.nn.LeakyReLU(0.2), torch.nn.Linear(48, 1))
        makes, judges = torch.optim.Adam(make.parameters(), 2e-3), torch.optim.Adam(judge.parameters(), 2e-3)
        loss = torch.nn.functional.binary_cross_entropy_with_logits
        for _ in range(1500):
            batch, made = x[torch.randint(len(x), (128,))], make(torch.randn(128, 8))
            judges.zero_grad()
            (loss(judge(batch), torch.ones(128, 1)) + loss(judge(made.detach()), torch.zeros(128, 1))).backward()
            judges.step()
            makes.zero_grad()
            loss(judge(make(torch.randn(128, 8))), torch.ones(128, 1)).backward()
            makes.step()
        drawn = make(torch.randn(n, 8)).detach().numpy()
    out = pd.DataFrame(drawn, columns=COLUMNS) * spread + mean
    return out.assign(woman=(out["woman"] > 0.5).astype(int), hired=(out["hired"] > 0.5).astype(int))


def from_cheat(real, n):
    rng = np.random.default_rng(1)
    out = real.iloc[rng.choice(len(real), n)].reset_index(drop=True)
    return out.assign(**{c: out[c] + rng.normal(0, 0.01, n) for c in ("age", "years", "pay")})


def main(folder):
    torch.set_num_threads(1)  # nets this small lose time by sharing work
    real = applicants(1500, 0)
    for name, make in {"gan": from_gan, "cheat": from_cheat}.items():
        made = make(real, 1500)
        table = pd.concat([made.assign(kind="synthetic"), real.assign(kind="real")], ignore_index=True)
        result = xk.audit(
            table,
            roles=xk.Roles(decision="hired", favourable=1, sensitive=["woman"]),
            where={"kind": "synthetic"},
            checks={"synthetic_data": {"column": "kind"}, "representation": {}, "selection_rate": {}},
            profiles=[],
            title=f"Synthetic applicants from a {name}",
        )
        told, near = result.measured("two_sample_auc")[0], result.measured("nearest_record_share")[0]
        drift = max(result.measured("group_selection_drift"), key=lambda e: abs(e.value))
        print(
            f"{name:6} told apart: AUC {told.value:.2f} ({told.low:.2f} to {told.high:.2f}; chance .50) · nearer "
            f"to a real person than real people are: {near.value:.0%} (chance 50%) · selection drifts by "
            f"{drift.value:+.2f} for woman = {drift.about['group']}"
        )
        result.to_html(folder / f"synthetic_people_{name}.html")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reports/examples"))
