//===- TosaLayersToLinalg.cpp - TOSA layers in the form we vectorise ------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/lowering/Passes.h"

namespace nasc {
#define GEN_PASS_DEF_TOSALAYERSTOLINALG
#define GEN_PASS_DEF_FOLDCONSTANTTRANSPOSES
#define GEN_PASS_DEF_FUSEELEMENTWISE
#include "passes/lowering/Passes.h.inc"

namespace {
using namespace mlir;

bool isStaticFloat(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type && type.hasStaticShape() && type.getElementType().isF32();
}

/// The input with `pad` (top, bottom, left, right) elements of value zero.
Value padImage(OpBuilder &builder, Location location, Value input,
               ArrayRef<int64_t> pad) {
  if (llvm::all_of(pad, [](int64_t amount) { return amount == 0; }))
    return input;
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[1] += pad[0] + pad[1];
  shape[2] += pad[2] + pad[3];
  auto index = [&](int64_t value) { return builder.getIndexAttr(value); };
  SmallVector<OpFoldResult> low = {index(0), index(pad[0]), index(pad[2]),
                                   index(0)};
  SmallVector<OpFoldResult> high = {index(0), index(pad[1]), index(pad[3]),
                                    index(0)};
  Value zero = builder.create<arith::ConstantOp>(
      location, builder.getZeroAttr(type.getElementType()));
  return builder.create<tensor::PadOp>(
      location, RankedTensorType::get(shape, type.getElementType()), input, low,
      high, zero);
}

/// An element-wise operation on `inputs` with the given maps into a new tensor
/// of type `type`.
Value elementwise(
    OpBuilder &builder, Location location, RankedTensorType type,
    ValueRange inputs, ArrayRef<AffineMap> maps,
    llvm::function_ref<Value(OpBuilder &, Location, ValueRange)> body) {
  Value empty = builder.create<tensor::EmptyOp>(location, type.getShape(),
                                                type.getElementType());
  SmallVector<AffineMap> allMaps(maps);
  allMaps.push_back(builder.getMultiDimIdentityMap(type.getRank()));
  SmallVector<utils::IteratorType> iterators(type.getRank(),
                                             utils::IteratorType::parallel);
  return builder
      .create<linalg::GenericOp>(
          location, type, inputs, ValueRange{empty}, allMaps, iterators,
          [&](OpBuilder &nested, Location nestedLocation, ValueRange values) {
            nested.create<linalg::YieldOp>(
                nestedLocation, body(nested, nestedLocation, values));
          })
      .getResult(0);
}

DenseIntElementsAttr pairAttribute(OpBuilder &builder,
                                   ArrayRef<int64_t> values) {
  return builder.getI64TensorAttr(values);
}

struct LowerDepthwise : OpRewritePattern<tosa::DepthwiseConv2DOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::DepthwiseConv2DOp op,
                                PatternRewriter &rewriter) const override {
    Location location = op.getLoc();
    auto weightType = dyn_cast<RankedTensorType>(op.getWeight().getType());
    if (!isStaticFloat(op.getInput()) || !isStaticFloat(op.getOutput()) ||
        !isStaticFloat(op.getWeight()) || weightType.getDimSize(3) != 1)
      return failure();
    auto type = cast<RankedTensorType>(op.getOutput().getType());
    const int64_t channels = type.getDimSize(3);
    if (cast<RankedTensorType>(op.getBias().getType()).getDimSize(0) !=
        channels)
      return failure();

    auto kernelType = RankedTensorType::get(weightType.getShape().drop_back(),
                                            weightType.getElementType());
    DenseElementsAttr constant;
    Value kernel;
    if (matchPattern(op.getWeight(), m_Constant(&constant)))
      kernel = rewriter.create<arith::ConstantOp>(location,
                                                  constant.reshape(kernelType));
    else
      kernel = rewriter.create<tensor::CollapseShapeOp>(
          location, kernelType, op.getWeight(),
          ArrayRef<ReassociationIndices>{{0}, {1}, {2, 3}});

    Value padded = padImage(rewriter, location, op.getInput(), op.getPad());
    AffineMap channel = AffineMap::get(4, 0, rewriter.getAffineDimExpr(3));
    Value initial = elementwise(rewriter, location, type, op.getBias(), channel,
                                [](OpBuilder &, Location, ValueRange values) {
                                  return values.front();
                                });
    rewriter.replaceOpWithNewOp<linalg::DepthwiseConv2DNhwcHwcOp>(
        op, type, ValueRange{padded, kernel}, ValueRange{initial},
        pairAttribute(rewriter, op.getStride()),
        pairAttribute(rewriter, op.getDilation()));
    return success();
  }
};

