"""Where a submission runs: a kernel in a box that holds nothing worth taking.

In it are the submission, libraries to read and a folder to write in; no gradebook, no sources with
their hidden tests, no other student, no home and no network. What it may use of time and memory is
watched from outside. Boxes, best first: bubblewrap on Linux, a container where Docker or Podman is
installed; else there are no walls, and an instructor has to say that the work is trusted.
"""

from coursekit.teach.sandbox.choice import NoBox, choose
from coursekit.teach.sandbox.watch import Limits, Watch

__all__ = ["Limits", "NoBox", "Watch", "choose"]
