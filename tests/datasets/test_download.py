"""Whatever the network does, a set is whole in the cache or not in it at all."""

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from coursekit import datasets
from coursekit.datasets import download, registry, sources
from coursekit.files import FolderError

COUNT = 24


def files_in(cache: Path) -> set[str]:
    return {path.name for path in cache.rglob("*") if path.is_file()} - {".lock"}


def assert_whole(cache: Path):
    assert sources.faults(cache / "tiny") == []
    assert len(zipfile.ZipFile(cache / "tiny" / "tiny.zip").namelist()) == COUNT
    assert files_in(cache) == {"tiny.zip", "manifest.csv"}  # and nothing is left lying about


def run_elsewhere(cache: Path, card: registry.Card, before: str = "") -> subprocess.Popen:
    """prepare("tiny") in a process of its own."""
    program = (
        "from coursekit.datasets import prepare, registry\n"
        "from coursekit.datasets.registry import Card\n"
        "registry.CARDS['tiny'] = Card(name='tiny', title='', what='', photos='', licence='',\n"
        f"  bad_at='', fetch='download', home='', url={card.url!r}, sha256={card.sha256!r},\n"
        f"  pattern={card.pattern!r})\n"
        f"{before}\n"
        "prepare('tiny')\n"
    )
    environment = os.environ | {"COURSEKIT_DATA": str(cache), "COURSEKIT_OFFLINE": "0"}
    return subprocess.Popen(
        [sys.executable, "-u", "-c", program],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def dies_before(file: str) -> str:
    """A process that kills itself when it is about to put a file into its place."""
    return (
        "import os\n"
        "real = os.replace\n"
        "def replace(part, path):\n"
        f"    os.kill(os.getpid(), 9) if str(path).endswith({file!r}) else real(part, path)\n"
        "os.replace = replace\n"
    )


@pytest.mark.parametrize(
    "script",
    [
        ["drop"],
        ["stall"],
        ["cut"],
        ["corrupt"],
        ["wrong"],
        ["redirect"],
        [500],
        [503, "drop", "corrupt"],
    ],
    ids=str,
)
def test_a_fault_that_passes_is_overcome(script, tiny, server, cache):
    server.script = [*script]
    datasets.prepare("tiny", progress=False)
    assert not server.script, "the server did all it was told to"
    assert_whole(cache)


def test_a_redirect_may_lead_to_another_host(tiny, server, cache):
    server.script = ["redirect"]
    datasets.prepare("tiny", progress=False)
    assert server.asked == ["/tiny.tgz", "/elsewhere.tgz"]


@pytest.mark.parametrize("deed", ["drop", "cut", "corrupt", "wrong", 500])
def test_a_fault_that_stays_is_an_error_and_leaves_no_file(deed, tiny, server, cache):
    server.script = [deed] * 20
    with pytest.raises(
        datasets.DatasetError,
        match=r"tiny could not be fetched from http.*scenes, skimage, old_photographs; or",
    ):
        datasets.load("tiny", progress=False)
    assert len(server.asked) == download.TRIES
    assert not datasets.available("tiny")
    assert files_in(cache) == set()


def test_a_missing_page_is_not_asked_for_again(tiny, server):
    server.script = [404] * 20
    with pytest.raises(datasets.DatasetError, match="404"):
        datasets.prepare("tiny", progress=False)
    assert len(server.asked) == 1


def test_a_server_that_is_gone_is_a_clear_error(tiny, server, monkeypatch):
    server.shutdown()
    server.server_close()
    with pytest.raises(datasets.DatasetError, match="coursekit data get tiny --from PATH"):
        datasets.prepare("tiny", progress=False)


def test_without_a_published_checksum_a_truncated_archive_is_still_noticed(
    tiny, server, cache, monkeypatch
):
    from dataclasses import replace

    monkeypatch.setitem(registry.CARDS, "tiny", replace(tiny, sha256=""))
    server.script = ["cut"]
    with pytest.raises(datasets.DatasetError, match="broken archive"):
        datasets.prepare("tiny", progress=False)
    assert files_in(cache) == set()
    datasets.prepare("tiny", progress=False)
    assert_whole(cache)


def test_offline_never_touches_the_network(tiny, server, monkeypatch):
    monkeypatch.setenv("COURSEKIT_OFFLINE", "1")
    with pytest.raises(
        datasets.DatasetError, match="COURSEKIT_OFFLINE is set; ready without a network: scenes"
    ):
        datasets.load("tiny")
    assert datasets.choose("tiny", "scenes") == "scenes"
    assert server.asked == []


def test_choose_asks_the_server_and_takes_the_first_that_answers(tiny, server):
    assert datasets.choose("tiny", "scenes") == "tiny"
    server.script = [404]
    assert datasets.choose("landscapes", "tiny", "skimage", "scenes") == "skimage"
    server.script = [500]
    with pytest.raises(datasets.DatasetError, match="add 'scenes'"):
        datasets.choose("tiny")


def test_two_processes_at_once_download_once(tiny, server, cache):
    server.script = ["wait"]
    first = run_elsewhere(cache, tiny)
    assert server.half_sent.wait(20)
    second = run_elsewhere(cache, tiny)
    assert second.stdout.readline() == "tiny: another process is preparing it; waiting\n"
    server.go_on.set()
    assert (first.wait(20), second.wait(20)) == (0, 0)
    assert len(server.asked) == 1
    assert_whole(cache)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_while_downloading_then_a_clean_second_run(tiny, server, cache):
    server.script = ["wait"]
    process = run_elsewhere(cache, tiny)
    assert server.half_sent.wait(20)
    process.kill()
    assert process.wait(20) == -signal.SIGKILL
    assert not datasets.available("tiny")
    rgb, *_ = datasets.load("tiny", progress=False)
    assert len(rgb)
    assert_whole(cache)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("step", ["tiny.zip", "manifest.csv"])
def test_killed_while_packing_then_a_clean_second_run(step, tiny, server, cache):
    assert run_elsewhere(cache, tiny, dies_before(step)).wait(20) == -signal.SIGKILL
    assert not datasets.available("tiny")
    datasets.prepare("tiny", progress=False)
    assert len(server.asked) == 1, "the archive was whole, so it is not fetched again"
    assert_whole(cache)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_while_making_it_anew_then_no_new_zip_passes_for_the_old(
    tiny, server, cache, monkeypatch
):
    datasets.prepare("tiny", progress=False)
    anew = dies_before(".csv") + "prepare('tiny', again=True, progress=False)"
    assert run_elsewhere(cache, tiny, anew).wait(20) == -signal.SIGKILL
    assert not datasets.available("tiny")
    datasets.prepare("tiny", progress=False)
    assert_whole(cache)


def test_a_cache_that_cannot_be_written_is_named_with_the_way_out(tiny, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "file" / "cache"))
    with pytest.raises(FolderError, match="cannot be written.*COURSEKIT_DATA"):
        datasets.prepare("tiny", progress=False)


@pytest.mark.skipif(os.name == "nt", reason="Windows folders have no such mode")
def test_a_folder_marked_read_only_is_left_alone_even_by_root(tiny, cache):
    cache.mkdir()
    cache.chmod(0o555)
    with pytest.raises(FolderError, match="read-only"):
        datasets.prepare("tiny", progress=False)
    assert list(cache.iterdir()) == []
    cache.chmod(0o755)


def test_too_little_disk_space_is_said_before_the_download(tiny, server, monkeypatch):
    from dataclasses import replace

    monkeypatch.setitem(registry.CARDS, "tiny", replace(tiny, bytes=10**15))
    with pytest.raises(datasets.DatasetError, match="make room"):
        datasets.prepare("tiny", progress=False)
    assert server.asked == []
