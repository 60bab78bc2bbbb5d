"""Checks of the first assignment: Lab. Graded, so there are no solutions here."""

from __future__ import annotations

import numpy as np
from skimage import color as skcolor

from coursekit import color

from .answers import NotYet, agree, array, number, parts
from .exercise import exercise


def _linear(rgb):
    code = np.asarray(rgb) / 255
    return np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)


def _code(light):
    return 255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


@exercise(
    "A1.1",
    hint=(
        "Undo the code of both photos (section 1.2), average the light, and code the average again; the way back is the "
        "formula read from right to left. Round before you make it uint8."
    ),
)
def mix(answer, rng):
    first, second = rng.integers(0, 256, (2, 9, 8, 3), dtype=np.uint8)
    first[0, 0], second[0, 0] = 0, 255
    given = answer(first, second)
    found = array(given, first.shape, "mix(first, second)")
    light = (_linear(first) + _linear(second)) / 2
    codes = (first.astype(float) + second) / 2
    agree(
        found,
        _code(light),
        {
            "codes were averaged": (
                codes,
                f"Black and white mixed give level {found[0, 0, 0]:.0f}: you averaged codes, "
                "not light. Half of white's light has the level 188.",
            ),
            "sums of uint8 overflow": (
                np.uint8(first + second) / 2,
                "uint8 cannot hold a sum over 255: convert to float before you add.",
            ),
            "light was not coded again": (
                255 * light,
                "This is light from 0 to 255; a file holds codes. Code it again.",
            ),
            "coded, not decoded": (
                _code(codes / 255),
                "You coded the average of codes; undo the code of each photo first.",
            ),
            "a plain power": (
                255
                * ((np.float64(first) / 255) ** 2.2 / 2 + (np.float64(second) / 255) ** 2.2 / 2)
                ** (1 / 2.2),
                "A power of 2.2 comes close; sRGB has a straight piece near black and 2.4 "
                "above it.",
            ),
        },
        f"Black and white mixed should give level 188; yours is {found[0, 0, 0]:.0f}.",
        within=0.005,
    )
    if np.asarray(given).dtype != np.uint8:
        raise NotYet(
            "not uint8",
            f"The mixed photo has dtype {np.asarray(given).dtype}; a photo is uint8. Round first.",
        )
    if np.abs(found - _code(light)).max() > 0.51:
        raise NotYet(
            "cut, not rounded",
            "`astype('uint8')` cuts off what stands behind the point; round first.",
        )
    return "Light was mixed, as two projectors on one screen would."


@exercise(
    "A1.2",
    hint=(
        "Go section 1.2 backwards: from L to f, from f to Y (a cube, but straight near black), from Y to the code, and "
        "times 255."
    ),
)
def level(answer, rng):
    L = np.concatenate([[0, 5, 50, 100], rng.uniform(2, 98, 12)])
    found = array(answer(L), L.shape, "grey_level(L)")
    expected = 255 * skcolor.lab2rgb(np.stack([L, 0 * L, 0 * L], axis=-1)[None])[0].mean(axis=-1)
    f = (L + 16) / 116
    Y = np.where(f > 0.206893, f**3, (f - 16 / 116) / 7.787)
    agree(
        found,
        expected,
        {
            "L times 2.55": (
                2.55 * L,
                f"L = 50 is level 119 and not {found[2]:.1f}: L and code are two scales.",
            ),
            "light, not code": (
                255 * Y,
                f"L = 50 gives {found[2]:.0f}: this is the light from 0 to 255. A file holds "
                "codes.",
            ),
            "from 0 to 1": (
                expected / 255,
                "Your levels run from 0 to 1; an 8-bit file's from 0 to 255.",
            ),
            "a cube down to black": (
                _code(np.clip(f**3, 0, 1)),
                f"Black gets level {found[0]:.1f}. Near black f is a straight line, not a root.",
            ),
            "a plain power": (
                255 * Y ** (1 / 2.2),
                "A power of 2.2 comes close; sRGB has a straight piece and 2.4.",
            ),
        },
        f"For L = {L[:4].astype(int)} the levels are {expected[:4].round().astype(int)}; you say {found[:4].round(1)}.",
        within=0.004,
    )
    return "The grey of any lightness, as scikit-image has it."


