"""Known mistakes in `sigmoid_odds(log_odds)`.

Every variant takes one tensor, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def sigmoid_odds_naive(log_odds):
    return 1 / (1 + torch.exp(-log_odds))


def sigmoid_odds_naive_double(log_odds):
    return (1 / (1 + torch.exp(-log_odds.double()))).to(log_odds.dtype)


def sigmoid_odds_naive_odds(log_odds):
    odds = torch.exp(log_odds)
    return odds / (1 + odds)


def sigmoid_odds_both_branches(log_odds):
    e = torch.exp(log_odds)
    return torch.where(log_odds >= 0, 1 / (1 + torch.exp(-log_odds)), e / (1 + e))


def sigmoid_odds_both_branches_masked(log_odds):
    e = torch.exp(log_odds)
    return (1 / (1 + torch.exp(-log_odds))).masked_fill(log_odds < 0, 0) + (e / (1 + e)).masked_fill(log_odds >= 0, 0)


def sigmoid_odds_painted(log_odds):
    odds = torch.exp(log_odds)
    return torch.nan_to_num(odds / (1 + odds), nan=1.0)


def sigmoid_odds_kink(log_odds):
    e = torch.exp(-log_odds.abs())
    return torch.where(log_odds >= 0, torch.ones_like(e), e) / (1 + e)


def sigmoid_odds_kink_reflected(log_odds):
    p = 1 / (1 + torch.exp(-log_odds.abs()))
    return torch.where(log_odds >= 0, p, 1 - p)


def sigmoid_odds_kink_strict(log_odds):
    e = torch.exp(-log_odds.abs())
    return torch.where(log_odds > 0, 1 / (1 + e), e / (1 + e))


def sigmoid_odds_both_clamps(log_odds):
    e = torch.exp(log_odds.clamp(max=0))
    return e / (e + torch.exp((-log_odds).clamp(max=0)))


def sigmoid_odds_wrong_sign(log_odds):
    return 1 / (1 + torch.exp(log_odds))


def sigmoid_odds_wrong_sign_stable(log_odds):
    e = torch.exp(-log_odds.abs())
    return torch.where(log_odds < 0, torch.ones_like(e), e) / (1 + e)


def sigmoid_odds_only_odds(log_odds):
    return torch.exp(log_odds)


def sigmoid_odds_forgot_exp(log_odds):
    return log_odds / (1 + log_odds)


def sigmoid_odds_clamped_10(log_odds):
    return 1 / (1 + torch.exp(-log_odds.clamp(-10, 10)))


def sigmoid_odds_clamped_20(log_odds):
    return 1 / (1 + torch.exp(-log_odds.clamp(-20, 20)))


def sigmoid_odds_clamped_30(log_odds):
    return 1 / (1 + torch.exp(-log_odds.clamp(-30, 30)))


def sigmoid_odds_clamped_50(log_odds):
    return 1 / (1 + torch.exp(-log_odds.clamp(-50, 50)))


def sigmoid_odds_clamped_80(log_odds):
    return 1 / (1 + torch.exp(-log_odds.clamp(-80, 80)))


def sigmoid_odds_clamped_88(log_odds):
    return 1 / (1 + torch.exp(-log_odds.clamp(-88, 88)))


def sigmoid_odds_clipped_1e6(log_odds):
    return (1 / (1 + torch.exp(-log_odds))).clamp(1e-6, 1 - 1e-6)


def sigmoid_odds_clipped_1e7(log_odds):
    return (1 / (1 + torch.exp(-log_odds))).clamp(1e-7, 1 - 1e-7)


def sigmoid_odds_clipped_1e8(log_odds):
    return (1 / (1 + torch.exp(-log_odds))).clamp(1e-8, 1 - 1e-8)


def sigmoid_odds_whole_tangent(log_odds):
    return (1 + torch.tanh(log_odds)) / 2


def sigmoid_odds_base_ten(log_odds):
    positive = torch.where(log_odds >= 0, log_odds, torch.zeros_like(log_odds))
    negative = torch.where(log_odds < 0, log_odds, torch.zeros_like(log_odds))
    e = 10**negative
    return torch.where(log_odds >= 0, 1 / (1 + 10 ** (-positive)), e / (1 + e))


SIGMOID_ODDS = (
    Misconception(
        name="naive-gradient",
        title="A right value with a nan gradient",
        explanation=(
            "You compute 1 / (1 + exp(-x)). At -1000 the exponential is inf and one over it 0, which is right. On the "
            "way back the slope of 1/u at u = inf is 0, the slope of the exponential is inf, and 0 · inf is nan. A "
            "test that looks at values only will never see it. One confidently wrong example, and the weights are nan "
            "after the next step."
        ),
        variants=(sigmoid_odds_naive, sigmoid_odds_naive_double),
    ),
    Misconception(
        name="naive-odds",
        title="inf over inf for large log-odds",
        explanation=(
            "You compute the odds exp(x) and divide by one more. At 1000 the odds are inf, and inf/inf is nan, where "
            "the probability is as good as 1. The formula is what odds are for: three to one is three quarters. It is "
            "right as long as the odds are a number; for large log-odds it helps to divide both by them."
        ),
        variants=(sigmoid_odds_naive_odds,),
    ),
    Misconception(
        name="both-branches",
        title="`where` computes both branches, and backpropagation visits both",
        explanation=(
            "You choose the right formula for each sign, and the values are right. But `where` needs both tensors "
            "first, so each formula also gets the numbers that it cannot bear. On the way back the branch that was "
            "not chosen is multiplied by 0, and 0 · nan is nan. What has to be chosen is the *input* of the "
            "exponential, so that no branch ever meets a number it cannot bear."
        ),
        variants=(sigmoid_odds_both_branches, sigmoid_odds_both_branches_masked),
    ),
    Misconception(
        name="nan-to-num",
        title="The nan is painted over afterwards",
        explanation=(
            "You let the formula fail and replace the nan by the value that should be there. The value is then right. "
            "The backward pass still runs through the operations that failed, and its gradient is nan or, beyond the "
            "limit, always 0. The output is clean, which is what one asked for, and the weights go nan one step later."
        ),
        variants=(sigmoid_odds_painted,),
    ),
    Misconception(
        name="kink-at-zero",
        title="The gradient is wrong at exactly 0",
        explanation=(
            "You work with -|x|, so nothing overflows, and the values are right everywhere. But |x| has a kink at 0, "
            "where autograd takes its slope to be 0: your probability does not move there, although its slope should "
            "be 0.25. (The check multiplies each slope by a weight, some of them negative: the number that it expects "
            "is 0.25 times that.) Random tests never hit exactly 0. A network whose last layer starts at zero, as many "
            "do, hits nothing else in its first step."
        ),
        variants=(sigmoid_odds_kink, sigmoid_odds_kink_reflected, sigmoid_odds_kink_strict),
    ),
    Misconception(
        name="slope-counted-twice",
        title="At exactly 0 both sides count",
        explanation=(
            "You clamp x for one exponential and -x for the other, so nothing overflows, and the values are right "
            "everywhere. At exactly 0 both clamps stand at their limit and let the gradient through: the slope comes "
            "out as 0.5, twice what it is. (`torch.minimum` shares a tie evenly between its two arguments; a clamp "
            "does not share.) Random tests never hit exactly 0, and a layer that starts at zero hits nothing else."
        ),
        variants=(sigmoid_odds_both_clamps,),
    ),
    Misconception(
        name="wrong-sign",
        title="The probability of the opposite",
        explanation=(
            "You return 1 / (1 + exp(x)), the probability that the event does *not* happen. Large log-odds then give "
            "a small probability. At 0 the two are both one half, and they always sum to 1, so a plot looks familiar. "
            "A classifier trained through it learns to say the opposite of what it means."
        ),
        variants=(sigmoid_odds_wrong_sign, sigmoid_odds_wrong_sign_stable),
    ),
    Misconception(
        name="odds-not-probability",
        title="Odds instead of a probability",
        explanation=(
            "You return exp(x), which are the odds: how many times as likely the event is as its opposite. Odds of 3 "
            "are a probability of 3/4. For rare events the two are nearly equal. A probability above 1 then makes a "
            "loss with log(1 - p) nan."
        ),
        variants=(sigmoid_odds_only_odds,),
    ),
    Misconception(
        name="forgotten-exponential",
        title="Log-odds are used as if they were odds",
        explanation=(
            "You divide x by 1 + x. That is how *odds* become a probability; what you are given is their logarithm, "
            "which may be negative. At -1 you divide by 0. The two words differ by one syllable, and so do the "
            "variables in most programs."
        ),
        variants=(sigmoid_odds_forgot_exp,),
    ),
    Misconception(
        name="clamped",
        title="The log-odds are clamped first",
        explanation=(
            "You force the log-odds into a range that the exponential can bear. Beyond it the probability stops short "
            "of 0 and 1, and the gradient is 0 from there on: the examples that are most wrong no longer teach "
            "anything. One limit cannot suit all dtypes either: what protects float32 is far too wide for float16, "
            "where exp overflows for an argument of 12."
        ),
        variants=(
            sigmoid_odds_clamped_10,
            sigmoid_odds_clamped_20,
            sigmoid_odds_clamped_30,
            sigmoid_odds_clamped_50,
            sigmoid_odds_clamped_80,
            sigmoid_odds_clamped_88,
        ),
    ),
    Misconception(
        name="clipped-probability",
        title="The probability is kept away from 0 and 1",
        explanation=(
            "You clip the result. That protects a logarithm which comes later, and makes this function wrong: certain "
            "events are reported as a little uncertain. In float16 the limits are rounded, the upper one to 1, so "
            "there it protects nothing. And the gradient behind the clip is 0 or nan, whatever the loss says."
        ),
        variants=(sigmoid_odds_clipped_1e6, sigmoid_odds_clipped_1e7, sigmoid_odds_clipped_1e8),
    ),
    Misconception(
        name="double-slope",
        title="A hyperbolic tangent of the whole argument",
        explanation=(
            "You use (1 + tanh(x)) / 2, which is the sigmoid of 2x. The hyperbolic tangent is indeed a sigmoid in "
            "other clothes, but of half the argument. The curve has the right ends and the right middle and is twice "
            "as steep. (With x/2 it would be right, and still a library call that contains the answer.)"
        ),
        variants=(sigmoid_odds_whole_tangent,),
    ),
    Misconception(
        name="base-ten",
        title="Powers of ten instead of powers of e",
        explanation=(
            "You turn log-odds into odds with powers of 10. Log-odds are natural logarithms here, as in every "
            "library. At 0 the two agree, and the curve keeps its shape with a slope that is 2.3 times as steep. "
            "Scores in decibels are the exception, and a common source of this."
        ),
        variants=(sigmoid_odds_base_ten,),
    ),
)
