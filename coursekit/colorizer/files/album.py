"""Photo files coloured, any number at a time: ``coursekit colorize``."""

from __future__ import annotations

import os
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageCms
from tqdm.auto import tqdm

from coursekit import color, files, photos

from ..loading import load
from ..model import Colorizer

# What a result is written as, by its suffix.
FORMATS = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    ".png": "PNG",
    ".webp": "WEBP",
    ".bmp": "BMP",
}
# Full-size chroma in JPEG: the colour is what was added.
OPTIONS = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"quality": 95}}
ORIENTATION = ExifTags.Base.Orientation
WIDTH, HEIGHT = ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight
# The tags of a TIFF that speak of the photo. Most others say where its bytes lie in that file, and
# would be wrong in another.
DESCRIBING = [
    getattr(ExifTags.Base, name)
    for name in "ImageDescription Make Model Software DateTime Artist Copyright".split()
] + [ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo]
# The mean chroma, in CIELAB units, from which on a photo counts as coloured: above scanners' noise.
TINT = 4.0


class Report(NamedTuple):
    """What `colorize_files` did.

    Attributes
    ----------
    written : list of Path
        Results.
    skipped : list of Path
        Results that were there before.
    broken : list of (Path, str)
        Photos that could not be coloured, each with the reason.
    colour : list of Path
        Photos that had colour, or a tint, before; only their lightness was used.
    """

    written: list[Path]
    skipped: list[Path]
    broken: list[tuple[Path, str]]
    colour: list[Path]


def colorize_files(
    inputs: Iterable[str | os.PathLike] | str | os.PathLike,
    out: str | os.PathLike,
    model: str | os.PathLike | Colorizer = "vivid",
    temperature: float | None = None,
    force: bool = False,
    skip: bool = False,
    progress: bool = False,
) -> Report:
    """Colour photo files.

    Each keeps its size, EXIF, transparency and RGB profile, and is stored upright, with 8 bits a
    channel. JPEG, PNG, WebP and BMP stay what they are, by suffix; all else becomes PNG, and of
    several frames the first. EXIF loses its thumbnail, which shows the old photo. A profile that is
    not for RGB gives way to none, which means sRGB. A broken photo is no error, but part of the
    report. Every result appears whole or not at all.

    Parameters
    ----------
    inputs : iterable, or str or path-like
        Files, and folders, which are searched with their sub-folders as `photos.find` does.
    out : str or path-like
        A folder, made if missing, in which sub-folders come back. For one file also a file name
        with a photo's suffix.
    model : str, path-like or Colorizer
        A name or path for `load`, or a ready colorizer.
    temperature : float, optional
        Of the annealed mean, T > 0; by default the model's own.
    force : bool
        Whether to replace results that exist.
    skip : bool
        Whether to leave results that exist, and colour only the others.
    progress : bool
        Whether to show a progress bar.

    Returns
    -------
    Report
        What was written, skipped, broken, and in colour before.

    Raises
    ------
    FileExistsError
        If results exist, without ``force`` and ``skip``; if one would replace an input, without
        ``force``. This and what follows: before anything is written.
    NotADirectoryError
        If ``out`` is a file and no photo.
    ValueError
        If two inputs would become one file, if there is no photo, or for a model or temperature
        that `load` refuses.

    Examples
    --------
    A folder and a file, into a third: ``colorize_files(["album", "grandmother.jpg"], "coloured")``.
    """
    plan = _plan([inputs] if isinstance(inputs, (str, os.PathLike)) else inputs, Path(out))
    existing = [target for target in plan if target.exists()]
    sources = {source.resolve() for source in plan.values()}
    _refuse(
        [target for target in existing if target.resolve() in sources and not force],
        "an input would be replaced; choose another folder, or force it (--force)",
    )
    _refuse(
        [] if force or skip else existing,
        "already there; replace them (--force), or colour only the others (--skip)",
    )
    skipped = [] if force else existing
    plan = {target: source for target, source in plan.items() if target not in skipped}
    report = Report([], skipped, [], [])
    if not plan:
        return report
    if isinstance(model, (str, os.PathLike)):
        model = load(model)
    if temperature is not None:
        model = model.with_temperature(temperature)
    for target, source in tqdm(plan.items(), "colouring", disable=not progress, unit="photo"):
        try:
            if _colorize_file(source, target, model):
                report.colour.append(source)
            report.written.append(target)
        except photos.PhotoError as error:
            report.broken.append((source, f"{error.reason}; {error.way_out}"))
        except (OSError, MemoryError) as error:
            # A MemoryError says nothing by itself.
            reason = str(error) or "too large for the free memory; save a smaller copy"
            report.broken.append((source, reason))
    return report


