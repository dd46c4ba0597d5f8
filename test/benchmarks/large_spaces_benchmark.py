#!/usr/bin/env python3
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counts large spaces exactly, and checks the counts in another way.

    test/benchmarks/large_spaces_benchmark.py build/bin/nasc

Each row has the time and the peak memory of `nasc SPEC --emit=pruned`, which
counts and finds the share of each value. NumPy is needed for the checks:

  fbnet   22 layers with one of 9 operations (9^22), one limit on a latency
          table in microseconds or nanoseconds. Checked by two arrays, of the
          sums of 11 layers each.
  ofa     the space of Once-for-all with the resolution as a choice (5.4e20),
          one limit on the multiply-accumulates. Checked resolution by
          resolution, by sorted sums of the stages.
  mobile  docs/examples/mobilenet_v3_like.nas with a limit that depends on a
          choice, and with a disjunction of two sums.
"""

import os
import random
import subprocess
import sys
import tempfile
import time

import numpy as np

RESOLUTIONS = range(128, 225, 4)
WIDTHS = [24, 40, 80, 112, 160]
STRIDES = [4, 8, 16, 16, 32]


def latency_table(scale):
    numbers = random.Random(7)
    table = []
    for _ in range(22):
        base = numbers.uniform(200000, 900000)
        table.append([int(base * factor * numbers.uniform(0.8, 1.2) / scale)
                      for factor in (0.5, 0.6, 1.1, 2, 0.6, 0.7, 1.4, 2.6)] +
                     [0])
    return table


def bound_of(table, share):
    return int(share * sum(max(row) for row in table))


def write_fbnet(path, table, bound):
    lines = ["space fbnet {"]
    lines += ["  choice l%d in 0..8;" % i for i in range(22)]
    terms = ["(match l%d { %s })" % (i, ", ".join(
        "%d => %d" % item for item in enumerate(row)))
        for i, row in enumerate(table)]
    lines += ["}", "limits {", "  " + "\n  + ".join(terms) + " <= %d;" % bound,
              "}"]
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")


def counts_of(rows):
    """The number of combinations with each sum."""
    counts = np.ones(1, dtype=np.uint64)
    for row in rows:
        longer = np.zeros(len(counts) + max(row), dtype=np.uint64)
        for cost in row:
            longer[cost:cost + len(counts)] += counts
        counts = longer
    return counts


def count_fbnet(table, bound):
    first, second = counts_of(table[:11]), np.cumsum(counts_of(table[11:]))
    first = first[:bound + 1]
    # How many of the second half fit beside each sum of the first.
    index = np.minimum(bound - np.arange(len(first)), len(second) - 1)
    beside = second[index]
    total = 0
    # Products of 35 bits each, in parts that 64 bits hold.
    for shift, part in ((0, beside & np.uint64(0xfffff)),
                        (20, beside >> np.uint64(20))):
        products = first * part
        products.resize((len(products) + 127) // 128 * 128)
        total += sum(products.reshape(-1, 128).sum(axis=1).tolist()) << shift
    return total


def write_ofa(path, bound):
    lines = ["space ofa {", "  choice r in 128..224 step 4;"]
    terms = []
    for stage, (width, stride) in enumerate(zip(WIDTHS, STRIDES)):
        lines.append("  choice d%d in {2, 3, 4};" % stage)
        lines.append("  repeat i in 1..d%d { choice k%d in {3, 5, 7};" %
                     (stage, stage))
        lines.append("    choice e%d in {3, 4, 6}; }" % stage)
        terms.append("sum(i in 1..4: div(r, {1}) * div(r, {1}) * e{0}[i] * {2}"
                     " * ({3} + k{0}[i] * k{0}[i]))".format(
                         stage, stride, width, 2 * width))
    lines += ["}", "limits {", "  " + "\n  + ".join(terms) + " <= %d;" % bound,
              "}"]
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")


def joined(a, b):
    """Sums of pairs, each once, with the number of pairs that have it."""
    sums, places = np.unique(np.add.outer(a[0], b[0]).ravel(),
                             return_inverse=True)
    counts = np.zeros(len(sums), dtype=np.uint64)
    np.add.at(counts, places, np.multiply.outer(a[1], b[1]).ravel())
    return sums, counts


def count_ofa(bound):
    total = 0
    for resolution in RESOLUTIONS:
        stages = []
        for width, stride in zip(WIDTHS, STRIDES):
            side = resolution // stride
            layer = (np.array([side * side * e * width * (2 * width + k * k)
                               for k in (3, 5, 7) for e in (3, 4, 6)],
                              dtype=np.int64),
                     np.ones(9, dtype=np.uint64))
            depths = [joined(layer, layer)]
            for _ in range(2):
                depths.append(joined(depths[-1], layer))
            sums, places = np.unique(np.concatenate([d[0] for d in depths]),
                                     return_inverse=True)
            counts = np.zeros(len(sums), dtype=np.uint64)
            np.add.at(counts, places, np.concatenate([d[1] for d in depths]))
            stages.append((sums, counts))
        first = joined(stages[0], stages[1])
        second = joined(stages[2], stages[3])
        running = np.concatenate(([0], np.cumsum(second[1]))).astype(np.uint64)
        for cost, times in zip(*stages[4]):
            places = np.searchsorted(second[0], bound - cost - first[0],
                                     side="right")
            products = first[1] * running[places]
            products.resize((len(products) + 255) // 256 * 256)
            total += int(times) * sum(
                products.reshape(-1, 256).sum(axis=1).tolist())
    return total


def run(nasc, path):
    before = time.time()
    process = subprocess.Popen([nasc, path, "--emit=pruned"],
                               stdout=subprocess.PIPE, text=True)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit("%s: exit status %d" % (path, status))
    feasible = next(line.split(":", 1)[1].strip()
                    for line in output.splitlines() if "feasible:" in line)
    return feasible, time.time() - before, usage.ru_maxrss / 2**20


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    nasc = sys.argv[1]
    example = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                           "..", "docs", "examples", "mobilenet_v3_like.nas")
    checks = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "space.nas")

        def report(name, expected):
            feasible, seconds, gibibytes = run(nasc, path)
            print("%-20s %28s  %5.1f s  %4.2f GiB" %
                  (name, feasible, seconds, gibibytes), flush=True)
            checks.append((name, feasible.replace(",", ""), expected))

        for unit, scale in (("us", 1000), ("ns", 1)):
            table = latency_table(scale)
            bound = bound_of(table, 0.35)
            write_fbnet(path, table, bound)
            report("fbnet, " + unit,
                   lambda table=table, bound=bound: count_fbnet(table, bound))
        for bound in (100_000_000, 200_000_000, 400_000_000):
            write_ofa(path, bound)
            report("ofa, %d M" % (bound // 1000000),
                   lambda bound=bound: count_ofa(bound))
        with open(example) as file:
            text = file.read()
        begin = text.index("limits {") + len("limits {")
        end = text.index("}", begin)
        for name, limit in (
                ("mobile, condition", "if stage1.depth == 4 { macs <= "
                 "280_000_000; } else { macs <= 295_000_000; }"),
                ("mobile, disjunction",
                 "macs <= 280_000_000 or params <= 3_800_000;")):
            with open(path, "w") as file:
                file.write(text[:begin] + "\n" + limit + "\n" + text[end:])
            report(name, None)
    # Afterwards, as the memory of this process would count as a child's.
    wrong = [(name, found, count()) for name, found, count in checks if count
             and found != str(count())]
    for name, found, expected in wrong:
        print("%s: %s is WRONG, expected %d" % (name, found, expected))
    if not wrong:
        print("fbnet and ofa: as expected")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
