//===- Pipelines.cpp - The way of a space to its costs --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/feasibility/Pipelines.h"

#include "passes/feasibility/Passes.h"
#include "passes/transforms/Passes.h"

#include "mlir/Pass/PassRegistry.h"

using namespace nasc;

void nasc::buildExpandedPipeline(mlir::OpPassManager &manager) {
  manager.addPass(createNasExpand());
  manager.addPass(createNasInferShapes());
}

void nasc::buildCheckedPipeline(mlir::OpPassManager &manager, double seconds) {
  buildExpandedPipeline(manager);
  feasibility::NasCheckShapesOptions options;
  options.timeout = seconds;
  manager.addPass(feasibility::createNasCheckShapes(options));
}

void nasc::buildCostPipeline(mlir::OpPassManager &manager) {
  buildCheckedPipeline(manager);
  manager.addPass(createNasDeriveCosts());
}

void nasc::registerSpacePipelines() {
  mlir::PassPipelineRegistration<>(
      "nas-to-expanded", "A space with blocks inlined and shapes inferred",
      buildExpandedPipeline);
  mlir::PassPipelineRegistration<>(
      "nas-to-checked", "The same, with the proof that all shapes fit",
      [](mlir::OpPassManager &manager) { buildCheckedPipeline(manager); });
  mlir::PassPipelineRegistration<>(
      "nas-to-cost", "The same, with the cost functions", buildCostPipeline);
}
