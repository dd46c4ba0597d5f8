//===- nas-opt.cpp - Runs any pass on any IR of nasc ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/cost/Cost.h"
#include "dialects/nas/Nas.h"
#include "dialects/search/Search.h"
#include "passes/cost/Passes.h"
#include "passes/feasibility/Passes.h"
#include "passes/feasibility/Pipelines.h"
#include "passes/kernels/Passes.h"
#include "passes/lowering/Passes.h"
#include "passes/quantization/Passes.h"
#include "passes/transforms/Passes.h"

#include "mlir-c/RegisterEverything.h"
#include "mlir/CAPI/IR.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  // By the C interface: the headers behind it take more than a minute.
  mlirRegisterAllDialects(wrap(&registry));
  registry.insert<nasc::cost::CostDialect, nasc::nas::NasDialect,
                  nasc::search::SearchDialect>();
  mlirRegisterAllPasses();
  nasc::registerLoweringDialects(registry);
  nasc::registerTransformsPasses();
  nasc::cost::registerCostPasses();
  nasc::feasibility::registerFeasibilityPasses();
  nasc::registerSpacePipelines();
  nasc::registerLoweringPassesAndPipelines();
  nasc::registerNascQuantizationPasses();
  nasc::registerNascKernelsPasses();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "nasc optimizer driver\n", registry));
}
