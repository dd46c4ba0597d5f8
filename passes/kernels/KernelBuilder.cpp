//===- KernelBuilder.cpp - Writing kernels in C++ -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/KernelBuilder.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace nasc {
using namespace mlir;

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

/// A constant of another number's type.
static Number like(Number number, int64_t constant) {
  KernelBuilder &builder = number.getBuilder();
  return Number(builder,
                builder.b().create<arith::ConstantOp>(
                    builder.location(), builder.b().getIntegerAttr(
                                            number.get().getType(), constant)));
}

template <typename Op> static Number binary(Number a, Number b) {
  KernelBuilder &builder = a.getBuilder();
  return Number(builder,
                builder.b().create<Op>(builder.location(), a.get(), b.get()));
}

/// An operation whose result is known to fit.
template <typename Op> static Number exact(Number a, Number b) {
  KernelBuilder &builder = a.getBuilder();
  return Number(builder,
                builder.b().create<Op>(builder.location(), a.get(), b.get(),
                                       arith::IntegerOverflowFlags::nsw));
}

static Number compare(arith::CmpIPredicate predicate, Number a, Number b) {
  KernelBuilder &builder = a.getBuilder();
  return Number(builder, builder.b().create<arith::CmpIOp>(
                             builder.location(), predicate, a.get(), b.get()));
}

Number operator+(Number a, Number b) { return exact<arith::AddIOp>(a, b); }
Number operator-(Number a, Number b) { return exact<arith::SubIOp>(a, b); }
Number operator*(Number a, Number b) { return exact<arith::MulIOp>(a, b); }
Number operator+(Number a, int64_t b) { return a + like(a, b); }
Number operator-(Number a, int64_t b) { return a - like(a, b); }
Number operator*(Number a, int64_t b) { return a * like(a, b); }
Number shiftLeft(Number a, Number b) { return exact<arith::ShLIOp>(a, b); }
Number shiftRight(Number a, Number b) { return binary<arith::ShRSIOp>(a, b); }
Number minimum(Number a, Number b) { return binary<arith::MinSIOp>(a, b); }
Number maximum(Number a, Number b) { return binary<arith::MaxSIOp>(a, b); }
Number both(Number a, Number b) { return binary<arith::AndIOp>(a, b); }
Number lessThan(Number a, Number b) {
  return compare(arith::CmpIPredicate::slt, a, b);
}
Number equals(Number a, int64_t b) {
  return compare(arith::CmpIPredicate::eq, a, like(a, b));
}
Number isBelow(Number a, Number b) {
  return compare(arith::CmpIPredicate::ult, a, b);
}
Number select(Number condition, Number a, Number b) {
  KernelBuilder &builder = a.getBuilder();
  return Number(builder, builder.b().create<arith::SelectOp>(builder.location(),
                                                             condition.get(),
                                                             a.get(), b.get()));
}

Number Number::i32() const {
  OpBuilder &b = builder->b();
  Type type = b.getI32Type();
  if (value.getType() == type)
    return *this;
  if (value.getType().isIndex())
    return Number(*builder, b.create<arith::IndexCastOp>(builder->location(),
                                                         type, value));
  if (value.getType().getIntOrFloatBitWidth() > 32)
    return Number(*builder,
                  b.create<arith::TruncIOp>(builder->location(), type, value));
  return Number(*builder,
                b.create<arith::ExtSIOp>(builder->location(), type, value));
}

Number Number::i64() const {
  OpBuilder &b = builder->b();
  return Number(*builder, b.create<arith::ExtSIOp>(builder->location(),
                                                   b.getI64Type(), value));
}

Number Number::index() const {
  OpBuilder &b = builder->b();
  return Number(*builder, b.create<arith::IndexCastOp>(
                              builder->location(), b.getIndexType(), value));
}

Number Number::named(StringRef name) const {
  if (Operation *op = value.getDefiningOp())
    op->setAttr("nasc.name", builder->b().getStringAttr(name));
  return *this;
}

//===----------------------------------------------------------------------===//
// Buffers
//===----------------------------------------------------------------------===//

Number Buffer::load(Number index) const {
  return Number(*builder, builder->b().create<memref::LoadOp>(
                              builder->location(), value, index.get()))
      .i32();
}

