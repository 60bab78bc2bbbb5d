"""Photo files coloured, any number at a time: ``coursekit colorize``.

colorize_files(["album", "grandmother.jpg"], "coloured", "vivid")
"""

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

from .loading import load

# What a result is written as, by its suffix. Full-size chroma in JPEG: the colour is what was added.
FORMATS = {
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif"), "JPEG"),
    ".png": "PNG",
    ".webp": "WEBP",
    ".bmp": "BMP",
}
OPTIONS = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"quality": 95}}
ORIENTATION = ExifTags.Base.Orientation
# The tags of a TIFF that speak of the photo; most of the others speak of where its bytes lie in that file.
DESCRIBING = [
    getattr(ExifTags.Base, name)
    for name in "ImageDescription Make Model Software DateTime Artist Copyright".split()
] + [ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo]
TINT = 4.0  # mean chroma in CIELAB units, above scanners' noise, from which on a photo counts as coloured


class Report(NamedTuple):
    """What `colorize_files` did.

    Results ``written``; results ``skipped``, which were there; photos that are ``broken``, each with the reason; photos
    that had ``colour``, or a tint, before.
    """

    written: list[Path]
    skipped: list[Path]
    broken: list[tuple[Path, str]]
    colour: list[Path]


def colorize_files(
    inputs: Iterable | str | os.PathLike,
    out: str | os.PathLike,
    model="vivid",
    temperature: float | None = None,
    force: bool = False,
    skip: bool = False,
    progress: bool = False,
) -> Report:
    """Colour photo files; each keeps its size, EXIF, transparency and RGB profile, and is stored upright.

    JPEG, PNG, WebP and BMP stay what they are, by suffix; all else becomes PNG, of several frames the first. 8 bits a
    channel. EXIF loses its thumbnail, which shows the old photo. Any other profile gives way to none, which means
    sRGB. A broken photo is no error, but part of the report. Every result appears whole or not at all.

    Parameters
    ----------
    inputs : files and folders, which are searched with their sub-folders, as `photos.find` does
    out : a folder, made if missing, in which sub-folders come back; for one file also a file name with a photo suffix
    model : a name or path for `load`, or a ready colorizer
    temperature : of the annealed mean, T > 0; by default the model's own
    force, skip : replace results that exist; leave them and colour only the others
    progress : show a progress bar

    Returns a `Report`.
    Raises, before anything is written: FileExistsError if results exist, without force and skip, or if one would
    replace an input, without force; ValueError if two inputs would become one file, if there is no photo, or for a
    model or temperature that `load` refuses; NotADirectoryError if ``out`` is a file and no photo.
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
            report.broken.append(
                (source, str(error) or "too large for the free memory; save a smaller copy")
            )
    return report


def _plan(inputs: Iterable, out: Path) -> dict[Path, Path]:
    """Result → photo, for all photos."""
    inputs = [Path(each) for each in inputs]
    if out.suffix.lower() in photos.SUFFIXES and not out.is_dir():
        if len(inputs) != 1 or inputs[0].is_dir():
            raise ValueError(
                f"{out} is the name of one photo, but there may be several; give a folder"
            )
        if out.suffix.lower() not in FORMATS:
            raise ValueError(
                f"{out}: no result is written as {out.suffix}; choose from {', '.join(FORMATS)}"
            )
        return {out: inputs[0]}
    if out.exists() and not out.is_dir():
        raise NotADirectoryError(f"{out}: a file, neither a folder nor the name of a photo")
    plan, names = {}, {}
    for given in inputs:
        found = (
            {photo: photo.relative_to(given) for photo in photos.find(given)}
            if given.is_dir()
            else {given: Path(given.name)}
        )
        results = (
            out.resolve() if given.resolve() in out.resolve().parents else None
        )  # of an earlier run
        for photo, name in found.items():
            if results in photo.resolve().parents:
                continue
            target = out / (name if name.suffix.lower() in FORMATS else name.with_suffix(".png"))
            other = names.setdefault(os.path.normcase(target), photo)
            if other != photo:
                raise ValueError(
                    f"{other} and {photo} would both become {target}; colour them into two folders"
                )
            plan[target] = photo
    if not plan:
        raise ValueError(
            f"no photo in {', '.join(map(str, inputs)) or 'an empty list'}; "
            f"photos end in {', '.join(sorted(photos.SUFFIXES))}"
        )
    return plan


def _refuse(targets: list[Path], why: str) -> None:
    if targets:
        others = f" and {len(targets) - 5} more" if len(targets) > 5 else ""
        raise FileExistsError(f"{', '.join(map(str, targets[:5]))}{others}: {why}")


def _colorize_file(source: Path, target: Path, colorizer) -> bool:
    """Read, colour and write one photo. Returns whether it had colour."""
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
    _, ab = color.split(rgb[:: len(rgb) // 256 + 1, :: rgb.shape[1] // 256 + 1])
    return bool(np.linalg.norm(ab, axis=-1).mean() > TINT)


def _as_before(image: Image.Image, source: Path) -> tuple[Image.Image, dict]:
    """The sRGB picture in the photo's own colour profile, and what else its file said, for `Image.save`."""
    with source.open("rb") as stream:
        original = photos.header(stream)
        kept = {"dpi": original.info["dpi"]} if "dpi" in original.info else {}
        try:
            exif = original.getexif()
            for tag in (
                [tag for tag in exif if tag not in DESCRIBING]
                if original.format == "TIFF"
                else [ORIENTATION]
            ):
                exif.pop(tag, None)
            details = exif.get_ifd(ExifTags.IFD.Exif) if ExifTags.IFD.Exif in exif else {}
            if (
                ExifTags.Base.ExifImageWidth in details
            ):  # of a photo that lay on its side they have changed places
                details[ExifTags.Base.ExifImageWidth], details[ExifTags.Base.ExifImageHeight] = (
                    image.size
                )
            if len(exif):
                kept["exif"] = exif.tobytes()
        except Exception:  # noqa: S110 - a photo with damaged EXIF is still a photo; Pillow raises a dozen kinds
            pass
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(original.info["icc_profile"]))
        if profile.profile.xcolor_space == "RGB ":
            if "sRGB" not in ImageCms.getProfileDescription(profile):
                image = ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), profile)
            kept["icc_profile"] = original.info["icc_profile"]
    except (KeyError, TypeError, OSError, ImageCms.PyCMSError):
        pass  # none, or damaged, or of a device that only reads, such as a scanner, so that there is no way back
    return image, kept