@exercise(
    "A1.3",
    hint=(
        "`color.split` gives a and b; chroma is √(a² + b²), `np.linalg.norm(ab, axis=-1)`. The mean of a bool array is a "
        "share."
    ),
)
def vivid(answer, rng):
    rgb, limit = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8), rng.uniform(25, 35)
    found = number(answer(rgb, limit), "vivid_share(rgb, limit)")
    lab = color.rgb_to_lab(rgb)
    a, b = lab[..., 1], lab[..., 2]
    over = np.hypot(a, b) > limit
    agree(
        found,
        over.mean(),
        {
            "a count, not a share": (
                over.sum(),
                "This is a number of pixels; divide by how many there are.",
            ),
            "per cent, not a share": (
                100 * over.mean(),
                "The number is right as per cent; a share lies between 0 and 1.",
            ),
            "the quiet ones": (1 - over.mean(), "This is the share *below* the limit."),
            "L counts as colour": (
                (np.linalg.norm(lab, axis=-1) > limit).mean(),
                "Your chroma has L in it: a white wall would be vivid. Take a and b only.",
            ),
            "sum instead of root": (
                (np.abs(a) + np.abs(b) > limit).mean(),
                "Chroma is the length of (a, b), not |a| + |b|.",
            ),
            "largest of a and b": (
                (np.maximum(np.abs(a), np.abs(b)) > limit).mean(),
                "Chroma is the length of (a, b), not the larger of the two.",
            ),
            "the signs of a and b": (
                ((a + b) > limit).mean(),
                "Blue and green have negative a or b and are colours too.",
            ),
        },
        f"{over.mean():.1%} of these pixels have a chroma over {limit:.0f}; you say {found:.3g}.",
    )
    return "Counted in Lab, where the same number is about the same colourfulness for every hue."


@exercise(
    "A1.4",
    hint=(
        "`ab.reshape(H // f, f, W // f, f, 2)` has the rows and columns of each block on axes 1 and 3; take the mean over "
        "both. `np.repeat` along two axes enlarges again."
    ),
)
def coarse(answer, rng):
    factor = 3
    ab = rng.uniform(-60, 60, (12, 9, 2)) + np.linspace(0, 30, 12)[:, None, None]
    found = array(answer(ab, factor), ab.shape, "coarse_colour(ab, factor)")

    def enlarged(blocks):
        return blocks.repeat(factor, axis=0).repeat(factor, axis=1)

    blocks = ab.reshape(4, 3, 3, 3, 2)
    agree(
        found,
        enlarged(blocks.mean(axis=(1, 3))),
        {
            "one pixel a block": (
                enlarged(ab[::factor, ::factor]),
                "Your block has the colour of its first pixel. Take "
                "the mean, or noise and edges decide.",
            ),
            "the middle pixel": (
                enlarged(ab[1::factor, 1::factor]),
                "Your block has the colour of its middle pixel. Take the mean of all.",
            ),
            "a and b mixed": (
                np.repeat(enlarged(blocks.mean(axis=(1, 3, 4)))[..., None], 2, axis=-1),
                "a and b got one mean together; they are two colours of their own.",
            ),
            "only rows": (
                blocks.mean(axis=1).reshape(4, 9, 2).repeat(factor, axis=0),
                "You averaged along one axis only.",
            ),
            "only columns": (
                blocks.mean(axis=3).reshape(12, 3, 2).repeat(factor, axis=1),
                "You averaged along one axis only.",
            ),
            "nothing done": (ab, "ab came back as it was."),
        },
        f"Inside a block colours differ by up to {np.ptp(found[:factor, :factor], axis=(0, 1)).max():.1f}; they should "
        "be one, the block's mean.",
    )
    return f"{factor * factor} times fewer colours to predict."


