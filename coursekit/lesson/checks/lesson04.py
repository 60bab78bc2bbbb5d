"""Checks of lesson 04: the VGG skip network."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .answers import NotYet, agree, array, number, parts
from .exercise import exercise


def sides(side: int) -> tuple[int, int, int, int]:
    """Give the sides of pool3, pool4, relu5_4, and of ab before it is enlarged."""
    return side // 8, side // 16, side // 16, side // 4


@exercise(
    "04.1",
    solution=sides,
    hint=(
        "Each pooling halves. relu5_4 comes before a fifth one. Then follow the three transposed "
        "convolutions: the first keeps the size, the other two double it."
    ),
)
def _shapes(answer: Callable, rng: np.random.Generator) -> str:
    """Follow a photo of random size through VGG and the three transposed convolutions."""
    side = 16 * int(rng.integers(10, 60))
    found = array(answer(side), (4,), "sides(side)")
    s = float(side)
    agree(
        found,
        np.array([s / 8, s / 16, s / 16, s / 4]),
        {
            "a fifth pooling": (
                [s / 8, s / 16, s / 32, s / 4],
                "relu5_4 stands *before* VGG's last pooling, so it is as large as pool4.",
            ),
            "one halving too few": (
                [s / 4, s / 8, s / 8, s / 2],
                "pool3 comes after three poolings: 2 · 2 · 2.",
            ),
            "ab already enlarged": (
                [s / 8, s / 16, s / 16, s],
                "ab leaves the last transposed convolution smaller than the photo; the "
                "enlargement comes after that.",
            ),
            "every transposed convolution doubles": (
                [s / 8, s / 16, s / 16, s / 2],
                "The first transposed convolution keeps pool4's size: otherwise it could not be "
                "summed with pool4.",
            ),
            "no transposed convolution doubles": (
                [s / 8, s / 16, s / 16, s / 16],
                "The second and the third transposed convolution double the sides.",
            ),
            "one halving too many": (
                [s / 16, s / 32, s / 32, s / 8],
                "pool3 comes after three poolings, 2 · 2 · 2, and nothing was halved before.",
            ),
            "areas, not sides": (
                [(s / 8) ** 2, (s / 16) ** 2, (s / 16) ** 2, (s / 4) ** 2],
                "You counted places; the sides are asked for.",
            ),
            "factors, not sides": (
                [8, 16, 16, 4],
                "This is by how much the sides shrink; divide the photo's side by it.",
            ),
            "only one doubles": (
                [s / 8, s / 16, s / 16, s / 8],
                "Of the three transposed convolutions *two* double the sides.",
            ),
            "in reverse": (
                [s / 4, s / 16, s / 16, s / 8],
                "The sides are right in another order: pool3 first, ab last.",
            ),
            "channels, not sides": (
                [256, 512, 512, 2],
                "These are the channels; the sides are asked for.",
            ),
        },
        f"For side {side} you say {found}; follow the poolings up to each layer.",
    )
    return "A quarter of the photo's sides is enough for colour, because L brings the edges."


def halved(start: float, epoch: int, every: int) -> float:
    """Give the learning rate of an epoch, halved every so many epochs."""
    return start * 0.5 ** (epoch // every)


@exercise(
    "04.2",
    solution=halved,
    hint=(
        "How many halvings lie before this epoch? Whole ones only: `epoch // every`. Each "
        "multiplies by ½."
    ),
)
def _schedule(answer: Callable, rng: np.random.Generator) -> str:
    """Ask for the rates of four halvings."""
    start, every = float(rng.uniform(1e-4, 1e-2)), int(rng.integers(3, 6))
    epochs = np.arange(4 * every)
    what = "halved(start, epoch, every)"
    found = np.array([number(answer(start, int(epoch), every), what) for epoch in epochs])
    agree(
        found / start,
        0.5 ** (epochs // every),
        {
            "falls in every epoch": (
                0.5 ** (epochs / every),
                "Your rate falls a little in every epoch; between two halvings it should stay.",
            ),
            "halved in every epoch": (
                0.5**epochs,
                f"Your rate is halved in every epoch, not every {every}.",
            ),
            "one epoch early": (
                0.5 ** ((epochs + 1) // every),
                "Epochs are counted from 0: the first halving comes before epoch `every`.",
            ),
            "halved at the start": (
                0.5 ** (epochs // every + 1),
                "The first epochs should run at `start` itself.",
            ),
            "divided, not halved": (
                1 / (epochs // every + 1),
                "After two halvings a quarter is left, not a third.",
            ),
            "never halved": (np.ones(len(epochs)), "Your rate stays at `start` for ever."),
            "one epoch late": (
                0.5 ** (np.maximum(epochs - 1, 0) // every),
                "Epochs are counted from 0: epoch `every` is the first one at half the rate.",
            ),
            "doubled, not halved": (
                2.0 ** (epochs // every),
                "Your rate grows: multiply by ½ each time, not by 2.",
            ),
            "halved once only": (
                np.where(epochs < every, 1, 0.5),
                f"Your rate is halved once; it should be halved again after every {every} epochs.",
            ),
            "a tenth, not a half": (
                0.1 ** (epochs // every),
                "A tenth is another usual schedule; here it is a half.",
            ),
            "in one epoch only": (
                np.where((epochs > 0) & (epochs % every == 0), 0.5, 1),
                f"Your rate is halved in epoch {every} and back at `start` in the next one: count "
                "how many halvings lie before the epoch.",
            ),
            "rounded, not cut": (
                0.5 ** np.rint(epochs / every),
                f"Your rate is halved half-way to epoch {every} already: only whole steps count.",
            ),
            "the factor alone": (
                0.5 ** (epochs // every) / start,
                "This is the factor; multiply `start` by it.",
            ),
            "a straight line": (
                1 - 0.5 * (epochs // every),
                "Two halvings leave a quarter; you took away a half each time, so nothing is left.",
            ),
        },
        "Compare with 1, …, 1, ½, …, ½, ¼, …: each value stands for `every` epochs.",
    )
    return (
        "Keras has it as ExponentialDecay(…, staircase=True), which counts steps instead of epochs."
    )


def start_dense(kernel: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give kernel and bias with which each output has mean 0 and standard deviation 1 on ``x``."""
    before = x @ kernel
    mean, std = before.mean(axis=0), before.std(axis=0)
    return kernel / std, -mean / std


