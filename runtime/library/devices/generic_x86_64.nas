// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Linux on any x86-64 processor with SSE4.2 (x86-64-v2), also an older one than
// the machine that nasc runs on, which is `host`.
//
// There is no cost model: code can be generated, costs cannot be asked for. The
// clock is what cycles would be counted in.

device x86_64 {
  description = "any x86-64 processor with Linux";
  target = "x86-64";
  clock = 1 GHz;
  alignment = 64 bytes;              // a cache line
}
