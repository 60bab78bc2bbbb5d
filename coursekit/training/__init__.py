"""Training: one seed, batches with augmentation, progress one can read, and runs that survive being killed."""

from .batches import Batches, Progress, Run, Seconds, augment, seed_everything

__all__ = ["Batches", "Progress", "Run", "Seconds", "augment", "seed_everything"]
