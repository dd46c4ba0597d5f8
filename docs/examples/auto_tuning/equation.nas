// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The parameters of kernel_parameters.nas under conditions that few
// combinations meet: an equation, a divisibility, and limits that tie
// parameters of both.
//
// 16,777,216 combinations, of which 12,316 meet the limits.
//
//   nasc docs/examples/auto_tuning/equation.nas --emit=pruned

space equation {
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
  x0 * x4 + x2 * x5 == 128;
  x0 * x1 * x4 <= 2048;
  x1 % x6 == 0;
  x2 * x3 * x5 + x7 * x6 * 16 <= 1024;
}
