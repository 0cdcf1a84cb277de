"""The unit as an instructor and as a student meet it: what holds of this one beside what holds of all."""

import builtins
import symtable

from tests.notebooks import text
from tests.unit_notebook import UnitNotebook, by_id


def names(code, wanted):
    """The global names of a cell for which `wanted(symbol)` holds, in the functions and lambdas within too."""
    tables = [symtable.symtable(code, "cell", "exec")]
    for table in tables:
        tables += table.get_children()
    return {s.get_name() for t in tables for s in t.get_symbols() if (s.is_global() or t is tables[0]) and wanted(s)}


class TestNotebook(UnitNotebook):
    unit = "06-expm1-log1p"
    points = {
        "log1pexp": 3,
        "compound": 5,
        "log1mexp": 4,
        "logsubexp": 5,
        "log_factorial": 4,
        "l2_norm": 5,
        "running_variance": 6,
    }
    settled = {"G17": "A", "X8": "A", "X12": "B"}
    claims = ("X9", "X10", "X11", "X13", "X14", "X15")
    pictures = ("predict-first-zero", "predict-gpu")

    def test_the_layer_norm_breaks_and_is_mended(self, instructor):
        cells = by_id(instructor)
        assert "'loss': nan, 'gradient': [nan, nan, nan, nan]" in text(cells["variance-broken"])
        assert "variance 1.890625" in text(cells["fixed-run"])
        assert "nan" not in text(cells["fixed-run"])

    def test_only_the_cell_that_needs_a_generator_runs_in_the_students_process(self, cells):
        inside = [name for name, c in cells.items() if c.metadata.get("autograder", {}).get("process") == "student"]
        assert inside == ["running_variance-stream"]

    def test_a_prediction_may_be_locked_in_after_the_cells_below_it_have_run(self, cells):
        code = {name: c.source for name, c in cells.items() if c.cell_type == "code"}
        order = list(code)
        for name in (n for n in order if n.startswith("predict-")):
            needed = names(code[name], lambda symbol: symbol.is_referenced()) - set(dir(builtins))
            assert "predict" in needed
            for later in order[order.index(name) + 1 :]:
                taken = needed & names(code[later], lambda symbol: symbol.is_assigned())
                assert not taken, f"{later} gives {taken} another value, and {name} needs the first"
