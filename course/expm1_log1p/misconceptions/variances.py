"""Known mistakes in `running_variance(batches)`.

Every variant takes an iterable of 1-D tensors, needs nothing but `torch`, and is wrong on purpose.
"""

import torch

from course.kit.misconception import Misconception


def running_variance_textbook(batches):
    count, total, squares = 0, 0.0, 0.0
    for batch in batches:
        count += batch.numel()
        total = total + batch.sum()
        squares = squares + (batch * batch).sum()
    return squares / count - (total / count) ** 2


def running_variance_textbook_means(batches):
    count, mean, mean_square = 0, 0.0, 0.0
    for batch in batches:
        count += batch.numel()
        share = batch.numel() / count
        mean = mean + share * (batch.mean() - mean)
        mean_square = mean_square + share * ((batch * batch).mean() - mean_square)
    return mean_square - mean * mean


def running_variance_weighted_mean_of_variances(batches):
    count, squares = 0, 0.0
    for batch in batches:
        count += batch.numel()
        squares = squares + ((batch - batch.mean()) ** 2).sum()
    return squares / count


def running_variance_mean_of_variances(batches):
    count, total = 0, 0.0
    for batch in batches:
        count += 1
        total = total + ((batch - batch.mean()) ** 2).mean()
    return total / count


def running_variance_equal_weights(batches):
    mean, variance = 0.0, 0.0
    for count, batch in enumerate(batches, 1):
        middle = batch.mean()
        gap = middle - mean if count > 1 else 0 * middle
        mean = mean if count > 1 else middle
        share = 1 / count
        variance = (1 - share) * variance + share * ((batch - middle) ** 2).mean() + share * (1 - share) * gap**2
        mean = mean + share * gap
    return variance


def running_variance_sample(batches):
    count, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        n = batch.numel()
        middle = batch.mean()
        gap = middle - mean if count else 0 * middle
        mean = mean if count else middle
        squares = squares + ((batch - middle) ** 2).sum() + gap**2 * (count * n / (count + n))
        mean = mean + gap * (n / (count + n))
        count += n
    return squares / (count - 1)


def running_variance_last_batch(batches):
    result = None
    for batch in batches:
        result = ((batch - batch.mean()) ** 2).mean()
    return result


def running_variance_reads_twice(batches):
    count, total = 0, 0.0
    for batch in batches:
        count += batch.numel()
        total = total + batch.sum()
    mean, squares = total / count, 0.0 * total
    for batch in batches:
        squares = squares + ((batch - mean) ** 2).sum()
    return squares / count


def running_variance_keeps_all(batches):
    everything = torch.cat(list(batches))
    return ((everything - everything.mean()) ** 2).mean()


def running_variance_deviation(batches):
    count, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        n = batch.numel()
        middle = batch.mean()
        gap = middle - mean if count else 0 * middle
        mean = mean if count else middle
        squares = squares + ((batch - middle) ** 2).sum() + gap**2 * (count * n / (count + n))
        mean = mean + gap * (n / (count + n))
        count += n
    return torch.sqrt(squares / count)


def running_variance_old_mean(batches):
    count, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        for number in batch.unbind():
            count += 1
            before = number - mean
            mean = mean + before / count
            squares = squares + before * before
    return squares / count


def running_variance_new_mean(batches):
    count, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        for number in batch.unbind():
            count += 1
            mean = mean + (number - mean) / count
            squares = squares + (number - mean) ** 2
    return squares / count


def running_variance_whole_gap(batches):
    count, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        n = batch.numel()
        middle = batch.mean()
        gap = middle - mean if count else 0 * middle
        mean = mean if count else middle
        squares = squares + ((batch - middle) ** 2).sum() + (gap**2 * n if count else 0.0)
        mean = mean + gap * (n / (count + n))
        count += n
    return squares / count


def running_variance_first_gap(batches):
    count, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        n = batch.numel()
        middle = batch.mean()
        gap = middle - mean
        squares = squares + ((batch - middle) ** 2).sum() + gap**2 * (count * n / (count + n))
        mean = mean + gap * (n / (count + n))
        count += n
    return squares / count


def running_variance_first_gap_weights(batches):
    count, mean, variance = 0, 0.0, 0.0
    for batch in batches:
        n = batch.numel()
        share = n / (count + n)
        middle = batch.mean()
        gap = middle - mean
        variance = (1 - share) * variance + share * ((batch - middle) ** 2).mean() + share * (1 - share) * gap**2
        mean = mean + share * gap
        count += n
    return variance


def running_variance_from_zero(batches):
    count, mean, squares = 0, 0.0, 0.0
    for batch in batches:
        old = mean
        count += batch.numel()
        mean = mean + (batch - mean).sum() / count
        squares = squares + ((batch - old) * (batch - mean)).sum()
    return squares / count


