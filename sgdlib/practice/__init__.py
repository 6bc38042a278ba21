"""For the reader's own Keras: what goes with them after the course. Nothing heavy is imported before it is called."""
