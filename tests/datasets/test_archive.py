"""An archive may be hostile; its photos come out, and nothing else ever does."""

import bz2
import gzip
import io
import lzma
import os
import tarfile
import zipfile

import pytest

from coursekit.datasets.archive import ArchiveError, Limits, listing, members

GOOD = {"a/1.jpg": b"one", "a/b/2.PNG": b"two"}
EVIL_NAMES = [
    "../evil.jpg",
    "a/../../evil.jpg",
    "/etc/evil.jpg",
    "C:\\evil.jpg",
    "..\\evil.jpg",
    "c:evil.jpg",
]
EVIL_KINDS = [
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.CHRTYPE,
    tarfile.BLKTYPE,
    tarfile.FIFOTYPE,
    tarfile.GNUTYPE_SPARSE,
]


def make_tar(path, files, kind=tarfile.REGTYPE, link=""):
    with tarfile.open(path, "w:gz") as archive:
        for name, data in GOOD.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname, info.size = (
                kind,
                link,
                len(data) if kind == tarfile.REGTYPE else 0,
            )
            archive.addfile(info, io.BytesIO(data))
    return path


def make_zip(path, files, mode=0o100644, compress=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compress) as archive:
        for name, data in GOOD.items():
            archive.writestr(name, data)
        for name, data in files.items():
            info = zipfile.ZipInfo("placeholder")
            info.filename = name  # the constructor would tidy it
            info.external_attr, info.compress_type = mode << 16, compress
            archive.writestr(info, data)
    return path


@pytest.mark.parametrize(
    "pack", [gzip.compress, bz2.compress, lzma.compress, bytes], ids=lambda f: f.__module__
)
def test_tar_archives_of_every_packing_give_their_photos(pack, tmp_path):
    plain = gzip.decompress(make_tar(tmp_path / "a.tgz", {"notes.txt": b"no photo"}).read_bytes())
    path = tmp_path / "archive"
    path.write_bytes(pack(plain))
    assert dict(members(path)) == GOOD
    assert listing(path) == ([*GOOD], {".txt": 1})


def test_zips_and_folders_give_the_same(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"__MACOSX/a/._1.jpg": b"junk", "a/.hidden.jpg": b"junk"})
    assert dict(members(path)) == GOOD
    for name, data in GOOD.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(data)
    assert dict(members(tmp_path / "folder")) == GOOD


@pytest.mark.parametrize("make", [make_tar, make_zip])
@pytest.mark.parametrize("name", EVIL_NAMES)
def test_a_path_out_of_the_folder_is_refused(make, name, tmp_path):
    with pytest.raises(ArchiveError, match="leaves the folder; refused"):
        list(members(make(tmp_path / "evil", {name: b"x"})))
    assert {p.name for p in tmp_path.rglob("*")} == {"evil"}, "nothing was written"


@pytest.mark.parametrize(
    "kind", EVIL_KINDS, ids=["symlink", "hardlink", "character", "block", "fifo", "sparse"]
)
def test_links_and_devices_in_a_tar_are_refused(kind, tmp_path):
    with pytest.raises(ArchiveError, match="link or a device"):
        list(members(make_tar(tmp_path / "evil.tgz", {"x.jpg": b""}, kind, "/etc/passwd")))


@pytest.mark.parametrize(
    "mode", [0o120777, 0o020666, 0o060666, 0o010666], ids=["symlink", "char", "block", "fifo"]
)
def test_links_and_devices_in_a_zip_are_refused(mode, tmp_path):
    with pytest.raises(ArchiveError, match="link or a device"):
        list(members(make_zip(tmp_path / "evil.zip", {"x.jpg": b"/etc/passwd"}, mode)))


@pytest.mark.parametrize(
    "make", [make_tar, lambda p, f: make_zip(p, f, compress=zipfile.ZIP_DEFLATED)]
)
@pytest.mark.parametrize("name", ["bomb.jpg", "bomb.txt"])
def test_a_bomb_is_refused_even_in_a_member_nobody_asked_for(make, name, tmp_path):
    path = make(tmp_path / "bomb", {name: bytes(20_000_000)})
    assert path.stat().st_size < 100_000
    with pytest.raises(ArchiveError, match="unpacks to more than 5,000,000 bytes"):
        list(members(path, limits=Limits(free=5_000_000)))


def test_a_bomb_of_gigabytes_meets_the_standard_limits(tmp_path):
    path = tmp_path / "bomb.tgz"
    info = tarfile.TarInfo("bomb.txt")
    info.size = 2**29
    with gzip.open(path, "wb", compresslevel=1) as out:
        out.write(info.tobuf())
        for _ in range(128):  # 128 MB would already do
            out.write(bytes(2**20))
    with pytest.raises(ArchiveError, match="unpacks to more than"):
        list(members(path))


def test_one_huge_member_and_too_many_members_are_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"big.jpg": os.urandom(1000)})
    with pytest.raises(ArchiveError, match="'big.jpg' is 1,000 bytes"):
        list(members(path, limits=Limits(member=999)))
    with pytest.raises(ArchiveError, match="more than 2 members"):
        list(members(path, limits=Limits(members=2)))


@pytest.mark.parametrize("make", [make_tar, make_zip])
@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "html"])
def test_a_broken_archive_is_named(make, damage, tmp_path):
    path = make(tmp_path / "broken", {"x.jpg": os.urandom(50_000)})
    data = bytearray(path.read_bytes())
    data[20_000] ^= 1
    path.write_bytes(
        {"cut": data[:30_000], "flip": bytes(data), "empty": b"", "html": b"<html>log in</html>"}[
            damage
        ]
    )
    with pytest.raises(ArchiveError, match="broken: broken archive"):
        list(members(path))


def test_an_encrypted_zip_is_refused(tmp_path):
    path = make_zip(tmp_path / "a.zip", {"x.jpg": b"secret"})
    data = bytearray(path.read_bytes())
    central = data.rindex(b"PK\x01\x02")
    data[central + 8] |= 1  # general purpose flag, bit 0
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match="encrypted"):
        list(members(path))
