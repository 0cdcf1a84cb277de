"""Messages of the kernel's protocol that are forged, malformed, too many or for other cells."""

from tests.attacks.attack import GOTCHA, Attack, code
from tests.attacks.course import FULL, RIGHT

FAMILY = "messages of the kernel protocol"
HOLDS = (
    "nbclient reads messages of the right signature and parent only; what comes of the rest is killed with its kernel."
)

_SEND = """
kernel = get_ipython().kernel


def send(kind, content, parent=None, **options):
    kernel.session.send(kernel.iopub_socket, kind, content, parent=parent or kernel.get_parent("shell"), **options)
"""


def _messages(name: str, tries: str, source: str, stopped_by=(), at: str = "setup", **more) -> Attack:
    options = {"honest": FULL, "least": FULL, **more}
    cells = options.pop("cells", RIGHT)
    extra = ((at, code(_SEND) + "\n\n\n" + code(source)),)
    return Attack(name=name, tries=tries, stopped_by=stopped_by, cells=cells, extra=extra, **options)


ATTACKS = [
    _messages(
        "malformed-messages",
        "Sends messages of kinds that do not exist, with contents of types that do not belong there.",
        """
        for content in ({}, {"execution_state": 5}, {"data": 5}, {"data": {"text/plain": 5, "image/png": ["A"]}}):
            for kind in ("status", "stream", "error", "display_data", "execute_result", "comm_open", "clear_output"):
                send(kind, content)
        send("stream", {"name": "gotcha", "text": 5})
        send("error", {"ename": 5, "evalue": None, "traceback": "no list"})
        send("display_data", {"data": {"text/html": {"a": 1}}, "metadata": [], "transient": "none"})
        send("update_display_data", {"data": {}, "metadata": {}, "transient": {"display_id": ["list"]}})
        send("comm_msg", {"comm_id": {"a": 1}, "data": 7})
        """,
    ),
    _messages(
        "forged-replies",
        "Sends replies to requests that it was not asked, and for other cells, before they are run.",
        """
        import uuid

        parent = kernel.get_parent("shell")
        for number in range(200):
            other = {**parent, "header": {**parent["header"], "msg_id": f"{parent['header']['session']}_{number}"}}
            send("status", {"execution_state": "idle"}, other)
            send("execute_result", {"data": {"text/plain": "2.0"}, "metadata": {}, "execution_count": 1}, other)
        ok = {"status": "ok", "execution_count": 1, "user_expressions": {}, "payload": []}
        for kind in ("execute_reply", "kernel_info_reply", "gotcha_reply"):
            kernel.session.send(kernel.shell_stream, kind, ok, parent=parent, ident=kernel._parent_ident["shell"])
        """,
        cells={},
        honest=0.0,
        least=0.0,
    ),
    _messages(
        "bad-signatures",
        "Signs its messages with another key, and sends frames that are no messages.",
        """
        kernel.session.key = b"another"
        for _ in range(20):
            send("stream", {"name": "stdout", "text": "unsigned"})
        kernel.iopub_socket.send_multipart([b"<IDS|MSG>", b"", b"{}", b"{", b"[", b"nan"])
        kernel.iopub_socket.send_multipart([b"no delimiter"])
        """,
        least=0.0,
    ),
    _messages(
        "comm-flood",
        "Opens comms without end, and widgets with a state of megabytes.",
        f"""
        import json

        state = {{"state": {{"x": "y" * 5000}}}}
        for number in range(5_000):
            send("comm_open", {{"comm_id": str(number), "target_name": "jupyter.widget", "data": state}})
        {GOTCHA}
        """,
    ),
    _messages(
        "giant-message",
        "Sends one message of 200 MB.",
        """
        send("display_data", {"data": {"text/plain": "x"}, "metadata": {}}, buffers=[b"x" * 200_000_000])
        """,
        least=0.0,
    ),
    _messages(
        "many-buffers",
        "Sends one message of a hundred thousand parts, and JSON that is nested without end.",
        """
        send("display_data", {"data": {"text/plain": "x"}, "metadata": {}}, buffers=[b""] * 20_000)
        kernel.session.pack = lambda thing: b"[" * 200_000 + b"]" * 200_000
        send("stream", {"name": "stdout", "text": "deep"})
        """,
        least=0.0,
    ),
    _messages(
        "updates-other-displays",
        "Updates displays with every name that another cell could have used, and clears what others show.",
        """
        for name in ("result", "verdict", "0", "1", "", None):
            content = {"data": {"text/plain": "GOT" + "CHA"}, "metadata": {}, "transient": {"display_id": name}}
            send("update_display_data", content)
        send("clear_output", {"wait": True})
        send("clear_output", {"wait": False})
        """,
    ),
    _messages(
        "input-requests",
        "Asks the front end for input with messages of its own, a thousand times.",
        """
        for _ in range(1000):
            try:
                kernel.session.send(kernel.stdin_socket, "input_request", {"prompt": "?", "password": True})
            except Exception as error:
                print(type(error).__name__)
                break
        """,
    ),
    _messages(
        "never-idle",
        "Removes the messages that say when a cell is done, so that whoever waits for them waits for ever.",
        """
        kernel.session.send = lambda *args, **options: None
        """,
        least=0.0,
    ),
]
