"""A lesson executed in earnest, but for what costs: networks are counted, photos are made up.

``python -m coursekit.tools.budget.pretending`` runs the cells of one lesson in this process, one
after the other, and writes what they would have computed as JSON. What a network would answer for
many photos it is asked for one; what it would learn it does not learn. All else runs as it stands:
so a lesson that changes is counted as it is then.
"""

from __future__ import annotations

import contextlib
import functools
import io
import json
import math
import re
import sys
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
import nbformat
import numpy as np
from IPython.core.interactiveshell import InteractiveShell

from coursekit import device, embeddings, lesson
from coursekit.datasets import download, loading, registry, scenes
from coursekit.datasets.sources import Entry
from coursekit.lesson import notebook as lesson_notebook
from coursekit.networks import imagenet
from coursekit.tools.budget import counting

# What a small computer does in no time is done: a lesson may look at the answer.
AT_ONCE = 2e8  # operations
# So is learning in one step: a lesson that asks for no more wants to see the gradient.
ONE_STEP = 5e10
# Different scenes from which made-up photos are made; the rest repeats them.
DRAWN = 24
# Photos or scenes at most that a run is given which only looks at what is asked of data sets. More
# than any that a lesson names by its number.
FEW = 160
# More is held during a step than must be kept: compilers copy and wait. Seen in JAX's plans.
SLACK = 1.25

AVAILABLE = {"all": lambda card: bool(card.counts), "flowers": lambda card: card.name == "flowers"}


class Ledger:
    """What a lesson has asked of the computer so far.

    Attributes
    ----------
    cell : int
        The code cell that runs.
    posts : dict
        By cell, call, network and shape: steps, FLOPs, seconds on a T4, bytes, seconds of a core.
    faults : list of str
        What it asked of data sets that they do not have.
    asked : list of int
        The cells that asked a data set for photos.
    drawing : float
        Seconds of a core that scenes would take which were not drawn.
    """

    def __init__(self) -> None:
        self.cell = 0
        self.asked: list[int] = []
        self.posts: dict[tuple, dict] = {}
        self.faults: list[str] = []
        self.drawing = 0.0
        self._networks: weakref.WeakSet = weakref.WeakSet()

    def post(
        self, call: str, network: keras.Model, shapes: Any, steps: int, cost: counting.Cost
    ) -> dict:
        """Enter some steps.

        Parameters
        ----------
        call : str
            What was called, such as "fit".
        network : keras.Model
            Of what.
        shapes : Any
            Of a step's input.
        steps : int
            How many.
        cost : counting.Cost
            Of a step.

        Returns
        -------
        dict
            The entry, to which more can be added.
        """
        self._networks.add(network)
        key = (self.cell, call, network.name, json.dumps(shapes))
        entry = self.posts.setdefault(
            key, {"steps": 0, "flops": 0.0, "seconds": 0.0, "bytes": 0.0, "core": 0.0}
        )
        if not entry["steps"]:
            entry["bytes"] = self._held() + SLACK * cost.memory
        entry["steps"] += steps
        entry["flops"] += steps * cost.flops
        entry["seconds"] += steps * cost.seconds
        return entry

    def _held(self) -> int:
        """Add up the weights and optimizers of all networks that the lesson still holds."""
        held = {}
        for network in self._networks:
            optimizer = getattr(network, "optimizer", None)
            for variable in [*network.variables, *(optimizer.variables if optimizer else [])]:
                held[id(variable)] = math.prod(variable.shape) * 4
        return sum(held.values())

    def written(self) -> dict:
        """Put it into what JSON can hold.

        Returns
        -------
        dict
            Posts, each with what its key says, faults, and the cells that asked.
        """
        names = ("cell", "call", "network", "shapes")
        posts = [{**dict(zip(names, key, strict=True)), **post} for key, post in self.posts.items()]
        return {"posts": posts, "faults": self.faults, "asked": sorted({*self.asked})}


