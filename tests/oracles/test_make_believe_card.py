"""The make-believe card catches what it is there for: each defect is planted in a few lines, and must be refused."""

import copy
from contextlib import suppress

import numpy as np
import pytest
import torch

from tests.oracles.make_believe_card import Card, CardTensor

X = torch.linspace(-1, 1, 12).reshape(4, 3)
APART = "Expected all tensors to be on the same device"

pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="a real card is here: tests/engines run on it")


@pytest.fixture
def card():
    with Card() as made:
        yield made


def net():
    torch.manual_seed(0)
    layers = torch.nn.Linear(3, 5), torch.nn.BatchNorm1d(5), torch.nn.GELU(), torch.nn.Linear(5, 2)
    return torch.nn.Sequential(*layers).eval()


def weights_left_behind():
    net()(X.to("cuda"))


def rows_left_behind():
    net().to("cuda")(X)


def one_layer_left_behind():
    made = net().to("cuda")
    made.add_module("more", torch.nn.Linear(2, 2))
    made(X.to("cuda"))


def constant_left_behind():
    return X.to("cuda") * torch.ones(3)


def mask_left_behind():
    return torch.where(X > 0, X.to("cuda"), 0.0)


def scalar_brought_to_rows_of_the_cpu():
    return torch.tensor(2.0, device="cuda") * X


def parts_of_two_devices():
    return torch.cat([X.to("cuda"), X])


def index_of_a_gather_left_behind():
    return X.to("cuda").index_select(0, torch.tensor([0, 1]))


def output_left_behind():
    return torch.add(X.to("cuda"), 1, out=torch.empty(4, 3))


def gradient_left_behind():
    x = X.to("cuda").requires_grad_()
    return torch.autograd.grad((x * 2), x, torch.ones(4, 3))


@pytest.mark.parametrize(
    "defect",
    [
        weights_left_behind, rows_left_behind, one_layer_left_behind, constant_left_behind, mask_left_behind,
        scalar_brought_to_rows_of_the_cpu, parts_of_two_devices, index_of_a_gather_left_behind, output_left_behind,
    ],
)  # fmt: skip
def test_tensors_of_two_devices_are_refused(card, defect):
    with pytest.raises(RuntimeError, match=APART):
        defect()
    assert f"{__file__}:" in card.refused[0]


def test_a_gradient_of_another_device_is_refused(card):
    with pytest.raises(RuntimeError, match="expected device cuda:0 but got cpu"):
        gradient_left_behind()


def test_an_index_of_the_card_into_the_cpu_is_refused_and_the_other_way_is_a_copy(card):
    index = torch.tensor([2, 0])
    with pytest.raises(RuntimeError, match="indices should be either on cpu or on the same device"):
        X[index.to("cuda")]
    before = card.counts["in"]
    assert torch.equal(X.to("cuda")[index].cpu(), X[index])
    assert card.counts["in"] == before + 2  # the rows, and the index


@pytest.mark.parametrize("ask", [lambda x: x.numpy(), np.asarray, lambda x: np.stack([x, x]), lambda x: np.exp(x)])
def test_numbers_of_the_card_are_not_numpys(card, ask):
    x = X.to("cuda")
    with pytest.raises(TypeError, match="can't convert cuda:0 device type tensor to numpy"):
        ask(x)
    assert np.array_equal(x.cpu().numpy(), X.numpy())


@pytest.mark.parametrize(
    "draw",
    [
        lambda g: torch.randn(3, device="cuda", generator=g),
        lambda g: torch.empty(3, device="cuda").uniform_(generator=g),
        lambda g: torch.randperm(3, device="cuda", generator=g),
        lambda g: torch.ones(3, device="cuda").multinomial(2, generator=g),
    ],
)
def test_the_cards_numbers_need_the_cards_generator(card, draw):
    with pytest.raises(RuntimeError, match="Expected a 'cuda' device type for generator"):
        draw(torch.Generator().manual_seed(0))
    one, other = (draw(torch.Generator("cuda").manual_seed(0)).cpu() for _ in range(2))
    assert torch.equal(one, other)


def test_the_cpu_takes_its_own_generator_alone_and_its_stream_is_left_alone(card):
    with pytest.raises(RuntimeError, match="Expected a 'cpu' device type"):
        torch.randn(3, generator=torch.Generator("cuda"))
    before = torch.get_rng_state()
    torch.nn.functional.dropout(torch.rand(9, device="cuda"), 0.5)
    assert torch.equal(torch.get_rng_state(), before)


def test_float64_is_refused_by_mps():
    with Card("mps") as card:
        assert torch.as_tensor(np.ones(3), dtype=torch.float32, device="mps").device.type == "mps"
        asks = [
            lambda: torch.as_tensor(np.ones(3), device="mps"),
            lambda: X.to("mps").double(),
            lambda: torch.zeros(3, dtype=torch.float64, device="mps"),
            lambda: net().double().to("mps"),
        ]
        for ask in asks:
            with pytest.raises(TypeError, match="MPS framework doesn't support float64"):
                ask()
        assert len(card.refused) == len(asks)


def test_a_refusal_that_is_caught_is_kept(card):
    with suppress(RuntimeError):  # as code does that falls back to a slower way
        constant_left_behind()
    assert len(card.refused) == 1
    assert APART in card.refused[0]