void Buffer::store(Number number, Number index) const {
  OpBuilder &b = builder->b();
  Type element = cast<MemRefType>(value.getType()).getElementType();
  Value stored = number.get();
  if (stored.getType() != element)
    stored = b.create<arith::TruncIOp>(builder->location(), element, stored);
  b.create<memref::StoreOp>(builder->location(), stored, value, index.get());
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

KernelBuilder::KernelBuilder(ModuleOp module, StringRef name, StringRef comment,
                             ArrayRef<std::pair<StringRef, Argument>> arguments)
    : builder(module.getContext()) {
  auto buffer = [&](Type element) {
    return MemRefType::get({ShapedType::kDynamic}, element);
  };
  SmallVector<Type> types;
  for (const auto &[argument, kind] : arguments)
    types.push_back(kind == Argument::Bytes   ? buffer(builder.getI8Type())
                    : kind == Argument::Words ? buffer(builder.getI32Type())
                    : kind == Argument::Index ? Type(builder.getIndexType())
                                              : Type(builder.getI32Type()));
  builder.setInsertionPointToEnd(module.getBody());
  function = builder.create<func::FuncOp>(module.getLoc(), name,
                                          builder.getFunctionType(types, {}));
  function.setPrivate();
  function->setAttr("nasc.comment", builder.getStringAttr(comment));
  for (auto [index, argument] : llvm::enumerate(arguments))
    function.setArgAttr(index, "nasc.name",
                        builder.getStringAttr(argument.first));
  builder.setInsertionPointToStart(function.addEntryBlock());
}

KernelBuilder::~KernelBuilder() { builder.create<func::ReturnOp>(location()); }

Value KernelBuilder::argument(StringRef name) {
  for (BlockArgument argument : function.getArguments())
    if (function.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                              "nasc.name") == name)
      return argument;
  llvm_unreachable("a kernel asks for an argument that it does not have");
}

Buffer KernelBuilder::buffer(StringRef name) {
  return Buffer(*this, argument(name));
}
Number KernelBuilder::number(StringRef name) {
  return Number(*this, argument(name));
}

Number KernelBuilder::index(int64_t value) {
  return Number(*this,
                builder.create<arith::ConstantIndexOp>(location(), value));
}
Number KernelBuilder::i32(int64_t value) {
  return Number(*this,
                builder.create<arith::ConstantIntOp>(location(), value, 32));
}
Number KernelBuilder::i64(int64_t value) {
  return Number(*this,
                builder.create<arith::ConstantIntOp>(location(), value, 64));
}

void KernelBuilder::loop(StringRef name, Number begin, Number end,
                         llvm::function_ref<void(Number)> body) {
  auto loop = builder.create<scf::ForOp>(location(), begin.get(), end.get(),
                                         index(1).get());
  loop->setAttr("nasc.name", builder.getStringAttr(name));
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  body(Number(*this, loop.getInductionVar()));
}

Number KernelBuilder::reduce(StringRef name, Number begin, Number end,
                             Number first, StringRef resultName,
                             llvm::function_ref<Number(Number, Number)> body) {
  auto loop =
      builder.create<scf::ForOp>(location(), begin.get(), end.get(),
                                 index(1).get(), ValueRange(first.get()));
  loop->setAttr("nasc.name", builder.getStringAttr(name));
  loop->setAttr("nasc.results", builder.getStrArrayAttr({resultName}));
  {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Number next = body(Number(*this, loop.getInductionVar()),
                       Number(*this, loop.getRegionIterArgs().front()));
    builder.create<scf::YieldOp>(location(), next.get());
  }
  return Number(*this, loop.getResult(0));
}

Number KernelBuilder::branch(Number condition,
                             llvm::function_ref<Number()> then,
                             llvm::function_ref<Number()> otherwise) {
  auto op = builder.create<scf::IfOp>(
      location(), condition.get(),
      [&](OpBuilder &inner, Location loc) {
        OpBuilder::InsertionGuard guard(builder);
        builder.restoreInsertionPoint(inner.saveInsertionPoint());
        builder.create<scf::YieldOp>(loc, then().get());
      },
      [&](OpBuilder &inner, Location loc) {
        OpBuilder::InsertionGuard guard(builder);
        builder.restoreInsertionPoint(inner.saveInsertionPoint());
        builder.create<scf::YieldOp>(loc, otherwise().get());
      });
  return Number(*this, op.getResult(0));
}

void KernelBuilder::when(Number condition, llvm::function_ref<void()> then) {
  auto op = builder.create<scf::IfOp>(location(), condition.get(),
                                      /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op.thenBlock()->getTerminator());
  then();
}

} // namespace nasc
