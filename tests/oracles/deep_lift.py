"""DeepLIFT's rescale rule pair by pair, from its definition: slow, obvious, without autograd.

Shrikumar et al. (2017): the multiplier of an affine layer is its matrix, here read off basis vectors; that of an
activation is Δ answer / Δ input, here a central difference where the input does not change; multipliers are chained.
"""

import numpy as np
import torch

STEP = 1e-6


def by_pairs(layers, rows, baselines):
    """Contributions of a chain of layers, (rows, baselines, …, outputs), in float64.

    `layers` are pairs (module, whether it is an activation); modules are called with one row at a time.
    """
    out = np.zeros((len(rows), len(baselines)), dtype=object)
    for i, row in enumerate(rows):
        for j, baseline in enumerate(baselines):
            out[i, j] = one_pair(layers, row, baseline)
    return np.array(out.tolist())


def one_pair(layers, row, baseline):
    """Contributions of one row against one baseline, (…, outputs)."""
    x, b = states(layers, row), states(layers, baseline)
    multipliers = np.eye(x[-1].numel())
    for place in range(len(layers) - 1, -1, -1):
        layer, active = layers[place]
        if active:
            multipliers = multipliers * quotients(layer, x[place], x[place + 1], b[place], b[place + 1])[None]
        else:
            multipliers = multipliers @ matrix(layer, x[place].shape)
    found = multipliers * (row - baseline).reshape(1, -1).numpy()
    return np.moveaxis(found, 0, -1).reshape(*row.shape, -1)


def states(layers, row):
    """What every layer is given, and the answer."""
    found = [row]
    with torch.no_grad():
        for layer, _ in layers:
            found.append(layer(found[-1][None].clone())[0])
    return found


def matrix(layer, shape):
    """The matrix of an affine layer, column by column."""
    columns = []
    with torch.no_grad():
        zero = layer(torch.zeros(1, *shape, dtype=torch.float64)).reshape(-1)
        for k in range(int(np.prod(shape))):
            unit = torch.zeros(int(np.prod(shape)), dtype=torch.float64)
            unit[k] = 1
            columns.append((layer(unit.reshape(1, *shape)).reshape(-1) - zero).numpy())
    return np.stack(columns, axis=1)


def quotients(layer, x, after, b, b_after):
    """Δ answer / Δ input of an activation, number by number."""
    flat = [t.reshape(-1).numpy() for t in (x, after, b, b_after)]
    found = np.zeros(len(flat[0]))
    with torch.no_grad():
        for k, (now, then, start, then_start) in enumerate(zip(*flat, strict=True)):
            if abs(now - start) > STEP:
                found[k] = (then - then_start) / (now - start)
            else:
                two = torch.tensor([[now + STEP, now - STEP]], dtype=torch.float64)
                up, down = layer(two)[0].tolist()
                found[k] = (up - down) / (2 * STEP)
    return found
