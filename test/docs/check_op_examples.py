#!/usr/bin/env python3
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that the examples in the descriptions of operations are tested.

    check_op_examples.py OPS.td... -- TESTS.mlir...

Most examples are fragments that use values from elsewhere. Each has to occur in
one of the tests, which define those values; the tests are parsed by nas-opt.
White space is not compared.
"""

import re
import sys

EXAMPLE = re.compile(r"```mlir\n(.*?)```", re.DOTALL)
OPERATION = re.compile(r"^def (\w+)\s*:", re.MULTILINE)


def squeeze(text):
    return " ".join(text.split())


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    split = sys.argv.index("--")
    tests = squeeze("\n".join(read(path) for path in sys.argv[split + 1:]))
    count = missing = 0
    for path in sys.argv[1:split]:
        text = read(path)
        for match in EXAMPLE.finditer(text):
            count += 1
            if squeeze(match.group(1)) in tests:
                continue
            missing += 1
            owner = [m.group(1) for m in OPERATION.finditer(text)
                     if m.start() < match.start()]
            print(f"NOT TESTED: the example of {owner[-1] if owner else path} "
                  f"in {path}:\n{match.group(1)}")
    print(f"{count} examples, {missing} not tested")
    return 1 if missing or not count else 0


if __name__ == "__main__":
    sys.exit(main())
