#!/usr/bin/env python3
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs `nasc --check` on every example and every file of the library.

    check_examples.py WORK SHARED_DATA FOLDER...

The folders are copied into WORK, so that the data that examples look for beside
themselves (`data/…`) can be put there as a link. An example whose data are not
on this machine is named and left out.
"""

import os
import re
import shutil
import subprocess
import sys

SOURCE = re.compile(r'=\s*(?:idx|cifar|cifar10|raw)\(\s*"([^"]*)"')


def missing_data(path):
    with open(path, encoding="utf-8") as file:
        sources = SOURCE.findall(file.read())
    folder = os.path.dirname(path)
    return [s for s in sources if not os.path.exists(os.path.join(folder, s))]


def main():
    work, shared_data, *folders = sys.argv[1:]
    shutil.rmtree(work, ignore_errors=True)
    failed = checked = 0
    for number, folder in enumerate(folders):
        root = os.path.join(work, str(number), os.path.basename(folder))
        shutil.copytree(folder, root, ignore=shutil.ignore_patterns("data"))
        if os.path.isdir(shared_data):
            os.symlink(shared_data, os.path.join(root, "data"))
        for directory, _, names in sorted(os.walk(root)):
            for name in sorted(names):
                path = os.path.join(directory, name)
                if not name.endswith(".nas"):
                    continue
                shown = os.path.relpath(path, os.path.dirname(root))
                missing = missing_data(path)
                if missing:
                    print(f"skipped {shown}: no {', '.join(missing)}")
                    continue
                checked += 1
                result = subprocess.run(["nasc", "--check", path],
                                        stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
                # Remarks and warnings are as little wanted in an example.
                if result.returncode != 0 or result.stdout.strip():
                    failed += 1
                    print(f"FAILED {shown} (exit code {result.returncode})")
                    print(result.stdout)
    print(f"checked {checked} files, {failed} failed")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
