"""`coursekit doctor`: OK, or the way out, for each thing that the course needs."""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from typing import NamedTuple

from coursekit import device, files

PYTHON = (3, 11)
FREE_GB = 2  # the flowers as downloaded, unpacked and prepared, with room for trained networks
# In a process of its own: a backend built for another processor kills the process that imports it.
PROBE = """
import json, keras
from coursekit import device, files
place = device.describe()
backend = keras.backend.backend()
print(json.dumps([keras.__version__, backend, device.backend_version(backend), place]))
"""


class Finding(NamedTuple):
    """One line of the report; ``ok`` None means good to have, but the course runs without."""

    name: str
    ok: bool | None
    message: str


def report(brief: bool = False) -> int:
    """Print a line for each thing, or, if ``brief``, for each that is not as it should be.

    Returns: 1 if the course cannot run without something missing, else 0.
    """
    essential = True
    for check in (python, backend, kernel, cache, disk, data):
        try:
            findings = check()
        except Exception as error:  # the doctor must speak where everything else fails
            findings = [Finding(check.__name__, False, f"{type(error).__name__}: {error}")]
        for finding in findings:
            mark = {True: "OK  ", None: "note", False: "FAIL"}[finding.ok]
            if not (brief and finding.ok):
                print(f"{mark}  {finding.name:15} {finding.message}", flush=True)
            essential = essential and finding.ok is not False
    print("Ready." if essential else "Something is missing: mend the lines that begin with FAIL.")
    return 0 if essential else 1


def python() -> list[Finding]:
    """Is this Python new enough?"""
    version = sys.version_info
    found = f"{version[0]}.{version[1]}.{version[2]}"
    way = f"{found} is too old; make a new environment with Python {PYTHON[0]}.{PYTHON[1]} or newer"
    return [Finding("Python", version >= PYTHON, found if version >= PYTHON else way)]


def backend() -> list[Finding]:
    """Do Keras and its backend start, and what do they compute on?"""
    probe = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=600
    )
    if probe.returncode == 0:
        version, name, backend_version, place = json.loads(probe.stdout.splitlines()[-1])
        return [
            Finding("Keras", True, f"{version} on {name} {backend_version}"),
            Finding("device", True, place + graphics_memory()),
        ]
    wanted = os.environ.get("KERAS_BACKEND", "")
    last = (probe.stderr.strip().splitlines() or ["it said nothing"])[-1]
    if probe.returncode < 0 or "Error" not in last:
        last = f"the process died (code {probe.returncode}): {last}"
    if wanted in ("jax", "torch"):
        way = f"{pip()} {wanted}, or unset KERAS_BACKEND to compute with TensorFlow"
    elif wanted and wanted != "tensorflow":
        way = f"KERAS_BACKEND is {wanted!r}; set it to tensorflow, jax or torch, or unset it"
    else:
        way = f"{pip()} --upgrade keras tensorflow"
    return [Finding("Keras", False, f"{last}\n{'':22}{way}")]


def graphics_memory() -> str:
    """Name and memory of NVIDIA cards, as the driver reports them; empty without a driver."""
    found = " and ".join(f"{name}, {total} MiB" for name, total in device.gpus())
    return found and f"; the driver sees {found}"


def kernel() -> list[Finding]:
    """Can Jupyter start a Python kernel?"""
    try:
        version = importlib.metadata.version("ipykernel")
        from jupyter_client.kernelspec import KernelSpecManager

        KernelSpecManager().get_kernel_spec("python3")
    except (ImportError, KeyError) as error:  # a missing kernel specification is a KeyError
        return [Finding("Jupyter kernel", False, f"{error}\n{'':22}{pip()} jupyterlab ipykernel")]
    return [Finding("Jupyter kernel", True, f"ipykernel {version}")]


def cache() -> list[Finding]:
    """May we write where the data sets are kept?"""
    from coursekit import datasets

    folder = datasets.location()
    try:
        files.writable(folder)
    except files.FolderError as error:
        return [Finding("cache", False, str(error))]
    return [Finding("cache", True, str(folder))]


def disk() -> list[Finding]:
    """Is there room for the data sets?"""
    from coursekit import datasets

    folder = datasets.location()
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    if free >= FREE_GB:
        return [Finding("disk", True, f"{free:.0f} GB free")]
    way = "free some, or set COURSEKIT_DATA to a folder on another disk; drawn scenes need none"
    return [
        Finding(
            "disk", None, f"{free:.1f} GB free of the {FREE_GB} GB that downloads may take; {way}"
        )
    ]


def data() -> list[Finding]:
    """Which data sets are here?"""
    from coursekit import datasets

    here = [name for name in datasets.list() if datasets.available(name)]
    photos = [name for name in here if name not in ("scenes", "skimage")]
    if photos:
        return [Finding("data sets", True, ", ".join(here))]
    way = "the lessons run on them; for real photos: coursekit data get flowers (229 MB, once)"
    return [Finding("data sets", None, f"{', '.join(here)}; {way}")]


def pip() -> str:
    """The start of a line that installs into this very Python."""
    return f"{sys.executable} -m pip install"
