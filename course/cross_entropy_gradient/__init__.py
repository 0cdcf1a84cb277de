"""Unit 07: the gradient of the cross-entropy, p minus y."""

from course.kit.lazy import lazy

__getattr__, __dir__ = lazy(
    __name__,
    {
        "afterwards": (".explanations", "afterwards"),
        "check": (".checks", None),
        "explore": (".explorer", "explore"),
        "gpu_demo": (".gpu_demo", None),
        "quiz": (".questions", "quiz"),
    },
)