RUNNING_VARIANCE = (
    Misconception(
        name="mean-of-squares",
        title="The mean of the squares minus the square of the mean",
        explanation=(
            "You take the difference of two large numbers. Around 1000 each of them is a million, where float32 "
            "numbers are 0.06 apart, and the variance is what is left after two such roundings: wrong in its first "
            "digits, or negative. On paper the two formulas are one, and this one needs a single pass. A layer norm "
            "then takes the root of a negative number, and the run ends in nan."
        ),
        variants=(running_variance_textbook, running_variance_textbook_means),
    ),
    Misconception(
        name="spread-between-batches-lost",
        title="The mean of the batches' variances",
        explanation=(
            "You average what each batch varies around its *own* mean. What the batches' means vary is lost: batches "
            "of one number each have no variance at all, and you return 0. For batches drawn at random the loss is "
            "small, so it goes unnoticed until the data are sorted or drift. What one batch adds is its own spread "
            "and its distance from those before."
        ),
        variants=(running_variance_weighted_mean_of_variances, running_variance_mean_of_variances),
    ),
    Misconception(
        name="batches-weigh-the-same",
        title="Each batch counts the same",
        explanation=(
            "You merge the batches as if they were of one length. With equal lengths that is right. The last batch of "
            "an epoch is nearly always shorter, and here its numbers count for more than the others. Weigh by the "
            "number of elements."
        ),
        variants=(running_variance_equal_weights,),
    ),
    Misconception(
        name="sample-variance",
        title="Division by one less than the count",
        explanation=(
            "You divide by n - 1. That is the estimate for a population from which the numbers were drawn, and the "
            "default of `torch.var`. The variance *of* the numbers divides by n, and so does a normalisation layer in "
            "training. Yours is larger by 1/(n - 1) of it: by a third for four numbers, and by nothing anyone notices "
            "for a million."
        ),
        variants=(running_variance_sample,),
    ),
    Misconception(
        name="last-batch-only",
        title="Only the last batch counts",
        explanation=(
            "You return the variance of the batch that came last: inside the loop every batch overwrites what was "
            "found before. With a single batch it passes. Look for what has to be carried from one batch to the next: "
            "three numbers are enough."
        ),
        variants=(running_variance_last_batch,),
    ),
    Misconception(
        name="reads-twice",
        title="A second pass over the stream",
        explanation=(
            "You loop over the batches twice, once for the mean and once for the squares. Two passes are the most "
            "accurate way there is. But a generator is empty after the first, so your second loop does nothing and the "
            "result is 0. What is known after one batch has to be enough to go on with the next."
        ),
        variants=(running_variance_reads_twice,),
    ),
    Misconception(
        name="keeps-the-stream",
        title="All batches are kept",
        explanation=(
            "You collect the batches before you compute. A stream may be longer than memory: activations of a whole "
            "epoch, a log of a month. The check hands over batches one by one and looks whether the earlier ones are "
            "still there. A count, a mean and a sum of squares are all that has to stay."
        ),
        variants=(running_variance_keeps_all,),
    ),
    Misconception(
        name="standard-deviation",
        title="The standard deviation",
        explanation=(
            "You take the root at the end. The variance is asked for, the mean square distance from the mean; its root "
            "is the standard deviation. At a variance of 1 the two are the same."
        ),
        variants=(running_variance_deviation,),
    ),
    Misconception(
        name="one-mean-for-both-factors",
        title="Twice the old mean, or twice the new one",
        explanation=(
            "You square the distance from the mean before the number came in, or from the mean after it. The first is "
            "too large and the second too small. Welford's sum takes one of each, (x - old mean) · (x - new mean), and "
            "that is exact. The slip changes little once the mean has settled, so a long test does not find it."
        ),
        variants=(running_variance_old_mean, running_variance_new_mean),
    ),
    Misconception(
        name="whole-gap-counted",
        title="The gap between the means counts in full",
        explanation=(
            "When a batch comes in you add n times the squared gap between its mean and the mean so far. But the mean "
            "moves towards the batch, so neither side is that far from it: the gap counts n · m / (n + m) times, m "
            "being the number of elements so far. Yours is too large from the second batch on. For two single "
            "numbers 0 and 2 you return 2, and 1 is right."
        ),
        variants=(running_variance_whole_gap,),
    ),
    Misconception(
        name="first-batch-from-zero",
        title="The first batch is measured from 0",
        explanation=(
            "You carry Welford's step over to whole batches: (x - old mean) · (x - new mean), summed. On paper that is "
            "exact. But the first old mean is 0, so the first sum is made of numbers as large as the batch itself, "
            "which cancel: around 1000 they leave you three digits fewer. One number at a time the second factor is "
            "0 and nothing is lost; for a batch, start from the mean of its own numbers."
        ),
        variants=(running_variance_from_zero,),
    ),
    Misconception(
        name="first-gap-squared",
        title="The gap between the first mean and 0 is squared",
        explanation=(
            "Your merging is right, and it starts with a mean of 0 that nobody measured. The gap between that and the "
            "first batch's mean counts 0 times, but it is squared first: around 500 the square is 250 000, inf in "
            "float16, and 0 · inf is nan. float32 shows the same from 1.8e19 on. Let the first batch bring the first "
            "mean."
        ),
        variants=(running_variance_first_gap, running_variance_first_gap_weights),
    ),
)
