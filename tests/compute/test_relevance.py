"""Relevance: against its rules written out number by number, against captum where captum is right, and conservation.

Bounds, set before the first run, all in float64 and as shares of the largest value: the oracle to 1e-9 (ε = 0),
captum to 1e-6 (its ε is 1e-9), conservation of every layer without biases to 1e-9; the answers of a net that is
walked are its own to 1e-12.
"""

import captum.attr
import numpy as np
import pytest
import torch
from captum.attr._utils.lrp_rules import EpsilonRule, GammaRule
from torch import nn
from torch.nn import functional

from tests.oracles.relevance import of_attention, of_layers, of_lstm
from xaikit.compute.relevance import relevance
from xaikit.compute.relevance_operations import NoRuleError
from xaikit.compute.relevance_rules import Rules

EXACT = {"epsilon": 0.0}


def normal(*shape, seed=0):
    return torch.tensor(np.random.default_rng(seed).normal(size=shape))


def far(found, expected):
    """The largest difference, as a share of the largest value."""
    found, expected = np.asarray(found), np.asarray(expected)
    return np.abs(found - expected).max() / np.abs(expected).max()


class Flat(nn.Module):
    """A net whose answer is flattened to (rows, outputs)."""

    def __init__(self, *layers):
        super().__init__()
        self.net = nn.Sequential(*layers)

    def forward(self, x):
        out = self.net(x)
        out = out[0] if isinstance(out, tuple) else out
        return out.flatten(1)


class Plain(nn.Module):
    """A function of the rows, with weights of its own."""

    def __init__(self, function, *shape):
        super().__init__()
        self.function, self.weight = function, nn.Parameter(normal(*shape, seed=5)) if shape else None

    def forward(self, x):
        return (self.function(x) if self.weight is None else self.function(x, self.weight)).flatten(1)


class LastOfLstm(nn.Module):
    def __init__(self, bias, **parameters):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, batch_first=True, bias=bias, **parameters)
        self.out = nn.Linear(8 if parameters.get("bidirectional") else 4, 2, bias=False)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


def ready(net):
    torch.manual_seed(1)
    for module in net.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    for module in net.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return net.double().eval()


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("rule", ["epsilon", "gamma", "alpha_beta"])
def test_dense_layers_are_the_papers(rule, bias):
    net = ready(Flat(nn.Linear(4, 6, bias=bias), nn.Tanh(), nn.Linear(6, 5, bias=bias), nn.Tanh(), nn.Linear(5, 2)))
    rows = normal(3, 4)
    found, _ = relevance(net, rows, Rules(rule, rule, **EXACT))
    dense = [m for m in net.net if isinstance(m, nn.Linear)]
    weights = [(m.weight.detach().numpy(), None if m.bias is None else m.bias.detach().numpy()) for m in dense]
    for r, row in enumerate(rows.numpy()):
        for k in range(2):
            assert far(found[r, :, k], of_layers(row, weights, np.tanh, k, rule)) < 1e-9


def test_epsilon_damps_what_cancels():
    net, rows = ready(Flat(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 2))), normal(3, 4)
    found, _ = relevance(net, rows, Rules(epsilon=0.3))
    weights = [(m.weight.detach().numpy(), m.bias.detach().numpy()) for m in (net.net[0], net.net[2])]
    assert far(found[1, :, 0], of_layers(rows[1].numpy(), weights, np.tanh, 0, "epsilon", epsilon=0.3)) < 1e-9
    assert far(found[1, :, 0], of_layers(rows[1].numpy(), weights, np.tanh, 0, "epsilon")) > 0.01


