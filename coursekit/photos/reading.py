"""One image file, whatever people have, to uint8 RGB (H, W, 3), or what is wrong with it."""

from __future__ import annotations

import os
import threading
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageChops, ImageCms, ImageOps

MAX_PIXELS = 200_000_000

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP")
_SIGNATURES = {
    b"\xff\xd8": "JPEG",
    b"\x89PNG": "PNG",
    b"RIFF": "WebP",
    b"GIF8": "GIF",
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}
_FETCH, _SAVE = "fetch it again or delete it", "save it as JPEG or 8-bit PNG"
# Pillow's limit on pixels is a global that `header` sets for a moment: one thread at a time.
_pillow_limit = threading.Lock()


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


class _Unsupported(Exception):
    """A sound image of a kind that has no one meaning in 8 bits."""


def read(
    file: str | os.PathLike | bytes | BinaryIO,
    background: tuple[int, int, int] | None = (255, 255, 255),
) -> np.ndarray:
    """Read one photo, upright and in sRGB.

    JPEG, PNG, WebP, GIF, TIFF and BMP are read, in any mode and depth. Of several frames or pages
    the first is taken. Pixels of 16 bits, and floats of 0…1, are scaled to 8 bits. CMYK without a
    profile is converted naively, as Pillow does.

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
        If the file is missing, empty, truncated, damaged, no image, or over 200 megapixels by its
        header, before anything is decoded. It names the file and the way out.
    """
    if isinstance(file, (bytes, bytearray, memoryview)):
        return _read(BytesIO(file), f"<{len(file)} bytes>", background)
    if hasattr(file, "read"):
        name = str(getattr(file, "name", "<file object>"))
        try:
            if file.seekable():
                file.seek(0)
            stream = BytesIO(file.read())
        except Exception as error:  # zip archives, uploads and sockets all have their own
            raise PhotoError(name, f"cannot be read ({error})", _FETCH) from error
        return _read(stream, name, background)
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
        return _read(stream, str(path), background)


def _read(stream: BinaryIO, name: str, background: tuple[int, int, int] | None) -> np.ndarray:
    try:
        return np.array(_to_rgb(_decode(stream), background))
    except Exception as error:  # damaged files make Pillow raise a dozen kinds of errors
        raise PhotoError(name, *_diagnose(stream, error)) from error


def _decode(stream: BinaryIO) -> Image.Image:
    """Load an image; refuse a JPEG without its end and wrong PNG checksums, as Pillow does not."""
    image = header(stream)
    # The mark that ends a JPEG; the stream stands behind the header.
    if image.format in ("JPEG", "MPO") and b"\xff\xd9" not in stream.read():
        raise OSError("truncated")
    if image.format == "PNG":
        # It compares the checksums, and leaves an image that cannot be loaded any more.
        image.verify()
        image = header(stream)
    image.load()
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
        What Pillow knows of it so far.

    Raises
    ------
    DecompressionBombError
        Over 200 megapixels.
    Exception
        What Pillow raises for a damaged file, a dozen kinds.
    """
    stream.seek(0)
    with _pillow_limit:
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, MAX_PIXELS
        try:
            image = Image.open(stream, formats=_FORMATS)
            # Pillow itself only warns up to twice the limit.
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError
            if image.format == "TIFF":
                # Loading a TIFF compares with the limit once more: it must happen under ours.
                image.load()
        finally:
            Image.MAX_IMAGE_PIXELS = before
    return image


def _to_rgb(image: Image.Image, background: tuple[int, int, int] | None) -> Image.Image:
    """Bring an image of any mode to RGB, or to RGBA if there is no background."""
    # Adobe writes CMYK inverted. Pillow takes all CMYK JPEGs for Adobe's and turns them round.
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        image = _like(image, ImageChops.invert(image))
    # Modes I, I;16 and F: more than 8 bits a pixel.
    if image.mode[0] in "IF":
        image = _like(image, _to_8_bits(image))
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


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Scale pixels of more than 8 bits by their white; Pillow's own conversion clips at 255."""
    values = np.asarray(image)
    low, high, white = values.min(), values.max(), 1
    if image.mode != "F":
        if image.mode == "I" and image.format != "PNG":
            what = f"32-bit or signed pixels, {low} to {high}"
            raise _Unsupported(f"{what}, do not say what is white")
        # Tag 258 of a TIFF is BitsPerSample: 12 or 16.
        white = 2 ** getattr(image, "tag_v2", {}).get(258, (16,))[0] - 1
    # With NaN no comparison holds, so that it is refused too.
    if not 0 <= low <= high <= white:
        raise _Unsupported(f"pixels from {low:g} to {high:g} instead of 0 to {white}")
    scaled = Image.fromarray(np.round(values * (255 / white)).astype(np.uint8))
    if "transparency" in image.info:
        scaled.putalpha(Image.fromarray((values != image.info["transparency"]) * np.uint8(255)))
    return scaled


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
    if isinstance(error, _Unsupported):
        return str(error), _SAVE
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
    if head[4:8] == b"ftyp":
        return "HEIC, AVIF or a video", _SAVE
    kinds = [kind for signature, kind in _SIGNATURES.items() if head.startswith(signature)]
    if not kinds:
        return f"not a photo, begins with {head[:12]!r}", "delete it"
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
        return reason, f"{_FETCH}, or {_SAVE}"
    return f"damaged {kind} ({error})", _FETCH
