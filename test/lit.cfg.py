# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# The lit suites. In tests,
#   nasc, nas-opt, FileCheck, not, split-file   are the programs of this build
#                                               and of LLVM (by PATH),
#   %examples, %docs, %library, %source         are folders of the sources,
#   %build                                      is the folder of this build,
#   %shared_data                                is the folder of real data,
#   %python                                     is Python.
# With NASC_ROUND_TRIP=1 in the environment, nas-opt also writes and reads again
# whatever it reads, in both forms, and compares (--verify-roundtrip).
# Features, for REQUIRES:
#   shared-data     the folder of real data is there
#   fashion-mnist   Debian's package dataset-fashion-mnist is installed
#   not-sanitized   this is no build with sanitizers
#   clang-format    the version of clang-format that CONTRIBUTING names
#   long            tests of minutes are wanted: cmake -DNASC_LONG_TESTS=ON, or
#                   the environment variable NASC_LONG_TESTS=1

import os
import shutil

import lit.formats

config.name = "nasc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".nas", ".test"]
config.excludes = ["Inputs", "unit", "benchmarks", "project"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.nasc_binary_dir, "test")

source = config.nasc_source_dir
shared_data = os.environ.get(
    "NASC_SHARED_DATA",
    os.path.join(os.path.dirname(source), "shared", "data"))
fashion_mnist = "/usr/share/datasets/fashion-mnist"

config.environment["PATH"] = os.pathsep.join([
    os.path.join(config.nasc_binary_dir, "bin"),
    config.llvm_tools_dir,
    os.environ.get("PATH", ""),
])
for name in ("HOME", "LD_LIBRARY_PATH", "OMP_NUM_THREADS", "NASC_SHARED_DATA",
             "ASAN_OPTIONS", "UBSAN_OPTIONS"):
    if name in os.environ:
        config.environment[name] = os.environ[name]

config.substitutions += [
    ("%examples", os.path.join(source, "docs", "examples")),
    ("%docs", os.path.join(source, "docs")),
    ("%library", os.path.join(source, "runtime", "library")),
    ("%source", source),
    ("%build", config.nasc_binary_dir),
    ("%mlir_include", config.mlir_include_dir.split(";")[0]),
    ("%shared_data", shared_data),
    ("%python", config.python),
]

if os.path.isdir(shared_data):
    config.available_features.add("shared-data")
else:
    lit_config.note("tests that need %s are skipped" % shared_data)
if os.path.isdir(fashion_mnist):
    config.available_features.add("fashion-mnist")
else:
    lit_config.note("tests that need %s are skipped (package "
                    "dataset-fashion-mnist)" % fashion_mnist)
# Versions differ in what they do.
clang_format = shutil.which("clang-format-19")
if clang_format:
    config.available_features.add("clang-format")
    config.substitutions.append(("%clang_format", clang_format))
if not config.sanitizers:
    config.available_features.add("not-sanitized")
if config.run_long_tests or os.environ.get("NASC_LONG_TESTS") == "1":
    config.available_features.add("long")
if os.environ.get("NASC_ROUND_TRIP") == "1":
    config.substitutions.append((r"(?<![-\w/])nas-opt(?= )",
                                 "nas-opt --verify-roundtrip"))
