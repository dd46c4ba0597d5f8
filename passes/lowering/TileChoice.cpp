//===- TileChoice.cpp - Register tiles of the float32 kernels -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/TileChoice.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <limits>

namespace nasc {
namespace {

/// Cycles between a multiply-add and the next one on the same accumulator.
constexpr double multiplyAddLatency = 4.0;
/// Counting and branching of one step, and the start and end of a tile spread
/// over its steps.
constexpr double stepOverhead = 0.6;

/// Estimated cycles of one reduction step on a tile, for each column of the
/// kernel in the step; negative if the tile does not fit the registers.
double stepCost(KernelShape shape, int64_t rows, int64_t columns,
                int64_t vectors, const VectorUnit &unit, KernelColumns kernel) {
  const int64_t pixels = rows * columns, accumulators = pixels * vectors;
  int64_t needed = accumulators, multiplications = accumulators, loads = 0;
  double latency = multiplyAddLatency;
  switch (shape) {
  case KernelShape::Broadcast:
    // A broadcast that serves one vector can be an operand of the
    // multiplication where the processor has that; otherwise it takes a
    // register.
    needed += vectors * kernel.count;
    if (!unit.broadcastOperand || kernel.count > 1 ||
        (pixels > 1 && vectors > 1))
      needed += 1;
    loads = rows * ((columns - 1) * kernel.stride + kernel.count) +
            vectors * kernel.count;
    if (kernel.count == 1)
      loads = pixels + vectors;
    // A broadcast from memory takes longer than a plain load.
    loads += loads / 2;
    multiplications *= kernel.count;
    latency *= kernel.count;
    break;
  case KernelShape::PerChannel:
    // The vectors of a kernel row stay in registers, at most three of them.
    needed += 3 * vectors + 1;
    loads = accumulators + vectors;
    break;
  case KernelShape::Unweighted:
    needed += 1;
    loads = accumulators;
    break;
  case KernelShape::Elementwise:
    // Values of the function that is applied also live in registers.
    needed = 4 * accumulators;
    loads = 2 * accumulators;
    latency = 1.0;
    break;
  }
  if (!unit.fusedMultiplyAdd && shape != KernelShape::Unweighted) {
    needed += 1;
    multiplications *= 2;
  }
  if (needed > unit.registers)
    return -1;
  return (std::max({multiplications * 0.5, loads * 0.5, latency}) +
          stepOverhead) /
         kernel.count;
}

} // namespace

llvm::SmallVector<PieceRun, 2> splitEvenly(int64_t extent, int64_t limit) {
  const int64_t pieces = llvm::divideCeil(extent, limit);
  const int64_t large = llvm::divideCeil(extent, pieces);
  const int64_t largeCount = extent - (large - 1) * pieces;
  llvm::SmallVector<PieceRun, 2> runs;
  runs.push_back({0, large, largeCount});
  if (largeCount < pieces)
    runs.push_back({large * largeCount, large - 1, pieces - largeCount});
  return runs;
}

llvm::SmallVector<ChannelRun, 3> splitChannels(int64_t channels, int64_t lanes,
                                               int64_t vectorsInBlock) {
  llvm::SmallVector<ChannelRun, 3> runs;
  const int64_t block = lanes * vectorsInBlock;
  const int64_t blocks = channels / block;
  if (blocks > 0) {
    ChannelRun run;
    run.vectors.assign(vectorsInBlock, lanes);
    run.count = blocks;
    runs.push_back(run);
  }
  int64_t rest = channels - blocks * block;
  if (rest > 0) {
    ChannelRun run;
    run.begin = blocks * block;
    for (int64_t size = lanes; size >= 1; size /= 2)
      for (; rest >= size; rest -= size)
        run.vectors.push_back(size);
    runs.push_back(run);
  }
  return runs;
}

KernelTiling chooseTiling(KernelShape shape, int64_t height, int64_t width,
                          int64_t channels, const VectorUnit &unit,
                          KernelColumns kernel) {
  KernelTiling best;
  best.cost = std::numeric_limits<double>::infinity();
  const int64_t maximumVectors = std::max<int64_t>(1, unit.registers / 2);
  const int64_t wholeVectors = llvm::divideCeil(channels, unit.lanes);
  for (int64_t vectors = 1; vectors <= std::min(maximumVectors, wholeVectors);
       ++vectors) {
    KernelTiling tiling;
    tiling.channels = splitChannels(channels, unit.lanes, vectors);
    bool fits = true;
    for (ChannelRun &run : tiling.channels) {
      const int64_t runVectors = run.vectors.size();
      double runBest = std::numeric_limits<double>::infinity();
      const int64_t maximumRows = std::min<int64_t>(height, 4);
      for (int64_t rowLimit = 1; rowLimit <= maximumRows; ++rowLimit) {
        const auto rows = splitEvenly(height, rowLimit);
        for (int64_t columnLimit = 1;
             columnLimit <= std::min(width, unit.registers); ++columnLimit) {
          const auto columns = splitEvenly(width, columnLimit);
          // Two rows of a part of the image's width win nothing over one
          // longer piece, but need more code.
          if (rowLimit > 1 && columns.front().count > 1)
            continue;
          double cost = 0;
          for (const PieceRun &row : rows)
            for (const PieceRun &column : columns) {
              const double step = stepCost(shape, row.size, column.size,
                                           runVectors, unit, kernel);
              if (step < 0)
                cost = std::numeric_limits<double>::infinity();
              else
                cost += step * row.count * column.count * run.count;
            }
          // Every further kernel body is code to load and to compile.
          cost *= 1.0 + 0.02 * (rows.size() * columns.size() - 1);
          if (cost < runBest) {
            runBest = cost;
            run.rows = rows;
            run.columns = columns;
          }
        }
      }
      if (runBest == std::numeric_limits<double>::infinity()) {
        fits = false;
        break;
      }
      tiling.cost += runBest;
    }
    tiling.cost *= 1.0 + 0.02 * (tiling.channels.size() - 1);
    if (fits && tiling.cost < best.cost)
      best = std::move(tiling);
  }
  if (best.channels.empty()) {
    // Even one accumulator with its operands exceeds the registers that are
    // stated; the code is still correct.
    best.channels = splitChannels(channels, unit.lanes, 1);
    for (ChannelRun &run : best.channels) {
      run.rows = splitEvenly(height, 1);
      run.columns = splitEvenly(width, 1);
    }
  }
  return best;
}

int64_t choosePartialSums(int64_t accumulators, int64_t length,
                          const VectorUnit &unit) {
  for (int64_t sums : {4, 2})
    if (length % sums == 0 && length >= 4 * sums && accumulators * sums <= 8 &&
        accumulators * sums * 2 <= unit.registers)
      return sums;
  return 1;
}

} // namespace nasc
