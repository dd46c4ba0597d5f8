#!/usr/bin/env python3
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Times the trainings of a search on an idle and on a busy machine.

    training_threads_benchmark.py NASC SPEC [--evaluations 24] [--threads 2]

The first stage of SPEC (docs/examples/fashion_mnist.nas) is run with so many
evaluations: one candidate after the other with one thread, and with the default
of `--threads` at once; both alone, and beside processes that keep one core busy.
Printed are seconds, their ratios, and whether all runs chose the same weights.
Compare ratios: times of one machine differ from run to run.
"""

import argparse
import hashlib
import pathlib
import re
import subprocess
import sys
import tempfile
import time


def shortened(text, evaluations):
    """The specification with one network kept and trained for one epoch."""
    for pattern, replacement in [
        (r"evaluations = \d+", f"evaluations = {evaluations}"),
        (r"population = \d+", f"population = {evaluations // 2}"),
        (r"keep = \d+", "keep = 1"),
        (r"epochs = \d+", "epochs = 1"),
    ]:
        text, count = re.subn(pattern, replacement, text)
        if not count:
            sys.exit(f"the specification has no '{pattern}'")
    return text


def run(nasc, spec, output, threads):
    """Seconds of the stage 'evolve', from its first line to its last, and the
    weights."""
    process = subprocess.Popen(
        [nasc, spec, "-o", output, f"--threads={threads}"],
        stderr=subprocess.PIPE,
        text=True,
    )
    moments, lines = [], []
    for line in process.stderr:
        lines.append(line)
        if line.startswith("evolve: "):
            moments.append(time.monotonic())
    if process.wait():
        sys.exit("".join(lines))
    weights = pathlib.Path(output, "winner1", "weights.safetensors").read_bytes()
    return moments[-1] - moments[0], hashlib.sha256(weights).hexdigest()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("nasc")
    parser.add_argument("spec")
    parser.add_argument("--evaluations", type=int, default=24)
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    seconds, weights = {}, set()
    with tempfile.TemporaryDirectory() as folder:
        spec = pathlib.Path(folder, "spec.nas")
        text = pathlib.Path(options.spec).read_text(encoding="utf-8")
        spec.write_text(shortened(text, options.evaluations), encoding="utf-8")
        for busy in (False, True):
            other = (
                subprocess.Popen([sys.executable, "-c", "while True: pass"])
                if busy
                else None
            )
            try:
                for threads in (1, options.threads):
                    output = pathlib.Path(folder, f"{busy}{threads}")
                    key = (busy, threads)
                    seconds[key], found = run(options.nasc, spec, output, threads)
                    weights.add(found)
                    print(
                        f"{'busy' if busy else 'idle'}, {threads} at once: "
                        f"{seconds[key]:.1f} s",
                        flush=True,
                    )
            finally:
                if other:
                    other.kill()
                    other.wait()
    for busy in (False, True):
        ratio = seconds[(busy, 1)] / seconds[(busy, options.threads)]
        print(f"{'busy' if busy else 'idle'}: {ratio:.2f} times as fast")
    print("same weights" if len(weights) == 1 else "the weights differ")


if __name__ == "__main__":
    main()
