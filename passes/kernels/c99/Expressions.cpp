//===- Expressions.cpp - Expressions of C ---------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/c99/FunctionPrinter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <limits>

using namespace mlir;

namespace nasc::c99 {

Expression FunctionPrinter::literal(int64_t value) {
  Expression expression;
  expression.literal = value;
  expression.type = CType::Int;
  if (value < 0)
    expression.precedence = Unary;
  if (!llvm::isInt<32>(value)) {
    expression.type = CType::I64;
    expression.precedence = value < 0 ? Unary : Primary;
    if (value == std::numeric_limits<int64_t>::min()) {
      // Its digits alone are a number that int64_t does not have.
      expression.text = "INT64_MIN";
      expression.precedence = Primary;
    } else {
      expression.text = value < 0 ? "-INT64_C(" + std::to_string(-value) + ")"
                                  : "INT64_C(" + std::to_string(value) + ")";
    }
    return expression;
  }
  if (!llvm::isInt<16>(value))
    expression.type = CType::I32;
  if (value == std::numeric_limits<int32_t>::min()) {
    expression.text = "INT32_MIN";
    expression.precedence = Primary;
  } else {
    expression.text = std::to_string(value);
  }
  return expression;
}

Expression FunctionPrinter::truth(bool value) {
  file.usesBool = true;
  Expression expression;
  expression.text = value ? "true" : "false";
  expression.type = CType::Bool;
  return expression;
}

Expression FunctionPrinter::call(HelperKind kind, unsigned width,
                                 llvm::ArrayRef<Expression *> arguments) {
  Expression result;
  result.text = file.helper(kind, width) + "(";
  result.type = signedType(width);
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    result.text += (i ? ", " : "") + argument->text;
    result.reads(*argument);
  }
  result.text += ")";
  return result;
}

/// Whether C computes in a type of at least the width, given the operand.
static bool isWide(const Expression &expression, unsigned width) {
  return expression.type == signedType(width);
}

Expression FunctionPrinter::binary(llvm::StringRef op, Precedence precedence,
                                   Expression a, Expression b, unsigned width) {
  // `int` may have 16 bits, and a narrower type's sum may not fit it.
  if (width >= 32 && !isWide(a, width) && !isWide(b, width)) {
    a.text = castTo(signedName(width), a);
    a.precedence = Unary;
  }
  const bool isBits = precedence <= BitAnd || precedence == Shift;
  auto group = [&](const Expression &operand, bool isRight) {
    // Compilers ask for these parentheses, and so do readers.
    if (isBits)
      return operand.precedence < Unary;
    return isRight ? operand.precedence <= precedence
                   : operand.precedence < precedence;
  };
  Expression result;
  result.reads(a);
  result.reads(b);
  if (op == "+" && b.literal && *b.literal < 0 &&
      *b.literal > std::numeric_limits<int32_t>::min()) {
    op = "-";
    b.text.erase(0, 1);
    b.precedence = Primary;
  }
  result.text = grouped(a, group(a, false)) + " " + op.str() + " " +
                grouped(b, group(b, true));
  result.precedence = precedence;
  result.type = signedType(width);
  if (width >= 32) {
    result.left = a.text;
    result.op = op.str();
    result.right = b.text;
    // The other way round, if that alone is an assignment `x op= y`.
    if (op != "-" && op != "/" && op != "%" && b.variables.size() == 1 &&
        b.text == *b.variables.begin()) {
      result.left = b.text;
      result.right = a.text;
    }
    return result;
  }
  result.text = "(" + signedName(width) + ")(" + result.text + ")";
  result.precedence = Unary;
  return result;
}

