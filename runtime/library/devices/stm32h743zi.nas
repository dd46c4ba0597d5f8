// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// STMicroelectronics STM32H743ZI: a Cortex-M7 at 480 MHz with 2 MiB of flash,
// as on the NUCLEO-H743ZI2 board.
//
// Cycles are a linear model of int8 kernels. It was fitted in two steps:
//
//   1. Instructions. CMSIS-NN (commit 99f736a6, gcc 12.2 -O3 with inline-assembly
//      requantisation), layer by layer over the four networks of MLPerf Tiny,
//      counted exactly by QEMU's instruction counter (mps2-an500). For 9
//      convolutions the fit is 1.57 instructions a MAC and 94 an output (largest
//      error 18 %), for 19 pointwise ones 1.51 and 36 (15 %), for 17 depthwise
//      ones 4.8 and 22 (18 %), for 13 dense ones 1.89 and 46 (14 %), for 3 sums
//      56 an output (1 %).
//   2. Cycles. The published latencies of NUCLEO-H7A3ZI-Q, a Cortex-M7 at 280 MHz
//      (MLPerf Tiny v1.1, closed division, X-CUBE-AI 8.0 submitted by Krai),
//      give 0.572 cycles an instruction and 0.67 cycles a byte that a layer reads
//      or writes. With both, the model is off by +8 % (ResNet-8), -3 % (DS-CNN),
//      -7 % (MobileNetV1-0.25) and +1 % (autoencoder).
//
// No result for the H743 itself is published there: it has the same core and
// caches, and the cycles are taken over at its higher clock.
//
// Energies are fitted to the same submission (7615, 2362, 6928 and 236 uJ): 767 pJ
// for a cycle of multiply-accumulates and 72 pJ a byte, off by +14, -7, -11 and
// +1 %. The H7A3 has a switching regulator that the H743 lacks, so that the H743
// can be expected to need more.
//
// The code that nasc generates now has plain kernels, which need more
// instructions than those: until it has fast ones, latency and energy are lower
// bounds, and the report shows the instructions that an emulator counted.
//
// Sizes are those of the code that nasc generates (LLVM 19, for size), measured
// on linked firmware by test/benchmarks/firmware_agreement: layers share kernels
// (kernel_code), each call of one takes the layer's `code`, and the start-up code
// and main program of the example project are runtime_flash.

