"""The scenes: what is drawn, and that the best prediction they promise is the best."""

import hashlib
import subprocess
import sys
import time

import numpy as np
import pytest
from scipy import stats

from coursekit import color
from coursekit.datasets import scenes
from coursekit.datasets.scenes import KINDS, OBJECTS

NAMES = list(OBJECTS)
RARE = [name for name, thing in OBJECTS.items() if thing.rare]


def in_kind(name, kind):
    return not isinstance(OBJECTS[name].palette, dict) or kind in OBJECTS[name].palette


def palette(name, kind):
    """Probabilities and ab points of an object, straight from the public table."""
    points = OBJECTS[name].palette
    points = points[kind] if isinstance(points, dict) else points
    probability = [p[0] if len(p) == 3 else 1 / len(points) for p in points]
    return np.array(probability), np.array([p[-2:] for p in points], float)


@pytest.fixture(scope="module")
def many():
    return scenes.draw(600, size=32, seed=7)


@pytest.fixture(scope="module")
def few():
    return scenes.draw(12, size=32, seed=3)


@pytest.fixture(scope="module")
def recolored(few):
    return np.stack([scenes.recolor(few, seed).ab for seed in range(400)])


@pytest.fixture(scope="module")
def draws(many):
    """One row for each thing in each scene: kind, object, the point it drew, its mean L."""
    rows = []
    for label, objects, instances, L, ab in zip(
        many.labels, many.objects, many.instances, many.L[..., 0], many.ab, strict=True
    ):
        things = objects.astype(int) * 1000 + instances
        things, where, inverse = np.unique(things.ravel(), return_index=True, return_inverse=True)
        mean_L = np.bincount(inverse, L.ravel()) / np.bincount(inverse)
        for thing, at, light in zip(things, where, mean_L, strict=True):
            _, points = palette(NAMES[thing // 1000], KINDS[label])
            distance = np.abs(points - ab.reshape(-1, 2)[at]).max(1)
            assert distance.min() < 1e-4
            rows.append((label, thing // 1000, distance.argmin(), light))
    return np.array(rows)


def bins_of(ab):
    """A soft encoding for tests: a Gaussian over a coarse grid."""
    grid = np.stack(np.meshgrid(np.arange(-60, 81, 20), np.arange(-60, 81, 20)), -1).reshape(-1, 2)
    weight = np.exp(-((np.asarray(ab)[:, None] - grid) ** 2).sum(-1) / (2 * 10**2))
    return weight / weight.sum(1, keepdims=True)


# What is drawn


@pytest.mark.parametrize("size", [32, 47, 64, 256])
def test_fields_have_the_promised_shapes_and_types(size):
    drawn = scenes.draw(2, size=size)
    assert drawn.rgb.shape == (2, size, size, 3) and drawn.rgb.dtype == np.uint8
    assert drawn.labels.shape == (2,) and drawn.labels.dtype == np.int64
    assert drawn.objects.shape == (2, size, size) and drawn.objects.max() < len(OBJECTS)
    assert drawn.L.shape == (2, size, size, 1) and drawn.L.dtype == np.float32
    assert drawn.ab.shape == (2, size, size, 2) and drawn.ab.dtype == np.float32


def test_no_scenes_are_fine_too():
    assert scenes.draw(0).rgb.shape == (0, 64, 64, 3)


def test_every_object_is_seen_and_every_kind_comes_equally_often(many):
    assert set(np.unique(many.objects)) == set(range(len(OBJECTS)))
    assert np.bincount(many.labels).tolist() == [100] * len(KINDS)


def test_only_the_wanted_kinds_are_drawn():
    assert [KINDS[i] for i in scenes.draw(4, 32, kinds=["winter", "coast"]).labels] == [
        "winter",
        "coast",
    ] * 2


def test_every_object_keeps_to_its_range_of_L(many):
    low, high = np.array([OBJECTS[name].L for name in NAMES], np.float32)[many.objects].transpose(
        3, 0, 1, 2
    )
    assert (many.L[..., 0] >= low).all() and (many.L[..., 0] <= high).all()


@pytest.mark.parametrize("name", NAMES)
def test_every_colour_of_an_object_exists_at_every_L_of_it(name):
    lightness = np.arange(OBJECTS[name].L[0], OBJECTS[name].L[1] + 0.01, 0.25)
    for kind in KINDS:
        for point in palette(name, kind)[1] if in_kind(name, kind) else []:
            lab = np.column_stack([lightness, np.tile(point, (len(lightness), 1))])
            assert color.in_gamut(lab).all(), f"{name} in {kind}: {point} leaves sRGB"


def test_the_pictures_hold_the_promised_lab_but_for_8_bit_rounding(many):
    L, ab = color.split(many.rgb[:120])
    assert np.abs(L - many.L[:120]).max() < 0.5
    assert np.abs(ab - many.ab[:120]).max() < 2.5
    assert np.abs(ab - many.ab[:120]).mean() < 0.3


def test_rare_colours_are_vivid_and_cover_less_than_one_percent(many):
    share = np.isin(many.objects, [NAMES.index(name) for name in RARE]).mean()
    assert 0.001 < share < 0.01
    assert all(np.hypot(*palette(name, None)[1].T).min() > 40 for name in RARE)


def test_much_is_nearly_grey_and_little_is_vivid(many):
    chroma = np.hypot(many.ab[..., 0], many.ab[..., 1])
    assert (chroma < 12).mean() > 0.35
    assert (chroma > 45).mean() < 0.05


# The same seed, the same picture


def test_a_scene_depends_on_neither_count_nor_the_part_it_is_drawn_in():
    whole = scenes.draw(10, 32, seed=4)
    for first in (0, 5):
        part = scenes.draw(5, 32, seed=4, first=first)
        for name, field in part._asdict().items():
            np.testing.assert_array_equal(field, getattr(whole, name)[first : first + 5])


def test_another_process_draws_the_same():
    code = (
        "import hashlib, numpy as np; from coursekit.datasets import scenes;"
        "print(hashlib.sha256(scenes.draw(7, 40, seed=2).rgb.tobytes()).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (
        other.stdout.strip() == hashlib.sha256(scenes.draw(7, 40, seed=2).rgb.tobytes()).hexdigest()
    )


def test_another_seed_draws_other_pictures(few):
    other = scenes.draw(12, 32, seed=4)
    assert (np.abs(other.L - few.L).mean((1, 2, 3)) > 1).all()


def test_another_size_shows_the_same_picture_in_the_same_colours():
    small, large = scenes.draw(12, 64, seed=5), scenes.draw(12, 256, seed=5)
    halved = large.L.reshape(12, 64, 4, 64, 4).mean((2, 4))
    assert np.abs(halved - small.L[..., 0]).mean() < 2
    assert (small.objects == large.objects[:, 2::4, 2::4]).mean() > 0.95
    assert (np.abs(small.ab - large.ab[:, 2::4, 2::4]).max(-1) < 1e-4).mean() > 0.95


# The colours follow the palettes, and L does not tell them


def test_colours_come_as_often_as_the_palettes_say(draws):
    tested = 0
    for o, name in enumerate(NAMES):
        for k, kind in enumerate(KINDS):
            drawn = draws[(draws[:, 0] == k) & (draws[:, 1] == o), 2].astype(int)
            if len(drawn) < 40:
                continue
            probability, _ = palette(name, kind)
            seen = np.bincount(drawn, minlength=len(probability))
            if len(probability) > 1:
                tested += 1
                fit = stats.chisquare(seen, probability * len(drawn))
                assert fit.pvalue > 1e-4, f"{name} in {kind}: {seen}"
    assert tested > 50


def test_L_says_nothing_about_the_colour_of_a_thing(draws):
    tested = 0
    for o, name in enumerate(NAMES):
        for k in range(len(KINDS)):
            chosen = draws[(draws[:, 0] == k) & (draws[:, 1] == o)]
            groups = [chosen[chosen[:, 2] == point, 3] for point in np.unique(chosen[:, 2])]
            if len(groups) > 1 and min(map(len, groups)) >= 8:
                tested += 1
                assert stats.kruskal(*groups).pvalue > 1e-4, f"{name} in {KINDS[k]}"
    assert tested > 30


def test_the_ground_has_one_colour_in_each_kind_and_the_same_L_in_all(many):
    ground = many.objects == NAMES.index("ground")
    colours, lightness = [], []
    for k in range(len(KINDS)):
        here = ground & (many.labels == k)[:, None, None]
        colours.append(np.unique(many.ab[here], axis=0))
        lightness.append((many.L[here].mean(), many.L[here].std()))
    assert [len(colour) for colour in colours] == [1] * len(KINDS)
    colours, lightness = np.concatenate(colours), np.array(lightness)
    apart = np.hypot(*(colours[:, None] - colours[None]).transpose(2, 0, 1))
    assert apart[~np.eye(len(KINDS), dtype=bool)].min() > 10
    assert (np.ptp(lightness, axis=0) < (3, 2)).all()


def test_the_kind_can_be_read_from_L():
    train, test = scenes.draw(600, 32, seed=11).L, scenes.draw(150, 32, seed=12).L

    def features(
        L,
    ):  # how the local contrast and the lightness spread over the picture, and a constant
        L = L[..., 0] / 50 - 1
        edges = np.abs(np.gradient(L, axis=1)) + np.abs(np.gradient(L, axis=2))
        cells = [p.reshape(len(L), 8, 4, 8, 4).mean((2, 4)) ** 0.5 for p in (edges, (L + 1) / 2)]
        rows = [p.mean(2) for p in (L, edges, np.minimum(L, 0))]
        return np.concatenate([p.reshape(len(L), -1) for p in (*cells, *rows, np.ones(len(L)))], 1)

    x, y = features(train), np.eye(len(KINDS))[np.arange(600) % len(KINDS)]
    weights = np.linalg.solve(x.T @ x + 0.3 * np.eye(x.shape[1]), x.T @ y)
    guess = (features(test) @ weights).argmax(1)
    assert (guess == np.arange(150) % len(KINDS)).mean() > 0.85


# The best prediction


def test_expected_ab_is_the_mean_over_all_colours_of_the_same_drawing(few, recolored):
    noise = recolored.std(0) / np.sqrt(len(recolored))
    assert (np.abs(recolored.mean(0) - scenes.expected_ab(few)) <= 5 * noise + 1e-3).all()


def test_the_expected_balloon_is_neither_red_nor_blue(few):
    balloon = few.objects == NAMES.index("balloon")
    _, (red, blue) = palette("balloon", None)
    np.testing.assert_allclose(
        np.unique(scenes.expected_ab(few)[balloon], axis=0), [(red + blue) / 2]
    )
    assert np.hypot(*(red + blue) / 2) < 0.65 * min(np.hypot(*red), np.hypot(*blue))


def test_no_shift_of_expected_ab_lowers_the_squared_error(few, recolored):
    best = scenes.expected_ab(few)
    error = ((recolored - best) ** 2).mean()
    rng = np.random.default_rng(0)
    for _ in range(5):
        shift = rng.normal(0, 4, (len(KINDS), len(OBJECTS), 2)).astype(np.float32)
        shift = shift[few.labels[:, None, None], few.objects]
        assert ((recolored - best - shift) ** 2).mean() > error


def test_lowest_mse_is_the_error_of_expected_ab(few, recolored, many):
    measured = ((recolored - scenes.expected_ab(few)) ** 2).mean()
    assert scenes.lowest_mse(few) == pytest.approx(measured, rel=0.03)
    measured = ((many.ab - scenes.expected_ab(many)) ** 2).mean()
    assert scenes.lowest_mse(many) == pytest.approx(measured, rel=0.06)


def test_without_the_kind_the_ground_is_the_mean_of_all_grounds_and_the_error_grows(many):
    ground = many.objects == NAMES.index("ground")
    blind = scenes.expected_ab(many, kind_known=False)
    mean = np.mean([palette("ground", kind)[1][0] for kind in KINDS], 0)
    np.testing.assert_allclose(blind[ground], np.broadcast_to(mean, (ground.sum(), 2)), rtol=1e-5)
    lowest = scenes.lowest_mse(many, kind_known=False)
    assert lowest == pytest.approx(((many.ab - blind) ** 2).mean(), rel=0.04)
    assert scenes.lowest_mse(many) < 0.6 * lowest
    assert lowest < 0.7 * many.ab.var((0, 1, 2)).mean()


def test_distribution_is_half_and_half_where_two_colours_are_equally_likely(few):
    both = scenes.distribution(few, lambda ab: np.stack([ab[:, 0] > 40, ab[:, 0] <= 40], 1))
    balloon = few.objects == NAMES.index("balloon")
    np.testing.assert_allclose(both[balloon], 0.5)
    poppy = few.objects == NAMES.index("poppy")
    assert (both[poppy] == [1, 0]).all() and poppy.any() and balloon.any()


def test_distribution_adds_up_to_one_and_is_the_mean_target(few, recolored):
    guess = scenes.distribution(few, bins_of)
    np.testing.assert_allclose(guess.sum(-1), 1, rtol=1e-5)
    at = (0, slice(None, None, 5), slice(None, None, 5))
    drawn = recolored[:, 0, ::5, ::5]
    targets = bins_of(drawn.reshape(-1, 2)).reshape(*drawn.shape[:-1], -1)
    noise = targets.std(0) / np.sqrt(len(targets))
    assert (np.abs(targets.mean(0) - guess[at]) <= 5 * noise + 1e-3).all()


def test_no_guess_has_a_lower_cross_entropy_than_distribution(few, recolored):
    def cross_entropy(guess):
        log = np.log(guess[:, ::2, ::2].reshape(-1, guess.shape[-1]) + 1e-30)
        drawn = recolored[:40, :, ::2, ::2].reshape(40, -1, 2)
        return -np.mean([(bins_of(ab) * log).sum(1).mean() for ab in drawn])

    best = scenes.distribution(few, bins_of)
    reached = cross_entropy(best)
    assert scenes.lowest_cross_entropy(few, bins_of) == pytest.approx(reached, rel=0.03)
    for power in (0.7, 1.4):  # flatter, sharper
        other = best**power
        assert cross_entropy(other / other.sum(-1, keepdims=True)) > reached
    assert scenes.lowest_cross_entropy(few, bins_of, kind_known=False) > reached * 1.1


def test_with_one_hot_targets_the_lowest_cross_entropy_is_the_entropy_of_the_palettes(few):
    held = [(name, kind) for name in NAMES for kind in KINDS if in_kind(name, kind)]
    points = np.unique(np.concatenate([palette(*pair)[1] for pair in held]), axis=0)

    def one_hot(ab):
        return (np.abs(np.asarray(ab)[:, None] - points) < 1e-3).all(-1)

    entropy = np.full((len(KINDS), len(NAMES)), np.nan)
    for name, kind in held:
        entropy[KINDS.index(kind), NAMES.index(name)] = stats.entropy(palette(name, kind)[0])
    expected = entropy[few.labels[:, None, None], few.objects].mean()
    assert scenes.lowest_cross_entropy(few, one_hot) == pytest.approx(expected, rel=1e-6)


def test_recoloring_changes_colours_and_nothing_else(few):
    again = scenes.recolor(few, seed=1)
    assert again.L is few.L and again.objects is few.objects
    changed = np.abs(again.ab - few.ab).max(-1) > 1
    assert 0.1 < changed.mean() < 0.9
    assert not changed[
        np.isin(few.objects, [NAMES.index(n) for n in ("poppy", "ground", "rock")])
    ].any()


# Limits


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 1, "size": 31}, "31 is outside 32…256"),
        ({"count": 1, "size": 300}, "300 is outside 32…256"),
        ({"count": -1}, "count -1"),
        ({"count": 1, "seed": -2}, "seed -2"),
        ({"count": 1, "kinds": ["meadow", "jungle"]}, r"jungle.*choose from meadow, autumn"),
        ({"count": 1, "kinds": []}, "choose from meadow"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        scenes.draw(**arguments)


def test_drawing_time_grows_linearly_and_is_short():
    def seconds(count):
        best = np.inf
        for _ in range(3):
            start = time.process_time()
            scenes.draw(count, 64)
            best = min(best, time.process_time() - start)
        return best

    seconds(6)
    short, long = seconds(30), seconds(120)
    assert long < 7 * short
    assert long / 120 < 0.015  # about 0.0025 s on an idle core; slow machines have room
