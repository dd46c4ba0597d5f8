# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the definitions of passes and operations: check_definitions.py ROOT

A pass says why it is sound and what it costs, and counts what it does. An
operation has a verifier, a constraint in ODS that leaves nothing to verify, or
a reason (NO_VERIFIER below) why it needs none.
"""

import glob
import os
import re
import sys

# Operations without a verifier of their own, and why they need none.
NO_VERIFIER = {
    "Cost_ConstantOp": "the type of the result is inferred from the value",
    "Cost_ActivityOp": "its operand is a truth value by its type; the choices "
                       "of a function are checked by cost.function",
    "Cost_MetricOp": "any integer is a metric's value",
    "Cost_LimitOp": "its operand is a truth value by its type",
    "Cost_ExclusionOp": "it is a remark for readers, which they may ignore",
    "Nas_ReturnOp": "its block or space checks what is returned",
    "Nas_YieldOp": "its repeat, if or switch checks what is yielded",
    "Nas_ChoiceReferenceOp": "full names exist after the expansion, which "
                             "reports those that name nothing",
    "Nas_IsActiveOp": "full names exist after the expansion, which reports "
                      "those that name nothing",
    "Nas_LimitOp": "its operand is a truth value by its type",
    "Search_SpaceOp": "it has neither operands nor attributes",
}

# What verifies an operation: a verifier of its own or of its region, one of its
# interface, or the inference of its type.
VERIFIED = re.compile("has(Region)?Verifier|SymbolUserOpInterface|"
                      r"Op : (Cost_Expression|Cost_Binary|Nas_(Layer|Elementwise|"
                      "Activation|Transparent|Weighted))<")


def definitions(text, pattern):
    for match in re.finditer(pattern, text, re.MULTILINE):
        end = text.index("\n}\n", match.start())
        yield match, text[match.start():end]


def main(root):
    problems = []
    passes = 0
    for path in sorted(glob.glob(os.path.join(root, "passes", "*", "Passes.td"))):
        with open(path) as file:
            text = file.read()
        for match, body in definitions(text, r'^def \w+\s*: Pass<"([\w-]+)"'):
            passes += 1
            for what, word in [("statistics", "let statistics"),
                               ("why it is sound", r"[Ss]ound"),
                               ("its cost", r"Cost\b|\*\*Cost")]:
                if not re.search(word, body):
                    problems.append("%s lacks %s" % (match.group(1), what))
    print("%d passes" % passes)
    operations = 0
    for path in sorted(glob.glob(os.path.join(root, "dialects", "*", "*.td"))):
        with open(path) as file:
            text = file.read()
        for match, body in definitions(text, r"^def (\w+Op)\b"):
            operations += 1
            name = match.group(1)
            if bool(VERIFIED.search(body)) == (name in NO_VERIFIER):
                problems.append("%s has %s" % (
                    name, "a verifier: take it off the list"
                    if name in NO_VERIFIER else "neither a verifier nor a "
                    "reason why it needs none"))
    print("%d operations" % operations)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
