"""A synthetic hiring task with protected, monotone and free features, and a small net trained on it."""

import numpy as np
import pandas as pd
import torch

NUMBERS = ["age", "education", "experience", "test", "certificates", "gap", "commute"]
WORDS = {"sex": ["F", "M"], "race": ["A", "B", "C"], "field": ["art", "biz", "cs", "ee", "sci"], "city": list("wxyz")}
FEATURES = [*NUMBERS, *WORDS]
IMMUTABLE = ("age", "sex", "race", "gap")
ONLY_INCREASE = ("education", "experience", "certificates")


def applicants(n=6000, seed=0):
    rng = np.random.default_rng(seed)
    age = rng.integers(22, 60, n)
    education = rng.integers(0, 5, n)
    sex = rng.choice(WORDS["sex"], n)
    table = pd.DataFrame(
        {
            "age": age.astype(float),
            "education": education.astype(float),
            "experience": np.maximum(0, np.round((age - 22) * rng.uniform(0.1, 1, n))),
            "test": np.round(np.clip(50 + 8 * education + 12 * rng.normal(size=n), 0, 100)),
            "certificates": rng.poisson(1.2, n).astype(float),
            "gap": np.round(rng.exponential(np.where(sex == "F", 10, 4))),
            "commute": np.round(rng.gamma(2, 8, n)),
            "sex": sex,
            "race": rng.choice(WORDS["race"], n, p=[0.6, 0.25, 0.15]),
            "field": rng.choice(WORDS["field"], n),
            "city": rng.choice(WORDS["city"], n),
        }
    )
    merit = 0.05 * (table.test - 70) + 0.6 * (table.education - 2) + 0.06 * table.experience
    merit += 0.35 * table.certificates - 0.05 * table.gap - 0.01 * table.commute + 0.8 * (table.field == "cs")
    merit += 0.5 * (table.sex == "M") - 0.5 * (table.race == "C") - 1
    table["hired"] = (rng.random(n) < 1 / (1 + np.exp(-merit))).astype(int)
    return table


class Screener:
    """A net over standardised numbers and one-hot words; called with a table, it answers with probabilities."""

    def __init__(self, table, seed=0):
        self.mean, self.spread = table[NUMBERS].mean().to_numpy(), table[NUMBERS].std().to_numpy()
        generator = torch.Generator().manual_seed(seed)
        width = len(NUMBERS) + sum(map(len, WORDS.values()))
        self.net = torch.nn.Sequential(
            *(torch.nn.Linear(width, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU()),
            torch.nn.Linear(64, 1),
        )
        with torch.no_grad():
            for p in self.net.parameters():
                bound = 1 / np.sqrt(p.shape[-1])
                p.copy_((torch.rand(p.shape, generator=generator) * 2 - 1) * bound)
        x, y = self.encoded(table), torch.tensor(table.hired.to_numpy(), dtype=torch.float32)
        steps = torch.optim.Adam(self.net.parameters(), 3e-3, weight_decay=1e-4)
        for _ in range(200):
            steps.zero_grad()
            torch.nn.functional.binary_cross_entropy_with_logits(self.net(x)[:, 0], y).backward()
            steps.step()

    def encoded(self, table):
        parts = [(table[NUMBERS].to_numpy(float) - self.mean) / self.spread]
        parts += [table[c].to_numpy()[:, None] == np.array(v)[None] for c, v in WORDS.items()]
        return torch.tensor(np.concatenate(parts, axis=1), dtype=torch.float32)

    @torch.no_grad()
    def __call__(self, table):
        return torch.sigmoid(self.net(self.encoded(table)))[:, 0].numpy()
