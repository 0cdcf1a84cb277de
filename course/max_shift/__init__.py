"""Unit 03: subtract the maximum."""

from course.kit.lazy import lazy

__getattr__, __dir__ = lazy(
    __name__,
    {
        "afterwards": (".explanations", "afterwards"),
        "check": (".checks", None),
        "explore": (".explorer", "explore"),
        "gpu_demo": (".gpu_demo", None),
        "kernel_demo": (".kernel_demo", None),
        "quiz": (".questions", "quiz"),
    },
)
