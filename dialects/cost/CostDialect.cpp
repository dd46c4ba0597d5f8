//===- CostDialect.cpp - The cost dialect and its type --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/cost/Cost.h"

#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nasc::cost;

#include "dialects/cost/CostDialect.cpp.inc"
#include "dialects/cost/CostEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/cost/CostTypes.cpp.inc"

void CostDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/cost/CostTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/cost/CostOps.cpp.inc"
      >();
}

Operation *CostDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                            Type type, Location loc) {
  auto number = dyn_cast<mlir::IntegerAttr>(value);
  if (!number || !isa<nasc::cost::IntegerType>(type))
    return nullptr;
  return builder.create<ConstantOp>(loc, number.getInt());
}

Type nasc::cost::IntegerType::parse(AsmParser &parser) {
  int64_t lower = Range::kMinimum, upper = Range::kMaximum;
  if (succeeded(parser.parseOptionalLess())) {
    if (parser.parseInteger(lower))
      return {};
    upper = lower;
    if (succeeded(parser.parseOptionalKeyword("to")) &&
        parser.parseInteger(upper))
      return {};
    if (parser.parseGreater())
      return {};
  }
  return parser.getChecked<nasc::cost::IntegerType>(parser.getContext(), lower,
                                                    upper);
}

void nasc::cost::IntegerType::print(AsmPrinter &printer) const {
  if (getRange() == Range())
    return;
  printer << '<' << getLower();
  if (getUpper() != getLower())
    printer << " to " << getUpper();
  printer << '>';
}

LogicalResult nasc::cost::IntegerType::verify(
    llvm::function_ref<InFlightDiagnostic()> emitError, int64_t lower,
    int64_t upper) {
  if (lower > upper)
    return emitError() << "expected a range whose lower end is not above its "
                          "upper end, found "
                       << lower << " to " << upper;
  return success();
}
