"""Controls for notebooks, of core ipywidgets only, so that they work in Lab, Notebook, VS Code, Colab and Voilà."""

from __future__ import annotations

import html
import io

import ipywidgets
import numpy as np
from PIL import Image

from coursekit import color, photos


def own_photo(colorizer, width: int = 640) -> ipywidgets.VBox:
    """A control that colours the learner's own photo, uploaded or named by its path.

    Shows grey, predicted and the photo as it came, side by side. A file that is no photo is named with the reason; the
    last picture stays.

    Parameters: ``colorizer``, anything with ``colorize(rgb) -> rgb``; ``width`` of the three together, in pixels.
    """
    upload = ipywidgets.FileUpload(accept="image/*", description="Choose a photo")
    path = ipywidgets.Text(placeholder="or the path of a photo, then Enter", continuous_update=False,
                           layout=ipywidgets.Layout(width="24em"))
    message = ipywidgets.HTML("Grey, predicted and original will stand here.")
    place = ipywidgets.Layout(max_width="100%", align_self="flex-start", display="none")
    picture = ipywidgets.Image(format="png", layout=place)

    def show(name: str, file) -> None:
        try:
            rgb = photos.read(file)
        except (photos.PhotoError, OSError) as error:
            message.value = f"<b>Not coloured.</b> {html.escape(str(error))}"
            return
        message.value = f"Colouring {html.escape(name)} …"
        L, _ = color.split(rgb)
        grey = color.join(L, np.zeros((*L.shape[:2], 2), np.float32))
        strip = Image.fromarray(np.concatenate([grey, colorizer.colorize(rgb), rgb], axis=1))
        strip.thumbnail((width, width))
        png = io.BytesIO()
        strip.save(png, format="png")
        picture.value, picture.layout.display = png.getvalue(), "block"
        message.value = f"{html.escape(name)}, {rgb.shape[1]} × {rgb.shape[0]} pixels: grey, predicted, original."

    def on_upload(change) -> None:
        if change["new"]:
            item = change["new"][-1]
            show(item["name"], bytes(item["content"]))

    def on_path(change) -> None:
        if change["new"].strip():
            show(change["new"].strip(), change["new"].strip())

    upload.observe(on_upload, names="value")
    path.observe(on_path, names="value")
    return ipywidgets.VBox([ipywidgets.HBox([upload, path]), message, picture])
