"""What student code sees, what it can do to others, and what stops it. Each test fails without the defence it names."""

import os
import socket
import sys

import pytest
from sandbox_helpers import REPOSITORY, SECRET, TIGHT, eventually, execute, processes_with, run, text, warm

from autograder.kernels import bubblewrap
from autograder.kernels.sandbox import Sandbox
from autograder.limits import Limits
from autograder.provisioner import warm_kernel

TRY = """
import os, sys
def attempt(action, *arguments):
    try:
        return action(*arguments)
    except Exception as error:
        return type(error).__name__
"""

as_root = pytest.mark.skipif(not bubblewrap.can_switch_user(), reason="an ordinary user cannot become another one")


def test_a_server_on_this_machine_cannot_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        seen = run(warm(), f"import socket\nsocket.create_connection(('127.0.0.1', {port}), timeout=5)")
    assert seen.startswith("ConnectionRefusedError")


def test_a_server_elsewhere_cannot_be_reached():
    source = "import socket\nsocket.create_connection(('192.0.2.1', 80), timeout=5)"
    assert "Network is unreachable" in run(warm(), source)


def test_a_server_with_an_abstract_address_cannot_be_reached():
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0warm-test-{os.getpid()}")
        server.listen()
        seen = run(warm(), f"import socket\nsocket.socket(socket.AF_UNIX).connect('\\0warm-test-{os.getpid()}')")
    assert seen.startswith("ConnectionRefusedError")


@pytest.mark.parametrize("family", [40, 38, 17, 31], ids=["vsock", "kernel crypto", "packet", "bluetooth"])
def test_kinds_of_sockets_that_know_no_network_namespace_are_refused(family):
    assert "Address family not supported" in run(warm(), f"import socket\nsocket.socket({family}, socket.SOCK_STREAM)")


def test_the_loopback_interface_works_for_libraries_that_need_it():
    source = """import socket
server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname())
client.send(b"hello")
print(server.accept()[0].recv(5))"""
    assert run(warm(), source) == "b'hello'"


def test_a_file_that_is_not_part_of_the_system_cannot_be_seen(tmp_path):
    secret = tmp_path / "gradebook.db"
    secret.write_text(SECRET)
    places = [secret, REPOSITORY / "source", REPOSITORY / "pyproject.toml", "/etc/shadow", "/etc/machine-id"]
    source = f"import os\nprint([path for path in {list(map(str, places))} if os.path.exists(path)])"
    assert run(warm(), source) == "[]"


def test_an_extra_readable_folder_can_be_read_but_not_written_to(tmp_path):
    (tmp_path / "data.txt").write_text("42")
    tmp_path.chmod(0o777)
    with Sandbox(Limits(), readable=[tmp_path], preload=[]) as own:
        source = f"print(open('{tmp_path}/data.txt').read())\nopen('{tmp_path}/new', 'w')"
        assert run(own, source) == f"42\nOSError: [Errno 30] Read-only file system: '{tmp_path}/new'"


def test_a_hidden_folder_inside_a_readable_one_cannot_be_seen(tmp_path):
    course = tmp_path / "course"
    (course / "source").mkdir(parents=True)
    tmp_path.chmod(0o755)
    with Sandbox(Limits(), readable=[tmp_path], hidden=[course], preload=[]) as own:
        source = f"import os\nprint(os.listdir('{tmp_path}'), os.listdir('{course}'))\nopen('{course}/new', 'w')"
        seen = run(own, source)
    assert seen.startswith("['course'] []")
    assert "Error" in seen


def test_a_hidden_folder_cannot_be_seen_through_a_link_to_what_is_around_it(tmp_path):
    (tmp_path / "real" / "course" / "source").mkdir(parents=True)
    (tmp_path / "link").symlink_to("real")
    tmp_path.chmod(0o755)
    with Sandbox(Limits(), readable=[tmp_path / "link"], hidden=[tmp_path / "real" / "course"], preload=[]) as own:
        assert run(own, f"import os\nprint(os.listdir('{tmp_path}/link/course'))") == "[]"


