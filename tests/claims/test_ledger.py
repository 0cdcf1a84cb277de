"""The ledger holds every claim once, each function measures, and a verdict follows from what was measured."""

import subprocess
import sys

import pytest

from course import claims
from course.claims.__main__ import main
from course.claims.ledger import Evidence, claim, judge, registered
from course.claims.markdown import judged
from course.claims.readings import READINGS

IDS = [
    *(f"G{n}" for n in range(1, 23)),
    *(f"X{n}" for n in range(1, 18)),
    *(f"A{n}" for n in range(1, 11)),
    *(f"L{n}" for n in range(1, 12)),
    *(f"C{n}" for n in range(1, 7)),
]
NAN, INF = float("nan"), float("inf")

# Another number in the claim, and the verdict that it deserves.
CHANGED = {
    "G1": ({"bound": 23_000}, claims.FALSE),
    "G2": ({"printed": "1002.4075"}, claims.FALSE),
    "G3": ({"clamp": 90}, claims.ONLY_IF),
    "G4": ({"very_negative": -5}, claims.HOLDS),
    "G5": ({"low": 12, "high": 13}, claims.FALSE),
    "G6": ({"near": 11}, claims.FALSE),
    "G7": ({"near": 1024}, claims.FALSE),
    "G13": ({"inputs": (1.0,)}, claims.FALSE),
    "G14": ({"ceiling": 0.5}, claims.HOLDS),
    "G15": ({"x": -80}, claims.HOLDS),
    "G16": ({"operations": ("x @ x, for comparison",)}, claims.FALSE),
    "G17": ({"multiple_of_eps": 2.0**20}, claims.FALSE),
    "G18": ({"factor": 2}, claims.FALSE),
    "G22": ({"limit": 1e6}, claims.HOLDS),
    "X1": ({"dtype": "float64"}, claims.FALSE),
    "X2": ({"x": 100, "power": 43}, claims.ONLY_IF),
    "X3": ({"smallest": "1.4e-45"}, claims.FALSE),
    "X4": ({"terms": 60_000}, claims.HOLDS),
    "X5": ({"ways": 3}, claims.FALSE),
    "X6": ({"points": (0, 3, 20)}, claims.HOLDS),
    "X7": ({"points": (0,)}, claims.HOLDS),
    "X8": ({"x": 0.5}, claims.FALSE),
    "X9": ({"points": (1e-7, 0.1)}, claims.HOLDS),
    "X10": ({"x": 1e-20}, claims.HOLDS),
    "X11": ({"argument": 171, "power": 307}, claims.HOLDS),
    "X12": ({"offsets": (("float64", 10.0),)}, claims.FALSE),
    "X13": ({"gaps": (1, 5, 9)}, claims.ONLY_IF),
    "X14": ({"just_above": 0.5}, claims.FALSE),
    "X15": ({"center": (10.5 / 8) ** 0.5}, claims.HOLDS),
    "X16": ({"x1": 1000}, claims.HOLDS),
    "X17": ({"size": 1}, claims.FALSE),
    "A1": ({"printed": (NAN, 0.0, 0.0)}, claims.HOLDS),
    "A2": ({"one": "0.6590 0.2424 0.0985"}, claims.ONLY_IF),
    "A3": ({"value": 2000.0}, claims.FALSE),
    "A4": ({"one": (-0.1137, 0.0808, 0.0329)}, claims.ONLY_IF),
    "A5": ({"expected": (True, False, True)}, claims.FALSE),
    "A6": ({"value": 667.27}, claims.HOLDS),
    "A7": ({"printed": (1 / 3, 0, -1 / 3)}, claims.HOLDS),
    "A8": ({"arguments": (-9.0, -2.0)}, claims.HOLDS),
    "A9": ({"shifts": range(912, 1104)}, claims.HOLDS),
    "A10": ({"poison": 0.0}, claims.FALSE),
    "L1": ({"float32": 709}, claims.ONLY_IF),
    "L2": ({"logits": (3.0, 2.0, 1.0)}, claims.FALSE),
    "L3": ({"scale": 2.0}, claims.FALSE),
    "L4": ({"gaps": (-200.0,)}, claims.HOLDS),
    "L5": ({"quantile": 0.5}, claims.FALSE),
    "L6": ({"inputs": ("a finite row",)}, claims.HOLDS),
    "L7": ({"many": 10_000}, claims.HOLDS),
    "L8": ({"about": 88}, claims.FALSE),
    "L9": ({"row": (5.0, 3.0)}, claims.ONLY_IF),
    "L11": ({"far": 0}, claims.ONLY_IF),
    "C1": ({"power": 2.0}, claims.FALSE),
    "C2": ({"loss": "squared error of the probabilities"}, claims.HOLDS),
    "C3": ({"true_gets": 0.2}, claims.HOLDS),
    "C4": ({"label_smoothing": 0.1}, claims.FALSE),
    "C5": ({"enormous": 0.5}, claims.HOLDS),
    "C6": ({"gap": 0.0}, claims.HOLDS),
}


def on_file(identity, **changes):
    """A claim about a machine, judged by the readings on file with some of them replaced."""
    return claims.get(identity).measure(readings={**READINGS[identity], **changes})


def test_every_claim_of_the_contract_is_there_once():
    assert list(claims.all_claims()) == IDS


def test_every_claim_has_a_function_of_its_own():
    tests = [one.test for one in claims.all_claims().values()]
    assert len(set(tests)) == len(IDS)
    assert all(test.__doc__ for test in tests)


def test_an_id_cannot_be_taken_twice():
    with pytest.raises(ValueError, match="two functions"):
        claim("G1", unit="01-exp-asymmetry", says="…")(lambda: None)
    assert registered()["G1"].says != "…"


