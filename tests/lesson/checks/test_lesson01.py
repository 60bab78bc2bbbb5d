"""Wrong answers to the exercises of lesson 01 that learners give, and other right ones."""

import numpy as np
import pytest
from mistakes import enough, named
from skimage import color as skcolor

from coursekit import color
from coursekit.lesson import checks
from coursekit.lesson.checks import lesson01


def clipped_each_by_itself(lab):
    return lab * [1, 1, 0] + np.clip(lab, -20, 20) * [0, 0, 1]


def halved_until_inside(lab):
    lab = lab.copy()
    for _ in range(30):
        lab[~color.in_gamut(lab), 1:] /= 2
    return lab


def accepted_the_other_end(lab):
    fit = lesson01.pull_into_gamut(lab)
    out = ~color.in_gamut(lab)
    fit[out, 1:] *= 1.02
    return fit


def limited(lab, most):
    chroma = np.linalg.norm(lab[..., 1:], axis=-1, keepdims=True)
    return np.concatenate([lab[..., :1], lab[..., 1:] * np.minimum(1, most / chroma)], axis=-1)


def pulled_twice(lab):
    fit = lesson01.pull_into_gamut(lab)
    factor = np.linalg.norm(fit[..., 1:], axis=-1) / np.linalg.norm(lab[..., 1:], axis=-1)
    return np.concatenate([lab[..., :1], factor[..., None] * fit[..., 1:]], axis=-1)


def to_the_edge(lab):
    """Colours that exist are made as vivid as can be, too."""
    return lesson01.pull_into_gamut(lab * [1, 20, 20])


def clipped_with_its_own_L(lab):
    clipped = color.rgb_to_lab(color.lab_to_rgb(lab))
    return np.concatenate([lab[..., :1], clipped[..., 1:]], axis=-1)


def turned_by_arctan(ab, degrees):
    hue = np.arctan(ab[..., 1] / ab[..., 0]) + np.deg2rad(degrees)
    return np.linalg.norm(ab, axis=-1)[..., None] * np.stack([np.cos(hue), np.sin(hue)], axis=-1)


def turned_by_arctan2(ab, degrees):
    hue = np.arctan2(ab[..., 0], ab[..., 1]) + np.deg2rad(degrees)
    return np.linalg.norm(ab, axis=-1)[..., None] * np.stack([np.cos(hue), np.sin(hue)], axis=-1)


def signed(first, second):
    def turn(ab, degrees):
        t = np.deg2rad(degrees)
        a, b = ab[..., 0], ab[..., 1]
        return np.stack(
            [a * np.cos(t) + first * b * np.sin(t), second * a * np.sin(t) + b * np.cos(t)], -1
        )

    return turn


def turned_in_place(ab, degrees):
    ab, t = ab.copy(), np.deg2rad(degrees)
    ab[..., 0] = ab[..., 0] * np.cos(t) - ab[..., 1] * np.sin(t)
    ab[..., 1] = ab[..., 0] * np.sin(t) + ab[..., 1] * np.cos(t)
    return ab


def filled(fill):
    def fill_bars(box, mask):
        box = box.copy()
        box[~mask] = fill(box, mask)
        return box

    return fill_bars


def fill_the_photo(box, mask):
    box = box.copy()
    box[mask] = box[~mask].mean(axis=0)
    return box


def fill_what_is_black(box, mask):
    box = box.copy()
    box[(box == 0).all(axis=-1)] = box[mask].mean(axis=0)
    return box


def each_column(box, mask):
    means = np.stack([box[mask[:, at], at].mean(axis=0) for at in range(box.shape[1])])
    return np.where(mask[..., None], box, np.rint(means))


def to_linear(rgb):
    code = rgb / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def coded(light):
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def fill_in_place(box, mask):
    box[~mask] = box[mask].mean(axis=0)
    return box


def everything(box, mask):
    return np.full_like(box, box[mask].mean())