def test_a_single_file_can_be_made_readable(tmp_path):
    file = tmp_path / "data.txt"
    file.write_text("42")
    with Sandbox(Limits(), readable=[file], preload=[]) as own:
        assert run(own, f"import os\nprint(open('{file}').read(), os.listdir('{tmp_path}'))") == "42 ['data.txt']"


def test_a_readable_folder_inside_a_hidden_one_can_be_read(tmp_path):
    data = tmp_path / "course" / "data"
    data.mkdir(parents=True)
    tmp_path.chmod(0o755)
    (data / "a.txt").write_text("7")
    with Sandbox(Limits(), readable=[tmp_path, data], hidden=[data.parent], preload=[]) as own:
        assert run(own, f"print(open('{data}/a.txt').read())") == "7"


@pytest.mark.parametrize("place", ["os.environ", "open('/proc/self/environ').read()", "open('/proc/1/environ').read()"])
def test_the_instructors_environment_cannot_be_seen(place):
    os.environ["AUTOGRADER_TEST_SECRET"] = SECRET
    seen = run(warm(), f"import os\nprint({place})")
    assert "HOME" in seen
    assert "AUTOGRADER_TEST_SECRET" not in seen
    assert SECRET not in seen


def test_no_process_but_its_own_can_be_seen():
    seen = run(warm(), "import os\nprint([int(p) for p in os.listdir('/proc') if p.isdigit()], os.getpid())")
    assert seen == "[1] 1"


def test_this_machines_name_and_its_users_cannot_be_seen():
    seen = run(warm(), "import pwd, socket\nprint(socket.gethostname(), [p.pw_name for p in pwd.getpwall()])")
    assert seen == "notebook ['student']"


def test_no_thread_has_a_capability():
    source = """import glob
lines = {line for path in glob.glob("/proc/self/task/*/status") for line in open(path) if line.startswith("Cap")}
print({int(line.split()[1], 16) for line in lines})"""
    assert run(warm(), source) == "{0}"


def test_a_program_cannot_gain_rights_from_its_file():
    source = "print([line.split() for line in open('/proc/self/status') if line.startswith('NoNewPrivs')])"
    assert run(warm(), source) == "[['NoNewPrivs:', '1']]"


@as_root
def test_every_notebook_has_a_user_id_of_its_own():
    seen = [run(warm(), "import os\nprint(os.getresuid(), os.getresgid(), os.getgroups())") for _ in range(2)]
    assert "(0," not in seen[0]
    assert seen[0].startswith(f"({eval(seen[0].split(')')[0][1:])[0]}")
    assert seen[0] != seen[1]


@pytest.mark.parametrize(
    "call",
    [
        "libc.unshare(0x10000000)",
        "libc.syscall(56, 0x10000000 | 17, 0, 0, 0, 0)",
        "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        "libc.syscall(319, b'hoard', 0)",
        "libc.shmget(0, 1 << 20, 0o1600)",
        "libc.syscall(248, b'user', b'note', b'for the next student', 20, -4)",
        "libc.ptrace(0, 0, 0, 0)",
        "libc.syscall(425, 8, ctypes.create_string_buffer(120))",
    ],
    ids=["unshare", "clone with a namespace", "mount", "memfd", "shared memory", "keyring", "ptrace", "io_uring"],
)
@pytest.mark.skipif(sys.platform != "linux" or os.uname().machine != "x86_64", reason="numbers of x86-64")
def test_a_system_call_that_reaches_past_the_limits_is_refused(call):
    source = f"""import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
print({call}, os.strerror(ctypes.get_errno()))"""
    assert run(warm(), source) == "-1 Operation not permitted"


EVERY_FOLDER = """
import os
def writable():
    for folder, inner, _ in os.walk("/"):
        inner[:] = [name for name in inner if os.path.join(folder, name) != "/proc"]
        name = os.path.join(folder, "note-for-the-next-student")
        try:
            with open(name, "w") as note:
                note.write("the answer is c")
        except OSError:
            if folder.count("/") > 3:
                inner.clear()  # the system's folders: nothing below one of them is another file system
            continue
        yield folder
"""


