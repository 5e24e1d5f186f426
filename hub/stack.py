"""Room for what the documents' engine does by recursion.

It takes out a branch of a text by recursion: 60,000 elements inside one another, half a megabyte of a hostile writer's
text, overran the usual 8 MiB when the outermost was deleted, and that ends the process.
"""

import resource
from typing import Final

STACK_BYTES: Final = 120 * 1024 * 1024
"""Linux keeps 128 MiB of addresses free below a program's first stack; memory is taken only where it is used."""


def deepen_stack() -> None:
    """For the main thread, which is where documents are edited."""
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    wanted = STACK_BYTES if hard == resource.RLIM_INFINITY else min(STACK_BYTES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_STACK, (wanted, hard))
