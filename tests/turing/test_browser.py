"""The widget in a real browser: JupyterLab in Chromium, and what is in the file after."""

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import SimpleNamespace

import nbformat.v4
import numpy as np
import pytest

from coursekit import turing

from ..conftest import DEADLINE
from .conftest import phase

PROTOCOL = turing.Protocol(size=32, exposure=0.4, practice=2, trials=5, vigilance=0.2)

# Until the notebook's kernel has answered, JupyterLab drops commands in silence.
OPENED = """async () => {
    const app = window.jupyterapp;
    await app.restored;
    while (!app.shell.currentWidget?.sessionContext) {
        await new Promise(done => setTimeout(done, 50));
    }
    const panel = app.shell.currentWidget;
    await panel.context.ready;
    await panel.sessionContext.ready;
    await panel.sessionContext.session.kernel.info;
}"""
RUN = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
SAVE = "() => window.jupyterapp.shell.currentWidget.context.save()"

# In the page, so that nothing is missed or comes late where the machine is busy: what a pair looks
# like while its photos are shown, keys that come too early, and, frame by frame, beside the
# widget's own clock, how long photos are visible.
WATCH = """() => {
    window.seen = [];
    const pair = document.querySelector('.ck-pair');
    new MutationObserver(() => {
        if (pair.dataset.phase !== 'shown') return;
        window.seen.push(pair.innerHTML);
        for (const key of ['ArrowRight', 'ArrowLeft', '1', '2'])
            document.activeElement.dispatchEvent(
                new KeyboardEvent('keydown', {key, bubbles: true}));
    }).observe(pair, {attributes: true, attributeFilter: ['data-phase']});
    window.shown = [];
    let since = null;
    const look = now => {
        const there = document.querySelectorAll('.ck-pair[data-phase=shown] img:not([hidden])');
        if (there.length === 2) since ??= now;
        else if (since !== null) { window.shown.push((now - since) / 1000); since = null; }
        requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory, photos, colorizers):
    """A folder with the pictures of a test of 7 pairs."""
    folder = tmp_path_factory.mktemp("browser")
    turing.build(folder / "pictures", photos, colorizers, PROTOCOL)
    return folder


@pytest.fixture(scope="module")
def server(folder):
    """Start a program that listens, and give its address."""
    running = []

    def start(*arguments):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        log = folder / f"{port}.log"
        private = {
            f"JUPYTER{name}": str(folder / name)
            for name in ("_CONFIG_DIR", "_RUNTIME_DIR", "LAB_SETTINGS_DIR", "LAB_WORKSPACES_DIR")
        }
        with open(log, "w") as stream:
            process = subprocess.Popen(
                [sys.executable, "-m", *(each.format(port=port) for each in arguments)],
                cwd=folder,
                env={**os.environ, **private},
                stdout=stream,
                stderr=stream,
            )
        running.append(process)
        begin = time.monotonic()
        while not _listens(f"http://127.0.0.1:{port}/static/none"):
            assert process.poll() is None and time.monotonic() < begin + DEADLINE, log.read_text()
            time.sleep(0.1)
        return f"http://127.0.0.1:{port}"

    yield start
    for process in running:
        process.terminate()
        process.wait(DEADLINE)


def _listens(address):
    try:
        urllib.request.urlopen(address, timeout=10).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def lab(browser, server, folder):
    """JupyterLab's address."""
    quiet = (
        folder / "LAB_SETTINGS_DIR/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    )
    quiet.parent.mkdir(parents=True)
    quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')
    return server(
        "jupyterlab",
        "--no-browser",
        "--ip=127.0.0.1",
        "--port={port}",
        "--allow-root",
        "--IdentityProvider.token=",
        "--expose-app-in-browser",
        f"--ServerApp.root_dir={folder}",
    )


@pytest.fixture(scope="module")
def context(browser):
    """One profile, so that JupyterLab's many scripts are fetched once."""
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(DEADLINE * 1000)
        yield context


@pytest.fixture
def page(context):
    """A tab of its own."""
    with context.new_page() as page:
        yield page


@pytest.fixture
def notebook(lab, page, folder, request):
    """A notebook with the test in it, open in JupyterLab; ``votes`` and ``truth`` read the file."""
    name = f"{request.node.name}"
    source = f"from coursekit.turing import widget\nwidget.take('pictures', '{name}.sqlite')"
    cells = [nbformat.v4.new_code_cell(source), nbformat.v4.new_code_cell("'the next cell'")]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}),
        folder / f"{name}.ipynb",
    )
    page.goto(f"{lab}/lab/workspaces/{name}/tree/{name}.ipynb")
    page.wait_for_function("window.jupyterapp")
    page.evaluate(OPENED)
    page.evaluate(RUN)
    page.wait_for_selector(".ck-start")
    experiment = turing.Experiment(folder / "pictures")

    def votes():
        return turing.Store(folder / f"{name}.sqlite").votes()

    def truth():
        store = turing.Store(folder / f"{name}.sqlite")
        code = store.participants()[0]["participant"]
        return [trial.real for trial in turing.Session.resume(experiment, store, code).trials]

    return SimpleNamespace(votes=votes, truth=truth)


