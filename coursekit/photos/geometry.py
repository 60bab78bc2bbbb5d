"""Photos of another size: resized, cropped to the middle square, or fitted between bars."""

import numpy as np
from PIL import Image


def resize(rgb: np.ndarray, height: int, width: int) -> np.ndarray:
    """Resize uint8 (H, W, 3) to (height, width, 3) with antialiasing: Lanczos, as wide as the reduction asks.

    Raises ValueError for another shape or dtype, no pixels, or a size below 1.
    """
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or not rgb.size:
        raise ValueError(f"expected uint8 (H, W, 3) with pixels, got {rgb.dtype} {rgb.shape}")
    if min(height, width) < 1:
        raise ValueError(f"cannot resize to {height} x {width} pixels; give at least 1 x 1")
    return np.array(Image.fromarray(rgb).resize((width, height), Image.Resampling.LANCZOS))


def center_crop(rgb: np.ndarray, size: int) -> np.ndarray:
    """Cut the largest centred square, uint8 (H, W, 3), to (size, size, 3); raises as `resize`."""
    height, width = rgb.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return resize(rgb[top : top + side, left : left + side], size, size)


def letterbox(rgb: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Fit the whole photo, uint8 (H, W, 3), into a square between black bars; raises as `resize`.

    Returns uint8 (size, size, 3), and a bool mask (size, size): True on the photo, False on the bars.
    """
    scale = size / max(1, *rgb.shape[:2])
    height, width = (
        max(round(side * scale), min(size, 1)) for side in rgb.shape[:2]
    )  # thin: 1 pixel
    small = resize(rgb, height, width)
    top, left = (size - height) // 2, (size - width) // 2
    real = np.s_[top : top + height, left : left + width]
    box, mask = np.zeros((size, size, 3), np.uint8), np.zeros((size, size), bool)
    box[real], mask[real] = small, True
    return box, mask
