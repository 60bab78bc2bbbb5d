"""What a step of a network costs: its operations counted, layer by layer, without doing them.

A network is traced with shapes alone, so that a count takes about a second whatever the size.
`tests/tools/budget/test_counting.py` proves it against what JAX's compiler counts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import keras

# A T4, by its data sheet: float32 operations and bytes a second. Convolutions of such sizes reach
# about 30 % of the first; what only passes over its numbers waits for the second.
PEAK, SHARE, BANDWIDTH = 8.1e12, 0.3, 320e9
# Seconds of a step that no size shrinks: Python, and some hundred kernels launched one by one.
LAUNCH = 0.005


class Cost(NamedTuple):
    """What some steps cost.

    Attributes
    ----------
    flops : float
        Operations; a multiplication and an addition are two.
    seconds : float
        On a T4: of each layer's operations, at `SHARE` of `PEAK`, or of its bytes at `BANDWIDTH`,
        whichever take longer, and `LAUNCH` a step.
    memory : float
        Bytes beside the weights that the largest step holds at once.
    """

    flops: float
    seconds: float
    memory: float


class _Done(NamedTuple):
    """One operation that was traced: what did it, on which tensors, and what came out."""

    by: keras.Operation
    taken: list
    made: list


def cost(network: keras.Model, shapes: Any, training: bool) -> Cost:
    """Count what a step costs.

    Parameters
    ----------
    network : keras.Model
        Any network of layers that are known here.
    shapes : Any
        Shape of its input with the number of photos first, or a list or dict of such shapes.
    training : bool
        Whether it learns in that step, or only answers.

    Returns
    -------
    Cost
        Without the optimizer's state, which is counted with the weights.

    Raises
    ------
    TypeError
        For a layer with weights of which it is not known what it does with them.
    """
    done, given = _trace(network, shapes, training)
    moved = {id(weight) for weight in network.trainable_weights} if training else set()
    # Tensors by their number: whether what they hold depends on a weight that is learnt.
    learns = {id(tensor): False for tensor in given}
    flops = seconds = kept = transient = 0.0
    learning = False
    for each in done:
        trained = (
            any(id(weight) in moved for weight in each.by.variables) if _layer(each) else False
        )
        below = any(learns.get(id(tensor), learning) for tensor in each.taken)
        learning |= trained
        learns |= {id(tensor): trained or below for tensor in each.made}
        once, kernel = _operations(each)
        # Backwards a kernel meets its input once more for its own gradient, and its output's
        # gradient for that of what lies below; the rest passes over its numbers once more.
        times = 1 + below + (trained and kernel) if kernel else 1 + (trained or below)
        nbytes = sum(map(_bytes, [*each.taken, *each.made]))
        flops += times * once
        seconds += max(times * once / (SHARE * PEAK), times * nbytes / BANDWIDTH)
        made = 0 if _free(each) else sum(map(_bytes, each.made))
        if trained or below:
            kept += made
        transient = max(transient, nbytes)
    if training:
        # The gradients of weights, then the optimizer, which passes over a handful of arrays.
        size = sum(math.prod(weight.shape) for weight in network.trainable_weights)
        flops, kept = flops + 10 * size, kept + 4 * size
        seconds += 7 * 4 * size / BANDWIDTH
        memory = kept + transient
    else:
        memory = _peak(done, given)
    return Cost(flops, seconds + LAUNCH, memory)


def _trace(network: keras.Model, shapes: Any, training: bool) -> tuple[list[_Done], list]:
    """Run a network on shapes; list its operations in their order, and the tensors it was given."""
    given = []

    class Run(keras.Operation):
        def call(self, inputs: Any) -> Any:
            given.extend(keras.tree.flatten(inputs))
            with _watched() as done:
                answer = network(inputs, training=training)
            self.done = done
            return answer

    run = Run()
    run(_tensors(shapes))
    return run.done, given


def _tensors(shapes: Any) -> Any:
    if isinstance(shapes, dict):
        return {name: _tensors(shape) for name, shape in shapes.items()}
    if isinstance(shapes[0], int):
        return keras.KerasTensor(shapes)
    return [_tensors(shape) for shape in shapes]


@contextmanager
def _watched() -> Iterator[list[_Done]]:
    """Note each operation that holds no other."""
    done: list[_Done] = []
    plain = keras.Operation.__call__

    def call(self: keras.Operation, *args: Any, **kwargs: Any) -> Any:
        before = len(done)
        answer = plain(self, *args, **kwargs)
        if len(done) == before and not isinstance(self, keras.layers.InputLayer):
            done.append(_Done(self, _tensors_in((args, kwargs)), _tensors_in(answer)))
        return answer

    keras.Operation.__call__ = call
    try:
        yield done
    finally:
        keras.Operation.__call__ = plain


def _tensors_in(something: Any) -> list:
    found = keras.tree.flatten(something)
    return [each for each in found if hasattr(each, "shape") and hasattr(each, "dtype")]


def _layer(each: _Done) -> bool:
    return isinstance(each.by, keras.layers.Layer)


def _operations(each: _Done) -> tuple[float, bool]:
    """Count one operation's arithmetic forwards; say whether it multiplies by a learnt kernel."""
    layer, size = each.by, sum(math.prod(tensor.shape) for tensor in each.made)
    large = [weight for weight in layer.weights if len(weight.shape) > 1] if _layer(each) else []
    if not large:
        return float(size), False
    if isinstance(layer, keras.layers.Dense):
        positions = math.prod(each.taken[0].shape[:-1])
    elif isinstance(layer, keras.layers.Conv1DTranspose | keras.layers.Conv2DTranspose):
        # Each pixel that comes in meets the whole kernel.
        positions = _pixels(each.taken[0])
    elif isinstance(
        layer,
        keras.layers.Conv1D
        | keras.layers.Conv2D
        | keras.layers.DepthwiseConv2D
        | keras.layers.SeparableConv2D,
    ):
        positions = _pixels(each.made[0])
    elif all(weight.shape == each.made[0].shape[1:] for weight in large):
        # A weight for each number of a photo meets that number alone.
        return float(size), False
    else:
        raise TypeError(
            f"{type(layer).__name__} {layer.name!r} has weights of which the budget does not know "
            "how often they are multiplied: add it to coursekit/tools/budget/counting.py"
        )
    return 2.0 * positions * sum(math.prod(weight.shape) for weight in large) + size, True


