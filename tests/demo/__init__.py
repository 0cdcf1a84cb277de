"""A complete course with a class of synthetic students, graded by the real grader: `make demo`."""
