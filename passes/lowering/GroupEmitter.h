//===- GroupEmitter.h - The loop nest of a layer group ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Emits one nest of loops over register tiles for a group of operations.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_LOWERING_GROUPEMITTER_H
#define NASC_PASSES_LOWERING_GROUPEMITTER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "passes/lowering/LayerGroups.h"
#include "passes/lowering/TileChoice.h"

namespace nasc {

/// A kernel row of more elements than this is a loop instead of straight code.
constexpr int64_t maximumUnrolledWindow = 8;

/// A tile of the result: it begins at `origin` and has `sizes` elements in all
/// dimensions but the last, and the channels of `vectors` in the last.
struct Tile {
  mlir::SmallVector<mlir::Value, 4> origin;
  mlir::SmallVector<int64_t, 4> sizes;
  mlir::ArrayRef<int64_t> vectors;
  /// The positions of the tile's pixels relative to the origin, in order.
  mlir::SmallVector<mlir::SmallVector<int64_t, 4>> pixels;

  void listPixels() {
    pixels.assign(1, {});
    for (int64_t size : sizes) {
      mlir::SmallVector<mlir::SmallVector<int64_t, 4>> longer;
      for (const auto &prefix : pixels)
        for (int64_t i = 0; i < size; ++i) {
          longer.push_back(prefix);
          longer.back().push_back(i);
        }
      pixels = std::move(longer);
    }
  }
};

/// Emits the loop nest of one group.
class GroupEmitter {
public:
  GroupEmitter(LayerGroup layers, const VectorUnit &unit)
      : group(std::move(layers)), unit(unit), builder(group.last()),
        location(group.last().getLoc()) {}

  /// Emits the loops and replaces the group's result.
  void run();

  /// Whether the result is written over an operand.
  bool inPlace() const { return inPlaceStep >= 0; }

private:
  // Values.
  mlir::Value index(int64_t value) {
    return builder.create<mlir::arith::ConstantIndexOp>(location, value);
  }
  mlir::Value plus(mlir::Value a, int64_t b) {
    return b == 0 ? a
                  : builder.createOrFold<mlir::arith::AddIOp>(location, a,
                                                              index(b));
  }
  mlir::Value plus(mlir::Value a, mlir::Value b) {
    return builder.createOrFold<mlir::arith::AddIOp>(location, a, b);
  }
  mlir::Value times(mlir::Value a, int64_t b) {
    return b == 1 ? a
                  : builder.createOrFold<mlir::arith::MulIOp>(location, a,
                                                              index(b));
  }
  mlir::Value zeroVector(int64_t size) {
    auto type = mlir::VectorType::get(size, builder.getF32Type());
    return builder.create<mlir::arith::ConstantOp>(
        location, mlir::DenseElementsAttr::get(type, 0.0f));
  }
  mlir::Value splat(mlir::Value scalar, int64_t size) {
    auto type = mlir::VectorType::get(size, scalar.getType());
    mlir::Attribute constant;
    if (mlir::matchPattern(scalar, mlir::m_Constant(&constant)))
      return builder.create<mlir::arith::ConstantOp>(
          location, mlir::DenseElementsAttr::get(type, constant));
    return builder.create<mlir::vector::BroadcastOp>(location, type, scalar);
  }
  mlir::Value readVector(mlir::Value tensor, mlir::ValueRange indices,
                         int64_t size) {
    mlir::Type element =
        mlir::cast<mlir::RankedTensorType>(tensor.getType()).getElementType();
    return builder.create<mlir::vector::TransferReadOp>(
        location, mlir::VectorType::get(size, element), tensor, indices,
        mlir::ArrayRef<bool>{true});
  }
  mlir::Value multiplyAdd(mlir::Value a, mlir::Value b, mlir::Value sum) {
    if (unit.fusedMultiplyAdd)
      return builder.create<mlir::vector::FMAOp>(location, a, b, sum);
    return builder.create<mlir::arith::AddFOp>(
        location, builder.create<mlir::arith::MulFOp>(location, a, b), sum);
  }

  /// `count` pieces of `size` elements from `begin` on: calls `body` with the
  /// position of a piece and the values carried so far.
  using LoopBody = llvm::function_ref<mlir::SmallVector<mlir::Value>(
      mlir::Value, mlir::ValueRange)>;
  mlir::SmallVector<mlir::Value> loop(int64_t begin, int64_t size,
                                      int64_t count, mlir::ValueRange carried,
                                      LoopBody body);

  // Positions.
  mlir::SmallVector<mlir::Value> position(const Tile &tile, unsigned pixel,
                                          int64_t channel);

  // Preparation.
  void chooseDestination();
  void collapseDimensions();

  // Parts of the nest.
  mlir::Value emitNest(mlir::Value destination);
  mlir::Value emitTile(const Tile &tile, mlir::Value destination);
  /// The values of a tensor at all pixels of a tile: `size` channels from
  /// `channel` on, where the tensor is read as `map` says.
  mlir::SmallVector<mlir::Value> readTile(mlir::Value tensor,
                                          mlir::AffineMap map, const Tile &tile,
                                          int64_t channel, int64_t size);
  /// The part of a tensor that is the tile, `channels` of it from `channel` on.
  mlir::Value sliceTile(mlir::Value tensor, const Tile &tile, int64_t channel,
                        int64_t channels);
  mlir::Value writeTile(mlir::ArrayRef<mlir::Value> values, mlir::Value tensor,
                        const Tile &tile);
  mlir::SmallVector<mlir::Value> evaluate(mlir::linalg::LinalgOp op,
                                          int chainOperand,
                                          mlir::ArrayRef<mlir::Value> chained,
                                          const Tile &tile, mlir::Value current,
                                          int step);
  mlir::SmallVector<mlir::Value> emitInitial(const Tile &tile,
                                             mlir::Value destination);
  mlir::SmallVector<mlir::Value>
  emitReduction(const Tile &tile, mlir::SmallVector<mlir::Value> sums);
  mlir::SmallVector<mlir::Value>
  emitProduct(const Tile &tile, mlir::SmallVector<mlir::Value> sums);
  mlir::SmallVector<mlir::Value>
  emitWindow(const Tile &tile, mlir::SmallVector<mlir::Value> sums);
  int64_t weightBytes();
  int64_t inputBytes();

  LayerGroup group;
  const VectorUnit &unit;
  mlir::OpBuilder builder;
  mlir::Location location;
  mlir::RankedTensorType type;
  mlir::Value destination;
  /// The step and its operand that the result is written over; -1 if none.
  int inPlaceStep = -1, inPlaceOperand = -1;
  /// How many trailing dimensions are treated as one; 1 means none are.
  unsigned collapsed = 1;
  mlir::DenseMap<mlir::Value, mlir::Value> collapsedOperands;
  // Of a convolution: the input as rows of width · channels, the weights as
  // kernel rows of width · channels.
  mlir::Value rows, weights;
  /// How many columns of the kernel one step of the reduction multiplies.
  int64_t kernelColumns = 1;
};

} // namespace nasc

#endif // NASC_PASSES_LOWERING_GROUPEMITTER_H
