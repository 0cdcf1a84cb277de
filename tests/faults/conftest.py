"""The course, graded once undisturbed, and an arena for each test."""

from __future__ import annotations

import contextlib

import pytest

pytest.register_assert_rewrite("tests.faults.faults")

from tests.faults import arena as arenas  # noqa: E402
from tests.faults.course import build  # noqa: E402
from tests.faults.faults import Undisturbed, small_disk  # noqa: E402


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The course folder with everybody's submission; not to be changed."""
    course = tmp_path_factory.mktemp("faults") / "course"
    build(course)
    return course


@pytest.fixture(scope="session")
def expected(built):
    """How grading it ends."""
    with arenas.arena(built) as undisturbed:
        end = undisturbed.grade()
        assert end.status == 0, end
        return Undisturbed(undisturbed.scores(), undisturbed.files())


@pytest.fixture
def arena(built):
    """A copy of the course, to be graded."""
    with arenas.arena(built) as arena:
        yield arena


@pytest.fixture
def may_mount(tmp_path):
    """Skips a test where this user may not mount a small disk."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(small_disk(tmp_path, 1 << 20))
        except OSError as error:
            pytest.skip(f"a small disk cannot be mounted here: {error}")
