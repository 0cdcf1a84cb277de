"""The Linux system calls that Python has no function for (3.10), and the filter on those that student code may make.

The filter is there because read-only mounts and dropped capabilities leave four ways open: a user namespace of one's
own (with mounts of any size, and most of what is needed to attack the system's kernel), memory that belongs to no file
and no process (memfd, System V shared memory), keyrings (which outlive a process: a note for the next student), and
kinds of sockets that know no network namespace (vsock reaches the host of a virtual machine).
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import platform
import socket
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
ANY_NAMESPACE = 0x7E020000

MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_RDONLY = 2, 4, 8, 32, 1
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_CAPBSET_DROP = 1, 4, 22, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Leave the namespaces in `flags` for new ones; raises OSError."""
    _checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(fd: int, flags: int) -> None:
    """Join the namespace behind `fd`; raises OSError."""
    _checked(_libc.setns(ctypes.c_int(fd), ctypes.c_int(flags)), "setns")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2); raises OSError, which names the target."""
    arguments = (text.encode() or None for text in (source, target, kind))
    result = _libc.mount(*arguments, ctypes.c_ulong(flags), options.encode() or None)
    _checked(result, f"mount {target}")


def detach(target: str) -> None:
    """Take the mount away from `target`, though others may still use what was bound from it; raises OSError."""
    _checked(_libc.umount2(target.encode(), ctypes.c_int(MNT_DETACH)), f"umount {target}")


def _prctl(option: int, argument: int, what: str) -> None:
    zero = ctypes.c_ulong(0)
    _checked(_libc.prctl(ctypes.c_int(option), ctypes.c_ulong(argument), zero, zero, zero), what)


def die_with_parent(signal: int) -> None:
    """Have the kernel send `signal` to this process when the thread that made it ends."""
    _prctl(_PR_SET_PDEATHSIG, signal, "PR_SET_PDEATHSIG")


def become_subreaper() -> None:
    """Orphans below this process become its children."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, "PR_SET_CHILD_SUBREAPER")


def no_new_privileges() -> None:
    """No program started from here on gains rights from its file (setuid, capabilities)."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1, "PR_SET_NO_NEW_PRIVS")


def own_proc_files() -> None:
    """Let this process open its own files in /proc again, as it could before it changed its user."""
    _prctl(_PR_SET_DUMPABLE, 1, "PR_SET_DUMPABLE")


def drop_bounding_set() -> None:
    """No program started from here on can have a capability. Needs CAP_SETPCAP."""
    for capability in range(64):
        try:
            _prctl(_PR_CAPBSET_DROP, capability, "PR_CAPBSET_DROP")
        except OSError as error:
            if error.errno == errno.EINVAL:  # the first number that this kernel does not know
                return
            raise


def drop_capabilities() -> None:
    """Empty this thread's permitted, effective, inheritable and, with them, ambient capabilities; raises OSError."""
    header = struct.pack("=Ii", 0x20080522, 0)
    _checked(_libc.capset(header, b"\0" * 24), "capset")


def collapse(start: int, size: int) -> None:
    """Ask for large pages behind these addresses now. Where the system will not or cannot, nothing changes."""
    _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(size), ctypes.c_int(25))  # MADV_COLLAPSE, Linux 6.1


