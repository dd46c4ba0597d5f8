//===- GroupEmitter.cpp - The loop nest of a layer group -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/GroupEmitter.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/IR/IRMapping.h"

namespace nasc {
using namespace mlir;

SmallVector<Value> GroupEmitter::loop(int64_t begin, int64_t size,
                                      int64_t count, ValueRange carried,
                                      LoopBody body) {
  if (count == 1)
    return body(index(begin), carried);
  auto nest = builder.create<scf::ForOp>(location, index(begin),
                                         index(begin + size * count),
                                         index(size), carried);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(nest.getBody());
  SmallVector<Value> results =
      body(nest.getInductionVar(), nest.getRegionIterArgs());
  builder.create<scf::YieldOp>(location, results);
  return SmallVector<Value>(nest.getResults());
}

SmallVector<Value> GroupEmitter::position(const Tile &tile, unsigned pixel,
                                          int64_t channel) {
  SmallVector<Value> result;
  for (auto [origin, offset] : llvm::zip(tile.origin, tile.pixels[pixel]))
    result.push_back(plus(origin, offset));
  result.push_back(plus(tile.origin.back(), channel));
  return result;
}

/// Whether a value's buffer may be written to: computed in this function.
static bool isOverwritable(Value value) {
  Operation *op = value.getDefiningOp();
  while (op && isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op)) {
    if (!op->getOperand(0).hasOneUse())
      return false;
    op = op->getOperand(0).getDefiningOp();
  }
  return op && !op->hasTrait<OpTrait::ConstantLike>() &&
         !isa<bufferization::ToTensorOp, tensor::EmptyOp,
              tensor::ExtractSliceOp>(op);
}

void GroupEmitter::chooseDestination() {
  destination = group.destination()->get();
  if (!destination.getDefiningOp<tensor::EmptyOp>())
    return;
  for (auto [number, step] : llvm::enumerate(group.steps))
    for (OpOperand *input : step.op.getDpsInputOperands()) {
      const int operand = input->getOperandNumber();
      if (operand == step.chainOperand || input->get().getType() != type ||
          !input->get().hasOneUse() || !isReadInPlace(step.op, operand) ||
          !isOverwritable(input->get()))
        continue;
      destination = input->get();
      inPlaceStep = number;
      inPlaceOperand = operand;
      return;
    }
}

/// Few channels make short vectors. Where every operand has the shape of the
/// result, the last dimensions are one to an element-wise operation.
void GroupEmitter::collapseDimensions() {
  if (group.reduction || type.getRank() < 2 ||
      type.getShape().back() % unit.lanes == 0)
    return;
  for (ElementwiseStep &step : group.steps)
    for (OpOperand *input : step.op.getDpsInputOperands())
      if (isa<RankedTensorType>(input->get().getType()) &&
          !isReadInPlace(step.op, input->getOperandNumber()))
        return;
  Operation *producer = destination.getDefiningOp();
  if (inPlace() || isa_and_nonnull<tensor::EmptyOp>(producer)) {
    collapsed = type.getRank();
    return;
  }
  // Of a slice, rows are contiguous if it has all channels.
  if (auto slice = dyn_cast_or_null<tensor::ExtractSliceOp>(producer);
      slice && slice.getType().getRank() == slice.getSourceType().getRank() &&
      slice.getSourceType().getShape().back() == type.getShape().back())
    collapsed = 2;
}

