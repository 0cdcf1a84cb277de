"""The engine that all units share: pictures, explorers, predictions, checks, quizzes and timings."""

from course.kit.lazy import lazy

__getattr__, __dir__ = lazy(
    __name__,
    {
        "gpu": (".gpu", None),
        "predict": (".prediction", "predict"),
        "setup": (".setup", None),
        "summary": (".prediction", "summary"),
    },
)
