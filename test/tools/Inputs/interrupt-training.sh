#!/bin/bash
# Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# interrupt-training.sh SPEC OUT: runs a search with one thread and presses
# ctrl-C as soon as the stage 'train' has begun. Prints what nasc said.
nasc "$1" -o "$2" --threads=1 2> "$2.log" &
for _ in $(seq 600); do
  grep -q '^train: ' "$2.log" && break
  sleep 0.1
done
sleep 0.5
kill -INT $!
wait $!
cat "$2.log"