Expression FunctionPrinter::arithmetic(Operation *op) {
  const unsigned width = widthOf(op->getResult(0).getType());
  Expression a = use(op->getOperand(0)), b = use(op->getOperand(1));
  auto plain = [&] {
    if (hasNoSignedWrap(op))
      return true;
    std::optional<Range> exact = exactRange(op);
    return exact && exact->isWithin(width);
  };
  return llvm::TypeSwitch<Operation *, Expression>(op)
      .Case<arith::AddIOp>([&](auto) {
        // Literals go last.
        if (a.literal && !b.literal)
          std::swap(a, b);
        return plain() ? binary("+", Sum, a, b, width)
                       : call(HelperKind::WrapAdd, width, {&a, &b});
      })
      .Case<arith::SubIOp>([&](auto) {
        return plain() ? binary("-", Sum, a, b, width)
                       : call(HelperKind::WrapSub, width, {&a, &b});
      })
      .Case<arith::MulIOp>([&](auto) {
        return plain() ? binary("*", Product, a, b, width)
                       : call(HelperKind::WrapMul, width, {&a, &b});
      })
      .Case<arith::DivSIOp>(
          [&](auto) { return binary("/", Product, a, b, width); })
      .Case<arith::RemSIOp>(
          [&](auto) { return binary("%", Product, a, b, width); })
      .Case<arith::MaxSIOp>(
          [&](auto) { return call(HelperKind::Max, width, {&a, &b}); })
      .Case<arith::MinSIOp>(
          [&](auto) { return call(HelperKind::Min, width, {&a, &b}); })
      .Case<arith::ShLIOp>([&](auto) {
        // << of negative numbers is undefined; the product is the same.
        if (hasNoSignedWrap(op) && b.literal && *b.literal >= 0 &&
            *b.literal < width - 1)
          return binary("*", Product, a, literal(int64_t(1) << *b.literal),
                        width);
        return call(HelperKind::ShiftLeft, width, {&a, &b});
      })
      .Case<arith::ShRUIOp>([&](auto) {
        if (rangeOf(op->getOperand(0)).low < 0)
          return call(HelperKind::ShiftRightUnsigned, width, {&a, &b});
        return binary(">>", Shift, a, b, width);
      })
      .Case<arith::ShRSIOp>([&](auto) {
        if (rangeOf(op->getOperand(0)).low >= 0)
          return binary(">>", Shift, a, b, width);
        return call(HelperKind::ShiftRight, std::max(width, 32u), {&a, &b});
      });
}

Expression FunctionPrinter::bitwise(Operation *op) {
  const unsigned width = widthOf(op->getResult(0).getType());
  Expression a = use(op->getOperand(0)), b = use(op->getOperand(1));
  if (a.literal && !b.literal)
    std::swap(a, b);
  if (width > 1) {
    if (isa<arith::AndIOp>(op))
      return binary("&", BitAnd, a, b, width);
    return isa<arith::OrIOp>(op) ? binary("|", BitOr, a, b, width)
                                 : binary("^", BitXor, a, b, width);
  }
  Expression result;
  result.type = CType::Bool;
  result.reads(a);
  result.reads(b);
  if (isa<arith::XOrIOp>(op)) {
    if (a.text == "true" || b.text == "true") {
      Expression &other = a.text == "true" ? b : a;
      result.text = "!" + grouped(other, other.precedence < Unary);
      result.precedence = Unary;
      return result;
    }
    result.text = grouped(a, a.precedence <= Relation) +
                  " != " + grouped(b, b.precedence <= Relation);
    result.precedence = Equality;
    return result;
  }
  // Either operand may stay unevaluated: it has no effect.
  const bool isAnd = isa<arith::AndIOp>(op);
  result.precedence = isAnd ? LogicalAnd : LogicalOr;
  auto group = [&](const Expression &operand) {
    return grouped(operand, operand.precedence <= LogicalAnd &&
                                operand.precedence != result.precedence);
  };
  result.text = group(a) + (isAnd ? " && " : " || ") + group(b);
  return result;
}

std::string FunctionPrinter::asUnsigned(const Expression &expression,
                                        unsigned width) {
  if (expression.literal) {
    const uint64_t bits =
        static_cast<uint64_t>(*expression.literal) & llvm::maxUIntN(width);
    if (width < 32)
      return std::to_string(bits);
    return llvm::isUInt<32>(bits) ? std::to_string(bits) + "u"
                                  : "UINT64_C(" + std::to_string(bits) + ")";
  }
  return castTo(unsignedName(width), expression);
}

void FunctionPrinter::makeComparable(Expression &a, const Expression &b,
                                     unsigned width) {
  if (width < 32 || isWide(a, width) || isWide(b, width) ||
      (fitsInt(a.type) && fitsInt(b.type)))
    return;
  a.text = castTo(signedName(width), a);
  a.precedence = Unary;
  a.type = signedType(width);
}

