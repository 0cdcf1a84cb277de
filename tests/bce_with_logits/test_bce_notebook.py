"""The unit as an instructor and as a student meet it: what holds of this one beside what holds of all."""

from tests.unit_notebook import UnitNotebook


class TestNotebook(UnitNotebook):
    unit = "05-bce-with-logits"
    points = {"softplus": 6, "log_sigmoid": 5, "bce_with_logits": 9, "bce_grad": 4, "multilabel_loss": 6}
    settled = {"G4": "B"}
    most_behaviours = 6
    claims = ("X6-first", "X6-second", "X7", "X17-agree", "X17-disagree", "X17-library")
    pictures = ("predict-frozen", "predict-gpu")
