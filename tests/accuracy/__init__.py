"""How exact the reference solutions are, beside what PyTorch and SciPy offer."""
