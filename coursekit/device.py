"""The device that Keras computes on: what it is, how its cores and memory are shared.

The one module that calls backends by name, because Keras has no word for either. It imports none by
itself, nor Keras before a function needs it: `quiet_start` must come first.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib.metadata
import importlib.util
import json
import numbers
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

# In the order in which they are tried where nobody names one; the first is Keras' own default.
BACKENDS = ("tensorflow", "jax", "torch")

# What this process has asked its backend for: a backend hears it once, before it starts.
_cap: int | None = None


def choose_backend() -> None:
    """Have Keras compute with a backend that is installed, where nobody has named one.

    Keras takes TensorFlow, which has no release for every Python and every processor. Choosing is
    looking for packages: none is imported.
    """
    if "KERAS_BACKEND" in os.environ or importlib.util.find_spec(BACKENDS[0]):
        return  # said, or left to Keras and its own configuration
    found = [each for each in BACKENDS if importlib.util.find_spec(each)]
    if found and _configured() not in found:
        os.environ["KERAS_BACKEND"] = found[0]


def backend() -> str:
    """Look up which backend Keras computes with, or would, without importing it.

    Returns
    -------
    str
        One of `BACKENDS`.
    """
    return os.environ.get("KERAS_BACKEND") or _configured() or BACKENDS[0]


def _configured() -> str | None:
    """Look up the backend in Keras' own file; Keras writes its default there when it starts."""
    folder = os.environ.get("KERAS_HOME") or Path.home() / ".keras"
    try:
        return json.loads(Path(folder, "keras.json").read_text(encoding="utf-8"))["backend"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # Keras itself passes over such a file


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Keep out of the notebook what a starting backend writes; show it if the start fails."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    # Backends write to the file descriptor, past sys.stderr.
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as log, warnings.catch_warnings():
        # A kernel's warnings take the other way: Keras has one for NumPy 1, of no use to a reader.
        warnings.simplefilter("ignore")
        os.dup2(log.fileno(), 2)
        try:
            yield
        except BaseException:
            log.seek(0)
            os.write(kept, log.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def has_backend() -> bool:
    """Say whether Keras is installed, and a backend for it.

    Returns
    -------
    bool
        False where the course was installed without.
    """
    there = {name for name in ("keras", *BACKENDS) if importlib.util.find_spec(name)}
    return "keras" in there and len(there) > 1


def backend_version(backend: str) -> str:
    """Look up the version of a Keras backend.

    Parameters
    ----------
    backend : str
        The name of its package, such as "tensorflow".

    Returns
    -------
    str
        Of the module that is loaded; else of the package that is installed.
    """
    loaded = getattr(sys.modules.get(backend), "__version__", None)
    return loaded or importlib.metadata.version(backend)


def describe() -> str:
    """Start the backend, and say what it computes on.

    Returns
    -------
    str
        Such as "CPU, 2 cores", "GPU" or "TPU".
    """
    import keras

    # Each backend's tensors tell where they are, each in its own words.
    where = str(getattr(keras.ops.zeros(1), "device", "")).lower()
    accelerator = re.search("gpu|cuda|rocm|tpu|mps|metal", where)
    if not accelerator:
        return f"CPU, {os.cpu_count()} cores"
    return "TPU" if accelerator[0] == "tpu" else "GPU"


def gpus(memory: str = "memory.total") -> list[tuple[str, int]]:
    """List the NVIDIA GPUs that the driver sees, with their memory.

    Parameters
    ----------
    memory : str
        What to ask of ``nvidia-smi``: "memory.total" or "memory.used".

    Returns
    -------
    list of (str, int)
        Name and MiB of each; empty where there is no driver.
    """
    if not shutil.which("nvidia-smi"):
        return []
    query = ["nvidia-smi", f"--query-gpu=name,{memory}", "--format=csv,noheader,nounits"]
    answer = subprocess.run(query, capture_output=True, text=True, timeout=60)
    lines = answer.stdout.strip().splitlines() if answer.returncode == 0 else []
    return [(name.strip(), int(value)) for name, value in (line.rsplit(",", 1) for line in lines)]


def memory_cap() -> int | None:
    """Read ``COURSEKIT_GPU_MB``, how much of each GPU a process may take.

    Returns
    -------
    int or None
        MiB; None if it is unset.

    Raises
    ------
    ValueError
        If it is no whole number above zero.
    """
    wanted = os.environ.get("COURSEKIT_GPU_MB", "").strip()
    if wanted and not re.fullmatch("0*[1-9][0-9]*", wanted):
        way_out = "give whole megabytes, such as 4096, or unset it"
        raise ValueError(f"COURSEKIT_GPU_MB={wanted!r}: {way_out}")
    return int(wanted) if wanted else None


def limit_memory() -> int | None:
    """Keep the backend to `memory_cap` on each GPU.

    Call it before anything is computed; a second time does no harm. Under JAX it knows only
    NVIDIA's.

    Returns
    -------
    int or None
        The cap in force, in MiB; None if none is asked for, or there is no GPU.

    Raises
    ------
    RuntimeError
        If the backend has started without this cap.
    ValueError
        As `memory_cap` does.
    """
    global _cap
    cap = memory_cap()
    if cap == _cap:
        return cap
    import keras

    limits = {"tensorflow": _limit_tensorflow, "jax": _limit_jax, "torch": _limit_torch}
    try:
        if _cap is not None:
            raise RuntimeError(f"the cap is {_cap} MB already")
        _cap = cap if limits[keras.backend.backend()](cap) else None
    except RuntimeError as error:
        too_late = f"COURSEKIT_GPU_MB came too late ({error}); restart the kernel"
        raise RuntimeError(too_late) from error
    return _cap


def _limit_tensorflow(cap: int) -> bool:
    import tensorflow as tf

    # Else it takes the whole cap at once.
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    limit = [tf.config.LogicalDeviceConfiguration(memory_limit=cap)]
    found = tf.config.list_physical_devices("GPU")
    for gpu in found:
        tf.config.set_logical_device_configuration(gpu, limit)
    return bool(found)


def _limit_jax(cap: int) -> bool:
    found = gpus()
    if not found:
        return False
    # JAX knows one share for all GPUs; the largest decides, so that none gives more than the cap.
    share = min(1, cap / max(total for _, total in found))
    os.environ["XLA_PYTHON_CLIENT_MEM_FRACTION"] = f"{share:.6f}"
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    import jax

    # JAX does not say that it came too late; what it has reserved tells.
    limits = [(gpu.memory_stats() or {}).get("bytes_limit", 0) for gpu in jax.local_devices()]
    if max(limits) > 1.01 * cap * 2**20:
        raise RuntimeError("JAX had started")
    return any(limits)


def _limit_torch(cap: int) -> bool:
    import torch

    for gpu in range(torch.cuda.device_count()):
        total = torch.cuda.get_device_properties(gpu).total_memory / 2**20
        torch.cuda.set_per_process_memory_fraction(min(1.0, cap / total), gpu)
    return torch.cuda.device_count() > 0


def keep_threads_apart() -> bool:
    """Have Linux schedule TensorFlow's threads as batch work (`SCHED_BATCH`).

    It holds for threads that start from now on. On two cores the thread that hands batches over
    wakes so often that Linux packs both of TensorFlow's on one core while the other idles; as batch
    work they stay apart (``tests/benchmarks/fit_against_step.py`` measures it). PyTorch and JAX
    gain nothing.

    Returns
    -------
    bool
        Whether it did: False with another backend, on other systems, and where a policy was chosen
        already.
    """
    import keras

    if keras.backend.backend() != "tensorflow" or not hasattr(os, "SCHED_BATCH"):
        return False
    try:
        if os.sched_getscheduler(0) not in (os.SCHED_OTHER, os.SCHED_BATCH):
            return False
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    except OSError:
        # A sandbox may forbid it: nothing is lost but time.
        return False
    return True


def release_memory() -> None:
    """Give the system what this process holds and nothing refers to any more.

    Networks refer to themselves in circles, which Python looks for now and then only. Of memory
    that is free the C library keeps much; where it is GNU's, it is told to give that up.
    """
    gc.collect()
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(libc, "malloc_trim"):  # others, such as musl, lack it
        libc.malloc_trim(0)


def out_of_memory(error: str) -> bool:
    """Tell whether an error is a backend's for want of memory.

    Parameters
    ----------
    error : str
        Its kind and message, such as "ValueError: no such bin".

    Returns
    -------
    bool
        True if it is.

    Examples
    --------
    >>> out_of_memory("ResourceExhaustedError: OOM when allocating tensor")
    True
    >>> out_of_memory("ValueError: no such bin")
    False
    """
    # TensorFlow's and PyTorch's have kinds of their own, JAX's is known by its message.
    kinds = r"^(\w+\.)*(ResourceExhaustedError|OutOfMemoryError)\b|\bRESOURCE_EXHAUSTED\b"
    return bool(re.search(kinds, error))


def check_batch_size(batch_size: int) -> None:
    """Refuse a number of photos at a time that is none.

    Parameters
    ----------
    batch_size : int
        Photos at a time.

    Raises
    ------
    ValueError
        Unless it is a whole number of at least 1.

    Examples
    --------
    >>> check_batch_size(0)
    Traceback (most recent call last):
    ValueError: batch_size=0: give a whole number of at least 1
    """
    # True and False are whole numbers too.
    whole = isinstance(batch_size, numbers.Integral) and not isinstance(batch_size, bool)
    if not (whole and batch_size >= 1):
        raise ValueError(f"batch_size={batch_size!r}: give a whole number of at least 1")


def memory_advice() -> str:
    """Say what to change after such an error.

    Returns
    -------
    str
        A sentence or two, with the settings in force.
    """
    cap = memory_cap()
    memory = "closing what else uses the GPU (COURSEKIT_GPU_MB is unset and limits nothing)"
    if cap:
        memory = f"a larger COURSEKIT_GPU_MB (it is {cap})"
    return (
        "Out of memory. Restart the kernel, and turn a knob: a smaller batch (batch_size in this "
        f"cell), a smaller profile (COURSEKIT_PROFILE=laptop or smoke), or {memory}."
    )
