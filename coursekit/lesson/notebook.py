"""What a notebook calls: its set-up, figures with alt text, widgets with a sentence, source shown.

Keras and what needs it are imported inside `start`, which keeps back what they write; Matplotlib,
Pillow and Pygments where a notebook first needs them.
"""

from __future__ import annotations

import ast
import base64
import contextlib
import gc
import inspect
import io
import os
import platform
import textwrap
from collections.abc import Iterator
from types import SimpleNamespace, TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from IPython import get_ipython
from IPython.display import display

import coursekit
from coursekit import device
from coursekit.device import quiet_start
from coursekit.lesson import profile

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from ipywidgets import DOMWidget
    from matplotlib.figure import Figure

VIEW = "application/vnd.jupyter.widget-view+json"
# Of JPEGs, and how much smaller than a PNG one must be to take its place: curves never are.
QUALITY, SMALLER = 92, 2
GROWN = 50e6  # bytes that cells may leave: to look for what is free takes a third of a second

_held = 0  # bytes of memory that this process held when cells had left nothing behind

__all__ = ["quiet_start", "show", "source", "start", "widget"]


def start(lesson: str) -> SimpleNamespace:
    """Set a lesson up and print what it runs on.

    Backend, GPU memory, seed, figure style and data source are chosen here, in every lesson in
    the same way.

    Parameters
    ----------
    lesson : str
        The notebook's name without ``.ipynb``.

    Returns
    -------
    SimpleNamespace
        The lesson's settings in the profile in force, plus ``lesson``, ``profile`` and
        ``dataset``: the first of ``settings.datasets`` that is at hand or can be fetched.

    Raises
    ------
    ValueError
        If there is no such lesson; the lessons are told. If ``COURSEKIT_SEEDS``, which takes the
        place of the profile's seeds, is no list of numbers.
    RuntimeError
        If the cap on GPU memory comes too late, as `device.limit_memory` says.
    """
    settings = profile.settings(lesson)
    with quiet_start(), _told_without_backend():
        import keras

        # Both before anything is computed: threads and memory are shared out when a backend starts.
        device.keep_threads_apart()
        cap = device.limit_memory()
        where = device.describe()
        from coursekit import datasets, plots, training

        compiled = _first_fit()
        training.seed_everything(getattr(settings, "seed", 0))
    _release_memory_after_cells()
    plots.style()
    _reproducible_figures()
    _errors_say_what_to_change()
    settings.lesson, settings.profile = lesson, profile.name()
    if chosen := os.environ.get("COURSEKIT_SEEDS"):
        settings.seeds = profile.seeds(chosen)
    settings.dataset = datasets.choose(*settings.datasets)

    backend = keras.backend.backend()
    print(
        f"versions  coursekit {coursekit.__version__}, Python {platform.python_version()}, "
        f"Keras {keras.__version__}, {backend} {device.backend_version(backend)}"
    )
    at_most = f", at most {cap} MB" if cap else ""
    xla = f"{'with' if compiled else 'without'} XLA"
    print(f"device    {where}{at_most}, {keras.config.dtype_policy().name}, {xla}")
    print(f"profile   {settings.profile} (COURSEKIT_PROFILE may be {', '.join(profile.PROFILES)})")
    first = settings.datasets[0]
    why = f", because {first} is not here and cannot be fetched"
    print(f"data      {settings.dataset}{'' if settings.dataset == first else why}")
    return settings


def show(figure: Figure, alt: str) -> None:
    """Show a figure as a picture that carries its alt text, and close it.

    Drawings are PNGs, sharp to the pixel. A figure of photos, which as a JPEG is much smaller, is
    one: a dozen of them as PNGs make a notebook that GitHub does not show.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    alt : str
        What the picture shows, in at least four words.

    Raises
    ------
    ValueError
        If the alt text is shorter.
    """
    if len(alt.split()) < 4:
        raise ValueError(f"alt text {alt!r}: say in at least four words what the figure shows")
    from matplotlib import pyplot as plt
    from PIL import Image

    drawn, png, jpeg = io.BytesIO(), io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight")
    plt.close(figure)
    # Without alpha it is smaller; without Matplotlib's version the same picture is the same bytes.
    picture = Image.open(drawn).convert("RGB")
    picture.save(png, format="PNG", optimize=True)
    # Full chroma, or the colours that a lesson is about would be a quarter as sharp.
    picture.save(jpeg, format="JPEG", quality=QUALITY, subsampling=0, optimize=True)
    is_photo = SMALLER * jpeg.tell() < png.tell()
    mime, stream = ("image/jpeg", jpeg) if is_photo else ("image/png", png)
    data = {mime: base64.b64encode(stream.getvalue()).decode(), "text/plain": f"<Figure: {alt}>"}
    display(data, metadata={mime: {"alt": alt}}, raw=True)