def _pixels(tensor: Any) -> int:
    """Count the places of an image or sequence, batch included."""
    last = keras.config.image_data_format() == "channels_last"
    return math.prod(tensor.shape) // tensor.shape[-1 if last else 1]


def _bytes(tensor: Any) -> int:
    return math.prod(tensor.shape) * _ITEM[keras.backend.standardize_dtype(tensor.dtype)]


_ITEM = {"float64": 8, "int64": 8, "uint64": 8, "float16": 2, "bfloat16": 2, "bool": 1, "uint8": 1}
_ITEM |= {"float32": 4, "int32": 4, "uint32": 4, "int8": 1, "int16": 2, "uint16": 2}


def _free(each: _Done) -> bool:
    """Say whether what comes out is no new array, or one that is folded into its neighbours."""
    same = isinstance(each.by, keras.layers.Flatten | keras.layers.Reshape)
    return same or any(made is taken for made in each.made for taken in each.taken)


def _peak(done: list[_Done], given: list) -> float:
    """Find the most bytes that tensors hold at once where each is let go after its last use."""
    last = {id(tensor): at for at, each in enumerate(done) for tensor in each.taken}
    held = {id(tensor): _bytes(tensor) for tensor in given}
    peak = sum(held.values())
    for at, each in enumerate(done):
        if not _free(each):
            held |= {id(tensor): _bytes(tensor) for tensor in each.made}
        peak = max(peak, sum(held.values()))
        held = {key: size for key, size in held.items() if last.get(key, len(done)) > at}
    return float(peak)