Expression FunctionPrinter::comparison(arith::CmpIOp compare) {
  if (std::optional<bool> known = decide(compare))
    return truth(*known);
  const unsigned width = widthOf(compare.getLhs().getType());
  Expression a = use(compare.getLhs()), b = use(compare.getRhs());
  const Order kind = orderOf(compare);
  const bool isUnsigned = comparesUnsigned(compare);
  static constexpr const char *texts[] = {"<", "<=", ">", ">=", "==", "!="};
  Expression result;
  result.reads(a);
  result.reads(b);
  result.type = CType::Bool;
  result.precedence = kind >= Equal ? Equality : Relation;
  if (isUnsigned) {
    result.text =
        asUnsigned(a, width) + " " + texts[kind] + " " + asUnsigned(b, width);
    return result;
  }
  makeComparable(a, b, width);
  result.text = grouped(a, a.precedence <= Relation) + " " + texts[kind] + " " +
                grouped(b, b.precedence <= Relation);
  return result;
}

Expression FunctionPrinter::choice(arith::SelectOp select) {
  const unsigned width = widthOf(select.getType());
  Expression condition = use(select.getCondition());
  Expression a = use(select.getTrueValue()), b = use(select.getFalseValue());
  const bool areSmall =
      a.literal && b.literal && fitsInt(a.type) && fitsInt(b.type);
  if (!areSmall)
    makeComparable(a, b, width);
  Expression result;
  result.reads(condition);
  result.reads(a);
  result.reads(b);
  result.text = grouped(condition, condition.precedence <= Ternary) + " ? " +
                grouped(a, a.precedence <= Ternary) + " : " +
                grouped(b, b.precedence <= Ternary);
  result.precedence = Ternary;
  if (width == 1) {
    result.type = CType::Bool;
  } else if (width < 32) {
    result.text = "(" + signedName(width) + ")(" + result.text + ")";
    result.precedence = Unary;
    result.type = signedType(width);
  } else if (isWide(a, width) || isWide(b, width)) {
    result.type = signedType(width);
  } else {
    // Both alternatives fit `int`, so the whole has that type.
    result.type = CType::Int;
  }
  return result;
}

Expression FunctionPrinter::conversion(Operation *op) {
  Value operand = op->getOperand(0);
  const unsigned from = widthOf(operand.getType());
  const unsigned to = widthOf(op->getResult(0).getType());
  Expression a = use(operand);
  if (from == 1) {
    Expression result;
    result.text = grouped(a, a.precedence <= Ternary) +
                  (isa<arith::ExtUIOp>(op) ? " ? 1 : 0" : " ? -1 : 0");
    result.precedence = Ternary;
    result.type = CType::Int;
    result.reads(a);
    return result;
  }
  const Range range = rangeOf(operand);
  if (to == 1) {
    Expression result;
    result.text = "(" + grouped(a, a.precedence < Unary) + " & 1) != 0";
    result.precedence = Equality;
    result.type = CType::Bool;
    result.reads(a);
    return result;
  }
  if (to < from) {
    Expression result;
    result.type = signedType(to);
    result.reads(a);
    if (range.isWithin(to)) {
      if (a.literal)
        return literal(*a.literal);
      result.text = castTo(signedName(to), a);
      result.precedence = Unary;
      return result;
    }
    const unsigned bits = to == 64 ? 64 : 32;
    result.text =
        file.helper(HelperKind::Wrap, to) + "(" + asUnsigned(a, bits) + ")";
    return result;
  }
  if (from == to || range.low >= 0 ||
      !isa<arith::ExtUIOp, arith::IndexCastUIOp>(op))
    return a;
  if (a.literal) {
    const auto bits = static_cast<uint64_t>(*a.literal) & llvm::maxUIntN(from);
    return literal(static_cast<int64_t>(bits));
  }
  Expression result;
  result.text = castTo(unsignedName(from), a);
  result.precedence = Unary;
  result.type = from == 8 ? CType::U8 : from == 16 ? CType::U16 : CType::U32;
  result.reads(a);
  return result;
}

} // namespace nasc::c99
