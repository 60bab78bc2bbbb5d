"""Tests run without a network beyond this machine, without a screen, on the smallest profile."""

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

import coursekit  # noqa: F401  before any test imports Keras, which then has a backend that is there

REAL = os.environ.get("COURSEKIT_DATA", "")  # before tests get caches of their own

os.environ |= {
    "COURSEKIT_OFFLINE": "1",
    "COURSEKIT_PROFILE": "smoke",
    "MPLBACKEND": "Agg",
    "TF_CPP_MIN_LOG_LEVEL": "2",
}


CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
DEADLINE = 180  # seconds after which something that takes a few is taken to have failed

# The longest files, the very longest first, for each goes to the process that is free: one that
# began late would keep the other process waiting.
LONGEST = (
    "site/test_pages.py",
    "turing/server/test_pages.py",
    "turing/test_browser.py",
    "site/test_colour.py",
    "teach/test_assignments.py",
    "teach/test_grade.py",
    "test_classification_on_scenes.py",
    "teach/sandbox/test_bubblewrap.py",
    "tools/shipping/test_release.py",
    "test_precision.py",
    "test_colab.py",
    "networks/test_networks.py",
    "networks/test_imagenet.py",
    "turing/server/test_running.py",
    "tools/test_notebooks.py",
    "lesson/commands/test_lab.py",
    "test_fusion_on_scenes.py",
    "embeddings/test_embeddings.py",
    "teach/test_stopping.py",
)


def pytest_collection_modifyitems(items):
    """Tell what needs a browser, and begin with the longest files; others keep their order."""
    here = Path(__file__).parent
    places = {here / name: place for place, name in enumerate(LONGEST)}
    assert all(map(Path.is_file, places)), "LONGEST names a file of tests that is gone"
    items.sort(key=lambda item: places.get(item.path, len(places)))
    for item in items:
        if "browser" in item.fixturenames or here / "site" in item.path.parents:
            item.add_marker("browser")


def absent(why):
    """Skip; where it is continuous integration that lacks something, fail."""
    # The other systems of CI have no Chromium by themselves.
    if os.environ.get("CI") and sys.platform == "linux":
        pytest.fail(f"{why}; on CI pages are looked at")
    pytest.skip(why)


# Closed after each file: while it is open, no other test of this process can run a loop of its own.
@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        absent("no Chromium on the path; on Debian: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder; nothing of the user's own is read or written."""
    for variable in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    monkeypatch.setenv("COURSEKIT_DATA", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def somebody():
    """A folder that everybody may list, and no root's rights, for root may read everything."""
    if not hasattr(os, "geteuid"):
        pytest.skip("needs POSIX permissions")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        user = os.geteuid()
        os.seteuid(user or 65534)
        yield Path(folder)
        os.seteuid(user)


@pytest.fixture
def killed():
    """A context in which a training that notes its seconds is killed as its second epoch begins."""
    from coursekit import training

    begins = training.Seconds.on_epoch_begin

    def kill(self, epoch, logs=None):
        if epoch == 1:
            raise KeyboardInterrupt
        begins(self, epoch, logs)

    @contextlib.contextmanager
    def context():
        with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(training.Seconds, "on_epoch_begin", kill)
            yield

    return context


@pytest.fixture
def step_by_step(monkeypatch):
    """Networks compute without a graph: for a few steps, that takes longer to make than they do."""
    import keras

    always = property(lambda model: True, lambda model, value: None)
    monkeypatch.setattr(keras.Model, "run_eagerly", always)


@pytest.fixture
def shown(monkeypatch):
    """What a line of progress says, one text after the other, as if a notebook were running."""
    texts = []

    class Handle:
        def update(self, text):
            texts.append(text.data)

    def display(text, display_id):
        texts.append(text.data)
        return Handle()

    monkeypatch.setattr("IPython.get_ipython", lambda: "a shell")
    monkeypatch.setattr("IPython.display.display", display)
    return texts


@pytest.fixture
def full_disk():
    """A context in which no file grows beyond some bytes, as on a disk that is full."""
    resource = pytest.importorskip("resource", reason="this system has no such limits")

    @contextlib.contextmanager
    def context(size):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return context


@pytest.fixture
def read_only():
    """A context in which a folder of one's own can only be read, by root too; and the folder."""
    if not hasattr(os, "setresuid"):
        pytest.skip("this system has no such users")
    with tempfile.TemporaryDirectory() as name:
        folder, root = Path(name, "shared"), os.geteuid() == 0
        folder.mkdir()

        @contextlib.contextmanager
        def context():
            for path in (folder.parent, *folder.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
            folder.chmod(0o555)
            if root:  # who may do everything: somebody else asks
                os.setresuid(65534, 65534, 0)
            try:
                yield
            finally:
                if root:
                    os.setresuid(0, 0, 0)
                folder.chmod(0o755)

        yield folder, context


@pytest.fixture(scope="session")
def real():
    """The cache with real sets, of those who have one; skips for a set that is not in it."""

    def location(name: str) -> Path:
        from coursekit.datasets.sources import open_folder

        if not REAL or not open_folder(Path(REAL) / name):
            pytest.skip(f"COURSEKIT_DATA has no {name}")
        return Path(REAL)

    return location
