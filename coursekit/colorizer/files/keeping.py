"""What a photo's file says beside its pixels, and which of it another format can hold."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from io import BytesIO

from PIL import ExifTags, Image, ImageCms, PngImagePlugin

ORIENTATION, SOFTWARE = ExifTags.Base.Orientation, ExifTags.Base.Software
WIDTH, HEIGHT = ExifTags.Base.ExifImageWidth, ExifTags.Base.ExifImageHeight
X_RESOLUTION, Y_RESOLUTION = ExifTags.Base.XResolution, ExifTags.Base.YResolution
RESOLUTION_UNIT, INCH = ExifTags.Base.ResolutionUnit, 2
# The tags of a TIFF that speak of the photo. Most others say where its bytes lie in that file, and
# would be wrong in another.
DESCRIBING = [
    getattr(ExifTags.Base, name)
    for name in "ImageDescription Make Model Software DateTime Artist Copyright".split()
] + [ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo]
TIFF_XMP, TIFF_IPTC = 700, 33723
# Photoshop's name for IPTC among its resources, in a segment of a JPEG's own.
IPTC = 0x0404
XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
# A word in XMP that would turn an upright picture once more.
TURNED = re.compile(rb'tiff:Orientation="\d"|<tiff:Orientation>\d</tiff:Orientation>')
SEGMENT = 65533  # bytes that a segment of a JPEG holds


@dataclass
class Kept:
    """Hold what a photo's file says beside its pixels.

    Attributes
    ----------
    exif : PIL.Image.Exif
        Without orientation, thumbnail and layout of the file; empty if there is none.
    xmp, iptc : bytes
        As stored; empty if there is none.
    dpi : tuple of float, optional
        Pixels an inch, along and down.
    profile : bytes, optional
        A sound ICC profile for RGB.
    lost : list of str
        What could not be read.
    """

    exif: Image.Exif = field(default_factory=Image.Exif)
    xmp: bytes = b""
    iptc: bytes = b""
    dpi: tuple[float, float] | None = None
    profile: bytes | None = None
    lost: list[str] = field(default_factory=list)


def look(image: Image.Image) -> Kept:
    """Collect what the file of an opened photo says.

    Parameters
    ----------
    image : PIL.Image.Image
        As `photos.read_with` shows it.

    Returns
    -------
    Kept
        What is sound of it; the rest is named in ``lost``.
    """
    kept = Kept(dpi=image.info.get("dpi"), profile=_rgb_profile(image.info.get("icc_profile")))
    # EXIF last: what is not wanted of it is taken out, XMP and IPTC of a TIFF among it.
    for name, part in (("XMP", _xmp), ("IPTC", _iptc), ("EXIF", _exif)):
        try:
            setattr(kept, name.lower(), part(image))
        except Exception:  # a photo with damaged metadata is still a photo; Pillow raises anything
            kept.lost.append(f"{name} (damaged)")
    return kept


def _exif(image: Image.Image) -> Image.Exif:
    exif = image.getexif()
    if image.format == "TIFF":
        unwanted = [tag for tag in exif if tag not in DESCRIBING]
    else:
        unwanted = [ORIENTATION]
    for tag in unwanted:
        exif.pop(tag, None)
    # Whole, for parts of it are read from the file only when they are asked for.
    whole = Image.Exif()
    if len(exif):
        whole.load(exif.tobytes())
    return whole


def _xmp(image: Image.Image) -> bytes:
    xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    if not xmp and image.format == "TIFF":
        xmp = image.getexif().get(TIFF_XMP, b"")
    if isinstance(xmp, tuple):
        xmp = xmp[0] if isinstance(xmp[0], bytes) else bytes(xmp)
    xmp = xmp.encode() if isinstance(xmp, str) else xmp
    return TURNED.sub(b"", xmp.rstrip(b"\0"))


def _iptc(image: Image.Image) -> bytes:
    if image.format != "TIFF":
        return image.info.get("photoshop", {}).get(IPTC, b"")
    # Some programs call its bytes whole numbers, of which Pillow gives out only the first.
    stored = getattr(getattr(image, "tag_v2", None), "_tagdata", {})
    return stored.get(TIFF_IPTC) or image.getexif().get(TIFF_IPTC, b"")


def _rgb_profile(profile: bytes | None) -> bytes | None:
    """Keep a profile if it is sound and for RGB; pixels of others have become sRGB."""
    try:
        space = ImageCms.ImageCmsProfile(BytesIO(profile)).profile.xcolor_space
        return profile if space == "RGB " else None
    except (TypeError, OSError):
        return None


def into_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Put an sRGB picture into a profile.

    Parameters
    ----------
    image : PIL.Image.Image
        Of mode RGB, in sRGB.
    profile : bytes
        A sound ICC profile for RGB.

    Returns
    -------
    PIL.Image.Image or None
        None if there is no way into it, as into a scanner's.
    """
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(own):
            return image
        return ImageCms.profileToProfile(image, ImageCms.createProfile("sRGB"), own)
    except (OSError, ImageCms.PyCMSError):
        return None


