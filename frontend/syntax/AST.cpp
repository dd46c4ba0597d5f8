//===- AST.cpp - The syntax tree of a .nas file ---------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/AST.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/ErrorHandling.h"

using namespace nasc;
using namespace nasc::ast;

LocalBlock::LocalBlock(std::unique_ptr<Block> block)
    : Statement(NodeKind::LocalBlock, block->getRange()),
      block(std::move(block)) {}

LocalBlock::~LocalBlock() = default;

llvm::StringRef ast::spelling(UnaryOperator op) {
  return op == UnaryOperator::Negate ? "-" : "not";
}

llvm::StringRef ast::spelling(BinaryOperator op) {
  switch (op) {
  case BinaryOperator::Implies:
    return "implies";
  case BinaryOperator::Or:
    return "or";
  case BinaryOperator::And:
    return "and";
  case BinaryOperator::Equal:
    return "==";
  case BinaryOperator::NotEqual:
    return "!=";
  case BinaryOperator::Less:
    return "<";
  case BinaryOperator::LessOrEqual:
    return "<=";
  case BinaryOperator::Greater:
    return ">";
  case BinaryOperator::GreaterOrEqual:
    return ">=";
  case BinaryOperator::Add:
    return "+";
  case BinaryOperator::Subtract:
    return "-";
  case BinaryOperator::Multiply:
    return "*";
  case BinaryOperator::Divide:
    return "/";
  case BinaryOperator::Remainder:
    return "%";
  }
  llvm_unreachable("unknown operator");
}

llvm::StringRef ast::kindName(NodeKind kind) {
  switch (kind) {
#define KIND(NAME)                                                             \
  case NodeKind::NAME:                                                         \
    return #NAME;
    KIND(IntegerLiteral)
    KIND(RealLiteral)
    KIND(BooleanLiteral)
    KIND(StringLiteral)
    KIND(Quantity)
    KIND(NameReference)
    KIND(Member)
    KIND(Index)
    KIND(Call)
    KIND(Unary)
    KIND(Binary)
    KIND(List)
    KIND(Record)
    KIND(Conditional)
    KIND(MatchExpression)
    KIND(ForAll)
    KIND(Aggregate)
    KIND(MetricOnDevice)
    KIND(SetDomain)
    KIND(RangeDomain)
    KIND(TensorType)
    KIND(NamedType)
    KIND(MemberType)
    KIND(ClassesType)
    KIND(Choice)
    KIND(Let)
    KIND(Assignment)
    KIND(Repeat)
    KIND(If)
    KIND(MatchStatement)
    KIND(Return)
    KIND(LocalBlock)
    KIND(ExpressionLimit)
    KIND(ConditionalLimit)
    KIND(Setting)
    KIND(Section)
    KIND(Table)
    KIND(Objective)
    KIND(Import)
    KIND(Dataset)
    KIND(Device)
    KIND(Block)
    KIND(Space)
    KIND(Network)
    KIND(Limits)
    KIND(Search)
    KIND(Deploy)
#undef KIND
  }
  llvm_unreachable("unknown kind");
}

void ast::forEachOperand(const Expr &expr,
                         llvm::function_ref<void(const Expr &)> visit) {
  auto visitBinder = [&](const Binder &binder) {
    visit(*binder.low);
    visit(*binder.high);
  };
  llvm::TypeSwitch<const Expr *>(&expr)
      .Case([&](const Member *node) { visit(*node->base); })
      .Case([&](const Index *node) {
        visit(*node->base);
        visit(*node->index);
      })
      .Case([&](const Call *node) {
        for (const Argument &argument : node->arguments)
          visit(*argument.value);
      })
      .Case([&](const Unary *node) { visit(*node->operand); })
      .Case([&](const Binary *node) {
        visit(*node->left);
        visit(*node->right);
      })
      .Case([&](const List *node) {
        for (const ExprPtr &element : node->elements)
          visit(*element);
      })
      .Case([&](const Record *node) {
        for (const RecordField &field : node->fields)
          visit(*field.value);
      })
      .Case([&](const Conditional *node) {
        for (const ConditionalArm &arm : node->arms) {
          visit(*arm.condition);
          visit(*arm.value);
        }
        visit(*node->otherwise);
      })
      .Case([&](const MatchExpression *node) {
        visit(*node->subject);
        for (const MatchExpressionArm &arm : node->arms) {
          for (const ExprPtr &pattern : arm.patterns)
            visit(*pattern);
          visit(*arm.value);
        }
      })
      .Case([&](const ForAll *node) {
        visitBinder(node->binder);
        visit(*node->condition);
      })
      .Case([&](const Aggregate *node) {
        visitBinder(node->binder);
        visit(*node->body);
      })
      .Default([](const Expr *) {});
}
