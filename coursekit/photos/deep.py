"""Pixels of more than 8 bits: scaled by their white, and TIFFs of depths that Pillow refuses.

Pillow can undo every compression of a TIFF, but knows few layouts of the samples in it. So the
compressed strips or tiles go into a new TIFF, in memory, that calls them rows of bytes; what Pillow
gives back is unpacked here.
"""

from __future__ import annotations

import contextlib
import struct
from io import BytesIO
from typing import BinaryIO

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from .formats import RAW, SAVE

# Tags of a TIFF.
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
CHANNELS, ROWS_PER_STRIP, PLANAR, PREDICTOR, SAMPLE_FORMAT, EXTRA = 277, 278, 284, 317, 339, 338
STRIPS, TILES = (273, 279), (324, 325)  # offsets, lengths
TILE_WIDTH, TILE_HEIGHT, SUB_IMAGES, KIND_OF_IMAGE, DNG_VERSION = 322, 323, 330, 254, 50706
PROFILE, X_RESOLUTION, Y_RESOLUTION, RESOLUTION_UNIT = 34675, 282, 283, 296
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, SENSORS = 0, 1, 2, (32803, 34892)
UNSIGNED, FLOAT = 1, 3
# All that says where and how the pixels lie.
LAYOUT = {WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER, CHANNELS, ROWS_PER_STRIP}
LAYOUT |= {PLANAR, PREDICTOR, SAMPLE_FORMAT, EXTRA, *STRIPS, *TILES, TILE_WIDTH, TILE_HEIGHT}
LAYOUT |= {PROFILE, SUB_IMAGES}
ASSOCIATED = 1  # colours were multiplied by their alpha
MOST_COMPRESSED = 10_000  # bytes that no compression makes one of; zip reaches 1,032
STRIP = 2**20  # samples that are unpacked bit by bit at a time


class Unsupported(Exception):
    """A sound image that is not read: what it is, and the way out.

    Parameters
    ----------
    reason : str
        What it is.
    way_out : str
        How to make one that is read.
    """

    def __init__(self, reason: str, way_out: str = SAVE) -> None:
        super().__init__(reason, way_out)


def camera_raw(tags: ImageFileDirectory_v2) -> bool:
    """Say whether a TIFF is a camera's: what Pillow would read of it is its thumbnail.

    Parameters
    ----------
    tags : PIL.TiffImagePlugin.ImageFileDirectory_v2
        Its first directory.

    Returns
    -------
    bool
        True for DNG, and what its makers built like it.
    """
    # A first image that calls itself a smaller copy, of one among further directories.
    thumbnail = tags.get(KIND_OF_IMAGE) == 1 and SUB_IMAGES in tags
    return DNG_VERSION in tags or thumbnail or tags.get(PHOTOMETRIC) in SENSORS


def misread(tags: ImageFileDirectory_v2) -> bool:
    """Say whether Pillow opens a TIFF, but takes its samples for what they are not.

    Parameters
    ----------
    tags : PIL.TiffImagePlugin.ImageFileDirectory_v2
        Its first directory.

    Returns
    -------
    bool
        True for planes of more than 8 bits, and for bytes whose bits are filled from the low end.
    """
    bits = tags.get(BITS, (1,))[0]
    grey = tags.get(PHOTOMETRIC) in (WHITE_IS_ZERO, BLACK_IS_ZERO)
    planes = tags.get(PLANAR) == 2 and tags.get(CHANNELS, 1) > 1
    return (planes and bits > 8) or (tags.get(FILL_ORDER) == 2 and bits >= 8 and grey)


def to_8_bits(image: Image.Image) -> Image.Image:
    """Scale pixels of more than 8 bits by their white; Pillow's own conversion clips at 255.

    Parameters
    ----------
    image : PIL.Image.Image
        Of mode I, F or I;16.

    Returns
    -------
    PIL.Image.Image
        Of mode L, or LA if one grey is clear.

    Raises
    ------
    Unsupported
        If the file does not say what is white, or if a pixel is beyond it.
    """
    values = np.asarray(image)
    tags, white = getattr(image, "tag_v2", {}), 1
    if image.mode != "F":
        if image.mode == "I" and image.format not in ("PNG", "PPM"):
            what = f"32-bit or signed pixels, {values.min()} to {values.max()}"
            raise Unsupported(f"{what}, do not say what is white")
        white = 2 ** tags.get(BITS, (16,))[0] - 1
    scaled = _scaled(values, white)
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        scaled = 255 - scaled
    scaled = Image.fromarray(scaled)
    if "transparency" in image.info:
        scaled.putalpha(Image.fromarray((values != image.info["transparency"]) * np.uint8(255)))
    return scaled


