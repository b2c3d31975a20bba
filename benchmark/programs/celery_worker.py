"""A measured Celery worker: prefork, acks after the task, no results, no gossip between workers.

Its pool processes write the samples that message-counter.ts writes elsewhere, by the same clock. The processor time is that
of all processes together; "main" is the parent, which holds the connection.
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
    # The harness has declared the queue; the default exchange reaches it without a binding.
    task_queues=[Queue(plan["queue"], Exchange(""), routing_key=plan["queue"], no_declare=True)],
    task_default_queue=plan["queue"],
    worker_prefetch_multiplier=max(1, plan["prefetch"] // concurrency),
    worker_enable_remote_control=False,
    worker_send_task_events=False,
)


class MessageCounter:
    """One for each pool process."""

    def __init__(self):
        self.parent = os.getppid()
        self.left = plan["sampleEvery"]
        name = f"{os.getpid()}-0.samples"
        self.file = os.open(os.path.join(plan["sampleFolder"], name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def count(self):
        self.left -= 1
        if self.left > 0:
            return
        self.left = plan["sampleEvery"]
        main = cpu_microseconds(self.parent)
        with open(f"/proc/{self.parent}/task/{self.parent}/children") as children:
            pool = sum(cpu_microseconds(pid) for pid in children.read().split())
        sample = {
            "atMs": time.monotonic_ns() / 1e6,
            "cpuMicroseconds": main + pool,
            "mainCpuMicroseconds": main,
        }
        os.write(self.file, (json.dumps(sample) + "\n").encode())


def cpu_microseconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1_000_000 / TICKS_PER_SECOND


counter = None


@worker_process_init.connect
def begin(**_):
    global counter
    # The harness may kill the parent; its pool must not outlive it.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    counter = MessageCounter()


@app.task(name="acks")
def acks(_text):
    counter.count()


@app.task(name="hashes")
def hashes(_text):
    counter.count()
    for _ in range(plan["hashRounds"]):
        hashlib.sha256(BLOCK).digest()


if __name__ == "__main__":
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel=ERROR"]
    app.worker_main(["worker", "--pool=prefork", f"--concurrency={concurrency}", *quiet])