void GroupEmitter::run() {
  type = cast<RankedTensorType>(group.last()->getResult(0).getType());
  chooseDestination();
  collapseDimensions();

  Value start = destination;
  SmallVector<ReassociationIndices> reassociation;
  if (collapsed > 1) {
    SmallVector<int64_t> shape;
    const unsigned kept = type.getRank() - collapsed;
    for (unsigned i = 0; i < kept; ++i) {
      reassociation.push_back({static_cast<int64_t>(i)});
      shape.push_back(type.getDimSize(i));
    }
    reassociation.emplace_back();
    shape.push_back(1);
    for (unsigned i = kept; i < type.getRank(); ++i) {
      reassociation.back().push_back(i);
      shape.back() *= type.getDimSize(i);
    }
    auto collapse = [&](Value value) -> Value {
      auto element = cast<RankedTensorType>(value.getType()).getElementType();
      return builder.create<tensor::CollapseShapeOp>(
          location, RankedTensorType::get(shape, element), value,
          reassociation);
    };
    for (auto [number, step] : llvm::enumerate(group.steps))
      for (OpOperand *input : step.op.getDpsInputOperands()) {
        const int operand = input->getOperandNumber();
        if (operand == step.chainOperand ||
            !isa<RankedTensorType>(input->get().getType()) ||
            (static_cast<int>(number) == inPlaceStep &&
             operand == inPlaceOperand))
          continue;
        Value &replacement = collapsedOperands[input->get()];
        if (!replacement)
          replacement = collapse(input->get());
      }
    start = collapse(destination);
  }

  RankedTensorType originalType = type;
  type = cast<RankedTensorType>(start.getType());
  Value result = emitNest(start);
  if (collapsed > 1)
    result = builder.create<tensor::ExpandShapeOp>(location, originalType,
                                                   result, reassociation);

  group.last()->getResult(0).replaceAllUsesWith(result);
  for (ElementwiseStep &step : llvm::reverse(group.steps))
    if (step.op->use_empty())
      step.op->erase();
  if (group.reduction)
    group.reduction->erase();
  if (group.initializer && group.initializer->use_empty())
    group.initializer->erase();
}

int64_t GroupEmitter::weightBytes() {
  if (!group.reduction ||
      isa<linalg::PoolingNhwcSumOp, linalg::PoolingNhwcMaxOp>(
          group.reduction.getOperation()))
    return 0;
  return 4 * cast<RankedTensorType>(group.reduction->getOperand(1).getType())
                 .getNumElements();
}

int64_t GroupEmitter::inputBytes() {
  if (!group.reduction)
    return 0;
  return 4 * cast<RankedTensorType>(group.reduction->getOperand(0).getType())
                 .getNumElements();
}

