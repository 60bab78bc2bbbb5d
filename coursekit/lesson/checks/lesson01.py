"""Checks of lesson 01: Lab."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from coursekit import color

from .answers import NotYet, agree, array
from .exercise import exercise


def three_colours() -> list[list[int]]:
    """Give a light yellow, a strong blue and the half-way grey, as 8-bit levels."""
    return [[255, 255, 0], [0, 0, 255], [119, 119, 119]]


@exercise(
    "01.1",
    value=True,
    solution=three_colours,
    hint=(
        "Yellow is light and lies opposite to blue on b. For the grey, remember the "
        "photographer's 18 % card and the staircases of section 1.2: half-way for the eye is not "
        "half of the light, and not quite half of the code."
    ),
)
def _three(answer: ArrayLike, rng: np.random.Generator) -> str:
    """Look at L, a and b of a yellow, a blue and the half-way grey."""
    rgb = array(answer, (3, 3), "your answer")
    if rgb[1, 2] < -60 and rgb[0, 2] > 60:
        raise NotYet(
            "Lab, not RGB",
            "These are L, a and b; wanted are the levels R, G and B of colours that have them.",
        )
    if rgb.min() < 0 or rgb.max() > 255:
        raise NotYet(
            "not 8-bit",
            f"8-bit levels run from 0 to 255, yours from {rgb.min():g} to {rgb.max():g}.",
        )
    if rgb.max() <= 1:
        raise NotYet(
            "levels from 0 to 1", "Write 8-bit levels, 0 to 255: yours are all nearly black."
        )
    lab = color.rgb_to_lab(rgb.astype(np.uint8))
    (L, _, b), (_, _, second_b), (grey_L, *grey_ab) = lab
    if _are_asked_for(color.rgb_to_lab(rgb[:, ::-1].astype(np.uint8))) and not _are_asked_for(lab):
        raise NotYet(
            "BGR, not RGB", "You wrote B, G and R; the order of a photo's channels is R, G, B."
        )
    if _are_asked_for(color.rgb_to_lab(rgb.T.astype(np.uint8))) and not _are_asked_for(lab):
        raise NotYet(
            "a colour is a row", "Each of your *columns* is one of the colours; write it as a row."
        )
    if not _are_asked_for(lab) and any(
        _are_asked_for(lab[list(order)]) for order in ((0, 2, 1), (1, 2, 0), (2, 0, 1), (2, 1, 0))
    ):
        raise NotYet(
            "another order",
            "The three colours are right, in another order: first the yellow, then the blue, then "
            "the grey.",
        )
    if b < 0 < second_b:
        raise NotYet(
            "b the wrong way round",
            f"Your first colour has b = {b:.0f}, the second {second_b:.0f}: yellow is the "
            "positive end of b, blue the negative one.",
        )
    if not (b > 60 and L > 80):
        raise NotYet(
            "not a light yellow",
            f"Your first colour has L = {L:.0f}, b = {b:.0f}; wanted are L over 80 and b over 60.",
        )
    if not second_b < -60:
        raise NotYet(
            "not blue enough",
            f"Your second colour has b = {second_b:.0f}; wanted is less than −60.",
        )
    if np.linalg.norm(grey_ab) > 1:
        raise NotYet(
            "not a grey",
            f"Your third colour has a = {grey_ab[0]:.0f}, b = {grey_ab[1]:.0f}; a grey has R = G "
            "= B, and so a = b = 0.",
        )
    if abs(grey_L - 50) > 1:
        misconception = "L is off"
        if abs(rgb[2, 0] - 127.5) <= 1:
            misconception = "half the code is not half-way"
        elif abs(rgb[2, 0] - 188) <= 2:  # sRGB's code for half of the light
            misconception = "half the light is not half-way"
        elif abs(rgb[2, 0] - 50) <= 1:
            misconception = "L is not a level"
        elif abs(rgb[2, 0] - 0.18 * 255) <= 1:
            misconception = "18 % of the light, not of the code"
        raise NotYet(
            misconception,
            f"Your grey has L = {grey_L:.1f}, wanted is 50 ± 1: neither half of the code (128) "
            "nor half of the light (188) is half-way for the eye, and L = 50 is no level.",
        )
    return (
        "L, a, b of the three: "
        f"{'; '.join(' '.join(f'{v:.0f}' for v in row + 0.0) for row in lab.round())}."
    )


def _are_asked_for(lab: np.ndarray) -> bool:
    """Tell whether rows of L, a and b are the light yellow, the blue and the half-way grey."""
    yellow, blue, grey = lab
    return (
        yellow[2] > 60
        and yellow[0] > 80
        and blue[2] < -60
        and np.linalg.norm(grey[1:]) <= 1
        and abs(grey[0] - 50) <= 1
    )


def turn(ab: np.ndarray, degrees: float) -> np.ndarray:
    """Rotate (a, b) by an angle: every hue moves, every chroma stays."""
    angle = np.deg2rad(degrees)
    a, b = ab[..., 0], ab[..., 1]
    return np.stack(
        [a * np.cos(angle) - b * np.sin(angle), a * np.sin(angle) + b * np.cos(angle)], axis=-1
    )


@exercise(
    "01.2",
    solution=turn,
    hint=(
        "a turned by t is a·cos t − b·sin t. NumPy's cos and sin take radians: `np.deg2rad`. "
        "Stack the two planes on the last axis again."
    ),
)
def _turns(answer: Callable, rng: np.random.Generator) -> str:
    """Turn random colours by a random angle."""
    ab, degrees = rng.uniform(-80, 80, (5, 7, 2)), rng.uniform(20, 70)
    found = array(answer(ab, degrees), ab.shape, "turn(ab, degrees)")
    # What a rotation keeps, whatever its angle: said where no known mistake fits.
    off = np.abs(np.linalg.norm(found, axis=-1) - np.linalg.norm(ab, axis=-1)).max()
    right, a, b = turn(ab, degrees), ab[..., 0], ab[..., 1]
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    new_a = right[..., 0]
    # arctan knows the line through a colour and grey, and not on which side of grey it lies.
    half = np.where(a < 0, -1, 1)[..., None]
    agree(
        found,
        right,
        {
            "degrees are not radians": (
                turn(ab, np.rad2deg(degrees)),
                "The colours turned, but not by that angle: `np.cos` and `np.sin` take radians, "
                "so use `np.deg2rad(degrees)` first.",
            ),
            "turned the other way": (
                turn(ab, -degrees),
                "Your colours turn from b towards a. A positive angle turns +a (red) towards +b "
                "(yellow): look at the two signs of the sine.",
            ),
            "nothing turned": (ab, f"turn(ab, {degrees:.0f}) gives ab back as it was."),
            "arctan takes opposite colours for one": (
                half * right,
                "Colours with a below 0 come out opposite to where they should: `np.arctan` "
                "cannot tell a colour from its opposite, `np.arctan2(b, a)` can.",
            ),
            "b turned with the new a": (
                np.stack([new_a, new_a * sin + b * cos], axis=-1),
                "a is right, b is not: b should turn with the *old* a, and you had overwritten it.",
            ),
            "only b turned": (
                np.stack([a, right[..., 1]], axis=-1),
                "b is right, and a came back as it was: both change.",
            ),
            "a and b exchanged": (right[..., ::-1], "The numbers are right, but b stands first."),
            "arctan2 of a and b": (
                turn(ab[..., ::-1], degrees),
                "`np.arctan2` takes the second coordinate first: `np.arctan2(b, a)`. You measured "
                "the hue from b.",
            ),
            "both sines added": (
                np.stack([a * cos + b * sin, a * sin + b * cos], axis=-1),
                "One of the two sines has a minus: red, turned by 90°, becomes yellow, and yellow "
                "becomes green.",
            ),
            "both sines subtracted": (
                np.stack([a * cos - b * sin, b * cos - a * sin], axis=-1),
                "One of the two sines has a plus: red, turned by 90°, becomes yellow, and yellow "
                "becomes green.",
            ),
            "chroma lost": (
                right / np.linalg.norm(ab, axis=-1, keepdims=True),
                "The hues are right, and every colour has chroma 1: multiply by the chroma that it "
                "had.",
            ),
            "only a turned": (
                np.stack([new_a, b], axis=-1),
                "a is right, and b came back as it was: both change.",
            ),
            "sine and cosine exchanged": (
                np.stack([a * sin - b * cos, a * cos + b * sin], axis=-1),
                "You turn by 90° less the angle. Turned by 0°, a should stay a: the cosine belongs "
                "to it.",
            ),
        },
        f"Turned by {degrees:.0f}°, "
        + (
            f"chroma changes by up to {off:.1f}; in a rotation it changes by nothing, and two "
            "turns by 45° are one by 90°."
            if off > 0.05
            else f"chroma stays as it should, but your colours lie up to "
            f"{np.linalg.norm(found - right, axis=-1).max():.0f} units from where they belong."
        ),
    )
    return (
        "Turned by any angle, chroma stays to the last digit. In section 1.8 you saw why pixels "
        "are clipped anyway."
    )


def fill_bars(box: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Fill the bars of a letterboxed photo with the photo's mean colour."""
    filled = box.copy()
    filled[~mask] = np.rint(box[mask].mean(axis=0))
    return filled