def code_in(page):
    return re.search("code:? ([A-Z0-9]{4} [A-Z0-9]{4})", page.inner_text(".ck-turing"))[1].replace(
        " ", ""
    )


def focused(page):
    return page.evaluate("document.activeElement.textContent")


def test_in_jupyterlab_one_takes_the_test_with_the_keyboard_alone(page, notebook, folder):
    page.wait_for_selector(".ck-pair", state="attached")
    page.evaluate(WATCH)
    page.focus(".ck-start")
    page.keyboard.press("Enter")
    phase(page, "gate")
    assert focused(page) == "Show the photos"
    page.keyboard.press("Space")
    given = ["right", "left", "left", "right", "right", "left", "left"]
    keys = ["ArrowRight", "ArrowLeft", "1", "2", "ArrowRight", "1", "ArrowLeft"]
    sources = set()
    for number, (side, key) in enumerate(zip(given, keys, strict=True), start=1):
        phase(page, "answer")
        seen = page.evaluate("window.seen")
        assert len(seen) == number
        html = seen[-1]
        sources |= set(re.findall('src="([^"]*)"', html))
        assert re.findall('alt="([^"]*)"', html) == ["left photo", "right photo"]
        assert not re.search("real|fake|dull|vivid|random|photo [0-9]", html)
        assert page.locator(".ck-tile img:visible").count() == 0 and 'src="' not in page.inner_html(
            ".ck-tiles"
        )
        assert len(notebook.votes()) == number - 1
        page.keyboard.press(key)
        if number <= PROTOCOL.practice:
            phase(page, "feedback")
            real = notebook.truth()[number - 1]
            assert page.inner_text(f".ck-tile.ck-{real}") == "real"
            assert page.inner_text(".ck-prompt").startswith("Not so" if side == real else "Correct")
            assert len(notebook.votes()) == number and focused(page) == "Next pair"
            page.keyboard.press("Enter")
    page.wait_for_selector("text=Thank you!")
    votes = notebook.votes()
    assert [vote["side"] for vote in votes] == given
    assert len(sources) == 2 * len(given) and len({len(source) for source in sources}) == 1

    exposures = np.array([vote["exposure"] for vote in votes])
    assert np.all(exposures >= PROTOCOL.exposure - 0.001)
    # On a busy machine a frame may come late, but not most of them.
    assert np.median(exposures) < PROTOCOL.exposure + 0.5
    assert np.median(np.abs(exposures - page.evaluate("window.shown"))) < 0.15
    assert all(vote["seconds"] > vote["exposure"] for vote in votes)
    assert not any(vote["hidden"] for vote in votes)
    # JupyterLab's own shortcuts on these keys move the selection and turn cells into headings.
    assert page.evaluate(
        "window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.type)"
    ) == ["code", "code"]
    own = [vote for vote in votes if vote["kind"] == "test"]
    fooled = sum(vote["side"] == vote["real"] for vote in own)
    assert f"({fooled} of {len(own)} pairs)" in page.inner_text(".ck-turing")


