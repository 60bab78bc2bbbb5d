"""Zips are read to the bottom, and nothing in them does harm."""

import io
import zipfile
from pathlib import Path

import pytest

archives = pytest.importorskip("coursekit.teach.archives")


def zipped(files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return stream.getvalue()


def read(content, most=100):
    return [*archives.members(Path("class.zip"), content, most)]


def test_a_name_that_leaves_the_folder_only_names():
    (member,) = read(zipped({"../../etc/passwd": b"me"}))
    assert member == (Path("class.zip/etc/passwd"), b"me", None)


def test_a_file_that_grows_without_end_is_read_as_far_as_was_asked():
    (member,) = read(zipped({"a1.ipynb": b"0" * 5_000_000}))
    assert len(member.content) == 101


def test_all_together_have_a_limit(monkeypatch):
    monkeypatch.setattr(archives, "LARGEST", 150)
    found = read(zipped({name: b"0" * 100 for name in "abc"}))
    assert [member.problem is None for member in found] == [True, False]
    assert "unpack what you need by hand" in found[-1].problem


def test_zips_in_zips_have_a_bottom():
    content = zipped({"a1.ipynb": b"{}"})
    for _ in range(archives.DEEPEST + 2):
        content = zipped({"more.zip": content})
    (member,) = read(content, most=10_000)
    assert "zips in zips" in member.problem


def test_a_zip_behind_a_password_says_what_to_do():
    content = bytearray(zipped({"a1.ipynb": b"{}"}))
    # The bit that says "encrypted", in the local and in the central header.
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (member,) = read(bytes(content))
    assert "behind a password; unpack it" in member.problem


def test_a_name_in_utf_8_that_does_not_say_so_is_read_as_macos_wrote_it():
    content = bytearray(zipped({"Zo\u00eb.ipynb": b"{}"}))
    for at in (6, content.index(b"PK\x01\x02") + 8):
        content[at + 1] &= ~0x08
    assert read(bytes(content))[0].path.name == "Zoë.ipynb"


@pytest.mark.parametrize("name", ["essay.docx", "weights.npz", "model.keras"])
def test_a_document_that_is_a_zip_inside_stays_a_document(name):
    assert not archives.is_zip(Path(name), zipped({"word/document.xml": b""})[:4])
