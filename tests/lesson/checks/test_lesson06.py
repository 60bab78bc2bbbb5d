"""Wrong answers to the exercises of lesson 06 that learners give, and other right ones."""

import numpy as np
import pytest
from mistakes import enough, named
from scipy import stats

from coursekit.lesson import checks
from coursekit.lesson.checks.lesson06 import misleading, paired


def both(first, second):
    return np.array([first[seed] - second[seed] for seed in first if seed in second])


def in_order(first, second):
    found = np.array(list(first.values())) - list(second.values())
    return found.mean(), found.std(ddof=1)


def of_differences(of=lambda d: d, mean=np.mean, spread=lambda d: d.std(ddof=1)):
    def answer(first, second):
        differences = of(both(first, second))
        return mean(differences), spread(differences)

    return answer


MISTAKES = [
    ("06.1", "only equal seeds", lambda worse, better: (worse > better).mean()),
    ("06.1", "the pairs that agree", lambda worse, better: (worse[:, None] < better).mean()),
    ("06.1", "a count, not a share", lambda worse, better: (worse[:, None] > better).sum()),
    ("06.1", "per cent, not a share", lambda worse, better: 100 * misleading(worse, better)),
    ("06.1", "runs against a mean", lambda worse, better: (worse > better.mean()).mean()),
    (
        "06.1",
        "sorted, then paired",
        lambda worse, better: (np.sort(worse) > np.sort(better)).mean(),
    ),
    ("06.1", "one comparison", lambda worse, better: float(worse.mean() > better.mean())),
    ("06.1", "one comparison", lambda worse, better: float(worse.max() > better.max())),
    ("06.1", "one comparison", lambda worse, better: bool(np.median(worse) > np.median(better))),
    (
        "06.1",
        "equal seeds left out",
        lambda worse, better: np.mean(
            [w > b for i, w in enumerate(worse) for j, b in enumerate(better) if i != j]
        ),
    ),
    ("06.1", "a mean against runs", lambda worse, better: (worse.mean() > better).mean()),
    ("06.1", "a p-value", lambda worse, better: stats.mannwhitneyu(worse, better).pvalue),
    ("06.1", "a difference, not a share", lambda worse, better: worse.mean() - better.mean()),
    ("06.1", "another result", lambda worse, better: 0.5),
    ("06.2", "paired by order", in_order),
    ("06.2", "second − first", lambda first, second: paired(second, first)),
    (
        "06.2",
        "divided by n",
        lambda first, second: (both(first, second).mean(), both(first, second).std()),
    ),
    (
        "06.2",
        "a standard error",
        lambda first, second: (both(first, second).mean(), stats.sem(both(first, second))),
    ),
    (
        "06.2",
        "spreads, not the spread of differences",
        lambda first, second: (
            both(first, second).mean(),
            np.hypot(*(np.std(list(m.values()), ddof=1) for m in (first, second))),
        ),
    ),
    ("06.2", "absolute differences", of_differences(np.abs)),
    (
        "06.2",
        "seeds that only one has",
        lambda first, second: (
            np.mean(list(first.values())) - np.mean(list(second.values())),
            paired(first, second)[1],
        ),
    ),
    (
        "06.2",
        "seeds that only one has",
        lambda first, second: (
            np.mean(list(first.values())) - np.mean(list(second.values())),
            np.hypot(*(np.std(list(m.values()), ddof=1) for m in (first, second))),
        ),
    ),
    ("06.2", "the sum, not the mean", of_differences(mean=np.sum)),
    ("06.2", "the median, not the mean", of_differences(mean=np.median)),
    ("06.2", "the variance, not the spread", of_differences(spread=lambda d: d.var(ddof=1))),
    ("06.2", "the range", of_differences(spread=np.ptp)),
    (
        "06.2",
        "the spread of absolute differences",
        of_differences(spread=lambda d: np.abs(d).std(ddof=1)),
    ),
    (
        "06.2",
        "relative differences",
        lambda first, second: (
            np.mean([first[seed] / second[seed] - 1 for seed in first if seed in second]),
            paired(first, second)[1],
        ),
    ),
    (
        "06.2",
        "a missing seed counts as 0",
        lambda first, second: (
            np.mean([first.get(s, 0) - second.get(s, 0) for s in {*first, *second}]),
            paired(first, second)[1],
        ),
    ),
    ("06.2", "divided by all seeds", of_differences(mean=lambda d: d.sum() / 5)),
    ("06.2", "spread and mean exchanged", lambda first, second: paired(first, second)[::-1]),
    ("06.2", "squared differences", of_differences(mean=lambda d: (d**2).mean())),
    ("06.2", "half an interval", of_differences(spread=lambda d: 1.96 * stats.sem(d))),
    ("06.2", "the root of the mean square", of_differences(spread=lambda d: (d**2).mean() ** 0.5)),
    ("06.2", "the mean deviation", of_differences(spread=lambda d: np.abs(d - d.mean()).mean())),
    (
        "06.2",
        "the spread of one model",
        lambda first, second: (paired(first, second)[0], np.std([*first.values()], ddof=1)),
    ),
    ("06.2", "another result", of_differences(mean=lambda d: d.mean() + 1)),
    (
        "06.2",
        "your code raised an error",
        lambda first, second: [first[seed] - second[seed] for seed in first],
    ),
    ("06.3", "the best of the judging", lambda choosing, judging: judging.max()),
    ("06.3", "the score that chose", lambda choosing, judging: choosing.max()),
    ("06.3", "the lists exchanged", lambda choosing, judging: choosing[judging.argmax()]),
    ("06.3", "a mean over settings", lambda choosing, judging: judging.mean()),
    (
        "06.3",
        "the mean of both scores",
        lambda choosing, judging: (choosing.max() + judging[choosing.argmax()]) / 2,
    ),
    ("06.3", "the worst to choose", lambda choosing, judging: judging[choosing.argmin()]),
    (
        "06.3",
        "what the choice flattered",
        lambda choosing, judging: choosing.max() - judging[choosing.argmax()],
    ),
    ("06.3", "the worst of the judging", lambda choosing, judging: judging.min()),
    ("06.3", "the mean of the choosing", lambda choosing, judging: choosing.mean()),
    ("06.3", "the place in the other list", lambda choosing, judging: judging.argmax()),
    ("06.3", "the median setting", lambda choosing, judging: np.median(judging)),
    ("06.3", "another result", lambda choosing, judging: 0),
    ("06.3", "a place, not a score", lambda choosing, judging: np.argmax(choosing)),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_every_exercise_has_mistakes = enough("06", MISTAKES)


def sorted_pairs(first, second):
    seeds = sorted(set(first) & set(second))
    test = stats.ttest_rel([first[s] for s in seeds], [second[s] for s in seeds])
    mean = np.mean([first[s] for s in seeds]) - np.mean([second[s] for s in seeds])
    # The spread that SciPy's paired t-test used.
    return mean, abs(mean / test.statistic) * np.sqrt(len(seeds))


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("06.1", lambda worse, better: np.mean([w > b for w in worse for b in better])),
        ("06.2", sorted_pairs),
        (
            "06.3",
            lambda choosing, judging: dict(zip(choosing, judging, strict=True))[max(choosing)],
        ),
    ],
)
def test_another_right_answer_is_correct_too(name, answer):
    for seed in range(5):
        assert checks.check(name, answer, seed).status == checks.CORRECT
