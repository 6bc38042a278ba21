"""For a network of your own in Keras, which is imported when something is called, not before."""
