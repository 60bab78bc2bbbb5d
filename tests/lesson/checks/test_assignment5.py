"""Wrong answers to the tasks of assignment 5 that students give."""

import numpy as np
from graded import answers
from mistakes import enough, named
from scipy import stats

from coursekit.teach import hidden

RIGHT = answers(5)


def share(*kinds, people=False):
    def fooling_rate(votes, colorizer):
        mine = [v for v in votes if v["kind"] in kinds and v["colorizer"] == colorizer]
        if not people:
            return np.mean([v["fooled"] for v in mine])
        names = {v["participant"] for v in mine}
        return np.mean(
            [np.mean([v["fooled"] for v in mine if v["participant"] == name]) for name in names]
        )

    return fooling_rate


def on_test_pairs(votes):
    return [vote for vote in votes if vote["kind"] == "test"]


def kept(rule, without_pairs=True):
    """Votes of participants whose shares of vigilance pairs that fooled them pass a rule."""

    def vigilant(votes, least):
        fooled = {}
        for vote in votes:
            if vote["kind"] == "vigilance":
                fooled.setdefault(vote["participant"], []).append(vote["fooled"])
        return [
            v
            for v in votes
            if (
                rule(np.mean(fooled[v["participant"]]), least)
                if v["participant"] in fooled
                else without_pairs
            )
        ]

    return vigilant


def ci(method, level=0.95):
    return lambda k, n: tuple(stats.binomtest(k, n).proportion_ci(level, method))


def wald(k, n):
    p = k / n
    half = 1.96 * np.sqrt(p * (1 - p) / n)
    return p - half, p + half


def wilson(z, squared=None):
    squared = squared or z**2

    def interval(k, n):
        p, below = k / n, 1 + squared / n
        half = z * np.sqrt(p * (1 - p) / n + squared / (4 * n**2)) / below
        return (p + squared / (2 * n)) / below - half, (p + squared / (2 * n)) / below + half

    return interval


def agresti(k, n):
    p = (k + 1.96**2 / 2) / (n + 1.96**2)
    half = 1.96 * np.sqrt(p * (1 - p) / (n + 1.96**2))
    return p - half, p + half


def drawn(draw, rate=lambda k, n: k.sum(-1) / n.sum(-1), level=0.95, seed=None):
    def bootstrap(fooled, trials, given):
        rng = np.random.default_rng(given if seed is None else None)
        return tuple(
            np.quantile(rate(*draw(rng, fooled, trials)), [(1 - level) / 2, (1 + level) / 2])
        )

    return bootstrap


def people(rng, k, n):
    chosen = rng.integers(len(n), size=(3000, len(n)))
    return k[chosen], n[chosen]


def votes(rng, k, n):
    return rng.binomial(n.sum(), k.sum() / n.sum(), (3000, 1)), np.full((3000, 1), n.sum())


def shuffled(rng, k, n):
    order = rng.permutation(len(n))
    return np.tile(k[order], (300, 1)), np.tile(n[order], (300, 1))


def of_quantiles(*levels):
    def bootstrap(fooled, trials, seed):
        k, n = people(np.random.default_rng(seed), fooled, trials)
        return tuple(np.quantile(k.sum(-1) / n.sum(-1), levels))

    return bootstrap


def signs(counted, seeded=True):
    def p_value(one, other, seed):
        rng = np.random.default_rng(seed if seeded else None)
        flips = (rng.choice([-1, 1], (8000, len(one))) * (one - other)).mean(axis=1)
        return counted(flips, (one - other).mean())

    return p_value


def zeros_and_ones(rng, differences):
    draws = (rng.integers(2, size=(8000, len(differences))) * differences).mean(axis=1)
    return (np.abs(draws) >= abs(differences.mean()) - 1e-12).mean()


def one_sign_for_all(one, other, seed):
    flips = np.random.default_rng(seed).choice([-1, 1], 4000) * (one - other).mean()
    return (np.abs(flips) >= abs((one - other).mean())).mean()


def others_order(rng, one, other):
    draws = [(one - rng.permutation(other)).mean() for _ in range(500)]
    return (np.abs(draws) >= abs((one - other).mean()) - 1e-12).mean()


def pooled(one, other, seed):
    rng, pool = np.random.default_rng(seed), np.concatenate([one, other])
    halves = (
        np.array([rng.permutation(pool) for _ in range(4000)]).reshape(4000, 2, -1).mean(axis=-1)
    )
    return (np.abs(halves[:, 0] - halves[:, 1]) >= abs(one.mean() - other.mean())).mean()


