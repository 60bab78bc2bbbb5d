"""Controls for notebooks.

They are made of core ipywidgets only, so that they work in Lab, Notebook, VS Code and Colab.
The colorizers that ship are imported where one is wanted: Keras takes seconds to start.
"""

from __future__ import annotations

import html
import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence

import ipywidgets
import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from coursekit import color, photos, plots

WIDTH = 640  # of a picture on the page, in pixels
# MB of a file that comes through the browser: what Jupyter takes, unless whoever started it says
# more. Beyond that the connection breaks, and no kernel hears of it.
UPLOAD, LIMIT = 10, "COURSEKIT_UPLOAD_MB"
START = "Your photo will stand here: grey on the left, coloured on the right."
# Turns by itself while the kernel is busy, in every front end: none of their icons is needed.
SPINNER = (
    '<svg aria-hidden="true" width="14" height="14" viewBox="0 0 14 14" '
    'style="vertical-align: middle"><circle cx="7" cy="7" r="5" fill="none" stroke="currentColor" '
    'stroke-width="2" stroke-dasharray="20 12"><animateTransform attributeName="transform" '
    'type="rotate" from="0 7 7" to="360 7 7" dur="1s" repeatCount="indefinite"/></circle></svg>'
)


def live(draw: Callable[..., Figure], **controls: ipywidgets.Widget) -> ipywidgets.VBox:
    """Put controls over a figure that is drawn anew whenever one of them moves.

    Parameters
    ----------
    draw : callable
        A function of the controls' values, by name, that returns a Matplotlib figure.
    **controls : ipywidgets.Widget
        For each name any ipywidget with a ``value``.

    Returns
    -------
    ipywidgets.VBox
        The controls and the figure.
    """
    picture = ipywidgets.Image(
        format="png", layout=ipywidgets.Layout(max_width="100%", align_self="flex-start")
    )

    def redraw(_: object = None) -> None:
        values = {name: control.value for name, control in controls.items()}
        picture.value = plots.png(draw(**values))

    for control in controls.values():
        control.observe(redraw, names="value")
    redraw()
    return ipywidgets.VBox([*controls.values(), picture])


def own_photo(colorizer: object) -> ipywidgets.VBox:
    """Colour the learner's own photo, uploaded or named by its path.

    Parameters
    ----------
    colorizer : object
        Anything with ``colorize(rgb) -> rgb``, uint8 (H, W, 3).

    Returns
    -------
    ipywidgets.VBox
        The control. It shows grey, predicted and the photo as it came, side by side. A file that is
        no photo, or that cannot be coloured, is named with the reason; the last picture stays.
    """
    message = ipywidgets.HTML("Grey, predicted and original will stand here.")
    picture = _picture("png")

    def show(name: str, rgb: np.ndarray) -> None:
        small = _small(rgb)

        def paint() -> str:
            parts = [_grey(small), colorizer.colorize(small), small]
            strip = Image.fromarray(np.concatenate(parts, axis=1))
            strip.thumbnail((WIDTH, WIDTH))
            _put(picture, strip)
            size = f"{rgb.shape[1]} × {rgb.shape[0]} pixels"
            return f"{html.escape(name)}, {size}: grey, predicted, original."

        _tell(message, f"Colouring {name}", paint)

    return ipywidgets.VBox([_chooser(show, message), message, picture])


