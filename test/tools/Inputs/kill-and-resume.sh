#!/bin/bash
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# Kills a run three times at moments that do not depend on what it does, then
# lets it end: kill-and-resume.sh SPEC OUT
set -u
for seconds in 1.2 1.9 2.7; do
  timeout -s KILL "$seconds" nasc "$1" -o "$2" --resume --threads=1 2>/dev/null
done
exec nasc "$1" -o "$2" --resume --threads=1