@exercise(
    "01.3",
    solution=fill_bars,
    hint=(
        "`box[mask]` are the pixels of the photo, one a row: their mean over axis 0 is one "
        "colour. `filled[~mask] = …` writes the bars. Begin with `filled = box.copy()`."
    ),
)
def _bars(answer: Callable, rng: np.random.Generator) -> str:
    """Fill the bars above and below a random photo."""
    box, mask = np.zeros((24, 32, 3), np.uint8), np.zeros((24, 32), bool)
    mask[5:19] = True
    # A range of its own for each channel, dark values more often than light ones, and a black
    # corner, which is photo too: each mistake gives another fill.
    low, high = np.array([60, 110, 180]), np.array([110, 180, 255])
    box[mask] = np.rint(low + (high - low) * rng.random((mask.sum(), 3)) ** 3)
    box[5:9, :8] = 0
    found = array(answer(box, mask), box.shape, "fill_bars(box, mask)")
    mean, with_bars = box[mask].mean(axis=0), box.reshape(-1, 3).mean(axis=0)
    black = (box == 0).all(axis=-1)
    if not (found[mask] == box[mask]).all():
        if (found[~mask] == 0).all():
            raise NotYet(
                "mask the wrong way round",
                "You filled the photo and left the bars: the mask is True where there is photo.",
            )
        if (found[~black] == box[~black]).all():
            raise NotYet(
                "black pixels, not bars",
                "You also filled pixels of the photo that are black. What is a bar stands in the "
                "mask.",
            )
        changed = (found[mask] != box[mask]).any(axis=-1).mean()
        raise NotYet(
            "the photo was changed",
            f"{changed:.0%} of the photo's own pixels changed; only the bars should.",
        )
    fill = found[~mask]
    columns = list(zip(box.swapaxes(0, 1), mask.T, strict=True))
    agree(
        fill,
        np.broadcast_to(mean, fill.shape),
        {
            "the mean counts the bars": (
                np.broadcast_to(with_bars, fill.shape),
                f"Your fill is {np.rint(fill[0]).astype(int)}, the photo's mean "
                f"{np.rint(mean).astype(int)}: the black bars are in your mean. Take it over the "
                "mask.",
            ),
            "one grey for three channels": (
                np.full(fill.shape, box[mask].mean()),
                "You took one mean over all three channels; a colour has a mean of its own in "
                "each: `axis=0`.",
            ),
            "bars still black": (np.zeros(fill.shape), "The bars are as black as before."),
            "the median, not the mean": (
                np.broadcast_to(np.median(box[mask], axis=0), fill.shape),
                "This is the median of the photo; its mean colour is asked for.",
            ),
            "the photo's own black left out": (
                np.broadcast_to(box[~black].mean(axis=0), fill.shape),
                "Your mean leaves out pixels of the photo that are black. Take it over the mask.",
            ),
            "the mean of light": (
                np.broadcast_to(
                    255 * ((box[mask] / 255) ** 2.2).mean(axis=0) ** (1 / 2.2), fill.shape
                ),
                "You averaged light, as a camera does, and coded it again. Here the mean of the "
                "levels is asked for, which is what a network is given.",
            ),
            "the mean of Lab": (
                np.broadcast_to(
                    color.lab_to_rgb(color.rgb_to_lab(box)[mask].mean(axis=0)[None, None])[0, 0],
                    fill.shape,
                ),
                "You took the mean of L, a and b; the mean of R, G and B is asked for.",
            ),
            "R and B exchanged": (
                np.broadcast_to(mean[::-1], fill.shape),
                "R and B changed places: the channels stay in their order.",
            ),
            "each column its own mean": (
                np.tile([column[each].mean(axis=0) for column, each in columns], (10, 1)),
                "Each column of the bars has the mean of that column of the photo: one colour for "
                "all is asked for.",
            ),
            "the middle of the range": (
                np.broadcast_to(
                    (box[mask].min(axis=0) + box[mask].max(axis=0).astype(float)) / 2, fill.shape
                ),
                "This is the middle between the darkest and the lightest value, not the mean.",
            ),
            "a grey of your own": (
                np.broadcast_to(fill[0, 0], fill.shape),
                f"You fill with level {fill[0, 0]:.0f} in all channels; the photo's mean colour is "
                f"{np.rint(mean).astype(int)}.",
            ),
        },
        f"The bars are {fill.mean(axis=0).round(1)} on average, the photo {mean.round(1)}; all "
        "pixels of the bars should be alike.",
        within=0.01,
    )
    return (
        "The bars no longer pull the mean to black. They are still pixels that nobody "
        "photographed, so a loss should not count them."
    )