Value GroupEmitter::emitNest(Value start) {
  const int64_t rank = type.getRank();
  auto extent = [&](int64_t fromEnd) {
    return rank >= fromEnd ? type.getDimSize(rank - fromEnd) : 1;
  };
  KernelShape shape = KernelShape::Elementwise;
  if (group.reduction) {
    Operation *op = group.reduction;
    shape = isa<linalg::DepthwiseConv2DNhwcHwcOp>(op) ? KernelShape::PerChannel
            : isa<linalg::PoolingNhwcSumOp, linalg::PoolingNhwcMaxOp>(op)
                ? KernelShape::Unweighted
                : KernelShape::Broadcast;
    if (auto convolution = dyn_cast<linalg::Conv2DNhwcHwcfOp>(op)) {
      rows = builder.create<tensor::CollapseShapeOp>(
          location, convolution.getInputs()[0],
          ArrayRef<ReassociationIndices>{{0}, {1}, {2, 3}});
      weights = builder.createOrFold<tensor::CollapseShapeOp>(
          location, convolution.getInputs()[1],
          ArrayRef<ReassociationIndices>{{0}, {1, 2}, {3}});
    } else if (isa<linalg::MatmulOp>(op)) {
      rows = op->getOperand(0);
      weights = op->getOperand(1);
    }
  }
  const int64_t height = extent(3), width = extent(2), channels = extent(1);
  KernelTiling tiling = chooseTiling(shape, height, width, channels, unit);
  if (auto convolution = dyn_cast_or_null<linalg::Conv2DNhwcHwcfOp>(
          group.reduction ? group.reduction.getOperation() : nullptr)) {
    // All columns of the kernel in one step, if neighbours share inputs.
    KernelColumns columns;
    columns.count = cast<RankedTensorType>(convolution.getInputs()[1].getType())
                        .getDimSize(1);
    columns.stride = convolution.getStrides().getValues<int64_t>()[1];
    if (columns.count > columns.stride &&
        columns.count <= maximumUnrolledWindow) {
      KernelTiling together =
          chooseTiling(shape, height, width, channels, unit, columns);
      if (together.cost < tiling.cost) {
        tiling = std::move(together);
        kernelColumns = columns.count;
      }
    }
  }

  Value result = start;
  for (const ChannelRun &run : tiling.channels) {
    Tile tile;
    tile.vectors = run.vectors;
    tile.origin.assign(rank, Value());
    tile.sizes.assign(rank - 1, 1);

    // The loop over the blocks of channels is outermost if reading the input
    // once more for each of them is less than reading the weights once more
    // for each tile of pixels.
    int64_t tiles = 0;
    for (const PieceRun &row : run.rows)
      for (const PieceRun &column : run.columns)
        tiles += row.count * column.count;
    const bool channelsOutside =
        run.count * inputBytes() < tiles * weightBytes();

    auto overChannels = [&](ValueRange carried, auto inner) {
      return loop(run.begin, run.width(), run.count, carried,
                  [&](Value channel, ValueRange nested) {
                    tile.origin.back() = channel;
                    return inner(nested);
                  });
    };
    auto body = [&](ValueRange carried) -> SmallVector<Value> {
      tile.listPixels();
      return {emitTile(tile, carried.front())};
    };
    auto overColumns = [&](ValueRange carried) {
      SmallVector<Value> values(carried);
      auto inner = [&](ValueRange nested) {
        return channelsOutside ? body(nested) : overChannels(nested, body);
      };
      if (rank < 2)
        return inner(values);
      for (const PieceRun &column : run.columns)
        values = loop(column.begin, column.size, column.count, values,
                      [&](Value at, ValueRange nested) {
                        tile.origin[rank - 2] = at;
                        tile.sizes[rank - 2] = column.size;
                        return inner(nested);
                      });
      return values;
    };
    auto overRows = [&](ValueRange carried) {
      SmallVector<Value> values(carried);
      if (rank < 3)
        return overColumns(values);
      for (const PieceRun &row : run.rows)
        values = loop(row.begin, row.size, row.count, values,
                      [&](Value at, ValueRange nested) {
                        tile.origin[rank - 3] = at;
                        tile.sizes[rank - 3] = row.size;
                        return overColumns(nested);
                      });
      return values;
    };
    std::function<SmallVector<Value>(int64_t, ValueRange)> overOuter =
        [&](int64_t dimension, ValueRange carried) {
          if (dimension + 3 >= rank)
            return overRows(carried);
          return loop(0, 1, type.getDimSize(dimension), carried,
                      [&](Value at, ValueRange nested) {
                        tile.origin[dimension] = at;
                        return overOuter(dimension + 1, nested);
                      });
        };
    auto outer = [&](ValueRange carried) { return overOuter(0, carried); };
    SmallVector<Value> values{result};
    values = channelsOutside ? overChannels(values, outer) : outer(values);
    result = values.front();
  }
  return result;
}

/// The shape of a tile's pixels without the ones in front.
static SmallVector<int64_t> pixelShape(const Tile &tile) {
  ArrayRef<int64_t> shape = tile.sizes;
  while (!shape.empty() && shape.front() == 1)
    shape = shape.drop_front();
  return SmallVector<int64_t>(shape);
}

/// The position of a pixel in the vector of all pixels of a tile.
static ArrayRef<int64_t> pixelPosition(const Tile &tile, unsigned pixel,
                                       size_t rank) {
  return ArrayRef<int64_t>(tile.pixels[pixel]).take_back(rank);
}

// Tiles are read and written by one operation for all their pixels, which is
// split into vectors after bufferisation: the analysis of bufferisation takes
// time quadratic in the number of reads and writes. Through a slice, so that
// the pixels' addresses are one address plus constants.