class Networks:
    """Stand between a lesson and Keras, while it is pretended.

    Parameters
    ----------
    ledger : Ledger
        Where what is asked is entered.

    Attributes
    ----------
    spent : float
        Seconds of a core that pretending took.
    """

    CALLS = ("fit", "evaluate", "predict", "train_on_batch", "test_on_batch", "predict_on_batch")

    def __init__(self, ledger: Ledger):
        self.ledger = ledger
        self._plain = {name: getattr(keras.Model, name) for name in (*self.CALLS, "__call__")}
        self._inside = False  # Keras calls itself
        self.spent = 0.0
        self._costs: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()
        self._answers: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()

    def stand_in(self) -> None:
        """Take the place of what Keras' networks do."""
        for name in (*self.CALLS, "__call__"):
            setattr(keras.Model, name, self._method(name))

    def _method(self, name: str) -> Callable:
        plain, mine = self._plain[name], getattr(self, f"_{name.strip('_')}")

        @functools.wraps(plain)
        def method(network: keras.Model, *args: Any, **kwargs: Any) -> Any:
            given = keras.tree.flatten((args, kwargs))
            symbolic = any(isinstance(each, keras.KerasTensor) for each in given)
            if self._inside or symbolic:
                return plain(network, *args, **kwargs)
            with self._alone():
                return mine(network, *args, **kwargs)

        return method

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Let Keras call itself uncounted; in callbacks the lesson calls again."""
        self._inside = True
        self.spent -= time.process_time()
        try:
            yield
        finally:
            self.spent += time.process_time()
            self._inside = False

    @contextlib.contextmanager
    def _back_in_the_lesson(self) -> Iterator[None]:
        self._inside = False
        self.spent += time.process_time()
        try:
            yield
        finally:
            self.spent -= time.process_time()
            self._inside = True

    def _cost(self, network: keras.Model, shapes: Any, training: bool) -> counting.Cost:
        known = self._costs.setdefault(network, {})
        key = json.dumps(shapes), training, len(network.trainable_weights)
        if key not in known:
            known[key] = counting.cost(network, shapes, training)
        return known[key]

    def _count(
        self, call: str, network: keras.Model, x: Any, photos: int, batch: int, training: bool
    ) -> dict:
        """Enter what it costs to show so many photos like x, so many at a time."""
        self._build(network, x)
        whole, rest = divmod(photos, batch)
        entries = []
        for size, steps in ((batch, whole), (rest, 1)):
            if size and steps:
                shapes = _shapes(x, size)
                cost = self._cost(network, shapes, training)
                entries.append(self.ledger.post(call, network, shapes, steps, cost))
        return entries[0]

    def _build(self, network: keras.Model, x: Any) -> None:
        """Give it its weights, if it waits for its first photo."""
        if not network.built:
            self._plain["__call__"](network, _first(x))

    # Answers.

    def _answer(self, network: keras.Model, x: Any, **kwargs: Any) -> Any:
        """Ask for one photo, and take its answer for that of all; of a small network, for all."""
        photos = _count(x)
        if self._cost(network, _shapes(x, photos), False).flops <= AT_ONCE:
            return self._plain["__call__"](network, x, **kwargs)
        known = self._answers.setdefault(network, {})
        key = json.dumps(_shapes(x, 1))
        if key not in known:
            known[key] = self._plain["__call__"](network, _first(x), **kwargs)
        return keras.tree.map_structure(lambda each: _repeated(each, photos), known[key])

    def _call(self, network: keras.Model, x: Any, **kwargs: Any) -> Any:
        x = _arrays(x)
        photos = _count(x)
        self._count("call", network, x, photos, photos, training=False)
        return self._answer(network, x, **kwargs)

    def _predict(
        self,
        network: keras.Model,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        if isinstance(x, keras.utils.PyDataset):
            parts = [_arrays(x[number][0]) for number in range(len(x))]
            x = keras.tree.map_structure(lambda *some: np.concatenate(some), *parts)
        x = _arrays(x)
        self._count("predict", network, x, _count(x), min(batch_size or 32, _count(x)), False)
        return keras.tree.map_structure(keras.ops.convert_to_numpy, self._answer(network, x))

    def _predict_on_batch(self, network: keras.Model, x: Any) -> Any:
        x = _arrays(x)
        self._count("predict", network, x, _count(x), _count(x), False)
        return keras.tree.map_structure(keras.ops.convert_to_numpy, self._answer(network, x))

    # Learning.

    def _fit(
        self,
        network: keras.Model,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int = 1,
    ) -> keras.callbacks.History:
        data = _Data(x, y, batch_size, steps_per_epoch)
        held_back = None
        if validation_data is not None:
            given = validation_data if isinstance(validation_data, tuple) else (validation_data,)
            held_back = _Data(*given[:2], validation_batch_size or batch_size, validation_steps)
        elif validation_split:
            held_back = data.part(math.ceil(data.photos * validation_split))
            data = data.part(data.photos - held_back.photos)
        if data.steps * (epochs - initial_epoch) == 1 and held_back is None:
            entry = self._count("fit", network, data.x, data.photos, data.batch, training=True)
            if entry["flops"] <= ONE_STEP:
                more = {"class_weight": class_weight, "sample_weight": sample_weight}
                return self._plain["fit"](
                    network, data.x, data.y, verbose=0, callbacks=callbacks, **more
                )
        logs = self._losses(network, data)
        seen = {f"val_{name}": value for name, value in logs.items()} if held_back else {}
        told = keras.callbacks.CallbackList(
            callbacks, add_history=True, model=network, verbose=0, epochs=epochs, steps=data.steps
        )
        with self._back_in_the_lesson():
            told.on_train_begin()
        for epoch in range(initial_epoch, epochs):
            with self._back_in_the_lesson():
                told.on_epoch_begin(epoch)
                for step in range(data.steps):
                    told.on_train_batch_begin(step)
                    told.on_train_batch_end(step, logs)
            entry = self._count("fit", network, data.x, data.photos, data.batch, training=True)
            entry["core"] += data.steps * data.core
            network.optimizer.iterations.assign_add(data.steps)
            if held_back:
                self._count(
                    "validation", network, held_back.x, held_back.photos, held_back.batch, False
                )
            data.next_epoch()
            with self._back_in_the_lesson():
                told.on_epoch_end(epoch, {**logs, **seen})
        with self._back_in_the_lesson():
            told.on_train_end(logs)
        return network.history

    def _evaluate(
        self,
        network: keras.Model,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        return_dict: bool = False,
        **kwargs: Any,
    ) -> Any:
        data = _Data(x, y, batch_size, kwargs.get("steps"))
        self._count("evaluate", network, data.x, data.photos, data.batch, False)
        return _told(self._losses(network, data), return_dict)

    def _train_on_batch(
        self, network: keras.Model, x: Any, y: Any = None, return_dict: bool = False, **kwargs: Any
    ) -> Any:
        data = _Data(x, y, _count(x))
        self._count("train_on_batch", network, data.x, data.photos, data.batch, training=True)
        network.optimizer.iterations.assign_add(1)
        return _told(self._losses(network, data), return_dict)

    def _test_on_batch(
        self, network: keras.Model, x: Any, y: Any = None, return_dict: bool = False, **kwargs: Any
    ) -> Any:
        data = _Data(x, y, _count(x))
        self._count("test_on_batch", network, data.x, data.photos, data.batch, False)
        return _told(self._losses(network, data), return_dict)

    def _losses(self, network: keras.Model, data: _Data) -> dict[str, float]:
        """Take its losses for one photo, which are finite and have the right names."""
        self._build(network, data.x)
        if not network.optimizer.built:
            network.optimizer.build(network.trainable_variables)
        known = self._answers.setdefault(network, {})
        key = "losses", id(network.loss), json.dumps(_shapes(data.x, 1))
        if key not in known:
            eager, network.run_eagerly = network.run_eagerly, True
            network.test_function = None
            logs = self._plain["test_on_batch"](
                network, *_first((data.x, data.y)), return_dict=True
            )
            network.run_eagerly, network.test_function = eager, None
            known[key] = {name: float(value) for name, value in logs.items()}
        return known[key]


class _Data:
    """What `fit` is fed with: one batch of it, and how many there are."""

    def __init__(self, x: Any, y: Any, batch: int | None = None, steps: int | None = None):
        self._dataset, self.core = None, 0.0
        if isinstance(x, keras.utils.PyDataset):
            self._dataset = x
            first = x[0]
            # Not of the first, which finds nothing at hand yet; the median, for there is noise.
            self.core = np.median([_seconds(x, number % len(x)) for number in (1, 2, 3)])
            self.x, self.y = (_arrays(each) for each in first[:2])
            self.batch, self.steps = _count(self.x), steps or len(x)
            last = _count(x[len(x) - 1][0]) if self.steps == len(x) else self.batch
            self.photos = (self.steps - 1) * self.batch + last
        elif hasattr(x, "__next__") or hasattr(x, "as_numpy_iterator"):
            raise TypeError(f"the budget cannot count a {type(x).__name__}: give fit a PyDataset")
        else:
            self.x, self.y, self.photos = _arrays(x), _arrays(y), _count(x)
            self.batch = min(batch or 32, self.photos)
            self.steps = steps or -(-self.photos // self.batch)

    def part(self, photos: int) -> _Data:
        """Take so many photos of it."""
        return _Data(*_first((self.x, self.y), photos), self.batch)

    def next_epoch(self) -> None:
        """Count the dataset's epochs."""
        if self._dataset is not None:
            self._dataset.on_epoch_end()