@exercise(
    "04.3",
    solution=start_dense,
    hint=(
        "Compute `before = x @ kernel` and its mean and standard deviation over the N inputs, one "
        "for each output. (before − mean) / std is what you want; which part of that is a kernel, "
        "which a bias?"
    ),
)
def _on_data(answer: Callable, rng: np.random.Generator) -> str:
    """Start a layer whose outputs vary very differently: first its kernel, then its bias."""
    # Inputs that are not around 0, as after a ReLU: else the bias would be nothing.
    x = rng.normal(rng.uniform(1, 3), rng.uniform(0.5, 2), (60, 7))
    kernel = rng.normal(0, 0.1, (7, 5)) * np.array([1, 2, 5, 0.5, 10])
    new, bias = parts(answer(kernel.copy(), x.copy()), 2, "start_dense")
    new, bias = array(new, kernel.shape, "the kernel"), array(bias, (5,), "the bias")
    before = x @ kernel
    mean, std = before.mean(axis=0), before.std(axis=0)
    after = x @ new + bias
    kernels = {
        "one number for all outputs": (
            kernel / before.std(),
            "Each output has a standard deviation of its own: `axis=0`.",
        ),
        "multiplied by the deviation": (
            kernel * std,
            "Outputs that vary too much must become *smaller*: divide.",
        ),
        "divided by the variance": (
            kernel / std**2,
            "You divided by the variance; scaling by 1 / s changes a standard deviation from s to "
            "1.",
        ),
        "the kernel's own deviation": (
            kernel / kernel.std(axis=0),
            "This makes the *kernel* vary by 1; what it does depends on x as well, so measure the "
            "outputs.",
        ),
        "nothing scaled": (kernel, "The kernel is the one you were given."),
        "divided by n − 1": (
            kernel / before.std(axis=0, ddof=1),
            "Over these inputs the deviation should be 1 exactly: they are all there are, so "
            "divide by n, not n − 1.",
        ),
        "the inputs' own deviation": (
            kernel / x.std(axis=0)[:, None],
            "This makes the *inputs* vary by 1; their sum with these weights is what counts, so "
            "measure the outputs.",
        ),
        "the kernel's own length": (
            kernel / np.linalg.norm(kernel, axis=0),
            "This makes each column of the kernel as long as 1; what it does depends on x as "
            "well, so measure the outputs.",
        ),
        "the root of the deviation": (
            kernel / np.sqrt(std),
            "You divided by the root of the deviation; `std` is the root of the variance already.",
        ),
        "divided by the range": (
            kernel / np.ptp(before, axis=0),
            "You divided by the range of each output; divide by its standard deviation.",
        ),
        "the mean counts as spread": (
            kernel / np.sqrt((before**2).mean(axis=0)),
            "You divided by the root of the mean square, which is large for outputs that are far "
            "from 0 and hardly vary: subtract the mean first, as `std` does.",
        ),
        "the mean taken from the kernel": (
            (kernel - mean) / std,
            "You subtracted the outputs' mean from the kernel. What is subtracted from outputs is "
            "the bias's part.",
        ),
        "divided by the largest": (
            kernel / np.abs(before).max(axis=0),
            "You divided by each output's largest value; divide by its standard deviation.",
        ),
    }
    agree(
        new,
        kernel / std,
        kernels,
        f"Your outputs have standard deviations {after.std(axis=0).round(2)}.",
    )
    if not np.allclose(after.mean(axis=0), 0, atol=1e-6):
        names = {
            "bias not scaled": -mean,
            "the mean added": mean / std,
            "bias left at zero": 0 * mean,
            "one bias for all outputs": np.full(5, (-mean / std).mean()),
            "bias divided twice": -mean / std**2,
            "the median for the mean": -np.median(before, axis=0) / std,
        }
        for name, wrong in names.items():
            if np.allclose(bias, wrong, atol=1e-9):
                raise NotYet(
                    name,
                    f"The spread is right; the outputs have means {after.mean(axis=0).round(2)}. "
                    "The bias is added *after* the new kernel: what mean has x @ new kernel?",
                )
        raise NotYet(
            "means not zero",
            f"The spread is right; the outputs have means {after.mean(axis=0).round(2)}.",
        )
    return "A convolution is started on data in the same way: its places count as more inputs."


