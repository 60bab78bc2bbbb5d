"""Photo files coloured, one album after another: what one photo does never stops the others."""

from __future__ import annotations

import errno
import itertools
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image
from tqdm.auto import tqdm

import coursekit
from coursekit import color, files, photos

from .. import light, shipped
from ..loading import load
from ..painter import Painter
from . import keeping
from .planning import FORMATS, plan

# Full-size chroma in JPEG: the colour is what was added.
OPTIONS = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"quality": 95}}
# Pixels that a side may have: libjpeg's limit and WebP's own.
LONGEST = {"JPEG": 65_500, "WEBP": 16_383}
# The mean chroma, in CIELAB units, from which on a photo counts as coloured: above scanners' noise.
TINT = 4.0
# Photos of more pixels are alone in memory; of others one is read and one written meanwhile.
LARGE = 30_000_000
FULL = {errno.ENOSPC, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC)}
FORBIDDEN = {errno.EACCES, errno.EPERM}


class Report(NamedTuple):
    """What `colorize_files` did.

    Attributes
    ----------
    written : list of Path
        Results.
    skipped : list of Path
        Results that were there before.
    broken : list of (Path, str)
        Photos that could not be coloured, each with the reason; so with folders that cannot be
        listed and patterns that match nothing.
    colour : list of Path
        Photos that had colour, or a tint, before; only their lightness was used.
    unread : Counter of str
        Files in the folders that are no photos by their suffix, by suffix.
    notes : list of (Path, str)
        What else is to be said of a photo: metadata that was left out, a result of another name.
    """

    written: list[Path]
    skipped: list[Path]
    broken: list[tuple[Path, str]]
    colour: list[Path]
    unread: Counter[str]
    notes: list[tuple[Path, str]]


class _Job(NamedTuple):
    """A photo, where its result goes, what that is written as."""

    source: Path
    target: Path

    @property
    def form(self) -> str:
        return FORMATS[self.target.suffix.lower()]


class _Photo(NamedTuple):
    """A photo that was read."""

    rgb: np.ndarray
    alpha: np.ndarray
    kept: keeping.Kept


def colorize_files(
    inputs: Iterable[str | os.PathLike] | str | os.PathLike,
    out: str | os.PathLike,
    model: str | os.PathLike | Painter = "vivid",
    temperature: float | None = None,
    force: bool = False,
    skip: bool = False,
    progress: bool = False,
    mark: bool = True,
) -> Report:
    """Colour photo files.

    Each keeps its size, EXIF, XMP, IPTC, resolution, transparency and RGB profile as far as its
    format can hold them, and is stored upright, with 8 bits a channel. JPEG, PNG, WebP and BMP stay
    what they are, by suffix; all else becomes PNG, and of several frames the first. EXIF loses its
    thumbnail, which shows the old photo. A profile that is not for RGB gives way to none, which
    means sRGB. A broken photo is no error, but part of the report, and so is metadata that was left
    out. Every result appears whole or not at all. While a photo is coloured, the next is read and
    the last is written.

    Parameters
    ----------
    inputs : iterable, or str or path-like
        Files; folders, which are searched with their sub-folders as `photos.find` does; patterns
        such as ``album/*.jpg``.
    out : str or path-like
        A folder, made if missing, in which sub-folders come back. For one file also a file name
        with a photo's suffix.
    model : str, path-like or Painter
        The name of one that comes with the course, which is run without Keras; a path for `load`;
        or a ready colorizer.
    temperature : float, optional
        Of the annealed mean, T > 0; by default the model's own.
    force : bool
        Whether to replace results that exist.
    skip : bool
        Whether to leave results that exist, and colour only the others.
    progress : bool
        Whether to show a progress bar.
    mark : bool
        Whether the result's EXIF says, under Software, that a model guessed its colours, and which.

    Returns
    -------
    Report
        What was written, skipped, broken, and in colour before; what was not read, and why.

    Raises
    ------
    FileExistsError
        If results exist, without ``force`` and ``skip``; if one would replace an input, without
        ``force``. This and what follows: before anything is written.
    NotADirectoryError
        If ``out`` is a file and no photo.
    OSError
        If nothing more can be written, on a full disk or into a folder that is not writable.
    ValueError
        If there is no photo, for a model or temperature that `load` refuses, and for a model that
        cannot even colour a grey square.

    Examples
    --------
    A folder and a file, into a third: ``colorize_files(["album", "grandmother.jpg"], "coloured")``.
    """
    out = Path(out)
    made = plan([inputs] if isinstance(inputs, (str, os.PathLike)) else inputs, out)
    existing = [] if force else [target for target in made.results if os.path.exists(target)]
    if existing:
        # By number, so that links and other spellings of a path are seen through.
        sources = {_identity(os.stat, source) for source in made.results.values()} - {None}
        _refuse(
            [target for target in existing if _identity(os.lstat, target) in sources],
            "an input would be replaced; choose another folder, or force it (--force)",
        )
    _refuse(
        [] if skip else existing,
        "already there; replace them (--force), or colour only the others (--skip)",
    )
    there = set(existing)
    jobs = [_Job(source, target) for target, source in made.results.items() if target not in there]
    report = Report([], existing, made.broken, [], made.unread, made.notes)
    if not jobs:
        return report
    words = _mark(model) if mark else ""
    # The folder that everything goes into; for one file of a given name, the one it lies in.
    folder = out if out not in made.results else out.parent
    _colour_all(jobs, lambda: _ready(model, temperature), words, folder, report, progress)
    return report


