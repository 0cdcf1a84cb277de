"""Claims of the exp guide about where exp ends and what is left of its digits."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import torch

from course.claims import exact, naive
from course.claims.exact import DTYPES, number
from course.claims.ledger import Evidence, claim, judge

_EXP, _DTYPE = "01-exp-asymmetry", "02-dtype-limits"


@claim("G1", unit=_EXP, says="exp(-10) is practically zero and exp(10) exceeds 22 000.")
def growth_and_decay(low: float = -10, high: float = 10, bound: float = 22_000) -> Evidence:
    """Practically zero is taken to mean: adding it to 1 changes nothing."""
    cases, sums = {}, []
    for name, dtype in DTYPES.items():
        small, large = torch.tensor([low, high], dtype=dtype).exp()
        # As Python numbers: beside a bfloat16 tensor, 22 000 itself would be rounded to bfloat16.
        cases[name] = (1 + small).item() == 1 and large.item() > bound
        sums.append(f"{name} {number((1 + small).item(), 6)}")
    measured = {
        f"exp({low})": number(exact.exp(low)),
        f"exp({high})": number(exact.exp(high), 7),
        f"1 + exp({low})": ", ".join(sums),
        f"50,256 times exp({low}), beside a 1": number(50_256 * exact.exp(low), 3),
    }
    return judge(
        cases,
        measured,
        only_if='"practically zero" means lost when one of it is added to 1, and the dtype is {yes}; it is 0 in none, '
        "and a vocabulary of them outweighs the 1.",
        false="One of the two numbers is not met in any dtype.",
    )


def _ends(x: float, dtype: torch.dtype) -> tuple[float, float]:
    """The numbers of `dtype` on either side of a real number."""
    near = torch.tensor(x, dtype=dtype)
    inf = torch.tensor(float("inf"), dtype=dtype)
    if exact.exactly(near.item()) > exact.exactly(x):
        return torch.nextafter(near, -inf).item(), near.item()
    return near.item(), torch.nextafter(near, inf).item()


def overflow(dtype: torch.dtype) -> tuple[float, float]:
    """The largest number of `dtype` whose exp is finite there, and the next one, whose exp is inf, as torch has it.

    The logarithm of the largest finite number says where to look; torch is asked a few numbers around it.
    """
    below, above = _ends(exact.exp_limit(dtype), dtype)
    inf = torch.tensor(float("inf"), dtype=dtype)
    around = [torch.tensor(below, dtype=dtype)]
    for _ in range(3):
        around.insert(0, torch.nextafter(around[0], -inf))
    while around[-1].item() < above or len(around) < 8:
        around.append(torch.nextafter(around[-1], inf))
    finite = [x.item() for x in around if x.exp().isfinite()]
    broken = [x.item() for x in around if x.exp().isinf()]
    return max(finite), min(broken)


@claim(
    "G3",
    unit=_DTYPE,
    says="In float32, exp(88) is at the edge of what can be represented; clamping inputs to ±80 keeps exp finite and "
    "non-zero.",
)
def edge_of_float32(edge: float = 88, clamp: float = 80, dtype: str = "float32") -> Evidence:
    """Exp at the edge, one beyond it, and at both clamps; also the gradient of an input that was clamped."""
    kind = DTYPES[dtype]
    at, beyond, low, high = torch.tensor([edge, edge + 1, -clamp, clamp], dtype=kind).exp().tolist()
    at_edge = at < float("inf") and beyond == float("inf")
    kept = low > 0 and high < float("inf")
    slope = naive.slope(lambda x: x.clamp(-clamp, clamp).exp(), torch.tensor([edge + 1.0, -edge - 1.0], dtype=kind))
    measured = {
        f"exp({edge}), exp({edge + 1})": f"{number(at, 3)}, {number(beyond)}",
        f"exp(-{clamp}), exp({clamp})": f"{number(low, 3)}, {number(high, 3)}",
        f"gradient of a clamped input, ±{edge + 1}": ", ".join(number(g) for g in slope.tolist()),
    }
    blind = "The price: a clamped input gets no gradient." if not slope.any() else ""
    return judge(
        {f"exp({edge}) is at the edge": at_edge, f"the clamp at ±{clamp}": kept},
        measured,
        holds=f"{dtype}'s exp ends at {number(exact.exp_limit(kind), 5)}. {blind}".strip(),
    )


def _overflow_claim(dtype: str, low: float, high: float) -> Evidence:
    last, first = overflow(DTYPES[dtype])
    measured = {
        f"largest {dtype} with a finite exp": number(last, 6),
        "the next one, with exp inf": f"{number(first - last, 2)} above it",
        "log of the largest finite number": number(exact.exp_limit(DTYPES[dtype]), 6),
    }
    return judge(
        {dtype: low <= last <= high},
        measured,
        holds=f"The last finite one is exp({number(last, 5)}).",
        false=f"The last finite one is exp({number(last, 5)}).",
    )


@claim("G5", unit=_DTYPE, says="float16 exp overflows for inputs somewhere between 11 and 12.")
def overflow_float16(low: float = 11, high: float = 12) -> Evidence:
    """The last float16 with a finite exp lies in the interval."""
    return _overflow_claim("float16", low, high)


@claim("G6", unit=_DTYPE, says="bfloat16 exp overflows near 88.")
def overflow_bfloat16(near: float = 88, within: float = 1) -> Evidence:
    """The last bfloat16 with a finite exp is at most 1 away."""
    return _overflow_claim("bfloat16", near - within, near + within)


@claim("G7", unit=_DTYPE, says="float64 exp overflows near 709.")
def overflow_float64(near: float = 709, within: float = 1) -> Evidence:
    """The last float64 with a finite exp is at most 1 away."""
    return _overflow_claim("float64", near - within, near + within)


@claim("G13", unit=_EXP, says="log(exp(x)) may differ from x.")
def round_trip(inputs: tuple[float, ...] = (1e-5, 1.0, 1000.0, -1000.0)) -> Evidence:
    """One input that does not come back is enough for a dtype."""
    cases, trips = {}, {}
    for name, dtype in DTYPES.items():
        x = torch.tensor(inputs, dtype=dtype)
        back = x.exp().log()
        # Three digits are beyond the noise of the last bit, and the same on every machine.
        cases[name] = any(number(a, 3) != number(b, 3) for a, b in zip(x.tolist(), back.tolist(), strict=True))
        trips[f"{name}: {', '.join(number(v) for v in inputs)} become"] = ", ".join(number(v, 3) for v in back.tolist())
    return judge(
        cases,
        trips,
        holds="Too large comes back as inf, too negative as -inf, and tiny numbers lose their digits beside 1.",
        false="These inputs all come back.",
    )


@claim(
    "G15", unit=_DTYPE, says="exp(-100) in float32 is near zero without being a subnormal that slows the machine down."
)
def not_subnormal(x: float = -100, dtype: str = "float32") -> Evidence:
    """Compare exp(x) with the smallest normal number of the dtype."""
    kind = DTYPES[dtype]
    info, value = torch.finfo(kind), torch.tensor(x, dtype=kind).exp().item()
    smallest = info.smallest_normal * info.eps
    measured = {
        f"exp({x})": f"{number(value)} (exact: {number(exact.exp(x))})",
        "smallest normal number": number(info.smallest_normal),
        "as a multiple of the smallest subnormal": number(value / smallest),
    }
    return judge(
        {dtype: value == 0 or value >= info.smallest_normal},
        measured,
        holds="It is a normal number." if value else "It is 0.",
        false=f"It is subnormal: {number(value / smallest)} times the smallest number there is, so "
        f"{int(value / smallest).bit_length()} significant bits are left.",
    )


_AUTOCAST = {
    "exp": torch.exp,
    "softmax": lambda x: torch.softmax(x, -1),
    "log_softmax": lambda x: torch.log_softmax(x, -1),
    "x @ x, for comparison": lambda x: x @ x,
}


@contextlib.contextmanager
def _autocast_of_gpu() -> Iterator[None]:
    """`torch.autocast("cuda")` refuses to start without a GPU; its switch does not."""
    before = torch.is_autocast_enabled("cuda"), torch.get_autocast_dtype("cuda")
    torch.set_autocast_enabled("cuda", True)
    torch.set_autocast_dtype("cuda", torch.float16)
    try:
        yield
    finally:
        torch.set_autocast_enabled("cuda", before[0])
        torch.set_autocast_dtype("cuda", before[1])
        torch.clear_autocast_cache()


def autocast_dtypes(device: str) -> dict[str, str]:
    """Operation to the dtype that autocast runs it in, for half-precision inputs on `device`.

    For `"cuda"` no GPU is needed: the inputs are fake tensors, which have a device, a dtype and no numbers, and go
    through the same dispatcher.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode

    if device == "cuda":
        with _autocast_of_gpu(), FakeTensorMode():
            x = torch.empty(4, 4, device="cuda", dtype=torch.float16)
            return {name: str(f(x).dtype).removeprefix("torch.") for name, f in _AUTOCAST.items()}
    with torch.autocast("cpu", dtype=torch.bfloat16):
        x = torch.ones(4, 4, dtype=torch.bfloat16)
        return {name: str(f(x).dtype).removeprefix("torch.") for name, f in _AUTOCAST.items()}


@claim("G16", unit=_DTYPE, says="Autocast runs exp and softmax in float32.")
def autocast(operations: tuple[str, ...] = ("exp", "softmax"), wanted: str = "float32") -> Evidence:
    """The dtypes of results, for half-precision inputs, from the dispatcher itself."""
    seen = {"GPU (CUDA)": autocast_dtypes("cuda"), "CPU": autocast_dtypes("cpu")}
    cases = {where: all(dtypes[name] == wanted for name in operations) for where, dtypes in seen.items()}
    measured = {
        f"{where}, {'float16' if 'GPU' in where else 'bfloat16'} in": ", ".join(f"{k} → {v}" for k, v in dtypes.items())
        for where, dtypes in seen.items()
    }
    return judge(cases, measured, only_if="on a {yes}. On a {no} they stay in the half-precision dtype they came in.")
