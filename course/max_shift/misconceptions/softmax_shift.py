"""Known mistakes in `softmax(logits, dim=-1)`: a shift that is missing, wrong, half done or replaced by clipping.

Every variant takes `logits` (any shape, floating point) and `dim`, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def softmax_no_shift(logits, dim=-1):
    e = torch.exp(logits)
    return e / e.sum(dim, keepdim=True)


def softmax_in_double(logits, dim=-1):
    e = torch.exp(logits.double())
    return (e / e.sum(dim, keepdim=True)).to(logits.dtype)


def softmax_in_float(logits, dim=-1):
    e = torch.exp(logits.float())
    return (e / e.sum(dim, keepdim=True)).to(logits.dtype)


def softmax_cast_up_after(logits, dim=-1):
    e = torch.exp(logits).float()
    return (e / e.sum(dim, keepdim=True)).to(logits.dtype)


def softmax_global_max(logits, dim=-1):
    e = torch.exp(logits - logits.max())
    return e / e.sum(dim, keepdim=True)


def softmax_global_max_detached(logits, dim=-1):
    e = torch.exp(logits - logits.detach().max())
    return e / e.sum(dim, keepdim=True)


def softmax_clamped_shift(logits, dim=-1):
    m = logits.amax(dim, keepdim=True).clamp(min=0)
    e = torch.exp(logits - m)
    return e / e.sum(dim, keepdim=True)


def softmax_mean_shift(logits, dim=-1):
    e = torch.exp(logits - logits.mean(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def softmax_min_shift(logits, dim=-1):
    e = torch.exp(logits - logits.amin(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def softmax_absolute_max(logits, dim=-1):
    e = torch.exp(logits - logits.abs().amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def softmax_divides_by_max(logits, dim=-1):
    e = torch.exp(logits / logits.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def softmax_divides_by_absolute_max(logits, dim=-1):
    e = torch.exp(logits / logits.abs().amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)


def softmax_reversed_difference(logits, dim=-1):
    e = torch.exp(logits.amax(dim, keepdim=True) - logits)
    return e / e.sum(dim, keepdim=True)


def softmax_shift_numerator_only(logits, dim=-1):
    m = logits.amax(dim, keepdim=True)
    return torch.exp(logits - m) / torch.exp(logits).sum(dim, keepdim=True)


def softmax_shift_denominator_only(logits, dim=-1):
    m = logits.amax(dim, keepdim=True)
    return torch.exp(logits) / torch.exp(logits - m).sum(dim, keepdim=True)


def softmax_clipped_10(logits, dim=-1):
    e = torch.exp(logits.clamp(-10, 10))
    return e / e.sum(dim, keepdim=True)


def softmax_clipped_20(logits, dim=-1):
    e = torch.exp(logits.clamp(-20, 20))
    return e / e.sum(dim, keepdim=True)


def softmax_clipped_50(logits, dim=-1):
    e = torch.exp(logits.clamp(-50, 50))
    return e / e.sum(dim, keepdim=True)


def softmax_clipped_80(logits, dim=-1):
    e = torch.exp(logits.clamp(-80, 80))
    return e / e.sum(dim, keepdim=True)


def softmax_clipped_88(logits, dim=-1):
    e = torch.exp(logits.clamp(-88, 88))
    return e / e.sum(dim, keepdim=True)


def softmax_clipped_above(logits, dim=-1):
    e = torch.exp(logits.clamp(max=80))
    return e / e.sum(dim, keepdim=True)


SOFTMAX_SHIFT = (
    Misconception(
        name="no-shift",
        title="The exponential of the raw logits",
        explanation=(
            "You exponentiate the logits as they come. In float32 that is `inf` from about 88.7 upwards, and inf "
            "divided by inf is nan; below about -104 every exponential is 0, and 0 divided by 0 is nan too. The "
            "formula is the one in every textbook and it is right on paper, which is why it survives until the first "
            "confident batch. One nan in one row reaches the loss, then every weight that the row touches, and the "
            "run does not recover."
        ),
        variants=(softmax_no_shift,),
    ),
    Misconception(
        name="wider-dtype",
        title="More bits instead of a shift",
        explanation=(
            "You move the numbers to a wider dtype and use the plain formula there. That raises the ceiling, from 11 "
            "to 88 or from 88 to 709, and leaves it a ceiling: logits of 1000 overflow float64 as well. It is "
            "tempting because the example that failed a minute ago now works. In training it doubles the memory of "
            "the largest tensor you have and puts off the same nan to a later step."
        ),
        variants=(softmax_in_double, softmax_in_float),
    ),
    Misconception(
        name="cast-up-after",
        title="The cast to a wider dtype comes too late",
        explanation=(
            "You convert to float32 only once the exponential has been taken. In float16 the damage is done by then: "
            "from about 11.1 upwards the exponential is inf, and a wider inf is still inf; small weights have already "
            "lost their digits or become 0. A wider sum feels like the careful choice, and ten logits of 10 do come "
            "out right this way where a float16 sum overflows, so it passes the first test. Under mixed precision you "
            "would see a run that is fine for days and turns to nan on the first large logit."
        ),
        variants=(softmax_cast_up_after,),
    ),
    Misconception(
        name="global-max",
        title="One maximum for the whole tensor",
        explanation=(
            "You subtract one maximum from all rows. The row that holds it is fine, but a row that lies 104 or more "
            "below it in float32 turns into zeros throughout, and 0 divided by 0 gives nan. It looks right on a "
            "single example, where the largest number of the tensor and of the row are the same. In a batch, one "
            "confident example then ruins its neighbours, and which of them it ruins depends on how the batch was "
            "shuffled."
        ),
        variants=(softmax_global_max, softmax_global_max_detached),
    ),
    Misconception(
        name="clamped-shift",
        title="A shift that is never negative",
        explanation=(
            "You subtract the row's maximum only where it is positive. Overflow is cured, and that was the failure "
            "you had seen, so the work looks done. A row of very negative logits is left where it was: at -110 all "
            "its float32 exponentials are 0, and the row becomes 0/0, which is nan. Such rows are not rare in "
            "training; a strong negative bias or a penalty added to every score is enough."
        ),
        variants=(softmax_clamped_shift,),
    ),
    Misconception(
        name="mean-shift",
        title="The mean as the shift",
        explanation=(
            "You subtract the row's mean. Centring is what one does to data everywhere else, and any constant may be "
            "subtracted on paper. The mean bounds nothing, though: in a row of 200 and 0 the larger one still stands "
            "100 above it, its float32 exponential is inf, and the result is nan. The more certain the network "
            "becomes, the further the top logit rises above the mean, so this fails late in training and not early."
        ),
        variants=(softmax_mean_shift,),
    ),
    Misconception(
        name="min-shift",
        title="The minimum as the shift",
        explanation=(
            "You subtract the row's minimum, so that every exponent is 0 or more. Nothing can underflow, and "
            "everything can overflow: for 0 and 100 the second exponential is inf in float32 and the row comes out as "
            "0 and nan. Making numbers non-negative feels safe, but here the large side is the dangerous one. Rows "
            "with a wide spread fail, and a spread is what training produces."
        ),
        variants=(softmax_min_shift,),
    ),
    Misconception(
        name="absolute-max",
        title="The largest magnitude as the shift",
        explanation=(
            "You subtract the largest absolute value of the row. Where that is a positive logit it equals the maximum "
            "and all is well; where it belongs to a negative one, you push numbers down that were low already. Logits "
            "of -60 and -61 become exponents of -121 and -122, both exponentials are 0 in float32, and the row is "
            "nan. Thinking of overflow as a matter of size, whatever the sign, leads here. Only one of the two "
            "directions overflows."
        ),
        variants=(softmax_absolute_max,),
    ),
    Misconception(
        name="divides-by-max",
        title="The logits are divided by their maximum",
        explanation=(
            "You scale the row by its largest logit where a subtraction was needed. Nothing overflows, but the answer "
            "belongs to another question: logits of 10 and 0 should give 0.99995 and 0.00005, and you get 0.73 and "
            "0.27, just as for 1 and 0. Ratios of probabilities depend on differences of logits, so a shift leaves "
            "them alone and a scale does not. No nan would warn you; the model could simply never be sure of "
            "anything, and where all logits are negative the order is turned round."
        ),
        variants=(softmax_divides_by_max, softmax_divides_by_absolute_max),
    ),
    Misconception(
        name="reversed-difference",
        title="The difference has the wrong sign",
        explanation=(
            "You take the logit away from the maximum, and not the maximum from the logit. The exponents are then 0 "
            "or positive: the least likely class gets the most weight, and a wide row overflows as if nothing had "
            "been subtracted. For 1, 2, 3 you return 0.67, 0.24, 0.09, which is the right answer backwards. It sums "
            "to 1 and looks like a distribution, so only a test on known numbers or a loss that refuses to fall gives "
            "it away."
        ),
        variants=(softmax_reversed_difference,),
    ),
    Misconception(
        name="shift-numerator-only",
        title="Only the numerator is shifted",
        explanation=(
            "You shift the numerator and sum the raw exponentials below it. The factor that the shift takes out then "
            "no longer cancels: for 1, 2, 3 the weights add up to 0.05, and for large logits the sum below is inf and "
            "everything becomes 0. Protecting the line in which the error showed is a natural first repair. A shift "
            "is free only when the same constant goes through both halves of the fraction."
        ),
        variants=(softmax_shift_numerator_only,),
    ),
    Misconception(
        name="shift-denominator-only",
        title="Only the sum is shifted",
        explanation=(
            "You shift the exponentials in the sum and leave those above it raw. For 1, 2, 3 that returns 1.8, 4.9 "
            "and 13.4, numbers no probability can be, and for logits of 1000 it returns inf. The sum is where many "
            "terms meet, so it seems to be the place to protect; a single exponential overflows just as well. A loss "
            "computed from such weights can be negative and drop without limit, which a training curve shows as "
            "success."
        ),
        variants=(softmax_shift_denominator_only,),
    ),
    Misconception(
        name="clipped-logits",
        title="The logits are clipped before the exponential",
        explanation=(
            "You force the logits into a range that the exponential can bear. No inf appears, but every logit beyond "
            "the limit becomes the same number: clipped at 80, the logits 100 and 90 share the probability half and "
            "half, where the first should have 0.99995. Public guides recommend it, and on small logits it changes "
            "nothing. The gradient of a clipped logit is exactly 0, so the classes that the model gets most badly "
            "wrong are the ones that it stops learning from."
        ),
        variants=(
            softmax_clipped_10,
            softmax_clipped_20,
            softmax_clipped_50,
            softmax_clipped_80,
            softmax_clipped_88,
            softmax_clipped_above,
        ),
    ),
)
