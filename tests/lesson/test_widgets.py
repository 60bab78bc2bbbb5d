import io
from datetime import datetime

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from coursekit import plots
from coursekit.lesson import widgets


class Inverter:
    def colorize(self, rgb):
        return 255 - rgb


@pytest.fixture
def control():
    return widgets.own_photo(Inverter())


def parts(control):
    (upload, _, path), message, picture = (
        control.children[0].children,
        control.children[1],
        control.children[2],
    )
    return upload, path, message, picture


def png(tmp_path, size=(20, 10)):
    file = tmp_path / "red.png"
    Image.new("RGB", size, (255, 0, 0)).save(file)
    return file


def shown(picture):
    return np.asarray(Image.open(io.BytesIO(picture.value)))


def test_a_photo_named_by_its_path_is_shown_grey_predicted_and_original(control, tmp_path):
    _, path, message, picture = parts(control)
    path.value = str(png(tmp_path))
    strip = shown(picture)
    assert strip.shape == (10, 60, 3)
    assert strip[0, 0].tolist() == [127, 127, 127]  # the grey of red's lightness, L = 53
    assert strip[0, 25].tolist() == [0, 255, 255] and strip[0, 45].tolist() == [255, 0, 0]
    assert "20 × 10" in message.value


def send(upload, name, content):
    """Upload a file as the front end does, which says it in another way to ipywidgets 7."""
    facts = {"name": name, "type": "image/png", "size": len(content)}
    if ipywidgets.__version__ < "8":
        upload.metadata, upload.data = [{**facts, "lastModified": 0}], [content]
        upload._counter += 1
    else:
        facts["last_modified"] = datetime.now()
        upload.value = ({**facts, "content": memoryview(content)},)


def test_an_uploaded_photo_is_shown(control, tmp_path):
    upload, _, message, picture = parts(control)
    send(upload, "mine.png", png(tmp_path).read_bytes())
    assert shown(picture).shape == (10, 60, 3)
    assert "mine.png" in message.value


def test_what_is_no_photo_is_named_and_the_last_picture_stays(control, tmp_path):
    _, path, message, picture = parts(control)
    path.value = str(png(tmp_path))
    before = picture.value
    (tmp_path / "<b>notes.txt").write_text("hello")
    path.value = str(tmp_path / "<b>notes.txt")
    assert (
        "Not coloured" in message.value
        and "notes.txt" in message.value
        and "<b>notes" not in message.value
    )
    path.value = str(tmp_path / "missing.jpg")
    assert "missing.jpg" in message.value
    assert picture.value == before


class Decoder:
    temperature = 0.4


class Tinter:
    """Paints everything in one grey level, or, if it has a temperature, in a hundred times that."""

    def __init__(self, level, temperature=None):
        self.level, self.seen = level, []
        if temperature:
            self.decoder = Decoder()
            self.decoder.temperature, self.level = temperature, 100 * temperature

    def with_temperature(self, temperature):
        tinter = Tinter(None, temperature)
        tinter.seen = self.seen
        return tinter

    def colorize(self, rgb):
        self.seen.append(rgb.shape)
        return np.full_like(rgb, round(self.level))


@pytest.fixture
def tinters():
    return {"plain": Tinter(200), "warm": Tinter(None, 0.4)}


@pytest.fixture
def comparison(tinters):
    return widgets.before_after(tinters)