def loopback_up() -> None:
    """Switch on the loopback interface of a new network namespace; raises OSError."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sh14x", b"lo", 0x41))


class _Machine:
    """Numbers of one processor architecture: /usr/include/asm/unistd.h and linux/audit.h."""

    def __init__(self, audit: int, numbers: str) -> None:
        self.audit = audit
        self.number = {name: int(value) for name, value in (entry.split("=") for entry in numbers.split())}


_SAME_EVERYWHERE = (
    " open_tree=428 move_mount=429 fsopen=430 fsconfig=431 fsmount=432 fspick=433 mount_setattr=442"
    " io_uring_setup=425 io_uring_enter=426 io_uring_register=427 clone3=435 memfd_secret=447"
)
_MACHINES = {
    "x86_64": _Machine(
        0xC000003E,
        "shmget=29 socket=41 clone=56 semget=64 msgget=68 ptrace=101 pivot_root=155 chroot=161 mount=165 umount2=166"
        " mq_open=240 add_key=248 request_key=249 keyctl=250 unshare=272 perf_event_open=298 fanotify_init=300"
        " open_by_handle_at=304 setns=308 memfd_create=319 bpf=321 userfaultfd=323" + _SAME_EVERYWHERE,
    ),
    "aarch64": _Machine(
        0xC00000B7,
        "shmget=194 socket=198 clone=220 semget=190 msgget=186 ptrace=117 pivot_root=41 chroot=51 mount=40 umount2=39"
        " mq_open=180 add_key=217 request_key=218 keyctl=219 unshare=97 perf_event_open=241 fanotify_init=262"
        " open_by_handle_at=265 setns=268 memfd_create=279 bpf=280 userfaultfd=282" + _SAME_EVERYWHERE,
    ),
}

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_AT_NUMBER, _AT_ARCHITECTURE, _AT_FIRST_ARGUMENT = 0, 4, 16
_SOCKETS = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, 16)  # 16: netlink, by which the C library lists interfaces


def filter_known() -> bool:
    """Is this an architecture for which there is a filter?"""
    return platform.machine() in _MACHINES


def _program(machine: _Machine) -> bytes:
    """The filter as a BPF program: struct sock_filter after struct sock_filter."""

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    def refuse(number: int) -> bytes:
        return step(_RETURN, _ERRNO | number)

    numbers = dict(machine.number)
    clone, clone3, make_socket = (numbers.pop(name) for name in ("clone", "clone3", "socket"))
    program = [
        step(_LOAD, _AT_ARCHITECTURE),
        step(_EQUAL, machine.audit, 1, 0),
        step(_RETURN, _KILL),
        step(_LOAD, _AT_NUMBER),
        step(_AT_LEAST, 0x40000000, 0, 1),  # the other numbering (x32) of the same calls
        refuse(errno.ENOSYS),
        # The flags of clone3 lie in memory, where no filter can look; the C library then uses clone.
        step(_EQUAL, clone3, 0, 1),
        refuse(errno.ENOSYS),
    ]
    for number in sorted(numbers.values()):
        program += [step(_EQUAL, number, 0, 1), refuse(errno.EPERM)]
    program += [
        step(_EQUAL, clone, 0, 4),
        step(_LOAD, _AT_FIRST_ARGUMENT),
        step(_ANY_BIT, ANY_NAMESPACE, 0, 1),
        refuse(errno.EPERM),
        step(_RETURN, _ALLOW),
        step(_EQUAL, make_socket, 1, 0),
        step(_RETURN, _ALLOW),
        step(_LOAD, _AT_FIRST_ARGUMENT),
    ]
    for family in _SOCKETS:
        program += [step(_EQUAL, family, 0, 1), step(_RETURN, _ALLOW)]
    return b"".join([*program, refuse(errno.EAFNOSUPPORT)])


def install_filter() -> None:
    """Refuse the calls above to this thread and all that it starts. Needs `no_new_privileges`; raises OSError."""
    program = _program(_MACHINES[platform.machine()])
    instructions = ctypes.create_string_buffer(program, len(program))
    fprog = struct.pack("@HP", len(program) // 8, ctypes.addressof(instructions))
    address = ctypes.create_string_buffer(fprog, len(fprog))
    zero = ctypes.c_ulong(0)
    result = _libc.prctl(
        ctypes.c_int(_PR_SET_SECCOMP), ctypes.c_ulong(2), ctypes.c_ulong(ctypes.addressof(address)), zero, zero
    )
    _checked(result, "PR_SET_SECCOMP")
