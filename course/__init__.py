"""Stable Exponentials: the package that the course's notebooks import."""

from course.kit.lazy import lazy

__version__ = "0.1.0"

__getattr__, __dir__ = lazy(__name__, {"progress": (".kit.overview", "progress")})
