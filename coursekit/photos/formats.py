"""The kinds of image file: those that are read, and what else photos come as, with the way out.

Pillow's plugins and pillow-heif are loaded when a file is first opened: a tenth of a second.
"""

from __future__ import annotations

import functools
import importlib.util
import struct
from typing import NamedTuple

from PIL import Image

# Pillow's name of a format -> the suffixes of its files. Left out of what Pillow opens are drawings
# (EPS, WMF), videos, measurements without a white (FITS, SPIDER, HDF5 ...), PSD, whose flat copy
# may be blank, and kinds that any text may be taken for (IM, IPTC).
_STILL = {
    "JPEG": "jpg jpeg jpe jfif mpo",
    "PNG": "png apng",
    "WEBP": "webp",
    "GIF": "gif",
    "TIFF": "tif tiff",
    "BMP": "bmp",
    "DIB": "dib",
    "JPEG2000": "jp2 j2k j2c jpc jpf jpx",
    "AVIF": "avif avifs",
    "PPM": "ppm pgm pbm pnm pfm",
    "ICO": "ico",
    "CUR": "cur",
    "ICNS": "icns",
    "PCX": "pcx",
    "DCX": "dcx",
    "SGI": "sgi rgb rgba bw",
    "SUN": "ras",
    "QOI": "qoi",
    "DDS": "dds",
    "BLP": "blp",
    "FTEX": "ftc ftu",
    "GBR": "gbr",
    "MSP": "msp",
    "PIXAR": "pxr",
    "XBM": "xbm",
    "XPM": "xpm",
}
# Their files have no mark at the start by which to tell them: they are tried when all others fail.
_UNMARKED = {"TGA": "tga icb vda vst", "PCD": "pcd"}
_HEIF = "heic heif heics heifs hif"
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}

SAVE = "save it as JPEG or 8-bit PNG"


class Kind(NamedTuple):
    """Describe a kind of file that photos come as and that is not read.

    Attributes
    ----------
    what : str
        Its name.
    way_out : str
        How to make a photo of it that is read.
    suffixes : tuple of str
        Of its files, with the dot, in lower case.
    marks : tuple of bytes
        What its files begin with, if that tells it.
    """

    what: str
    way_out: str
    suffixes: tuple[str, ...]
    marks: tuple[bytes, ...]


def _kind(what: str, way_out: str, suffixes: str, *marks: bytes) -> Kind:
    return Kind(what, way_out, tuple(f".{each}" for each in suffixes.split()), marks)