MISTAKES = [
    ("A5.1", "practice counts", share("test", "practice")),
    (
        "A5.1",
        "all colorizers",
        lambda v, name: np.mean([vote["fooled"] for vote in v if vote["kind"] == "test"]),
    ),
    ("A5.1", "everything counts", lambda v, name: np.mean([vote["fooled"] for vote in v])),
    ("A5.1", "who was right", lambda v, name: 1 - RIGHT["A5.1"](v, name)),
    ("A5.1", "the mean over people", share("test", people=True)),
    ("A5.1", "per cent, not a share", lambda v, name: 100 * RIGHT["A5.1"](v, name)),
    (
        "A5.1",
        "a share of all test votes",
        lambda v, name: (
            sum(vote["fooled"] for vote in on_test_pairs(v) if vote["colorizer"] == name)
            / len(on_test_pairs(v))
        ),
    ),
    (
        "A5.1",
        "a count, not a share",
        lambda v, name: sum(
            vote["fooled"] for vote in on_test_pairs(v) if vote["colorizer"] == name
        ),
    ),
    ("A5.1", "the other colorizer", lambda v, name: RIGHT["A5.1"](v, "colorful")),
    ("A5.1", "another result", lambda v, name: RIGHT["A5.1"](v, name) / 2),
    ("A5.2", "more than, not at least", kept(lambda fooled, least: 1 - fooled > least)),
    ("A5.2", "the wrong ones are kept", kept(lambda fooled, least: 1 - fooled < least)),
    ("A5.2", "fooled is not seen through", kept(lambda fooled, least: fooled >= least)),
    (
        "A5.2",
        "no vigilance pair, no votes",
        kept(lambda fooled, least: 1 - fooled >= least, without_pairs=False),
    ),
    ("A5.2", "nobody left out", lambda v, least: v),
    ("A5.2", "one is enough", kept(lambda fooled, least: fooled < 1)),
    ("A5.2", "all, not half", kept(lambda fooled, least: fooled == 0)),
    (
        "A5.2",
        "vigilance votes left out",
        lambda v, least: [vote for vote in RIGHT["A5.2"](v, least) if vote["kind"] != "vigilance"],
    ),
    ("A5.2", "another result", lambda v, least: []),
    (
        "A5.2",
        "votes, not people",
        lambda v, least: [
            vote for vote in v if not (vote["kind"] == "vigilance" and vote["fooled"])
        ],
    ),
    ("A5.2", "not votes", lambda v, least: {vote["participant"] for vote in v}),
    ("A5.3", "the normal interval", wald),
    ("A5.3", "one-sided z", ci("wilson", 0.9)),
    ("A5.3", "Clopper and Pearson's", ci("exact")),
    ("A5.3", "with continuity correction", ci("wilsoncc")),
    ("A5.3", "ends exchanged", lambda k, n: RIGHT["A5.3"](k, n)[::-1]),
    ("A5.3", "per cent, not a share", lambda k, n: tuple(100 * end for end in RIGHT["A5.3"](k, n))),
    ("A5.3", "z of 1", wilson(1)),
    ("A5.3", "z of 2", wilson(2)),
    ("A5.3", "z not squared", wilson(1.96, 1.96)),
    ("A5.3", "Agresti and Coull's", agresti),
    ("A5.3", "another result", lambda k, n: (0, 1)),
    ("A5.3", "another number of results", lambda k, n: k / n),
    ("A5.4", "votes drawn, not people", drawn(votes)),
    ("A5.4", "drawn without replacement", drawn(shuffled)),
    ("A5.4", "ends exchanged", drawn(people, level=-0.95)),
    ("A5.4", "another level", drawn(people, level=0.6827)),
    ("A5.4", "another level", drawn(people, level=0.5)),
    ("A5.4", "the mean of people's rates", drawn(people, lambda k, n: (k / n).mean(-1))),
    (
        "A5.4",
        "fooled and trials of other people",
        drawn(lambda rng, k, n: (people(rng, k, n)[0], people(rng, k, n)[1])),
    ),
    ("A5.4", "divided by all trials", drawn(people, lambda k, n: k.sum(-1) / n.sum(-1).mean())),
    ("A5.4", "the spread of people", drawn(lambda rng, k, n: (k[:, None], n[:, None]))),
    ("A5.4", "quantiles taken for per cent", of_quantiles(0.00025, 0.00975)),
    (
        "A5.4",
        "per cent, not a share",
        lambda k, n, seed: tuple(100 * end for end in RIGHT["A5.4"](k, n, seed)),
    ),
    ("A5.4", "another result", lambda k, n, seed: (0.2, 0.9)),
    ("A5.4", "another interval each time", drawn(people, seed=False)),
    ("A5.5", "participants torn apart", pooled),
    (
        "A5.5",
        "one side only",
        signs(lambda flips, seen: (flips * np.sign(seen) >= abs(seen) - 1e-12).mean()),
    ),
    (
        "A5.5",
        "one side only",  # what counts on one side is what signs 0 and 1 give
        lambda one, other, seed: zeros_and_ones(np.random.default_rng(seed), one - other),
    ),
    ("A5.5", "every draw as seen", one_sign_for_all),
    (
        "A5.5",
        "every draw as seen",
        lambda one, other, seed: others_order(np.random.default_rng(seed), one, other),
    ),
    (
        "A5.5",
        "no draw as seen",
        lambda one, other, seed: signs(
            lambda flips, seen: (np.abs(flips) >= abs((one - other).sum())).mean()
        )(one, other, seed),
    ),
    (
        "A5.5",
        "signs alone",
        lambda one, other, seed: stats.binomtest(int((one > other).sum()), len(one)).pvalue,
    ),
    ("A5.5", "1 − p", signs(lambda flips, seen: (np.abs(flips) < abs(seen)).mean())),
    (
        "A5.5",
        "another p each time",
        signs(lambda flips, seen: (np.abs(flips) >= abs(seen) - 1e-12).mean(), False),
    ),
    (
        "A5.5",
        "no probability",
        signs(lambda flips, seen: (np.abs(flips) >= abs(seen) - 1e-12).sum()),
    ),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_a_mistake_is_called_by_its_name_in_hidden_tests = named(MISTAKES, hidden.check)
test_every_task_has_mistakes = enough("A5", MISTAKES)