def pull_into_gamut(lab: np.ndarray) -> np.ndarray:
    """Shrink ab of each out-of-gamut colour, as little as possible, until sRGB has it; L stays."""
    low, high = np.zeros(lab.shape[:-1]), np.ones(lab.shape[:-1])
    for _ in range(16):
        middle = (low + high) / 2
        inside = color.in_gamut(lab * np.stack([np.ones_like(middle), middle, middle], axis=-1))
        low, high = np.where(inside, middle, low), np.where(inside, high, middle)
    low = np.where(color.in_gamut(lab), 1, low)
    return lab * np.stack([np.ones_like(low), low, low], axis=-1)


@exercise(
    "01.4",
    solution=pull_into_gamut,
    hint=(
        "Keep two factors for each pixel: `low = 0` (grey exists always) and `high = 1`. Try the "
        "middle; where `color.in_gamut` says yes, it becomes `low`, elsewhere `high`. Sixteen "
        "rounds are plenty. Colours that exist already keep factor 1."
    ),
)
def _pulls(answer: Callable, rng: np.random.Generator) -> str:
    """Pull random colours into sRGB: L and hue stay, and chroma as far as can be."""
    lab = np.concatenate(
        [rng.uniform(20, 90, (12, 20, 1)), rng.uniform(-110, 110, (12, 20, 2))], axis=-1
    )
    found = array(answer(lab), lab.shape, "pull_into_gamut(lab)")
    there, L_off = color.in_gamut(lab), np.abs(found[..., 0] - lab[..., 0]).max()
    rgb, clipped_lab = color.lab_to_rgb(lab), color.rgb_to_lab(color.lab_to_rgb(lab))
    # The order matters: whoever changes L or hue is told so before being told of chroma.
    if np.array_equal(found, lab):
        raise NotYet(
            "nothing pulled",
            f"All colours came back unchanged; {np.mean(~there):.0%} of them do not exist.",
        )
    if np.allclose(found, rgb, atol=1) or np.allclose(255 * found, rgb, atol=1):
        raise NotYet(
            "RGB, not Lab",
            "You return R, G and B; return L, a and b, of which the first is as it was.",
        )
    if L_off > 0.01:
        clipped = np.allclose(found, clipped_lab, atol=0.5)
        raise NotYet(
            "L changes too",
            f"L moves by up to {L_off:.1f}{': this is plain clipping' if clipped else ''}. Scale "
            "a and b only; L is the photo's.",
        )
    chroma = np.linalg.norm(lab[..., 1:], axis=-1)
    # The cross product over the length is the distance from the line through the colour and grey.
    beside = np.abs(found[..., 1] * lab[..., 2] - found[..., 2] * lab[..., 1]) / chroma
    if beside.max() > 0.1 and np.allclose(found[..., 1:], clipped_lab[..., 1:], atol=0.5):
        raise NotYet(
            "clipped, then L put back",
            f"You took a and b of the clipped colours: hue is up to {beside.max():.1f} units "
            "beside the straight way to grey. Scale a and b by one factor instead.",
        )
    if beside.max() > 0.1:
        raise NotYet(
            "hue changes",
            f"Some colours lie up to {beside.max():.1f} units beside the straight way to grey. "
            "Scale a and b by the same factor; clipping each by itself turns the hue.",
        )
    factor = np.linalg.norm(found[..., 1:], axis=-1) / chroma
    if np.ptp(factor) < 0.01:
        raise NotYet(
            "one factor for all",
            f"Every pixel was scaled by {factor.mean():.2f}. Each needs a factor of its own.",
        )
    if (factor[there] > 1.001).any():
        raise NotYet(
            "pushed outwards",
            f"{np.mean(factor[there] > 1.001):.0%} of the colours that exist became more vivid, up "
            "to the edge of sRGB; leave them alone.",
        )
    most = (factor * chroma).max()
    if np.abs(factor * chroma - np.minimum(chroma, most)).max() < 0.1:
        raise NotYet(
            "one limit for all",
            f"Every colour keeps its chroma up to {most:.0f}, and none more. How vivid a colour "
            "can be depends on its L and on its hue.",
        )
    if not color.in_gamut(found).all():
        raise NotYet(
            "still outside",
            f"{np.mean(~color.in_gamut(found)):.0%} of the colours still do not exist. Return the "
            "factor that `color.in_gamut` accepted (the lower end of the interval).",
        )
    best = np.linalg.norm(pull_into_gamut(lab)[..., 1:], axis=-1) / chroma
    paler = factor[there] < 0.999
    if paler.any():
        raise NotYet(
            "existing colours fade",
            f"{paler.mean():.0%} of the colours that exist became paler; leave them alone.",
        )
    if factor[~there].max() < 1e-6:
        raise NotYet(
            "made grey",
            f"Each colour that does not exist became grey; {best[~there].mean():.0%} of their "
            "chroma could stay.",
        )
    if np.allclose(factor, best**2, atol=0.01):
        raise NotYet(
            "pulled twice",
            "Your colours were scaled twice by the factor: start from the colours that you were "
            "given, not from those that you pulled already.",
        )
    if (best - factor).max() > 0.01:
        raise NotYet(
            "pulled too far",
            f"Some colours keep {(best - factor).max():.0%} less chroma than they could. Halve "
            "the interval more often.",
        )
    plain = np.abs(clipped_lab[..., 0] - lab[..., 0]).max()
    return f"On held-back colours L stays; plain clipping changes it by up to {plain:.0f}."