MISTAKES = [
    ("01.1", "half the code is not half-way", [[255, 255, 0], [0, 0, 255], [128, 128, 128]]),
    ("01.1", "half the light is not half-way", [[255, 255, 0], [0, 0, 255], [188, 188, 188]]),
    ("01.1", "b the wrong way round", [[0, 0, 255], [255, 255, 0], [119, 119, 119]]),
    ("01.1", "levels from 0 to 1", [[1, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5]]),
    ("01.1", "not 8-bit", [[255, 255, 0], [0, 0, 300], [119, 119, 119]]),
    ("01.1", "not a light yellow", [[120, 120, 0], [0, 0, 255], [119, 119, 119]]),
    ("01.1", "not blue enough", [[255, 255, 0], [120, 120, 160], [119, 119, 119]]),
    ("01.1", "not a grey", [[255, 255, 0], [0, 0, 255], [119, 100, 119]]),
    ("01.1", "L is off", [[255, 255, 0], [0, 0, 255], [100, 100, 100]]),
    ("01.1", "Lab, not RGB", [[97, -22, 94], [32, 79, -108], [50, 0, 0]]),
    ("01.1", "L is not a level", [[255, 255, 0], [0, 0, 255], [50, 50, 50]]),
    ("01.1", "18 % of the light, not of the code", [[255, 255, 0], [0, 0, 255], [46, 46, 46]]),
    ("01.1", "BGR, not RGB", [[0, 255, 255], [255, 0, 0], [119, 119, 119]]),
    ("01.1", "another order", [[119, 119, 119], [255, 255, 0], [0, 0, 255]]),
    ("01.1", "another order", [[255, 255, 0], [119, 119, 119], [0, 0, 255]]),
    ("01.1", "a colour is a row", np.array([[255, 255, 0], [0, 0, 255], [119, 119, 119]]).T),
    ("01.1", "another shape", [255, 255, 0]),
    ("01.2", "degrees are not radians", lambda ab, t: lesson01.turn(ab, np.rad2deg(t))),
    ("01.2", "turned the other way", lambda ab, t: lesson01.turn(ab, -t)),
    ("01.2", "nothing turned", lambda ab, t: ab),
    ("01.2", "arctan takes opposite colours for one", turned_by_arctan),
    ("01.2", "b turned with the new a", turned_in_place),
    (
        "01.2",
        "only a turned",
        lambda ab, t: np.stack([lesson01.turn(ab, t)[..., 0], ab[..., 1]], -1),
    ),
    ("01.2", "sine and cosine exchanged", lambda ab, t: lesson01.turn(ab, 90 - t)),
    ("01.2", "another result", lambda ab, t: lesson01.turn(ab, t / 2)),
    (
        "01.2",
        "only b turned",
        lambda ab, t: np.stack([ab[..., 0], lesson01.turn(ab, t)[..., 1]], -1),
    ),
    ("01.2", "a and b exchanged", lambda ab, t: lesson01.turn(ab, t)[..., ::-1]),
    ("01.2", "arctan2 of a and b", turned_by_arctan2),
    ("01.2", "both sines added", signed(1, 1)),
    ("01.2", "both sines subtracted", signed(-1, -1)),
    (
        "01.2",
        "chroma lost",
        lambda ab, t: lesson01.turn(ab, t) / np.linalg.norm(ab, axis=-1, keepdims=True),
    ),
    ("01.2", "another result", lambda ab, t: ab + t),
    ("01.2", "another shape", lambda ab, t: np.stack([ab[..., 0], ab[..., 1]])),
    ("01.3", "the mean counts the bars", filled(lambda box, mask: box.mean(axis=(0, 1)))),
    ("01.3", "one grey for three channels", filled(lambda box, mask: box[mask].mean())),
    ("01.3", "bars still black", filled(lambda box, mask: 0)),
    ("01.3", "mask the wrong way round", fill_the_photo),
    ("01.3", "the median, not the mean", filled(lambda box, mask: np.median(box[mask], axis=0))),
    ("01.3", "black pixels, not bars", fill_what_is_black),
    (
        "01.3",
        "the photo's own black left out",
        filled(lambda box, mask: box[box.any(axis=-1)].mean(axis=0)),
    ),
    (
        "01.3",
        "the middle of the range",
        filled(lambda box, mask: (box[mask].min(axis=0) + box[mask].max(axis=0) * 1.0) / 2),
    ),
    (
        "01.3",
        "the mean of light",
        filled(lambda box, mask: 255 * ((box[mask] / 255) ** 2.2).mean(axis=0) ** (1 / 2.2)),
    ),
    (
        "01.3",
        "the mean of light",
        filled(lambda box, mask: 255 * coded(to_linear(box[mask]).mean(axis=0))),
    ),
    (
        "01.3",
        "the mean of Lab",
        filled(
            lambda box, mask: color.lab_to_rgb(
                color.rgb_to_lab(box)[mask].mean(axis=0)[None, None]
            )[0, 0]
        ),
    ),
    ("01.3", "R and B exchanged", filled(lambda box, mask: box[mask].mean(axis=0)[::-1])),
    ("01.3", "each column its own mean", each_column),
    ("01.3", "a grey of your own", filled(lambda box, mask: 128)),
    ("01.3", "another result", filled(lambda box, mask: box[mask][-1])),
    ("01.3", "the photo was changed", everything),
    ("01.3", "changes its input", fill_in_place),
    ("01.4", "nothing pulled", lambda lab: lab),
    ("01.4", "L changes too", lambda lab: color.rgb_to_lab(color.lab_to_rgb(lab))),
    ("01.4", "hue changes", clipped_each_by_itself),
    ("01.4", "one factor for all", lambda lab: lab * [1, 0.1, 0.1]),
    ("01.4", "one factor for all", lambda lab: lab * [1, 0.5, 0.5]),
    ("01.4", "one limit for all", lambda lab: limited(lab, 10)),
    ("01.4", "one limit for all", lambda lab: limited(lab, 60)),
    ("01.4", "pulled twice", pulled_twice),
    ("01.4", "pushed outwards", to_the_edge),
    ("01.4", "existing colours fade", lambda lab: lesson01.pull_into_gamut(lab) * [1, 0.9, 0.9]),
    ("01.4", "RGB, not Lab", color.lab_to_rgb),
    ("01.4", "RGB, not Lab", lambda lab: color.lab_to_rgb(lab) / 255),
    ("01.4", "clipped, then L put back", clipped_with_its_own_L),
    ("01.4", "made grey", lambda lab: lab * np.where(color.in_gamut(lab)[..., None], 1, [1, 0, 0])),
    ("01.4", "still outside", accepted_the_other_end),
    ("01.4", "pulled too far", halved_until_inside),
]

