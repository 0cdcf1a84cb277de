"""Requests that come faster than they can be served: intermediate ones are dropped, the last one is served."""

import asyncio
import textwrap
import time

import pytest

from course.kit.latest import Latest


def test_where_nothing_can_be_waiting_it_is_done_at_once():
    done = []
    Latest(lambda: done.append("done")).ask()
    assert done == ["done"]


async def until(condition):
    """Let the loop run until `condition()` holds: on a busy machine a hundredth of a second can be long."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)


def test_a_request_after_a_pause_is_served_at_once():
    served = []

    async def press_twice():
        latest = Latest(lambda: served.append("served"))
        for count in (1, 2):
            latest.ask()
            assert len(served) == count
            await asyncio.sleep(0.15)

    asyncio.run(press_twice())
    assert len(served) == 2


def test_requests_that_wait_together_after_the_first_are_served_once_and_with_the_last_state():
    state, served = 0, []

    async def drag():
        nonlocal state
        latest = Latest(lambda: served.append(state))
        for _ in range(60):
            state += 1
            latest.ask()
        assert served == [1]
        await until(lambda: len(served) > 1)
        await asyncio.sleep(0.02)

    asyncio.run(drag())
    assert served == [1, 60]


def test_a_drag_without_a_pause_is_followed_and_its_last_state_served():
    state, served = 0, []

    async def drag():
        nonlocal state
        latest = Latest(lambda: served.append(state))

        def move():
            nonlocal state
            state += 1
            latest.ask()
            return len(served) >= 3

        await until(move)
        await until(lambda: served[-1] == state)

    asyncio.run(drag())


def test_another_loop_is_not_kept_waiting_by_one_that_ended_before_its_time():
    served = []
    latest = Latest(lambda: served.append("served"))

    async def ask_and_leave():
        latest.ask()
        latest.ask()

    async def ask_and_wait():
        latest.ask()
        await until(lambda: len(served) > 1)

    asyncio.run(ask_and_leave())
    assert served == ["served"]
    asyncio.run(ask_and_wait())
    assert served == ["served", "served"]


KERNEL = """
import time
from pathlib import Path
import ipywidgets
from course.kit.explorer import OK, Card, Explorer, Reading, Scene, Slider
from course.kit.explorer_view import View
from course.kit.picture import new_figure

class Slow(Scene):
    drawn = []
    def __init__(self):
        self.figure = new_figure(40, 30)
    def update(self, level):
        end = time.process_time() + 0.03  # as much work as a drawing, also on a busy machine
        while time.process_time() < end:
            pass
        self.drawn.append(level)
        self.figure.set_facecolor(str(level / 100))
        return Reading(f"Level {level}.", Card("Naive", (), OK), Card("Stable", (), OK))

view = View(Explorer("Levels", [Slider("level", "level", 0, 100, 1, 0)], (), Slow()), ipywidgets)
print(view.controls["level"].model_id)
"""

MOVES = 60


@pytest.fixture(scope="module")
def kernel():
    """A client of a kernel in which a slow explorer lives, and how to run a line of code there."""
    manager = pytest.importorskip("jupyter_client.manager")
    owner, client = manager.start_new_kernel()

    def ask(code):
        printed = []

        def keep(message):
            printed.append(message["content"].get("text", ""))

        reply = client.execute_interactive(code, timeout=60, store_history=False, output_hook=keep)
        assert reply["content"]["status"] == "ok", "".join(printed)
        return "".join(printed).strip()

    yield client, ask
    client.stop_channels()
    owner.shutdown_kernel(now=True)


def test_in_a_kernel_values_that_wait_in_its_queue_are_dropped_and_the_last_one_is_shown(kernel):
    """As a front end without a throttle sends them: all at once, and not one after another has been answered."""
    client, ask = kernel
    slider = ask(textwrap.dedent(KERNEL)).split()[-1]
    for level in range(1, MOVES + 1):
        data = {"method": "update", "state": {"value": level}, "buffer_paths": []}
        client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": slider, "data": data}))
    deadline = time.monotonic() + 60
    while ask("print(view.controls['level'].value, Slow.drawn[-1])") != f"{MOVES} {MOVES}":
        assert time.monotonic() < deadline, ask("print(view.controls['level'].value, Slow.drawn)")
        time.sleep(0.05)
    drawn = [int(level) for level in ask("print(*Slow.drawn)").split()]
    assert drawn == sorted(drawn)
    assert len(drawn) <= MOVES / 3
    assert ask(f"print(view.image.value == view._explorer.render(level={MOVES})[0])") == "True"
    assert f"Level {MOVES}." in ask("print(view.status.value)")
