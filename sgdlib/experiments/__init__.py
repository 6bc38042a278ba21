"""Measured runs: a module and a stored table for each experiment."""
