"""For a network of your own in Keras: it imports Keras when something is called, not before."""