@exercise(
    "A1.5",
    hint=(
        "Look at what the network gets for a pure blue and for a pure green pixel, and at what it should get. Which "
        "numbers of a photo are luma, which L? And what must the target be divided by, so that tanh can reach it?"
    ),
)
def prepare(answer, rng):
    rgb = rng.integers(0, 256, (3, 6, 5, 3), dtype=np.uint8)
    L, ab = parts(answer(rgb), 2, "prepare(rgb)")
    L, ab = array(L, (3, 6, 5, 1), "the input"), array(ab, (3, 6, 5, 2), "the target")
    lab = skcolor.rgb2lab(rgb)
    mistakes = {
        f"luma is not L ({standard})": (
            color.luma(rgb, standard)[..., None] / 127.5 - 1,
            "The input is still luma: "
            "for "
            f"these pixels it is off by {np.abs(found).mean():.1f} units of L on average, "
            f"up to {np.abs(found).max():.0f}. Take L from the conversion.",
        )
        for standard in (601, 709)
        for found in [color.luma(rgb, standard) / 2.55 - lab[..., 0]]
    }
    agree(
        L,
        lab[..., :1] / 50 - 1,
        {
            **mistakes,
            "the mean of R, G and B": (
                rgb.mean(axis=-1, keepdims=True) / 127.5 - 1,
                "The mean of R, G and B takes blue "
                "for "
                "as light as green. Take L from the conversion.",
            ),
            "L from 0 to 1": (
                lab[..., :1] / 100,
                "L runs from 0 to 1; the network of the assignment wants −1 to 1.",
            ),
            "L from 0 to 100": (lab[..., :1], "L is not scaled: wanted is −1 to 1."),
        },
        f"Your input runs from {L.min():.2f} to {L.max():.2f} and is not L / 50 − 1.",
        within=1e-3,
    )
    agree(
        ab,
        lab[..., 1:] / 128,
        {
            "ab not scaled": (
                lab[..., 1:],
                f"The target reaches {np.abs(ab).max():.0f}; tanh ends at 1.",
            ),
            "ab divided by 100": (
                lab[..., 1:] / 100,
                "Divided by 100, strong colours lie beyond 1, where tanh cannot go.",
            ),
            "a and b exchanged": (lab[..., :0:-1] / 128, "a and b have changed places."),
        },
        "The input is right; the target is not ab / 128.",
        within=1e-3,
    )
    return "The same L that the photo shows in the end."


@exercise(
    "A1.6",
    hint=(
        "Convert both photos to Lab, take `color.delta_e` of the two (CIEDE2000), and the share of pixels over the limit."
    ),
)
def visible(answer, rng):
    first = rng.integers(0, 256, (14, 14, 3), dtype=np.uint8)
    second = np.clip(first + rng.normal(0, 14, first.shape), 0, 255).astype(np.uint8)
    limit = 4.0
    found = number(answer(first, second, limit), "visible_share(first, second, limit)")
    lab = skcolor.rgb2lab(first), skcolor.rgb2lab(second)
    difference = skcolor.deltaE_ciede2000(*lab)
    levels = first.astype(float) - second
    agree(
        found,
        (difference > limit).mean(),
        {
            "ΔE 1976": (
                (skcolor.deltaE_cie76(*lab) > limit).mean(),
                "This is the plain distance in Lab (ΔE 1976), which "
                "overstates differences between vivid colours. Take CIEDE2000.",
            ),
            "distance in RGB": (
                (np.linalg.norm(levels, axis=-1) > limit).mean(),
                "A distance of levels says nothing about what people see. Convert to Lab.",
            ),
            "uint8 wraps around": (
                (np.abs(first - second).mean(axis=-1) > limit).mean(),
                "uint8 differences wrap around "
                "at "
                "0, and levels are not what people see. Convert to Lab.",
            ),
            "colour without light": (
                (np.linalg.norm(lab[0][..., 1:] - lab[1][..., 1:], axis=-1) > limit).mean(),
                "You compared a and b only; a change of light is visible too.",
            ),
            "the mean difference": (
                difference.mean(),
                "This is the mean ΔE; wanted is the share of pixels over the limit.",
            ),
            "the invisible ones": (
                (difference <= limit).mean(),
                "This is the share that does *not* exceed the limit.",
            ),
            "per cent, not a share": (
                100 * (difference > limit).mean(),
                "Right as per cent; a share lies between 0 and 1.",
            ),
        },
        f"{(difference > limit).mean():.1%} of these pixels differ by more than {limit:g}; you say {found:.3g}.",
    )
    return "Measured as people see, with scikit-image as the witness."
