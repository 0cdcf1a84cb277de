"""The unit as an instructor and as a student meet it: what holds of this one beside what holds of all."""

from tests.notebooks import text
from tests.unit_notebook import UnitNotebook, by_id


class TestNotebook(UnitNotebook):
    unit = "04-log-softmax"
    points = {"log_softmax": 8, "nll": 5, "cross_entropy": 9, "perplexity": 4, "chunked_cross_entropy": 8}
    settled = {"X5": "A"}
    claims = ("G14", "L2", "L4", "C3", "C6")
    pictures = ("predict-before-the-cliff", "predict-gpu")

    def test_the_gpu_demo_goes_on_without_the_students_function(self, student):
        said = text(by_id(student)["predict-gpu"])
        assert "Without the chunked loss, which is yours, from exercise 5." in said
        assert "What happens: 3 (tensors of logits)" in said
