//===- Types.cpp - Integers in C and their ranges -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/c99/Types.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>
#include <limits>

using namespace mlir;

namespace nasc::c99 {

unsigned widthOf(Type type) {
  return type.isIndex() ? 32 : cast<IntegerType>(type).getWidth();
}

bool isSupportedInteger(Type type) {
  if (type.isIndex())
    return true;
  auto integer = dyn_cast<IntegerType>(type);
  return integer && integer.isSignless() &&
         llvm::is_contained({1u, 8u, 16u, 32u, 64u}, integer.getWidth());
}

bool isSupportedArray(Type type) {
  auto array = dyn_cast<MemRefType>(type);
  return array && array.getRank() == 1 && array.getLayout().isIdentity() &&
         !array.getMemorySpace() && !array.getElementType().isIndex() &&
         !array.getElementType().isInteger(1) &&
         isSupportedInteger(array.getElementType());
}

std::string signedName(unsigned width) {
  if (width == 1)
    return "bool";
  return "int" + std::to_string(width) + "_t";
}
std::string unsignedName(unsigned width) { return "u" + signedName(width); }

CType signedType(unsigned width) {
  switch (width) {
  case 1:
    return CType::Bool;
  case 8:
    return CType::I8;
  case 16:
    return CType::I16;
  case 32:
    return CType::I32;
  default:
    return CType::I64;
  }
}

bool fitsInt(CType type) {
  return llvm::is_contained(
      {CType::Bool, CType::Int, CType::I8, CType::I16, CType::U8}, type);
}

Range fullRange(unsigned width) {
  return {llvm::minIntN(width), llvm::maxIntN(width)};
}

std::optional<int64_t> constantOf(Value value) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  auto attribute =
      constant ? dyn_cast<IntegerAttr>(constant.getValue()) : IntegerAttr();
  if (!attribute || attribute.getValue().getBitWidth() > 64)
    return std::nullopt;
  return attribute.getValue().getSExtValue();
}

std::optional<Range> exactRange(Operation *op, unsigned depth) {
  Range a = rangeOf(op->getOperand(0), depth);
  Range b = rangeOf(op->getOperand(1), depth);
  int64_t corners[4];
  bool overflows = false;
  if (isa<arith::AddIOp>(op)) {
    overflows |= llvm::AddOverflow(a.low, b.low, corners[0]) != 0;
    overflows |= llvm::AddOverflow(a.high, b.high, corners[1]) != 0;
    corners[2] = corners[3] = corners[0];
  } else if (isa<arith::SubIOp>(op)) {
    overflows |= llvm::SubOverflow(a.low, b.high, corners[0]) != 0;
    overflows |= llvm::SubOverflow(a.high, b.low, corners[1]) != 0;
    corners[2] = corners[3] = corners[0];
  } else {
    overflows |= llvm::MulOverflow(a.low, b.low, corners[0]) != 0;
    overflows |= llvm::MulOverflow(a.low, b.high, corners[1]) != 0;
    overflows |= llvm::MulOverflow(a.high, b.low, corners[2]) != 0;
    overflows |= llvm::MulOverflow(a.high, b.high, corners[3]) != 0;
  }
  if (overflows)
    return std::nullopt;
  auto [low, high] =
      std::minmax_element(std::begin(corners), std::end(corners));
  return Range{*low, *high};
}

bool hasNoSignedWrap(Operation *op) {
  auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op);
  return flags && flags.hasNoSignedWrap();
}

