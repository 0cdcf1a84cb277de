"""Keeps what is hidden, what is executable and what is private off every page."""
