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

# The first and the last Python with which the course runs.
PYTHON, NEWEST = (3, 11), (3, 14)
# The flowers as downloaded, unpacked and prepared, with room for trained networks.
FREE_GB = 2
# In a process of its own: a backend built for another processor kills the process that imports it.
PROBE = """
import json, keras
from coursekit import device
found, backend = device.describe(), keras.backend.backend()
print(json.dumps([keras.__version__, backend, device.backend_version(backend), found]))
"""


class Finding(NamedTuple):
    """One line of the report.

    Attributes
    ----------
    name : str
        What was looked at.
    ok : bool or None
        None if it is good to have, but the course runs without.
    message : str
        What was found, and the way out.
    """

    name: str
    ok: bool | None
    message: str


def report(brief: bool = False) -> int:
    """Print a line for each thing that the course needs.

    Parameters
    ----------
    brief : bool
        Whether to leave out what is as it should be.

    Returns
    -------
    int
        1 if something is missing without which the course cannot run, else 0.
    """
    essential = True
    for check in (python, backend, kernel, cache, disk, data):
        try:
            findings = check()
        except Exception as error:
            # The doctor must speak where everything else fails.
            findings = [Finding(check.__name__, False, f"{type(error).__name__}: {error}")]
        for finding in findings:
            mark = {True: "OK  ", None: "note", False: "FAIL"}[finding.ok]
            if not (brief and finding.ok):
                print(f"{mark}  {finding.name:15} {finding.message}", flush=True)
            essential = essential and finding.ok is not False
    print("Ready." if essential else "Something is missing: mend the lines that begin with FAIL.")
    return 0 if essential else 1


def python() -> list[Finding]:
    """Look whether the course runs with this Python.

    Returns
    -------
    list of Finding
        One.
    """
    version = sys.version_info
    found = f"{version[0]}.{version[1]}.{version[2]}"
    if PYTHON <= version[:2] <= NEWEST:
        return [Finding("Python", True, found)]
    first, last = (f"{major}.{minor}" for major, minor in (PYTHON, NEWEST))
    wrong = "old" if version < PYTHON else "new"
    way = f"make a new environment with one of Python {first} to {last}"
    return [Finding("Python", False, f"{found} is too {wrong}; {way}")]


def backend() -> list[Finding]:
    """Start Keras and its backend, and see what they compute on.

    Returns
    -------
    list of Finding
        Keras, and the device if it started.
    """
    probe = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, timeout=600
    )
    if probe.returncode == 0:
        version, name, backend_version, found = json.loads(probe.stdout.splitlines()[-1])
        return [
            Finding("Keras", True, f"{version} on {name} {backend_version}"),
            Finding("device", True, found + graphics_memory()),
        ]
    wanted = os.environ.get("KERAS_BACKEND", "")
    last = (probe.stderr.strip().splitlines() or ["it said nothing"])[-1]
    if probe.returncode < 0 or "Error" not in last:
        last = f"the process died (code {probe.returncode}): {last}"
    if wanted in ("jax", "torch"):
        way = f"{pip()} {wanted}, or unset KERAS_BACKEND: then one that is installed is taken"
    elif wanted and wanted != "tensorflow":
        way = f"KERAS_BACKEND is {wanted!r}; set it to tensorflow, jax or torch, or unset it"
    else:
        # Not --upgrade: the Python Package Index has another project of this name.
        way = f'{pip()} "coursekit[backend]"'
    return [Finding("Keras", False, f"{last}\n{'':22}{way}")]


def graphics_memory() -> str:
    """Name the NVIDIA GPUs with their memory, as the driver reports them.

    Returns
    -------
    str
        To follow the name of the device; empty without a driver.
    """
    found = " and ".join(f"{name}, {total} MiB" for name, total in device.gpus())
    return found and f"; the driver sees {found}"


def kernel() -> list[Finding]:
    """Look for a Python kernel that Jupyter can start.

    Returns
    -------
    list of Finding
        One.
    """
    try:
        version = importlib.metadata.version("ipykernel")
        # ipykernel before 7 imports a debugger here, which warns of modules that Python has frozen.
        os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
        from jupyter_client.kernelspec import KernelSpecManager

        KernelSpecManager().get_kernel_spec("python3")
    except (ImportError, KeyError) as error:
        # A missing kernel specification is a KeyError.
        way = f'{pip()} "coursekit[jupyter]"'
        return [Finding("Jupyter kernel", False, f"{error}\n{'':22}{way}")]
    return [Finding("Jupyter kernel", True, f"ipykernel {version}")]


def cache() -> list[Finding]:
    """Look whether data sets can be written where they are kept.

    Returns
    -------
    list of Finding
        One.
    """
    folder = files.location()
    try:
        files.writable(folder)
    except files.FolderError as error:
        # A prepared cache that a class shares is for reading only, and good for that: what is made
        # anew goes into a folder of the user's own.
        if _prepared():
            message = f"{folder} is for reading only; no other data set can be fetched into it"
            return [Finding("cache", None, message)]
        return [Finding("cache", False, str(error))]
    return [Finding("cache", True, str(folder))]


def disk() -> list[Finding]:
    """Look whether there is room for the data sets.

    Returns
    -------
    list of Finding
        One.
    """
    folder = files.location()
    # The cache is made when the first set is fetched.
    while not folder.exists():
        folder = folder.parent
    free = shutil.disk_usage(folder).free / 1e9
    if free >= FREE_GB:
        return [Finding("disk", True, f"{free:.0f} GB free")]
    found = f"{free:.1f} GB free of the {FREE_GB} GB that downloads may take"
    way = "free some, or set COURSEKIT_DATA to a folder on another disk; drawn scenes need none"
    return [Finding("disk", None, f"{found}; {way}")]


def data() -> list[Finding]:
    """Look which data sets are here.

    Returns
    -------
    list of Finding
        One.
    """
    from coursekit import datasets

    here = ", ".join(name for name in datasets.list() if datasets.available(name))
    if _prepared():
        return [Finding("data sets", True, here)]
    way = "the lessons run on them; for real photos: coursekit data get flowers (229 MB, once)"
    return [Finding("data sets", None, f"{here}; {way}")]


def _prepared() -> list[str]:
    """List the data sets that are here because someone fetched them."""
    from coursekit import datasets

    fetched = [name for name in datasets.list() if datasets.card(name).fetch != "built in"]
    return [name for name in fetched if datasets.available(name)]


def pip() -> str:
    """Begin a line that installs into this very Python.

    Returns
    -------
    str
        Up to the names of the packages.
    """
    return f"{sys.executable} -m pip install"