def _seconds(dataset: keras.utils.PyDataset, number: int) -> float:
    """Measure what a batch takes of a core."""
    started = time.process_time()
    dataset[number]
    return time.process_time() - started


def _array(each: Any) -> Any:
    return each if hasattr(each, "shape") else np.asarray(each)


def _arrays(given: Any) -> Any:
    return keras.tree.map_structure(_array, given)


def _first(x: Any, photos: int = 1) -> Any:
    return keras.tree.map_structure(lambda each: each[:photos], x)


def _count(x: Any) -> int:
    return len(keras.tree.flatten(x)[0])


def _shapes(x: Any, photos: int) -> Any:
    """Give the shapes of what a network takes, for so many photos."""
    if isinstance(x, dict):
        return {name: _shapes(each, photos) for name, each in x.items()}
    if isinstance(x, list | tuple):
        return [_shapes(each, photos) for each in x]
    return [photos, *map(int, x.shape[1:])]


def _repeated(one: Any, photos: int) -> Any:
    """Give one photo's answer for each of some, no two alike: a lesson may divide by a spread."""
    steps = np.linspace(0, 1e-3, photos).reshape(-1, *[1] * (len(one.shape) - 1))
    return keras.ops.repeat(one, photos, axis=0) + keras.ops.cast(steps, one.dtype)


