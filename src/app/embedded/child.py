"""Stands between the supervisor and one service, so that the service never outlives the supervisor.

Run as `python child.py GRACE_SECONDS PROGRAM ARGUMENT…`, as the leader of a process group, with standard input a pipe
that only the supervisor holds open. The pipe's end means that the supervisor stops the service or has died, however it
died: the service is then asked to end, and after the grace period the whole group is killed, this process with it.
A pipe does this on every system, and a group also holds what the service itself starts.
"""

import os
import select
import signal
import subprocess
import sys
import threading

_SUPERVISOR = 0
_CANNOT_RUN = 127


def main(grace_seconds: float, argv: list[str]) -> int:
    """Exit code of the service, 128 + n when signal n ended it."""
    try:
        service = subprocess.Popen(argv, stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.stderr.write(f"cannot run {argv[0]}: {error.strerror}\n")
        return _CANNOT_RUN
    threading.Thread(target=_end_with_supervisor, args=(service, grace_seconds), daemon=True).start()
    code = service.wait()
    if _supervisor_gone(wait_seconds=0):
        _kill_group()
    return code if code >= 0 else 128 - code


def _end_with_supervisor(service: subprocess.Popen[bytes], grace_seconds: float) -> None:
    _supervisor_gone(wait_seconds=None)
    service.terminate()
    try:
        service.wait(grace_seconds)
    finally:
        _kill_group()


def _supervisor_gone(wait_seconds: float | None) -> bool:
    # Nothing is ever written into the pipe: readable means ended.
    readable, _, _ = select.select([_SUPERVISOR], [], [], wait_seconds)
    return bool(readable)


def _kill_group() -> None:
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
