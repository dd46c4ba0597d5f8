// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fourteen parameters of a matrix multiplication for GPUs, as the auto-tuner
// CLTune has them (Nugteren and Codreanu, 2015), with its conditions and shorter
// lists of values. Auto-tuners describe their spaces as architecture search does.
//
// 1,327,104 combinations, of which 241,600 meet the limits.
//
//   nasc docs/examples/auto_tuning/gemm.nas --emit=pruned

space gemm {
  // What a work group computes: a tile of MWG × NWG, in steps of KWG.
  choice MWG in {16, 32, 64, 128};
  choice NWG in {16, 32, 64, 128};
  choice KWG in {16, 32};
  // The threads of a group, to compute with and to load A and B with.
  choice MDIMC in {8, 16, 32};
  choice NDIMC in {8, 16, 32};
  choice MDIMA in {8, 16, 32};
  choice NDIMB in {8, 16, 32};
  // Unrolling, and widths of vectors.
  choice KWI in {2, 8};
  choice VWM in {1, 2, 4, 8};
  choice VWN in {1, 2, 4, 8};
  // Whether accesses are strided, and whether tiles are kept in local memory.
  choice STRM in {0, 1};
  choice STRN in {0, 1};
  choice SA in {0, 1};
  choice SB in {0, 1};
}

limits {
  KWG % KWI == 0;                           // of these values, all meet it
  MWG % (MDIMC * VWM) == 0;
  NWG % (NDIMC * VWN) == 0;
  MWG % (MDIMA * VWM) == 0;
  NWG % (NDIMB * VWN) == 0;
  KWG % div(MDIMC * NDIMC, MDIMA) == 0;
  KWG % div(MDIMC * NDIMC, NDIMB) == 0;
}
