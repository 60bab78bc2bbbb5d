"""Training: one seed, batches with augmentation, progress in a line, runs that survive a kill."""

from .augmentation import augment, vary
from .batches import Batches
from .callbacks import Progress, Seconds
from .features import FeatureBatches, Features, View
from .resuming import Run
from .seed import seed_everything

__all__ = [
    "Batches",
    "FeatureBatches",
    "Features",
    "Progress",
    "Run",
    "Seconds",
    "View",
    "augment",
    "seed_everything",
    "vary",
]
