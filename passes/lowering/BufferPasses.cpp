//===- BufferPasses.cpp - Arithmetic, copies, the arena, LLVM functions ---===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The passes between vectorised loops and LLVM.
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/arena/ArenaPlanning.h"
#include "passes/lowering/Passes.h"

namespace nasc {
#define GEN_PASS_DEF_EXPANDARITHMETIC
#define GEN_PASS_DEF_EXPANDCOPIES
#define GEN_PASS_DEF_PLANARENA
#define GEN_PASS_DEF_FINISHFUNCTIONS
#include "passes/lowering/Passes.h.inc"

namespace {
using namespace mlir;

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

/// max(x, c) becomes `c > x ? c : x`, min alike: the form of the processors'
/// instructions, which also return the second operand if one is a NaN.
template <typename Op, arith::CmpFPredicate predicate>
struct CompareAndSelect : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    Value value = op.getLhs(), bound = op.getRhs();
    if (matchPattern(value, m_Constant()))
      std::swap(value, bound);
    if (!matchPattern(bound, m_Constant()))
      return failure();
    Value beyond =
        rewriter.create<arith::CmpFOp>(op.getLoc(), predicate, bound, value);
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, beyond, bound, value);
    return success();
  }
};

struct ExpandArithmeticPass : impl::ExpandArithmeticBase<ExpandArithmeticPass> {
  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      numExpanded += isa<math::MathDialect>(op->getDialect()) ||
                     isa<arith::MaximumFOp, arith::MinimumFOp>(op);
    });
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns);
    if (failed(
            applyPatternsAndFoldGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    RewritePatternSet selections(&getContext());
    selections
        .add<CompareAndSelect<arith::MaximumFOp, arith::CmpFPredicate::OGT>,
             CompareAndSelect<arith::MinimumFOp, arith::CmpFPredicate::OLT>>(
            &getContext());
    if (failed(applyPatternsAndFoldGreedily(getOperation(),
                                            std::move(selections))))
      return signalPassFailure();
  }
};

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

struct ExpandCopiesPass : impl::ExpandCopiesBase<ExpandCopiesPass> {
  void runOnOperation() override {
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp copy) {
      // What bufferisation leaves of an insertion that was computed in place.
      if (copy.getSource() == copy.getTarget()) {
        copy.erase();
        return;
      }
      auto source = dyn_cast<MemRefType>(copy.getSource().getType());
      auto target = dyn_cast<MemRefType>(copy.getTarget().getType());
      if (source && target &&
          !(source.getLayout().isIdentity() && target.getLayout().isIdentity()))
        copies.push_back(copy);
    });
    for (memref::CopyOp copy : copies) {
      OpBuilder builder(copy);
      linalg::makeMemRefCopyOp(builder, copy.getLoc(), copy.getSource(),
                               copy.getTarget());
      copy.erase();
      ++numExpanded;
    }
  }
};

//===----------------------------------------------------------------------===//
// The arena
//===----------------------------------------------------------------------===//

struct PlanArenaPass : impl::PlanArenaBase<PlanArenaPass> {
  using Base = impl::PlanArenaBase<PlanArenaPass>;
  using Base::Base;

  void runOnOperation() override {
    if (getOperation().isExternal())
      return;
    if (failed(run(getOperation())))
      signalPassFailure();
  }