def loss_at(losses: Sequence[float], seconds: float, before: float, budget: float) -> float:
    """Give the loss of the last epoch that ends within the budget; infinity if there is none."""
    finished = min(len(losses), int((budget - before) // seconds))
    return losses[finished - 1] if finished > 0 else float("inf")


@exercise(
    "04.4",
    solution=loss_at,
    hint=(
        "Epoch number k, counted from 1, ends at `before + k * seconds`. How many of those ends "
        "lie within the budget, and no more than there are losses?"
    ),
)
def _budget_kept(answer: Callable, rng: np.random.Generator) -> str:
    """Stop after some epochs, all of them, one, none, and just as one ends."""
    losses = [round(float(v), 4) for v in np.sort(rng.uniform(0.2, 1, 12))[::-1]]
    # A loss may rise: after six epochs, and after all of them, the last is not the best.
    losses[2], losses[5] = losses[5], losses[2]
    losses[8], losses[11] = losses[11], losses[8]
    cases = {
        "middle": (10.0, 17.0, 17 + 6 * 10 + 4.0),
        "end": (4.0, 9.0, 9 + 12 * 4 + 21.0),
        "none": (10.0, 30.0, 25.0),
        "first": (10.0, 5.0, 12.0),
        "exact": (8.0, 16.0, 40.0),
    }
    for case, (seconds, before, budget) in cases.items():
        value = answer(list(losses), seconds, before, budget)
        expected = loss_at(losses, seconds, before, budget)
        try:
            found = float(value)
        except (TypeError, ValueError):
            found = number(value, "loss_at(…)")
        if np.isnan(found):
            raise NotYet(
                "not a number",
                "loss_at(…) gives NaN; before the first epoch is finished, give infinity.",
            )
        if found == expected:
            continue
        ended = max(0, int((budget - before) // seconds))
        # No `agree` here: of two losses only the very same will do, and infinity has no distance.
        wrong = {
            "pretraining not counted": (
                loss_at(losses, seconds, 0, budget),
                f"You count as if colour had begun at once: `before` was {before:g} s.",
            ),
            "the best, not the last": (
                min(losses[:ended], default=np.nan),
                "You give the best loss so far; what stands when time is over is the last one.",
            ),
            "one epoch too many": (
                losses[min(len(losses) - 1, ended)],
                "An epoch that is still running does not count.",
            ),
            "the budget is not used": (
                losses[-1],
                f"You give the last loss of all, whatever the budget: here it ends at {budget:g} "
                "s.",
            ),
            "pretraining counted twice": (
                loss_at(losses, seconds, 2 * before, budget),
                f"You let `before` pass twice; the first epoch ends at {before + seconds:g} s.",
            ),
            "a mean of losses": (
                np.mean(losses[:ended] or [np.nan]),
                "You give the mean loss so far; what stands when time is over is the last one.",
            ),
            "the best of all": (
                min(losses),
                "You give the smallest loss of all, whatever the budget; what stands when time is "
                "over is the last one.",
            ),
            "the first loss": (losses[0], "You give the loss of the first epoch."),
            "nothing, not infinity": (
                0,
                "Before the first epoch has ended you give 0, the best loss there is; give "
                "infinity.",
            ),
            "a number of epochs": (
                min(ended, len(losses)),
                "This is how many epochs end within the budget; give the loss of the last of them.",
            ),
            "a line between epochs": (
                np.interp(budget, before + seconds * np.arange(1, len(losses) + 1), losses),
                "You drew a line between the losses of two epochs; a loss is known when an epoch "
                "has ended.",
            ),
            "counted from the end": (
                losses[min(len(losses), int((budget - before) // seconds)) - 1],
                f"No epoch ends within {budget:g} s, and yet you give a loss: an index below 0 "
                "counts from the end of the list.",
            ),
            "one epoch too few": (
                loss_at(losses, seconds, before, budget - seconds),
                "An epoch that ends within the budget counts.",
            ),
        }
        for name, (result, message) in wrong.items():
            if found == result and expected != result:
                raise NotYet(name, message)
        raise NotYet(
            "another loss",
            f"With epochs of {seconds:g} s, {before:g} s before them and a budget of {budget:g} s "
            f"you say {found:g}; {expected:g} is right ({case}).",
        )
    return "With before = 0 this is how transfer is usually reported."
