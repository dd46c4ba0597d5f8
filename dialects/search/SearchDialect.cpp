//===- SearchDialect.cpp - The search dialect -----------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/search/Search.h"

#include "dialects/nas/Nas.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nasc::search;

#include "dialects/search/SearchDialect.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/search/SearchAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/search/SearchTypes.cpp.inc"

void SearchDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/search/SearchTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/search/SearchAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/search/SearchOps.cpp.inc"
      >();
}

LogicalResult
ObjectiveAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                      StringAttr direction, StringAttr metric, StringAttr) {
  if (direction.getValue() != "maximize" && direction.getValue() != "minimize")
    return emitError() << "expected the direction maximize or minimize, found "
                       << direction;
  if (metric.getValue().empty())
    return emitError() << "expected the name of a metric";
  return success();
}

LogicalResult PipelineOp::verifySymbolUses(SymbolTableCollection &symbols) {
  if (llvm::isa_and_present<nasc::nas::SpaceOp, nasc::nas::NetworkOp>(
          symbols.lookupNearestSymbolFrom(*this, getSpaceAttr())))
    return success();
  return emitOpError("expected the symbol of a nas.space or a nas.network, "
                     "found ")
         << getSpaceAttr();
}

static LogicalResult verifyAtLeastOne(Operation *op, StringRef name,
                                      int64_t value) {
  if (value >= 1)
    return success();
  return op->emitOpError("expected ")
         << name << " of at least 1, found " << value;
}

LogicalResult EvolveOp::verify() {
  if (getAlgorithm() != "nsga2")
    return emitOpError("expected the algorithm nsga2, found '")
           << getAlgorithm() << "'";
  if (failed(verifyAtLeastOne(*this, "a population", getPopulation())) ||
      failed(verifyAtLeastOne(*this, "evaluations", getEvaluations())))
    return failure();
  double crossover = getCrossover().convertToDouble();
  if (!(crossover >= 0 && crossover <= 1))
    return emitOpError("expected a crossover between 0 and 1, found ")
           << crossover;
  if (getMutation()) {
    double mutation = getMutation()->convertToDouble();
    if (!(mutation >= 0 && mutation <= 1))
      return emitOpError("expected a mutation between 0 and 1, found ")
             << mutation;
  }
  return success();
}

LogicalResult TrainOp::verify() {
  if (failed(verifyAtLeastOne(*this, "networks to keep", getKeep())))
    return failure();
  return verifyAtLeastOne(*this, "epochs between checkpoints", getCheckpoint());
}

#define GET_OP_CLASSES
#include "dialects/search/SearchOps.cpp.inc"
