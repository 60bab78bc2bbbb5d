"""Every kind of file that photos come as is read, or named with the way to convert it."""

import subprocess
import sys

import pytest
from pictures import PICTURE, encode
from PIL import Image

from coursekit import photos
from coursekit.photos import formats

# Kinds of Pillow's that are no photos: measurements, textures of games, icons of old systems.
NO_PHOTOS = {
    *("BUFR", "GRIB", "HDF5", "IM", "IMT", "IPTC", "MCIDAS", "SPIDER", "XVTHUMB", "FLI"),
    *("PALM",),  # written only
}


def test_what_pillow_opens_is_read_or_named_with_a_way_out():
    Image.init()
    for suffix, form in Image.EXTENSION.items():
        known = suffix in photos.SUFFIXES or photos.unread(suffix)
        assert known or form in NO_PHOTOS, f"{form} ({suffix})"


def test_no_suffix_is_both_read_and_named_as_not_read():
    for kind in formats.OTHERS:
        assert not {*kind.suffixes} & photos.SUFFIXES
        assert all(photos.unread(suffix) is kind for suffix in kind.suffixes)
    assert all(photos.unread(suffix) is None for suffix in photos.SUFFIXES)


def box(brand):
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + bytes(99)


UNREAD = {
    "Fujifilm's raw": (b"FUJIFILMCCD-RAW 0201" + bytes(99), "camera raw.*RawTherapee"),
    "Canon's raw": (b"II*\0\x10\0\0\0CR\2\0" + bytes(99), "camera raw.*RawTherapee"),
    "Canon's newer raw": (box(b"crx "), "camera raw.*RawTherapee"),
    "Olympus' raw": (b"IIRO\x08\0\0\0" + bytes(99), "camera raw"),
    "Panasonic's raw": (b"IIU\0\x18\0\0\0" + bytes(99), "camera raw"),
    "a video": (box(b"isom"), "a video.*ffmpeg"),
    "QuickTime": (box(b"qt  "), "a video.*ffmpeg"),
    "AVI": (b"RIFF\0\0\0\0AVI LIST" + bytes(99), "a video"),
    "PSD": (b"8BPS\0\1" + bytes(99), "PSD.*flat copy"),
    "PDF": (b"%PDF-1.7" + bytes(99), "PDF.*pdfimages"),
    "XCF": (b"gimp xcf v011" + bytes(99), "XCF.*GIMP"),
    "EPS": (b"%!PS-Adobe-3.0 EPSF-3.0", "drawing.*Inkscape"),
    "JPEG XL": (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(99), "JPEG XL.*djxl"),
    "OpenEXR": (b"v/1\x01" + bytes(99), "high dynamic range"),
    "DICOM": (bytes(128) + b"DICM" + bytes(99), "DICOM"),
    "FITS": (b"SIMPLE  =                    T" + bytes(99), "FITS"),
    "DjVu": (b"AT&TFORM" + bytes(99), "ddjvu"),
    "zip": (b"PK\x03\x04" + bytes(99), "archive.*unpack"),
}


@pytest.mark.parametrize("kind", UNREAD)
def test_what_is_not_read_is_named_by_its_content_with_a_way_out(tmp_path, kind):
    content, words = UNREAD[kind]
    (tmp_path / "photo.jpg").write_bytes(content)
    with pytest.raises(photos.PhotoError, match=words) as caught:
        photos.read(tmp_path / "photo.jpg")
    assert "damaged" not in str(caught.value) and "delete" not in str(caught.value)


def test_the_thumbnail_of_a_camera_raw_is_not_taken_for_the_photo(tmp_path):
    thumbnail = encode(PICTURE, "TIFF")
    assert photos.read(thumbnail).shape == PICTURE.shape
    (tmp_path / "a.nef").write_bytes(thumbnail)
    with pytest.raises(photos.PhotoError, match=r"a\.nef: a camera raw.*darktable"):
        photos.read(tmp_path / "a.nef")
    for tags in ({50706: bytes([1, 4, 0, 0])}, {254: 1, 330: 8}):  # DNG's version; a smaller copy
        file = tmp_path / "renamed.tif"
        file.write_bytes(encode(PICTURE, "TIFF", tiffinfo=tags))
        with pytest.raises(photos.PhotoError, match="camera raw"):
            photos.read(file)


def test_a_jpeg_that_is_named_like_a_raw_is_read(tmp_path):
    (tmp_path / "a.raw").write_bytes(encode(PICTURE, "JPEG"))
    assert photos.read(tmp_path / "a.raw").shape == PICTURE.shape


def test_without_pillow_heif_heic_is_named_with_what_to_install(tmp_path):
    (tmp_path / "a.heic").write_bytes(box(b"heic"))
    code = (
        "import sys; sys.modules['pillow_heif'] = None\n"
        "from importlib import util; real = util.find_spec\n"
        "util.find_spec = lambda name: None if name == 'pillow_heif' else real(name)\n"
        "from coursekit import photos\n"
        "print('.heic' in photos.SUFFIXES, photos.unread('.HEIC').way_out)\n"
        "try: photos.read(sys.argv[1])\n"
        "except photos.PhotoError as error: print(error)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.heic")]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    suffix, error = answer.stdout.splitlines()
    assert suffix.startswith('False pip install "coursekit[heic]"')
    assert "a.heic: HEIC, which needs pillow-heif" in error and "coursekit[heic]" in error
