"""Known mistakes in `StableCrossEntropy`, called as `stable_cross_entropy(logits, targets)`.

Every variant takes those arguments, makes its own `autograd.Function`, needs nothing but `torch`, and is wrong on
purpose.
"""

import torch

from course.kit.misconception import Misconception


def function_ignores_upstream(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            log_p = torch.log_softmax(logits, 1)
            ctx.save_for_backward(log_p, targets)
            return -log_p.gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            log_p, targets = ctx.saved_tensors
            y = torch.zeros_like(log_p).scatter(1, targets[:, None], 1.0)
            return (log_p.exp() - y) / log_p.shape[0], None

    return Loss.apply(logits, targets)


def function_upstream_added(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            log_p = torch.log_softmax(logits, 1)
            ctx.save_for_backward(log_p, targets)
            return -log_p.gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            log_p, targets = ctx.saved_tensors
            y = torch.zeros_like(log_p).scatter(1, targets[:, None], 1.0)
            return grad + (log_p.exp() - y) / log_p.shape[0], None

    return Loss.apply(logits, targets)


def function_forgets_mean(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            log_p = torch.log_softmax(logits, 1)
            ctx.save_for_backward(log_p, targets)
            return -log_p.gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            log_p, targets = ctx.saved_tensors
            y = torch.zeros_like(log_p).scatter(1, targets[:, None], 1.0)
            return grad * (log_p.exp() - y), None

    return Loss.apply(logits, targets)


def function_sum(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            log_p = torch.log_softmax(logits, 1)
            ctx.save_for_backward(log_p, targets)
            return -log_p.gather(1, targets[:, None]).sum()

        @staticmethod
        def backward(ctx, grad):
            log_p, targets = ctx.saved_tensors
            y = torch.zeros_like(log_p).scatter(1, targets[:, None], 1.0)
            return grad * (log_p.exp() - y), None

    return Loss.apply(logits, targets)


def function_reversed(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            log_p = torch.log_softmax(logits, 1)
            ctx.save_for_backward(log_p, targets)
            return -log_p.gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            log_p, targets = ctx.saved_tensors
            y = torch.zeros_like(log_p).scatter(1, targets[:, None], 1.0)
            return grad * (y - log_p.exp()) / log_p.shape[0], None

    return Loss.apply(logits, targets)


def function_positive_loss(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            log_p = torch.log_softmax(logits, 1)
            ctx.save_for_backward(log_p, targets)
            return log_p.gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            log_p, targets = ctx.saved_tensors
            y = torch.zeros_like(log_p).scatter(1, targets[:, None], 1.0)
            return grad * (log_p.exp() - y) / log_p.shape[0], None

    return Loss.apply(logits, targets)


def function_log_of_softmax(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            p = torch.softmax(logits, 1)
            ctx.save_for_backward(p, targets)
            return -p.gather(1, targets[:, None]).log().mean()

        @staticmethod
        def backward(ctx, grad):
            p, targets = ctx.saved_tensors
            y = torch.zeros_like(p).scatter(1, targets[:, None], 1.0)
            return grad * (p - y) / p.shape[0], None

    return Loss.apply(logits, targets)


def function_clipped_logarithm(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            p = torch.softmax(logits, 1)
            ctx.save_for_backward(p, targets)
            return -(p.gather(1, targets[:, None]) + 1e-12).log().mean()

        @staticmethod
        def backward(ctx, grad):
            p, targets = ctx.saved_tensors
            y = torch.zeros_like(p).scatter(1, targets[:, None], 1.0)
            return grad * (p - y) / p.shape[0], None

    return Loss.apply(logits, targets)


def function_rounded_sum(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            top = logits.amax(1, keepdim=True)
            powers = torch.exp(logits - top)
            total = powers.sum(1, keepdim=True)
            ctx.save_for_backward(powers / total, targets)
            return (top + total.log() - logits.gather(1, targets[:, None])).mean()

        @staticmethod
        def backward(ctx, grad):
            p, targets = ctx.saved_tensors
            y = torch.zeros_like(p).scatter(1, targets[:, None], 1.0)
            return grad * (p - y) / p.shape[0], None

    return Loss.apply(logits, targets)


def function_rounded_logarithms(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            top = logits.amax(1, keepdim=True)
            log_p = logits - (top + torch.exp(logits - top).sum(1, keepdim=True).log())
            ctx.save_for_backward(log_p, targets)
            return -log_p.gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            log_p, targets = ctx.saved_tensors
            y = torch.zeros_like(log_p).scatter(1, targets[:, None], 1.0)
            return grad * (log_p.exp() - y) / log_p.shape[0], None

    return Loss.apply(logits, targets)


def function_sums_over_one_hot(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            log_p = torch.log_softmax(logits, 1)
            y = torch.zeros_like(log_p).scatter(1, targets[:, None], 1.0)
            ctx.save_for_backward(log_p, y)
            return -(y * log_p).sum(1).mean()

        @staticmethod
        def backward(ctx, grad):
            log_p, y = ctx.saved_tensors
            return grad * (log_p.exp() - y) / log_p.shape[0], None

    return Loss.apply(logits, targets)


def function_saves_logarithms(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            log_p = torch.log_softmax(logits, 1)
            ctx.save_for_backward(log_p, targets)
            return -log_p.gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            log_p, targets = ctx.saved_tensors
            y = torch.zeros_like(log_p).scatter(1, targets[:, None], 1.0)
            return grad * (log_p - y) / log_p.shape[0], None

    return Loss.apply(logits, targets)


def function_saves_logits(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            ctx.save_for_backward(logits, targets)
            return -torch.log_softmax(logits, 1).gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            logits, targets = ctx.saved_tensors
            powers = logits.exp()
            y = torch.zeros_like(logits).scatter(1, targets[:, None], 1.0)
            return grad * (powers / powers.sum(1, keepdim=True) - y) / logits.shape[0], None

    return Loss.apply(logits, targets)


def function_gradient_of_p(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            log_p = torch.log_softmax(logits, 1)
            ctx.save_for_backward(log_p, targets)
            return -log_p.gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            log_p, targets = ctx.saved_tensors
            y = torch.zeros_like(log_p).scatter(1, targets[:, None], 1.0)
            slope = torch.where(y > 0, -1 / log_p.exp(), torch.zeros_like(y))
            return grad * slope / log_p.shape[0], None

    return Loss.apply(logits, targets)


FUNCTION = (
    Misconception(
        name="ignores-upstream",
        title="What arrives from above is not used",
        explanation=(
            "Your backward pass returns (p - y)/N whatever it is given. That is right as long as `backward()` is "
            "called on this very loss, because then a 1 arrives. As soon as the loss is halved, added with a weight, "
            "or scaled for mixed precision, another number arrives and has to be multiplied on: backward is a "
            "vector-Jacobian product, and the vector is not yours to choose. A loss scaler would silently divide by a "
            "factor that was never there. Adding the number in place of multiplying it is the same mistake."
        ),
        variants=(function_ignores_upstream, function_upstream_added),
    ),
    Misconception(
        name="forgets-the-mean",
        title="A mean in forward, a sum in backward",
        explanation=(
            "Your loss is the mean over rows and your gradient that of the sum: the 1/N is missing on the way back. "
            "On one row nothing shows. Each pass looks fine alone, and only a comparison of the two, such as a "
            "gradient check, finds it. The learning rate that works would depend on the batch size."
        ),
        variants=(function_forgets_mean,),
    ),
    Misconception(
        name="sum-over-rows",
        title="The sum of the rows, not their mean",
        explanation=(
            "Forward and backward agree with each other, and both are N times too large: you sum over the rows. "
            "`gradcheck` is content with that, since it only compares the two. That is its limit. It finds a gradient "
            "that does not belong to the function, and never a function that is another than you wanted. The learning "
            "rate that works would depend on the batch size."
        ),
        variants=(function_sum,),
    ),
    Misconception(
        name="y-minus-p",
        title="y minus p",
        explanation=(
            "Your backward pass has the wrong sign: y - p is the direction in which the logits should move, and a "
            "gradient points the other way. The optimiser turns the sign itself. The loss would climb from the first "
            "step."
        ),
        variants=(function_reversed,),
    ),
    Misconception(
        name="log-likelihood",
        title="The logarithm of p, without the minus sign",
        explanation=(
            "Your forward pass returns the mean log-probability, a negative number; the loss is minus that. The "
            "backward pass belongs to the loss, so the two contradict each other, and training would still work, "
            "because only the gradient is used. The curve on the screen would rise towards 0 and be read as trouble."
        ),
        variants=(function_positive_loss,),
    ),
    Misconception(
        name="log-of-softmax",
        title="The logarithm of a softmax",
        explanation=(
            "Your forward pass takes the logarithm of a probability that may have underflowed: the loss of a sure and "
            "wrong row is inf, or, with a small constant added, 27.6 where 2000 is right. A backward pass of your own "
            "hides half of it, since p - y is finite in any case. Take `torch.log_softmax` of the logits, and never "
            "the logarithm of something tiny."
        ),
        variants=(function_log_of_softmax, function_clipped_logarithm),
    ),
    Misconception(
        name="adds-before-it-subtracts",
        title="A large number added and subtracted again",
        explanation=(
            "You compute the whole log-sum-exp, max + log Σ, before a logit is subtracted. For logits around 1000 it "
            "is rounded to a float32 near 1000, and those are 0.00006 apart; the subtraction then lays bare what was "
            "lost. On paper it is the definition. Shift first: the true logit minus the maximum is exact where they "
            "are close, and the logarithm of the sum is small."
        ),
        variants=(function_rounded_sum, function_rounded_logarithms),
    ),
    Misconception(
        name="zero-times-infinity",
        title="0 times -inf",
        explanation=(
            "You multiply all of log p by a one-hot target and add up. A class with the logit -inf has log p = -inf, "
            "and 0 · (-inf) is nan, although that class is not the true one. Masked classes, as in unit 03, look like "
            "that. Pick the true class by its index, and the others are never touched."
        ),
        variants=(function_sums_over_one_hot,),
    ),
    Misconception(
        name="saved-logarithms",
        title="Saved log-probabilities that are used as probabilities",
        explanation=(
            "You saved the log-probabilities and subtract y from them as if they were p. The exponential is missing in "
            "between. What forward saves, backward gets back as it is, and nothing but you knows what it was. Your "
            "gradient is negative everywhere, and each step raises every logit."
        ),
        variants=(function_saves_logarithms,),
    ),
    Misconception(
        name="naive-backward",
        title="A naive softmax in the backward pass",
        explanation=(
            "Your forward pass is stable and your backward pass takes exp of the raw logits: a finite loss with a nan "
            "gradient, which is the harder one to find. Whatever holds for the way forward holds for the way back. "
            "Save p or log p, which you have anyway, or compute them there in the stable way again."
        ),
        variants=(function_saves_logits,),
    ),
    Misconception(
        name="gradient-of-p",
        title="The gradient with respect to the probability",
        explanation=(
            "Your backward pass returns -1/p at the true class, the slope along the probability. Your function takes "
            "logits, so softmax's Jacobian is still to be multiplied on, and that is where the 1/p cancels. A sure "
            "and wrong row would get a gradient of inf in place of -1."
        ),
        variants=(function_gradient_of_p,),
    ),
)
