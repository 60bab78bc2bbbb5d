"""The device: told in a word, kept to a share of its memory, and what to do when that is full.

GPUs are made up here: the tests say what a backend is asked for, not what a real one then does.
"""

import importlib
import os
import re
import subprocess
import sys
import weakref
from types import SimpleNamespace

import pytest

from coursekit import device

TOTAL = 16384  # MiB of each made-up GPU


@pytest.fixture
def fresh(monkeypatch):
    """A process whose backend has not started yet, and that is asked for a quarter of a GPU."""
    monkeypatch.setenv("COURSEKIT_GPU_MB", str(TOTAL // 4))
    for name in (
        "TF_FORCE_GPU_ALLOW_GROWTH",
        "XLA_PYTHON_CLIENT_MEM_FRACTION",
        "XLA_PYTHON_CLIENT_PREALLOCATE",
    ):
        monkeypatch.setenv(name, "")  # so that what a test leaves there goes
        monkeypatch.delenv(name)
    importlib.reload(device)  # it remembers what it asked of the backend
    yield monkeypatch
    importlib.reload(device)


@pytest.fixture
def tensorflow(fresh):
    """TensorFlow with two GPUs. Returns: what was asked of each."""
    tf = pytest.importorskip("tensorflow")
    asked = {}
    fresh.setattr("keras.backend.backend", lambda: "tensorflow")
    fresh.setattr(tf.config, "list_physical_devices", lambda kind: [f"{kind}:0", f"{kind}:1"])
    fresh.setattr(tf.config, "set_logical_device_configuration", asked.__setitem__)
    return asked


def jax(fresh, limit):
    """JAX with two GPUs, of which it takes ``limit`` MiB each once it has started."""
    module = pytest.importorskip("jax")
    stats = {"bytes_limit": limit * 2**20}
    fresh.setattr("keras.backend.backend", lambda: "jax")
    fresh.setattr(device, "gpus", lambda: [("small", TOTAL // 2), ("large", TOTAL)])
    fresh.setattr(
        module, "local_devices", lambda: [SimpleNamespace(memory_stats=lambda: stats)] * 2
    )


@pytest.mark.parametrize("wanted", ["4GB", "0", "-1", "3.5", "all"])
def test_a_cap_that_is_no_number_of_megabytes_is_named_with_the_way_out(wanted, monkeypatch):
    monkeypatch.setenv("COURSEKIT_GPU_MB", wanted)
    with pytest.raises(ValueError, match=f"COURSEKIT_GPU_MB='{wanted}'.*such as 4096"):
        device.limit_memory()


def test_without_a_cap_or_without_a_gpu_nothing_is_limited(fresh):
    assert device.limit_memory() is None
    fresh.delenv("COURSEKIT_GPU_MB")
    assert device.limit_memory() is None


def test_tensorflow_gets_the_cap_on_every_gpu_and_grows_up_to_it(tensorflow):
    assert device.limit_memory() == TOTAL // 4
    limits = {gpu: limit.memory_limit for gpu, (limit,) in tensorflow.items()}
    assert limits == {"GPU:0": 4096, "GPU:1": 4096}
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"


def test_the_set_up_cell_may_run_twice(tensorflow):
    device.limit_memory()
    tensorflow.clear()
    assert device.limit_memory() == TOTAL // 4 and tensorflow == {}


def test_another_cap_needs_another_kernel(tensorflow, fresh):
    device.limit_memory()
    fresh.setenv("COURSEKIT_GPU_MB", "1000")
    with pytest.raises(RuntimeError, match="restart the kernel"):
        device.limit_memory()


def test_a_cap_that_comes_after_tensorflow_has_started_says_so(tensorflow, fresh):
    def refuse(gpu, configuration):
        raise RuntimeError("Virtual devices cannot be modified after being initialized")

    fresh.setattr("tensorflow.config.set_logical_device_configuration", refuse)
    with pytest.raises(RuntimeError, match="COURSEKIT_GPU_MB came too late.*restart the kernel"):
        device.limit_memory()


def test_jax_gets_a_share_that_keeps_the_largest_gpu_to_the_cap(fresh):
    jax(fresh, limit=TOTAL // 4)
    assert device.limit_memory() == TOTAL // 4
    assert float(os.environ["XLA_PYTHON_CLIENT_MEM_FRACTION"]) == 0.25


def test_a_cap_that_comes_after_jax_has_started_says_so(fresh):
    jax(fresh, limit=TOTAL * 3 // 4)
    with pytest.raises(RuntimeError, match="COURSEKIT_GPU_MB came too late.*restart the kernel"):
        device.limit_memory()


def test_pytorch_gets_a_share_of_each_gpu(fresh):
    torch = pytest.importorskip("torch")
    shares = {}
    totals = [TOTAL * 2**20, TOTAL // 8 * 2**20]
    fresh.setattr("keras.backend.backend", lambda: "torch")
    fresh.setattr(torch.cuda, "device_count", lambda: 2)
    fresh.setattr(
        torch.cuda, "get_device_properties", lambda gpu: SimpleNamespace(total_memory=totals[gpu])
    )
    fresh.setattr(
        torch.cuda,
        "set_per_process_memory_fraction",
        lambda share, gpu: shares.update({gpu: share}),
    )
    assert device.limit_memory() == TOTAL // 4
    assert shares == {0: 0.25, 1: 1.0}


@pytest.fixture
def policies(monkeypatch):
    """Linux as far as scheduling goes, with TensorFlow. Returns: the policies that were set."""
    names = {
        "SCHED_OTHER": 0,
        "SCHED_RR": 2,
        "SCHED_BATCH": 3,
        "sched_param": lambda priority: priority,
        "sched_getscheduler": lambda thread: given[-1],
        "sched_setscheduler": lambda thread, policy, priority: given.append(policy),
    }
    given = [names["SCHED_OTHER"]]
    for name, value in names.items():
        monkeypatch.setattr(f"os.{name}", value, raising=False)
    monkeypatch.setattr("keras.backend.backend", lambda: "tensorflow")
    return given


def test_tensorflows_threads_start_as_batch_work(policies):
    assert device.keep_threads_apart() and device.keep_threads_apart()
    assert policies == [0, 3, 3]


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="not Linux")
def test_linux_takes_the_policy_and_threads_that_start_then_inherit_it(tmp_path):
    # A process of its own, for the policy stays; with a Keras that only names its backend.
    (tmp_path / "keras.py").write_text("class backend: backend = lambda: 'tensorflow'")
    code = (
        "import os, sys, threading; sys.path.insert(0, sys.argv[1]); from coursekit import device\n"
        "done = device.keep_threads_apart()\n"
        "tell = lambda: print(done, os.sched_getscheduler(0) == os.SCHED_BATCH)\n"
        "thread = threading.Thread(target=tell); thread.start(); thread.join()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout == "True True\n"


def test_other_backends_systems_and_policies_are_left_alone(policies, monkeypatch):
    policies.append(os.SCHED_RR)
    assert not device.keep_threads_apart()
    policies.append(os.SCHED_OTHER)
    monkeypatch.setattr("keras.backend.backend", lambda: "torch")
    assert not device.keep_threads_apart()
    monkeypatch.setattr("keras.backend.backend", lambda: "tensorflow")
    monkeypatch.delattr("os.SCHED_BATCH")
    assert not device.keep_threads_apart()
    assert policies == [0, 2, 0]


def test_a_sandbox_that_forbids_it_stops_nobody(policies, monkeypatch):
    def forbidden(*_):
        raise PermissionError("no")

    monkeypatch.setattr("os.sched_setscheduler", forbidden)
    assert not device.keep_threads_apart()


@pytest.fixture
def libc(monkeypatch):
    """A GNU C library. Returns: what it was told."""
    told = []
    gnu = SimpleNamespace(malloc_trim=lambda rest: told.append(rest))
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("ctypes.CDLL", lambda name: gnu)
    return told


def test_what_nothing_refers_to_is_given_up(libc):
    class Circle:
        pass

    ring = Circle()
    ring.itself, gone = ring, weakref.ref(ring)
    del ring
    device.release_memory()
    assert gone() is None and libc == [0]  # all that is free, without a rest


@pytest.mark.parametrize("system", ["win32", "musl"])
def test_other_c_libraries_are_left_alone(libc, system, monkeypatch):
    if system == "win32":
        monkeypatch.setattr("sys.platform", system)
    else:
        monkeypatch.setattr("ctypes.CDLL", lambda name: SimpleNamespace())
    device.release_memory()
    assert libc == []


def tensorflow_error():
    errors = pytest.importorskip("tensorflow").errors
    return errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")


def jax_error():
    said = "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4.00GiB."
    return pytest.importorskip("jax").errors.JaxRuntimeError(said)


def torch_error():
    cuda = pytest.importorskip("torch").cuda
    return cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 4.00 GiB.")


@pytest.mark.parametrize("error", [tensorflow_error, jax_error, torch_error])
def test_the_error_of_each_backend_for_want_of_memory_is_known(error):
    error = error()
    assert device.out_of_memory(f"{type(error).__name__}: {error}")


@pytest.mark.parametrize(
    "error",
    [
        "ValueError: the network gives 2 channels",
        "JaxRuntimeError: INTERNAL: no such op",
        "KeyError: 'OutOfMemoryError'",
    ],
)
def test_other_errors_are_not_taken_for_it(error):
    assert not device.out_of_memory(error)


def test_the_advice_names_the_cap_if_there_is_one(monkeypatch):
    monkeypatch.setenv("COURSEKIT_GPU_MB", "4096")
    assert "a larger COURSEKIT_GPU_MB (it is 4096)" in device.memory_advice()
    monkeypatch.delenv("COURSEKIT_GPU_MB")
    assert "COURSEKIT_GPU_MB is unset" in device.memory_advice()


def test_gpus_are_read_from_the_driver_with_their_memory(monkeypatch):
    told = "Tesla T4, 15360\nNVIDIA H100, 81559\n"
    monkeypatch.setattr("shutil.which", lambda name: name)
    monkeypatch.setattr(
        subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0, told, "")
    )
    assert device.gpus() == [("Tesla T4", 15360), ("NVIDIA H100", 81559)]


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("/job:localhost/replica:0/task:0/device:GPU:0", "GPU"),  # TensorFlow
        ("cuda:0", "GPU"),  # JAX and PyTorch
        ("mps:0", "GPU"),  # PyTorch on a Mac
        ("TPU_0(process=0,(0,0,0,0))", "TPU"),
        ("/job:localhost/replica:0/task:0/device:CPU:0", "CPU, 3 cores"),
        ("TFRT_CPU_0", "CPU, 3 cores"),
    ],
)
def test_a_device_is_told_in_one_word_whatever_the_backend_calls_it(place, told, monkeypatch):
    monkeypatch.setattr("keras.ops.zeros", lambda shape: SimpleNamespace(device=place))
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    assert device.describe() == told


def test_the_device_of_the_backend_in_use_is_told():
    assert re.fullmatch(r"CPU, \d+ cores|GPU|TPU", device.describe())


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Installs the named backends and no other, without a word of anybody's about which to take."""
    monkeypatch.setenv("KERAS_BACKEND", "")  # so that what a test leaves there goes
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))

    def install(*names):
        monkeypatch.setattr("importlib.util.find_spec", lambda name: name in names or None)

    return install


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (("tensorflow", "jax"), None),  # Keras takes TensorFlow by itself
        (("jax", "torch"), "jax"),
        (("torch",), "torch"),
        ((), None),
    ],
)
def test_the_backend_that_is_installed_is_taken(installed, names, chosen):
    installed(*names)
    device.choose_backend()
    assert os.environ.get("KERAS_BACKEND") == chosen


def test_a_backend_that_somebody_named_stays(installed, monkeypatch):
    installed("jax")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    device.choose_backend()
    assert os.environ["KERAS_BACKEND"] == "torch"


@pytest.mark.parametrize(
    ("written", "chosen"),
    [
        ('{"backend": "torch"}', None),
        ('{"backend": "tensorflow"}', "jax"),  # Keras' default, which it writes when it starts
        ("damaged", "jax"),
        ("[]", "jax"),
    ],
)
def test_keras_own_configuration_holds_where_it_names_one_that_is_there(
    installed, tmp_path, written, chosen
):
    installed("jax", "torch")
    (tmp_path / "keras.json").write_text(written)
    device.choose_backend()
    assert os.environ.get("KERAS_BACKEND") == chosen
