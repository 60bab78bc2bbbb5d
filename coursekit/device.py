"""The device that Keras computes on: what it is, how its cores and memory are shared, what to do when that is full.

The one room that calls backends by name, because Keras has no word for either. It imports none by itself.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile

_cap = (
    None  # what this process has asked its backend for: a backend hears it once, before it starts
)


@contextlib.contextmanager
def quiet_start():
    """Keep out of the notebook what a backend writes to file descriptor 2; show it if the start fails."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as log:
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


def backend_version(backend: str) -> str:
    """The version of a Keras backend that is loaded."""
    return getattr(sys.modules.get(backend), "__version__", None) or importlib.metadata.version(
        backend
    )


def describe() -> str:
    """What the backend computes on, such as "CPU, 2 cores" or "GPU". Starts the backend."""
    import keras

    # Each backend's tensors tell where they are, each in its own words.
    place = str(getattr(keras.ops.zeros(1), "device", "")).lower()
    accelerator = re.search("gpu|cuda|rocm|tpu|mps|metal", place)
    if not accelerator:
        return f"CPU, {os.cpu_count()} cores"
    return "TPU" if accelerator[0] == "tpu" else "GPU"


def cards(what: str = "memory.total") -> list[tuple[str, int]]:
    """NVIDIA cards as the driver sees them: (name, MiB in all), or ``what`` else `nvidia-smi` counts in MiB.

    Returns: an empty list where there is no driver.
    """
    if not shutil.which("nvidia-smi"):
        return []
    query = ["nvidia-smi", f"--query-gpu=name,{what}", "--format=csv,noheader,nounits"]
    answer = subprocess.run(query, capture_output=True, text=True, timeout=60)
    lines = answer.stdout.strip().splitlines() if answer.returncode == 0 else []
    return [(name.strip(), int(value)) for name, value in (line.rsplit(",", 1) for line in lines)]


def memory_cap() -> int | None:
    """MiB of each GPU that a process may take: ``COURSEKIT_GPU_MB``, None if unset.

    Raises: ValueError if it is no whole number above zero.
    """
    wanted = os.environ.get("COURSEKIT_GPU_MB", "").strip()
    if wanted and not re.fullmatch("0*[1-9][0-9]*", wanted):
        raise ValueError(
            f"COURSEKIT_GPU_MB={wanted!r}: give whole megabytes, such as 4096, or unset it"
        )
    return int(wanted) if wanted else None


def limit_memory() -> int | None:
    """Keep the backend to `memory_cap` on each GPU. Call it before anything is computed; a second time is no harm.

    Returns: the cap in force in MiB; None if none is asked for, or there is no GPU. JAX: NVIDIA cards only.
    Raises: RuntimeError if the backend has started without this cap; ValueError as `memory_cap`.
    """
    global _cap
    cap = memory_cap()
    if cap == _cap:
        return cap
    import keras

    limit = {"tensorflow": _limit_tensorflow, "jax": _limit_jax, "torch": _limit_torch}[
        keras.backend.backend()
    ]
    try:
        if _cap is not None:
            raise RuntimeError(f"the cap is {_cap} MB already")
        _cap = cap if limit(cap) else None
    except RuntimeError as error:
        raise RuntimeError(
            f"COURSEKIT_GPU_MB came too late ({error}); restart the kernel"
        ) from error
    return _cap


def _limit_tensorflow(cap: int) -> bool:
    import tensorflow as tf

    os.environ.setdefault(
        "TF_FORCE_GPU_ALLOW_GROWTH", "true"
    )  # else it takes the whole cap at once
    found = tf.config.list_physical_devices("GPU")
    for card in found:
        tf.config.set_logical_device_configuration(
            card, [tf.config.LogicalDeviceConfiguration(memory_limit=cap)]
        )
    return bool(found)


def _limit_jax(cap: int) -> bool:
    found = cards()
    if not found:
        return False
    # One share for all cards; the largest decides, so that none gives more than the cap.
    share = min(1, cap / max(total for _, total in found))
    os.environ["XLA_PYTHON_CLIENT_MEM_FRACTION"] = f"{share:.6f}"
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    import jax

    limits = [(card.memory_stats() or {}).get("bytes_limit", 0) for card in jax.local_devices()]
    if max(limits) > 1.01 * cap * 2**20:
        raise RuntimeError("JAX had started")
    return any(limits)


def _limit_torch(cap: int) -> bool:
    import torch

    for card in range(torch.cuda.device_count()):
        total = torch.cuda.get_device_properties(card).total_memory / 2**20
        torch.cuda.set_per_process_memory_fraction(min(1.0, cap / total), card)
    return torch.cuda.device_count() > 0


def keep_threads_apart() -> bool:
    """Have Linux schedule the threads that TensorFlow starts from now on as batch work (`SCHED_BATCH`).

    On two cores the thread that hands batches over wakes so often that Linux packs both of TensorFlow's on one core
    while the other idles; as batch work they stay apart (tests/benchmarks/fit_against_step.py measures it). PyTorch and
    JAX gain nothing.

    Returns: whether it did; False with another backend, on other systems, and where a policy was chosen already.
    """
    import keras

    if keras.backend.backend() != "tensorflow" or not hasattr(os, "SCHED_BATCH"):
        return False
    try:
        if os.sched_getscheduler(0) not in (os.SCHED_OTHER, os.SCHED_BATCH):
            return False
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    except OSError:  # a sandbox may forbid it: nothing is lost but time
        return False
    return True


def out_of_memory(error: str) -> bool:
    """Is this a backend's error for want of memory? ``error``: its kind and message, "ValueError: no such bin"."""
    # TensorFlow's and PyTorch's have kinds of their own, JAX's is known by its message.
    return bool(
        re.search(
            r"^(\w+\.)*(ResourceExhaustedError|OutOfMemoryError)\b|\bRESOURCE_EXHAUSTED\b", error
        )
    )


def knobs() -> str:
    """What to change after such an error, in one sentence."""
    cap = memory_cap()
    memory = (
        f"a larger COURSEKIT_GPU_MB (it is {cap})"
        if cap
        else "closing what else uses the GPU (COURSEKIT_GPU_MB is unset and limits nothing)"
    )
    return (
        "Out of memory. Restart the kernel, and turn a knob: a smaller batch (batch_size in this cell), a smaller "
        f"profile (COURSEKIT_PROFILE=laptop or smoke), or {memory}."
    )
