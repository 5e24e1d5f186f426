"""``python -m hub.exports.worker``: one job from standard input, one answer to standard output, then the end."""

import contextlib
import resource
import sys
from typing import Final

import msgspec

from hub.exports.messages import Answer, Job, PrintJob

MEMORY_BYTES: Final = 2 * 1024 * 1024 * 1024
CPU_SECONDS: Final = 60
FILE_BYTES: Final = 100 * 1024 * 1024


def confine() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
    ):
        with contextlib.suppress(ValueError, OSError):  # macOS knows some of them by name only
            resource.setrlimit(what, (most, most))


def work(job: Job) -> Answer:
    if isinstance(job, PrintJob):
        if job.format == "pdf":
            from hub.exports.pdf import to_pdf

            return to_pdf(job)
        from hub.exports.word_out import to_word

        return to_word(job)
    from hub.exports.word_in import read_word

    return read_word(job.content)


def main() -> None:
    confine()
    job: Job = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Job)
    sys.stdout.buffer.write(msgspec.msgpack.encode(work(job)))
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