def test_a_kernel_restarted_in_the_middle_loses_no_vote_and_asks_nothing_twice(page, notebook):
    page.wait_for_selector(".ck-pair", state="attached")
    page.click(".ck-start")
    page.click(".ck-next")
    for side in ("left", "right"):
        phase(page, "answer")
        page.dblclick(f".ck-tile.ck-{side}")
        phase(page, "feedback")
        page.click(".ck-next")
    phase(page, "answer")
    code = code_in(page)
    page.evaluate(RESTART)
    page.evaluate(OPENED)
    assert [vote["side"] for vote in notebook.votes()] == ["left", "right"]

    page.evaluate(RUN)
    page.wait_for_selector(".ck-resume")
    page.wait_for_function(
        "document.querySelector('.ck-code input')?.value"
    )  # this tab remembers it
    assert page.input_value(".ck-code input") == code
    page.fill(".ck-code input", f"{code[:4]}-{code[4:].lower()}")
    page.click(".ck-resume")
    page.click(".ck-next")
    phase(page, "answer")
    assert "Pair 1 of 5" in page.inner_text(".ck-where")
    page.keyboard.down("ArrowRight")
    for wanted in ("shown", "answer"):
        phase(page, wanted)
        for _ in range(5):
            page.keyboard.down("ArrowRight")  # held, it repeats
    assert len(notebook.votes()) == 3
    page.keyboard.up("ArrowRight")

    # A page that is loaded anew does not show the photos a second time.
    page.evaluate(SAVE)
    page.reload()
    page.wait_for_function("window.jupyterapp")
    page.evaluate(OPENED)
    phase(page, "answer")
    page.click(".ck-tile.ck-left")
    page.click(".ck-next")  # the first pair in a new page waits for its person
    phase(page, "answer")
    page.click(".ck-pause")
    page.click(".ck-tile.ck-right")
    page.wait_for_selector("text=Pause.")
    assert len(notebook.votes()) == 5
    page.keyboard.press("Enter")
    phase(page, "gate")
    page.keyboard.press("Enter")
    for side in ("left", "right"):
        phase(page, "answer")
        page.dblclick(f".ck-tile.ck-{side}")
        page.wait_for_selector(".ck-pair[data-phase=answer]", state="hidden")
    page.wait_for_selector("text=Thank you!")
    votes = notebook.votes()
    assert [vote["side"] for vote in votes] == [
        "left",
        "right",
        "right",
        "left",
        "right",
        "left",
        "right",
    ]
    assert len({vote["participant"] for vote in votes}) == 1
    assert votes[3]["seconds"] is None  # nobody knows how long the page was away


@pytest.fixture
def without_anywidget(page):
    """Some hosts let no widget bring code of its own."""
    page.add_init_script("""
        const make = URL.createObjectURL;
        URL.createObjectURL = blob => {
            if (blob.type === 'text/javascript') throw new Error('no code from blobs here');
            return make.call(URL, blob);
        };
    """)


NEW_PHOTO = """old => {
    const photo = document.querySelector('img[alt="left photo"]')?.src;
    return photo !== old && photo;
}"""


def test_where_the_custom_widget_cannot_load_plain_buttons_do(page, without_anywidget, notebook):
    page.click(".ck-start")
    page.click(".ck-plain-next")
    given, photo = ["left", "right", "right", "left", "right", "left", "left"], None
    for number, side in enumerate(given, start=1):
        photo = page.wait_for_function(NEW_PHOTO, arg=photo).json_value()
        page.wait_for_selector('img[alt="left photo"]', state="detached")
        page.wait_for_timeout(400)
        page.dblclick(f".ck-plain-{side}")
        if number <= PROTOCOL.practice:
            page.click(".ck-plain-next:has-text('Next pair')")
    page.wait_for_selector("text=Thank you!")
    assert [vote["side"] for vote in notebook.votes()] == given
    assert {vote["seconds"] for vote in notebook.votes()} == {None}
