"""What film makes of a scene's light: L as old photographs have it, for training on new ones."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

_LINEAR = (np.arange(256) / 255).astype(np.float32)
_LINEAR = np.where(_LINEAR <= 0.04045, _LINEAR / 12.92, ((_LINEAR + 0.055) / 1.055) ** 2.4)
# Early emulsions saw blue and green, and red hardly or not at all: shares of R, G, B are drawn from
# a Dirichlet distribution in which none of red is as likely as any other share below a half.
_SENSITIVITY = (1.0, 2.0, 1.5)


def expose(rgb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Expose one photo on a film of chance, and print it.

    The emulsion weighs red, green and blue in its own way; the print has its own gamma, contrast
    and lightness; some are blurred, darker towards the corners, or grainy.

    Parameters
    ----------
    rgb : np.ndarray
        A photo, uint8 (H, W, 3).
    rng : np.random.Generator
        What chance is drawn from.

    Returns
    -------
    np.ndarray
        Its L on that film, float32 (H, W, 1), 0…100.
    """
    light = _LINEAR[rgb].astype(np.float32) @ rng.dirichlet(_SENSITIVITY).astype(np.float32)
    L = np.where(light > 216 / 24389, 116 * np.cbrt(light) - 16, light * (24389 / 27))
    L = 100 * (L.clip(0, 100) / 100) ** np.exp(rng.uniform(-0.3, 0.3))
    middle = L.mean()
    L = middle + rng.uniform(0.7, 1.15) * (L - middle) + rng.uniform(-6, 8)
    if rng.random() < 0.4:
        L = gaussian_filter(L, rng.uniform(0.3, 1.0))
    if rng.random() < 0.3:
        y, x = np.ogrid[-1 : 1 : L.shape[0] * 1j, -1 : 1 : L.shape[1] * 1j]
        L = L * (1 - rng.uniform(0, 0.2) * (x**2 + y**2))
    if rng.random() < 0.5:
        L = L + gaussian_filter(rng.normal(0, rng.uniform(0.5, 4), L.shape), 0.5)
    return L.clip(0, 100).astype(np.float32)[..., None]