struct LowerAveragePool : OpRewritePattern<tosa::AvgPool2dOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::AvgPool2dOp op,
                                PatternRewriter &rewriter) const override {
    Location location = op.getLoc();
    if (!isStaticFloat(op.getInput()) || !isStaticFloat(op.getOutput()))
      return failure();
    auto inputType = cast<RankedTensorType>(op.getInput().getType());
    auto type = cast<RankedTensorType>(op.getOutput().getType());
    ArrayRef<int64_t> pad = op.getPad(), kernel = op.getKernel(),
                      stride = op.getStride();

    // How many elements of the input lie in the window at each position.
    auto counts = [&](unsigned dimension, int64_t before, int64_t window,
                      int64_t step) {
      SmallVector<int64_t> result;
      const int64_t extent = inputType.getDimSize(dimension);
      for (int64_t i = 0; i < type.getDimSize(dimension); ++i) {
        const int64_t begin = std::max<int64_t>(i * step - before, 0);
        const int64_t end = std::min(i * step - before + window, extent);
        result.push_back(end - begin);
      }
      return result;
    };
    SmallVector<int64_t> rows = counts(1, pad[0], kernel[0], stride[0]);
    SmallVector<int64_t> columns = counts(2, pad[2], kernel[1], stride[1]);
    for (auto *list : {&rows, &columns})
      if (llvm::any_of(*list, [](int64_t count) { return count <= 0; }))
        return op.emitOpError("has windows without any element of the input")
               << Diag::NAS6002;

    Value padded = padImage(rewriter, location, op.getInput(), pad);
    Value zero = rewriter.create<arith::ConstantOp>(
        location, rewriter.getF32FloatAttr(0.0f));
    Value empty = rewriter.create<tensor::EmptyOp>(location, type.getShape(),
                                                   type.getElementType());
    Value initial =
        rewriter.create<linalg::FillOp>(location, zero, empty).getResult(0);
    Value window = rewriter.create<tensor::EmptyOp>(location, kernel,
                                                    type.getElementType());
    Value sum = rewriter
                    .create<linalg::PoolingNhwcSumOp>(
                        location, type, ValueRange{padded, window},
                        ValueRange{initial}, pairAttribute(rewriter, stride),
                        pairAttribute(rewriter, {1, 1}))
                    .getResult(0);

    SmallVector<float> reciprocals;
    for (int64_t row : rows)
      for (int64_t column : columns)
        reciprocals.push_back(1.0f / static_cast<float>(row * column));
    AffineMap identity = rewriter.getMultiDimIdentityMap(4);
    Value mean;
    if (llvm::all_equal(reciprocals)) {
      Value factor = rewriter.create<arith::ConstantOp>(
          location, rewriter.getF32FloatAttr(reciprocals.front()));
      mean = elementwise(rewriter, location, type, sum, identity,
                         [&](OpBuilder &nested, Location nestedLocation,
                             ValueRange values) -> Value {
                           return nested.create<arith::MulFOp>(
                               nestedLocation, values[0], factor);
                         });
    } else {
      auto tableType =
          RankedTensorType::get({static_cast<int64_t>(rows.size()),
                                 static_cast<int64_t>(columns.size())},
                                type.getElementType());
      Value table = rewriter.create<arith::ConstantOp>(
          location, DenseElementsAttr::get(tableType, ArrayRef(reciprocals)));
      AffineMap position = AffineMap::get(
          4, 0, {rewriter.getAffineDimExpr(1), rewriter.getAffineDimExpr(2)},
          rewriter.getContext());
      mean = elementwise(rewriter, location, type, {sum, table},
                         {identity, position},
                         [&](OpBuilder &nested, Location nestedLocation,
                             ValueRange values) -> Value {
                           return nested.create<arith::MulFOp>(
                               nestedLocation, values[0], values[1]);
                         });
    }
    rewriter.replaceOp(op, mean);
    return success();
  }
};

struct LowerConcat : OpRewritePattern<tosa::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(tosa::ConcatOp op,
                                PatternRewriter &rewriter) const override {
    Location location = op.getLoc();
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type || !type.hasStaticShape() ||
        !llvm::all_of(op.getInput1(), isStaticFloat))
      return failure();
    // The parts with their places, in the order in which they are computed.
    struct Part {
      Value value;
      int64_t offset;
    };
    SmallVector<Part> parts;
    int64_t offset = 0;
    for (Value value : op.getInput1()) {
      parts.push_back({value, offset});
      offset +=
          cast<RankedTensorType>(value.getType()).getDimSize(op.getAxis());
    }
    llvm::stable_sort(parts, [](const Part &a, const Part &b) {
      Operation *first = a.value.getDefiningOp();
      Operation *second = b.value.getDefiningOp();
      if (!first || !second)
        return !first && second;
      return first != second && first->getBlock() == second->getBlock() &&
             first->isBeforeInBlock(second);
    });
    Value result = rewriter.create<tensor::EmptyOp>(location, type.getShape(),
                                                    type.getElementType());
    for (const Part &part : parts) {
      SmallVector<OpFoldResult> offsets(type.getRank(),
                                        rewriter.getIndexAttr(0));
      offsets[op.getAxis()] = rewriter.getIndexAttr(part.offset);
      SmallVector<OpFoldResult> sizes,
          strides(type.getRank(), rewriter.getIndexAttr(1));
      for (int64_t size :
           cast<RankedTensorType>(part.value.getType()).getShape())
        sizes.push_back(rewriter.getIndexAttr(size));
      result = rewriter.create<tensor::InsertSliceOp>(
          location, part.value, result, offsets, sizes, strides);
    }
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct TosaLayersToLinalgPass
    : impl::TosaLayersToLinalgBase<TosaLayersToLinalgPass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<LowerDepthwise, LowerAveragePool, LowerConcat>(&getContext());
    unsigned before = 0, after = 0;
    auto count = [&](unsigned &number) {
      getOperation().walk([&](Operation *op) {
        number +=
            isa<tosa::DepthwiseConv2DOp, tosa::AvgPool2dOp, tosa::ConcatOp>(op);
      });
    };
    count(before);
    bool failed = false;
    ScopedDiagnosticHandler handler(&getContext(), [&](Diagnostic &diagnostic) {
      failed |= diagnostic.getSeverity() == DiagnosticSeverity::Error;
      return failure();
    });
    if (mlir::failed(applyPatternsAndFoldGreedily(getOperation(),
                                                  std::move(patterns))) ||
        failed)
      return signalPassFailure();
    count(after);
    numConverted += before - after;
  }
};

