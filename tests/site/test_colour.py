"""The page that colours a photo: coursekit's numbers in a browser, and nothing leaves it."""

from io import BytesIO

import numpy as np
import pytest
import skimage.color
import skimage.data
from PIL import Image

from coursekit import bins, color, photos
from coursekit.colorizer import LightColorizer, shipped
from coursekit.colorizer.painter import resize_planes

# A grid over all colours of 8 bits.
LEVELS = np.arange(0, 256, 17, dtype=np.uint8)
GRID = np.stack(np.meshgrid(LEVELS, LEVELS, LEVELS), axis=-1).reshape(-1, 3)


@pytest.fixture
def opened(page, address):
    # Choosers are caught from here on: asked for with the key itself, that may come too late.
    page.on("filechooser", lambda chooser: None)
    page.goto(f"{address}colour/")
    page.wait_for_function("document.body.dataset.colour == 'ready'")
    yield page
    assert page.faults == []  # and nobody else was asked: the photo stays


def module(page, name, body, *given):
    """Run JavaScript with a module of the page."""
    load = f"const lib = await import(new URL('../_static/colour/{name}.js', location.href));"
    return page.evaluate(f"async (given) => {{ {load} {body} }}", list(given))


def test_lab_is_that_of_scikit_image_on_a_grid_of_colours(opened):
    got = module(opened, "lab", "return given[0].map((rgb) => lib.labOf(...rgb))", GRID.tolist())
    np.testing.assert_allclose(got, skimage.color.rgb2lab(GRID[None] / 255)[0], atol=0.01)
    rgba = np.insert(GRID, 3, 255, axis=-1).ravel().tolist()
    L = module(opened, "lab", "return [...lib.lightness(new Uint8ClampedArray(given[0]))]", rgba)
    np.testing.assert_allclose(L, np.array(got)[:, 0], atol=1e-4)


JOIN = """
const made = new Uint8ClampedArray(4 * given[0].length);
given[0].forEach(([L, a, b], i) => lib.join(L, a, b, made, 4 * i));
return [...made].filter((_, i) => i % 4 < 3);
"""


def test_colours_come_back_from_lab(opened):
    lab = skimage.color.rgb2lab(GRID[None] / 255)[0].tolist()
    got = np.reshape(module(opened, "lab", JOIN, lab), (-1, 3))
    assert np.abs(got - GRID.astype(int)).max() <= 1


def test_colours_that_srgb_lacks_keep_their_lightness_as_in_the_course(opened):
    ab = np.stack(np.meshgrid(np.arange(-110, 111, 20), np.arange(-110, 111, 20)), -1).reshape(
        -1, 2
    )
    L = np.linspace(0, 100, len(ab))
    lab = np.column_stack([L, ab])
    got = np.reshape(module(opened, "lab", JOIN, lab.tolist()), (-1, 3))
    expected = color.join(lab[:, :1].astype(np.float32), lab[:, 1:].astype(np.float32))
    assert np.abs(got - expected.astype(int)).max() <= 1


@pytest.mark.parametrize("kernel", ["bicubic", "bilinear"])
@pytest.mark.parametrize("size", [(7, 9), (40, 33), (3, 64)])
def test_planes_are_resized_as_pillow_does(opened, kernel, size):
    plane = np.random.default_rng(0).uniform(0, 100, (20, 31)).astype(np.float32)
    given = [plane.ravel().tolist(), plane.shape, size, kernel]
    body = "return [...lib.resize(new Float32Array(given[0]), given[1], given[2], given[3])]"
    got = np.reshape(module(opened, "resize", body, *given), size)
    method = getattr(Image, kernel.upper())
    expected = np.asarray(Image.fromarray(plane).resize(size[::-1], method))
    np.testing.assert_allclose(got, expected, atol=2e-3)
    if kernel == "bicubic":
        np.testing.assert_allclose(got, resize_planes(plane[..., None], *size)[..., 0], atol=2e-3)


@pytest.mark.parametrize("shape", [(427, 640), (100, 100), (90, 1000), (33, 21)])
@pytest.mark.parametrize("name", shipped.NAMES)
def test_the_network_sees_a_photo_in_the_same_size(opened, shape, name):
    painter = LightColorizer(name)
    got = module(opened, "colorizer", "return lib.networkSize(...given)", *shape, painter.size)
    assert tuple(got) == painter._network_size(*shape)


def test_bins_are_averaged_as_in_the_course(opened):
    logits = np.random.default_rng(0).normal(0, 3, (5, 313)).astype(np.float32)
    centres = bins.published()
    body = "return lib.decode(given[0], 313, given[1], given[2]).map((plane) => [...plane])"
    got = module(opened, "colorizer", body, logits.ravel().tolist(), 0.38, centres.tolist())
    np.testing.assert_allclose(np.transpose(got), bins.annealed_mean(logits, centres), atol=1e-3)


def coloured(page, give):
    """Give the page something to colour, and read its answer's pixels."""
    page.evaluate("document.body.dataset.colour = 'asked'")
    give()
    page.wait_for_function("['done', 'failed'].includes(document.body.dataset.colour)")
    assert page.evaluate("document.body.dataset.colour") == "done", page.text_content("#ck-status")
    with page.expect_download() as waiting:
        page.click("#ck-save")
    download = waiting.value
    return np.asarray(Image.open(download.path())), download.suggested_filename


def png(rgb, **options):
    buffer = BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG", **options)
    return {"name": "cat.png", "mimeType": "image/png", "buffer": buffer.getvalue()}


