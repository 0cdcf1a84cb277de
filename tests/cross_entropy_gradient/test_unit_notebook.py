"""The unit as an instructor and as a student meet it: what holds of this one beside what holds of all."""

from tests.unit_notebook import UnitNotebook


class TestNotebook(UnitNotebook):
    unit = "07-cross-entropy-gradient"
    points = {
        "softmax_vjp": 4,
        "softmax_jvp": 4,
        "cross_entropy_grad": 7,
        "mse_softmax_grad": 5,
        "gradient_check": 6,
        "stable_cross_entropy": 8,
    }
    settled = {"A7": "C"}
    claims = ("C2", "C4", "C5", "G22")
    pictures = ("predict-squared-slope", "predict-gpu")