//===----------------------------------------------------------------------===//
// Constant transposes
//===----------------------------------------------------------------------===//

/// The constant with its dimensions permuted: result dimension i is dimension
/// `permutation[i]` of the source.
DenseElementsAttr permute(DenseElementsAttr source,
                          ArrayRef<int64_t> permutation) {
  auto type = cast<RankedTensorType>(source.getType());
  SmallVector<int64_t> shape;
  for (int64_t dimension : permutation)
    shape.push_back(type.getDimSize(dimension));
  auto resultType = RankedTensorType::get(shape, type.getElementType());
  if (source.isSplat())
    return source.resizeSplat(resultType);
  // On the raw bytes, whole elements at a time: a weight may have millions.
  if (type.getElementTypeBitWidth() % 8 != 0)
    return {};
  const int64_t width = type.getElementTypeBitWidth() / 8;
  SmallVector<int64_t> sourceStrides(type.getRank(), 1);
  for (int64_t i = type.getRank() - 2; i >= 0; --i)
    sourceStrides[i] = sourceStrides[i + 1] * type.getDimSize(i + 1);
  SmallVector<int64_t> strides, position(shape.size(), 0);
  for (int64_t dimension : permutation)
    strides.push_back(sourceStrides[dimension]);
  ArrayRef<char> from = source.getRawData();
  std::vector<char> to(from.size());
  int64_t offset = 0;
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
    std::copy_n(from.data() + offset * width, width, to.data() + i * width);
    for (int64_t d = shape.size() - 1; d >= 0; --d) {
      offset += strides[d];
      if (++position[d] < shape[d])
        break;
      offset -= strides[d] * shape[d];
      position[d] = 0;
    }
  }
  return DenseElementsAttr::getFromRawBuffer(resultType, to);
}

struct FoldConstantTransposesPass
    : impl::FoldConstantTransposesBase<FoldConstantTransposesPass> {
  void runOnOperation() override {
    SmallVector<Operation *> transposes;
    getOperation().walk([&](Operation *op) {
      if (isa<linalg::TransposeOp, tosa::TransposeOp>(op))
        transposes.push_back(op);
    });
    for (Operation *op : transposes) {
      SmallVector<int64_t> permutation;
      if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
        permutation.assign(transpose.getPermutation().begin(),
                           transpose.getPermutation().end());
      } else {
        DenseIntElementsAttr list;
        if (!matchPattern(op->getOperand(1), m_Constant(&list)))
          continue;
        for (const APInt &value : list)
          permutation.push_back(value.getSExtValue());
      }
      Value source = op->getOperand(0);
      DenseElementsAttr constant;
      if (!matchPattern(source, m_Constant(&constant)))
        continue;
      DenseElementsAttr permuted = permute(constant, permutation);
      if (!permuted || permuted.getType() != op->getResult(0).getType())
        continue;
      OpBuilder builder(op);
      Value result = builder.create<arith::ConstantOp>(op->getLoc(), permuted);
      op->getResult(0).replaceAllUsesWith(result);
      op->erase();
      if (Operation *producer = source.getDefiningOp();
          producer && producer->use_empty())
        producer->erase();
      ++numFolded;
    }
  }
};

//===----------------------------------------------------------------------===//
// Element-wise operations
//===----------------------------------------------------------------------===//

struct FuseElementwisePass : impl::FuseElementwiseBase<FuseElementwisePass> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(
        patterns, [](OpOperand *operand) {
          Operation *producer = operand->get().getDefiningOp();
          return producer && producer->hasOneUse();
        });
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    const unsigned before = countGenerics();
    if (failed(
            applyPatternsAndFoldGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    numFused += before - countGenerics();
  }

private:
  unsigned countGenerics() {
    unsigned count = 0;
    getOperation().walk([&](linalg::GenericOp) { ++count; });
    return count;
  }
};

} // namespace
} // namespace nasc
