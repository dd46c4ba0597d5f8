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

#ifndef NASC_PASSES_ARENA_ARENAPLANNING_H
#define NASC_PASSES_ARENA_ARENAPLANNING_H

#include "llvm/Support/Error.h"
#include <cstdint>
#include <optional>
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
  /// What gave the plan, for reports ("size, lowest gap", …, "search").
  std::string order;
  /// No plan is smaller than this: proved.
  int64_t lowerBound = 0;

  /// Whether no smaller plan exists.
  bool isOptimal() const { return size == lowerBound; }
};

/// How hard planArena tries.
struct ArenaPlanOptions {
  /// The steps of the exact search. Unlike time, they are counted alike on
  /// every machine.
  uint64_t stepLimit = 200'000;
  /// The end of the search in time, if there is one; then the result may differ
  /// between runs, unless it is optimal.
  std::optional<double> secondsLimit;
  /// If set, the size that suffices: a plan of at most so many bytes ends the
  /// search, and so does the proof that there is none. No smaller one is
  /// sought.
  std::optional<int64_t> capacity;
};

/// A size no plan can be below: the greatest sum, over all times, of the
/// sizes (rounded up to `alignment`) of the buffers alive at that time. The
/// buffer that lies last need not be rounded up, which is taken into account.
int64_t arenaLowerBound(const std::vector<ArenaBuffer> &buffers,
                        int64_t alignment);

/// Plans an arena. First, buffers are placed one after the other in several
/// orders (by size, area, lifetime, start), each into the lowest or the
/// tightest gap that is free during its lifetime; a plan that reaches
/// arenaLowerBound ends it there, after about n² log n steps for n buffers.
/// Otherwise, an exact search (ArenaSearch.h) decides whether sizes between the
/// bound and the best plan suffice, the bound itself first, until the two meet
/// or the limit is reached; `lowerBound` says what was proved. The memory it
/// takes is bounded by some hundred MiB.
///
/// Deterministic without `secondsLimit`. `alignment` is a positive number of
/// bytes; the sum of all sizes, rounded up to it, is below 2^62.
ArenaPlan planArena(const std::vector<ArenaBuffer> &buffers, int64_t alignment,
                    const ArenaPlanOptions &options = {});

/// Proves a plan: every offset is aligned and inside the arena, and no two
/// buffers alive at the same time share a byte. Independent of how the plan
/// was found. The error names the buffers at fault.
llvm::Error checkArenaPlan(const std::vector<ArenaBuffer> &buffers,
                           const ArenaPlan &plan, int64_t alignment);

} // namespace nasc

#endif // NASC_PASSES_ARENA_ARENAPLANNING_H
