"""One image file, whatever people have, to uint8 RGB (H, W, 3), or what is wrong with it."""

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
_pillow_limit = threading.Lock()


class PhotoError(ValueError):
    """A photo that cannot be read: `file`, `reason` and `way_out` (str) make up the message."""

    def __init__(self, file: str, reason: str, way_out: str):
        super().__init__(file, reason, way_out)
        self.file, self.reason, self.way_out = file, reason, way_out

    def __str__(self) -> str:
        return f"photo {self.file}: {self.reason}; {self.way_out}"


class _Unsupported(Exception):
    """A sound image of a kind that has no one meaning in 8 bits."""


def read(
    file: str | os.PathLike | bytes | BinaryIO,
    background: tuple[int, int, int] | None = (255, 255, 255),
) -> np.ndarray:
    """Read one photo (JPEG, PNG, WebP, GIF, TIFF, BMP; any mode and depth), upright and in sRGB.

    Of several frames or pages the first is taken. 16-bit and float (0...1) pixels are scaled to 8 bits.
    CMYK without a profile is converted naively, as Pillow does.

    Parameters
    ----------
    file : path, the bytes of a file, or a binary file object (read from its start if it can seek)
    background : sRGB colour, 0...255, that shows where the photo is transparent; white by default.
        None keeps the transparency: the alpha of a photo that has some is a fourth channel

    Returns a uint8 array (H, W, 3) in sRGB, or (H, W, 4). Raises PhotoError, which names the file and the way out, if
    it is missing, empty, truncated, damaged, no image, or over 200 megapixels (by its header, before decoding).
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
    """Load an image; refuse what Pillow would let pass: a JPEG without its end, wrong PNG checksums."""
    image = header(stream)
    if (
        image.format in ("JPEG", "MPO") and b"\xff\xd9" not in stream.read()
    ):  # the header is behind us
        raise OSError("truncated")
    if image.format == "PNG":
        image.verify()
        image = header(stream)
    image.load()
    return image


def header(stream: BinaryIO) -> Image.Image:
    """What a photo's file says before its pixels are decoded: size, EXIF, colour profile; as a Pillow image.

    Raises what Pillow raises, and DecompressionBombError over 200 megapixels.
    """
    stream.seek(0)
    with _pillow_limit:  # ours replaces Pillow's, which is global, only meanwhile
        before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, MAX_PIXELS
        try:
            image = Image.open(stream, formats=_FORMATS)
            if (
                image.width * image.height > MAX_PIXELS
            ):  # Pillow itself only warns up to twice the limit
                raise Image.DecompressionBombError
            if image.format == "TIFF":
                image.load()  # here Pillow compares with the limit once more
        finally:
            Image.MAX_IMAGE_PIXELS = before
    return image


def _to_rgb(image: Image.Image, background: tuple[int, int, int] | None) -> Image.Image:
    if image.mode == "CMYK" and image.format == "JPEG" and "adobe" not in image.info:
        image = _like(
            image, ImageChops.invert(image)
        )  # Pillow takes all of them for Adobe's, inverted
    if image.mode[0] in "IF":
        image = _like(image, _to_8_bits(image))
    try:
        image = ImageOps.exif_transpose(image)
    except Exception:  # a photo with damaged EXIF is still a photo
        pass
    if not image.has_transparency_data:
        return _to_srgb(image)
    rgba = image.convert("RGBA")
    opaque = _to_srgb(_like(image, rgba.convert("RGB")))
    if background is None:
        opaque.putalpha(rgba.getchannel("A"))
        return opaque
    return Image.composite(opaque, Image.new("RGB", image.size, background), rgba.getchannel("A"))


def _like(original: Image.Image, image: Image.Image) -> Image.Image:
    """`image` with the EXIF and colour profile of the original."""
    image.info = original.info
    return image


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Scale by the mode's white; Pillow's own conversion clips at 255."""
    values = np.asarray(image)
    low, high, white = values.min(), values.max(), 1
    if image.mode != "F":
        if image.mode == "I" and image.format != "PNG":
            raise _Unsupported(
                f"32-bit or signed pixels, {low} to {high}, do not say what is white"
            )
        white = (
            2 ** getattr(image, "tag_v2", {}).get(258, (16,))[0] - 1
        )  # TIFF's BitsPerSample: 12 or 16
    if not 0 <= low <= high <= white:  # NaN too
        raise _Unsupported(f"pixels from {low:g} to {high:g} instead of 0 to {white}")
    scaled = Image.fromarray(np.round(values * (255 / white)).astype(np.uint8))
    if "transparency" in image.info:
        scaled.putalpha(Image.fromarray((values != image.info["transparency"]) * np.uint8(255)))
    return scaled


def _to_srgb(image: Image.Image) -> Image.Image:
    """Follow the embedded colour profile, if it is not sRGB, is sound and fits the pixels."""
    try:
        profile = ImageCms.ImageCmsProfile(BytesIO(image.info["icc_profile"]))
        if "sRGB" not in ImageCms.getProfileDescription(profile):
            pixels = image.convert("RGB") if profile.profile.xcolor_space == "RGB " else image
            srgb = ImageCms.createProfile("sRGB")
            return ImageCms.profileToProfile(pixels, profile, srgb, outputMode="RGB")
    except (KeyError, TypeError, OSError, ImportError, ImageCms.PyCMSError):
        pass  # no profile, or none that can be used
    return image.convert("RGB")


def _diagnose(stream: BinaryIO, error: Exception) -> tuple[str, str]:
    """What is wrong with a file that could not be decoded, and the way out."""
    if isinstance(error, _Unsupported):
        return str(error), _SAVE
    if isinstance(error, OSError) and error.errno:  # not Pillow, but the system
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
    kind = next(
        (kind for signature, kind in _SIGNATURES.items() if head.startswith(signature)), None
    )
    if kind is None:
        return f"not a photo, begins with {head[:12]!r}", "delete it"
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
        return (
            f"{kind} of {size / 1e3:.3g} kB, cut off, damaged or of a rare kind",
            f"{_FETCH}, or {_SAVE}",
        )
    return f"damaged {kind} ({error})", _FETCH