def _plan(inputs: Iterable[str | os.PathLike], out: Path) -> dict[Path, Path]:
    """Say which result comes from which photo."""
    inputs = [Path(each) for each in inputs]
    if out.suffix.lower() in photos.SUFFIXES and not out.is_dir():
        if len(inputs) != 1 or inputs[0].is_dir():
            why = "is the name of one photo, but there may be several; give a folder"
            raise ValueError(f"{out} {why}")
        if out.suffix.lower() not in FORMATS:
            why = f"no result is written as {out.suffix}; choose from {', '.join(FORMATS)}"
            raise ValueError(f"{out}: {why}")
        return {out: inputs[0]}
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"{out}: a file, neither a folder nor the name of a photo")
    plan, names = {}, {}
    for given in inputs:
        found = {given: Path(given.name)}
        if given.is_dir():
            found = {photo: photo.relative_to(given) for photo in photos.find(given)}
        # A folder of results within the photos' own: those of an earlier run are no photos.
        results = out.resolve() if given.resolve() in out.resolve().parents else None
        for photo, name in found.items():
            if results in photo.resolve().parents:
                continue
            target = out / (name if name.suffix.lower() in FORMATS else name.with_suffix(".png"))
            # a.jpg and A.JPG are one file on some systems.
            other = names.setdefault(os.path.normcase(target), photo)
            if other != photo:
                why = f"would both become {target}; colour them into two folders"
                raise ValueError(f"{other} and {photo} {why}")
            plan[target] = photo
    if not plan:
        raise ValueError(
            f"no photo in {', '.join(map(str, inputs)) or 'an empty list'}; "
            f"photos end in {', '.join(sorted(photos.SUFFIXES))}"
        )
    return plan


def _refuse(targets: list[Path], why: str) -> None:
    """Raise FileExistsError with the names of the first few, if there are any."""
    if targets:
        others = f" and {len(targets) - 5} more" if len(targets) > 5 else ""
        raise FileExistsError(f"{', '.join(map(str, targets[:5]))}{others}: {why}")


def _colorize_file(source: Path, target: Path, colorizer: Colorizer) -> bool:
    """Read, colour and write one photo; say whether it had colour."""
    form = FORMATS[target.suffix.lower()]
    rgb = photos.read(source, background=None if form in ("PNG", "WEBP") else (255, 255, 255))
    rgb, alpha = rgb[..., :3], rgb[..., 3:]
    image = Image.fromarray(colorizer.colorize(rgb))
    image, kept = _as_before(image, source)
    if alpha.size:
        image.putalpha(Image.fromarray(alpha[..., 0]))
    target.parent.mkdir(parents=True, exist_ok=True)
    with files.replacing(target) as part:
        image.save(part, form, **kept, **OPTIONS.get(form, {}))
    # Some 256 rows and columns are enough to see whether there was colour.
    _, ab = color.split(rgb[:: len(rgb) // 256 + 1, :: rgb.shape[1] // 256 + 1])
    return bool(np.linalg.norm(ab, axis=-1).mean() > TINT)


def _as_before(image: Image.Image, source: Path) -> tuple[Image.Image, dict]:
    """Put an sRGB picture into its photo's colour profile; list what else the photo's file said.

    The list is that of arguments for `Image.save`.
    """
    with source.open("rb") as stream:
        original = photos.header(stream)
        kept = {"dpi": original.info["dpi"]} if "dpi" in original.info else {}
        try:
            exif = original.getexif()
            if original.format == "TIFF":
                unwanted = [tag for tag in exif if tag not in DESCRIBING]
            else:
                unwanted = [ORIENTATION]
            for tag in unwanted:
                exif.pop(tag, None)
            details = exif.get_ifd(ExifTags.IFD.Exif) if ExifTags.IFD.Exif in exif else {}
            if WIDTH in details:
                # Of a photo that lay on its side they have changed places.
                details[WIDTH], details[HEIGHT] = image.size
            if len(exif):
                kept["exif"] = exif.tobytes()
        except Exception:  # a photo with damaged EXIF is still a photo; Pillow raises a dozen kinds
            pass
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(original.info["icc_profile"]))
        if profile.profile.xcolor_space == "RGB ":
            if "sRGB" not in ImageCms.getProfileDescription(profile):
                image = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), profile)
            kept["icc_profile"] = original.info["icc_profile"]
    except (KeyError, TypeError, OSError, ImageCms.PyCMSError):
        # None, or damaged, or of a device that only reads, such as a scanner: no way back into it.
        pass
    return image, kept