def options(
    kept: Kept, form: str, size: tuple[int, int], mark: str
) -> tuple[dict[str, object], list[str]]:
    """Choose what `PIL.Image.Image.save` writes beside the pixels.

    Parameters
    ----------
    kept : Kept
        What the photo's file said.
    form : str
        Pillow's name of the format that is written.
    size : tuple of int
        Width and height of the picture, in pixels.
    mark : str
        What is added to EXIF's Software, or an empty string.

    Returns
    -------
    options : dict of str to object
        Arguments of ``save``, each of which the format can hold.
    lost : list of str
        What it cannot hold, with the reason.
    """
    chosen, lost = {}, [*kept.lost]
    resolution = {} if form == "WEBP" else {"dpi": kept.dpi}
    if kept.dpi and resolution:
        _add(chosen, lost, form, "resolution", resolution)
    if form == "BMP":
        parts = {"EXIF": len(kept.exif), "XMP": kept.xmp, "IPTC": kept.iptc}
        parts |= {"profile": kept.profile, "mark": mark}
        lost += [f"{name} (BMP holds none)" for name, there in parts.items() if there]
        return chosen, lost
    if kept.profile:
        _add(chosen, lost, form, "profile", {"icc_profile": kept.profile})
    exif = kept.exif
    if len(exif) or mark or (kept.dpi and form == "WEBP"):
        try:
            _add(chosen, lost, form, "EXIF", {"exif": _exif_of(kept, form, size, mark)}, must=True)
        except Exception as error:
            lost.append(f"EXIF ({error})")
            if mark:
                alone = Image.Exif()
                alone[SOFTWARE] = mark
                _add(chosen, lost, form, "mark", {"exif": alone.tobytes()})
    if kept.xmp and form == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", kept.xmp.decode("utf-8", "replace"))
        _add(chosen, lost, form, "XMP", {"pnginfo": text})
    elif kept.xmp and form == "WEBP":
        _add(chosen, lost, form, "XMP", {"xmp": kept.xmp})
    if form == "JPEG":
        _add_segments(chosen, lost, kept)
    elif kept.iptc:
        lost.append(f"IPTC ({form} holds none)")
    return chosen, lost


def _add(
    chosen: dict[str, object],
    lost: list[str],
    form: str,
    name: str,
    option: dict[str, object],
    must: bool = False,
) -> None:
    """Choose an option, if a picture of one pixel can be written with it."""
    try:
        Image.new("RGB", (1, 1)).save(BytesIO(), form, **option)
    except Exception as error:  # values that do not fit raise a dozen kinds
        if must:
            raise
        lost.append(f"{name} ({error})")
    else:
        chosen |= option


def _exif_of(kept: Kept, form: str, size: tuple[int, int], mark: str) -> bytes:
    exif = kept.exif
    details = exif.get_ifd(ExifTags.IFD.Exif) if ExifTags.IFD.Exif in exif else {}
    if WIDTH in details:
        # Of a photo that lay on its side they have changed places.
        details[WIDTH], details[HEIGHT] = size
    if kept.dpi and form == "WEBP" and X_RESOLUTION not in exif:
        # The only place that a WebP has for it.
        exif[X_RESOLUTION], exif[Y_RESOLUTION] = kept.dpi
        exif[RESOLUTION_UNIT] = INCH
    before = str(exif.get(SOFTWARE, "")).strip("\0 ")
    if mark and mark not in before:
        exif[SOFTWARE] = f"{before}; {mark}" if before else mark
    return exif.tobytes()


def _add_segments(chosen: dict[str, object], lost: list[str], kept: Kept) -> None:
    """Add XMP and IPTC to a JPEG as segments, in which Pillow of any version stores them."""
    resource = b"Photoshop 3.0\x008BIM" + struct.pack(">HHI", IPTC, 0, len(kept.iptc))
    resource += kept.iptc + bytes(len(kept.iptc) % 2)
    segments = b""
    for name, there, mark, content in (
        ("XMP", kept.xmp, b"\xff\xe1", XMP_HEAD + kept.xmp),
        ("IPTC", kept.iptc, b"\xff\xed", resource),
    ):
        if there and len(content) > SEGMENT:
            lost.append(f"{name} (too long for a JPEG)")
        elif there:
            segments += mark + struct.pack(">H", len(content) + 2) + content
    if segments:
        chosen["extra"] = segments
