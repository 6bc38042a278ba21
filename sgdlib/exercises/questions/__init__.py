"""The exercises and questions: a file for each chapter, named as its notebook, with _ where the notebook has -.

It holds ``EXERCISES`` and ``QUIZZES``. ``sgdlib.exercises.places`` finds it here and imports it when it is asked for;
it is registered nowhere.
"""