def widget(control: DOMWidget, what: str) -> None:
    """Show a widget, and a sentence in its place where no kernel runs.

    Parameters
    ----------
    control : ipywidgets.DOMWidget
        Any widget.
    what : str
        One sentence that says what it does.
    """
    # Written out, because ipywidgets 7, which Colab has, cannot give it. 2.0 is the version of the
    # format, in 7 and in 8.
    view = {"version_major": 2, "version_minor": 0, "model_id": control.model_id}
    sentence = f"[Widget] {what} Run the cell to use it."
    display({VIEW: view, "text/plain": sentence}, raw=True)


def source(*objects: Any) -> None:
    """Show source as it is in the package, highlighted, docstrings cut to their first line.

    Parameters
    ----------
    *objects : Any
        Functions, classes or methods that are written in Python.
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    code = "\n\n".join(
        f"# {_file(item)}\n{_brief(textwrap.dedent(inspect.getsource(item)))}" for item in objects
    )
    # Inline colours on a light ground of their own read well in dark themes and exported pages too.
    ground = "background: #f8f8f8; color: #222; padding: 0.5em"
    # Said here, for the page that nbconvert makes by default sets other letters in outputs.
    letters = "font-family: monospace; line-height: 125%"
    formatter = HtmlFormatter(noclasses=True, cssstyles=ground, prestyles=letters)
    display({"text/html": highlight(code, PythonLexer(), formatter), "text/plain": code}, raw=True)


@contextlib.contextmanager
def _told_without_backend() -> Iterator[None]:
    """Have an error for want of a Keras backend end with the way out."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name in ("keras", *device.BACKENDS):
            way_out = '%pip install "coursekit[backend]"'
            error.add_note(f"Keras needs a backend: {way_out}, then restart the kernel")
        raise


def _first_fit() -> bool:
    """Train a tiny network for one step; tell whether Keras has XLA compile it."""
    # Backends write their last start-up lines in the first fit. Keras decides about XLA by backend
    # and device.
    from keras import Sequential, layers

    network = Sequential(
        [layers.Input((8, 8, 1)), layers.Conv2D(1, 3, 2, padding="same"), layers.UpSampling2D()]
    )
    network.compile("sgd", "mse")
    nothing = np.zeros((1, 8, 8, 1), "float32")
    network.fit(nothing, nothing, verbose=0)
    return network.jit_compile


def _reproducible_figures() -> None:
    """Keep Matplotlib's version out of figures that Jupyter shows by itself, as `show` does."""
    shell = get_ipython()
    if shell is not None:
        from matplotlib_inline.config import InlineBackend

        InlineBackend.instance(parent=shell).print_figure_kwargs = {
            "bbox_inches": "tight",
            "metadata": {"Software": None},
        }


def _release_memory_after_cells() -> None:
    """Have what a cell needed go back to the system when it ends, in a notebook."""
    shell = get_ipython()
    if shell is not None:
        # What starting brings stays anyway. Not looked through again, it costs no time, and Python
        # looks for circles far more often: while a cell trains one network after another, too.
        device.release_memory()
        gc.freeze()
        # Once, however often the set-up cell runs: IPython knows a function that it has already.
        shell.events.register("post_run_cell", _release_memory)


def _release_memory(result: object) -> None:
    import psutil  # every kernel brings it, and nothing else here needs it

    global _held
    process = psutil.Process()
    if process.memory_info().rss > _held + GROWN:
        device.release_memory()
        _held = process.memory_info().rss
    _held = min(_held, process.memory_info().rss)


def _errors_say_what_to_change() -> None:
    """Have an error for want of memory end, in a notebook, with the way out."""
    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((Exception,), _show_error)


def _show_error(
    shell: InteractiveShell,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    if device.out_of_memory(f"{kind.__name__}: {error}"):
        error.add_note(device.memory_advice())
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset, running_compiled_code=True)


def _brief(code: str) -> str:
    """Cut docstrings to their first line: parameters and types stand in the signature, too."""
    lines = code.splitlines(keepends=True)
    found = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    # From the end, so that the numbers of lines before stay true.
    for node in sorted(
        (node for node in ast.walk(ast.parse(code)) if isinstance(node, found)),
        key=lambda node: -node.lineno,
    ):
        first = node.body[0]
        if ast.get_docstring(node) and first.end_lineno > first.lineno and len(node.body) > 1:
            opening = lines[first.lineno - 1].rstrip()
            lines[first.lineno - 1 : first.end_lineno] = [f'{opening}"""\n']
    return "".join(lines)


def _file(item: Any) -> str:
    """Name the file of an object's module, as it is called in the repository."""
    module = inspect.getmodule(item)
    if module.__name__ == "__main__":
        return "this notebook"
    end = "/__init__.py" if hasattr(module, "__path__") else ".py"
    return module.__name__.replace(".", "/") + end
