"""The unit as an instructor and as a student meet it: what holds of this one beside what holds of all."""

from tests.unit_notebook import UnitNotebook


class TestNotebook(UnitNotebook):
    unit = "01-exp-asymmetry"
    points = {"log10_ratio": 4, "decay_weights": 5, "geometric_schedule": 7, "sigmoid_odds": 7, "exp_into": 4}
    settled = {}
    claims = ("G1", "G8", "G11", "G13")
    one_letter_below = 2.5
    pictures = ("predict-share", "predict-copy")

    def test_a_claim_is_settled_beside_the_measurement(self, cells):
        assert "G20" in cells["gpu-after"].source

    def test_the_closing_and_the_question_for_the_next_unit_are_there(self, cells):
        assert "| quantity | naive | stable | why |" in cells["closing"].source
        assert "For the decision guide" in cells["closing"].source
        assert "Where *exactly* does exp overflow, in which dtype" in cells["next"].source
