"""A Celery worker under measurement: prefork, acks after the task, no results, none of what workers tell each other.

Its pool processes write laps as the stopwatch of the others does (message-counter.ts). The clock is the same; the processor time
is that of all processes together, and "main" is the parent, which holds the connection.
"""

import ctypes
import hashlib
import json
import os
import signal
import sys
import time

from celery import Celery
from celery.signals import worker_process_init
from kombu import Exchange, Queue

plan = json.loads(os.environ["BENCHMARK_PLAN"])
concurrency = int(sys.argv[1])
BLOCK = b"x" * (64 * 1024)
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PR_SET_PDEATHSIG = 1

app = Celery("benchmark", broker=plan["url"])
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    # Declared by the harness: a queue that is not bound is reached by the default exchange.
    task_queues=[Queue(plan["queue"], Exchange(""), routing_key=plan["queue"], no_declare=True)],
    task_default_queue=plan["queue"],
    worker_prefetch_multiplier=max(1, plan["prefetch"] // concurrency),
    worker_enable_remote_control=False,
    worker_send_task_events=False,
)


class Stopwatch:
    """Of one pool process."""

    def __init__(self):
        self.parent = os.getppid()
        self.left = plan["lapEvery"]
        name = f"{os.getpid()}-0.laps"
        self.file = os.open(os.path.join(plan["lapFolder"], name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def lap(self):
        self.left -= 1
        if self.left > 0:
            return
        self.left = plan["lapEvery"]
        main = cpu_microseconds(self.parent)
        with open(f"/proc/{self.parent}/task/{self.parent}/children") as children:
            pool = sum(cpu_microseconds(pid) for pid in children.read().split())
        lap = {
            "atMs": time.monotonic_ns() / 1e6,
            "cpuMicroseconds": main + pool,
            "mainCpuMicroseconds": main,
        }
        os.write(self.file, (json.dumps(lap) + "\n").encode())


def cpu_microseconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000 / TICKS_PER_SECOND


stopwatch = None


@worker_process_init.connect
def begin(**_):
    global stopwatch
    # The harness may end the parent by SIGKILL: its pool is not to stay behind.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    stopwatch = Stopwatch()


@app.task(name="acks")
def acks(_text):
    stopwatch.lap()


@app.task(name="hashes")
def hashes(_text):
    stopwatch.lap()
    for _ in range(plan["hashRounds"]):
        hashlib.sha256(BLOCK).digest()


if __name__ == "__main__":
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR"]
    app.worker_main(["worker", "--pool=prefork", f"--concurrency={concurrency}", *quiet])
