"""The record of a net: what it holds, that it can be run again, and what it refuses."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from xaikit.compute.tapes import UnknownOperationError, record


class Function(nn.Module):
    """Any function of a batch as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def test_modules_functions_and_methods_are_the_same_record():
    torch.manual_seed(0)
    one, two = nn.Linear(3, 4), nn.Linear(4, 2)
    nets = [
        nn.Sequential(one, nn.ReLU(), two),
        lambda x: two(functional.relu(one(x))),
        lambda x: two(one(x).relu()),
        lambda x: two(torch.relu_(one(x))),
    ]
    plans = [record(net, torch.randn(5, 3)).plan() for net in nets]
    assert plans[0] == [
        ("input", (), (3,)), ("linear", (0,), (4,)), ("relu", (1,), (4,)), ("linear", (2,), (2,)),
    ]  # fmt: skip
    assert all(p == plans[0] for p in plans)


def test_only_what_functions_of_one_number_met_is_kept():
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    tape = record(net, torch.randn(5, 3))
    kept = [s for s in tape.steps if s.before is not None]
    assert [s.name for s in kept] == ["tanh"]
    torch.testing.assert_close(kept[0].after, kept[0].before.tanh())
    part = tape[1:3]
    assert len(part) == 2
    torch.testing.assert_close(part.steps[2].before, kept[0].before[1:3])
    assert part.steps[2].before.data_ptr() == kept[0].before[1].data_ptr()


WEIGHT = torch.randn(6, 6, generator=torch.Generator().manual_seed(0))
KNOWN = {
    "x + x": lambda x: x + x,
    "1 - x": lambda x: 1 - x,
    "constant - x": lambda x: WEIGHT[0] - x,
    "constant * x": lambda x: WEIGHT[:1] * x,
    "x / constant": lambda x: x / WEIGHT[0],
    "-x": lambda x: -x,
    "x @ weight": lambda x: x @ WEIGHT,
    "conv": lambda x: functional.conv1d(x[:, None], WEIGHT[:2, None, :3], padding=1).flatten(1),
    "mean": lambda x: x.mean(dim=-1, keepdim=True),
    "sum": lambda x: x.sum(1)[:, None],
    "index": lambda x: x[:, [0, 0, 3]],
    "ellipsis": lambda x: x[..., 1:],
    "transpose": lambda x: x.view(-1, 2, 3).transpose(1, 2).reshape(len(x), -1),
    "cat": lambda x: torch.cat((x, x[:, :2]), 1),
    "pad": lambda x: functional.pad(x, (1, 2)),
    "pool": lambda x: functional.avg_pool1d(x[:, None], 2)[:, 0],
    "added in place": lambda x: (x * 1).add_(WEIGHT[0]),
    "norm": lambda x: functional.batch_norm(x, WEIGHT[0], WEIGHT[1] ** 2, WEIGHT[2], WEIGHT[3]),
}


@pytest.mark.parametrize("name", KNOWN)
def test_a_step_run_again_treats_every_number_of_rows_alike_and_is_affine(name):
    """All of these are affine: f(x) + f(y) = f(x + y) + f(0), row by row, for more rows than were recorded."""
    torch.manual_seed(1)
    tape = record(KNOWN[name], torch.randn(3, 6))
    x, y = torch.randn(7, 6), torch.randn(7, 6)

    def again(rows):
        made = [rows]
        for step in tape.steps[1:]:
            if step.kind == "same numbers":
                made.append(made[step.inputs[0]].reshape(len(rows), *step.shape))
            else:
                made.append(step.call(*[made[i] for i in step.inputs]))
        return made[-1]

    torch.testing.assert_close(again(x), KNOWN[name](x))
    torch.testing.assert_close(again(x) + again(y), again(x + y) + again(0 * x), atol=1e-5, rtol=1e-4)


class Custom(torch.autograd.Function):
    """A function with a forward pass that leaves torch."""

    @staticmethod
    def forward(ctx, x):
        return torch.from_numpy(x.numpy() ** 2)

    @staticmethod
    def backward(ctx, slopes):
        return slopes


