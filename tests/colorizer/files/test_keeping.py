"""What a photo's file says beside its pixels stays as far as the result's format can hold it."""

import io
import struct

import numpy as np
import pytest
import tifffile
from albums import opened, paint, ramp, save
from PIL import ExifTags, Image, ImageCms, IptcImagePlugin, PngImagePlugin

from coursekit import photos

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
# The primaries of Adobe RGB (1998) under D50, as its profile gives them.
ADOBE = {
    b"rXYZ": (0.60974, 0.31111, 0.01947),
    b"gXYZ": (0.20528, 0.62567, 0.06087),
    b"bXYZ": (0.14919, 0.06322, 0.74457),
}
XMP = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/" dc:source="Box 7, print 12"/></rdf:RDF>'
    b'</x:xmpmeta><?xpacket end="w"?>'
)
# Record 2, data set 120 is the caption, after the IIM specification.
CAPTION = b"\x1c\x02\x78" + struct.pack(">H", 7) + b"Harvest"


def wide_gamut():
    """A sound RGB profile with the primaries of Adobe RGB and sRGB's curve."""
    profile = bytearray(SRGB.replace("sRGB".encode("utf-16-be"), "wide".encode("utf-16-be")))
    for number in range(struct.unpack(">I", profile[128:132])[0]):
        tag, offset, _ = struct.unpack(">4sII", profile[132 + 12 * number : 144 + 12 * number])
        if tag in ADOBE:
            profile[offset + 8 : offset + 20] = struct.pack(
                ">iii", *(round(value * 65536) for value in ADOBE[tag])
            )
    return bytes(profile)


def exif(**tags):
    """EXIF with these tags, a date among the details, a place, and a thumbnail."""
    values = Image.Exif()
    for name, value in tags.items():
        values[getattr(ExifTags.Base, name)] = value
    values.get_ifd(ExifTags.IFD.Exif).update(
        {
            ExifTags.Base.DateTimeOriginal: "1936:03:09 10:00:00",
            ExifTags.Base.ExifImageWidth: 64,
            ExifTags.Base.ExifImageHeight: 40,
        }
    )
    values.get_ifd(ExifTags.IFD.GPSInfo).update({ExifTags.GPS.GPSLatitudeRef: "N"})
    head = values.tobytes()
    if len(head) % 2:
        head += b"\0"
    # Behind the first list of tags stands the place of the second one, the thumbnail's.
    tiff = bytearray(head[6:])
    order = "<" if tiff[:2] == b"II" else ">"
    first = struct.unpack(order + "I", tiff[4:8])[0]
    end = first + 2 + 12 * struct.unpack(order + "H", tiff[first : first + 2])[0]
    small = io.BytesIO()
    Image.new("L", (16, 10), 77).save(small, "JPEG")
    tiff[end : end + 4] = struct.pack(order + "I", len(tiff))
    entries = [(0x103, 6), (0x201, len(tiff) + 2 + 3 * 12 + 4), (0x202, len(small.getvalue()))]
    tiff += (
        struct.pack(order + "H", 3)
        + b"".join(struct.pack(order + "HHII", tag, 4, 1, value) for tag, value in entries)
        + bytes(4)
        + small.getvalue()
    )
    return head[:6] + bytes(tiff)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_exif_stays_but_for_the_thumbnail_and_the_photo_stands_upright(tmp_path, suffix):
    content = exif(Make="Graflex", Orientation=6)
    assert content.count(b"\xff\xd8\xff") == 1
    photo = save(tmp_path / f"a{suffix}", exif=content)
    report = paint(photo, tmp_path / "out")
    result = opened(report.written[0])
    assert result.size == (40, 64)
    np.testing.assert_allclose(
        photos.read(report.written[0])[:, 20].mean(-1), photos.read(photo)[:, 20, 0], atol=35
    )
    kept = result.getexif()
    assert kept[ExifTags.Base.Make] == "Graflex" and kept.get(ExifTags.Base.Orientation, 1) == 1
    details = kept.get_ifd(ExifTags.IFD.Exif)
    assert details[ExifTags.Base.DateTimeOriginal] == "1936:03:09 10:00:00"
    assert (details[ExifTags.Base.ExifImageWidth], details[ExifTags.Base.ExifImageHeight]) == (
        40,
        64,
    )
    assert kept.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] == "N"
    assert report.written[0].read_bytes().count(b"\xff\xd8\xff") == (suffix == ".jpg")


