// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A 32-bit RISC-V microcontroller (rv32imc: no floating-point unit, no vectors) at
// 100 MHz, of no vendor in particular.
//
// There is no cost model: code can be generated, costs cannot be asked for. Nor are
// there sizes of memories: copy the file and write those of your chip. They become
// limits of networks once there is a cost model, too.

device riscv32 {
  description = "a 32-bit RISC-V microcontroller at 100 MHz";
  target = "riscv32";
  clock = 100 MHz;
  alignment = 16 bytes;
}
