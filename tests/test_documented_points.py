"""The instructor guide's table of points is that of the notebooks."""

from pathlib import Path

import pytest

from tests.notebooks import ROOT, source

UNITS = sorted(file.parent.name for file in ROOT.glob("source/*/*.ipynb"))
GUIDE = Path(ROOT, "docs", "instructor-guide.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("unit", UNITS)
def test_the_guide_gives_the_points_of_a_unit(unit):
    points = {"exercises": 0, "verdicts": 0, "quiz": 0, "explain": 0}
    for cell in source(unit).cells:
        fields = cell.metadata.get("nbgrader", {})
        if fields.get("grade"):
            kind = fields["grade_id"].split("-")[0]
            points[kind if kind in points else "exercises"] += fields["points"]
    row = [f"`{unit}`", *map(str, points.values()), str(sum(points.values()))]
    assert f"| {' | '.join(row)} |" in GUIDE
