//===- LayerReductions.cpp - The sums of a tile in registers -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/GroupEmitter.h"

namespace nasc {
using namespace mlir;

/// Convolutions and matrix products: an activation times a vector of weights.
SmallVector<Value> GroupEmitter::emitProduct(const Tile &tile,
                                             SmallVector<Value> sums) {
  auto weightType = cast<RankedTensorType>(weights.getType());
  const bool isMatrix = weightType.getRank() == 2;
  int64_t strideHeight = 1, strideWidth = 1, kernelRows = 1, channels = 1;
  if (!isMatrix) {
    auto convolution =
        cast<linalg::Conv2DNhwcHwcfOp>(group.reduction.getOperation());
    auto strides = convolution.getStrides().getValues<int64_t>();
    strideHeight = strides[0];
    strideWidth = strides[1];
    kernelRows = weightType.getDimSize(0);
    channels = cast<RankedTensorType>(convolution.getInputs()[0].getType())
                   .getDimSize(3);
  }
  // A step takes one input channel of all kernel columns, or one element of a
  // kernel row.
  const int64_t length =
      weightType.getDimSize(isMatrix ? 0 : 1) / kernelColumns;
  const unsigned count = sums.size();
  const int64_t partial =
      kernelColumns > 1 ? 1 : choosePartialSums(count, length, unit);
  for (int64_t i = 1; i < partial; ++i)
    for (unsigned j = 0; j < count; ++j)
      sums.push_back(
          zeroVector(cast<VectorType>(sums[j].getType()).getNumElements()));

  // Everything that does not depend on the reduction is computed before it.
  const unsigned rank = type.getRank();
  Value firstRow, firstColumn;
  if (isMatrix) {
    firstRow = tile.origin[0];
  } else {
    firstRow = times(tile.origin[rank - 3], strideHeight);
    firstColumn = times(tile.origin[rank - 2], strideWidth * channels);
  }

  const unsigned vectors = tile.vectors.size();
  auto weightsAt = [&](Value kernelRow, Value at) {
    SmallVector<Value> result;
    int64_t channel = 0;
    for (int64_t size : tile.vectors) {
      SmallVector<Value> indices;
      if (!isMatrix)
        indices.push_back(kernelRow);
      indices.push_back(at);
      indices.push_back(plus(tile.origin.back(), channel));
      result.push_back(readVector(weights, indices, size));
      channel += size;
    }
    return result;
  };
  auto accumulate = [&](Value scalar, ArrayRef<Value> weight,
                        MutableArrayRef<Value> values) {
    for (unsigned vector = 0; vector < vectors; ++vector)
      values[vector] = multiplyAdd(splat(scalar, tile.vectors[vector]),
                                   weight[vector], values[vector]);
  };
  // One element of the kernel row.
  auto step = [&](Value kernelRow, Value at, unsigned base,
                  SmallVector<Value> &values) {
    SmallVector<Value> weight = weightsAt(kernelRow, at);
    for (auto [number, pixel] : llvm::enumerate(tile.pixels)) {
      SmallVector<Value> indices;
      if (isMatrix)
        indices = {plus(firstRow, pixel[0]), at};
      else
        indices = {
            tile.origin[0],
            plus(plus(firstRow, pixel[rank - 3] * strideHeight), kernelRow),
            plus(plus(firstColumn, pixel[rank - 2] * strideWidth * channels),
                 at)};
      Value scalar = builder.create<tensor::ExtractOp>(location, rows, indices);
      accumulate(scalar, weight,
                 MutableArrayRef<Value>(values).slice(base + number * vectors,
                                                      vectors));
    }
  };
  // One input channel of all columns of the kernel row: each activation once,
  // for all outputs that need it.
  auto stepOfColumns = [&](Value kernelRow, Value at,
                           SmallVector<Value> &values) {
    SmallVector<SmallVector<Value>> weight;
    for (int64_t column = 0; column < kernelColumns; ++column)
      weight.push_back(weightsAt(kernelRow, plus(at, column * channels)));
    const int64_t rowsInTile = tile.sizes[rank - 3],
                  columnsInTile = tile.sizes[rank - 2];
    const int64_t reach = (columnsInTile - 1) * strideWidth + kernelColumns;
    for (int64_t y = 0; y < rowsInTile; ++y) {
      Value row = plus(plus(firstRow, y * strideHeight), kernelRow);
      for (int64_t position = 0; position < reach; ++position) {
        Value scalar = builder.create<tensor::ExtractOp>(
            location, rows,
            ValueRange{tile.origin[0], row,
                       plus(plus(firstColumn, position * channels), at)});
        for (int64_t column = 0; column < kernelColumns && column <= position;
             ++column) {
          const int64_t x = (position - column) / strideWidth;
          if ((position - column) % strideWidth != 0 || x >= columnsInTile)
            continue;
          accumulate(scalar, weight[column],
                     MutableArrayRef<Value>(values).slice(
                         (y * columnsInTile + x) * vectors, vectors));
        }
      }
    }
  };
  sums = loop(0, 1, kernelRows, sums, [&](Value kernelRow, ValueRange outer) {
    return loop(0, partial, length / partial, outer,
                [&](Value at, ValueRange inner) {
                  SmallVector<Value> values(inner);
                  if (kernelColumns > 1)
                    stepOfColumns(kernelRow, at, values);
                  else
                    for (int64_t i = 0; i < partial; ++i)
                      step(kernelRow, plus(at, i), i * count, values);
                  return values;
                });
  });
  for (int64_t width = partial; width > 1; width /= 2)
    for (unsigned j = 0; j < count * width / 2; ++j)
      sums[j] = builder.create<arith::AddFOp>(location, sums[j],
                                              sums[j + count * width / 2]);
  sums.resize(count);
  return sums;
}

/// Depthwise convolutions and pooling: vectors of activations in a window.
SmallVector<Value> GroupEmitter::emitWindow(const Tile &tile,
                                            SmallVector<Value> sums) {
  Operation *op = group.reduction;
  const bool isDepthwise = isa<linalg::DepthwiseConv2DNhwcHwcOp>(op);
  const bool isMaximum = isa<linalg::PoolingNhwcMaxOp>(op);
  Value input = op->getOperand(0), window = op->getOperand(1);
  auto strides =
      op->getAttrOfType<DenseIntElementsAttr>("strides").getValues<int64_t>();
  const int64_t strideHeight = strides[0], strideWidth = strides[1];
  auto windowType = cast<RankedTensorType>(window.getType());
  const int64_t windowRows = windowType.getDimSize(0);
  const int64_t windowColumns = windowType.getDimSize(1);
  const unsigned vectors = tile.vectors.size();
  const int64_t rowsInTile = tile.sizes[1], columnsInTile = tile.sizes[2];
  Value firstRow = times(tile.origin[1], strideHeight);
  Value firstColumn = times(tile.origin[2], strideWidth);

  // One row of the window, its columns from `column` on, `columns` of them.
  auto windowRow = [&](Value row, Value column, int64_t columns,
                       SmallVector<Value> values) {
    int64_t channel = 0;
    for (unsigned vector = 0; vector < vectors; ++vector) {
      const int64_t size = tile.vectors[vector];
      Value at = plus(tile.origin.back(), channel);
      channel += size;
      SmallVector<Value> weight;
      for (int64_t j = 0; isDepthwise && j < columns; ++j)
        weight.push_back(readVector(window, {row, plus(column, j), at}, size));
      for (int64_t y = 0; y < rowsInTile; ++y) {
        Value inputRow = plus(plus(firstRow, y * strideHeight), row);
        // The inputs of a row of outputs, each used by all that need it.
        const int64_t reach = (columnsInTile - 1) * strideWidth + columns;
        auto vectorType =
            reach > 1 ? VectorType::get({reach, size}, type.getElementType())
                      : VectorType::get({size}, type.getElementType());
        Value elements = builder.create<vector::TransferReadOp>(
            location, vectorType, input,
            ValueRange{tile.origin[0], inputRow, plus(firstColumn, column), at},
            SmallVector<bool>(vectorType.getRank(), true));
        for (int64_t position = 0; position < reach; ++position) {
          Value element;
          for (int64_t j = 0; j < columns && j <= position; ++j) {
            const int64_t x = (position - j) / strideWidth;
            if ((position - j) % strideWidth != 0 || x >= columnsInTile)
              continue;
            if (!element && reach > 1)
              element = builder.create<vector::ExtractOp>(location, elements,
                                                          position);
            else if (!element)
              element = elements;
            Value &sum = values[(y * columnsInTile + x) * vectors + vector];
            if (isDepthwise) {
              sum = multiplyAdd(element, weight[j], sum);
            } else if (isMaximum) {
              Value greater = builder.create<arith::CmpFOp>(
                  location, arith::CmpFPredicate::OGT, sum, element);
              sum = builder.create<arith::SelectOp>(location, greater, sum,
                                                    element);
            } else {
              sum = builder.create<arith::AddFOp>(location, sum, element);
            }
          }
        }
      }
    }
    return values;
  };
  return loop(0, 1, windowRows, sums, [&](Value row, ValueRange outer) {
    if (windowColumns <= maximumUnrolledWindow)
      return windowRow(row, index(0), windowColumns, SmallVector<Value>(outer));
    return loop(0, 1, windowColumns, outer,
                [&](Value column, ValueRange inner) {
                  return windowRow(row, column, 1, SmallVector<Value>(inner));
                });
  });
}

SmallVector<Value> GroupEmitter::emitReduction(const Tile &tile,
                                               SmallVector<Value> sums) {
  if (isa<linalg::Conv2DNhwcHwcfOp, linalg::MatmulOp>(
          group.reduction.getOperation()))
    return emitProduct(tile, std::move(sums));
  return emitWindow(tile, std::move(sums));
}

} // namespace nasc