SmallVector<Value> GroupEmitter::readTile(Value tensor, AffineMap map,
                                          const Tile &tile, int64_t channel,
                                          int64_t size) {
  const unsigned count = tile.pixels.size();
  Type element = cast<RankedTensorType>(tensor.getType()).getElementType();
  SmallVector<int64_t> shape = pixelShape(tile);
  if (map.isIdentity() && !shape.empty()) {
    const size_t rank = shape.size();
    shape.push_back(size);
    Value slice = sliceTile(tensor, tile, channel, size);
    SmallVector<Value> zeros(type.getRank(), index(0));
    Value box = builder.create<vector::TransferReadOp>(
        location, VectorType::get(shape, element), slice, zeros,
        SmallVector<bool>(shape.size(), true));
    SmallVector<Value> values;
    for (unsigned pixel = 0; pixel < count; ++pixel)
      values.push_back(builder.create<vector::ExtractOp>(
          location, box, pixelPosition(tile, pixel, rank)));
    return values;
  }
  bool dependsOnPixel = false;
  for (unsigned i = 0; i < tile.sizes.size(); ++i)
    dependsOnPixel |= tile.sizes[i] > 1 && map.isFunctionOfDim(i);
  SmallVector<Value> values;
  for (unsigned pixel = 0; pixel < count; ++pixel) {
    if (pixel > 0 && !dependsOnPixel) {
      values.push_back(values.front());
      continue;
    }
    SmallVector<Value> at = position(tile, pixel, channel), indices;
    bool alongChannels = false;
    for (AffineExpr expression : map.getResults()) {
      auto dimension = dyn_cast<AffineDimExpr>(expression);
      indices.push_back(dimension ? at[dimension.getPosition()] : index(0));
      alongChannels = dimension && dimension.getPosition() + 1 == at.size();
    }
    if (alongChannels)
      values.push_back(readVector(tensor, indices, size));
    else
      values.push_back(splat(
          builder.create<tensor::ExtractOp>(location, tensor, indices), size));
  }
  return values;
}

Value GroupEmitter::sliceTile(Value tensor, const Tile &tile, int64_t channel,
                              int64_t channels) {
  SmallVector<OpFoldResult> sizes,
      strides(type.getRank(), builder.getIndexAttr(1));
  for (int64_t size : tile.sizes)
    sizes.push_back(builder.getIndexAttr(size));
  sizes.push_back(builder.getIndexAttr(channels));
  return builder.create<tensor::ExtractSliceOp>(
      location, tensor, getAsOpFoldResult(position(tile, 0, channel)), sizes,
      strides);
}

Value GroupEmitter::writeTile(ArrayRef<Value> values, Value tensor,
                              const Tile &tile) {
  const unsigned vectors = tile.vectors.size();
  int64_t channels = 0;
  for (int64_t size : tile.vectors)
    channels += size;
  Value slice = sliceTile(tensor, tile, 0, channels), written = slice;
  int64_t channel = 0;
  for (unsigned vector = 0; vector < vectors; ++vector) {
    SmallVector<int64_t> shape = pixelShape(tile);
    const size_t rank = shape.size();
    auto vectorType = cast<VectorType>(values[vector].getType());
    Value box = values[vector];
    if (rank > 0) {
      shape.push_back(vectorType.getNumElements());
      auto boxType = VectorType::get(shape, vectorType.getElementType());
      box = builder.create<arith::ConstantOp>(location,
                                              builder.getZeroAttr(boxType));
      for (unsigned pixel = 0; pixel < tile.pixels.size(); ++pixel)
        box = builder.create<vector::InsertOp>(
            location, values[pixel * vectors + vector], box,
            pixelPosition(tile, pixel, rank));
    }
    SmallVector<Value> indices(type.getRank(), index(0));
    indices.back() = index(channel);
    written =
        builder
            .create<vector::TransferWriteOp>(location, box, written, indices,
                                             SmallVector<bool>(rank + 1, true))
            .getResult();
    channel += tile.vectors[vector];
  }
  auto extracted = slice.getDefiningOp<tensor::ExtractSliceOp>();
  return builder.create<tensor::InsertSliceOp>(
      location, written, tensor, extracted.getMixedOffsets(),
      extracted.getMixedSizes(), extracted.getMixedStrides());
}

