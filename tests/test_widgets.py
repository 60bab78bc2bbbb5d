import io
from datetime import datetime

import numpy as np
import pytest
from PIL import Image

from coursekit import widgets


class Inverter:
    def colorize(self, rgb):
        return 255 - rgb


@pytest.fixture
def control():
    return widgets.own_photo(Inverter())


def parts(control):
    (upload, path), message, picture = control.children[0].children, control.children[1], control.children[2]
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


def test_an_uploaded_photo_is_shown(control, tmp_path):
    upload, _, message, picture = parts(control)
    upload.value = ({"name": "mine.png", "type": "image/png", "size": 1, "content": png(tmp_path).read_bytes(),
                     "last_modified": datetime.now()},)
    assert shown(picture).shape == (10, 60, 3)
    assert "mine.png" in message.value


def test_what_is_no_photo_is_named_and_the_last_picture_stays(control, tmp_path):
    _, path, message, picture = parts(control)
    path.value = str(png(tmp_path))
    before = picture.value
    (tmp_path / "<b>notes.txt").write_text("hello")
    path.value = str(tmp_path / "<b>notes.txt")
    assert "Not coloured" in message.value and "notes.txt" in message.value and "<b>notes" not in message.value
    path.value = str(tmp_path / "missing.jpg")
    assert "missing.jpg" in message.value
    assert picture.value == before