def _scaled(values: np.ndarray, white: float) -> np.ndarray:
    low, high = values.min(), values.max()
    # With NaN no comparison holds, so that it is refused too.
    if not 0 <= low <= high <= white:
        raise Unsupported(f"pixels from {low:g} to {high:g} instead of 0 to {white}")
    # Half floats would overflow, and have too few digits.
    factor = np.float32(255 / white)
    return np.round(values.astype(np.float32, copy=False) * factor).astype(np.uint8)


def read_tiff(stream: BinaryIO, max_pixels: int) -> Image.Image:
    """Read a grey or RGB TIFF of 8 to 16 bits, or of floats, in any layout, with its tags.

    Parameters
    ----------
    stream : binary file object
        The file.
    max_pixels : int
        Above which it is refused.

    Returns
    -------
    PIL.Image.Image
        Of mode L, LA, RGB or RGBA.

    Raises
    ------
    PIL.Image.DecompressionBombError
        Over ``max_pixels``.
    Unsupported
        If it is of another kind, or has pixels beyond white.
    KeyError
        If a tag is missing without which a file is no image.
    Exception
        What damaged tags make Pillow raise, a dozen kinds.
    """
    stream.seek(0)
    start = stream.read(8)
    tags = ImageFileDirectory_v2(start + stream.read(8) if start[2:4] == b"\x2b\0" else start)
    stream.seek(tags.next)
    tags.load(stream)
    if camera_raw(tags):
        raise Unsupported(RAW.what, RAW.way_out)
    width, height, channels = tags[WIDTH], tags[HEIGHT], tags.get(CHANNELS, 1)
    if width * height > max_pixels:
        raise Image.DecompressionBombError
    depths = {*tags.get(BITS, (1,))[:channels]}
    formats = {*tags.get(SAMPLE_FORMAT, (UNSIGNED,))[:channels]}
    bits, meaning = min(depths), min(formats)
    colours = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3}.get(tags[PHOTOMETRIC], 99)
    known = 8 <= bits <= 16 if meaning == UNSIGNED else meaning == FLOAT and bits in (16, 32)
    mixed = len(depths) > 1 or len(formats) > 1
    if mixed or not known or not colours <= channels <= 8 or min(width, height) < 1:
        raise Unsupported(
            f"a TIFF of a rare kind ({channels} channels of {bits} bits, "
            f"photometric interpretation {tags.get(PHOTOMETRIC)})"
        )
    if tags.get(PLANAR, 1) == 2:
        planes = [_samples(stream, tags, bits, meaning, 1, n, channels) for n in range(channels)]
        samples = np.concatenate(planes, axis=-1)
    else:
        samples = _samples(stream, tags, bits, meaning, channels, 0, 1)
    return _image(samples, 1 if meaning == FLOAT else 2**bits - 1, colours, tags, stream)


def _image(
    samples: np.ndarray, white: float, colours: int, tags: ImageFileDirectory_v2, stream: BinaryIO
) -> Image.Image:
    """Make an image of (H, W, C) samples, and give it what else the file says."""
    # Without a word on one channel too many it is taken for alpha, as Pillow takes it.
    extra = tags.get(EXTRA, (2,) if samples.shape[-1] == colours + 1 else (0,))[0]
    scaled = _scaled(samples[..., : colours + (extra in (1, 2))], white)
    if extra == ASSOCIATED:
        alpha = np.maximum(scaled[..., colours:], 1)
        whole = scaled[..., :colours].astype(np.uint16) * 255 // alpha
        scaled[..., :colours] = np.minimum(whole, 255)
    if tags.get(PHOTOMETRIC) == WHITE_IS_ZERO:
        scaled[..., :colours] = 255 - scaled[..., :colours]
    image = Image.fromarray(scaled[..., 0] if scaled.shape[-1] == 1 else scaled)
    image.format = "TIFF"
    if PROFILE in tags:
        image.info["icc_profile"] = tags[PROFILE]
    with contextlib.suppress(Exception):  # a photo with damaged EXIF is still a photo
        exif = Image.Exif()
        stream.seek(0)
        exif.load_from_fp(stream)
        for tag in LAYOUT & {*exif}:
            del exif[tag]
        image.info["exif"] = exif.tobytes()
    if X_RESOLUTION in tags and Y_RESOLUTION in tags and tags.get(RESOLUTION_UNIT, 2) in (2, 3):
        per_inch = 2.54 if tags.get(RESOLUTION_UNIT) == 3 else 1
        image.info["dpi"] = (tags[X_RESOLUTION] * per_inch, tags[Y_RESOLUTION] * per_inch)
    return image