/// The operation's results for a tile, pixel by pixel and vector by vector.
/// `chained` are the values of the operand `chainOperand`.
SmallVector<Value> GroupEmitter::evaluate(linalg::LinalgOp op, int chainOperand,
                                          ArrayRef<Value> chained,
                                          const Tile &tile, Value current,
                                          int step) {
  const unsigned pixels = tile.pixels.size(), vectors = tile.vectors.size();
  SmallVector<Value> results(pixels * vectors);
  if (auto fill = dyn_cast<linalg::FillOp>(op.getOperation())) {
    for (unsigned i = 0; i < results.size(); ++i)
      results[i] = splat(fill.getInputs()[0], tile.vectors[i % vectors]);
    return results;
  }

  auto generic = cast<linalg::GenericOp>(op.getOperation());
  Block *body = generic.getBody();
  const AffineMap identity = builder.getMultiDimIdentityMap(type.getRank());
  int64_t channel = 0;
  for (unsigned vector = 0; vector < vectors; ++vector) {
    const int64_t size = tile.vectors[vector];
    // The operands' values at each pixel.
    SmallVector<std::pair<BlockArgument, SmallVector<Value>>> operands;
    for (OpOperand *input : generic.getDpsInputOperands()) {
      const int operand = input->getOperandNumber();
      BlockArgument argument = generic.getMatchingBlockArgument(input);
      Value value = input->get();
      if (argument.use_empty())
        continue;
      SmallVector<Value> values;
      if (operand == chainOperand)
        for (unsigned pixel = 0; pixel < pixels; ++pixel)
          values.push_back(chained[pixel * vectors + vector]);
      else if (!isa<RankedTensorType>(value.getType()))
        values.assign(pixels, splat(value, size));
      else if (step == inPlaceStep && operand == inPlaceOperand)
        values = readTile(current, identity, tile, channel, size);
      else if (collapsed > 1)
        values = readTile(collapsedOperands.lookup(value), identity, tile,
                          channel, size);
      else if (isReadInPlace(generic, operand))
        values = readTile(value, identity, tile, channel, size);
      else
        values = readTile(value, generic.getMatchingIndexingMap(input), tile,
                          channel, size);
      operands.emplace_back(argument, std::move(values));
    }
    channel += size;

    for (unsigned pixel = 0; pixel < pixels; ++pixel) {
      IRMapping mapping;
      for (auto &[argument, values] : operands)
        mapping.map(argument, values[pixel]);
      auto asVector = [&](Value value) {
        if (Value mapped = mapping.lookupOrNull(value))
          return mapped;
        Value splatted = splat(value, size);
        mapping.map(value, splatted);
        return splatted;
      };
      for (Operation &nested : body->without_terminator()) {
        if (isa<arith::ConstantOp>(nested)) {
          mapping.map(nested.getResult(0), splat(nested.getResult(0), size));
          continue;
        }
        for (Value operand : nested.getOperands())
          asVector(operand);
        Operation *copy = builder.clone(nested, mapping);
        for (OpResult result : copy->getResults())
          result.setType(VectorType::get(size, result.getType()));
      }
      results[pixel * vectors + vector] =
          asVector(body->getTerminator()->getOperand(0));
    }
  }
  return results;
}

SmallVector<Value> GroupEmitter::emitInitial(const Tile &tile, Value current) {
  if (group.initializer)
    return evaluate(group.initializer, -1, {}, tile, current, -1);
  Value init = group.reduction.getDpsInitOperand(0)->get();
  const unsigned vectors = tile.vectors.size();
  SmallVector<Value> sums(tile.pixels.size() * vectors);
  int64_t channel = 0;
  for (unsigned vector = 0; vector < vectors; ++vector) {
    SmallVector<Value> values =
        readTile(init == destination ? current : init,
                 builder.getMultiDimIdentityMap(type.getRank()), tile, channel,
                 tile.vectors[vector]);
    for (auto [pixel, value] : llvm::enumerate(values))
      sums[pixel * vectors + vector] = value;
    channel += tile.vectors[vector];
  }
  return sums;
}

Value GroupEmitter::emitTile(const Tile &tile, Value current) {
  SmallVector<Value> values;
  if (group.reduction)
    values = emitReduction(tile, emitInitial(tile, current));
  for (auto [number, step] : llvm::enumerate(group.steps))
    values = evaluate(cast<linalg::LinalgOp>(step.op.getOperation()),
                      step.chainOperand, values, tile, current, number);
  return writeTile(values, current, tile);
}

} // namespace nasc
