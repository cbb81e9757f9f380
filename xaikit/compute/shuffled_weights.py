"""A net that has forgotten what it learned: its weights shuffled in place, and put back."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def shuffled(module: torch.nn.Module, rng: np.random.Generator) -> Iterator[None]:
    """Shuffle the entries of every parameter of a net, and put them back, whatever happens in between."""
    kept = [(p, p.detach().clone()) for p in module.parameters()]
    try:
        with torch.no_grad():
            for parameter, before in kept:
                order = torch.as_tensor(rng.permutation(before.numel()), device=before.device)
                parameter.copy_(before.reshape(-1)[order].reshape(before.shape))
        yield
    finally:
        with torch.no_grad():
            for parameter, before in kept:
                parameter.copy_(before)