Range rangeOf(Value value, unsigned depth) {
  const unsigned width = widthOf(value.getType());
  const Range full = fullRange(width);
  // Trees are read again for each of their users; this bounds the time.
  if (depth > 8)
    return full;
  ++depth;
  if (std::optional<int64_t> constant = constantOf(value))
    return {*constant, *constant};
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!loop || loop.getInductionVar() != value)
      return full;
    const int64_t low = rangeOf(loop.getLowerBound(), depth).low;
    const int64_t high = rangeOf(loop.getUpperBound(), depth).high;
    // A loop that never runs says nothing of its variable.
    return low < high ? Range{low, high - 1} : full;
  }
  Operation *op = value.getDefiningOp();
  auto operandRange = [&](unsigned i) {
    return rangeOf(op->getOperand(i), depth);
  };
  return llvm::TypeSwitch<Operation *, Range>(op)
      .Case<arith::AddIOp, arith::SubIOp, arith::MulIOp>([&](auto) {
        std::optional<Range> exact = exactRange(op, depth);
        if (exact && exact->isWithin(width))
          return *exact;
        if (!exact || !hasNoSignedWrap(op))
          return full;
        Range clipped = {std::max(exact->low, full.low),
                         std::min(exact->high, full.high)};
        return clipped.low <= clipped.high ? clipped : full;
      })
      .Case<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>([&](auto) {
        // i1 is a bool in C, and its one is not the sign.
        if (widthOf(op->getOperand(0).getType()) == 1)
          return isa<arith::TruncIOp>(op) ? full : Range{-1, 0};
        Range operand = operandRange(0);
        return operand.isWithin(width) ? operand : full;
      })
      .Case<arith::ExtUIOp, arith::IndexCastUIOp>([&](auto) {
        const unsigned from = widthOf(op->getOperand(0).getType());
        if (from == 1)
          return Range{0, 1};
        Range operand = operandRange(0);
        if (operand.low >= 0 || from >= width)
          return operand.isWithin(width) ? operand : full;
        return Range{0, static_cast<int64_t>(llvm::maxUIntN(from))};
      })
      .Case<arith::MaxSIOp>([&](auto) {
        Range a = operandRange(0), b = operandRange(1);
        return Range{std::max(a.low, b.low), std::max(a.high, b.high)};
      })
      .Case<arith::MinSIOp>([&](auto) {
        Range a = operandRange(0), b = operandRange(1);
        return Range{std::min(a.low, b.low), std::min(a.high, b.high)};
      })
      .Case<arith::SelectOp>([&](auto) {
        Range a = operandRange(1), b = operandRange(2);
        return Range{std::min(a.low, b.low), std::max(a.high, b.high)};
      })
      .Case<arith::AndIOp>([&](auto) {
        Range a = operandRange(0), b = operandRange(1);
        if (b.low >= 0)
          return Range{0, b.high};
        return a.low >= 0 ? Range{0, a.high} : full;
      })
      .Case<arith::ShRSIOp>([&](auto) {
        std::optional<int64_t> amount = constantOf(op->getOperand(1));
        if (!amount || *amount < 0 || *amount >= width)
          return full;
        Range a = operandRange(0);
        return Range{a.low >> *amount, a.high >> *amount};
      })
      .Case<arith::ShRUIOp>([&](auto) {
        std::optional<int64_t> amount = constantOf(op->getOperand(1));
        if (!amount || *amount <= 0 || *amount >= width)
          return full;
        return Range{0, static_cast<int64_t>(llvm::maxUIntN(width - *amount))};
      })
      .Case<arith::RemSIOp>([&](auto) {
        std::optional<int64_t> by = constantOf(op->getOperand(1));
        if (!by || *by <= 0)
          return full;
        return Range{operandRange(0).low >= 0 ? 0 : 1 - *by, *by - 1};
      })
      .Case<arith::DivSIOp>([&](auto) {
        std::optional<int64_t> by = constantOf(op->getOperand(1));
        if (!by || *by <= 0)
          return full;
        Range a = operandRange(0);
        return Range{a.low / *by, a.high / *by};
      })
      .Default([&](Operation *) { return full; });
}

Order orderOf(arith::CmpIOp compare) {
  using Predicate = arith::CmpIPredicate;
  switch (compare.getPredicate()) {
  case Predicate::slt:
  case Predicate::ult:
    return Less;
  case Predicate::sle:
  case Predicate::ule:
    return LessEqual;
  case Predicate::sgt:
  case Predicate::ugt:
    return Greater;
  case Predicate::sge:
  case Predicate::uge:
    return GreaterEqual;
  case Predicate::eq:
    return Equal;
  case Predicate::ne:
    return Different;
  }
  llvm_unreachable("unknown predicate");
}

bool comparesUnsigned(arith::CmpIOp compare) {
  using Predicate = arith::CmpIPredicate;
  return llvm::is_contained(
             {Predicate::ult, Predicate::ule, Predicate::ugt, Predicate::uge},
             compare.getPredicate()) &&
         (rangeOf(compare.getLhs()).low < 0 ||
          rangeOf(compare.getRhs()).low < 0);
}

std::optional<bool> decide(arith::CmpIOp compare) {
  const unsigned width = widthOf(compare.getLhs().getType());
  const Order kind = orderOf(compare);
  if (compare.getLhs() == compare.getRhs())
    return kind == LessEqual || kind == GreaterEqual || kind == Equal;
  if (width == 1)
    return std::nullopt;
  const bool isUnsigned = comparesUnsigned(compare);
  auto ordered = [&](Range range) -> std::pair<uint64_t, uint64_t> {
    if (!isUnsigned) {
      // Moved up, so that one order serves both.
      const uint64_t half = uint64_t(1) << 63;
      return {static_cast<uint64_t>(range.low) + half,
              static_cast<uint64_t>(range.high) + half};
    }
    const uint64_t mask = llvm::maxUIntN(width);
    if (range.low < 0 && range.high >= 0)
      return {0, mask};
    return {static_cast<uint64_t>(range.low) & mask,
            static_cast<uint64_t>(range.high) & mask};
  };
  auto [aLow, aHigh] = ordered(rangeOf(compare.getLhs()));
  auto [bLow, bHigh] = ordered(rangeOf(compare.getRhs()));
  if (kind == Less || kind == GreaterEqual) {
    if (aHigh < bLow || aLow >= bHigh)
      return (kind == Less) == (aHigh < bLow);
  } else if (kind == LessEqual || kind == Greater) {
    if (aHigh <= bLow || aLow > bHigh)
      return (kind == LessEqual) == (aHigh <= bLow);
  } else if (aHigh < bLow || bHigh < aLow) {
    return kind == Different;
  }
  return std::nullopt;
}

} // namespace nasc::c99