def test_nothing_that_was_written_anywhere_survives():
    places = eval(run(warm(), EVERY_FOLDER, "print(list(writable()))"))
    assert {"/home/student", "/home/student/work", "/tmp", "/dev/shm"} <= set(places)
    search = f"import os\nprint([p for p in {places} if os.path.exists(p + '/note-for-the-next-student')])"
    assert run(warm(), search) == "[]"


def test_two_kernels_at_the_same_time_do_not_see_each_other():
    serve = """import socket
server = socket.create_server(("127.0.0.1", 5050))
abstract = socket.socket(socket.AF_UNIX); abstract.bind("\\0meet"); abstract.listen()
for folder in ("/tmp", "/dev/shm", "/home/student"):
    open(folder + "/note", "w").write("answer")
print("ready")"""
    look = f"""{TRY}
import socket
print(attempt(socket.create_connection, ("127.0.0.1", 5050)), attempt(socket.socket(socket.AF_UNIX).connect, "\\0meet"),
      [f for f in ("/tmp", "/dev/shm", "/home/student") if os.path.exists(f + "/note")],
      [p for p in os.listdir("/proc") if p.isdigit()])"""
    with warm_kernel(warm(), files={}, seed=1) as one, warm_kernel(warm(), files={}, seed=2) as other:
        assert text(execute(one, serve)[0]) == "ready"
        assert text(execute(other, look)[0]) == "ConnectionRefusedError ConnectionRefusedError [] ['1']"


def test_a_kernel_holds_nothing_of_a_kernel_that_was_there_before():
    with warm_kernel(warm(), files={}, seed=1) as one, warm_kernel(warm(), files={}, seed=2) as other:
        execute(one, "1")
        execute(other, "1")
        one.kill()
        one.session.settimeout(5)
        assert one.session.recv(1) == b""  # a copy of its end in the other kernel would keep it open


def test_a_kernel_has_no_socket_on_which_the_nursery_takes_orders():
    source = """import os, socket
kinds = []
for name in os.listdir("/proc/self/fd"):
    try:
        kinds.append(socket.socket(fileno=os.dup(int(name))).type)
    except OSError:
        continue
print(kinds.count(socket.SOCK_SEQPACKET), kinds.count(socket.SOCK_STREAM) > 4)"""
    with warm_kernel(warm(), files={}, seed=1):
        assert run(warm(), source) == "0 True"


def test_files_are_in_the_work_folder_and_belong_to_the_student():
    files = {"data/numbers.csv": b"1,2\n", "helper.py": REPOSITORY / "autograder" / "__init__.py"}
    source = "import os\nprint(open('data/numbers.csv').read(), open('helper.py').read(7), os.access('data', os.W_OK))"
    assert run(warm(), source, files=files) == '1,2\n """The  True'


@pytest.mark.parametrize("name", ["/etc/passwd", "../escape", "a/../../b", "", "a//b", "nul\0"])
def test_a_file_with_an_unusable_name_is_refused(name):
    with pytest.raises(ValueError, match="not the name of a file"):
        warm().launch({name: b""}, seed=1)


def test_files_that_are_too_large_together_are_refused():
    with pytest.raises(ValueError, match="24 MiB are allowed"):
        warm(TIGHT).launch({"a": bytes(13 << 20), "b": bytes(13 << 20)}, seed=1)


def test_a_server_process_started_in_the_background_ends_with_its_notebook():
    marker = f"leftover{os.getpid()}"
    sources = [
        f"import subprocess\nkept = subprocess.Popen(['sh', '-c', 'sleep 1000; : {marker}'])",
        f"import os\nos.system(\"nohup setsid sh -c 'sleep 1000; : {marker}' >/dev/null 2>&1 &\")",
        f"""import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sh", ["sh", "-c", "sleep 1000; : {marker}"])
    os._exit(0)""",
    ]
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        execute(kernel, *sources)
        assert eventually(lambda: len(processes_with(marker)) == 3)
        kernel.kill()
        assert processes_with(marker) == []
