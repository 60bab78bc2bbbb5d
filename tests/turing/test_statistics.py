import numpy as np
import pytest
from scipy import stats

from coursekit.turing import TuringError, simulate, statistics

TRUE = (0.32, 0.25)


def votes(kind="test", colorizer="beta", participant="A", photo="p", **fields):
    """Votes from lists of equal length: fooled, seconds, side …"""
    rows = [dict(zip(fields, values, strict=True)) for values in zip(*fields.values(), strict=True)]
    return [
        {
            "participant": participant,
            "number": number,
            "kind": kind,
            "colorizer": colorizer,
            "photo": photo,
            "real": "left",
            "side": "left" if row.get("fooled") else "right",
            "seconds": None,
            **row,
        }
        for number, row in enumerate(rows, start=1)
    ]


@pytest.mark.parametrize(
    "fooled, trials, low, high",
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilsons_interval_agrees_with_newcombes_table(fooled, trials, low, high):
    # R. G. Newcombe, Statistics in Medicine 17 (1998) 857–872, table I, method 3.
    assert np.allclose(statistics.wilson(fooled, trials), (low, high), atol=5e-5)


def test_wilsons_interval_agrees_with_scipys():
    for fooled, trials in [(0, 1), (1, 1), (3, 7), (20, 36), (36, 36), (466, 1440)]:
        for level in (0.8, 0.95, 0.99):
            theirs = stats.binomtest(fooled, trials).proportion_ci(level, "wilson")
            assert np.allclose(statistics.wilson(fooled, trials, level), theirs)


def test_wilsons_interval_lies_within_0_and_1():
    trials = np.arange(1, 200)
    for fooled in (np.zeros_like(trials), trials):
        low, high = statistics.wilson(fooled, trials)
        assert low.min() >= 0 and high.max() <= 1


# Weil's rats (1970), the example of J. N. K. Rao, A. J. Scott, Biometrics 48 (1992), table 1: pups
# of each litter that lived, and pups that were born. The design effects are those that the R
# package PF prints for them, `rsb(rat$y, rat$n, rat$group)$d`.
CONTROL = (
    [13, 12, 9, 9, 8, 8, 12, 11, 9, 9, 8, 11, 4, 5, 7, 7],
    [13, 12, 9, 9, 8, 8, 13, 12, 10, 10, 9, 13, 5, 7, 10, 10],
)
TREATED = (
    [12, 11, 10, 9, 10, 9, 9, 8, 8, 4, 7, 4, 5, 3, 3, 0],
    [12, 11, 10, 9, 11, 10, 10, 9, 9, 5, 9, 7, 10, 6, 10, 7],
)


@pytest.mark.parametrize("litters, design_effect", [(CONTROL, 1.232495), (TREATED, 3.952861)])
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_interval_has_the_published_design_effect_and_students_t(litters, design_effect, level):
    born = np.sum(litters[1])
    rate = np.sum(litters[0]) / born
    t = stats.t.ppf((1 + level) / 2, df=len(litters[1]) - 1)
    for end in statistics.fooling_interval(*litters, level):
        # Wilson's condition for an end of the interval, with both corrections in it.
        assert abs(rate - end) == pytest.approx(
            t * np.sqrt(design_effect * end * (1 - end) / born), rel=1e-5
        )


def test_where_nobody_was_fooled_the_interval_still_counts_people():
    # Wilson's upper end for 0 of n is z² / (n + z²); with t for z, as the people are but three.
    t = stats.t.ppf(0.975, df=2)
    low, high = statistics.fooling_interval([0, 0, 0], [9, 9, 9])
    assert low == 0 and high == pytest.approx(t**2 / (27 + t**2))


def test_the_interval_is_never_narrower_than_wilsons_and_one_participant_gets_wilsons():
    (fooled,) = simulate.counts([0.3], 12, 10, 500, spread=0.2, seed=2)
    low, high = statistics.fooling_interval(fooled, np.full_like(fooled, 10))
    plain = statistics.wilson(fooled.sum(axis=-1), 120)
    assert (low <= plain[0] + 1e-9).all() and (high >= plain[1] - 1e-9).all()
    assert np.isclose(low, plain[0]).any()  # where people are alike, more than by lot
    for level in (0.8, 0.95):
        assert np.allclose(
            statistics.fooling_interval([7], [20], level), statistics.wilson(7, 20, level)
        )


def test_a_difference_agrees_with_newcombes_example():
    # The same journal, 873–890: 56/70 − 48/80, method 10.
    found = statistics.difference_interval(([56], [70]), ([48], [80]))
    assert np.allclose(found, (0.0524, 0.3339), atol=5e-5)


def test_a_difference_takes_the_correlation_of_the_participants_residuals_into_account():
    # Newcombe's way to combine two intervals of paired shares, the same journal, 2635–2650.
    one, other = (np.array([8, 5, 2, 9]), np.array([10, 9, 9, 12])), ([6, 5, 0, 7], [9, 12, 6, 9])
    (p, l1, u1), (q, l2, u2) = (
        (np.sum(k) / np.sum(n), *statistics.fooling_interval(k, n, 0.9)) for k, n in (one, other)
    )
    phi = np.corrcoef(one[0] - p * one[1], other[0] - q * np.array(other[1]))[0, 1]
    below, above = ((p - l1, u2 - q), (u1 - p, q - l2))
    expected = [
        p - q + sign * np.sqrt(a**2 - 2 * phi * a * b + b**2)
        for sign, (a, b) in ((-1, below), (1, above))
    ]
    assert phi > 0.7  # else this would show little
    assert statistics.difference_interval(one, other, 0.9) == pytest.approx(expected)


def test_the_same_votes_do_not_differ():
    # At one half, rounding would take the root of a negative number.
    same = ([0, 7, 4, 2], [4, 9, 4, 9])
    assert np.allclose(statistics.difference_interval(same, same), 0, atol=1e-7)


def test_a_rate_with_no_residuals_correlates_with_nothing():
    alone, _ = statistics.difference_interval(([3, 3], [9, 9]), ([0, 0], [9, 9]))
    low, high = (statistics.fooling_interval([k, k], [9, 9]) for k in (3, 0))
    assert alone == pytest.approx(1 / 3 - np.hypot(1 / 3 - low[0], high[1]))


def covered(interval, truth):
    return np.mean((interval[0] <= truth) & (truth <= interval[1]))


def test_95_percent_intervals_of_six_people_cover_the_truth_in_95_of_100_experiments():
    # Without P / (P − 1) it is 93.9 of 100, without the t distribution 90.3, without both 87.9; the
    # band is five standard errors wide on either side.
    (fooled,) = simulate.counts([0.32], 6, 18, 20_000, spread=0.6, seed=15)
    found = statistics.fooling_interval(fooled, np.full_like(fooled, 18))
    assert 0.9455 < covered(found, 0.32) < 0.9605


@pytest.mark.parametrize("spread", [0, 0.3, 0.6])
@pytest.mark.parametrize("rate", [0.32, 0.1, 0.5])
def test_95_percent_intervals_cover_the_truth_in_93_to_97_percent_of_2000_experiments(rate, spread):
    (fooled,) = simulate.counts(
        [rate], participants=40, trials=18, experiments=2000, spread=spread, seed=11
    )
    found = statistics.fooling_interval(fooled, np.full_like(fooled, 18))
    assert 0.93 <= covered(found, rate) <= 0.97


@pytest.mark.parametrize("spread", [0, 0.3, 0.6])
def test_so_do_intervals_of_differences(spread):
    one, other = simulate.counts(
        TRUE, participants=40, trials=18, experiments=2000, spread=spread, seed=12
    )
    shown = np.full_like(one, 18)
    found = statistics.difference_interval((one, shown), (other, shown))
    assert 0.93 <= covered(found, TRUE[0] - TRUE[1]) <= 0.97


def test_wilsons_interval_covers_too_seldom_where_people_differ():
    (alike,) = simulate.counts([0.32], 40, 18, 2000, spread=0, seed=13)
    (differing,) = simulate.counts([0.32], 40, 18, 2000, spread=0.3, seed=13)
    assert 0.93 <= covered(statistics.wilson(alike.sum(axis=-1), 40 * 18), 0.32) <= 0.97
    assert covered(statistics.wilson(differing.sum(axis=-1), 40 * 18), 0.32) < 0.9


def test_the_bootstrap_agrees_with_drawing_participants_and_then_votes_one_by_one():
    rng = np.random.default_rng(1)
    people = rng.random((20, 12)) < rng.uniform(0.1, 0.6, (20, 1))
    drawn, of_each = rng.integers(20, size=(20_000, 20, 1)), rng.integers(12, size=(20_000, 20, 12))
    rates = people[drawn, of_each].mean(axis=(1, 2))
    found = statistics.bootstrap(people.sum(axis=1), np.full(20, 12), repeats=20_000)
    assert np.allclose(found, np.quantile(rates, (0.025, 0.975)), atol=1 / 240)  # of 240 votes


@pytest.mark.parametrize("spread, too_wide", [(0, 1.405), (0.6, 1.095)])
def test_the_two_level_bootstrap_is_too_wide_the_more_the_more_alike_people_are(spread, too_wide):
    # The luck within a participant is in the spread over participants already, and is drawn again:
    # about √2 times too wide where it is all there is.
    (fooled,) = simulate.counts([0.32], 40, 18, 20_000, spread, seed=14)
    true = np.diff(np.quantile(fooled.sum(axis=-1) / (40 * 18), (0.025, 0.975)))
    found = [statistics.bootstrap(each, np.full(40, 18), repeats=400) for each in fooled[:100]]
    assert np.mean(np.diff(found)) / true == pytest.approx(too_wide, abs=0.06)


def in_rooms(rates, sizes, between, experiments, seed, trials=18, spread=0.5):
    """Fooled votes of people in rooms, a colorizer, and the same added up room by room.

    Rooms have the share ``between`` of the variance of gullibility, whose mean and spread over all
    people stay those of `simulate.personal`.
    """
    rng = np.random.default_rng(seed)
    of = np.repeat(np.arange(len(sizes)), sizes)
    room = rng.standard_normal((experiments, len(sizes)))[:, of]
    own = rng.standard_normal((experiments, len(of)))
    people = np.sqrt(between) * room + np.sqrt(1 - between) * own
    fooled = [rng.binomial(trials, simulate.personal(rate, people, spread)) for rate in rates]
    starts = np.cumsum([0, *sizes[:-1]])
    return [(each, np.add.reduceat(each, starts, axis=-1)) for each in fooled]


@pytest.mark.parametrize("between", [0, 0.1, 0.3])
@pytest.mark.parametrize("sizes", [[20] * statistics.ROOMS, [12, 30, 18, 25, 12, 20, 16, 30]])
def test_intervals_over_rooms_cover_the_truth_in_93_to_97_percent_of_4000_studies(sizes, between):
    one, other = in_rooms(TRUE, sizes, between, 4000, seed=21)
    shown = np.broadcast_to(18 * np.array(sizes), one[1].shape)
    assert 0.93 <= covered(statistics.fooling_interval(one[1], shown), TRUE[0]) <= 0.97
    found = statistics.difference_interval((one[1], shown), (other[1], shown))
    assert 0.93 <= covered(found, TRUE[0] - TRUE[1]) <= 0.97


@pytest.mark.parametrize("between, at_most", [(0.1, 0.85), (0.3, 0.7)])
def test_intervals_over_people_cover_too_seldom_where_rooms_differ(between, at_most):
    (one,) = in_rooms([0.32], [20] * 8, between, 2000, seed=22)
    found = statistics.fooling_interval(one[0], np.full_like(one[0], 18))
    assert covered(found, 0.32) < at_most


def litters(lived, born):
    """Each litter as a room, each pup as a person with one vote: fooled are those that lived."""
    return [
        {**vote, "room": f"litter {litter}", "participant": f"{litter}, {pup}"}
        for litter, (k, n) in enumerate(zip(lived, born, strict=True))
        for pup, vote in enumerate(votes(fooled=[True] * k + [False] * (n - k)))
    ]


@pytest.mark.parametrize("rats, design_effect", [(CONTROL, 1.232495), (TREATED, 3.952861)])
def test_the_rate_of_many_rooms_has_the_published_design_effect_of_rooms(rats, design_effect):
    (found,) = statistics.rates(litters(*rats))
    n, t = np.sum(rats[1]), stats.t.ppf(0.975, df=15)
    assert (found.rooms, found.participants, found.trials, found.caveat) == (16, n, n, "")
    for end in (found.low, found.high):
        assert abs(found.rate - end) == pytest.approx(
            t * np.sqrt(design_effect * end * (1 - end) / n), rel=1e-5
        )


def test_a_comparison_of_many_rooms_takes_the_correlation_of_their_residuals():
    one = (np.array([8, 5, 2, 9, 3, 7]), np.array([10, 9, 9, 12, 10, 9]))
    other = (np.array([6, 5, 0, 7, 2, 4]), np.array([9, 12, 6, 9, 10, 8]))
    given = litters(*one) + [
        {**vote, "colorizer": "full", "participant": f"other {vote['participant']}"}
        for vote in litters(*other)
    ]
    (p, l1, u1), (q, l2, u2) = (
        (k.sum() / n.sum(), *statistics.fooling_interval(k, n)) for k, n in (one, other)
    )
    phi = np.corrcoef(one[0] - p * one[1], other[0] - q * other[1])[0, 1]
    expected = [
        p - q + sign * np.sqrt(a**2 - 2 * phi * a * b + b**2)
        for sign, a, b in ((-1, p - l1, u2 - q), (1, u1 - p, q - l2))
    ]
    found = statistics.compare(given, "beta", "full")
    assert found == (pytest.approx(p - q), *map(pytest.approx, expected), 6, "")


def test_too_few_rooms_get_the_interval_over_people_and_it_says_so():
    many, few = CONTROL, [each[: statistics.ROOMS - 1] for each in CONTROL]
    assert statistics.rates(litters(*many))[0].caveat == ""
    given = litters(*few)
    (found,) = statistics.rates(given)
    people = statistics.fooling_interval(*statistics.counts(given))
    assert (found.low, found.high) == pytest.approx(people) and found.rooms == 5
    assert found.caveat.startswith("5 rooms are too few for an interval over rooms (6 at least)")
    assert statistics.side_bias(given).caveat == found.caveat
    halves = [
        {**vote, "number": i % 2, "participant": vote["room"]} for i, vote in enumerate(given)
    ]
    assert statistics.learning(halves).caveat == found.caveat


def test_a_photo_that_one_room_of_many_has_seen_says_nothing_about_rooms():
    given = litters(*CONTROL)
    for vote in given:
        vote["photo"] = "rose" if vote["room"] == "litter 3" else "lawn"
    found = {each.name: each for each in statistics.rates(given, by="photo")}
    assert (found["lawn"].rooms, found["lawn"].caveat) == (15, "")
    assert found["rose"].rooms == 1 and found["rose"].caveat.startswith("1 room is too few")


def test_votes_of_one_room_are_judged_as_votes_without_a_room():
    rooms = litters(*CONTROL)
    for vote in rooms:
        vote["participant"] = vote["room"]
        vote["photo"] = f"photo {vote['number'] % 4}"
    one = [{**vote, "room": "aula"} for vote in rooms]
    none = [{name: value for name, value in vote.items() if name != "room"} for vote in rooms]
    for by in ("colorizer", "photo"):
        assert statistics.rates(one, by) == statistics.rates(none, by)
        assert {(each.rooms, each.caveat) for each in statistics.rates(one, by)} == {(1, "")}
    assert statistics.learning(one) == statistics.learning(none)


def test_the_bootstrap_of_one_room_is_that_of_people_and_votes_lot_by_lot():
    fooled, trials = np.array([3, 9, 0, 5]), np.array([10, 18, 4, 9])
    rng = np.random.default_rng(5)
    drawn = rng.integers(4, size=(50, 4))
    rates = rng.binomial(trials[drawn], (fooled / trials)[drawn]).sum(-1) / trials[drawn].sum(-1)
    expected = np.quantile(rates, (0.025, 0.975))
    for rooms in (None, ["aula"] * 4):
        found = statistics.bootstrap(fooled, trials, 50, seed=5, rooms=rooms)
        assert np.array_equal(found, expected)


def test_the_bootstrap_over_rooms_has_the_variance_of_three_levels():
    # Seven rooms of three people with four votes each. Drawn with replacement at each level, the
    # variances of a room, of a person in it and of a vote add up, each over how many are drawn.
    rng = np.random.default_rng(3)
    fooled = rng.binomial(4, np.clip(rng.normal(rng.normal(0.4, 0.1, (7, 1)), 0.2, (7, 3)), 0, 1))
    p = fooled / 4
    levels = [p.mean(1).var(), p.var(1).mean() / 3, (p * (1 - p)).mean() / 4 / 3]
    assert min(levels) > 0.1 * sum(levels)  # else leaving one out would not show
    shown = np.full(21, 4)
    rates = statistics.intervals.bootstrap_rates(
        fooled.ravel(), shown, 40_000, seed=1, rooms=np.repeat(list("abcdefg"), 3)
    )
    assert rates.mean() == pytest.approx(p.mean(), abs=0.002)
    assert rates.var() == pytest.approx(sum(levels) / 7, rel=0.03)


def test_the_bootstrap_over_unequal_rooms_agrees_with_drawing_one_by_one():
    rng = np.random.default_rng(4)
    rooms = [rng.random((size, 6)) < rate for size, rate in ((2, 0.1), (5, 0.7), (3, 0.3))]

    def once():
        drawn = [rooms[i] for i in rng.integers(3, size=3)]
        people = [room[i] for room in drawn for i in rng.integers(len(room), size=len(room))]
        return np.mean([person[i] for person in people for i in rng.integers(6, size=6)])

    expected = np.quantile([once() for _ in range(3000)], (0.025, 0.975))
    people = np.concatenate(rooms)[::-1]  # those of a room need not stand together, nor in order
    found = statistics.bootstrap(
        people.sum(1), np.full(10, 6), 20_000, rooms=[2, 2, 2, 1, 1, 1, 1, 1, 0, 0]
    )
    assert found == pytest.approx(expected, abs=0.03)


def test_a_rate_of_few_rooms_has_the_bootstrap_over_rooms():
    given = [
        {**vote, "room": room}
        for room, names in {"aula": "AB", "lab": "CD"}.items()
        for name in names
        for vote in votes(participant=name, fooled=[name in "AB"] * 9 + [name == "C"])
    ]
    (found,) = statistics.rates(given)
    fooled, trials = statistics.counts(given)
    expected = statistics.bootstrap(fooled, trials, rooms=statistics.rooms(given))
    assert np.array_equal(found.bootstrap, expected)
    assert list(statistics.rooms(given)) == [0, 0, 1, 1]
    assert [list(each) for each in statistics.counts(given, "room")] == [[18, 1], [20, 20]]


def test_rates_count_test_votes_only_and_the_most_convincing_comes_first():
    given = (
        votes(fooled=[True, False, False, False])
        + votes(fooled=[True, True], participant="B")
        + votes(fooled=[True] * 5, kind="practice")
        + votes(fooled=[True] * 4, kind="vigilance")
        + votes(fooled=[True, True, False], colorizer="full")
    )
    full, beta = statistics.rates(given)
    assert (full.name, full.fooled, full.trials, full.participants) == ("full", 2, 3, 1)
    assert (beta.name, beta.fooled, beta.trials, beta.participants, beta.rate) == (
        "beta",
        3,
        6,
        2,
        0.5,
    )
    assert full.p == pytest.approx(stats.binomtest(2, 3).pvalue)
    assert beta.p is None  # of two people
    assert statistics.rates(votes(fooled=[True], kind="practice")) == []


def test_rates_by_photo_rank_the_photos():
    given = (
        votes(fooled=[True, True], photo="lawn")
        + votes(fooled=[False, True], photo="rose")
        + votes(fooled=[False, False, False], photo="clown")
    )
    assert [(each.name, each.rate) for each in statistics.rates(given, by="photo")] == [
        ("lawn", 1),
        ("rose", 0.5),
        ("clown", 0),
    ]


def test_a_class_that_takes_the_test_by_the_public_calls_gives_its_true_rates_back(
    experiment, store
):
    true = {"dull": 0.2, "vivid": 0.45, "random": 0.05}
    simulate.classroom(
        experiment, store, lambda trial: true[trial.colorizer], 25, spread=0.3, seed=4
    )
    given = store.votes()
    assert [(each["voted"], each["total"]) for each in store.participants()] == [(12, 12)] * 25
    for each in statistics.rates(given):
        assert each.participants == 25 and each.trials == 100
        assert (
            each.low < true[each.name] < each.high
            and each.bootstrap[0] < true[each.name] < each.bootstrap[1]
        )
        assert each.standard_error == pytest.approx(
            (each.bootstrap[1] - each.bootstrap[0]) / 4, rel=0.2
        )
    found = statistics.compare(given, "vivid", "dull")
    assert found.low < 0.25 < found.high and found.low > 0
    assert statistics.compare(given, "dull", "vivid").difference == pytest.approx(-found.difference)
    assert all(found.low < 0 < found.high for found in [statistics.learning(given)])
    assert statistics.side_bias(given).low < 0.5 < statistics.side_bias(given).high


def test_a_rate_of_several_people_comes_with_intervals_and_the_bootstrap_and_without_a_p_value():
    given = [
        vote
        for name, fooled in {"A": 1, "B": 5, "C": 2}.items()
        for vote in votes(participant=name, fooled=[True] * fooled + [False] * (10 - fooled))
    ]
    (found,) = statistics.rates(given)
    fooled, trials = np.array([1, 5, 2]), np.full(3, 10)
    assert (found.low, found.high) == statistics.fooling_interval(fooled, trials)
    tested = stats.binomtest(8, 30)
    assert found.wilson == pytest.approx(tested.proportion_ci(0.95, "wilson"))
    assert found.p is None  # thirty votes of three people are not thirty people
    assert np.array_equal(found.bootstrap, statistics.bootstrap(fooled, trials))
    # Each of three draws is a person of three, and then their luck in ten votes.
    shares = fooled / 10
    variance = (np.var(shares) + np.mean(shares * (1 - shares) / 10)) / 3
    assert found.standard_error == pytest.approx(np.sqrt(variance), rel=0.05)


def test_a_comparison_counts_those_who_saw_one_of_both_and_nobody_else():
    given = (
        votes(participant="A", fooled=[True, False, True, True])
        + votes(participant="A", colorizer="full", fooled=[False, False, True])
        + votes(participant="B", fooled=[False, True, False, False])
        + votes(participant="C", colorizer="full", fooled=[False, True])
    )
    found = statistics.compare(given, "beta", "full")
    expected = statistics.difference_interval(([3, 1, 0], [4, 4, 0]), ([1, 0, 1], [3, 0, 2]))
    assert found[:3] == (pytest.approx(4 / 8 - 2 / 5), *map(pytest.approx, expected))
    assert found[3:] == (1, "")
    others = votes(participant="D", colorizer="vivid", fooled=[True, False])
    assert statistics.compare(given + others, "beta", "full") == found


def test_colorizers_without_votes_cannot_be_compared():
    with pytest.raises(TuringError, match="no test vote on 'full'; there are votes on beta"):
        statistics.compare(votes(fooled=[True]), "beta", "full")


def test_learning_shows_as_a_falling_rate_and_tiring_as_a_rising_one():
    people = [votes(fooled=[True] * 8 + [False] * 8, participant=name) for name in "ABCD"]
    learnt = statistics.learning(sum(people, []))
    assert learnt.difference == -1 and learnt.high < 0
    tired = [{**vote, "fooled": not vote["fooled"]} for vote in sum(people, [])]
    assert statistics.learning(tired).low > 0
    odd = [
        {**vote, "number": vote["number"] + later}  # everybody has a first half of their own
        for name, later in (("A", 0), ("B", 10))
        for vote in votes(fooled=[True, False, False], participant=name)
    ]
    assert statistics.learning(odd).difference == -0.5  # the middle pair is in the first half
    with pytest.raises(TuringError, match="nobody has two test votes"):
        statistics.learning(votes(fooled=[True]))


def test_somebody_who_always_clicks_left_shows_a_side_bias():
    biased = votes(side=["left"] * 36, fooled=[True, False] * 18)
    assert statistics.side_bias(biased).rate == 1 and statistics.side_bias(biased).p < 1e-9
    some = statistics.side_bias(votes(side=["left"] * 8 + ["right"] * 2, fooled=[True] * 10))
    assert some.rate == 0.8 and some.p == pytest.approx(2 * 56 / 1024)  # 1 + 10 + 45, either end
    with pytest.raises(TuringError, match="no test vote"):
        statistics.side_bias([])


def test_the_vigilance_filter_leaves_out_who_did_not_look():
    asleep = votes(
        kind="vigilance", colorizer="random", participant="S", fooled=[True, True, False, False]
    ) + votes(participant="S", fooled=[True])
    awake = votes(
        kind="vigilance", colorizer="random", participant="W", fooled=[True, False, False, False]
    ) + votes(participant="W", fooled=[True])
    unchecked = votes(participant="N", fooled=[True])
    kept, out = statistics.vigilant(asleep + awake + unchecked)
    assert out == ["S"] and kept == awake + unchecked
    assert statistics.vigilant(asleep + awake, least=1.0)[1] == ["S", "W"]


def test_reaction_times_are_medians_of_right_and_of_fooled_votes():
    given = (
        votes(fooled=[False] * 3 + [True] * 2, seconds=[1.0, 2.0, 9.0, 4.0, 6.0])
        + votes(colorizer="paper", fooled=[True], seconds=[None])
        + votes(colorizer="quick", fooled=[True], seconds=[0.5])
    )
    found = statistics.reaction_times(given)
    assert found["beta"] == {"right": 2.0, "fooled": 5.0} and "paper" not in found
    assert found["quick"]["fooled"] == 0.5 and np.isnan(found["quick"]["right"])


def test_the_number_of_trials_agrees_with_rs_power_prop_test():
    # The examples of R's help page: n = 50, p .50 and .75 give 0.740; power .90 for the same needs
    # n = 76.7.
    assert statistics.trials_needed(0.5, 0.75, power=0.7401) == 50
    assert statistics.trials_needed(0.5, 0.75, power=0.7402) == 51
    assert statistics.trials_needed(0.5, 0.75, power=0.9) == 77


def test_as_many_trials_as_it_says_find_the_difference_in_four_of_five_experiments():
    needed = statistics.trials_needed(*TRUE)
    one, other = simulate.counts(TRUE, participants=needed, trials=1, experiments=1000, seed=4)
    shown = np.ones_like(one)
    low, _ = statistics.difference_interval((one, shown), (other, shown))
    assert 0.76 < np.mean(low > 0) < 0.84


@pytest.mark.parametrize("rates", [(0.3, 0.3), (0, 0.3), (0.3, 1.2)])
def test_power_needs_two_rates(rates):
    with pytest.raises(TuringError, match="give two different ones between 0 and 1"):
        statistics.trials_needed(*rates)
