# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks that every diagnostic is provoked by a test: check_codes.py ROOT

A code counts as provoked where a test names it, or the enumerator that has its
number in an error type of the runtime. Codes that no test provokes
yet are listed here; one that a test provokes has to leave the list.
"""

import os
import re
import sys

# What no test can bring about: code that takes more memory than its proof says,
# or more instructions than a limit allows (both would be faults of nasc), a
# network that ONNX refuses or that has more than 2 GiB, and a space in which
# drawing finds nothing although something fits.
NOT_PROVOKED = """
NAS6066 NAS6068 NAS7023 NAS7024 NAS4017
""".split()

# `FileEmpty = Diag::NAS4002;`
NAMED = re.compile(r"Diag (\w+) = Diag::(NAS\d{4});")
DIAGNOSTIC = re.compile(r"^DIAGNOSTIC\((NAS\d+),", re.MULTILINE)


def read(path):
    with open(path, errors="replace") as file:
        return file.read()


def main(root):
    catalogue = os.path.join(root, "dialects", "diagnostics")
    codes = []
    for name in sorted(os.listdir(catalogue)):
        if name.endswith(".def"):
            codes += DIAGNOSTIC.findall(read(os.path.join(catalogue, name)))
    enumerators = {}
    for folder, _, files in os.walk(os.path.join(root, "runtime")):
        for name in files:
            if name.endswith("Error.h"):
                for word, code in NAMED.findall(
                        read(os.path.join(folder, name))):
                    enumerators[word] = code
    named = set()
    own = os.path.abspath(__file__)
    for folder, _, files in os.walk(os.path.join(root, "test")):
        for name in files:
            path = os.path.join(folder, name)
            if os.path.abspath(path) != own and not name.endswith(".pyc"):
                text = read(path)
                named.update(re.findall(r"NAS\d{4}", text))
                named.update(enumerators[word] for word in
                             re.findall(r"ErrorCode::(\w+)", text)
                             if word in enumerators)
    problems = ["no test provokes %s" % code for code in codes
                if code not in named and code not in NOT_PROVOKED]
    problems += ["a test provokes %s: take it off the list" % code
                 for code in NOT_PROVOKED if code in named]
    problems += ["%s is listed, but is no code" % code
                 for code in NOT_PROVOKED if code not in codes]
    problems += ["%s is defined twice" % code for code in set(codes)
                 if codes.count(code) > 1]
    # NAS9999 stands for a code that there is not.
    problems += ["tests name %s, which is no code" % code
                 for code in sorted(named - set(codes) - {"NAS9999"})]
    for problem in problems:
        print(problem)
    if not problems:
        print("%d codes, %d of them not provoked"
              % (len(codes), len(NOT_PROVOKED)))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
