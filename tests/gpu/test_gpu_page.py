"""The page of figures from made-up measurements, written into a temporary folder; and `make gpu` without a GPU."""

import datetime

from course.kit import gpu
from course.max_shift.kernel_demo import FUSED, KERNEL
from tests.gpu import __main__ as command
from tests.gpu import document
from tests.gpu.figures import LENGTHS, UNITS, Figures

DAY = datetime.date(2026, 11, 21)


def made_up(trouble=None):
    shares = {FUSED: dict.fromkeys(LENGTHS, 0.91), KERNEL: dict.fromkeys(LENGTHS, 0.77)}
    return Figures(
        card="Tesla T4, 15 GB, compute capability 7.5",
        driver="550.54.15",
        versions={"PyTorch": "2.13.0", "Triton": "3.7.1"},
        seconds=dict.fromkeys(UNITS, 3.25),
        copy_bandwidth=241.0,
        shares={FUSED: shares[FUSED]} if trouble else shares,
        kernel_trouble=trouble,
        findings={"time of the naive softmax / torch.softmax": 2.5},
        events_against_wall=0.983,
    )


def test_the_page_names_card_driver_versions_and_ratios():
    lines = document.page(made_up(), DAY).splitlines()
    assert lines[0] == "# The GPU demos on a real card"
    assert "| card | Tesla T4, 15 GB, compute capability 7.5 |" in lines
    assert "| driver | 550.54.15 |" in lines
    assert "| versions | PyTorch 2.13.0, Triton 3.7.1 |" in lines
    assert "| 32,768 | 91% | 77% |" in lines
    assert "| time of the naive softmax / torch.softmax | 2.5 |" in lines
    assert "| `max_shift` | 3.2 |" in lines
    assert any("A copy ran at 241 GB/s" in line for line in lines)
    assert any("on 2026-11-21" in line for line in lines)


def test_every_row_of_a_table_has_as_many_cells_as_its_heading():
    for block in document.page(made_up(), DAY).split("\n\n"):
        if block.startswith("|"):
            assert len({line.count("|") for line in block.splitlines()}) == 1


def test_without_triton_the_page_has_the_fused_softmax_alone_and_says_why():
    page = document.page(made_up("Triton is not installed"), DAY)
    assert "| 1,024 | 91% |" in page
    assert "The Triton kernel of unit 03 was not measured: Triton is not installed." in page


def test_the_page_is_written_where_it_is_asked_for(tmp_path):
    file = document.write(made_up(), tmp_path / "gpu.md")
    assert file.read_text(encoding="utf-8").startswith("# The GPU demos on a real card\n")


def test_without_a_gpu_nothing_is_written_and_a_line_says_so(monkeypatch, capsys):
    def never(*arguments):
        raise AssertionError("there is nothing to write")

    monkeypatch.setattr(gpu, "gpu_trouble", lambda: "no GPU found")
    monkeypatch.setattr(document, "write", never)
    assert command.main() == 0
    assert capsys.readouterr().out == "No GPU found: nothing was measured, and docs/gpu.md was not written.\n"


def test_with_a_gpu_the_tests_run_first_and_their_verdict_is_the_commands(monkeypatch, capsys, tmp_path):
    ran = []
    monkeypatch.setattr(gpu, "gpu_trouble", lambda: None)
    monkeypatch.setattr(command.pytest, "main", lambda arguments: ran.append(arguments) or 1)
    monkeypatch.setattr(command.figures, "measured", made_up)
    monkeypatch.setattr(document, "write", lambda found: tmp_path / "gpu.md")
    assert command.main() == 1
    assert ran[0][:2] == ["-m", "gpu"]
    assert capsys.readouterr().out == f"Written: {tmp_path / 'gpu.md'}\n"
