"""One compiled network for the runs of all seeds.

Keras comes with a network that is restarted: runs are read and compared without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras


def restart(network: keras.Model, seed: int) -> keras.Model:
    """Put a compiled network back to where it has never been trained.

    Compiling anew costs seconds a run: so one compiled network serves all seeds. Weights, dropout
    and optimizer start as in a network built after `training.seed_everything(seed)`, which this
    calls; a learning rate that training changed stays changed. On JAX and PyTorch the very first
    ``fit`` of a network was seen to end with other weights than the same one later.

    Parameters
    ----------
    network : keras.Model
        Compiled, without random states beyond its layers'.
    seed : int
        Of the new weights and of what training draws.

    Returns
    -------
    keras.Model
        The same network.
    """
    from coursekit import training

    training.seed_everything(seed)
    fresh = type(network).from_config(network.get_config())
    for variable, start in zip(network.variables, fresh.variables, strict=True):
        variable.assign(start)
    # The configuration holds the learning rate as it is now, so that one stays; moments and the
    # count of steps start at 0, the scale of a loss in half precision where it began.
    optimizer = network.optimizer
    fresh = type(optimizer).from_config(optimizer.get_config())
    for each in (optimizer, fresh):
        if not each.built:
            each.build(network.trainable_variables)
    for variable, start in zip(optimizer.variables, fresh.variables, strict=True):
        variable.assign(start)
    return network
