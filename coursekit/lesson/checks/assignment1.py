"""Checks of the first assignment: Lab. Graded, so there are no solutions here; see `cases`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .answers import NotYet, agree, array, close, number, parts
from .cases import Case
from .exercise import exercise


@exercise(
    "A1.1",
    hint=(
        "Undo the code of both photos (section 1.2), average the light, and code the average "
        "again; the way back is the formula read from right to left. Round before you make it "
        "uint8."
    ),
    stored=True,
)
def _mix(answer: Callable, case: Case) -> str:
    """Check that light is averaged, coded and rounded."""
    first, expected = case.given["first"], case.expected["photo"]
    given = answer(first, case.given["second"])
    found = array(given, first.shape, "mix(first, second)")
    # The first pixel is black in one photo and white in the other.
    grey = f"{found[0, 0, 0]:.0f}"
    messages = {
        "codes were averaged": f"Black and white mixed give level {grey}: you averaged codes, not "
        "light. Half of white's light has the level 188.",
        "sums of uint8 overflow": "uint8 cannot hold a sum over 255: convert to float before you "
        "add.",
        "light was not coded again": "This is light from 0 to 255; a file holds codes. Code it "
        "again.",
        "coded, not decoded": "You coded the average of codes; undo the code of each photo first.",
        "a plain power": "A power of 2.2 comes close; sRGB has a straight piece near black and "
        "2.4 above it.",
        "light added, not averaged": f"Black and white mixed give level {grey}: each projector "
        "shows its photo at half of its light.",
        "the lighter of the two": "Each pixel is the lighter of the two: dark parts count too. "
        "Take the mean of their light.",
        "multiplied, as filters do": "You multiplied: so do two filters, one behind the other, "
        "where black stays black. Light of two projectors adds up.",
    }
    agree(
        found,
        expected,
        case.mistaken("photo", messages),
        f"Black and white mixed should give level 188; yours is {grey}.",
        within=0.005,
    )
    if np.asarray(given).dtype != np.uint8:
        raise NotYet(
            "not uint8",
            f"The mixed photo has dtype {np.asarray(given).dtype}; a photo is uint8. Round first.",
        )
    # What is stored is not rounded: rounding moves it by half a level at most, cutting by a whole
    # one.
    if np.abs(found - expected).max() > 0.51:
        raise NotYet(
            "cut, not rounded",
            "`astype('uint8')` cuts off what stands behind the point; round first.",
        )
    return "Light was mixed, as two projectors on one screen would."


@exercise(
    "A1.2",
    hint=(
        "Go section 1.2 backwards: from L to f, from f to Y (a cube, but straight near black), "
        "from Y to the code, and times 255."
    ),
    stored=True,
)
def _level(answer: Callable, case: Case) -> str:
    """Check the level of a grey, by way of f, Y and the code."""
    # L begins with 0, 5, 50, 100.
    L, expected = case.given["L"], case.expected["level"]
    found = array(answer(L), L.shape, "grey_level(L)")
    messages = {
        "L times 2.55": f"L = 50 is level 119 and not {found[2]:.1f}: L and code are two scales.",
        "light, not code": f"L = 50 gives {found[2]:.0f}: this is the light from 0 to 255. A file "
        "holds codes.",
        "from 0 to 1": "Your levels run from 0 to 1; an 8-bit file's from 0 to 255.",
        "a cube down to black": f"Black gets level {found[0]:.1f}. Near black f is a straight "
        "line, not a root.",
        "a plain power": "A power of 2.2 comes close; sRGB has a straight piece and 2.4.",
        "L taken for light": f"L = 50 gives {found[2]:.0f}, which is half of the light: to the eye "
        "half of the light is more than half-way.",
        "coded twice": f"L = 50 gives {found[2]:.0f}: light becomes a code once.",
        "the 16 is missing": f"L = 50 gives {found[2]:.0f}: L = 116 f − 16, so f is "
        "(L + 16) / 116.",
    }
    agree(
        found,
        expected,
        case.mistaken("level", messages),
        f"For L = {L[:4].astype(int)} the levels are {expected[:4].round().astype(int)}; "
        f"you say {found[:4].round(1)}.",
        within=0.004,
    )
    return "The grey of any lightness, as scikit-image has it."


@exercise(
    "A1.3",
    hint=(
        "`color.split` gives a and b; chroma is √(a² + b²), a length along the last axis. The "
        "mean of a bool array is a share."
    ),
    stored=True,
)
def _vivid(answer: Callable, case: Case) -> str:
    """Check a share of pixels, by the length of (a, b)."""
    limit, expected = case.given["limit"], case.expected["share"]
    found = number(answer(case.given["rgb"], limit), "vivid_share(rgb, limit)")
    messages = {
        "a count, not a share": "This is a number of pixels; divide by how many there are.",
        "per cent, not a share": "The number is right as per cent; a share lies between 0 and 1.",
        "the quiet ones": "This is the share *below* the limit.",
        "L counts as colour": "Your chroma has L in it: a white wall would be vivid. Take a and b "
        "only.",
        "sum instead of root": "Chroma is the length of (a, b), not |a| + |b|.",
        "largest of a and b": "Chroma is the length of (a, b), not the larger of the two.",
        "the signs of a and b": "Blue and green have negative a or b and are colours too.",
        "the root is missing": "You compared a² + b² with the limit; chroma is its root.",
        "the spread of R, G and B": "You compared levels of R, G and B. Equal spreads of levels "
        "are not equally vivid; convert to Lab.",
        "the mean chroma": "This is the mean chroma; wanted is the share of pixels over the limit.",
        "only a": "You compared a only: blue and yellow differ in b.",
    }
    agree(
        found,
        expected,
        case.mistaken("share", messages),
        f"{expected:.1%} of these pixels have a chroma over {limit:.0f}; you say {found:.3g}.",
    )
    return "Counted in Lab, where the same number is about the same colourfulness for every hue."


@exercise(
    "A1.4",
    hint=(
        "Reshape to (H / f, f, W / f, f, 2): the rows and the columns of a block then have axes "
        "of their own; take the mean over both. `np.repeat` along two axes enlarges again."
    ),
    stored=True,
)
def _coarse(answer: Callable, case: Case) -> str:
    """Check that each block has its own mean, a and b apart."""
    ab, factor = case.given["ab"], case.given["factor"]
    found = array(answer(ab, factor), ab.shape, "coarse_colour(ab, factor)")
    messages = {
        "one pixel a block": "Your block has the colour of its first pixel. Take the mean, or "
        "noise and edges decide.",
        "the middle pixel": "Your block has the colour of its middle pixel. Take the mean of all.",
        "a and b mixed": "a and b got one mean together; they are two colours of their own.",
        "only rows": "You averaged along one axis only.",
        "only columns": "You averaged along one axis only.",
        "nothing done": "ab came back as it was.",
        "the median of a block": "Your block has the median of its colours; the mean is asked for.",
        "the sum of a block": "You added the colours of a block; divide by how many there are.",
        "tiled, not enlarged": "The small picture is repeated as a whole, like tiles; each of its "
        "pixels should become a block: `np.repeat`.",
    }
    apart = np.ptp(found[:factor, :factor], axis=(0, 1)).max()
    agree(
        found,
        case.expected["ab"],
        case.mistaken("ab", messages),
        f"Inside a block colours differ by up to {apart:.1f}; they should be one, the block's "
        "mean.",
    )
    return f"{factor * factor} times fewer colours to predict."


@exercise(
    "A1.5",
    hint=(
        "Look at what the network gets for a pure blue and for a pure green pixel, and at what it "
        "should get. Which numbers of a photo are luma, which L? And what must the target be "
        "divided by, so that tanh can reach it?"
    ),
    stored=True,
    parts=("bug", "L", "ab"),
)
def _prepare(answer: Callable, case: Case, part: str | None) -> str:
    """Check that the input is L, and L and ab, each on its own scale."""
    rgb = case.given["rgb"]
    L, ab = parts(answer(rgb), 2, "prepare(rgb)")
    L = array(L, (*rgb.shape[:3], 1), "the input")
    ab = array(ab, (*rgb.shape[:3], 2), "the target")
    # Half of −1…1 are the 100 units of L.
    off = 50 * np.abs(L - case.expected["L"])
    luma = (
        f"The input is still luma: for these pixels it is off by {off.mean():.1f} units of L on "
        f"average, up to {off.max():.0f}. Take L from the conversion."
    )
    messages = {
        "luma is not L (601)": luma,
        "luma is not L (709)": luma,
        "the mean of R, G and B": "The mean of R, G and B takes blue for as light as green. Take "
        "L from the conversion.",
        "L from 0 to 1": "L runs from 0 to 1; the network of the assignment wants −1 to 1.",
        "L from 0 to 100": "L is not scaled: wanted is −1 to 1.",
        "L divided as a level": f"The input ends at {L.max():.2f}: L runs to 100, not to 255 as "
        "levels do.",
    }
    otherwise = f"Your input runs from {L.min():.2f} to {L.max():.2f} and is not L scaled to −1…1."
    # The bug is found where the input is L, on whatever scale: a straight line leads from one to
    # the other. Until then nothing else counts, for the target was right from the beginning.
    wanted = case.expected["L"].ravel()
    slope, start = np.polyfit(wanted, L.ravel(), 1)
    is_L = slope > 0 and close(L.ravel(), slope * wanted + start, 1e-3)
    if part in (None, "L") or not is_L:
        agree(L, case.expected["L"], case.mistaken("L", messages), otherwise, within=1e-3)
    if part in ("bug", "L"):
        return "The same L that the photo shows in the end."
    messages = {
        "ab not scaled": f"The target reaches {np.abs(ab).max():.0f}; tanh ends at 1.",
        "ab divided by 100": "Divided by 100, strong colours lie beyond 1, where tanh cannot go.",
        "a and b exchanged": "a and b have changed places.",
        "ab from 0 to 1": "Grey became ½: ab keeps its signs, and tanh has both.",
        "divided by the largest": "You divided by the largest of these pixels, so the next photos "
        "would be on another scale; divide by 128 always.",
    }
    agree(
        ab,
        case.expected["ab"],
        case.mistaken("ab", messages),
        "The target is not ab / 128.",
        within=1e-3,
    )
    return "The same L that the photo shows in the end."


@exercise(
    "A1.6",
    hint=(
        "Convert both photos to Lab, take `color.delta_e` of the two (CIEDE2000), and the share "
        "of pixels over the limit."
    ),
    stored=True,
)
def _visible(answer: Callable, case: Case) -> str:
    """Check a share of pixels, by CIEDE2000."""
    limit, expected = case.given["limit"], case.expected["share"]
    found = number(
        answer(case.given["first"], case.given["second"], limit),
        "visible_share(first, second, limit)",
    )
    messages = {
        "ΔE 1976": "This is the plain distance in Lab (ΔE 1976), which overstates differences "
        "between vivid colours. Take CIEDE2000.",
        "distance in RGB": "A distance of levels says nothing about what people see. Convert to "
        "Lab.",
        "uint8 wraps around": "uint8 differences wrap around at 0, and levels are not what people "
        "see. Convert to Lab.",
        "colour without light": "You compared a and b only; a change of light is visible too.",
        "the mean difference": "This is the mean ΔE; wanted is the share of pixels over the limit.",
        "the invisible ones": "This is the share that does *not* exceed the limit.",
        "per cent, not a share": "Right as per cent; a share lies between 0 and 1.",
        "ΔE 1994": "This is CIE94, an older formula. Take CIEDE2000.",
        "light without colour": "You compared L only; a change of colour is visible too.",
        "a count, not a share": "This is a number of pixels; divide by how many there are.",
    }
    agree(
        found,
        expected,
        case.mistaken("share", messages),
        f"{expected:.1%} of these pixels differ by more than {limit:g}; you say {found:.3g}.",
    )
    return "Measured as people see, with scikit-image as the witness."
