//===- NasDialect.cpp - The nas dialect, its types and attributes ---------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nas/Nas.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nasc;
using namespace nasc::nas;

#include "dialects/nas/NasDialect.cpp.inc"
#include "dialects/nas/NasEnums.cpp.inc"
#include "dialects/nas/NasInterfaces.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/nas/NasAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/nas/NasTypes.cpp.inc"

void NasDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/nas/NasTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/nas/NasAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/nas/NasOps.cpp.inc"
      >();
}

Operation *NasDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                           Type type, Location loc) {
  if (auto number = dyn_cast<FloatAttr>(value))
    return builder.create<arith::ConstantOp>(loc, number);
  if (auto number = dyn_cast<mlir::IntegerAttr>(value))
    return builder.create<cost::ConstantOp>(loc, number.getInt());
  return nullptr;
}

//===----------------------------------------------------------------------===//
// !nas.tensor
//===----------------------------------------------------------------------===//

Type nas::TensorType::parse(AsmParser &parser) {
  if (parser.parseLess())
    return {};
  if (succeeded(parser.parseOptionalStar())) {
    if (parser.parseGreater())
      return {};
    return nas::TensorType::get(parser.getContext());
  }
  SmallVector<int64_t> shape;
  if (parser.parseDimensionList(shape, /*allowDynamic=*/true,
                                /*withTrailingX=*/false) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<nas::TensorType>(parser.getContext(), shape, true);
}

void nas::TensorType::print(AsmPrinter &printer) const {
  printer << '<';
  if (getRanked())
    printer.printDimensionList(getShape());
  else
    printer << '*';
  printer << '>';
}

LogicalResult
nas::TensorType::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                        ArrayRef<int64_t> shape, bool ranked) {
  if (!ranked)
    return success();
  if (shape.empty() || shape.size() > 3)
    return emitError() << "expected one to three dimensions, found "
                       << shape.size();
  for (int64_t size : shape)
    if (size != kOpen && size < 1)
      return emitError() << "expected positive sizes, found " << size;
  return success();
}

//===----------------------------------------------------------------------===//
// #nas.padding
//===----------------------------------------------------------------------===//

Attribute PaddingAttr::parse(AsmParser &parser, Type) {
  StringRef keyword;
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseLess() || parser.parseKeyword(&keyword))
    return {};
  std::optional<PaddingMode> mode = symbolizePaddingMode(keyword);
  if (!mode) {
    parser.emitError(location, "expected same, valid or explicit");
    return {};
  }
  SmallVector<int64_t> amounts;
  if (*mode == PaddingMode::explicit_ &&
      parser.parseCommaSeparatedList([&]() -> ParseResult {
        return parser.parseInteger(amounts.emplace_back());
      }))
    return {};
  if (parser.parseGreater())
    return {};
  return parser.getChecked<PaddingAttr>(parser.getContext(), *mode, amounts);
}

void PaddingAttr::print(AsmPrinter &printer) const {
  printer << '<' << stringifyPaddingMode(getMode());
  if (getMode() == PaddingMode::explicit_) {
    printer << ' ';
    llvm::interleaveComma(getAmounts(), printer);
  }
  printer << '>';
}

LogicalResult
PaddingAttr::verify(llvm::function_ref<InFlightDiagnostic()> emitError,
                    PaddingMode mode, ArrayRef<int64_t> amounts) {
  if (mode != PaddingMode::explicit_) {
    if (!amounts.empty())
      return emitError() << "expected amounts with explicit padding alone";
    return success();
  }
  if (amounts.size() != 4)
    return emitError() << "expected four amounts (top, bottom, left, right), "
                          "found "
                       << amounts.size();
  for (int64_t amount : amounts)
    if (amount < 0)
      return emitError() << "expected amounts of zero or more, found "
                         << amount;
  return success();
}