test_a_mistake_is_called_by_its_name = named(MISTAKES)
test_every_exercise_has_mistakes = enough("01", MISTAKES)


def turned_as_complex_numbers(ab, degrees):
    turned = (ab[..., 0] + 1j * ab[..., 1]) * np.exp(1j * np.pi * degrees / 180)
    return np.stack([turned.real, turned.imag], axis=-1)


def pulled_by_steps(lab):
    """The largest of 500 factors at which scikit-image's conversion stays inside 0…1."""
    best = np.zeros(lab.shape[:-1])
    for factor in np.linspace(0, 1, 500):
        scaled = np.concatenate([lab[..., :1], factor * lab[..., 1:]], axis=-1)
        best = np.where(color.in_gamut(scaled), factor, best)
    return np.concatenate([lab[..., :1], best[..., None] * lab[..., 1:]], axis=-1)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("01.1", np.array([[255, 230, 0], [20, 20, 255], [118, 118, 118]], np.uint8)),
        ("01.2", turned_as_complex_numbers),
        (
            "01.3",
            lambda box, mask: np.where(
                mask[..., None], box, box[mask].mean(axis=0).astype(np.uint8)
            ),
        ),
        ("01.4", pulled_by_steps),
    ],
)
def test_another_right_answer_is_correct_too(name, answer):
    assert checks.check(name, answer).status == checks.CORRECT


def test_where_chroma_stays_the_message_speaks_of_the_distance_and_not_of_chroma():
    message = checks.check("01.2", lambda ab, degrees: lesson01.turn(ab, degrees / 2)).message
    assert "chroma stays as it should, but" in message and "changes by up to" not in message


def test_the_half_way_grey_is_scikit_image_s():
    assert skcolor.rgb2lab(np.uint8([[[119] * 3]]))[0, 0, 0] == pytest.approx(50, abs=0.5)