def _ready(model: str | os.PathLike | Painter, temperature: float | None) -> Painter:
    """Load a model, if it is not loaded, and set its temperature, if one is asked for."""
    if isinstance(model, (str, os.PathLike)):
        model = light.LightColorizer(model) if model in shipped.NAMES else load(model)
    return model if temperature is None else model.with_temperature(temperature)


def _identity(stat: Callable, path: Path) -> tuple[int, int] | None:
    try:
        found = stat(path)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _refuse(targets: list[Path], why: str) -> None:
    """Raise FileExistsError with the names of the first few, if there are any."""
    if targets:
        others = f" and {len(targets) - 5} more" if len(targets) > 5 else ""
        raise FileExistsError(f"{', '.join(map(str, targets[:5]))}{others}: {why}")


def _mark(model: str | os.PathLike | Painter) -> str:
    """Say whose guess the colours are, in ASCII as EXIF asks."""
    if isinstance(model, (str, os.PathLike)):
        name = Path(model).name
    else:
        name = getattr(model, "name", type(model).__name__)
    words = f"coursekit {coursekit.__version__}: colours guessed by the model {name}"
    return words.encode("ascii", "backslashreplace").decode()


def _colour_all(
    jobs: list[_Job],
    ready: Callable[[], Painter],
    mark: str,
    folder: Path,
    report: Report,
    progress: bool,
) -> None:
    """Colour photo after photo in this thread, beside one that reads and one that writes."""
    with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
        last: tuple[_Job, Future] | None = None
        being_read = _reading(jobs, reader)
        begun = itertools.chain([next(being_read)], being_read)
        colorizer = ready()  # while the first photo is read
        for job, reading, large in tqdm(
            begun, "colouring", total=len(jobs), disable=not progress, unit="photo"
        ):
            try:
                photo = reading.result()
                coloured = _colour(colorizer, photo.rgb)
            except _WrongModel as error:
                raise ValueError(f"the model cannot colour photos: {error}") from error.__cause__
            except Exception as error:  # whatever it is, it is this photo's
                report.broken.append((job.source, _reason(error)))
                continue
            if last:
                _finish(*last, folder, report)
            last = job, writer.submit(_write, job, photo, coloured, mark)
            del reading, photo, coloured  # a large one is not kept while the next is read
            if large:
                _finish(*last, folder, report)
                last = None
        if last:
            _finish(*last, folder, report)


def _reading(
    jobs: list[_Job], reader: ThreadPoolExecutor
) -> Iterator[tuple[_Job, Future[_Photo], bool]]:
    """Yield each job while its photo is read and, unless one is large, the next behind it."""
    here, large = None, _pixels(jobs[0].source) > LARGE
    for job, behind in zip(jobs, [*jobs[1:], None], strict=True):
        here = here or reader.submit(_read, job)
        next_large = behind is not None and _pixels(behind.source) > LARGE
        together = behind is not None and not large and not next_large
        following = reader.submit(_read, behind) if together else None
        yield job, here, large or next_large
        here, large = following, next_large