def test_lstm_is_the_papers():
    net, rows = ready(LastOfLstm(bias=True)), normal(2, 5, 3)
    found, _ = relevance(net, rows, Rules(**EXACT))
    of = {name: p.detach().numpy() for name, p in net.lstm.named_parameters()}
    bias = of["bias_ih_l0"] + of["bias_hh_l0"]
    for r in range(2):
        expected = of_lstm(
            rows[r].numpy(), of["weight_ih_l0"], of["weight_hh_l0"], bias, net.out.weight.detach().numpy(), 1
        )
        assert far(found[r, :, :, 1], expected) < 1e-9


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("way", ["values", "taylor"])
def test_attention_is_the_papers(way, fused):
    def by_hand(x):
        q, k, v = x[:, 0], x[:, 1], x[:, 2]
        if fused:
            return functional.scaled_dot_product_attention(q, k, v)
        return torch.softmax(q @ k.transpose(1, 2) / 3**0.5, dim=-1) @ v

    rows = normal(2, 3, 4, 3)  # q, k and v of four places with three numbers
    found, answers = relevance(Plain(by_hand), rows, Rules(attention=way, **EXACT))
    for k in (0, 7):
        seed = np.zeros(12)
        seed[k] = answers[1, k]
        expected = of_attention(*rows[1].numpy(), seed.reshape(4, 3), way)
        assert far(found[1, ..., k], np.stack(expected)) < 1e-9


CAPTUM = {
    "dense": (lambda: Flat(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 4), nn.Tanh(), nn.Linear(4, 2)), (3, 6)),
    "convolutions": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 3, 3, stride=2),
            nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Conv2d(3, 2, 1),
        ),
        (2, 2, 14, 14),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(CAPTUM))
def test_captum_says_the_same_where_it_is_right(name):
    make, shape = CAPTUM[name]
    net, rows = ready(make()), normal(*shape)
    ours, _ = relevance(Flat(net), rows, Rules())
    for k in range(2):
        theirs = captum.attr.LRP(net).attribute(rows.clone(), target=k if name == "dense" else (k, 0, 0)).detach()
        assert far(ours[..., k], theirs) < 1e-6


def test_captum_says_the_same_of_gamma():
    net, rows = ready(Flat(nn.Linear(6, 8, bias=False), nn.ReLU(), nn.Linear(8, 2, bias=False))), normal(3, 6)
    ours, _ = relevance(net, rows, Rules("gamma", "gamma"))
    for place in (0, 2):
        net.net[place].rule = GammaRule()
    net.net[1].rule = EpsilonRule()
    assert far(ours[..., 1], captum.attr.LRP(net).attribute(rows.clone(), target=1).detach()) < 1e-6


CONSERVING = {
    "linear": (lambda: Flat(nn.Linear(4, 3, bias=False)), (3, 4)),
    "product with a constant": (lambda: Plain(torch.matmul, 4, 3), (2, 5, 4)),
    "Conv1d": (lambda: Flat(nn.Conv1d(2, 3, 3, padding=1, bias=False)), (2, 2, 6)),
    "Conv2d in groups": (lambda: Flat(nn.Conv2d(4, 4, 3, groups=2, stride=2, bias=False)), (2, 4, 7, 7)),
    "ConvTranspose2d": (lambda: Flat(nn.ConvTranspose2d(2, 3, 3, bias=False)), (2, 2, 4, 4)),
    "Conv3d": (lambda: Flat(nn.Conv3d(1, 2, 2, bias=False)), (2, 1, 3, 3, 3)),
    "MaxPool1d": (lambda: Flat(nn.MaxPool1d(2)), (2, 2, 6)),
    "MaxPool2d": (lambda: Flat(nn.MaxPool2d(2)), (2, 2, 6, 6)),
    "AvgPool2d": (lambda: Flat(nn.AvgPool2d(2)), (2, 2, 6, 6)),
    "AdaptiveMaxPool2d": (lambda: Flat(nn.AdaptiveMaxPool2d(2)), (2, 2, 6, 6)),
    "AdaptiveAvgPool1d": (lambda: Flat(nn.AdaptiveAvgPool1d(1)), (2, 2, 6)),
    "LayerNorm": (lambda: Flat(nn.LayerNorm(5)), (2, 3, 5)),
    "RMSNorm": (lambda: Flat(nn.RMSNorm(5)), (2, 3, 5)),
    "RMSNorm by hand": (lambda: Plain(lambda x: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6)), (2, 3, 5)),
    "GroupNorm": (lambda: Flat(nn.GroupNorm(2, 4)), (2, 4, 5)),
    "InstanceNorm2d": (lambda: Flat(nn.InstanceNorm2d(3)), (2, 3, 5, 5)),
    "residual": (lambda: Plain(lambda x, w: x + torch.relu(x @ w), 4, 4), (3, 4)),
    "written over": (lambda: Plain(lambda x, w: (x @ w).relu_().add_(x), 4, 4), (3, 4)),
    "told to write over": (lambda: Plain(lambda x, w: functional.relu(x @ w, True) + x, 4, 4), (3, 4)),
    "product": (lambda: Plain(lambda x: x[:, :2] * x[:, 2:]), (3, 4)),
    "gated": (lambda: Plain(lambda x: torch.sigmoid(x[:, :2]) * x[:, 2:]), (3, 4)),
    "LSTM": (lambda: Flat(nn.LSTM(3, 4, bias=False, batch_first=True)), (2, 5, 3)),
    "two layers, two ways": (lambda: LastOfLstm(False, num_layers=2, bidirectional=True), (2, 5, 3)),
    "Softmax": (lambda: Flat(nn.Softmax(dim=1)), (3, 4)),
}
ACTIVATIONS = [
    nn.ReLU, nn.LeakyReLU, nn.ELU, nn.SiLU, nn.GELU, nn.Mish, nn.Tanh, nn.Sigmoid, nn.Softplus, nn.Hardtanh,
    nn.Hardswish, nn.PReLU, nn.ReLU6, nn.Softsign,
]  # fmt: skip
CONSERVING |= {a.__name__: ((lambda a=a: Flat(a())), (3, 4)) for a in ACTIVATIONS}