def test_scalars_of_the_cpu_pass_and_numbers_that_are_read_are_counted(card):
    x = X.to("cuda")
    assert (x * torch.tensor(2.0)).device.type == "cuda"
    assert card.counts["wait"] == 0
    assert float(x[0, 0]) == -1
    assert bool((x < 2).all())
    assert len(x[x > 0]) == 6
    assert card.counts["wait"] == 3


def test_too_many_rows_do_not_fit_and_fewer_do():
    with Card(rows=3):
        made = net().to("cuda")
        with pytest.raises(torch.cuda.OutOfMemoryError):
            made(X.to("cuda"))
        assert made(X[:3].to("cuda")).shape == (3, 2)


def test_memory_is_that_of_living_tensors():
    with Card(memory=10_000) as card:
        for _ in range(20):  # 4,000 bytes each, gone before the next
            torch.zeros(1000, device="cuda")
        assert card.live == 0
        assert card.peak == 4000
        kept = torch.zeros(1000, device="cuda")
        views = [kept[:10], kept.view(10, 100), kept.detach()]  # share it
        assert card.live == 4000
        assert len(views) == 3
        with pytest.raises(torch.cuda.OutOfMemoryError):
            torch.zeros(2000, device="cuda")
        assert card.live == 4000
        assert torch.cuda.mem_get_info() == (6000, 10_000)


def _kept(rows):
    again = rows * 2  # alive in this frame when the next line fails
    return again + again * 3


def test_an_error_that_is_still_handled_holds_the_memory_of_what_failed():
    with Card(memory=2500 * 4) as card:
        rows = torch.ones(1000, device="cuda")
        try:
            _kept(rows)
        except torch.cuda.OutOfMemoryError:
            assert card.live == 2000 * 4
        assert card.live == 1000 * 4


def lstm():
    torch.manual_seed(0)

    class Last(torch.nn.LSTM):
        def forward(self, x):
            return super().forward(x)[0][:, -1]

    return Last(3, 4, batch_first=True)


def attention():
    torch.manual_seed(0)
    return torch.nn.TransformerEncoderLayer(4, 2, 8, dropout=0.0, batch_first=True).train()


def pictures():
    torch.manual_seed(0)
    return torch.nn.Sequential(
        torch.nn.Conv2d(2, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.MaxPool2d(2), torch.nn.Flatten()
    ).eval()


@pytest.mark.parametrize(
    ("make", "shape"), [(net, (4, 3)), (lstm, (4, 5, 3)), (attention, (4, 5, 4)), (pictures, (4, 2, 8, 8))]
)
def test_numbers_and_gradients_are_those_of_the_cpu(card, make, shape):
    x = torch.randn(shape, generator=torch.Generator().manual_seed(1))

    def found(module, rows):
        leaf = rows.detach().requires_grad_()
        out = module(leaf).flatten(1)
        return out.detach(), torch.autograd.grad(out.sum(0)[1], leaf)[0]  # one output: the others have no gradient

    made = make()
    want = found(made, x)
    for moved in (made.to("cuda"), copy.deepcopy(made)):
        there = found(moved, x.to("cuda"))
        assert all(isinstance(t, CardTensor) and t.device == torch.device("cuda:0") for t in there)
        for ours, right in zip(there, want, strict=True):
            torch.testing.assert_close(ours.cpu(), right)
    with torch.inference_mode():
        torch.testing.assert_close(made(x.to("cuda")[1:]).flatten(1).cpu(), want[0][1:])
    torch.testing.assert_close(found(made.to("cpu"), x)[1], want[1])
    assert not card.refused


def test_training_on_the_card_is_training_on_the_cpu(card):
    found = []
    for device in ("cpu", "cuda"):
        made = net().to(device)
        optimizer = torch.optim.AdamW(made.parameters(), 0.1)
        for _ in range(5):
            optimizer.zero_grad()
            made(X.to(device)).square().mean().backward()
            optimizer.step()
        found.append(made.to("cpu")(X))
    torch.testing.assert_close(*found)
    assert not card.refused


def test_half_precision_is_computed_in_half_precision(card):
    made, x = net().to("cuda"), X.to("cuda").requires_grad_()
    with torch.autocast("cuda", torch.bfloat16):
        half = made(x)
    assert half.dtype == torch.bfloat16
    assert torch.autograd.grad(half.float().sum(), x)[0].dtype == torch.float32
    with torch.autocast("cpu", torch.bfloat16):  # of the other device: nothing happens
        assert made(x).dtype == torch.float32


def test_what_is_written_into_a_view_is_in_the_whole(card):
    whole = torch.zeros(4, 3, device="cuda")
    whole[1:3].add_(1)
    whole[:, 0] = torch.arange(4.0).to("cuda")
    torch.lerp(whole, whole + 1, torch.ones(3, device="cuda"), out=whole)
    assert whole.cpu().tolist() == [[1, 1, 1], [2, 2, 2], [3, 2, 2], [4, 1, 1]]


def test_afterwards_torch_is_as_it_was():
    before = (torch.Tensor.to, torch.tensor, torch.autocast, torch.cuda.is_available, torch.Generator)
    with Card():
        assert torch.cuda.is_available()
        assert torch.cuda.device_count() == 1
    after = (torch.Tensor.to, torch.tensor, torch.autocast, torch.cuda.is_available, torch.Generator)
    assert after == before
    assert not torch.cuda.is_available()
    assert "to" not in vars(torch.Tensor)
