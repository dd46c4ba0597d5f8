//===- ArenaPlanning.h - Offsets of buffers in one arena --------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Places buffers with known sizes and lifetimes at constant offsets of one
// block of memory (the arena), so that buffers that are alive at the same time
// never overlap. Plain data in and out: no reference to MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_LOWERING_ARENAPLANNING_H
#define NASC_PASSES_LOWERING_ARENAPLANNING_H

#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace nasc {

/// A buffer to place, in the form of MiniMalloc's input: it is alive at the
/// times `lower`, `lower` + 1, …, `upper` - 1 and takes `size` bytes.
struct ArenaBuffer {
  /// Names the buffer in messages.
  std::string id;
  int64_t lower = 0;
  /// Exclusive; greater than `lower`.
  int64_t upper = 1;
  /// Bytes, at least 0.
  int64_t size = 0;
};

/// Where the buffers lie: `offsets[i]` bytes from the arena's start for buffer
/// i, a multiple of the alignment, and `size` bytes in all.
struct ArenaPlan {
  std::vector<int64_t> offsets;
  int64_t size = 0;
  /// The order that gave the plan, for reports ("size, lowest gap", …).
  std::string order;
};

/// A size no plan can be below: the greatest sum, over all times, of the
/// sizes (rounded up to `alignment`) of the buffers alive at that time. The
/// buffer that lies last need not be rounded up, which is taken into account.
int64_t arenaLowerBound(const std::vector<ArenaBuffer> &buffers,
                        int64_t alignment);

/// Plans an arena: buffers are placed one after the other in several orders
/// (by size, area, lifetime, start), each into the lowest or the tightest gap
/// that is free during its lifetime, and the smallest result is kept. A plan
/// that reaches arenaLowerBound ends the search. Deterministic; about
/// n² log n for n buffers. `alignment` is a positive number of bytes.
ArenaPlan planArena(const std::vector<ArenaBuffer> &buffers, int64_t alignment);

/// Proves a plan: every offset is aligned and inside the arena, and no two
/// buffers alive at the same time share a byte. Independent of how the plan
/// was found. The error names the buffers at fault.
llvm::Error checkArenaPlan(const std::vector<ArenaBuffer> &buffers,
                           const ArenaPlan &plan, int64_t alignment);

} // namespace nasc

#endif // NASC_PASSES_LOWERING_ARENAPLANNING_H