def test_a_tiff_hands_on_what_it_says_of_the_photo_and_not_of_its_own_bytes(tmp_path):
    save(
        tmp_path / "a.tif", tiffinfo={270: "Migrant mother"}, compression="tiff_lzw", dpi=(600, 600)
    )
    paint(tmp_path / "a.tif", tmp_path / "out")
    result = opened(tmp_path / "out" / "a.png")
    exif = dict(result.getexif())
    assert "painter" in exif.pop(ExifTags.Base.Software)
    assert exif == {ExifTags.Base.ImageDescription: "Migrant mother"}
    assert result.info["dpi"] == pytest.approx((600, 600), abs=0.1)


def test_damaged_exif_and_damaged_profiles_cost_the_photo_nothing_else(tmp_path):
    save(tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\xff", icc_profile=b"nonsense")
    report = paint(tmp_path / "a.jpg", tmp_path / "out")
    assert not report.broken and "icc_profile" not in opened(report.written[0]).info


def test_colours_are_right_in_the_photos_own_wide_profile(tmp_path):
    photo = save(tmp_path / "a.png", np.dstack([ramp()] * 3), icc_profile=wide_gamut())
    plain = save(tmp_path / "plain.png", photos.read(photo))  # the same photo in sRGB
    paint([photo, plain], tmp_path / "out")
    own, srgb = opened(tmp_path / "out" / "a.png"), opened(tmp_path / "out" / "plain.png")
    assert own.info["icc_profile"] == wide_gamut() and "icc_profile" not in srgb.info
    shown = photos.read(tmp_path / "out" / "a.png").astype(int)  # reading follows the profile
    assert np.abs(shown - np.asarray(srgb)).max() <= 2
    assert (
        np.abs(np.asarray(own).astype(int) - np.asarray(srgb)).max() > 15
    )  # without it colours would be pale


def test_an_srgb_profile_stays_as_it_is_and_one_of_another_colour_space_goes(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    photos_of = {
        name: save(tmp_path / f"{name}.png", np.dstack([ramp()] * 3), icc_profile=profile)
        for name, profile in (("srgb", SRGB), ("lab", lab))
    }
    paint(photos_of.values(), tmp_path / "out")
    kept = {
        name: opened(tmp_path / "out" / f"{name}.png").info.get("icc_profile") for name in photos_of
    }
    assert kept == {"srgb": SRGB, "lab": None}


def test_in_a_bmp_which_holds_no_profile_colours_are_those_of_srgb(tmp_path):
    photo = save(tmp_path / "a.png", np.dstack([ramp()] * 3), icc_profile=wide_gamut())
    report = paint(photo, tmp_path / "a.bmp")
    paint(save(tmp_path / "plain.png", photos.read(photo)), tmp_path / "plain.bmp")
    own, plain = (np.asarray(opened(tmp_path / f"{name}.bmp"), int) for name in ("a", "plain"))
    assert np.abs(own - plain).max() <= 1
    assert (photo, "left out: profile (BMP holds none)") in report.notes


def with_xmp(file, xmp):
    if file.suffix == ".png":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        return save(file, pnginfo=text)
    if file.suffix == ".tif":
        return save(file, tiffinfo={700: xmp})
    return save(file, xmp=xmp)


def xmp_of(image):
    found = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp")
    return found.encode() if isinstance(found, str) else found


@pytest.mark.parametrize("source", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("target", [".jpg", ".png", ".webp"])
def test_xmp_stays(tmp_path, source, target):
    paint(with_xmp(tmp_path / f"a{source}", XMP), tmp_path / f"b{target}")
    assert xmp_of(opened(tmp_path / f"b{target}")) == XMP


def test_xmp_does_not_turn_an_upright_result_once_more(tmp_path):
    turned = XMP.replace(b"dc:source", b'xmlns:tiff="ns" tiff:Orientation="6" dc:source')
    photo = with_xmp(tmp_path / "a.jpg", turned)
    paint(photo, tmp_path / "b.jpg")
    assert photos.read(photo).shape == photos.read(tmp_path / "b.jpg").shape == (64, 40, 3)


def photoshop(iptc):
    """A segment of a JPEG as Photoshop writes it, with a thumbnail of the old photo besides."""
    resources = b"".join(
        b"8BIM" + struct.pack(">HHI", number, 0, len(data)) + data + bytes(len(data) % 2)
        for number, data in ((0x040C, b"old thumbnail."), (0x0404, iptc))
    )
    content = b"Photoshop 3.0\0" + resources
    return b"\xff\xed" + struct.pack(">H", len(content) + 2) + content


@pytest.mark.parametrize("kind", ["jpg", "tif", "tif, as whole numbers"])
def test_iptc_stays_in_a_jpeg_and_its_loss_elsewhere_is_said(tmp_path, kind):
    photo = tmp_path / f"a.{kind[:3]}"
    if kind == "jpg":
        save(photo, extra=photoshop(CAPTION))
    else:
        numbers = (33723, 4, 3, struct.unpack("<3I", CAPTION), True)
        bytes_ = (33723, 7, len(CAPTION), CAPTION, True)
        tags = [bytes_ if kind == "tif" else numbers]
        tifffile.imwrite(photo, ramp(), metadata=None, extratags=tags)
    assert not paint(photo, tmp_path / "b.jpg").notes
    kept = opened(tmp_path / "b.jpg")
    assert IptcImagePlugin.getiptcinfo(kept) == {(2, 120): b"Harvest"}
    assert b"old thumbnail" not in (tmp_path / "b.jpg").read_bytes()
    report = paint(photo, tmp_path / "b.png")
    assert report.notes == [(photo, "left out: IPTC (PNG holds none)")]


def no_resolution(file):
    """A TIFF whose resolution is 0/0, as some scanners write it."""
    save(file, tiffinfo={270: "attic"}, dpi=(7777, 7777))
    content = file.read_bytes()
    value = struct.pack("<II", 7777, 1)
    assert content.count(value) == 2
    file.write_bytes(content.replace(value, bytes(8)))
    return file


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp"])
def test_metadata_that_cannot_be_written_is_left_out_and_said(tmp_path, suffix):
    long = save(tmp_path / "long.tif", tiffinfo={270: "caption " * 9000})
    photos_of = [no_resolution(tmp_path / "none.tif"), long]
    photos_of.append(with_xmp(tmp_path / "xmp.png", XMP.replace(b"Box", b"Box" * 30_000)))
    for photo in photos_of:
        report = paint(photo, tmp_path / f"of {photo.stem}{suffix}")
        assert not report.broken and len(report.written) == 1
    what = {".jpg": "EXIF", ".bmp": "EXIF"}.get(suffix)
    report = paint(long, tmp_path / f"long{suffix}", force=True)
    assert bool(what) == any(f"left out: {what}" in note for _, note in report.notes)
    if suffix == ".jpg":
        software = opened(tmp_path / "long.jpg").getexif()[ExifTags.Base.Software]
        assert "painter" in software  # the mark stays where there is room for nothing else
        (note,) = paint(tmp_path / "xmp.png", tmp_path / "xmp.jpg", force=True).notes
        assert note == (tmp_path / "xmp.png", "left out: XMP (too long for a JPEG)")


def test_resolution_stays_in_a_webp_too(tmp_path):
    paint(save(tmp_path / "a.png", dpi=(300, 300)), tmp_path / "b.webp")
    exif = opened(tmp_path / "b.webp").getexif()
    assert exif[ExifTags.Base.XResolution] == pytest.approx(300, abs=0.1)
    assert exif[ExifTags.Base.ResolutionUnit] == 2


@pytest.mark.skipif(".heic" not in photos.SUFFIXES, reason="needs pillow-heif")
def test_a_heic_hands_on_what_it_says(tmp_path):
    import pillow_heif

    picture = Image.fromarray(np.dstack([ramp()] * 3))
    content = exif(Make="Apple", Orientation=1)
    pillow_heif.from_pillow(picture).save(tmp_path / "a.heic", exif=content, xmp=XMP)
    report = paint(tmp_path / "a.heic", tmp_path / "out")
    result = opened(report.written[0])
    assert result.getexif()[ExifTags.Base.Make] == "Apple" and xmp_of(result) == XMP


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_the_result_says_which_model_guessed_beside_what_made_the_photo(tmp_path, suffix):
    photo = save(tmp_path / f"a{suffix}", exif=exif(Software="EPSON Scan"))
    software = ExifTags.Base.Software
    paint(photo, tmp_path / "out")
    said = opened(tmp_path / "out" / photo.name).getexif()[software]
    assert said.startswith("EPSON Scan; coursekit ")
    assert said.endswith("colours guessed by the model painter")
    paint(tmp_path / "out", tmp_path / "again")
    assert opened(tmp_path / "again" / photo.name).getexif()[software] == said
    paint(photo, tmp_path / "plain", mark=False)
    assert opened(tmp_path / "plain" / photo.name).getexif()[software] == "EPSON Scan"
    paint(save(tmp_path / f"b{suffix}"), tmp_path / "bare", mark=False)
    assert not opened(tmp_path / "bare" / f"b{suffix}").getexif()