  LogicalResult run(func::FuncOp function) {
    if (alignment < 1)
      return function.emitError("expected a positive alignment of the arena, "
                                "not ")
             << alignment.getValue() << Diag::NAS6005;
    if (!llvm::hasSingleElement(function.getBody()))
      return function.emitError("buffers can only be placed in a function of "
                                "one block")
             << Diag::NAS6005;
    Block &block = function.getBody().front();
    SmallVector<memref::AllocOp> allocations;
    WalkResult walk = function.walk([&](memref::AllocOp allocation) {
      if (allocation->getBlock() != &block) {
        allocation.emitError("buffer is allocated inside a loop or a branch, "
                             "so it has no place in the arena")
            << Diag::NAS6005;
        return WalkResult::interrupt();
      }
      if (!allocation.getType().hasStaticShape() ||
          !allocation.getType().getLayout().isIdentity()) {
        allocation.emitError("buffer has no constant size: ")
            << allocation.getType() << Diag::NAS6005;
        return WalkResult::interrupt();
      }
      allocations.push_back(allocation);
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return failure();

    // Times are the positions of the operations in the block.
    DenseMap<Operation *, int64_t> times;
    for (Operation &op : block)
      times[&op] = times.size();
    std::vector<ArenaBuffer> buffers;
    for (auto [number, allocation] : llvm::enumerate(allocations)) {
      ArenaBuffer buffer;
      buffer.id = "buffer " + std::to_string(number);
      MemRefType type = allocation.getType();
      buffer.size = llvm::divideCeil(
          type.getNumElements() * type.getElementTypeBitWidth(), 8);
      if (failed(findLifetime(allocation, block, times, buffer)))
        return failure();
      buffers.push_back(buffer);
    }

    ArenaPlan plan = planArena(buffers, alignment);
    if (llvm::Error error = checkArenaPlan(buffers, plan, alignment))
      return function.emitError("internal error: the arena's plan is wrong: ")
             << llvm::toString(std::move(error)) << Diag::NAS6005;
    numBuffers += buffers.size();
    arenaBytes += plan.size;

    OpBuilder builder = OpBuilder::atBlockBegin(&block);
    Location location = function.getLoc();
    auto arenaType = MemRefType::get({plan.size}, builder.getI8Type());
    function.insertArgument(function.getNumArguments(), arenaType, {},
                            location);
    Value arena = block.getArguments().back();
    if (!allocations.empty())
      builder.create<memref::AssumeAlignmentOp>(
          location, arena, static_cast<uint32_t>(alignment));
    // Views first: an allocation may be where the builder inserts.
    SmallVector<Value> views;
    for (auto [allocation, offset] : llvm::zip(allocations, plan.offsets)) {
      Value at = builder.create<arith::ConstantIndexOp>(location, offset);
      views.push_back(builder.create<memref::ViewOp>(
          allocation.getLoc(), allocation.getType(), arena, at, ValueRange{}));
    }
    for (auto [allocation, view] : llvm::zip(allocations, views)) {
      for (Operation *user : llvm::make_early_inc_range(allocation->getUsers()))
        if (isa<memref::DeallocOp>(user))
          user->erase();
      allocation.replaceAllUsesWith(view);
      allocation.erase();
    }
    function->setAttr("nasc.arena_bytes", builder.getI64IntegerAttr(plan.size));
    function->setAttr("nasc.arena_alignment",
                      builder.getI64IntegerAttr(alignment));
    return success();
  }

  /// From the first to the last use, through all views.
  static LogicalResult findLifetime(memref::AllocOp allocation, Block &block,
                                    const DenseMap<Operation *, int64_t> &times,
                                    ArenaBuffer &buffer) {
    int64_t first = std::numeric_limits<int64_t>::max(), last = -1;
    SmallVector<Value> values{allocation.getResult()};
    while (!values.empty()) {
      Value value = values.pop_back_val();
      for (Operation *user : value.getUsers()) {
        if (isa<memref::DeallocOp>(user))
          continue;
        Operation *top = block.findAncestorOpInBlock(*user);
        if (!top || user->hasTrait<OpTrait::IsTerminator>())
          return allocation.emitError("buffer leaves the block in which it is "
                                      "allocated")
                 << Diag::NAS6005;
        if (isa<ViewLikeOpInterface>(user)) {
          values.append(user->result_begin(), user->result_end());
          continue;
        }
        for (Value result : user->getResults())
          if (isa<BaseMemRefType>(result.getType()))
            return allocation.emitError("buffer is passed on by ")
                   << user->getName() << ", so its lifetime is not known"
                   << Diag::NAS6005;
        const int64_t time = times.lookup(top);
        first = std::min(first, time);
        last = std::max(last, time);
      }
    }
    if (last < 0) {
      // Unused: it may lie anywhere.
      buffer.size = 0;
      first = last = 0;
    }
    buffer.lower = first;
    buffer.upper = last + 1;
    return success();
  }
};

//===----------------------------------------------------------------------===//
// LLVM functions
//===----------------------------------------------------------------------===//

struct FinishFunctionsPass : impl::FinishFunctionsBase<FinishFunctionsPass> {
  void runOnOperation() override {
    Builder builder(&getContext());
    for (auto function : getOperation().getOps<LLVM::LLVMFuncOp>()) {
      if (function.isExternal())
        continue;
      ++numFunctions;
      SmallVector<Attribute> attributes;
      if (ArrayAttr present = function.getPassthroughAttr())
        attributes.append(present.begin(), present.end());
      StringAttr noUnwind = builder.getStringAttr("nounwind");
      if (!llvm::is_contained(attributes, noUnwind))
        attributes.push_back(noUnwind);
      function.setPassthroughAttr(builder.getArrayAttr(attributes));
      for (unsigned i = 0; i < function.getNumArguments(); ++i)
        if (isa<LLVM::LLVMPointerType>(function.getArgument(i).getType()))
          function.setArgAttr(i, LLVM::LLVMDialect::getNoAliasAttrName(),
                              builder.getUnitAttr());
    }
    for (auto global : getOperation().getOps<LLVM::GlobalOp>())
      if (global.getConstant() && global.getAlignment().value_or(0) < 64) {
        global.setAlignment(64);
        ++numAligned;
      }
  }
};

} // namespace
} // namespace nasc
