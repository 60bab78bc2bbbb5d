"""The colorizers that come with the course, run by ONNX Runtime: no Keras, and a start in no time.

What ships beside the weights is each network's graph alone, ``NAME.onnx``, in which weights have
names and places but no values. They come from the same ``.npz`` files that Keras reads, so there is
one file of weights, which cannot differ from another; a graph is small and stays as it is when its
network is trained anew. The page of the site that colours photos reads the same two files.
`coursekit.tools.shipping.graphs` makes the graphs and proves them against Keras.

ONNX Runtime is loaded with the first network: whoever has Keras may never ask for one.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from coursekit import bins, color

from . import shipped
from .painter import Painter

if TYPE_CHECKING:
    import onnxruntime


class LightColorizer(Painter):
    """Colour as the `Colorizer` of that name does, within rounding.

    Parameters
    ----------
    name : str
        One of `NAMES`.

    Attributes
    ----------
    name : str
        The same.
    size : int
        Short side in pixels at which it predicts.

    Raises
    ------
    ValueError
        If one of its files is missing or damaged.
    """

    def __init__(self, name: str):
        about = shipped.facts(name)
        self.name, self.size, self._chosen = name, about["size"], about["temperature"]
        self._session = session(shipped.graph(name), shipped.arrays(name))

    @property
    def _temperature(self) -> float | None:
        return self._chosen

    def _at(self, temperature: float) -> LightColorizer:
        other = copy.copy(self)
        other._chosen = temperature
        return other

    def _answer(self, L: np.ndarray) -> np.ndarray:
        (given,) = self._session.get_inputs()
        (answer,) = self._session.run(None, {given.name: color.scale_L(L)})
        if self._chosen is None:
            ab = color.unscale_ab(answer)
        elif np.isfinite(answer).all():
            ab = bins.annealed_mean(answer, bins.published(), self._chosen)
        else:  # whoever asked will say so
            ab = np.full((*answer.shape[:-1], 2), np.nan, np.float32)
        return np.stack([_enlarge(each, *L.shape[1:3]) for each in ab])


def session(graph: bytes, arrays: list[np.ndarray]) -> onnxruntime.InferenceSession:
    """Start a network with its weights.

    Parameters
    ----------
    graph : bytes
        An ONNX model whose initializers are named by their number: 000, 001 and so on.
    arrays : list of np.ndarray
        Their values, float32.

    Returns
    -------
    onnxruntime.InferenceSession
        Which takes L scaled to −1…1, (N, H, W, 1).
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Beside this thread one reads photos and one writes them: waiting must not cost a core.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_external_initializers(
        [f"{number:03}" for number in range(len(arrays))],
        [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in arrays],
    )
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _enlarge(ab: np.ndarray, height: int, width: int) -> np.ndarray:
    """Enlarge (h, w, 2) bilinearly, as Keras does."""
    planes = [
        Image.fromarray(np.ascontiguousarray(ab[..., channel])).resize(
            (width, height), Image.BILINEAR
        )
        for channel in range(2)
    ]
    return np.stack(planes, axis=-1)
