// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// An x86-64 machine, one thread, float32. RAM and flash are not limited.
//
// Cycles a MAC are those of single layers lowered by MLIR 19's passes (tiling,
// vectorisation, outer products) on a Cascade Lake at 2.5 GHz with AVX-512:
// convolution 3×3 16→16 115 GFLOP/s, pointwise 64→64 130, depthwise 3×3 42 to 65,
// dense 640→128 50 GFLOP/s, which is 2 · 2.5 GHz divided by the FLOP/s. A machine
// with AVX2 alone needs about twice as many. Cycles a byte are the accesses to the
// second-level cache that the dense layer's time leaves. There are no energies: no
// meter was there to measure them.
//
// Sizes of code are estimates from above of an unrolled and vectorised loop nest.

device host {
  description = "x86-64 with AVX-512 at 2.5 GHz, one thread";
  target = "host";                   // the machine that nasc runs on
  clock = 2.5 GHz;
  alignment = 64 bytes;              // a cache line

  precision float32 {
    bias_bytes = 4 bytes;
    cycles_per_byte = 0.02;

    conv2d           { cycles_per_mac = 0.044; overhead = 500 cycles; code = 4 KiB; }
    pointwise_conv2d { cycles_per_mac = 0.04;  overhead = 500 cycles; code = 4 KiB; }
    depthwise_conv2d { cycles_per_mac = 0.1;   overhead = 500 cycles; code = 4 KiB; }
    grouped_conv2d   { cycles_per_mac = 0.1;   overhead = 500 cycles; code = 4 KiB; }
    conv1d           { cycles_per_mac = 0.044; overhead = 500 cycles; code = 4 KiB; }
    dense            { cycles_per_mac = 0.05;  overhead = 200 cycles; code = 2 KiB; }
    pool             { cycles_per_output = 1;    overhead = 200 cycles; code = 2 KiB; }
    add              { cycles_per_output = 0.1;  overhead = 100 cycles; code = 1 KiB; }
    elementwise      { cycles_per_output = 0.25; overhead = 100 cycles; code = 1 KiB; }
  }
}