def _pixels(path: Path) -> int:
    """Say how many pixels a photo has; one that cannot be opened has none."""
    try:
        if not path.is_file():
            return 0  # to open a pipe could take for ever
        with path.open("rb") as stream:
            image = photos.header(stream)
            return image.width * image.height
    except Exception:
        return 0


def _read(job: _Job) -> _Photo:
    transparent = job.form in ("PNG", "WEBP")
    background = None if transparent else (255, 255, 255)
    rgb, kept = photos.read_with(keeping.look, job.source, background)
    return _Photo(rgb[..., :3], rgb[..., 3:], kept)


class _WrongModel(Exception):
    """A model that fails on any photo."""


def _colour(colorizer: Painter, rgb: np.ndarray) -> np.ndarray:
    """Colour one photo; find out whether it is the photo or the model if that fails."""
    try:
        return _coloured(colorizer, rgb)
    except MemoryError:
        raise
    except Exception as error:
        try:
            _coloured(colorizer, np.full((64, 64, 3), 128, np.uint8))
        except Exception:
            raise _WrongModel(_reason(error)) from error
        raise


def _coloured(colorizer: Painter, rgb: np.ndarray) -> np.ndarray:
    coloured = np.asarray(colorizer.colorize(rgb))
    if coloured.shape != rgb.shape or coloured.dtype != np.uint8:
        raise ValueError(f"it gave {coloured.dtype} {coloured.shape} for uint8 {rgb.shape}")
    return coloured


def _write(job: _Job, photo: _Photo, coloured: np.ndarray, mark: str) -> tuple[bool, list[str]]:
    """Write one result; say whether the photo had colour, and what its format could not hold."""
    image = Image.fromarray(coloured)
    longest = LONGEST.get(job.form)
    if longest and max(image.size) > longest:
        raise ValueError(
            f"{job.form} holds at most {longest:,} pixels a side, the photo has "
            f"{max(image.size):,}; give the result a name that ends in .png"
        )
    options, lost = keeping.options(photo.kept, job.form, image.size, mark)
    if "icc_profile" in options:
        converted = keeping.into_profile(image, options["icc_profile"])
        image = converted or image
        if converted is None:
            del options["icc_profile"]
    if photo.alpha.size:
        image.putalpha(Image.fromarray(photo.alpha[..., 0]))
    # Into memory first: an encoder that writes to a full disk does not say that it was the disk.
    encoded = BytesIO()
    image.save(encoded, job.form, **options, **OPTIONS.get(job.form, {}))
    job.target.parent.mkdir(parents=True, exist_ok=True)
    files.write(job.target, encoded.getvalue())
    # Some 256 rows and columns are enough to see whether there was colour.
    rgb = photo.rgb
    _, ab = color.split(rgb[:: len(rgb) // 256 + 1, :: rgb.shape[1] // 256 + 1])
    return bool(np.linalg.norm(ab, axis=-1).mean() > TINT), lost


def _finish(job: _Job, writing: Future, folder: Path, report: Report) -> None:
    """Put what became of a photo into the report; stop if no other could be written either."""
    try:
        colour, lost = writing.result()
    except Exception as error:
        full = isinstance(error, OSError) and error.errno in FULL
        forbidden = isinstance(error, OSError) and error.errno in FORBIDDEN
        if full or (forbidden and not _writable(folder)):
            raise OSError(
                f"{folder} cannot be written: {error.strerror}. {len(report.written)} are "
                "coloured so far; make room or choose another folder, and go on with --skip"
            ) from error
        report.broken.append((job.source, _reason(error)))
        return
    report.written.append(job.target)
    if colour:
        report.colour.append(job.source)
    report.notes.extend((job.source, f"left out: {each}") for each in lost)


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _reason(error: Exception) -> str:
    """Say in one line why a photo could not be coloured."""
    if isinstance(error, photos.PhotoError):
        return f"{error.reason}; {error.way_out}"
    if isinstance(error, MemoryError):
        # It says nothing by itself.
        return "too large for the free memory; save a smaller copy"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    lines = str(error).strip().splitlines()
    return lines[0][:300] if lines else type(error).__name__