device h743 {
  description = "STM32H743ZI, Cortex-M7 at 480 MHz (NUCLEO-H743ZI2)";
  target = "cortex-m7";
  clock = 480 MHz;
  ram = 512 KiB;            // the AXI SRAM; the device's other SRAM banks are not counted
  flash = 2 MiB;
  alignment = 16 bytes;
  stack = 288 B;            // of the inference function and what it calls
  static_ram = 16 B;        // of the example project's start-up code
  runtime_flash = 2208 B;   // vector table, start-up code, main program

  precision int8 {
    bias_bytes = 8 bytes;         // a channel's bias and multiplier: 32 bits each
    cycles_per_byte = 0.67; // step 2
    energy_per_byte = 72 pJ;

    kernel_code {
      convolve           = 560 B;
      convolve_pointwise = 260 B;
      convolve_depthwise = 576 B;
      multiply_matrix    = 168 B;
      scale_channels     = 292 B;
      add                = 292 B;
      multiply           = 216 B;
      max_pool           = 280 B;
      average_pool       = 404 B;
      mean               = 160 B;
      look_up            = 28 B;
      rescale            = 128 B;
      clamp              = 40 B;
      flip_sign          = 28 B;
      copy_channels      = 68 B;
      fill               = 24 B;

      // Forms that some networks need in place of those.
      convolve_summand           = 632 B;
      convolve_pointwise_summand = 340 B;
      convolve_depthwise_summand = 640 B;
      multiply_matrix_summand    = 252 B;
      average_pool_rescaled      = 492 B;
      copy_channels_rescaled     = 184 B;
    }

    // 1000 instructions of overhead: set-up of the layer and descriptors.
    conv2d {
      cycles_per_mac = 0.9;          // 1.57 · 0.572
      cycles_per_output = 54;        // 94 · 0.572: im2col and requantisation
      overhead = 600 cycles;
      energy_per_mac = 690 pJ;
      code = 80 B;
    }
    pointwise_conv2d {
      cycles_per_mac = 0.86;         // 1.51 · 0.572
      cycles_per_output = 20;        // 36 · 0.572
      overhead = 600 cycles;
      energy_per_mac = 660 pJ;
      code = 56 B;
    }
    depthwise_conv2d {
      cycles_per_mac = 2.75;         // 4.8 · 0.572
      cycles_per_output = 12.6;      // 22 · 0.572: requantisation
      overhead = 600 cycles;
      energy_per_mac = 2105 pJ;
      code = 76 B;
    }
    grouped_conv2d {                 // as conv2d; nothing measured is known
      cycles_per_mac = 0.9;
      cycles_per_output = 54;
      overhead = 600 cycles;
      energy_per_mac = 690 pJ;
      code = 80 B;
    }
    conv1d {                         // as conv2d, which CMSIS-NN runs it with
      cycles_per_mac = 0.9;
      cycles_per_output = 54;
      overhead = 600 cycles;
      energy_per_mac = 690 pJ;
      code = 80 B;
    }
    dense {
      cycles_per_mac = 1.08;         // 1.89 · 0.572
      cycles_per_output = 26;        // 46 · 0.572
      overhead = 300 cycles;
      energy_per_mac = 830 pJ;
      code = 52 B;
    }
    pool {
      cycles_per_output = 40;        // 69 · 0.572: average over a window of 3×3
      overhead = 300 cycles;
      code = 72 B;
    }
    add {
      cycles_per_output = 32;        // 56 · 0.572
      overhead = 100 cycles;
      code = 92 B;
    }
    elementwise {                    // as add: two requantisations an element
      cycles_per_output = 32;
      overhead = 100 cycles;
      code = 60 B;
    }
  }

  // Fitted to the float networks that Bosch submitted for the same board (MLPerf
  // Tiny v1.2: ResNet-8 124.2 ms, MobileNetV1-0.25 81.4 ms, autoencoder 5.23 ms):
  // 2.74 cycles a MAC and 0.69 a byte meet all three to 1 %. No energies of float
  // networks are published; at the 495 pJ a cycle of the int8 results they are
  // 1360 pJ a MAC and 340 pJ a byte.
  precision float32 {
    bias_bytes = 4 bytes;
    cycles_per_byte = 0.69;
    energy_per_byte = 340 pJ;

    conv2d           { cycles_per_mac = 2.74; overhead = 600 cycles; energy_per_mac = 1360 pJ; code = 1400 B; }
    pointwise_conv2d { cycles_per_mac = 2.74; overhead = 600 cycles; energy_per_mac = 1360 pJ; code = 800 B; }
    depthwise_conv2d { cycles_per_mac = 2.74; overhead = 600 cycles; energy_per_mac = 1360 pJ; code = 1200 B; }
    grouped_conv2d   { cycles_per_mac = 2.74; overhead = 600 cycles; energy_per_mac = 1360 pJ; code = 1600 B; }
    conv1d           { cycles_per_mac = 2.74; overhead = 600 cycles; energy_per_mac = 1360 pJ; code = 1200 B; }
    dense            { cycles_per_mac = 2.74; overhead = 300 cycles; energy_per_mac = 1360 pJ; code = 600 B; }
    // Of one addition or comparison an element and its memory accesses.
    pool             { cycles_per_output = 12; overhead = 300 cycles; code = 500 B; }
    add              { cycles_per_output = 3;  overhead = 100 cycles; code = 400 B; }
    elementwise      { cycles_per_output = 3;  overhead = 100 cycles; code = 400 B; }
  }
}
