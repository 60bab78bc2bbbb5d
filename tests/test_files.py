"""Files appear whole or not at all; a folder that cannot be written is named with the way out."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coursekit import files

OLD, NEW = b"old", b"new and longer"
not_on_windows = pytest.mark.skipif(os.name == "nt", reason="Windows has other rules for files")


@pytest.fixture
def marked(tmp_path):
    """A folder marked read-only; root, who might run this, could write into it all the same."""
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)


def test_a_text_is_stored_as_utf_8_with_its_line_ends_as_they_are(tmp_path):
    files.write(tmp_path / "a.txt", "ΔE\nfünf\r\n")
    assert (tmp_path / "a.txt").read_bytes() == "ΔE\nfünf\r\n".encode()


def test_a_file_is_replaced_and_nothing_else_stays_in_its_folder(tmp_path):
    (tmp_path / "a").write_bytes(OLD)
    files.write(str(tmp_path / "a"), NEW)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a", NEW)]


@pytest.mark.parametrize("existed", [False, True])
@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_if_the_writing_fails_the_file_stays_as_it_was(tmp_path, existed, error):
    if existed:
        (tmp_path / "a").write_bytes(OLD)
    with pytest.raises(error), files.replacing(tmp_path / "a") as part:
        part.write_bytes(NEW[:3])
        raise error
    left = [(file.name, file.read_bytes()) for file in tmp_path.iterdir()]
    assert left == ([("a", OLD)] if existed else [])


def test_until_the_block_ends_the_old_file_is_there(tmp_path):
    (tmp_path / "a").write_bytes(OLD)
    with files.replacing(tmp_path / "a") as part:
        part.write_bytes(NEW)
        assert (tmp_path / "a").read_bytes() == OLD
    assert (tmp_path / "a").read_bytes() == NEW


def test_a_process_that_is_killed_while_it_writes_leaves_the_old_file(tmp_path):
    (tmp_path / "a").write_bytes(OLD)
    code = (
        "import os, sys\nfrom coursekit import files\n"
        "with files.replacing(sys.argv[1]) as part:\n    part.write_bytes(b'half'); os._exit(9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a")])
    assert killed.returncode == 9 and (tmp_path / "a").read_bytes() == OLD


def test_a_block_that_writes_nothing_is_an_error_and_no_empty_file(tmp_path):
    with pytest.raises(FileNotFoundError), files.replacing(tmp_path / "a"):
        pass
    assert [*tmp_path.iterdir()] == []


@not_on_windows
def test_a_name_may_be_as_long_as_the_system_allows(tmp_path):
    name = "a" * 255
    files.write(tmp_path / name, NEW)
    assert os.listdir(tmp_path) == [name]


@not_on_windows
def test_threads_that_write_the_same_file_at_once_each_write_it_whole(tmp_path):
    contents, all_in = [bytes([number]) * 100_000 for number in range(8)], threading.Barrier(8)

    def write(content):
        with files.replacing(tmp_path / "a") as part:
            part.write_bytes(content)
            all_in.wait(timeout=30)  # all have written before the first is done

    with ThreadPoolExecutor(8) as pool:
        [*pool.map(write, contents)]
    assert os.listdir(tmp_path) == ["a"] and (tmp_path / "a").read_bytes() in contents


def test_a_folder_is_made_with_those_above_it_and_left_empty(tmp_path):
    assert files.writable(tmp_path / "new" / "cache") == tmp_path / "new" / "cache"
    assert [*(tmp_path / "new" / "cache").iterdir()] == []


@not_on_windows
@pytest.mark.parametrize("below", [".", "not/there/yet"])
def test_a_folder_for_reading_only_is_named_with_the_way_out_for_root_too(marked, below):
    with pytest.raises(files.FolderError, match="shared.* cannot be written .*COURSEKIT_DATA"):
        files.writable(marked / below)
    assert [*marked.iterdir()] == []


def test_a_folder_below_a_file_is_named_with_the_way_out(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(files.FolderError, match="cache cannot be written .*COURSEKIT_DATA"):
        files.writable(tmp_path / "file" / "cache")


def test_the_cache_is_where_the_environment_says_or_the_users_own(cache, monkeypatch):
    assert files.location() == cache
    monkeypatch.setenv("COURSEKIT_DATA", "~/photos")
    assert files.location() == Path.home() / "photos"
    monkeypatch.delenv("COURSEKIT_DATA")
    assert files.location().name == "coursekit" and files.location().is_relative_to(Path.home())


@not_on_windows
def test_what_can_be_made_anew_goes_to_the_users_own_folder_where_the_cache_is_for_reading_only(
    cache, monkeypatch, marked
):
    assert files.spare("arrays") == cache / "arrays"
    monkeypatch.setenv("COURSEKIT_DATA", str(marked))
    there = files.spare("arrays")
    assert there.is_dir() and there.is_relative_to(Path.home()) and not [*marked.iterdir()]


@not_on_windows
def test_where_nothing_can_be_written_there_is_no_folder_to_spare(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    for variable in ("COURSEKIT_DATA", "HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "file" / "home"))
    assert files.spare("arrays") is None


@pytest.mark.parametrize(
    ("value", "forbidden"), [(None, False), ("", False), ("0", False), ("1", True), ("yes", True)]
)
def test_the_network_is_forbidden_by_anything_but_nothing_and_zero(value, forbidden, monkeypatch):
    monkeypatch.delenv("COURSEKIT_OFFLINE")
    if value is not None:
        monkeypatch.setenv("COURSEKIT_OFFLINE", value)
    assert files.offline() is forbidden


def test_a_full_disk_is_told_with_the_name_of_the_file_which_stays(tmp_path, full_disk):
    (tmp_path / "a").write_bytes(OLD)
    with full_disk(8), pytest.raises(OSError, match="too large; .*before stays") as caught:
        files.write(tmp_path / "a", NEW)
    assert caught.value.filename == str(tmp_path / "a")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a", OLD)]


def test_an_error_that_is_not_the_disks_comes_through_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError, match="elsewhere") as caught:
        with files.replacing(tmp_path / "a"):
            open(tmp_path / "elsewhere")
    assert caught.value.filename == str(tmp_path / "elsewhere")


def test_a_file_in_a_folder_for_reading_only_is_named_and_no_hidden_one(read_only):
    folder, context = read_only
    with context(), pytest.raises(PermissionError, match="denied|Read-only") as caught:
        files.write(folder / "a", NEW)
    assert caught.value.filename == str(folder / "a")
    assert "stays" not in str(caught.value)  # for nothing stood there
