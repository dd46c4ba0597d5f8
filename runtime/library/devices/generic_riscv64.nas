// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Linux on any 64-bit RISC-V processor (rv64gc).
//
// There is no cost model: code can be generated, costs cannot be asked for. The
// clock is what cycles would be counted in.

device riscv64 {
  description = "any 64-bit RISC-V processor with Linux";
  target = "riscv64";
  clock = 1 GHz;
  alignment = 64 bytes;              // a cache line
}
