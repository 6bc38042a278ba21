"""For the reader's own Keras: what limits a training, how to tune it, how to carry its settings over.

Each module is imported by its name: ``from sgdlib.practice.recipe import tune``. Keras is imported when it is used.
"""
