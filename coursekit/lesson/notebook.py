"""What a notebook calls: its set-up, figures with alt text, widgets that leave a sentence, source shown."""

from __future__ import annotations

import base64
import inspect
import io
import platform
import textwrap
from types import SimpleNamespace

import numpy as np
from IPython import get_ipython
from IPython.display import display

import coursekit
from coursekit import device
from coursekit.lesson import profile


def start(lesson: str) -> SimpleNamespace:
    """Set a lesson up: backend, GPU memory, seed, figure style, data source; print what it runs on.

    Parameters: ``lesson``, the notebook's name without ``.ipynb``.
    Returns: the lesson's settings in the profile in force, plus ``lesson``, ``profile`` and ``dataset``
    (the first of ``settings.datasets`` that is at hand or can be fetched; None if the lesson names none).
    Raises: ValueError naming the lessons, if there is no such lesson; what `device.limit_memory` raises.
    """
    try:
        settings = profile.settings(lesson)
    except KeyError as error:
        raise ValueError(error.args[0]) from None
    with device.quiet_start():
        import keras

        device.keep_threads_apart()
        cap = device.limit_memory()
        place = device.describe()
        from coursekit import datasets, plots, training

        compiled = _first_fit()
        training.seed_everything(getattr(settings, "seed", 0))
    plots.style()
    _reproducible_figures()
    _errors_name_knobs()
    settings.lesson, settings.profile = lesson, profile.name()
    wanted = tuple(getattr(settings, "datasets", ()))
    settings.dataset = datasets.choose(*wanted) if wanted else None

    backend = keras.backend.backend()
    print(
        f"versions  coursekit {coursekit.__version__}, Python {platform.python_version()}, "
        f"Keras {keras.__version__}, {backend} {device.backend_version(backend)}"
    )
    print(
        f"device    {place}{f', at most {cap} MB' if cap else ''}, {keras.config.dtype_policy().name}, "
        f"{'with' if compiled else 'without'} XLA"
    )
    print(f"profile   {settings.profile} (COURSEKIT_PROFILE may be {', '.join(profile.PROFILES)})")
    if settings.dataset:
        why = f", because {wanted[0]} is not here and cannot be fetched"
        print(f"data      {settings.dataset}{'' if settings.dataset == wanted[0] else why}")
    return settings


def show(figure, alt: str) -> None:
    """Show a Matplotlib figure as a PNG that carries its alt text, and close it.

    Parameters: ``figure``, a Matplotlib Figure; ``alt``, what the picture shows, in at least four words.
    Raises: ValueError if the alt text is shorter.
    """
    if len(alt.split()) < 4:
        raise ValueError(f"alt text {alt!r}: say in at least four words what the figure shows")
    from matplotlib import pyplot as plt
    from PIL import Image

    drawn, png = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", bbox_inches="tight")
    plt.close(figure)
    # Without alpha it is smaller; without Matplotlib's version the same picture is the same bytes.
    Image.open(drawn).convert("RGB").save(png, format="PNG", optimize=True)
    data = {
        "image/png": base64.b64encode(png.getvalue()).decode(),
        "text/plain": f"<Figure: {alt}>",
    }
    display(data, metadata={"image/png": {"alt": alt}}, raw=True)


def widget(control, what: str) -> None:
    """Show an ipywidget; where no kernel runs, the sentence ``what`` stands in its place.

    Parameters: ``control``, any ipywidget; ``what``, one sentence that says what it does.
    """
    sentence = f"[Widget] {what} Run the cell to use it."
    display({**control._repr_mimebundle_(), "text/plain": sentence}, raw=True)


def source(*objects) -> None:
    """Show the source of functions or classes as it is in the package, highlighted.

    Parameters: ``objects``, functions, classes or methods that are written in Python.
    """
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    code = "\n\n".join(
        f"# {_file(item)}\n{textwrap.dedent(inspect.getsource(item))}" for item in objects
    )
    # Inline colours on a light ground of their own read well in dark themes and on exported pages too.
    formatter = HtmlFormatter(
        noclasses=True, cssstyles="background: #f8f8f8; color: #222; padding: 0.5em"
    )
    display({"text/html": highlight(code, PythonLexer(), formatter), "text/plain": code}, raw=True)


def _first_fit() -> bool:
    """Train a tiny network for one step: backends write their last start-up lines in the first ``fit``.

    Returns: whether Keras has XLA compile it, which it decides by backend and device.
    """
    from keras import Sequential, layers

    network = Sequential(
        [layers.Input((8, 8, 1)), layers.Conv2D(1, 3, 2, padding="same"), layers.UpSampling2D()]
    )
    network.compile("sgd", "mse")
    nothing = np.zeros((1, 8, 8, 1), "float32")
    network.fit(nothing, nothing, verbose=0)
    return network.jit_compile


def _reproducible_figures() -> None:
    """The same for figures that Jupyter shows by itself: no version inside."""
    shell = get_ipython()
    if shell is not None:
        from matplotlib_inline.config import InlineBackend

        InlineBackend.instance(parent=shell).print_figure_kwargs = {
            "bbox_inches": "tight",
            "metadata": {"Software": None},
        }


def _errors_name_knobs() -> None:
    """In a notebook, an error for want of memory ends with what to change."""
    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((Exception,), _show_error)


def _show_error(shell, kind, error, trace, tb_offset=None) -> None:
    if device.out_of_memory(f"{kind.__name__}: {error}"):
        error.add_note(device.memory_advice())
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset, running_compiled_code=True)


def _file(item) -> str:
    """The file of an object's module, as it is called in the repository."""
    module = inspect.getmodule(item)
    if module.__name__ == "__main__":
        return "this notebook"
    end = "/__init__.py" if hasattr(module, "__path__") else ".py"
    return module.__name__.replace(".", "/") + end