def levels(picture):
    """The levels left and right of the middle."""
    row = shown(picture)[0, :, 0].astype(int)
    return row[len(row) // 2 - 10], row[len(row) // 2 + 10]


def test_before_and_after_stand_side_by_side_and_the_divider_moves(comparison, tmp_path):
    (*_, path), (_, temperature), message, divider, picture = (
        *(each.children for each in comparison.children[:2]),
        *comparison.children[2:],
    )
    path.value = str(png(tmp_path, (1280, 640)))
    assert shown(picture).shape == (320, 640, 3)
    # 127 is the grey of red's lightness, L = 53.
    assert levels(picture) == pytest.approx((127, 200), abs=3)
    divider.value = 90
    assert levels(picture) == pytest.approx((127, 127), abs=3)
    divider.value = 0
    assert levels(picture) == pytest.approx((200, 200), abs=3)
    assert temperature.layout.display == "none" and "plain on the right" in message.value


def test_the_temperature_shows_where_the_model_has_one_and_colours_anew(
    comparison, tinters, tmp_path
):
    (*_, path), (model, temperature) = (each.children for each in comparison.children[:2])
    picture = comparison.children[-1]
    path.value = str(png(tmp_path, (100, 50)))
    model.value = "warm"
    assert temperature.layout.display is None and temperature.value == 0.4
    assert levels(picture)[1] == pytest.approx(40, abs=3)
    temperature.value = 0.9
    assert levels(picture)[1] == pytest.approx(90, abs=3)
    comparison.children[-2].value = 30
    assert len(tinters["warm"].seen) == 2  # once a choice; the divider colours nothing
    model.value = "plain"
    assert temperature.layout.display == "none" and levels(picture)[1] == pytest.approx(200, abs=3)


def test_a_photo_or_model_that_cannot_be_had_is_named_and_the_last_picture_stays(tinters, tmp_path):
    damaged = tmp_path / "<b>damaged.keras"
    damaged.write_bytes(b"no model")
    comparison = widgets.before_after({**tinters, "damaged": damaged})
    (*_, path), (model, _), message, divider, picture = (
        *(each.children for each in comparison.children[:2]),
        *comparison.children[2:],
    )
    path.value = str(png(tmp_path, (100, 50)))
    before = picture.value
    path.value = str(tmp_path / "missing.jpg")
    assert "missing.jpg" in message.value and picture.value == before
    model.value = "damaged"
    assert "No such model" in message.value and "<b>damaged" not in message.value
    Image.new("RGB", (30, 60)).save(tmp_path / "next.png")
    path.value = str(tmp_path / "next.png")
    assert "No such model" in message.value and picture.value == before
    divider.value = 60  # over the last picture still
    assert shown(picture).shape == (50, 100, 3)
    model.value = "plain"
    assert shown(picture).shape == (60, 30, 3) and divider.layout.width == "30px"


MEASURES = {"auc": "AuC in %", "loss": "loss"}
RESULTS = [
    {"model": m, "data": d, "seed": s, "auc": 60.0 + m + s, **({"loss": 1.0} if m == 2 else {})}
    for m in (1, 2, 3)
    for d in ("one", "mix")
    for s in (0, 1, 2)
]


@pytest.fixture
def board():
    return widgets.dashboard(RESULTS, ["model", "data"], MEASURES)


def cells(board):
    rows = board.children[2].value.split("<tr>")[1:]
    return [[cell.split("<")[0] for cell in row.split("<td>")[1:]] for row in rows][1:]


def test_the_dashboard_shows_means_over_seeds_largest_first(board):
    assert cells(board) == [
        ["3", "one", "64", "–"],
        ["3", "mix", "64", "–"],
        ["2", "one", "63", "1"],
        ["2", "mix", "63", "1"],
        ["1", "one", "62", "–"],
        ["1", "mix", "62", "–"],
    ]
    assert shown(board.children[3]).shape[1] > 100


def test_the_dashboard_filters_by_a_setting(board):
    _, data = board.children[0].children
    before = board.children[3].value
    data.value = "mix"
    assert {row[1] for row in cells(board)} == {"mix"} and len(cells(board)) == 3
    assert board.children[3].value != before


def test_the_dashboard_sorts_by_any_measure_either_way_and_shows_single_runs(board):
    sort, falling, average = board.children[1].children
    average.value = falling.value = False
    assert len(cells(board)) == 18
    values = [float(row[3]) for row in cells(board)]
    assert values == sorted(values) and falling.description == "smallest first"
    sort.value = "loss"
    assert {row[0] for row in cells(board)} == {"2"}  # only these have the measure


def test_the_dashboard_says_so_if_nothing_fits_and_comes_back(board):
    (model, _), (sort, _, _) = board.children[0].children, board.children[1].children
    sort.value, model.value = "loss", 1
    assert "No run" in board.children[2].value and board.children[3].layout.display == "none"
    model.value = None
    assert len(cells(board)) == 2 and board.children[3].layout.display == "block"


def test_what_stands_in_the_settings_is_text_not_html():
    board = widgets.dashboard([{"model": "<b>one</b>", "auc": 1.0}], ["model"], {"auc": "AuC"})
    assert "<b>" not in board.children[2].value


def test_a_dashboard_without_runs_is_refused():
    with pytest.raises(ValueError, match="no run"):
        widgets.dashboard([], ["model"], MEASURES)


def test_a_live_figure_is_drawn_at_once_and_again_with_every_move():
    seen = []

    def draw(level, word):
        seen.append((level, word))
        return plots.patches({"grey": [[level] * 3]})

    level, word = ipywidgets.IntSlider(value=10, max=255), ipywidgets.Dropdown(options=["a", "b"])
    control = widgets.live(draw, level=level, word=word)
    first = control.children[-1].value
    level.value = 200
    word.value = "b"
    assert seen == [(10, "a"), (200, "a"), (200, "b")]
    assert control.children[:2] == (level, word) and control.children[-1].value != first


class Watcher:
    """Paints nothing new, but notes what the message says meanwhile; or fails."""

    def __init__(self, error=None):
        self.error, self.said, self.seen = error, [], []

    def colorize(self, rgb):
        self.said.append(self.message.value)
        self.seen.append(rgb.shape)
        if self.error:
            raise self.error
        return rgb


@pytest.mark.parametrize("make", [widgets.own_photo, lambda c: widgets.before_after({"mine": c})])
def test_a_spinner_turns_while_it_colours_and_is_gone_afterwards(make, tmp_path):
    watcher = Watcher()
    control = make(watcher)
    (*_, path) = control.children[0].children
    watcher.message = next(c for c in control.children if isinstance(c, ipywidgets.HTML))
    path.value = str(png(tmp_path))
    (said,) = watcher.said
    assert "<svg" in said and 'role="status"' in said and "Colouring" in said and "red.png" in said
    assert "<svg" not in watcher.message.value and "red.png" in watcher.message.value


@pytest.mark.parametrize("make", [widgets.own_photo, lambda c: widgets.before_after({"mine": c})])
@pytest.mark.parametrize("error", [ValueError("its training <b>diverged"), MemoryError()])
def test_a_photo_that_cannot_be_coloured_is_named_with_the_reason(make, error, tmp_path):
    watcher = Watcher(error)
    control = make(watcher)
    (*_, path) = control.children[0].children
    watcher.message = next(c for c in control.children if isinstance(c, ipywidgets.HTML))
    path.value = str(png(tmp_path))
    assert "Not coloured" in watcher.message.value and "<svg" not in watcher.message.value
    assert "diverged" in watcher.message.value or "MemoryError" in watcher.message.value
    assert "<b>diverged" not in watcher.message.value
    assert control.children[-1].layout.display == "none"


def test_of_a_large_scan_only_what_the_page_shows_is_coloured(tmp_path):
    watcher = Watcher()
    control = widgets.own_photo(watcher)
    _, watcher.message, picture = control.children
    control.children[0].children[-1].value = str(png(tmp_path, (3000, 2000)))
    assert watcher.seen == [(427, 640, 3)] and "3000 × 2000" in watcher.message.value
    assert shown(picture).shape[1] == 640


@pytest.mark.parametrize(("environment", "said"), [(None, "up to 10 MB"), ("50", "up to 50 MB")])
def test_what_the_browser_may_send_is_said_beside_the_button_with_the_way_out(
    environment, said, monkeypatch
):
    monkeypatch.delenv("COURSEKIT_UPLOAD_MB", raising=False)
    if environment:
        monkeypatch.setenv("COURSEKIT_UPLOAD_MB", environment)
    upload, limit, path = widgets.own_photo(Inverter()).children[0].children
    assert limit.value == f"{said}; larger: type its path"
    assert isinstance(upload, ipywidgets.FileUpload) and isinstance(path, ipywidgets.Text)