def before_after(
    colorizers: dict[str, object] | Iterable[str | os.PathLike] | None = None,
) -> ipywidgets.VBox:
    """Show the learner's own photo, grey left of a divider that moves and coloured right of it.

    Parameters
    ----------
    colorizers : iterable of path-like or dict, optional
        Names or paths for `coursekit.colorizer.load`, or for each label a `Colorizer`. By default
        all that come with the course.

    Returns
    -------
    ipywidgets.VBox
        The control: a photo, a model, its temperature where it has one, the divider, the picture. A
        file that is no photo or cannot be coloured and a model that cannot be loaded are named with
        the reason; the last picture stays.
    """
    from coursekit.colorizer import NAMES, load

    if not isinstance(colorizers, dict):
        colorizers = {str(name): name for name in colorizers or reversed(NAMES)}
    message = ipywidgets.HTML(START)
    model = ipywidgets.Dropdown(options=list(colorizers), description="model")
    temperature = ipywidgets.FloatSlider(
        value=1,
        min=0.02,
        max=1,
        step=0.02,
        description="temperature",
        continuous_update=False,
        style={"description_width": "initial"},
    )
    divider = ipywidgets.FloatSlider(
        value=50,
        min=0,
        max=100,
        step=1,
        description="divider",
        # Only for screen readers: the divider is as wide as the picture, so that both line up.
        style={"description_width": "0px"},
        readout=False,
        layout=ipywidgets.Layout(width=f"{WIDTH}px", max_width="100%"),
    )
    picture = _picture("jpeg")
    loaded: dict[str, object] = {}  # the models that were chosen once
    shown: dict[str, object] = {}  # the photo: its name, rgb, grey and coloured

    def choose(_: object = None) -> None:
        # Once: a model takes seconds to load, and people go back and forth.
        if model.value not in loaded:
            given = colorizers[model.value]
            message.value = _busy(f"Loading {model.value}")
            try:
                loaded[model.value] = (
                    load(given) if isinstance(given, (str, os.PathLike)) else given
                )
            except (OSError, ValueError) as error:
                message.value = f"<b>No such model.</b> {html.escape(str(error))}"
                return
            message.value = START
        own = _temperature(loaded[model.value])
        temperature.layout.display = "none" if own is None else None
        # Unheard, so that the photo is coloured once, below.
        temperature.unobserve(colour, names="value")
        temperature.value = own or temperature.value
        temperature.observe(colour, names="value")
        colour()

    def colour(_: object = None) -> None:
        if "rgb" not in shown or model.value not in loaded:
            return

        def paint() -> str:
            colorizer, rgb = loaded[model.value], shown["rgb"]
            if _temperature(colorizer) is not None:
                colorizer = colorizer.with_temperature(temperature.value)
            shown.update(coloured=colorizer.colorize(rgb), grey=_grey(rgb))
            divider.layout.width = f"{rgb.shape[1]}px"
            divide()
            name, by = html.escape(shown["name"]), html.escape(model.value)
            return f"{name}: grey on the left, {by} on the right."

        _tell(message, f"Colouring {shown['name']} with {model.value}", paint)

    def divide(_: object = None) -> None:
        if "coloured" not in shown:
            return
        both = shown["coloured"].copy()
        at = round(both.shape[1] * divider.value / 100)
        both[:, :at] = shown["grey"][:, :at]
        both[:, max(0, at - 1) : at + 1] = 255
        _put(picture, Image.fromarray(both))

    def show(name: str, rgb: np.ndarray) -> None:
        shown.update(name=name, rgb=_small(rgb))
        if model.value in loaded:
            colour()
        else:
            choose()

    temperature.observe(colour, names="value")
    model.observe(choose, names="value")
    divider.observe(divide, names="value")
    return ipywidgets.VBox(
        [_chooser(show, message), ipywidgets.HBox([model, temperature]), message, divider, picture]
    )


def _chooser(show: Callable[[str, np.ndarray], None], message: ipywidgets.HTML) -> ipywidgets.HBox:
    """Make an upload, its limit and a path; what is no photo is named in the message."""
    upload = ipywidgets.FileUpload(
        accept="image/*", description="Choose a photo", layout=ipywidgets.Layout(width="14em")
    )
    limit = ipywidgets.Label(f"up to {os.environ.get(LIMIT, UPLOAD)} MB; larger: type its path")
    path = ipywidgets.Text(
        placeholder="the path of a photo, then Enter",
        continuous_update=False,
        layout=ipywidgets.Layout(width="24em"),
    )

    def read(name: str, file: str | bytes) -> None:
        message.value = _busy(f"Reading {name}")
        try:
            rgb = photos.read(file)
        except (photos.PhotoError, OSError, MemoryError) as error:
            message.value = f"<b>Not coloured.</b> {html.escape(str(error))}"
        else:
            show(name, rgb)

    def on_upload(change: dict) -> None:
        files = change["new"]
        # ipywidgets 7, which Colab has, gives them by their names.
        if isinstance(files, dict):
            files = [{"name": name, **file} for name, file in files.items()]
        if files:
            read(files[-1]["name"], bytes(files[-1]["content"]))

    def on_path(change: dict) -> None:
        if change["new"].strip():
            read(change["new"].strip(), change["new"].strip())

    upload.observe(on_upload, names="value")
    path.observe(on_path, names="value")
    return ipywidgets.HBox([upload, limit, path])


def _busy(text: str) -> str:
    return f'<span role="status">{SPINNER} {html.escape(text)} …</span>'


def _tell(message: ipywidgets.HTML, doing: str, do: Callable[[], str]) -> None:
    """Say what is being done while it is, then what came of it, or why nothing did."""
    message.value = _busy(doing)
    try:
        message.value = do()
    # Whatever a backend may raise: a control's errors go to a log, and the spinner would turn on.
    except Exception as error:
        message.value = f"<b>Not coloured.</b> {html.escape(str(error) or type(error).__name__)}"


def _small(rgb: np.ndarray) -> np.ndarray:
    """Reduce a photo to what the page shows: a scan of 50 MB would take gigabytes to colour."""
    small = Image.fromarray(rgb)
    small.thumbnail((WIDTH, WIDTH))
    return np.asarray(small)


def _temperature(colorizer: object) -> float | None:
    return getattr(getattr(colorizer, "decoder", None), "temperature", None)


def _grey(rgb: np.ndarray) -> np.ndarray:
    L, _ = color.split(rgb)
    return color.join(L, np.zeros((*L.shape[:2], 2), np.float32))


