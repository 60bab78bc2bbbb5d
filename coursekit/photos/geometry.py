"""Photos of another size: resized, cropped to the middle square, or fitted between bars."""

from __future__ import annotations

import numpy as np
from PIL import Image


def resize(rgb: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize a photo with antialiasing.

    The filter is Lanczos', as wide as the reduction asks.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (H, W, 3)
        The photo.
    height, width : int
        Pixels of the result.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)
        A new array.

    Raises
    ------
    ValueError
        For another shape or dtype, for a photo without pixels, and for a size below 1.

    Examples
    --------
    >>> import numpy as np
    >>> resize(np.zeros((40, 60, 3), np.uint8), 20, 30).shape
    (20, 30, 3)
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not rgb.size:
        raise ValueError(f"expected uint8 (H, W, 3) with pixels, got {rgb.dtype} {rgb.shape}")
    if min(height, width) < 1:
        raise ValueError(f"cannot resize to {height} x {width} pixels; give at least 1 x 1")
    return np.array(Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS))


def center_crop(rgb: np.ndarray, size: int) -> np.ndarray:
    """Cut out the largest centred square, and resize it.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (H, W, 3)
        The photo.
    size : int
        Height and width of the result, in pixels.

    Returns
    -------
    ndarray of uint8, shape (size, size, 3)
        A new array.

    Raises
    ------
    ValueError
        As `resize` does.
    """
    height, width = rgb.shape[:2]
    shorter = min(height, width)
    top, left = (height - shorter) // 2, (width - shorter) // 2
    return resize(rgb[top : top + shorter, left : left + shorter], size, size)


def letterbox(rgb: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Fit the whole photo into a square, between black bars.

    Parameters
    ----------
    rgb : ndarray of uint8, shape (H, W, 3)
        The photo.
    size : int
        Height and width of the result, in pixels.

    Returns
    -------
    box : ndarray of uint8, shape (size, size, 3)
        The photo and the bars.
    mask : ndarray of bool, shape (size, size)
        True on the photo, False on the bars.

    Raises
    ------
    ValueError
        As `resize` does.
    """
    scale = size / max(1, *rgb.shape[:2])
    # The thinnest photo keeps one pixel; a size below 1 is left for `resize` to refuse.
    height, width = (max(round(length * scale), min(size, 1)) for length in rgb.shape[:2])
    small = resize(rgb, height, width)
    top, left = (size - height) // 2, (size - width) // 2
    inside = np.s_[top : top + height, left : left + width]
    box, mask = np.zeros((size, size, 3), np.uint8), np.zeros((size, size), bool)
    box[inside], mask[inside] = small, True
    return box, mask
