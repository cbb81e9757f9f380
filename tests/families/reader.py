"""A small net that reads texts by words: no download, and all that it can be asked is plain."""

import numpy as np
import torch

from xaikit.core.model import ModelCard


class Reader:
    """Embeds words, sums a small net of each with one of their mean, and answers one score.

    It has what a transformer's adapter has: tokens, their places, embeddings, gradients and weights.
    """

    def __init__(self, words, width=6, seed=0):
        self.words = ["", *words]  # the first is the token that says nothing
        self.place = {w: i for i, w in enumerate(self.words)}
        with torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            self.module = torch.nn.ModuleDict(
                {
                    "embedding": torch.nn.Embedding(len(self.words), width),
                    "each": torch.nn.Sequential(torch.nn.Linear(width, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)),
                    "mean": torch.nn.Sequential(torch.nn.Linear(width, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)),
                }
            )
        self.card = ModelCard("reader", "transformers", ("score",))

    @property
    def device(self):
        return self.module["embedding"].weight.device

    def ids(self, text):
        return [self.place.get(w.strip(".,").lower(), 0) for w in text.split()]

    def tokens(self, text):
        return tuple(text.split())

    def spans(self, text):
        found, at = [], 0
        for word in text.split():
            at = text.index(word, at)
            found.append((at, at + len(word)))
            at += len(word)
        return tuple(found)

    def embed(self, text):
        return self.module["embedding"](torch.tensor([self.ids(text)], device=self.device)).detach()

    def absent(self):
        return self.module["embedding"](torch.tensor(0, device=self.device)).detach()

    def forward(self, points):
        return self.module["each"](points).sum(dim=1) + self.module["mean"](points.mean(dim=1))

    def scores(self, texts):
        """Return scores with the graph; texts of the same length are asked together."""
        out = [None] * len(texts)
        lengths = {}
        for i, text in enumerate(texts):
            lengths.setdefault(len(text.split()), []).append(i)
        for length, rows in lengths.items():
            ids = torch.tensor([self.ids(texts[i]) for i in rows], device=self.device).reshape(len(rows), length)
            if not length:
                answers = self.forward(self.absent()[None, None]).expand(len(rows), 1) * 0
            else:
                answers = self.forward(self.module["embedding"](ids))
            for k, i in enumerate(rows):
                out[i] = answers[k]
        return torch.stack(out)

    def predict(self, batch):
        with torch.no_grad():
            return self.scores(list(batch)).cpu().double().numpy()

    def fit(self, texts, y, epochs=150):
        optimizer = torch.optim.Adam(self.module.parameters(), 0.02)
        wanted = torch.tensor(np.asarray(y), dtype=torch.float32)
        for _ in range(epochs):
            optimizer.zero_grad()
            ((self.scores(texts)[:, 0] - wanted) ** 2).mean().backward()
            optimizer.step()
        return self