def test_a_photo_is_coloured_as_in_the_course_by_each_model_and_at_any_temperature(opened):
    photo = skimage.data.chelsea()[:240, :333]
    got, name = coloured(opened, lambda: opened.set_input_files("#ck-file", png(photo)))
    assert name == "cat-coloured.png"

    def differs(got, painter):
        return np.abs(got[..., :3].astype(int) - painter.colorize(photo)).max()

    assert differs(got, LightColorizer("vivid")) <= 2
    for model in ("classification", "regression"):
        got, _ = coloured(opened, lambda model=model: opened.select_option("#ck-model", model))
        assert differs(got, LightColorizer(model)) <= 2
        assert opened.locator("#ck-temperature").is_visible() == (model != "regression")
    coloured(opened, lambda: opened.select_option("#ck-model", "vivid"))
    got, _ = coloured(opened, lambda: opened.locator("#ck-temperature").press("Home"))
    cool = LightColorizer("vivid").with_temperature(0.02)
    assert differs(got, cool) <= 2 < differs(cool.colorize(photo), LightColorizer("vivid"))


def test_every_control_is_reached_by_keyboard_and_it_says_what_it_did(opened):
    coloured(
        opened, lambda: opened.set_input_files("#ck-file", png(skimage.data.camera()[::4, ::4]))
    )
    opened.focus("#ck-choose")
    reached = []
    for _ in range(6):
        reached.append(opened.evaluate("document.activeElement.id"))
        opened.keyboard.press("Tab")
    assert reached == [
        f"ck-{name}" for name in ("choose", "shoot", "model", "temperature", "save", "divider")
    ]
    assert "cat.png, 128 × 128 pixels" in opened.text_content("#ck-status")
    opened.locator("#ck-divider").press("End")
    assert "100 %" in opened.locator("#ck-divider").get_attribute("aria-valuetext")
    clip = opened.evaluate("document.getElementById('ck-before').style.clipPath")
    assert clip in ("inset(0px)", "inset(0px 0% 0px 0px)")


@pytest.mark.parametrize("key", ["Enter", "Space"])
@pytest.mark.parametrize("button", ["choose", "shoot"])
def test_a_photo_is_chosen_by_keyboard_alone(opened, button, key):
    def give():
        opened.focus(f"#ck-{button}")
        with opened.expect_file_chooser() as asked:
            opened.keyboard.press(key)
        assert opened.evaluate("document.activeElement.id") == f"ck-{button}"
        asked.value.set_files(png(skimage.data.camera()[::8, ::8]))

    got, name = coloured(opened, give)
    assert got.shape[:2] == (64, 64) and name == "cat-coloured.png"


def test_the_same_photo_can_be_chosen_again(opened):
    coloured(
        opened, lambda: opened.set_input_files("#ck-file", png(skimage.data.camera()[::8, ::8]))
    )
    with opened.expect_file_chooser():
        opened.click("#ck-choose")
    # A field that still holds it would say nothing of the second choice.
    assert opened.evaluate("document.getElementById('ck-file').files.length") == 0


@pytest.mark.parametrize(("width", "shape"), [(400, (240, 333)), (800, (300, 451))])
def test_the_sliders_handle_is_below_the_line_that_it_moves(opened, width, shape):
    opened.set_viewport_size({"width": width, "height": 900})
    photo = np.full((*shape, 3), 90, np.uint8)
    coloured(opened, lambda: opened.set_input_files("#ck-file", png(photo)))
    boxes = [opened.locator(f"#ck-{name}").bounding_box() for name in ("pair", "divider")]
    assert boxes[0]["x"] == boxes[1]["x"]
    assert boxes[0]["width"] == boxes[1]["width"] == shape[1]


def test_a_photo_that_lies_on_its_side_is_coloured_upright_and_transparency_stays(opened):
    photo = np.full((40, 60, 4), 200, np.uint8)
    photo[:, :30, 3] = 0
    got, _ = coloured(opened, lambda: opened.set_input_files("#ck-file", png(photo)))
    assert (
        got.shape == (40, 60, 4) and (got[:, :30, 3] == 0).all() and (got[:, 30:, 3] == 200).all()
    )
    exif = Image.Exif()
    exif[0x0112] = 6
    got, _ = coloured(
        opened, lambda: opened.set_input_files("#ck-file", png(photo[..., :3], exif=exif))
    )
    assert got.shape[:2] == (60, 40)


def test_what_is_no_photo_is_named(opened):
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"no photo"}
    opened.set_input_files("#ck-file", file)
    opened.wait_for_selector(".ck-status.ck-wrong")
    assert "notes.txt: this browser cannot read it" in opened.text_content("#ck-status")


def test_a_large_photo_of_a_phone_is_coloured_in_full_size(opened):
    small = photos.resize(skimage.data.coffee(), 300, 400)
    buffer = BytesIO()
    Image.fromarray(small).resize((4000, 3000)).save(buffer, "JPEG")
    file = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": buffer.getvalue()}
    got, name = coloured(opened, lambda: opened.set_input_files("#ck-file", file))
    assert got.shape == (3000, 4000, 3) and name == "IMG_1-coloured.jpg"
    assert np.ptp(got[::20, ::20].astype(int), axis=-1).mean() > 5


def test_every_colorizer_of_the_course_can_be_chosen(opened):
    offered = opened.eval_on_selector_all(
        "#ck-model option", "all => all.map((each) => each.value)"
    )
    assert {*offered} == {*shipped.NAMES}
    models = opened.evaluate("fetch('../_static/models/models.json').then((got) => got.json())")
    assert {*models["models"]} == {*shipped.NAMES}
    assert models["bins"] == bins.published().tolist()