UNKNOWN = {
    "norm over features": nn.LayerNorm(6),
    "softmax": nn.Softmax(dim=1),
    "largest in a window": lambda x: functional.max_pool1d(x[:, None], 2)[:, 0],
    "largest": lambda x: x.max(dim=1, keepdim=True).values,
    "product": lambda x: x * x.tanh(),
    "quotient": lambda x: x / (2 + x.sigmoid()),
    "reciprocal": lambda x: 1 / x,
    "rounded quotient": lambda x: torch.div(x, 2, rounding_mode="floor"),
    "power": lambda x: x**2,
    "recurrence": lambda x: nn.LSTM(6, 2)(x[:, None])[0][:, 0],
    "attention": lambda x: functional.scaled_dot_product_attention(x[:, None], x[:, None], x[:, None])[:, 0],
    "cut off": lambda x: x.detach() * 2,
    "data": lambda x: x.data + x,
    "read out": lambda x: x * float(x[0, 0]),
    "decided by a number": lambda x: x if x[0, 0] > 0 else -x,
    "through NumPy": lambda x: x + torch.as_tensor(x.numpy()),
    "as a list": lambda x: x + torch.tensor(x.tolist()),
    "mean over rows": lambda x: x - x.mean(dim=0),
    "mean over all": lambda x: x - x.mean(),
    "norm in training": lambda x: functional.batch_norm(x, None, None, training=True),
    "dropout in training": lambda x: functional.dropout(x, 0.5),
    "order of rows": lambda x: x.flip(0),
    "rows as features": lambda x: x @ x.T @ x,
    "transposed rows": lambda x: x.transpose(0, 1).reshape(len(x), -1),
    "some rows": lambda x: torch.cat([x[::2], x[1::2]]),
    "rows picked": lambda x: x[[2, 1, 0]],
    "one for each row": lambda x: x + torch.arange(3.0)[:, None],
    "joined to one for each row": lambda x: torch.cat([x, torch.ones(3, 1)], dim=1),
    "crossed": lambda x: x[:, :3] + x[:, 0],
    "another type": lambda x: x.double(),
    "bits": lambda x: x.view(torch.int32).view(torch.float32),
    "written over": lambda x: x.clone().sigmoid_(),
    "assigned": lambda x: x.clone().__setitem__((slice(None), 0), 1.0) or x,
    "named operand": lambda x: torch.add(input=x, other=x),
    "a tuple": lambda x: (x, x),
    "one axis": lambda x: x[:, 0],
    "nothing of the rows": lambda x: torch.ones(3, 2),
    "broken": lambda x: x @ WEIGHT[:2],
    "written anew": lambda x: Custom.apply(x) + x,
    "compiled": torch.jit.trace(nn.Linear(6, 2), torch.zeros(3, 6), check_trace=False),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_has_no_known_form_is_refused(name):
    torch.manual_seed(2)
    with pytest.raises(UnknownOperationError):
        record(Function(UNKNOWN[name]), torch.randn(3, 6))


def test_one_row_is_recorded_as_two_so_that_axes_are_not_mistaken():
    assert len(record(nn.Linear(3, 2), torch.randn(1, 3))) == 1
    with pytest.raises(UnknownOperationError):
        record(lambda x: x.reshape(1, 1, -1)[0], torch.randn(1, 3))


def test_memory_that_runs_out_is_told_apart():
    def full(x):
        raise torch.OutOfMemoryError("out of memory")

    with pytest.raises(torch.OutOfMemoryError):
        record(full, torch.randn(2, 3))


def test_nothing_is_left_behind():
    net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(inplace=True), nn.Linear(4, 2))
    x = torch.randn(4, 3)
    before = x.clone()
    record(net, x)
    torch.testing.assert_close(x, before)
    assert not net[0]._forward_hooks
    assert all(p.grad is None for p in net.parameters())
    assert np.isfinite(net(x).detach().numpy()).all()
