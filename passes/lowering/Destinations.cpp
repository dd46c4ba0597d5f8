//===- Destinations.cpp - Where the values of a network are computed ------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The passes before bufferisation that decide into which buffers values go:
// padding, concatenation, and the function's own results.
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "passes/lowering/Passes.h"

namespace nasc {
#define GEN_PASS_DEF_EXPANDPADDING
#define GEN_PASS_DEF_FORWARDDESTINATIONS
#define GEN_PASS_DEF_NETWORKINTERFACE
#include "passes/lowering/Passes.h.inc"

namespace {
using namespace mlir;

SmallVector<OpFoldResult> indexAttributes(OpBuilder &builder,
                                          ArrayRef<int64_t> values) {
  SmallVector<OpFoldResult> result;
  for (int64_t value : values)
    result.push_back(builder.getIndexAttr(value));
  return result;
}

/// The operation that computes a value, seen through reshapes.
Operation *computingOperation(Value value) {
  Operation *op = value.getDefiningOp();
  while (op && isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
    op = op->getOperand(0).getDefiningOp();
  return op;
}

struct ExpandPaddingPass : impl::ExpandPaddingBase<ExpandPaddingPass> {
  void runOnOperation() override {
    SmallVector<tensor::PadOp> pads;
    getOperation().walk([&](tensor::PadOp pad) { pads.push_back(pad); });
    for (tensor::PadOp pad : pads)
      expand(pad);
  }

  void expand(tensor::PadOp pad) {
    Value padding = pad.getConstantPaddingValue();
    auto type = pad.getResultType();
    auto sourceType = pad.getSourceType();
    FloatAttr paddingAttribute;
    if (!padding || !matchPattern(padding, m_Constant(&paddingAttribute)) ||
        !type.hasStaticShape() || !sourceType.hasStaticShape() ||
        !llvm::all_of(pad.getStaticLow(), [](int64_t low) {
          return low >= 0 && !ShapedType::isDynamic(low);
        }))
      return;
    Location location = pad.getLoc();
    OpBuilder builder(pad);
    // The border does not depend on the source. Filled before the source is
    // computed, it allows the source to be computed right into the middle.
    if (Operation *source = computingOperation(pad.getSource());
        source && source->getBlock() == pad->getBlock())
      builder.setInsertionPoint(source);
    Value fill = builder.create<arith::ConstantOp>(location, paddingAttribute);
    Value result = builder.create<tensor::EmptyOp>(location, type.getShape(),
                                                   type.getElementType());
    // Peel the border off one dimension after the other: the slices before
    // and after the source in dimension d span the source's extent in the
    // dimensions before d and the whole in those after.
    SmallVector<int64_t> offsets(type.getRank(), 0), sizes(type.getShape()),
        ones(type.getRank(), 1);
    auto fillSlice = [&](unsigned dimension, int64_t begin, int64_t extent) {
      if (extent == 0)
        return;
      SmallVector<int64_t> sliceOffsets(offsets), sliceSizes(sizes);
      sliceOffsets[dimension] = begin;
      sliceSizes[dimension] = extent;
      auto at = indexAttributes(builder, sliceOffsets);
      auto size = indexAttributes(builder, sliceSizes);
      auto stride = indexAttributes(builder, ones);
      Value slice = builder.create<tensor::ExtractSliceOp>(location, result, at,
                                                           size, stride);
      slice =
          builder.create<linalg::FillOp>(location, fill, slice).getResult(0);
      result = builder.create<tensor::InsertSliceOp>(location, slice, result,
                                                     at, size, stride);
    };
    for (unsigned d = 0; d < type.getRank(); ++d) {
      const int64_t low = pad.getStaticLow()[d];
      const int64_t end = low + sourceType.getDimSize(d);
      fillSlice(d, 0, low);
      fillSlice(d, end, type.getDimSize(d) - end);
      offsets[d] = low;
      sizes[d] = sourceType.getDimSize(d);
    }
    builder.setInsertionPoint(pad);
    Value inserted = builder.create<tensor::InsertSliceOp>(
        location, pad.getSource(), result, indexAttributes(builder, offsets),
        indexAttributes(builder, sizes), indexAttributes(builder, ones));
    pad.replaceAllUsesWith(inserted);
    pad.erase();
    ++numExpanded;
  }
};

struct ForwardDestinationsPass
    : impl::ForwardDestinationsBase<ForwardDestinationsPass> {
  void runOnOperation() override {
    // An insertion is moved up to where its operands exist, so that the next
    // insertion into the same tensor finds its destination early enough.
    SmallVector<tensor::InsertSliceOp> insertions;
    getOperation().walk(
        [&](tensor::InsertSliceOp op) { insertions.push_back(op); });
    for (tensor::InsertSliceOp insertion : insertions) {
      hoist(insertion);
      forward(insertion);
    }
  }

  void hoist(tensor::InsertSliceOp insertion) {
    if (auto empty = insertion.getDest().getDefiningOp<tensor::EmptyOp>();
        empty && empty->getBlock() == insertion->getBlock())
      empty->moveBefore(&empty->getBlock()->front());
    Operation *last = nullptr;
    for (Value operand : insertion->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (!producer)
        continue;
      if (producer->getBlock() != insertion->getBlock())
        return;
      if (!last || last->isBeforeInBlock(producer))
        last = producer;
    }
    if (last)
      insertion->moveAfter(last);
  }

  void forward(tensor::InsertSliceOp insertion) {
    if (insertion.getSourceType().getRank() !=
        insertion.getDestType().getRank())
      return;
    // The way from the computation to the insertion.
    SmallVector<Operation *> reshapes;
    Value value = insertion.getSource();
    while (Operation *op = value.getDefiningOp()) {
      if (!isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
        break;
      reshapes.push_back(op);
      value = op->getOperand(0);
    }
    auto computation = value.getDefiningOp<linalg::LinalgOp>();
    if (!computation || computation->getNumResults() != 1)
      return;
    OpOperand *init = computation.getDpsInitOperand(0);
    // A layer that begins with a bias gets it into its registers; the
    // destination counts for the operation that fills the tensor with it.
    auto chain = computation;
    while (true) {
      if (init->get().getDefiningOp<tensor::EmptyOp>())
        break;
      auto producer = init->get().getDefiningOp<linalg::LinalgOp>();
      if (!producer || !init->get().hasOneUse() ||
          producer->getNumResults() != 1 ||
          producer->getBlock() != insertion->getBlock())
        return;
      chain = producer;
      init = producer.getDpsInitOperand(0);
    }
    if (chain.payloadUsesValueFromOperand(init))
      return;
    DominanceInfo dominance;
    if (!dominance.properlyDominates(insertion.getDest(), chain))
      return;
    OpBuilder builder(chain);
    Location location = insertion.getLoc();
    Value destination = builder.create<tensor::ExtractSliceOp>(
        location, insertion.getSourceType(), insertion.getDest(),
        insertion.getMixedOffsets(), insertion.getMixedSizes(),
        insertion.getMixedStrides());
    for (Operation *reshape : reshapes) {
      Type type = reshape->getOperand(0).getType();
      if (auto expand = dyn_cast<tensor::ExpandShapeOp>(reshape)) {
        destination = builder.create<tensor::CollapseShapeOp>(
            location, type, destination, expand.getReassociationIndices());
      } else {
        auto collapse = cast<tensor::CollapseShapeOp>(reshape);
        destination = builder.create<tensor::ExpandShapeOp>(
            location, type, destination, collapse.getReassociationIndices());
      }
    }
    init->set(destination);
    ++numForwarded;
  }
};

struct NetworkInterfacePass : impl::NetworkInterfaceBase<NetworkInterfacePass> {
  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    FunctionType type = function.getFunctionType();
    for (Type part :
         llvm::concat<const Type>(type.getInputs(), type.getResults()))
      if (auto tensor = dyn_cast<TensorType>(part);
          tensor && !tensor.hasStaticShape()) {
        function.emitError("a network's function must have static shapes, not ")
            << part << Diag::NAS6003;
        return signalPassFailure();
      }
    if (!llvm::hasSingleElement(function.getBody())) {
      function.emitError("a network's function must be one block of operations")
          << Diag::NAS6003;
      return signalPassFailure();
    }

    Block &block = function.getBody().front();
    OpBuilder builder = OpBuilder::atBlockBegin(&block);
    auto bufferType = [](Type tensor) {
      auto ranked = cast<RankedTensorType>(tensor);
      return MemRefType::get(ranked.getShape(), ranked.getElementType());
    };
    SmallVector<Type> inputs;
    for (BlockArgument argument : block.getArguments()) {
      if (!isa<RankedTensorType>(argument.getType())) {
        inputs.push_back(argument.getType());
        continue;
      }
      Type tensor = argument.getType();
      ++numBuffers;
      argument.setType(bufferType(tensor));
      inputs.push_back(argument.getType());
      auto view = builder.create<bufferization::ToTensorOp>(
          function.getLoc(), tensor, argument, /*restrict=*/true,
          /*writable=*/false);
      argument.replaceAllUsesExcept(view, view);
    }
    Operation *terminator = block.getTerminator();
    builder.setInsertionPoint(terminator);
    for (Value result : terminator->getOperands()) {
      ++numBuffers;
      BlockArgument output =
          block.addArgument(bufferType(result.getType()), function.getLoc());
      inputs.push_back(output.getType());
      auto store = builder.create<bufferization::MaterializeInDestinationOp>(
          function.getLoc(), TypeRange{}, result, output, builder.getUnitAttr(),
          builder.getUnitAttr());
      (void)store;
    }
    terminator->setOperands({});
    SmallVector<DictionaryAttr> attributes;
    function.getAllArgAttrs(attributes);
    attributes.resize(inputs.size(), builder.getDictionaryAttr({}));
    function.setFunctionType(builder.getFunctionType(inputs, {}));
    function.setAllArgAttrs(attributes);
    function.removeResAttrsAttr();
  }
};

} // namespace
} // namespace nasc
