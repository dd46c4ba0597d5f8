// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Linux on any 64-bit Arm processor (Armv8-A), such as a Raspberry Pi 4.
//
// There is no cost model: code can be generated, costs cannot be asked for. The
// clock is what cycles would be counted in.

device aarch64 {
  description = "any 64-bit Arm processor with Linux";
  target = "aarch64";
  clock = 1 GHz;
  alignment = 64 bytes;              // a cache line
}
