# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the format of all C++: check_format.py CLANG_FORMAT ROOT"""

import os
import subprocess
import sys

FOLDERS = ["dialects", "frontend", "passes", "runtime", "test", "tools"]


def main(clang_format, root):
    files = []
    for top in FOLDERS:
        for folder, _, names in os.walk(os.path.join(root, top)):
            files += [os.path.join(folder, name) for name in names
                      if name.endswith((".cpp", ".h"))]
    result = subprocess.run([clang_format, "--dry-run", *sorted(files)],
                            stderr=subprocess.PIPE, text=True, check=True)
    wrong = sorted({line.split(":")[0] for line in result.stderr.splitlines()
                    if "-Wclang-format-violations" in line})
    for path in wrong:
        print("not formatted: " + os.path.relpath(path, root))
    print("%d files, %d of them not formatted" % (len(files), len(wrong)))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
