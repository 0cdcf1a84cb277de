"""`make bench`."""

import argparse

from tests.bench import grading, notebooks, sliders

parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
parser.add_argument("part", nargs="?", choices=["sliders", "notebooks", "grading"], help="one part; none means all")
parser.add_argument("--sizes", type=int, nargs="+", default=[24, 120], help="students in a class, smallest first")
parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2], help="how many submissions at a time")
parser.add_argument("--units", nargs="+", default=[], help="units to measure, such as 03-max-shift; none means all")
parser.add_argument("--moves", type=int, default=100, help="how often each explorer's sliders are moved")
parser.add_argument("--write", action="store_true", help="put the sliders' table into docs/sliders.md")
options = parser.parse_args()
if options.part in (None, "sliders"):
    sliders.main(options.units, options.moves, options.write)
if options.part in (None, "notebooks"):
    notebooks.main(options.units)
if options.part in (None, "grading"):
    grading.main(tuple(options.sizes), tuple(options.jobs))
