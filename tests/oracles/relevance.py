"""Relevance, slowly and number by number, as the papers write it down. Nothing here is differentiated."""

import numpy as np


def dealt(x, weight, bias, z_relevance, rule, epsilon=0.0, gamma=0.25, alpha=2.0):
    """Return the relevance of x (inputs,) from that of z = W x + b: Bach et al. 2015, Montavon et al. 2019."""
    found = np.zeros_like(x)
    for k, relevance in enumerate(z_relevance):
        parts = [x[j] * weight[k, j] for j in range(len(x))]
        start = 0.0 if bias is None else bias[k]
        if rule == "gamma":
            parts = [x[j] * (weight[k, j] + gamma * max(weight[k, j], 0.0)) for j in range(len(x))]
            start += gamma * max(start, 0.0)
        if rule == "alpha_beta":
            plus = sum(max(p, 0.0) for p in parts) + max(start, 0.0)
            minus = sum(min(p, 0.0) for p in parts) + min(start, 0.0)
            up = 1.0 if minus == 0 else 0.0 if plus == 0 else alpha
            for j, part in enumerate(parts):
                if part > 0:
                    found[j] += up * part / plus * relevance
                if part < 0:
                    found[j] += (1 - up) * part / minus * relevance
            continue
        total = sum(parts) + start
        total += epsilon if total >= 0 else -epsilon
        for j, part in enumerate(parts):
            found[j] += part / total * relevance
    return found


def of_layers(x, weights, function, output, rule, **parameters):
    """Return the relevance of one row for one output of a net of dense layers with a function between them.

    `weights` is a list of (W, b); the function passes relevance on as it is.
    """
    reads = [x]
    for place, (weight, bias) in enumerate(weights):
        z = weight @ reads[-1] + (0.0 if bias is None else bias)
        reads.append(z if place == len(weights) - 1 else function(z))
    relevance = np.zeros_like(reads[-1])
    relevance[output] = reads[-1][output]
    for read, (weight, bias) in zip(reversed(reads[:-1]), reversed(weights), strict=True):
        relevance = dealt(read, weight, bias, relevance, rule, **parameters)
    return relevance


def logistic(z):
    """Return 1 / (1 + e^−z)."""
    return 1 / (1 + np.exp(-z))


def of_lstm(x, w_input, w_state, bias, w_out, output):
    """Return the relevance (time, inputs) of a row for one output of an LSTM's last step: Arras et al. 2017.

    Gates get nothing; the cell c = f·c' + i·g is dealt out by size; g = tanh(W x + U h + b) by the ε-rule with ε = 0.
    """
    size = w_state.shape[1]
    h, c, kept = np.zeros(size), np.zeros(size), []
    for read in x:
        z = w_input @ read + w_state @ h + bias
        i, f, g, o = (z[k * size : (k + 1) * size] for k in range(4))
        i, f, o = logistic(i), logistic(f), logistic(o)
        before, h_before = c, h
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        kept.append((h_before, before, i, f, g, c))
    score = w_out @ h
    of_state = dealt(h, w_out[[output]], None, score[[output]], "epsilon")
    of_cell, found = np.zeros(size), np.zeros_like(x)
    for step in reversed(range(len(x))):
        h_before, before, i, f, g, c = kept[step]
        of_cell = of_cell + of_state  # through o · tanh(c): all to c
        of_signal = of_cell * i * np.tanh(g) / c
        of_cell = of_cell * f * before / c
        rows = slice(2 * size, 3 * size)
        both = dealt(np.r_[x[step], h_before], np.c_[w_input[rows], w_state[rows]], bias[rows], of_signal, "epsilon")
        found[step], of_state = both[: x.shape[1]], both[x.shape[1] :]
    return found


def of_attention(q, k, v, relevance, way):
    """Return the relevance of q, k (places, numbers) and v from that of softmax(q kᵀ / √d) v.

    "values": the weights are constants (Ali et al. 2022); "taylor": half to the weights and half to the values,
    through the softmax by proposition 3.1, and by halves to q and k (Achtibat et al. 2024).
    """
    scores = q @ k.T / np.sqrt(q.shape[1])
    weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    out = weights @ v
    of_q, of_k, of_v, of_weights = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v), np.zeros_like(weights)
    half = 1.0 if way == "values" else 0.5
    for i in range(len(q)):
        for n in range(v.shape[1]):
            for j in range(len(k)):
                part = weights[i, j] * v[j, n] / out[i, n] * relevance[i, n]
                of_v[j, n] += half * part
                of_weights[i, j] += (1 - half) * part
    for i in range(len(q)):
        of_scores = scores[i] * (of_weights[i] - weights[i] * of_weights[i].sum())
        for j in range(len(k)):
            for n in range(q.shape[1]):
                part = q[i, n] * k[j, n] / np.sqrt(q.shape[1]) / scores[i, j] * of_scores[j]
                of_q[i, n] += part / 2
                of_k[j, n] += part / 2
    return of_q, of_k, of_v
