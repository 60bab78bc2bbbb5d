"""`coursekit lab`: JupyterLab in the course's folder, that takes the large photos people have."""

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import numpy as np
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from coursekit import cli
from coursekit.lesson import working_copy
from coursekit.lesson.commands import lab

from ...conftest import DEADLINE

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
CELL = """
from coursekit.lesson import widgets
class Same:
    def colorize(self, rgb):
        return rgb
widgets.own_photo(Same())
"""
FIGURE = """
from coursekit import lesson
from matplotlib import pyplot as plt
from ipywidgets import IntSlider
from IPython.display import display
display(IntSlider(description="lightness"))
figure, axes = plt.subplots()
axes.plot([0, 1])
lesson.show(figure, "A line that rises steadily")
for row in range(3):
    print("a column   " * 20)
"""
AXE = Path(__file__).parents[3] / "docs/node_modules/axe-core/axe.min.js"


@pytest.fixture
def course(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    nbformat.write(new_notebook(cells=[new_code_cell(CELL)]), tmp_path / "notebooks/upload.ipynb")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSEKIT_UPLOAD_MB", "")  # and after the test as it was
    monkeypatch.setattr(working_copy, "clone", lambda: tmp_path)
    return tmp_path


def opened(monkeypatch, *command):
    """The settings with which a command starts JupyterLab."""
    jupyter_server = pytest.importorskip("jupyter_server.serverapp")
    labapp, given = pytest.importorskip("jupyterlab.labapp"), []
    monkeypatch.setattr(labapp, "main", given.extend)
    assert cli.main([*command]) == 0
    server = jupyter_server.ServerApp()
    server.parse_command_line([each for each in given if each.startswith("--ServerApp")])
    return server


def test_the_servers_limits_are_raised_and_kernels_are_told(course, monkeypatch):
    server = opened(monkeypatch, "lab")
    assert server.root_dir == str(course / "work")
    most = server.tornado_settings["websocket_max_message_size"]
    assert 50e6 < most < 60e6
    assert os.environ["COURSEKIT_UPLOAD_MB"] == "50"


def test_in_a_clone_it_opens_a_copy_and_the_clone_stays_clean(course, monkeypatch, capsys):
    before = (course / "notebooks/upload.ipynb").read_bytes()
    assert opened(monkeypatch, "lab").root_dir == str(course / "work")
    assert f"1 lesson in {course / 'work'}: 1 new\n" == capsys.readouterr().out
    assert (course / "work/upload.ipynb").exists()
    assert (course / "notebooks/upload.ipynb").read_bytes() == before


def test_a_folder_that_is_named_gets_the_lessons(course, monkeypatch):
    assert opened(monkeypatch, "lab", "mine").root_dir == str(course / "mine")
    assert (course / "mine/upload.ipynb").exists()


def test_who_changes_lessons_opens_the_courses_own(course, monkeypatch, capsys):
    assert opened(monkeypatch, "lab", "notebooks").root_dir == str(course / "notebooks")
    assert capsys.readouterr().out == "" and not (course / "work").exists()


def test_without_a_copy_two_ways_are_named(course, monkeypatch, capsys):
    monkeypatch.setattr(working_copy, "clone", lambda: None)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert cli.main(["lab"]) == 1
    assert "`coursekit lab FOLDER` puts them into a folder" in capsys.readouterr().err


@pytest.fixture
def address(course):
    """`coursekit lab`, started in a folder with one notebook."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    cells = [new_markdown_cell("## A section"), new_code_cell(CELL), new_code_cell(FIGURE)]
    notebook = new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, course / "notebooks/upload.ipynb")
    private = {
        f"JUPYTER{name}": str(course / name)
        for name in ("_CONFIG_DIR", "_RUNTIME_DIR", "LAB_SETTINGS_DIR", "LAB_WORKSPACES_DIR")
    }
    server = {"ip": "127.0.0.1", "port": port, "port_retries": 0, "open_browser": False}
    settings = {
        "_CONFIG_DIR/jupyter_server_config.json": {
            "ServerApp": server,
            "IdentityProvider": {"token": ""},
            "LabApp": {"expose_app_in_browser": True},
        },
        "LAB_SETTINGS_DIR/@jupyterlab/apputils-extension/notification.jupyterlab-settings": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
    }
    for name, content in settings.items():
        (course / name).parent.mkdir(parents=True, exist_ok=True)
        (course / name).write_text(json.dumps(content))
    address, begin = f"http://127.0.0.1:{port}", time.monotonic()
    with open(course / "log", "w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "coursekit", "lab", "notebooks"],
            env={**os.environ, **private, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=log,
            stderr=log,
        )
    while not listens(address):
        assert process.poll() is None and time.monotonic() < begin + DEADLINE, (
            course / "log"
        ).read_text()
        time.sleep(0.1)
    yield address
    kernels = psutil.Process(process.pid).children()
    process.terminate()  # it ends its kernels; now and then a thread of AnyIO's keeps it afterwards
    _, left = psutil.wait_procs(kernels, DEADLINE)
    process.kill()
    process.wait()
    assert kernels and not left


def listens(address):
    try:
        urllib.request.urlopen(f"{address}/static/none", timeout=10).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


@pytest.fixture
def page(browser):
    with browser.new_page(viewport={"width": 1280, "height": 900}) as page:
        page.set_default_timeout(DEADLINE * 1000)
        yield page


def test_a_scan_of_48_megabytes_is_coloured_and_figures_and_sliders_tell_screen_readers(
    page, address, course
):
    noise = np.random.default_rng(0).integers(0, 256, (4000, 4000, 3), dtype=np.uint8)
    Image.fromarray(noise).save(course / "scan.png", compress_level=0)
    assert 48e6 < (course / "scan.png").stat().st_size < lab.UPLOAD * 1e6
    page.goto(f"{address}/lab/tree/upload.ipynb")
    page.wait_for_function("window.jupyterapp")
    page.evaluate(OPENED)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_selector("text=up to 50 MB; larger: type its path")
    with page.expect_file_chooser() as chooser:
        page.click("text=Choose a photo")
    chooser.value.set_files(course / "scan.png")
    page.wait_for_selector("text=scan.png, 4000 × 4000 pixels: grey, predicted, original.")
    assert page.locator(".widget-image:visible").count() == 1
    page.wait_for_selector("img[alt='A line that rises steadily']")
    page.wait_for_selector("[role=slider][aria-label=lightness]")
    page.wait_for_function("[...document.images].every(each => each.hasAttribute('alt'))")
    page.wait_for_selector(".coursekit-table[tabindex='0']")
    assert page.locator("[title=null]").count() == 0
    page.set_viewport_size({"width": 700, "height": 900})
    if AXE.is_file():  # npm ci --prefix docs
        page.evaluate(AXE.read_text())
        faults = page.evaluate("axe.run().then(({violations}) => violations)")
        worst = {fault["id"] for fault in faults if fault["impact"] in ("critical", "serious")}
        assert worst == set()
