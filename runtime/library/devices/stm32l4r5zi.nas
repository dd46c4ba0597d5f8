// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// STMicroelectronics STM32L4R5ZI: a Cortex-M4F at 120 MHz with 640 KiB of SRAM
// and 2 MiB of flash, the reference board of MLPerf Tiny (NUCLEO-L4R5ZI).
//
// Instructions are those of CMSIS-NN, as in devices/stm32h743zi.nas (the DSP
// instructions are the same). The results of microTVM with CMSIS-NN on this
// board (MLPerf Tiny v1.0, closed division, OctoML: 389.6, 99.8, 301.2 and 8.6
// ms) give 1.607 cycles an instruction and 0.35 cycles a byte; with these the
// model is off by -1 % (ResNet-8), +2 % (DS-CNN), -1 % (MobileNetV1-0.25) and 0 %
// (autoencoder). The energies of the same submission (20,236, 5,230, 15,531 and
// 443 uJ) are 433 pJ a cycle in all four networks; for each MAC they include its
// share of the work for outputs.

device l4r5 {
  description = "STM32L4R5ZI, Cortex-M4F at 120 MHz (NUCLEO-L4R5ZI)";
  target = "cortex-m4";
  clock = 120 MHz;
  ram = 640 KiB;
  flash = 2 MiB;
  alignment = 16 bytes;
  stack = 288 B;
  static_ram = 16 B;
  runtime_flash = 2224 B;

  precision int8 {
    bias_bytes = 8 bytes;
    cycles_per_byte = 0.35;
    energy_per_byte = 150 pJ;        // 0.35 · 433

    // Sizes as in devices/stm32h743zi.nas.
    kernel_code {
      convolve           = 564 B;
      convolve_pointwise = 264 B;
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

    conv2d           { cycles_per_mac = 2.53; cycles_per_output = 151; overhead = 1600 cycles; energy_per_mac = 1620 pJ; code = 80 B; }
    pointwise_conv2d { cycles_per_mac = 2.43; cycles_per_output = 57;  overhead = 1600 cycles; energy_per_mac = 1550 pJ; code = 56 B; }
    depthwise_conv2d { cycles_per_mac = 7.71; cycles_per_output = 35;  overhead = 1600 cycles; energy_per_mac = 4940 pJ; code = 76 B; }
    grouped_conv2d   { cycles_per_mac = 2.53; cycles_per_output = 151; overhead = 1600 cycles; energy_per_mac = 1620 pJ; code = 80 B; }
    conv1d           { cycles_per_mac = 2.53; cycles_per_output = 151; overhead = 1600 cycles; energy_per_mac = 1620 pJ; code = 80 B; }
    dense            { cycles_per_mac = 3.03; cycles_per_output = 73;  overhead = 800 cycles;  energy_per_mac = 1530 pJ; code = 52 B; }
    pool             { cycles_per_output = 112; overhead = 800 cycles; code = 72 B; }
    add              { cycles_per_output = 90;  overhead = 300 cycles; code = 92 B; }
    elementwise      { cycles_per_output = 90;  overhead = 300 cycles; code = 60 B; }
  }
}
