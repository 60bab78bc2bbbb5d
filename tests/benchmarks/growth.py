"""How time and memory grow with the number of photos, from prepared cache to the end of an epoch.

    python tests/benchmarks/growth.py                # 500, 5,000 and 50,000 drawn scenes of 32 px:
    some ten minutes python tests/benchmarks/growth.py 500 2000 8000

Every stage and size has a process of its own. Compiling, importing and the first few photos do not
count. Time is the processor's, which a busy machine hardly changes. Memory is the peak above the
start; pages of mapped files, which the system takes back when it likes, do not count where they can
be told apart (Linux).
"""

import io
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

import memory
import numpy as np

SIZES, SIDE = (500, 5_000, 50_000), 32


class Growth(NamedTuple):
    """Seconds of the processor and peak megabytes above the start, for each number of photos."""

    what: str
    sizes: tuple
    seconds: tuple
    megabytes: tuple

    @property
    def exponent(self) -> float:
        """1 where twice as many photos take twice as long, 2 where they take four times as long."""
        return float(np.polyfit(np.log(self.sizes), np.log(self.seconds), 1)[0])

    def __str__(self):
        each = "; ".join(
            f"{size:,} photos {seconds:.3g} s, {megabytes:.0f} MB"
            for size, seconds, megabytes in zip(*self[1:], strict=True)
        )
        return f"{self.what}: grows with the number to the power of {self.exponent:.2f} ({each})"


def loading(**where):
    """loading into memory"""
    from coursekit import datasets

    datasets.load("photos", "train", SIDE, limit=32, progress=False)
    return lambda: datasets.load("photos", "train", SIDE, progress=False, **where)


def on_disk():
    """loading onto disk"""
    return loading(on_disk=True)


def prior():
    """counting colours"""
    from coursekit import bins, color

    rgb, encoding = on_disk()()[0], bins.SoftEncoding()

    def count(rgb):
        return bins.prior(
            (color.split(rgb[at : at + 64])[1] for at in range(0, len(rgb), 64)), encoding
        )

    count(rgb[:64])
    return lambda: count(rgb)


def embedding():
    """embedding (of 32 px)"""
    from coursekit import embeddings

    # At the 224 pixels of its training 50,000 photos would take most of an hour; what grows with
    # their number is the same.
    embeddings.efficientnet_lite0.SIZE = SIDE
    rgb = on_disk()()[0]
    embeddings.embed(rgb[: 2 * embeddings.AT_ONCE], progress=False)
    return lambda: embeddings.embed(rgb, progress=False)


def epoch():
    """an epoch of the study's network"""
    import keras

    from coursekit import losses, networks, training

    rgb, model = on_disk()()[0], networks.study()
    model.compile(
        keras.optimizers.Adam(),
        "mse" if model.output_shape[-1] == 2 else losses.AxesCrossEntropy(),
        jit_compile=False,
    )

    def fit(rgb):
        scaled = model.output_shape[-1] == 2
        model.fit(training.Batches.from_photos(rgb, scaled=scaled, augmentation={}), verbose=0)

    fit(rgb[:64])
    return lambda: fit(rgb)


STAGES = (loading, on_disk, prior, embedding, epoch)


def measure(*sizes: int):
    sizes = sizes or SIZES
    with tempfile.TemporaryDirectory() as folder:
        found = {}
        for size in sizes:
            prepare(size, Path(folder, str(size), "photos"))
            environment = {**os.environ, "COURSEKIT_DATA": str(Path(folder, str(size)))}
            for stage in STAGES:
                done = subprocess.run(
                    [sys.executable, __file__, stage.__name__],
                    capture_output=True,
                    text=True,
                    env=environment,
                )
                if done.returncode:
                    sys.exit(f"{stage.__doc__}, {size:,} photos:\n{done.stderr}")
                found[stage, size] = json.loads(done.stdout.splitlines()[-1])
    for stage in STAGES:
        yield Growth(
            stage.__doc__, sizes, *zip(*(found[stage, size] for size in sizes), strict=True)
        )


def prepare(count: int, folder: Path) -> None:
    """A prepared set of drawn scenes under the name of a real one, "photos"."""
    from PIL import Image

    from coursekit.datasets import pack, scenes

    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "photos.zip", "w") as archive:
        for first in range(0, count, 500):
            for number, rgb in enumerate(
                scenes.draw(min(500, count - first), SIDE, first=first).rgb, first
            ):
                jpeg = io.BytesIO()
                Image.fromarray(rgb).save(jpeg, "JPEG", quality=pack.QUALITY, subsampling=0)
                archive.writestr(f"train/photo/{number:06}.jpg", jpeg.getvalue())
    pack.write_manifest(folder, [])


def run(stage: str) -> None:
    """One stage in this process; prints its seconds and megabytes."""
    work, start, begin = globals()[stage](), memory.held(), time.process_time()
    most = memory.peak(work)
    print(json.dumps([time.process_time() - begin, (most - start) / 1e6]))


if __name__ == "__main__":
    if sys.argv[1:] and not sys.argv[1].isdigit():
        run(sys.argv[1])
    else:
        for growth in measure(*map(int, sys.argv[1:])):
            print(growth, flush=True)
