"""Keras as the stored tables had it."""

from __future__ import annotations

import os


def keras_on_jax():
    """Keras on JAX and the CPU, imported when it is needed.

    Raises
    ------
    RuntimeError
        When Keras runs on another backend: the numbers would not be those of the table.
    """
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    import keras

    if keras.backend.backend() != "jax":
        raise RuntimeError(
            f"Keras runs on {keras.backend.backend()} here; set the environment variable KERAS_BACKEND=jax first."
        )
    return keras
