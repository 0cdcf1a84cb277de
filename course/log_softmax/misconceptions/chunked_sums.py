"""Known mistakes in `chunked_cross_entropy(hidden, weight, targets, chunk=1024)`: parts put together wrongly.

Every variant needs nothing but `torch`, and is wrong on purpose. `_losses` is the part that is right in most of them.
"""

import torch

from course.kit.misconception import Misconception


def _losses(part, weight, answers):
    """The loss of each row of a part."""
    z = part @ weight.T
    z = z - z.amax(-1, keepdim=True)
    return torch.log(torch.exp(z).sum(-1)) - z.gather(1, answers[:, None])[:, 0]


def chunked_mean_of_means(hidden, weight, targets, chunk=1024):
    means = [
        _losses(part, weight, answers).mean()
        for part, answers in zip(hidden.split(chunk), targets.split(chunk), strict=True)
    ]
    return torch.stack(means).mean()


def chunked_sum_of_means(hidden, weight, targets, chunk=1024):
    return sum(
        _losses(part, weight, answers).mean()
        for part, answers in zip(hidden.split(chunk), targets.split(chunk), strict=True)
    )


def chunked_sum(hidden, weight, targets, chunk=1024):
    return sum(
        _losses(part, weight, answers).sum()
        for part, answers in zip(hidden.split(chunk), targets.split(chunk), strict=True)
    )


def chunked_divides_by_full_chunks(hidden, weight, targets, chunk=1024):
    parts = list(zip(hidden.split(chunk), targets.split(chunk), strict=True))
    return sum(_losses(part, weight, answers).sum() for part, answers in parts) / (chunk * len(parts))


def chunked_drops_rest(hidden, weight, targets, chunk=1024):
    total = hidden.new_zeros(()) + 0 * (hidden.sum() + weight.sum())
    for start in range(0, len(hidden) - chunk + 1, chunk):
        total = total + _losses(hidden[start : start + chunk], weight, targets[start : start + chunk]).sum()
    return total / len(hidden)


