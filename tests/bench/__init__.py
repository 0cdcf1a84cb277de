"""Benchmarks: `make bench` prints every figure as a ratio within one run, as machines differ and are noisy."""
