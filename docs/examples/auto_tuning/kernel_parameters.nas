// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A space without layers: eight parameters of a kernel, and conditions on them.
// 16,777,216 combinations, of which 1,054,748 meet the limits.
//
//   nasc docs/examples/auto_tuning/kernel_parameters.nas --emit=pruned

space kernel_parameters {
  choice x0 in 8..64 step 8;
  choice x1 in 8..64 step 8;
  choice x2 in 8..64 step 8;
  choice x3 in 8..64 step 8;
  choice x4 in 1..8;
  choice x5 in 1..8;
  choice x6 in 1..8;
  choice x7 in 1..8;
}

limits {
  x0 * x1 * x4 * x4 <= 8192;
  x2 * x3 * x5 * x5 <= 8192;
  x0 + x1 + x2 + x3 <= 160;
  x6 * x7 <= 16;
}
