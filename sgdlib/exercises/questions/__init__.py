"""The questions and exercises, a file for each chapter, named as its notebook."""