def _told(logs: dict[str, float], as_dict: bool) -> Any:
    return logs if as_dict else [*logs.values()] if len(logs) > 1 else [*logs.values()][0]


class MadeUp:
    """Give as many photos of a set as its card counts, all of them drawn.

    Parameters
    ----------
    card : registry.Card
        Of the set.

    Attributes
    ----------
    entries, content
        As of any `coursekit.datasets.sources.Source`.
    """

    content = ""

    def __init__(self, card: registry.Card):
        self._size = card.size
        self.entries = [
            Entry(split, kind, f"{split}/{kind}/{number:05}")
            for kind, counts in card.counts.items()
            for split, count in zip(loading.SPLITS, counts, strict=True)
            for number in range(count)
        ]

    def read(self, keys: Sequence[str]) -> Iterator[np.ndarray]:
        """Make photos up.

        Parameters
        ----------
        keys : sequence of str
            Which.

        Yields
        ------
        np.ndarray
            Each, uint8 (size, size, 3), no two alike.
        """
        drawn = _drawn(max(self._size, 32), 0).rgb
        for number, key in enumerate(keys):
            photo = drawn[number % DRAWN, : self._size, : self._size].copy()
            mark = np.frombuffer(key.encode()[-15:].rjust(15), np.uint8)
            photo[0, :5] = mark.reshape(5, 3)
            yield photo


def _drawn(size: int, seed: int, kinds: tuple[str, ...] | None = None) -> scenes.Scenes:
    return _draw_and_time(size, seed, kinds)[0]


@functools.cache
def _draw_and_time(
    size: int, seed: int, kinds: tuple[str, ...] | None
) -> tuple[scenes.Scenes, float]:
    started = time.process_time()
    return _draw(DRAWN, size, kinds, seed), time.process_time() - started


_draw = scenes.draw


def _stand_in_for_drawing(ledger: Ledger, most: int | None) -> None:
    """Have scenes repeat themselves from the twenty-fifth on, and note what drawing them takes."""

    @functools.wraps(_draw)
    def draw(
        count: int,
        size: int = 64,
        kinds: Sequence[str] | None = None,
        seed: int = 0,
        first: int = 0,
    ) -> scenes.Scenes:
        count = min(count, most or count)
        if count <= DRAWN:
            return _draw(count, size, kinds, seed, first)
        some, seconds = _draw_and_time(size, seed, None if kinds is None else tuple(kinds))
        ledger.drawing += (count / DRAWN - 1) * seconds
        chosen = np.arange(count) % DRAWN
        made = scenes.Scenes(*(field[chosen] for field in some))
        made.L[:, 0, 0, 0] = np.linspace(0, 100, count)  # no two alike
        return made

    scenes.draw = draw