RAW = _kind(
    "a camera raw file",
    "develop it with darktable, RawTherapee or the camera's program, and save a JPEG or TIFF",
    "3fr arw cr2 cr3 crw dcr dng erf iiq k25 kdc mef mos mrw nef nrw orf pef raf raw rw2 rwl sr2 "
    "srf srw x3f",
    *(b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"\0MRM", b"FOVb"),
    b"II\x1a\0\0\0HEAPCCDR",
)
HEIC = _kind("HEIC, which needs pillow-heif", f'pip install "coursekit[heic]", or {SAVE}', _HEIF)
VIDEO = _kind(
    "a video",
    "take a picture out of it: ffmpeg -i FILE -frames:v 1 still.png",
    "mov mp4 m4v avi mkv webm 3gp mpg mpeg mts wmv",
    *(b"\x1aE\xdf\xa3", b"\0\0\x01\xba"),
)
OTHERS = (
    RAW,
    VIDEO,
    _kind(
        "Photoshop's PSD",
        "open it in Photoshop, GIMP or Krita, and save a flat copy as PNG",
        "psd psb",
        b"8BPS",
    ),
    _kind(
        "a PDF",
        "take its pictures out: pdfimages -all FILE photo, or export the page as PNG",
        "pdf",
        b"%PDF",
    ),
    _kind("GIMP's XCF", "open it in GIMP, and export it as PNG", "xcf", b"gimp xcf"),
    _kind(
        "a drawing",
        "export it as PNG with Inkscape",
        "svg svgz eps ps ai wmf emf",
        *(b"%!PS", b"\xd7\xcd\xc6\x9a", b"\xc5\xd0\xd3\xc6"),
    ),
    _kind("JPEG XL", "convert it: djxl FILE photo.png", "jxl", *(b"\xff\x0a", b"\0\0\0\x0cJXL ")),
    _kind("JPEG XR", f"open it in IrfanView, and {SAVE}", "jxr wdp hdp", b"II\xbc"),
    _kind(
        "a picture of high dynamic range",
        f"open it in GIMP, and {SAVE}",
        "exr hdr",
        *(b"v/1\x01", b"#?RADIANCE"),
    ),
    _kind("DjVu", "convert it: ddjvu -format=tiff FILE photo.tif", "djvu djv", b"AT&T"),
    _kind("DICOM", f"open it in a DICOM viewer, and {SAVE}", "dcm"),
    _kind("FITS", f"open it in GIMP, and {SAVE}", "fits fit fts", b"SIMPLE  ="),
    _kind(
        "an archive",
        "unpack it, and give the photos that it holds",
        "zip 7z rar tar gz tgz",
        *(b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b"),
    ),
)


def _dotted(names: str) -> set[str]:
    return {f".{name}" for name in names.split()}


_HEIF_THERE = importlib.util.find_spec("pillow_heif") is not None
SUFFIXES = frozenset().union(
    *map(_dotted, [*_STILL.values(), *_UNMARKED.values()]), _dotted(_HEIF) if _HEIF_THERE else ()
)
_BY_SUFFIX = {suffix: kind for kind in (*OTHERS, HEIC) for suffix in kind.suffixes}


def unread(suffix: str) -> Kind | None:
    """Say what kind of file that is not read a suffix stands for.

    Parameters
    ----------
    suffix : str
        With the dot, in any case.

    Returns
    -------
    Kind or None
        None if it is read, or unknown.

    Examples
    --------
    >>> unread(".NEF").what
    'a camera raw file'
    """
    return None if suffix.lower() in SUFFIXES else _BY_SUFFIX.get(suffix.lower())


def unread_by_content(head: bytes) -> Kind | None:
    """Say what kind of file that is not read begins so.

    Parameters
    ----------
    head : bytes
        Its first 140 bytes or more.

    Returns
    -------
    Kind or None
        None if it is read, or unknown.
    """
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        # One that should be read is damaged.
        if brand in _HEIF_BRANDS:
            return None if _HEIF_THERE else HEIC
        if brand in (b"avif", b"avis"):
            return None
        return RAW if brand == b"crx " else VIDEO
    if head[8:10] == b"CR" and head[:4] == b"II*\0":
        return RAW
    if head[128:132] == b"DICM":
        return _BY_SUFFIX[".dcm"]
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return VIDEO
    return next((kind for kind in OTHERS if head.startswith(kind.marks)), None)


@functools.cache
def readers() -> tuple[str, ...]:
    """List the formats that a mark at the start of the file tells, as the installed Pillow can.

    Returns
    -------
    tuple of str
        Pillow's names.
    """
    Image.init()
    return tuple(name for name in _STILL if name in Image.OPEN)


def readers_of(head: bytes) -> tuple[str, ...]:
    """List the formats that a file may have, by its start.

    Parameters
    ----------
    head : bytes
        Its first 16 bytes or more.

    Returns
    -------
    tuple of str
        Pillow's names, in the order in which to try them.
    """
    marked = tuple(name for name in readers() if _marked(name, head[:16]))
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS and _heif():
        return (*marked, "HEIF")
    # The mark of a cursor is also the start of most TGAs.
    if marked not in ((), ("CUR",)) or unread_by_content(head):
        return marked
    return (*marked, *_UNMARKED)


def _marked(name: str, head: bytes) -> bool:
    try:
        return bool(Image.OPEN[name][1](head))
    except (IndexError, struct.error):  # a file of a few bytes
        return False


@functools.cache
def _heif() -> bool:
    """Teach Pillow HEIC, if pillow-heif is there."""
    if _HEIF_THERE:
        import pillow_heif

        pillow_heif.register_heif_opener()
    return _HEIF_THERE