@pytest.mark.parametrize("name", list(CONSERVING))
def test_every_layer_hands_on_all_that_it_is_given(name):
    make, shape = CONSERVING[name]
    net, rows = ready(make()), normal(*shape)
    found, answers = relevance(net, rows, Rules(**EXACT))
    with torch.no_grad():
        assert far(answers, net(rows)) < 1e-12
    assert far(found.flatten(1, -2).sum(dim=1), answers) < 1e-9


@pytest.mark.parametrize("rule", ["gamma", "alpha_beta"])
@pytest.mark.parametrize("name", ["linear", "Conv1d", "Conv2d in groups", "ConvTranspose2d", "Conv3d", "LSTM"])
def test_other_rules_hand_on_all_too(name, rule):
    make, shape = CONSERVING[name]
    found, answers = relevance(ready(make()), normal(*shape), Rules(rule, rule, **EXACT))
    assert far(found.flatten(1, -2).sum(dim=1), answers) < 1e-9


@pytest.mark.parametrize("rule", ["epsilon", "gamma", "alpha_beta"])
def test_a_batch_norm_is_folded_into_what_comes_before_it(rule):
    net = ready(Flat(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2, bias=False)))
    norm = net.net[1]
    scale = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach()
    folded = ready(Flat(nn.Conv2d(2, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2, bias=False)))
    folded.net[0].weight.data = net.net[0].weight.data * scale[:, None, None, None]
    folded.net[0].bias.data = (net.net[0].bias.data - norm.running_mean) * scale + norm.bias.data
    folded.net[3].weight.data = net.net[4].weight.data
    rows, rules = normal(2, 2, 6, 6), Rules(rule, rule, **EXACT)
    assert far(relevance(net, rows, rules)[0], relevance(folded, rows, rules)[0]) < 1e-9


@pytest.mark.parametrize("masked", [False, True])
def test_a_layer_of_attention_is_its_parts(masked):
    torch.manual_seed(2)
    layer = nn.MultiheadAttention(6, 2, bias=False, batch_first=True).double().eval()
    rows, mask = normal(2, 4, 6), torch.triu(torch.ones(4, 4, dtype=torch.bool), 1) if masked else None
    into, out = layer.in_proj_weight.detach(), layer.out_proj.weight.detach()

    def parts(x):
        q, k, v = ((x @ w.T).view(2, 4, 2, 3).transpose(1, 2) for w in into.chunk(3))
        seen = None if mask is None else ~mask
        mixed = functional.scaled_dot_product_attention(q, k, v, seen)
        return mixed.transpose(1, 2).flatten(2) @ out.T

    def whole(x):
        return layer(x, x, x, attn_mask=mask, need_weights=False)[0]

    for rules in (Rules(**EXACT), Rules(attention="taylor", **EXACT)):
        (one, answers), (other, _) = relevance(Plain(whole), rows, rules), relevance(Plain(parts), rows, rules)
        assert far(one, other) < 1e-9
    kept, _ = relevance(Plain(whole), rows, Rules(**EXACT))
    assert far(kept.flatten(1, -2).sum(dim=1), answers) < 1e-9


