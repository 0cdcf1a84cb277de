"""Checks that say which mistake was made: cases, truth, conduct and diagnosis by simulation."""

from course.kit.lazy import lazy

__getattr__, __dir__ = lazy(
    __name__,
    {
        "Behaviour": (".case", "Behaviour"),
        "Case": (".case", "Case"),
        "Conduct": (".conduct", "Conduct"),
        "Exercise": (".exercise", "Exercise"),
        "Truth": (".judge", "Truth"),
    },
)