def chunked_drops_rest_from_count(hidden, weight, targets, chunk=1024):
    n = max(len(hidden) // chunk * chunk, 1)
    total = hidden.new_zeros(()) + 0 * (hidden.sum() + weight.sum())
    for start in range(0, len(hidden) - chunk + 1, chunk):
        total = total + _losses(hidden[start : start + chunk], weight, targets[start : start + chunk]).sum()
    return total / n


def chunked_same_targets(hidden, weight, targets, chunk=1024):
    total = hidden.new_zeros(())
    for part in hidden.split(chunk):
        total = total + _losses(part, weight, targets[: len(part)]).sum()
    return total / len(hidden)


def chunked_returns_last(hidden, weight, targets, chunk=1024):
    loss = None
    for part, answers in zip(hidden.split(chunk), targets.split(chunk), strict=True):
        loss = _losses(part, weight, answers).mean()
    return loss


def chunked_returns_first(hidden, weight, targets, chunk=1024):
    return _losses(hidden[:chunk], weight, targets[:chunk]).mean()


def chunked_composed(hidden, weight, targets, chunk=1024):
    total = hidden.new_zeros(())
    for part, answers in zip(hidden.split(chunk), targets.split(chunk), strict=True):
        z = part @ weight.T
        e = torch.exp(z - z.amax(-1, keepdim=True))
        total = total - torch.log((e / e.sum(-1, keepdim=True)).gather(1, answers[:, None])).sum()
    return total / len(hidden)


def chunked_unshifted(hidden, weight, targets, chunk=1024):
    total = hidden.new_zeros(())
    for part, answers in zip(hidden.split(chunk), targets.split(chunk), strict=True):
        z = part @ weight.T
        total = total + (torch.log(torch.exp(z).sum(-1)) - z.gather(1, answers[:, None])[:, 0]).sum()
    return total / len(hidden)


def chunked_global_shift(hidden, weight, targets, chunk=1024):
    total = hidden.new_zeros(())
    for part, answers in zip(hidden.split(chunk), targets.split(chunk), strict=True):
        z = part @ weight.T
        z = z - z.max()
        total = total + (torch.log(torch.exp(z).sum(-1)) - z.gather(1, answers[:, None])[:, 0]).sum()
    return total / len(hidden)


def chunked_adds_log_sum_exps(hidden, weight, targets, chunk=1024):
    total = -(hidden * weight[targets]).sum(-1)
    for rows in weight.split(chunk):
        z = hidden @ rows.T
        m = z.amax(-1, keepdim=True)
        total = total + m[:, 0] + torch.log(torch.exp(z - m).sum(-1))
    return total.mean()


def chunked_normalised_within(hidden, weight, targets, chunk=1024):
    at_target = (hidden * weight[targets]).sum(-1)
    total = torch.zeros_like(at_target)
    for start in range(0, len(weight), chunk):
        z = hidden @ weight[start : start + chunk].T
        m = z.amax(-1, keepdim=True)
        inside = (targets >= start) & (targets < start + chunk)
        total = torch.where(inside, m[:, 0] + torch.log(torch.exp(z - m).sum(-1)) - at_target, total)
    return total.mean()


def chunked_weight_detached(hidden, weight, targets, chunk=1024):
    total = 0 * weight.sum()
    for part, answers in zip(hidden.split(chunk), targets.split(chunk), strict=True):
        total = total + _losses(part, weight.detach(), answers).sum()
    return total / len(hidden)


def chunked_hidden_detached(hidden, weight, targets, chunk=1024):
    total = 0 * hidden.sum()
    for part, answers in zip(hidden.detach().split(chunk), targets.split(chunk), strict=True):
        total = total + _losses(part, weight, answers).sum()
    return total / len(hidden)


def chunked_keeps_last_gradient(hidden, weight, targets, chunk=1024):
    total = hidden.new_zeros(())
    for part, answers in zip(hidden.split(chunk), targets.split(chunk), strict=True):
        total = total.detach() + _losses(part, weight, answers).sum()
    return total / len(hidden)


CHUNKED_SUMS = (
    Misconception(
        name="mean-of-means",
        title="The mean of the chunks' means",
        explanation=(
            "You average the chunks' means as if all chunks had the same number of rows. The last one usually has "
            "fewer, and each of its rows then counts for more. Where the chunks come out even it is right, and the "
            "error is small where they do not, so nobody sees it. The same slip is made with the micro-batches of "
            "gradient accumulation. Add up sums, and divide once."
        ),
        variants=(chunked_mean_of_means,),
    ),
    Misconception(
        name="not-divided",
        title="The parts are added up and not divided by the number of rows",
        explanation=(
            "You add sums or means and do not divide by the number of rows. With one chunk a sum of means is right, "
            "and so is a short test. The loss, and with it the gradient, then grows with the number of rows or of "
            "chunks. A change of `chunk`, which should change nothing but memory, changes the learning rate."
        ),
        variants=(chunked_sum_of_means, chunked_sum),
    ),
    Misconception(
        name="counts-missing-rows",
        title="The last chunk is counted as full",
        explanation=(
            "You divide by the number of chunks times their length, rows that are not there included. With five rows, "
            "two at a time, you divide by six. The loss is too small by that factor, and right where the chunks come "
            "out even. Divide by `len(hidden)`."
        ),
        variants=(chunked_divides_by_full_chunks,),
    ),
    Misconception(
        name="drops-rest",
        title="Rows that do not fill a chunk are left out",
        explanation=(
            "Your loop ends before the last, shorter chunk. Its rows are never trained on, and which rows these are "
            "depends on how the batch was shuffled. A batch smaller than one chunk has no loss at all. A slice beyond "
            "the end is no error in Python: it is as long as there are rows."
        ),
        variants=(chunked_drops_rest, chunked_drops_rest_from_count),
    ),
    Misconception(
        name="same-targets",
        title="Every chunk gets the first chunk's targets",
        explanation=(
            "You slice the hidden vectors and not the targets, or always take the first targets. Only the first chunk "
            "is trained on its own labels. With a single chunk everything is right. Both have to move on together."
        ),
        variants=(chunked_same_targets,),
    ),
    Misconception(
        name="one-chunk-only",
        title="The loss of one chunk",
        explanation=(
            "You return the loss of the first or of the last chunk and forget the others. Inside a loop, `loss = …` "
            "where `loss += …` was meant is enough. With one chunk it is right. The loss is plausible, noisier than it "
            "should be, and most rows get no gradient."
        ),
        variants=(chunked_returns_last, chunked_returns_first),
    ),
    Misconception(
        name="log-of-softmax",
        title="The logarithm of a finished softmax, chunk by chunk",
        explanation=(
            "Your chunks are right and the loss inside them is softmax, then log. Cutting the work into parts saves "
            "memory and no range: a probability that underflows does so in a small chunk too. `log_softmax` is allowed "
            "on chunks."
        ),
        variants=(chunked_composed,),
    ),
    Misconception(
        name="wrong-shift",
        title="Exponentials without each row's own shift",
        explanation=(
            "You exponentiate raw logits, or shift all rows of a chunk by one maximum. Logits in the hundreds "
            "overflow, or a row far below the others underflows to a sum of 0. Logits come out of a matrix product "
            "here, and nobody looks at their size. `log_softmax` or `logsumexp` on each chunk does it right."
        ),
        variants=(chunked_unshifted, chunked_global_shift),
    ),
    Misconception(
        name="adds-log-sum-exps",
        title="Log-sum-exps of parts of the vocabulary are added",
        explanation=(
            "You cut the *classes* into chunks, which is a good idea, and add the chunks' log-sum-exps. Sums of "
            "exponentials may be added, their logarithms may not: two parts combine to log(exp a + exp b), which is "
            "another log-sum-exp. With all classes in one chunk it is right. Or cut the rows: they are independent."
        ),
        variants=(chunked_adds_log_sum_exps,),
    ),
    Misconception(
        name="normalised-within-chunk",
        title="Each chunk of the vocabulary is normalised by itself",
        explanation=(
            "You cut the classes into chunks and normalise within the chunk that holds the target. A class then "
            "competes with its neighbours in the vocabulary only, and the loss is too small. With all classes in one "
            "chunk it is right. The normaliser has to run over every class, or cut the rows: they are independent."
        ),
        variants=(chunked_normalised_within,),
    ),
    Misconception(
        name="one-side-detached",
        title="The way back is closed for one of the two",
        explanation=(
            "Your values are right, and only one of `hidden` and `weight` gets a gradient. Detaching saves memory and "
            "is right in an evaluation. In training, either the output layer never changes, or everything below it. "
            "The loss falls all the same, because the other half learns."
        ),
        variants=(chunked_weight_detached, chunked_hidden_detached),
    ),
    Misconception(
        name="last-chunk-gradient",
        title="Only the last chunk has a gradient",
        explanation=(
            "You detach the running total, so the loss is right and the gradient belongs to the last chunk alone. "
            "`.item()` in the loop does the same. It keeps the graph small, which is what one wants from chunks. All "
            "other rows are then never learned from, and no number in the forward pass shows it."
        ),
        variants=(chunked_keeps_last_gradient,),
    ),
)
