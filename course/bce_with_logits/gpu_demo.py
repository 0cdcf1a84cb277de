"""The unit's GPU demo: one small multi-label classifier, trained twice under float16 autocast.

Once its loss is written by hand from a sigmoid and two logarithms, once it takes the logits. Start, data and order are
the same, so that the loss is all the difference there is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from course.bce_with_logits.losses import by_hand
from course.kit import gpu
from course.kit.check.guard import call
from course.kit.frontend import show
from course.kit.progress import Progress
from course.kit.timing import timer_for

STEPS = 300
FEATURES, HIDDEN, LABELS = 32, 64, 16
_PHOTOS = {"cpu": 256, "cuda": 4096}
_RATE = 0.003
_PATIENCE = 0.1
"""Seconds for one call of the student's function on the whole batch, a hundred times what it needs."""

BY_HAND, FROM_LOGITS = "by hand", "with logits"


@dataclass(frozen=True)
class Run:
    """What one training run left behind."""

    losses: tuple[float, ...]
    """Before each step."""

    norms: tuple[float, ...]
    """Euclidean norm of all gradients together, before each step."""

    largest: tuple[float, ...]
    """Largest logit before each step."""

    @property
    def finite_steps(self) -> int:
        """How many steps were taken before the first loss that is inf or nan."""
        lost = (step for step, loss in enumerate(self.losses) if not math.isfinite(loss))
        return next(lost, len(self.losses))


@dataclass(frozen=True)
class Training:
    """What the demo measured. Shows itself as a table."""

    device: str
    """Its name, as in `"Tesla T4"`."""

    photos: int
    """Rows of the one batch that every step uses."""

    runs: Mapping[str, Run]
    """By the loss that was used."""

    def finite_steps(self, name: str) -> int:
        """How many steps a run took with a finite loss, of `STEPS`."""
        if name not in self.runs:
            raise ValueError(f"there is no run {name!r}; choose one of {', '.join(self.runs)}")
        return self.runs[name].finite_steps

    def __repr__(self) -> str:
        lines = [f"{'loss':12} {'finite steps':>12} {'first loss':>11} {'last loss':>11} {'last gradient norm':>19}"]
        for name, run in self.runs.items():
            lines.append(
                f"{name:12} {run.finite_steps:8} of {len(run.losses)} {run.losses[0]:11.4f} {run.losses[-1]:11.3g} "
                f"{run.norms[-1]:19.3g}"
            )
        return "\n".join(lines)


def run(
    bce_with_logits: Callable[..., torch.Tensor] | None = None, device: str | torch.device | None = None
) -> Training:
    """Train twice, show the device used and the picture, and return the numbers.

    `bce_with_logits` is the student's own; where it does not work yet, the library's takes its place, after a line that
    says so. Takes a few seconds. `device` is the GPU if there is one that works.
    """
    where = gpu.device(device)
    losses = {BY_HAND: _by_hand, FROM_LOGITS: _from_logits(bce_with_logits, where)}
    training = gpu.or_on_the_cpu(lambda chosen: _train_each(losses, chosen), where)
    _show(training)
    return training


def _train_each(losses: Mapping[str, Callable[..., torch.Tensor]], where: torch.device) -> Training:
    progress = Progress(steps=len(losses))
    photos = _PHOTOS[where.type]
    runs = {}
    for name, loss in losses.items():
        progress.step(name)
        with timer_for(where).steady():
            runs[name] = _train(loss, where, photos)
    device = gpu.describe(where)
    progress.close(f"{device[0].upper()}{device[1:]}.")
    return Training(gpu.name(where), photos, runs)


def _by_hand(logits: torch.Tensor, tags: torch.Tensor) -> torch.Tensor:
    """As anyone would write it: the sigmoid has the dtype of the logits, float16 here."""
    return by_hand(logits, tags).mean()


def _from_logits(function: Callable[..., torch.Tensor] | None, where: torch.device) -> Callable[..., torch.Tensor]:
    library = torch.nn.functional.binary_cross_entropy_with_logits
    if function is None:
        return _in_float32(library)
    z, y = torch.linspace(-3, 3, 6).reshape(2, 3).to(where).requires_grad_(), torch.ones(2, 3, device=where)
    found, failure = call(function, z, y)
    usable = isinstance(found, torch.Tensor) and found.shape == () and found.requires_grad
    if usable:
        batch = torch.zeros(_PHOTOS["cpu"], LABELS)
        _, failure = call(function, batch, batch, seconds=_PATIENCE)
    if failure is None and usable:
        return _in_float32(function)
    why = failure.text if failure is not None else "It does not return a scalar that can be differentiated."
    print(f"With the library's loss in the place of yours, from exercise 3. {why}")
    return _in_float32(library)


def _in_float32(loss: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Autocast gives the library's loss its logits in float32; a student's gets them likewise."""
    return lambda logits, tags: loss(logits.float(), tags)


def _data(where: torch.device, photos: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Features, and tags that a linear function of them decides: a network can learn every one of them."""
    generator = torch.Generator().manual_seed(5)
    features = torch.randn(photos, FEATURES, generator=generator)
    direction = torch.randn(FEATURES, LABELS, generator=generator)
    return features.to(where), (features @ direction > 0).float().to(where)


def _model(where: torch.device) -> torch.nn.Module:
    with torch.random.fork_rng(devices=[where] if where.type == "cuda" else []):
        torch.manual_seed(5)
        layers = torch.nn.Linear(FEATURES, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, LABELS)
        return torch.nn.Sequential(*layers).to(where)


def _train(loss_function: Callable[..., torch.Tensor], where: torch.device, photos: int) -> Run:
    features, tags = _data(where, photos)
    model = _model(where)
    optimiser = torch.optim.Adam(model.parameters(), lr=_RATE)
    losses, norms, largest = [], [], []
    for _ in range(STEPS):
        with torch.autocast(where.type, dtype=torch.float16):
            logits = model(features)
            loss = loss_function(logits, tags)
        optimiser.zero_grad()
        loss.backward()
        norms.append(torch.stack([p.grad.norm() for p in model.parameters()]).norm())
        losses.append(loss.detach())
        largest.append(logits.detach().amax())
        optimiser.step()
    return Run(*(tuple(torch.stack(column).float().tolist()) for column in (losses, norms, largest)))


def _show(training: Training) -> None:
    try:
        from course.bce_with_logits.gpu_figure import picture
    except ModuleNotFoundError as error:
        print(f"No picture, because {error.name} is not installed; the table has its numbers.")
    else:
        show(picture(training))
