"""The unit as an instructor and as a student meet it: what holds of this one beside what holds of all."""

from tests.unit_notebook import UnitNotebook


class TestNotebook(UnitNotebook):
    unit = "04-log-softmax"
    points = {"log_softmax": 8, "nll": 5, "cross_entropy": 9, "perplexity": 4, "chunked_cross_entropy": 8}
    settled = {"X5": "A"}
    most_behaviours = 6
    claims = ("G14", "L2", "L4", "C3", "C6")
    pictures = ("predict-before-the-cliff", "predict-gpu")
