"""One image file, whatever people have, to uint8 RGB (H, W, 3), or what is wrong with it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
from PIL import Image, ImageChops, ImageCms, ImageOps, PngImagePlugin, features

from . import deep
from .formats import RAW, SAVE, readers_of, unread, unread_by_content

Seen = TypeVar("Seen")

MAX_PIXELS = 200_000_000

# Compressed text in a PNG, such as an editor's whole history as XMP; Pillow's own limit is 1 MB.
_MAX_TEXT = 2**26
_SIGNATURES = {
    b"\xff\xd8": "JPEG",
    b"\x89PNG": "PNG",
    b"RIFF": "WebP",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\xff\x4f\xff\x51": "JPEG 2000",
    **{b"P%d" % number: "PPM" for number in range(1, 7)},
    b"\0\0\x01\0": "ICO",
    b"qoif": "QOI",
}
_TIFFS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_FETCH = "fetch or copy it again"
# Pillow's limits are globals that `header` sets for a moment: one thread at a time.
_pillow_limits = threading.Lock()


class PhotoError(ValueError):
    """A photo that cannot be read; the message says why and what to do.

    Parameters
    ----------
    file : str
        Its name.
    reason : str
        What is wrong with it.
    way_out : str
        What to do.

    Attributes
    ----------
    file, reason, way_out : str
        As given.
    """

    def __init__(self, file: str, reason: str, way_out: str) -> None:
        super().__init__(file, reason, way_out)
        self.file, self.reason, self.way_out = file, reason, way_out

    def __str__(self) -> str:
        """Make one sentence of it."""
        return f"photo {self.file}: {self.reason}; {self.way_out}"


def read(
    file: str | os.PathLike | bytes | BinaryIO,
    background: tuple[int, int, int] | None = (255, 255, 255),
) -> np.ndarray:
    """Read one photo, upright and in sRGB.

    All still pictures that the installed Pillow opens are read, in any mode and depth: JPEG, PNG,
    WebP, GIF, TIFF, BMP, JPEG 2000, AVIF, PPM, TGA and rarer ones, and HEIC where pillow-heif is
    installed. Of several frames or pages the first is taken. Pixels of more than 8 bits, and
    floats of 0…1, are scaled to 8 bits. CMYK without a profile is converted naively, as Pillow
    does.

    Parameters
    ----------
    file : str, path-like, bytes or binary file object
        A path; the bytes of a file; or an open file, which is read from its start if it can seek.
    background : tuple of int, optional
        The sRGB colour, 0…255, that shows where the photo is transparent; white by default. None
        keeps the transparency: the alpha of a photo that has some is a fourth channel.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3) or (H, W, 4)
        Pixels in sRGB; four channels only without a background, and for a photo with transparency.

    Raises
    ------
    PhotoError
        If the file is missing, empty, truncated, damaged, no image, of a kind that is not read
        (camera raws, PSD, PDF), or over 200 megapixels by its header, before anything is decoded.
        It names the file and the way out.
    """
    return read_with(_nothing, file, background)[0]


def read_with(
    look: Callable[[Image.Image], Seen],
    file: str | os.PathLike | bytes | BinaryIO,
    background: tuple[int, int, int] | None = (255, 255, 255),
) -> tuple[np.ndarray, Seen]:
    """Read one photo as `read` does, and look at what else its file says.

    Parameters
    ----------
    look : callable
        Gets what Pillow opened, its pixels as they are stored, and may read EXIF, profile and the
        like from it. What it raises is taken for damage of the file.
    file : str, path-like, bytes or binary file object
        As for `read`.
    background : tuple of int, optional
        As for `read`.

    Returns
    -------
    rgb : ndarray of uint8, shape (H, W, 3) or (H, W, 4)
        As `read` returns it.
    seen : object
        What ``look`` returned.

    Raises
    ------
    PhotoError
        As `read` raises it.
    """
    if isinstance(file, (bytes, bytearray, memoryview)):
        return _read(BytesIO(file), f"<{len(file)} bytes>", look, background)
    if hasattr(file, "read"):
        name = str(getattr(file, "name", "<file object>"))
        try:
            if file.seekable():
                file.seek(0)
            stream = BytesIO(file.read())
        except Exception as error:  # zip archives, uploads and sockets all have their own
            raise PhotoError(name, f"cannot be read ({error})", _FETCH) from error
        return _read(stream, name, look, background)
    path = Path(file)
    try:
        if path.is_dir():
            raise PhotoError(str(path), "is a folder", "list its photos with photos.find(folder)")
        if path.exists() and not path.is_file():
            raise OSError("is a pipe or a device")  # opening it could wait for ever
        stream = path.open("rb")
    except OSError as error:
        reason = error.strerror or str(error)
        raise PhotoError(str(path), reason, "check the path and its permissions") from error
    with stream:
        return _read(stream, str(path), look, background)


def _nothing(image: Image.Image) -> None:
    pass


def _read(
    stream: BinaryIO,
    name: str,
    look: Callable[[Image.Image], Seen],
    background: tuple[int, int, int] | None,
) -> tuple[np.ndarray, Seen]:
    try:
        stream.seek(0)
        # Many camera raws are TIFFs, of which Pillow would read the thumbnail.
        if unread(Path(name).suffix) is RAW and stream.read(4) in _TIFFS:
            raise deep.Unsupported(RAW.what, RAW.way_out)
        image = _decode(stream)
        return np.array(_to_rgb(image, background)), look(image)
    except Exception as error:  # damaged files make Pillow raise a dozen kinds of errors
        raise PhotoError(name, *_diagnose(stream, error)) from error


def _decode(stream: BinaryIO) -> Image.Image:
    """Load an image; refuse a JPEG without its end and wrong PNG checksums, as Pillow does not."""
    image = header(stream)
    # The mark that ends a JPEG; the stream stands behind the header.
    if image.format in ("JPEG", "MPO") and b"\xff\xd9" not in stream.read():
        raise OSError("truncated")
    if image.format == "TIFF":
        # Loading a TIFF compares with the limit once more: it must happen under ours.
        return _open(stream, load=True)
    if image.format == "PNG":
        # It compares the checksums, and leaves an image that cannot be loaded any more.
        image.verify()
        image = header(stream)
    try:
        image.load()
    except ValueError as error:
        if "MAX_TEXT" not in str(error):
            raise
        # Long text behind the pixels, met while they are loaded.
        image = _open(stream, load=True)
    return image


def header(stream: BinaryIO) -> Image.Image:
    """Open a photo without decoding its pixels: its size, EXIF and colour profile.

    Parameters
    ----------
    stream : binary file object
        The file; it must be able to seek.

    Returns
    -------
    PIL.Image.Image
        What Pillow knows of it so far. TIFFs of depths that Pillow refuses are decoded.

    Raises
    ------
    DecompressionBombError
        Over 200 megapixels.
    Exception
        What Pillow raises for a damaged file, a dozen kinds.
    """
    return _open(stream, load=False)


def _open(stream: BinaryIO, load: bool) -> Image.Image:
    """Open an image under our limits, and load it under them if asked."""
    stream.seek(0)
    head = stream.read(512)
    with _pillow_limits:
        before = Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK
        Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK = MAX_PIXELS, _MAX_TEXT
        try:
            try:
                image = Image.open(stream, formats=readers_of(head))
            except Image.UnidentifiedImageError as error:
                if head[:4] not in _TIFFS:
                    raise
                try:
                    return deep.read_tiff(stream, MAX_PIXELS)
                except KeyError:  # a tag is missing, without which it is no image
                    raise error from None
            # Pillow itself only warns up to twice the limit.
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            if image.format == "TIFF" and deep.camera_raw(image.tag_v2):
                raise deep.Unsupported(RAW.what, RAW.way_out)
            if image.format == "TIFF" and deep.misread(image.tag_v2):
                return deep.read_tiff(stream, MAX_PIXELS)
            if load:
                image.load()
        finally:
            Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK = before
    return image


def _to_rgb(image: Image.Image, background: tuple[int, int, int] | None) -> Image.Image:
    """Bring an image of any mode to RGB, or to RGBA if there is no background."""
    # Adobe writes CMYK inverted. Pillow takes all CMYK JPEGs for Adobe's and turns them round.
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        image = _like(image, ImageChops.invert(image))
    # Modes I, I;16 and F: more than 8 bits a pixel.
    if image.mode[0] in "IF":
        image = _like(image, deep.to_8_bits(image))
    # Colours that were multiplied by their alpha.
    if image.mode == "La":
        image = _like(image, image.convert("LA"))
    try:
        image = ImageOps.exif_transpose(image)
    except Exception:  # a photo with damaged EXIF is still a photo
        pass
    if not image.has_transparency_data:
        return _to_srgb(image)
    # The profile is the photo's, not the background's: it is followed before the two are mixed.
    rgba = image.convert("RGBA")
    opaque = _to_srgb(_like(image, rgba.convert("RGB")))
    if background is None:
        opaque.putalpha(rgba.getchannel("A"))
        return opaque
    return Image.composite(opaque, Image.new("RGB", image.size, background), rgba.getchannel("A"))


def _like(original: Image.Image, image: Image.Image) -> Image.Image:
    """Give an image the EXIF and colour profile of the original."""
    image.info = original.info
    return image


def _to_srgb(image: Image.Image) -> Image.Image:
    """Follow the embedded colour profile, if it is not sRGB, is sound and fits the pixels."""
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"]))
        # Between two sRGB profiles nothing but rounding would change.
        if "sRGB" not in ImageCms.getProfileDescription(profile):
            # A profile for RGB may lie in a CMYK or palette file; others fit the mode they came in.
            pixels = image.convert("RGB") if profile.profile.xcolor_space == "RGB " else image
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(pixels, profile, srgb, outputMode="RGB")
    except (KeyError, TypeError, OSError, ImportError, ImageCms.PyCMSError):
        pass  # no profile, or none that can be used
    return image.convert("RGB")


def _diagnose(stream: BinaryIO, error: Exception) -> tuple[str, str]:
    """Say what is wrong with a file that could not be decoded, and the way out."""
    if isinstance(error, deep.Unsupported):
        return error.args
    # Pillow's own errors have no number, the system's have.
    if isinstance(error, OSError) and error.errno:
        return error.strerror, "check the disk"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return f"over {MAX_PIXELS / 1e6:.0f} megapixels", "save a smaller copy"
    if isinstance(error, MemoryError):
        return "too large for the free memory", "save a smaller copy"
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    head = stream.read(512)
    if not size:
        return "empty, 0 bytes", _FETCH
    if head.startswith(b"version https://git-lfs"):
        return "a git-lfs pointer, not the photo", "run `git lfs pull`"
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        return "a web page or XML, not a photo", "download the photo itself"
    if kind := unread_by_content(head):
        return f"{kind.what}, not a photo that is read", kind.way_out
    kinds = [kind for signature, kind in _SIGNATURES.items() if head.startswith(signature)]
    if head[4:8] == b"ftyp":
        kinds = ["AVIF" if head[8:11] == b"avi" else "HEIC"]
    # A Pillow that was built without them.
    absent = {"AVIF": "avif", "WebP": "webp", "JPEG 2000": "jpg_2000"}.get("".join(kinds[:1]))
    if absent and not features.check(absent):
        return f"{kinds[0]}, which this Pillow cannot read", f"pip install -U pillow, or {SAVE}"
    if not kinds:
        way_out = f"open it in the program that made it, and {SAVE}"
        return f"not a photo, begins with {head[:12]!r}", way_out
    kind = kinds[0]
    # These two say in their header how long they are; JPEG and PNG end in a mark.
    sizes = {
        "WebP": 8 + int.from_bytes(head[4:8], "little"),
        "BMP": int.from_bytes(head[2:6], "little"),
    }
    if size < sizes.get(kind, 0):
        return f"truncated after {size / 1e3:.3g} of {sizes[kind] / 1e3:.3g} kB", _FETCH
    end = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}.get(kind, b"")
    if "truncated" in str(error).lower() or end not in head + stream.read():
        return f"truncated after {size / 1e3:.3g} kB", _FETCH
    if isinstance(error, Image.UnidentifiedImageError):
        reason = f"{kind} of {size / 1e3:.3g} kB, cut off, damaged or of a rare kind"
        return reason, f"{_FETCH}, or {SAVE}"
    return f"damaged {kind} ({error})", f"{_FETCH}, or {SAVE}"
