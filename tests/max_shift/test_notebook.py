"""The unit as an instructor and as a student meet it: what holds of this one beside what holds of all."""

from tests.unit_notebook import UnitNotebook


class TestNotebook(UnitNotebook):
    unit = "03-max-shift"
    points = {"softmax": 7, "logsumexp": 9, "masked_softmax": 9, "boltzmann": 7}
    settled = {"A1": "C", "A2": "A", "A3": "A", "A8": "C", "A9": "B", "A10": "A"}
    claims = ("A4", "A5", "A6", "A7", "L5", "L6")
    pictures = ("predict-window", "predict-gpu")
