"""One door to every colorizer: by the name of a shipped one, or by the path of a saved one.

Keras is imported where it is needed, for it may not be there.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from coursekit import device

from . import light, shipped

if TYPE_CHECKING:
    from .model import Colorizer


def load(
    name: str | os.PathLike, temperature: float | None = None
) -> Colorizer | light.LightColorizer:
    """Load a colorizer that comes with the course, or one stored with ``save("name.keras")``.

    No code from the file is run. Where Keras has no backend, those of the course are run by ONNX
    Runtime: the same colours, but no Keras network to look into.

    Parameters
    ----------
    name : str or path-like
        One of `NAMES`, or the path of a ``.keras`` file.
    temperature : float, optional
        Of the annealed mean, T > 0, instead of the one it was stored with: lower is more vivid.

    Returns
    -------
    Colorizer or LightColorizer
        Ready to colorize.

    Raises
    ------
    FileNotFoundError
        If there is no such file, and no colorizer of the course has that name.
    ModuleNotFoundError
        For a file, where Keras has no backend.
    ValueError
        If the file is no colorizer or is damaged, or if a temperature is given to one that chooses
        among no bins.
    """
    if name not in shipped.NAMES:
        loaded = _saved(Path(name))
    elif device.has_backend():
        loaded = shipped.build(name)
    else:
        loaded = light.LightColorizer(name)
    return loaded if temperature is None else loaded.with_temperature(temperature)


def _saved(path: Path) -> Colorizer:
    if not path.exists():
        raise FileNotFoundError(
            f"{path}: no such file, and no colorizer of the course, which are "
            f"{', '.join(shipped.NAMES)}; store your own with colorizer.save({path.name!r})"
        )
    import keras

    # Networks register their layers, so that they are known.
    from coursekit import networks  # noqa: F401

    from .model import Colorizer

    try:
        loaded = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises many kinds for a damaged or foreign file
        raise ValueError(
            f"{path}: not a .keras file of this course ({error}); store it again with save()"
        ) from error
    if not isinstance(loaded, Colorizer):
        raise ValueError(
            f"{path}: holds a plain {type(loaded).__name__}; wrap it: Colorizer(model).save(...)"
        )
    return loaded