def test_an_id_belongs_to_a_source():
    with pytest.raises(ValueError, match="not a letter"):
        claim("Z1", unit="01-exp-asymmetry", says="…")


def test_an_unknown_id_is_answered_with_the_known_ones():
    with pytest.raises(KeyError, match="G1, G2"):
        claims.get("G99")


@pytest.mark.parametrize("identity", IDS)
def test_a_claim_has_one_of_four_verdicts_with_evidence(identity):
    found = judged(claims.get(identity))
    assert found.verdict in claims.VERDICTS
    assert found.measured
    assert found.because or found.verdict == claims.HOLDS
    assert "{" not in found.because.replace("{x", "")


@pytest.mark.parametrize("identity", IDS)
def test_a_claim_that_depends_on_the_machine_says_which(identity):
    one = claims.get(identity)
    assert bool(judged(one).machine) == (one.take is not None)


@pytest.mark.parametrize("identity", CHANGED)
def test_other_numbers_get_the_verdict_that_they_deserve(identity):
    numbers, expected = CHANGED[identity]
    assert claims.get(identity).measure(**numbers).verdict == expected


def test_most_of_the_changed_claims_change_their_verdict():
    changed = [i for i, (_, verdict) in CHANGED.items() if verdict != claims.get(i).evidence.verdict]
    assert sorted(set(CHANGED) - set(changed)) == ["C6", "L11", "L9"]


def test_a_schedule_of_tensors_can_be_built():
    import torch

    assert claims.get("G8").measure(end=torch.tensor(0.02)).verdict == claims.HOLDS


def test_no_numbers_save_a_softmax_in_place_from_autograd():
    assert dict(claims.get("G19").evidence.measured)["equals torch.softmax"] == "yes"


def test_logits_make_the_claim_about_language_models_checkable():
    import torch

    small, large = torch.zeros(4, 10), torch.full((4, 10), 90.0)
    assert claims.get("L10").evidence.verdict == claims.UNCHECKABLE
    assert claims.get("L10").measure(logits=small).verdict == claims.FALSE
    assert claims.get("L10").measure(logits=large).verdict == claims.HOLDS


def test_only_one_claim_cannot_be_checked_in_principle():
    assert [i for i in IDS if judged(claims.get(i)).verdict == claims.UNCHECKABLE] == ["L10"]


def test_times_of_a_gpu_are_judged_where_there_is_one():
    slow = {"CPU": {10**6: 1.0, 10**7: 1.0}, "GPU": {10**6: 2e-3, 10**7: 3e-3}}
    fast = {**slow, "GPU": {10**6: 2e-5, 10**7: 2e-4}}
    assert on_file("G9", seconds=slow).verdict == claims.HOLDS
    assert on_file("G9", seconds=fast).verdict == claims.FALSE


def test_readings_decide_about_claims_of_time():
    tens = {10**6: 11e-3, 10**7: 99e-3}
    assert on_file("G10", **{"seconds": {"CPU": tens}, "seconds with a new result": tens}).verdict == claims.HOLDS
    assert on_file("G11", seconds={"CPU": {10: 1e-8, 1000: 1e-6}}).verdict == claims.HOLDS
    assert on_file("G11", seconds={"CPU": {10: 1e-6, 1000: 1e-6}}).verdict == claims.ONLY_IF
    assert on_file("G20", seconds={"from memory": [1.0, 1.0]}).verdict == claims.HOLDS
    assert on_file("G20", seconds={"from memory": [3.0, 1.0]}).verdict == claims.FALSE
    assert on_file("G21", seconds={"here": [1.0, 2.0], "there": [2.0, 1.0]}).verdict == claims.ONLY_IF
    assert on_file("G12", **{"exp depends on the order": True}).verdict == claims.HOLDS


def test_two_implementations_are_read_on_this_machine():
    found = claims.get("G12").measure()
    assert found.verdict == claims.FALSE
    assert "torch" in found.machine


@pytest.mark.parametrize(
    ("cases", "verdict", "because"),
    [
        ({"a": True, "b": True}, claims.HOLDS, "yes"),
        ({"a": True, "b": False}, claims.ONLY_IF, "a, not b"),
        ({"a": False, "b": False}, claims.FALSE, "a, b"),
    ],
)
def test_a_verdict_follows_from_the_cases(cases, verdict, because):
    found = judge(cases, {}, holds="yes", only_if="{yes}, not {no}", false="{no}")
    assert (found.verdict, found.because) == (verdict, because)


def test_there_is_no_verdict_without_a_case_and_no_fifth_verdict():
    with pytest.raises(ValueError, match="at least one"):
        judge({}, {})
    with pytest.raises(ValueError, match="must be one of"):
        Evidence("perhaps", "", ())


def test_a_claim_shows_itself_as_text_and_as_html():
    one = claims.get("X7")
    text, html = str(one), one._repr_html_()
    assert text.startswith("X7 (interactive explainer)")
    assert "05-bce-with-logits" in text
    assert claims.ONLY_IF in text
    assert claims.ONLY_IF in html
    assert "z &lt; 0" not in text
    assert "&lt;" in claims.get("X6")._repr_html_()


def test_importing_the_course_or_its_claims_imports_no_torch():
    code = "import sys, course, course.claims; sys.exit('torch' in sys.modules or 'mpmath' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_command_line_shows_single_claims(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["claims", "X11", "A6"])
    main()
    shown = capsys.readouterr().out
    assert "170!" in shown
    assert "667.27" in shown


def test_the_command_line_knows_its_ids(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["claims", "Q1"])
    with pytest.raises(SystemExit):
        main()
    assert "no such claim: Q1" in capsys.readouterr().err