def test_tokens_get_the_relevance_of_their_vectors():
    net = ready(Flat(nn.Embedding(9, 3), nn.Flatten(), nn.Linear(15, 2, bias=False)))
    tokens = torch.tensor([[1, 4, 4, 0, 8], [2, 2, 3, 5, 1]])
    found, answers = relevance(net, tokens, Rules(**EXACT))
    vectors = net.net[0].weight.detach()[tokens]
    expected = torch.einsum("rtd,otd->rto", vectors, net.net[2].weight.detach().view(2, 5, 3))
    assert found.shape == (2, 5, 2)
    assert far(found, expected) < 1e-9
    assert far(found.sum(dim=1), answers) < 1e-9


def test_a_transformer_answers_as_it_does_alone():
    torch.manual_seed(3)
    block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, activation="gelu")
    net, rows = Flat(nn.TransformerEncoder(block, 2, enable_nested_tensor=False)).double().eval(), normal(2, 5, 8)
    _, answers = relevance(net, rows, Rules())
    with torch.no_grad():
        assert far(answers, net(rows)) < 1e-12


REFUSED = {
    "GRU": (lambda: Flat(nn.GRU(3, 4, batch_first=True)), "gru", "0 (GRU)"),
    "Bilinear": (
        lambda: Plain(lambda x: functional.bilinear(x, x, torch.ones(2, 3, 3).double())),
        "bilinear",
        "Plain",
    ),
    "cumulated": (lambda: Plain(lambda x: x.cumsum(dim=1)), "cumsum", "Plain"),
    "cut off": (lambda: Plain(lambda x: x.detach() * 2), "detach", "Plain"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_an_operation_without_a_rule_is_refused_by_its_layer(name):
    make, operation, layer = REFUSED[name]
    with pytest.raises(NoRuleError) as refusal:
        relevance(ready(make()), normal(2, 5, 3), Rules())
    assert operation in refusal.value.operation
    assert layer in refusal.value.layer


def test_what_cannot_be_seen_is_refused():
    # a mode does not look into scripts: their gradients are no relevance, and nothing would say so
    class Inside(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = torch.jit.script(nn.Sequential(nn.Linear(4, 4), nn.Tanh()).double())
            self.out = nn.Linear(4, 2).double()

        def forward(self, x):
            return self.out(self.inner(x))

    rows = normal(3, 4)
    for net in (Inside(), torch.jit.script(nn.Sequential(nn.Linear(4, 3), nn.GELU()).double())):
        with pytest.raises(NoRuleError, match="cannot be seen"):
            relevance(Flat(net), rows, Rules())


def test_an_exported_program_is_walked_by_its_operations():
    net, rows = ready(Flat(nn.Conv1d(2, 3, 3), nn.GELU(), nn.Flatten(), nn.Linear(12, 2))), normal(3, 2, 6)
    batch = torch.export.Dim("batch", min=2, max=64)
    program = torch.export.export(net, (rows,), dynamic_shapes=({0: batch},)).module()
    assert far(relevance(program, rows, Rules())[0], relevance(net, rows, Rules())[0]) < 1e-9


def test_weights_are_left_as_they_were():
    net = ready(Flat(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1)))
    before = [(p.clone(), p.requires_grad) for p in net.parameters()]
    relevance(net, normal(3, 4), Rules("gamma", "gamma"))
    for p, (was, asked) in zip(net.parameters(), before, strict=True):
        assert torch.equal(p, was)
        assert p.requires_grad == asked
        assert p.grad is None
