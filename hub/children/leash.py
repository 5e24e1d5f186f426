"""Becomes another program that ends when its parent does: ``python -I -S leash.py SIGNAL PARENT UID GID -- PROGRAM …``.

The kernel sends SIGNAL when the *thread* that started us ends, so a hub killed with SIGKILL leaves nothing behind. A
step of its own between fork and exec does this without ``preexec_fn``, which is unsafe in a process with threads. The
user is changed first: changing it clears the death signal. Imports nothing of ours: it runs as a file, isolated.
"""

import ctypes
import os
import sys

_SET_PARENT_DEATH_SIGNAL = 1


def main(arguments: list[str]) -> None:
    signal_number, parent, uid, gid = (int(word) for word in arguments[:4])
    program = arguments[5:]
    libc = ctypes.CDLL(None)  # before the change of user: this Python may live where the other user cannot go
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    os.umask(0o077)
    if sys.platform == "linux":
        libc.prctl(_SET_PARENT_DEATH_SIGNAL, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it died before we asked for the signal
        sys.exit(1)
    os.execv(program[0], program)


main(sys.argv[1:])