def _stand_in_for_data(
    ledger: Ledger, available: Callable[[registry.Card], bool], most: int | None
) -> None:
    """Have data sets give made-up photos, and note what they are asked for and do not have."""
    plain = loading.load

    def there(card: registry.Card) -> bool:
        return card.fetch == "built in" or available(card)

    def open_source(name: Any, *args: Any, **kwargs: Any) -> Any:
        found = registry.find(name)
        if isinstance(found, registry.Card) and found.fetch != "built in":
            return MadeUp(found)
        return _open_source(name, *args, **kwargs)

    def choose(
        name: Any, entries: list, split: str, classes: Any, limit: int | None, seed: int
    ) -> Any:
        while True:
            try:
                found = _choose(name, entries, split, classes, limit, seed)
                if most is None or len(found[1]) <= most:
                    return found
                return _choose(name, entries, split, classes, most, seed)
            except registry.DatasetError as error:
                has = re.search(r"pass at most (\d+)", str(error))
                if not has:
                    raise
                ledger.faults.append(f"cell [{ledger.cell}] {error}".partition(";")[0])
                limit = int(has[1])

    @functools.wraps(plain)
    def load(name: Any, split: str = "train", size: int = 64, *args: Any, **kwargs: Any) -> Any:
        ledger.asked.append(ledger.cell)
        found = registry.find(name)
        if isinstance(found, registry.Card) and found.counts and size > found.size:
            ledger.faults.append(
                f"cell [{ledger.cell}] size={size}: {name} has photos of {found.size} px"
            )
        try:
            return plain(name, split, size, *args, **{**kwargs, "on_disk": False})
        except registry.DatasetError as error:
            ledger.faults.append(f"cell [{ledger.cell}] {error}".partition(";")[0])
            raise

    _open_source, _choose = loading.open_source, loading._choose
    loading.open_source, loading._choose = open_source, choose
    for module in (loading, sys.modules["coursekit.datasets"]):
        module.load = load
    download.ready, download.reachable = there, there


def _stand_in_for_weights() -> None:
    """Have networks that would fetch ImageNet's weights start by chance: they cost the same."""
    inception = embeddings.inception
    plain = inception.classifier
    inception.classifier = functools.lru_cache(lambda trained=True: plain(False))
    sys.modules["coursekit.networks.vgg_skip"].imagenet_weights = lambda name: None
    imagenet.imagenet_weights = lambda name: None


def run(path: Path, available: str, last: int = 0) -> dict:
    """Run a lesson's cells in this process, in the profile in force.

    Parameters
    ----------
    path : Path
        The notebook.
    available : str
        Which data sets are at hand, a name in `AVAILABLE`.
    last : int
        The code cell after which to end, on `FEW` photos: what they cost is not asked then, and a
        cell that fails, for want of what was recorded of real photos, does not end it. 0 for all,
        on all.

    Returns
    -------
    dict
        Posts and faults, as `Ledger.written` gives them, the seconds that a core was busy beside
        networks, and the first failure, if a cell failed.
    """
    ledger = Ledger()
    most = FEW if last else None
    _stand_in_for_data(ledger, AVAILABLE[available], most)
    _stand_in_for_drawing(ledger, most)
    _stand_in_for_weights()
    pretended = Networks(ledger)
    pretended.stand_in()
    lesson_notebook.show = lesson.show = _close
    shell = InteractiveShell.instance()
    failure, started = None, time.process_time()
    cells = [
        cell.source
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and cell.source.strip()
    ]
    for ledger.cell, source in enumerate(cells[: last or None], start=1):
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            result = shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            failure = failure or f"cell [{ledger.cell}] {type(error).__name__}: {error}"
            print(told.getvalue(), file=sys.stderr)
            if not last:
                break
    core = time.process_time() - started - pretended.spent + ledger.drawing
    return {**ledger.written(), "core": core, "failure": failure}


def _close(figure: Any, alt: str) -> None:
    """Take the place of `lesson.show`: nobody looks."""
    from matplotlib import pyplot

    pyplot.close(figure)


if __name__ == "__main__":
    with device.quiet_start():
        keras.ops.zeros(1)
    found = run(Path(sys.argv[1]), sys.argv[2], int(sys.argv[4]))
    Path(sys.argv[3]).write_text(json.dumps(found), encoding="utf-8")
