#!/usr/bin/env python3
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares modelled with published latencies of the MLPerf Tiny networks.

    check_latency_model.py SPECIFICATIONS RESULTS.csv WORK
"""

import csv
import json
import os
import subprocess
import sys

NETWORKS = {"ic": "resnet8", "kws": "ds_cnn", "vww": "mobilenet_v1_025",
            "ad": "autoencoder"}
# Device, its file and clock; the submission with its round, variant and clock;
# tolerance.
DEVICES = [
    ("h743", "stm32h743zi", 480e6,
     ("NUCLEO-H7A3ZI-Q_X-CUBE-AI-8.0", "v1.1", ""), 280e6, 0.10),
    ("l4r5", "stm32l4r5zi", 120e6,
     ("microtvm_cmsis_nn", "v1.0", "NUCLEO_L4R5ZI"), 120e6, 0.04),
]


def main():
    folder, results, work = sys.argv[1:]
    with open(results, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    os.makedirs(work, exist_ok=True)
    failed = compared = 0
    for device, source, clock, submission, published_clock, tolerance in DEVICES:
        for benchmark, name in NETWORKS.items():
            with open(os.path.join(folder, name + ".nas"), encoding="utf-8") as file:
                text = file.read()
            # The same network, deployed on this device.
            text = text[:text.index("deploy {")]
            text = text.replace("stm32h743zi", source)
            text += f"deploy {{ {device} {{ precision = int8; emit = [cost]; }} }}\n"
            path = os.path.join(work, f"{name}_{device}.nas")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            output = subprocess.run(["nasc", path, "--emit=cost", "--json"],
                                    stdout=subprocess.PIPE, check=True).stdout
            modelled = json.loads(output)["totals"]["latency"][device] * clock
            published = [float(row["latency_ms"]) * 1e-3 * published_clock
                         for row in rows
                         if row["benchmark"] == benchmark
                         and (row["system"], row["round"], row["variant"])
                         == submission]
            error = modelled / published[0] - 1
            compared += 1
            verdict = "ok"
            if abs(error) > tolerance:
                failed += 1
                verdict = "FAILED"
            print(f"{verdict} {device} {name}: {modelled / 1e6:.3f} million cycles, "
                  f"{error:+.1%}")
    print(f"{compared} latencies compared, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
