"""`make bench`."""

import argparse

from tests.bench import grading

parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
parser.add_argument("--sizes", type=int, nargs="+", default=[24, 120], help="students in a class, smallest first")
parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2], help="how many submissions at a time")
options = parser.parse_args()
grading.main(tuple(options.sizes), tuple(options.jobs))
