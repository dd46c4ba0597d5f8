//===- Layers.cpp - Layers to IR ------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/Builtins.h"
#include "frontend/translation/Translation.h"

using namespace mlir;
using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

nas::PaddingAttr Translator::buildPadding(const ast::Expr *expr,
                                          nas::PaddingMode otherwise) {
  MLIRContext *context = builder.getContext();
  if (!expr)
    return nas::PaddingAttr::get(context, otherwise);
  auto amount = [&](const ast::Expr &one) {
    const ExpressionInfo &info = program.info(one);
    return info.constant ? info.constant->integer : 0;
  };
  if (const auto *list = dyn_cast<ast::List>(expr)) {
    SmallVector<int64_t, 4> amounts;
    for (const ast::ExprPtr &element : list->elements)
      amounts.push_back(amount(*element));
    return nas::PaddingAttr::get(context, amounts);
  }
  const auto *name = dyn_cast<ast::NameReference>(expr);
  if (name && !program.info(*expr).constant)
    return nas::PaddingAttr::get(context, name->name.text == "valid"
                                              ? nas::PaddingMode::valid
                                              : nas::PaddingMode::same);
  return nas::PaddingAttr::get(context,
                               SmallVector<int64_t, 4>(4, amount(*expr)));
}

Value Translator::buildLayer(const ast::Call &call, const Symbol *layer,
                             const BoundArguments &bound,
                             const Arguments &arguments) {
  const LayerDescription &description = builtinLayers()[layer->builtin];
  Location loc = locationOf(call.callRange());
  mlir::Type type = openTensor();
  StringAttr noName;
  expressions().setLocation(loc);

  auto position = [&](StringRef name) -> unsigned {
    auto found = llvm::find_if(
        description.signature.parameters,
        [&](const SignatureParameter &one) { return one.name == name; });
    return found - description.signature.parameters.begin();
  };
  auto given = [&](StringRef name) { return bound.single(position(name)); };
  auto tensor = [&](StringRef name) {
    return arguments.lookup(given(name)).values.front();
  };
  auto tensors = [&] {
    SmallVector<Value> values;
    for (const ast::Expr *expr : bound.values.front())
      values.push_back(arguments.lookup(expr).values.front());
    return values;
  };
  auto integer = [&](StringRef name, int64_t otherwise) {
    const ast::Expr *expr = given(name);
    return expr ? arguments.lookup(expr).values.front() : constant(otherwise);
  };
  // Height and width of a window; the same value twice for a single integer.
  auto window = [&](StringRef name, std::pair<Value, Value> otherwise) {
    const ast::Expr *expr = given(name);
    if (!expr)
      return otherwise;
    const auto &values = arguments.lookup(expr).values;
    return std::pair(values.front(), values.back());
  };
  auto one = [&] { return std::pair(constant(1), constant(1)); };
  auto flag = [&](StringRef name, bool otherwise) -> UnitAttr {
    const ast::Expr *expr = given(name);
    bool value = otherwise;
    if (expr && program.info(*expr).constant)
      value = program.info(*expr).constant->boolean;
    return value ? builder.getUnitAttr() : UnitAttr();
  };
  auto padding = [&](nas::PaddingMode otherwise) {
    return buildPadding(given("padding"), otherwise);
  };

  switch (description.layer) {
  case BuiltinLayer::Conv2D: {
    auto [kernelHeight, kernelWidth] = window("kernel", one());
    auto [strideHeight, strideWidth] = window("stride", one());
    return builder.create<nas::Conv2DOp>(
        loc, type, tensor("input"), integer("filters", 1), kernelHeight,
        kernelWidth, strideHeight, strideWidth, integer("groups", 1),
        padding(nas::PaddingMode::same), flag("bias", true), noName);
  }
  case BuiltinLayer::DepthwiseConv2D: {
    auto [kernelHeight, kernelWidth] = window("kernel", one());
    auto [strideHeight, strideWidth] = window("stride", one());
    return builder.create<nas::DepthwiseConv2DOp>(
        loc, type, tensor("input"), kernelHeight, kernelWidth, strideHeight,
        strideWidth, padding(nas::PaddingMode::same), flag("bias", true),
        noName);
  }
  case BuiltinLayer::Conv1D:
    return builder.create<nas::Conv1DOp>(
        loc, type, tensor("input"), integer("filters", 1), integer("kernel", 1),
        integer("stride", 1), integer("groups", 1),
        padding(nas::PaddingMode::same), flag("bias", true), noName);
  case BuiltinLayer::Dense:
    return builder.create<nas::DenseOp>(loc, type, tensor("input"),
                                        integer("units", 1), flag("bias", true),
                                        noName);
  case BuiltinLayer::BatchNorm: {
    double epsilon = 1e-5;
    if (const ast::Expr *expr = given("epsilon"))
      epsilon = program.info(*expr).constant->toDouble();
    return builder.create<nas::BatchNormOp>(
        loc, type, tensor("input"), builder.getF64FloatAttr(epsilon), noName);
  }
  case BuiltinLayer::ReLU:
    return builder.create<nas::ReLUOp>(loc, type, tensor("input"), noName);
  case BuiltinLayer::ReLU6:
    return builder.create<nas::ReLU6Op>(loc, type, tensor("input"), noName);
  case BuiltinLayer::HardSwish:
    return builder.create<nas::HardSwishOp>(loc, type, tensor("input"), noName);
  case BuiltinLayer::HardSigmoid:
    return builder.create<nas::HardSigmoidOp>(loc, type, tensor("input"),
                                              noName);
  case BuiltinLayer::Sigmoid:
    return builder.create<nas::SigmoidOp>(loc, type, tensor("input"), noName);
  case BuiltinLayer::Add:
    return builder.create<nas::AddOp>(loc, type, tensors(), noName);
  case BuiltinLayer::Multiply:
    return builder.create<nas::MultiplyOp>(loc, type, tensor("input"),
                                           tensor("scale"), noName);
  case BuiltinLayer::Concat:
    return builder.create<nas::ConcatOp>(loc, type, tensors(), noName);
  case BuiltinLayer::MaxPool: {
    auto size = window("size", one());
    auto stride = window("stride", size);
    return builder.create<nas::MaxPoolOp>(
        loc, type, tensor("input"), size.first, size.second, stride.first,
        stride.second, padding(nas::PaddingMode::valid), noName);
  }
  case BuiltinLayer::AveragePool: {
    auto size = window("size", one());
    auto stride = window("stride", size);
    return builder.create<nas::AveragePoolOp>(
        loc, type, tensor("input"), size.first, size.second, stride.first,
        stride.second, padding(nas::PaddingMode::valid),
        flag("count_padding", false), noName);
  }
  case BuiltinLayer::GlobalAveragePool:
    return builder.create<nas::GlobalAveragePoolOp>(loc, type, tensor("input"),
                                                    noName);
  case BuiltinLayer::Flatten:
    return builder.create<nas::FlattenOp>(loc, type, tensor("input"), noName);
  case BuiltinLayer::Dropout: {
    const ast::Expr *rate = given("rate");
    const ExpressionInfo &info = program.info(*rate);
    // An integer constant (0) stands for a real number.
    Value value = info.constant ? realConstant(info.constant->toDouble(), loc)
                                : arguments.lookup(rate).values.front();
    return builder.create<nas::DropoutOp>(loc, type, tensor("input"), value,
                                          noName);
  }
  case BuiltinLayer::Identity:
    return builder.create<nas::IdentityOp>(loc, type, tensor("input"), noName);
  case BuiltinLayer::Zero:
    return builder.create<nas::ZeroOp>(loc, type, tensor("input"), noName);
  }
  llvm_unreachable("every layer is built above");
}
