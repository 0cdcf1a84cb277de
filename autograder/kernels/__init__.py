"""Warm kernels in a sandbox: the nursery, what confines it, and the replay of a notebook in one of them."""
