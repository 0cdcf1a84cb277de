"""Known mistakes in `gradient_check(f, x, eps)`.

Every variant takes a scalar-valued function, a float64 tensor and a step, needs nothing but `torch`, returns a Python
float, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def check_one_sided(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst, base = 0.0, f(x).item()
    for i in range(x.numel()):
        up = x.flatten().clone()
        up[i] += eps
        a, n = slope.flatten()[i].item(), (f(up.reshape(x.shape)).item() - base) / eps
        if a != 0 or n != 0:
            worst = max(worst, abs(a - n) / max(abs(a), abs(n)))
    return worst


def check_divides_by_one_step(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / eps
        a = slope.flatten()[i].item()
        if a != 0 or n != 0:
            worst = max(worst, abs(a - n) / max(abs(a), abs(n)))
    return worst


def check_half_steps(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps / 2
        down[i] -= eps / 2
        n = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / eps
        a = slope.flatten()[i].item()
        if a != 0 or n != 0:
            worst = max(worst, abs(a - n) / max(abs(a), abs(n)))
    return worst


def check_absolute(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
        worst = max(worst, abs(slope.flatten()[i].item() - n))
    return worst


def check_mean(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    total = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
        a = slope.flatten()[i].item()
        if a != 0 or n != 0:
            total += abs(a - n) / max(abs(a), abs(n))
    return total / x.numel()


def check_of_norms(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    numeric = torch.zeros_like(x).flatten()
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        numeric[i] = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
    a = slope.flatten()
    largest = max(a.norm().item(), numeric.norm().item())
    return (a - numeric).norm().item() / largest if largest else 0.0


def check_over_largest(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    numeric = torch.zeros_like(x).flatten()
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        numeric[i] = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
    a = slope.flatten()
    largest = torch.maximum(a.abs(), numeric.abs()).max().item()
    return (a - numeric).abs().max().item() / largest if largest else 0.0


def check_over_autograd(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
        a = slope.flatten()[i].item()
        if a != 0:
            worst = max(worst, abs(a - n) / abs(a))
    return worst


def check_over_difference(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
        a = slope.flatten()[i].item()
        if n != 0:
            worst = max(worst, abs(a - n) / abs(n))
    return worst


def check_over_sum(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
        a = slope.flatten()[i].item()
        if a != 0 or n != 0:
            worst = max(worst, abs(a - n) / (abs(a) + abs(n)))
    return worst


def check_no_guard(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    numeric = torch.zeros_like(x).flatten()
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        numeric[i] = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
    a = slope.flatten()
    return ((a - numeric).abs() / torch.maximum(a.abs(), numeric.abs())).max().item()


def check_signed_scale(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n = (f(up.reshape(x.shape)).item() - f(down.reshape(x.shape)).item()) / (2 * eps)
        a = slope.flatten()[i].item()
        if max(a, n) != 0:
            worst = max(worst, abs(a - n) / max(a, n))
    return worst


def check_signed_largest(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    a, n = slope.flatten(), torch.zeros_like(x).flatten()
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n[i] = (f(up.reshape(x.shape)) - f(down.reshape(x.shape))) / (2 * eps)
    return ((a - n).abs() / torch.maximum(a, n)).nan_to_num(0.0).max().item()


def check_signed_difference(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    a, n = slope.flatten(), torch.zeros_like(x).flatten()
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        n[i] = (f(up.reshape(x.shape)) - f(down.reshape(x.shape))) / (2 * eps)
    return ((a - n) / torch.maximum(a.abs(), n.abs())).nan_to_num(0.0).max().item()


def check_all_at_once(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    n = (f(x + eps).item() - f(x - eps).item()) / (2 * eps)
    a = slope.sum().item()
    return abs(a - n) / max(abs(a), abs(n)) if a != 0 or n != 0 else 0.0


def check_one_number_for_all(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    n = (f(x + eps) - f(x - eps)) / (2 * eps)
    largest = torch.maximum(slope.abs(), n.abs())
    return torch.where(largest > 0, (slope - n).abs() / largest, 0.0).max().item()


def check_in_float32(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    worst = 0.0
    for i in range(x.numel()):
        up, down = x.flatten().clone(), x.flatten().clone()
        up[i] += eps
        down[i] -= eps
        above, below = f(up.reshape(x.shape)).float().item(), f(down.reshape(x.shape)).float().item()
        a, n = slope.flatten()[i].item(), (above - below) / (2 * eps)
        if a != 0 or n != 0:
            worst = max(worst, abs(a - n) / max(abs(a), abs(n)))
    return worst


DIFFERENCE = (
    Misconception(
        name="one-sided",
        title="A one-sided difference",
        explanation=(
            "You compare f(x + eps) with f(x). Its error is of the order of eps, because the curvature does not "
            "cancel; in (f(x + eps) - f(x - eps))/2eps it does, and the error is of the order of eps². With eps = 1e-5 "
            "that is the difference between five good digits and ten. It is the definition of the derivative, and one "
            "evaluation cheaper, which is why it is tempting. A check as coarse as that cannot tell rounding from a "
            "small mistake."
        ),
        variants=(check_one_sided,),
    ),
    Misconception(
        name="one-step-for-two",
        title="Two steps, divided by one",
        explanation=(
            "Between x + eps and x - eps lie *two* steps, and your quotient divides by one: every slope comes out "
            "twice as large, and every right gradient is off by half. The formula of the one-sided difference is the "
            "one that people remember. A check that fails everything gets switched off, which is how this mistake does "
            "its harm."
        ),
        variants=(check_divides_by_one_step,),
    ),
    Misconception(
        name="half-steps",
        title="Half of the step",
        explanation=(
            "You step eps/2 to either side. It is a central difference too, but not the one that was asked for: the "
            "caller's eps is the distance to each side. Your truncation error is a quarter and your rounding error "
            "twice that of the step that was wanted, so the best eps seems to be another one."
        ),
        variants=(check_half_steps,),
    ),
    Misconception(
        name="absolute-difference",
        title="The difference, without a scale",
        explanation=(
            "You return |a - n| as it is. For slopes around 1 it reads like a relative difference. For slopes of 1e-9 "
            "everything looks right, and for slopes of 1e6 nothing does. What matters is which share of the slope is "
            "wrong: divide by the larger of the two magnitudes."
        ),
        variants=(check_absolute,),
    ),
    Misconception(
        name="average-over-elements",
        title="The average in place of the largest",
        explanation=(
            "You average the relative differences. One wrong element among a million then has a millionth of a say, "
            "and one wrong element is what a slip in an index produces. Take the largest: the question is whether "
            "*every* element is right."
        ),
        variants=(check_mean,),
    ),
    Misconception(
        name="one-scale-for-all",
        title="One scale for all elements",
        explanation=(
            "You divide by the largest slope, or by a norm of them all. A small element may then be wrong altogether "
            "and vanish beside a large one. It avoids the division by 0, which makes it tempting. Each element has to "
            "be measured against its own size."
        ),
        variants=(check_of_norms, check_over_largest),
    ),
    Misconception(
        name="scaled-by-one-side",
        title="Relative to one of the two",
        explanation=(
            "You divide by the magnitude of one slope and not by the larger of both. A gradient that is twice too "
            "large then counts as 1 from one side and as 0.5 from the other, and where your side is 0, there is "
            "nothing to divide by: leaving such elements out means that a lost gradient is never found. The sum of "
            "both magnitudes is a fair scale as well, but its numbers are up to half of those asked for."
        ),
        variants=(check_over_autograd, check_over_difference, check_over_sum),
    ),
    Misconception(
        name="zero-over-zero",
        title="0/0 where both slopes are 0",
        explanation=(
            "An element on which f does not depend has two slopes of 0, which agree perfectly, and your quotient is "
            "0/0 = nan. The largest of numbers with a nan among them is nan, so one unused weight spoils the whole "
            "check. Count such an element as 0."
        ),
        variants=(check_no_guard,),
    ),
    Misconception(
        name="all-elements-at-once",
        title="All elements move together",
        explanation=(
            "You add eps to every element at the same time. What comes out is the sum of all slopes, and no single "
            "one of them. Mistakes of opposite sign cancel in it, and for a gradient that sums to 0, such as p - y, "
            "there is nothing left to compare. One element at a time, the others held still."
        ),
        variants=(check_all_at_once, check_one_number_for_all),
    ),
    Misconception(
        name="signs-kept",
        title="A magnitude is missing",
        explanation=(
            "You leave out an absolute value, of the difference or of the slopes that scale it, so that some of your "
            "quotients are negative. The largest number then passes over them, however wrong they are. All three are "
            "magnitudes: |a - n| over the larger of |a| and |n|."
        ),
        variants=(check_signed_scale, check_signed_largest, check_signed_difference),
    ),
    Misconception(
        name="float32-on-the-way",
        title="Values rounded to float32",
        explanation=(
            "The values of f are rounded to float32 before they are subtracted. Two values that agree in the first "
            "five digits then have two left, and the quotient by 2 eps is mostly noise. The input is in float64 for "
            "this very reason: a difference can only be as good as the digits that survive it."
        ),
        variants=(check_in_float32,),
    ),
)
