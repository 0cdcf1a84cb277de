"""The demos, their instruments and the Triton kernel on a real GPU. Without one these tests skip."""

import warnings

import pytest
import torch

from course.kit import gpu
from course.max_shift import kernel_demo, online
from tests.gpu.figures import LENGTHS, UNITS, measured
from tests.max_shift.kernel_cases import NAN_ROWS, cases, worst

TROUBLE = gpu.gpu_trouble()
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(TROUBLE is not None, reason=f"needs a GPU: {TROUBLE}"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def kernel():
    trouble = online.kernel_trouble(gpu.device())
    if trouble is not None:
        pytest.skip(trouble)
    return online.kernel_softmax


@pytest.mark.parametrize("unit", UNITS)
def test_a_demo_takes_less_than_20_seconds(unit):
    assert measured().seconds[unit] < 20


@pytest.mark.parametrize("columns", LENGTHS)
def test_the_fused_softmax_reaches_85_percent_of_a_copy(columns):
    assert measured().shares[kernel_demo.FUSED][columns] >= 0.85


@pytest.mark.parametrize("columns", LENGTHS)
def test_the_kernel_beats_the_softmax_of_five_operators(kernel, columns):
    assert (
        measured().shares[kernel_demo.KERNEL][columns] > measured().findings["bandwidth of the shifted softmax / copy"]
    )


@pytest.mark.parametrize("name", cases(torch.float32))
def test_the_kernel_keeps_the_units_bound(kernel, name):
    where = gpu.device()
    for dtype in online.DTYPES:
        if gpu.emulates(where, dtype):
            continue
        logits = cases(dtype)[name].to(where)
        found = kernel(logits)
        if name in NAN_ROWS:
            assert found[0].isnan().all()
            logits, found = logits[1:], found[1:]
        assert worst(found, logits, smallest=torch.finfo(dtype).smallest_normal) <= 1


@pytest.mark.parametrize("columns", [1, 1000, 5001, 100_003])
def test_the_kernel_is_right_on_rows_of_several_real_blocks(kernel, columns):
    generator = torch.Generator().manual_seed(columns)
    assert online.against_bound(kernel, 8 * torch.randn(4, columns, generator=generator).to(gpu.device())) <= 1


def test_the_cards_events_agree_with_the_wall_clock():
    assert 0.9 < measured().events_against_wall < 1.02


def test_peak_memory_on_the_card_is_what_the_operators_allocate():
    where = gpu.device()
    x = torch.randn(1 << 22, device=where)
    found = gpu.measure(lambda: (x.exp() + 1).neg(), bytes_moved=0, device=where, repeats=3)
    assert found.peak_bytes == pytest.approx(2 * x.nbytes, rel=0.3)


def test_bfloat16_is_measured_where_the_card_computes_in_it_and_nowhere_else():
    where = gpu.device()
    native = torch.cuda.get_device_capability(where)[0] >= 8
    from course.dtype_limits import gpu_demo as autocast
    from course.exp_asymmetry import gpu_demo as exponentials

    assert ("bfloat16" in exponentials.run().main.seconds) == native
    assert ("bfloat16" in autocast.run(where).times["exp"]) == native


def test_no_demo_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kernel_demo.run(lambda x: torch.softmax(x, -1))