def _picture(form: str) -> ipywidgets.Image:
    return ipywidgets.Image(
        format=form,
        layout=ipywidgets.Layout(max_width="100%", align_self="flex-start", display="none"),
    )


def _put(picture: ipywidgets.Image, image: Image.Image) -> None:
    stream = io.BytesIO()
    image.save(stream, picture.format, quality=90)
    picture.value, picture.layout.display = stream.getvalue(), "block"


def dashboard(
    results: list[dict], settings: list[str], measures: Mapping[str, str]
) -> ipywidgets.VBox:
    """Make a table and a figure of experiments that one can filter, sort, and average over seeds.

    Parameters
    ----------
    results : list of dict
        Runs, as of `experiments.run`, with a "seed".
    settings : list of str
        Names of the columns to filter by.
    measures : mapping of str to str
        For the name of each measure in the results its label, with its unit: the columns to sort
        by.

    Returns
    -------
    ipywidgets.VBox
        Filters, the order, the table, the figure.

    Raises
    ------
    ValueError
        If there is no run.
    """
    if not results:
        raise ValueError("no run to show; experiments.run gives some")
    layout = ipywidgets.Layout(width="15em")
    filters = {}
    for name in settings:
        values = dict.fromkeys(each[name] for each in results if name in each)
        if len(values) > 1:
            filters[name] = ipywidgets.Dropdown(
                options=[("all", None), *((str(value), value) for value in values)],
                description=name,
                layout=layout,
            )
    sort = ipywidgets.Dropdown(
        options=[(label, name) for name, label in measures.items()],
        description="sort by",
        layout=ipywidgets.Layout(width="22em"),
    )
    falling = ipywidgets.ToggleButton(True, description="largest first", icon="sort")
    average = ipywidgets.Checkbox(True, description="mean over seed", indent=False)
    table = ipywidgets.HTML()
    picture = ipywidgets.Image(format="png", layout=ipywidgets.Layout(max_width="100%"))

    def fits(each: dict) -> bool:
        return sort.value in each and all(
            choice.value is None or each.get(name) == choice.value
            for name, choice in filters.items()
        )

    def redraw(_: object = None) -> None:
        falling.description = "largest first" if falling.value else "smallest first"
        chosen = [each for each in results if fits(each)]
        if not chosen:
            table.value = "No run has these settings and this measure."
            picture.layout.display = "none"
            return
        shown = _averaged(chosen, settings, measures) if average.value else chosen
        shown = sorted(shown, key=lambda each: each[sort.value], reverse=falling.value)
        head = [*settings, *([] if average.value else ["seed"]), *measures]
        table.value = _table(shown, head, {name: measures.get(name, name) for name in head})
        # A setting that is the same in every row says nothing.
        columns = [name for name in filters if filters[name].value is None]
        # The kinds of runs stand in the figure in the order in which they come first in the table.
        order = {_key(each, settings): -row for row, each in enumerate(reversed(shown))}
        drawn = sorted(chosen, key=lambda each: order[_key(each, settings)])
        picture.value = plots.png(
            plots.runs(drawn, {sort.value: measures[sort.value]}, columns or settings)
        )
        picture.layout.display = "block"

    for control in [*filters.values(), sort, falling, average]:
        control.observe(redraw, names="value")
    redraw()
    return ipywidgets.VBox(
        [
            ipywidgets.Box([*filters.values()], layout=ipywidgets.Layout(flex_flow="row wrap")),
            ipywidgets.HBox([sort, falling, average]),
            table,
            picture,
        ]
    )


def _key(each: dict, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(each.get(name, "–")) for name in names)


def _averaged(results: list[dict], settings: Sequence[str], measures: Iterable[str]) -> list[dict]:
    """Put the runs that agree in all settings into one row, with the mean of each measure."""
    groups: dict[tuple, list[dict]] = {}
    for each in results:
        groups.setdefault(_key(each, settings), []).append(each)
    return [
        {
            **{name: group[0][name] for name in settings if name in group[0]},
            **{
                name: float(np.mean([each[name] for each in group if name in each]))
                for name in measures
                if any(name in each for each in group)
            },
        }
        for group in groups.values()
    ]


def _table(results: list[dict], columns: Sequence[str], labels: Mapping[str, str]) -> str:
    def cell(value: object) -> str:
        return f"{value:.4g}" if isinstance(value, float) else html.escape(str(value))

    head = "".join(
        f"<th style='text-align: left; padding-right: 1em'>{html.escape(labels[name])}</th>"
        for name in columns
    )
    body = "".join(
        "<tr>" + "".join(f"<td>{cell(each.get(name, '–'))}</td>" for name in columns) + "</tr>"
        for each in results
    )
    return (
        f"<div style='max-height: 24em; overflow: auto'><table style='line-height: 1.5'>"
        f"<tr>{head}</tr>{body}</table></div>"
    )
