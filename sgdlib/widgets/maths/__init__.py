"""JavaScript twins of the maths, held to Python by tests; and the random numbers that a page can draw, too."""