def _samples(
    stream: BinaryIO,
    tags: ImageFileDirectory_v2,
    bits: int,
    meaning: int,
    channels: int,
    plane: int,
    planes: int,
) -> np.ndarray:
    """Read one plane's samples, (H, W, channels), as integers or floats of the machine."""
    width, height = tags[WIDTH], tags[HEIGHT]
    tiled = TILES[0] in tags
    across = tags[TILE_WIDTH] if tiled else width
    blocks = -(-width // across)  # side by side
    length = -(-across * channels * bits // 8)  # bytes of a row of one block
    offsets, counts = (tags[tag] for tag in (TILES if tiled else STRIPS))
    mine = slice(len(offsets) // planes * plane, len(offsets) // planes * (plane + 1))
    content = []
    for offset, count in zip(offsets[mine], counts[mine], strict=True):
        stream.seek(offset)
        content.append(stream.read(count))
        if len(content[-1]) < count:
            raise OSError("truncated")
    if length * blocks * height > MOST_COMPRESSED * sum(counts[mine]):
        raise OSError("truncated")  # before memory is taken for what cannot be there
    layout = {TILE_WIDTH: length, TILE_HEIGHT: tags[TILE_HEIGHT]} if tiled else {}
    layout = layout or {ROWS_PER_STRIP: min(tags.get(ROWS_PER_STRIP, height), height)}
    kept = {tag: tags[tag] for tag in (COMPRESSION, FILL_ORDER) if tag in tags}
    copy = _tiff_of_bytes(length * blocks, height, content, tiled, layout | kept)
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None  # the caller holds its lock
    try:
        rows = np.array(Image.open(BytesIO(copy), formats=("TIFF",)))
    finally:
        Image.MAX_IMAGE_PIXELS = before
    order = "<" if tags.prefix == b"II" else ">"
    predictor = tags.get(PREDICTOR, 1)
    rows = rows.reshape(height, blocks, length)
    if bits % 8:
        samples = _unpacked(rows, bits, across * channels)
    elif predictor == 3:
        # Bytes of equal weight lie together, the heaviest first, each the difference to the last.
        rows = rows.reshape(height, blocks, -1, channels).cumsum(axis=2, dtype=np.uint8)
        heavy = rows.reshape(height, blocks, bits // 8, -1)
        samples = np.ascontiguousarray(np.moveaxis(heavy, 2, -1)).view(f">f{bits // 8}")
    else:
        samples = rows.view(f"{order}u{bits // 8}")
        if predictor == 2:
            samples = samples.reshape(height, blocks, -1, channels)
            samples = samples.cumsum(axis=2, dtype=f"u{bits // 8}")
        if meaning == FLOAT:
            samples = np.ascontiguousarray(samples.astype(f"u{bits // 8}")).view(f"f{bits // 8}")
    return samples.reshape(height, blocks * across, channels)[:, :width]


def _unpacked(rows: np.ndarray, bits: int, count: int) -> np.ndarray:
    """Unpack rows of bytes into ``count`` samples each that do not end where bytes end."""
    samples = np.empty((*rows.shape[:2], count), np.uint16)
    weights = 2 ** np.arange(bits - 1, -1, -1, dtype=np.uint16)
    step = STRIP // (rows.shape[1] * count) + 1
    for top in range(0, len(rows), step):
        single = np.unpackbits(rows[top : top + step], axis=-1, count=count * bits)
        single = single.reshape(*single.shape[:2], count, bits)
        samples[top : top + step] = single @ weights
    return samples


def _tiff_of_bytes(
    width: int, height: int, content: list[bytes], tiled: bool, others: dict[int, int]
) -> bytes:
    """Write compressed strips or tiles into a TIFF of grey pixels of 8 bits."""
    counts = [len(each) for each in content]
    offsets = [8 + sum(counts[:n]) for n in range(len(counts))]
    places = TILES if tiled else STRIPS
    tags = {WIDTH: [width], HEIGHT: [height], BITS: [8], PHOTOMETRIC: [BLACK_IS_ZERO]}
    tags |= {CHANNELS: [1], places[0]: offsets, places[1]: counts}
    tags |= {tag: [value] for tag, value in others.items()}
    body = b"".join(content)
    body += bytes(len(body) % 2)  # directories begin at even places
    directory, lists = struct.pack("<H", len(tags)), b""
    behind = 8 + len(body) + 2 + 12 * len(tags) + 4
    for tag, values in sorted(tags.items()):
        packed = struct.pack(f"<{len(values)}I", *values)
        if len(values) > 1:
            packed, lists = struct.pack("<I", behind + len(lists)), lists + packed
        directory += struct.pack("<HHI", tag, 4, len(values)) + packed
    return b"II*\0" + struct.pack("<I", 8 + len(body)) + body + directory + bytes(4) + lists
