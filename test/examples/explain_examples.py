#!/usr/bin/env python3
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes every example infeasible and tries what the explanation says.

    explain_examples.py [--all] WORK SHARED_DATA FOLDER

A limit with a metric or a product is divided by a thousand; an example without
one gets a limit on its parameters. Then
 * the exit code is 3, and the diagnostic names limits that contradict each other;
 * if one limit is named, without it something is feasible (larger sets are
   tested against brute force in test/unit/feasibility/ExplainTest.cpp);
 * with the number that is said to be needed something is feasible, written as
   the help writes it, exactly and rounded;
 * with the next smaller number nothing is.
With --all every limit of every example is tried, otherwise one of each example.
The time of the longest explanation is printed, not tested.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time

from check_examples import missing_data

LIMITS = re.compile(r"^limits \{\n(.*?)^\}\n", re.S | re.M)
# A limit on a line of its own that ends with `<= number unit;`.
BOUNDED = re.compile(r"^  (?!forall|count|sum|if|not)([^\n;/]*) <= ([0-9_.]+)"
                     r"( \w+)?;", re.M)
NEEDED = re.compile(r"at least ([0-9_.]+)(?: (\w+))?(?: \(([0-9_.]+ \w+)\))? "
                    r"would be needed, attained by (.*)$")


class Failure(Exception):
    pass


def run(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    begin = time.time()
    result = subprocess.run(
        ["nasc", path, "--emit=pruned", "--json", "--diagnostics=json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = [json.loads(line) for line in result.stderr.splitlines()
             if line.startswith("{")]
    return result.returncode, lines, time.time() - begin


def expect(path, text, code, what):
    found, lines, _ = run(path, text)
    if found != code:
        raise Failure(f"{what}: expected exit code {code}, found {found}: "
                      + "; ".join(line["message"] for line in lines))


def limits_of(text):
    found = LIMITS.search(text)
    return found.group(1) if found else ""


def without(text, statement):
    """The text without a limit, which may extend over lines."""
    words = r"\s+".join(re.escape(word) for word in statement.split())
    changed, count = re.subn(words + r"\s*;", "", text)
    if count != 1:
        raise Failure(f"the limit '{statement}' is not in the text")
    return changed


def check_variant(path, text, limit):
    """`text` has the limit, which nothing meets."""
    code, lines, seconds = run(path, text)
    errors = [line for line in lines if line["code"] == "NAS3001"]
    if code != 3 or len(errors) != 1:
        raise Failure(f"expected exit code 3 and one NAS3001, found {code}")
    error = errors[0]
    if "range" not in error:
        raise Failure("the error has no place")
    texts = [error["message"]] + [note["message"] for note in error["notes"]]
    conflict = [found.group(1) for found in
                (re.search(r"the limit '(.*)'", one) for one in texts) if found]
    written = [one for one in conflict if " of device " not in one]
    if len(written) == 1 and len(conflict) == 1:
        expect(path, without(text, conflict[0]) if conflict[0] == limit
               else text, 0, "without the limit")
    if len(error["help"]) != len(conflict):
        raise Failure("expected a help for every limit")
    for one, help_ in zip(conflict, error["help"]):
        if not help_.startswith(f"'{one}': "):
            raise Failure(f"a help of another limit: {help_}")
        if "in one way" in help_ or any("in one way" in t for t in texts):
            print(f"  one way only: {one}")
        needed = NEEDED.search(help_)
        if not needed:
            print(f"  {help_}")
            continue
        number, unit, rounded, _ = needed.groups()
        left = one.rsplit(" <= ", 1)[0]
        exact = f"{number} {unit}" if unit else number
        for bound in [exact] + ([rounded] if rounded else []):
            expect(path, text.replace(one + ";", f"{left} <= {bound};"), 0,
                   f"'{left} <= {bound}'")
        size = {"KiB": 1024, "MiB": 1024 ** 2, "ms": 10 ** 9, "us": 10 ** 6,
                "mJ": 10 ** 9, "uJ": 10 ** 6}.get(unit, 1)
        base = {"KiB": "B", "MiB": "B", "ms": "ps", "us": "ps", "mJ": "pJ",
                "uJ": "pJ"}.get(unit, unit)
        less = round(float(number.replace("_", "")) * size) - 1
        less = f"{less} {base}" if base else str(less)
        expect(path, text.replace(one + ";", f"{left} <= {less};"), 3,
               f"'{left} <= {less}'")
        print(f"  {one}: {exact}")
    return seconds


def variants(text):
    """Infeasible variants, each with the limit that was changed."""
    block = limits_of(text)
    # A choice may need its limits to be small; the first limits are the ones
    # on metrics.
    for found in BOUNDED.finditer(block):
        number = int(float(found.group(2).replace("_", "")) * 1000) // 10 ** 6
        left = " ".join(found.group(1).split())
        limit = f"{left} <= {number}{found.group(3) or ''}"
        changed = block.replace(found.group(0), f"  {limit};", 1)
        yield text.replace(block, changed, 1), limit
    if not BOUNDED.search(block):
        limit = "params <= 1_000"
        if re.search(r"^space \w+ \{", text, re.M):
            # No layers: less than the first choice's least value.
            name, least = re.search(r"choice (\w+) +in \{?(\d+)", text).groups()
            limit = f"{name} <= {int(least) - 1}"
        yield text + f"\nlimits {{\n  {limit};\n}}\n", limit


def main():
    arguments = sys.argv[1:]
    tries_all = "--all" in arguments
    if tries_all:
        arguments.remove("--all")
    work, shared_data, folder = arguments
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(folder, work, ignore=shutil.ignore_patterns("data"))
    failed = checked = 0
    longest = 0.0
    for directory, _, names in sorted(os.walk(work)):
        if os.path.isdir(shared_data):
            os.symlink(shared_data, os.path.join(directory, "data"))
        for name in sorted(names):
            path = os.path.join(directory, name)
            if not name.endswith(".nas"):
                continue
            shown = os.path.relpath(path, work)
            missing = missing_data(path)
            if missing:
                print(f"skipped {shown}: no {', '.join(missing)}")
                continue
            with open(path, encoding="utf-8") as file:
                original = file.read()
            variant_path = os.path.join(directory, "variant-" + name)
            for text, limit in variants(original):
                print(f"{shown}: {limit}", flush=True)
                try:
                    longest = max(longest,
                                  check_variant(variant_path, text, limit))
                    checked += 1
                except Failure as failure:
                    print(f"FAILED {shown}: {failure}")
                    failed += 1
                if not tries_all:
                    break
    print(f"the longest explanation took {longest:.1f} s")
    print(f"checked {checked} variants, {failed} failed")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
