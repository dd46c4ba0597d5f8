//===- VectorizeLayers.cpp - Layers as loops over register tiles ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "passes/lowering/GroupEmitter.h"
#include "passes/lowering/Passes.h"

namespace nasc {
#define GEN_PASS_DEF_VECTORIZELAYERS
#include "passes/lowering/Passes.h.inc"

namespace {
using namespace mlir;

/// Gives each reduction a fill or bias of its own: equal ones have been merged,
/// but each is computed in registers.
static void separateInitializers(Block &block) {
  for (auto reduction : llvm::to_vector(block.getOps<linalg::LinalgOp>())) {
    if (!isVectorizableReduction(reduction))
      continue;
    OpOperand *init = reduction.getDpsInitOperand(0);
    auto producer = init->get().getDefiningOp<linalg::LinalgOp>();
    if (!producer || producer->hasOneUse() || producer->getNumResults() != 1 ||
        (!isa<linalg::FillOp>(producer.getOperation()) &&
         !isVectorizableElementwise(producer)))
      continue;
    OpBuilder builder(reduction);
    init->set(builder.clone(*producer)->getResult(0));
  }
}

struct VectorizeLayersPass : impl::VectorizeLayersBase<VectorizeLayersPass> {
  using Base = impl::VectorizeLayersBase<VectorizeLayersPass>;
  using Base::Base;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isExternal())
      return;
    if (!llvm::is_contained({128u, 256u, 512u}, vectorBits.getValue()) ||
        vectorRegisters < 8) {
      function.emitError("expected vectors of 128, 256 or 512 bits and at "
                         "least 8 registers, not ")
          << vectorBits.getValue() << " bits and " << vectorRegisters.getValue()
          << " registers" << Diag::NAS6004;
      return signalPassFailure();
    }
    VectorUnit unit;
    unit.lanes = vectorBits / 32;
    unit.registers = vectorRegisters;
    unit.fusedMultiplyAdd = fusedMultiplyAdd;
    unit.broadcastOperand = broadcastOperand;
    for (Block &block : function.getBody()) {
      separateInitializers(block);
      unsigned left = 0;
      for (const LayerGroup &group : findLayerGroups(block, left)) {
        ++(group.reduction ? numLayers : numElementwise);
        numFused += group.steps.size() - (group.reduction ? 0 : 1);
        GroupEmitter emitter(group, unit);
        emitter.run();
        numInPlace += emitter.inPlace();
      }
      numLeft += left;
    }
  }
};

} // namespace
} // namespace nasc
