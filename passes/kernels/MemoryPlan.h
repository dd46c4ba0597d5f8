//===- MemoryPlan.h - The arena of a quantised network ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The order of a network's steps, which of them write over their input, and
// where in one arena every tensor and every step's scratch memory lie.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_MEMORYPLAN_H
#define NASC_PASSES_KERNELS_MEMORYPLAN_H

#include "passes/kernels/KernelSet.h"
#include "llvm/Support/Error.h"

namespace nasc {

/// A place in the arena: bytes `offset` to `offset` + `size` - 1, from the
/// begin of step `first` to the end of step `last` (positions in the order).
struct PlacedBuffer {
  int64_t offset = 0, size = 0;
  int first = 0, last = 0;
};

/// A plan. Steps are named by their index in the network.
struct MemoryPlan {
  /// The order in which the steps run.
  llvm::SmallVector<unsigned> order;
  /// For each step: the number of the input that it writes over, or -1.
  llvm::SmallVector<int> overwritten;
  /// For each tensor. The input has a place although a caller may hold it
  /// elsewhere, and so has the output.
  std::vector<PlacedBuffer> tensors;
  /// For each step; size 0 without scratch.
  std::vector<PlacedBuffer> scratch;
  /// Of the arena.
  int64_t bytes = 0;
  /// No plan of any order that was tried, with any choice of what is written
  /// over, is smaller: proved by what must be held at one time.
  int64_t lowerBound = 0;
  /// How many orders exist; 0 if there are too many to look at each.
  uint64_t numOrders = 1;

  bool isOptimal() const { return bytes == lowerBound; }
};

/// Plans the memory.
///
/// The order is one with the least peak of what tensors and scratch need while
/// a step runs: dynamic programming over the sets of finished steps, which are
/// as many as there are steps in a chain and more where branches are
/// independent; beyond 50,000 sets the given order stays. Then what steps write
/// over is chosen, all that can at first, changing one at a time while the
/// arena gets smaller. Offsets: a tensor and what is written over it are a
/// block with one offset whose size changes with time; blocks are placed in
/// several orders into the lowest gap, as rectangles by planArena
/// (passes/lowering), and in up to 400 changed orders, until the arena is as
/// small as what is alive at one time. Every plan is proved by checkMemoryPlan
/// before it is returned.
MemoryPlan planMemory(const QuantizedNetwork &network, const KernelSet &kernels,
                      int64_t alignment);

/// Proves a plan from the steps alone, by running it: every tensor that a step
/// reads still has the bytes that were written, and everything is aligned and
/// inside the arena. The error says what overlaps.
llvm::Error checkMemoryPlan(const QuantizedNetwork &network,
                            const KernelSet &kernels, const MemoryPlan &plan,
                            int64_t alignment);

} // namespace nasc

#endif // NASC_PASSES_KERNELS_MEMORYPLAN_H
