//===- TileChoice.h - Register tiles of the float32 kernels -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Decides how a layer's output is cut into tiles whose accumulators stay in
// vector registers. Plain data in and out: no reference to MLIR.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_LOWERING_TILECHOICE_H
#define NASC_PASSES_LOWERING_TILECHOICE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace nasc {

/// What the tile choice must know of a processor's vector unit.
struct VectorUnit {
  /// float32 elements in a vector register: 16, 8 or 4.
  int64_t lanes = 16;
  /// Architectural vector registers.
  int64_t registers = 32;
  /// Whether there is a fused multiply-add instruction.
  bool fusedMultiplyAdd = true;
  /// Whether an instruction can broadcast an operand from memory by itself, so
  /// that a broadcast value needs no register (AVX-512).
  bool broadcastOperand = true;
};

/// How the values that meet in an accumulator are loaded.
enum class KernelShape {
  /// Convolutions and dense layers: one activation is broadcast to all
  /// channels of the tile, one weight vector serves all its pixels.
  Broadcast,
  /// Depthwise convolutions: activations and weights are vectors of channels,
  /// a weight vector serves all pixels of the tile.
  PerChannel,
  /// Pooling: activations only.
  Unweighted,
  /// Element by element: no reduction.
  Elementwise,
};

/// The columns of a convolution's kernel that are multiplied in one step of the
/// reduction. An activation is then loaded once for all outputs of a row that
/// need it, at the price of as many weight vectors in registers.
struct KernelColumns {
  int64_t count = 1;
  /// The distance of two outputs in the input's columns.
  int64_t stride = 1;
};

/// Consecutive pieces of one size along a dimension.
struct PieceRun {
  /// Where the first piece begins.
  int64_t begin = 0;
  /// Elements of a piece.
  int64_t size = 1;
  /// Number of pieces.
  int64_t count = 1;
};

/// A block of channels: vectors beside each other, and how often the block
/// repeats along the channels.
struct ChannelRun {
  int64_t begin = 0;
  /// Elements of each vector: a power of two, at most the number of lanes.
  llvm::SmallVector<int64_t, 4> vectors;
  int64_t count = 1;
  /// The rows and columns of one tile of these channels.
  llvm::SmallVector<PieceRun, 2> rows, columns;

  /// Channels of one block.
  int64_t width() const {
    int64_t sum = 0;
    for (int64_t vector : vectors)
      sum += vector;
    return sum;
  }
};

/// A complete tiling of an output of height × width × channels.
struct KernelTiling {
  llvm::SmallVector<ChannelRun, 3> channels;
  /// Estimated cycles of one element of the kernel over the whole output.
  double cost = 0;
};

/// Cuts `extent` into pieces of at most `limit` elements whose sizes differ by
/// one at most: one or two runs. Both arguments are positive.
llvm::SmallVector<PieceRun, 2> splitEvenly(int64_t extent, int64_t limit);

/// Cuts `channels` into blocks of `vectorsInBlock` full vectors and a rest of
/// fewer full vectors and then ever smaller powers of two.
llvm::SmallVector<ChannelRun, 3> splitChannels(int64_t channels, int64_t lanes,
                                               int64_t vectorsInBlock);

/// Chooses the tiling with the lowest estimated cost among those whose
/// accumulators, weights and broadcast values fit the registers. The estimate
/// of one step of the reduction on a tile of P pixels and V vectors is
///   max(multiplications / 2, loads / 2, latency 4) + loop overhead
/// cycles, summed over all tiles. All extents are positive. `columns` applies
/// to KernelShape::Broadcast alone.
KernelTiling chooseTiling(KernelShape shape, int64_t height, int64_t width,
                          int64_t channels, const VectorUnit &unit,
                          KernelColumns columns = {});

/// How many partial sums a tile with `accumulators` accumulators should keep
/// of a reduction of `length` steps, so that the latency of the additions is
/// hidden: 1, 2 or 4, a divisor of `length`, within the registers.
int64_t choosePartialSums(int64_t accumulators, int64_t length,
                          const VectorUnit &unit);

} // namespace nasc

#endif // NASC_PASSES_LOWERING_TILECHOICE_H
