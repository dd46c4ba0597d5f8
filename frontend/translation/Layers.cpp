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

Value Translator::buildLayer(const ast::Call &call, const Symbol *symbol,
                             const BoundArguments &bound,
                             const Arguments &arguments) {
  const LayerInfo &layer = *builtinLayers()[symbol->builtin].layer;
  const Location loc = locationOf(call.callRange());
  expressions().setLocation(loc);

  auto positionOf = [&](StringRef name) -> unsigned {
    return llvm::find_if(
               layer.parameters,
               [&](const LayerParameter &one) { return one.name == name; }) -
           layer.parameters.begin();
  };
  auto valueOf = [&](const ast::Expr *expr) {
    return arguments.lookup(expr).values.front();
  };
  // One of the numbers of a window, or of the integer that stands for both.
  auto integerOf = [&](const LayerParameter *parameter, unsigned component) {
    while (true) {
      if (const ast::Expr *expr = bound.single(positionOf(parameter->name))) {
        const auto &values = arguments.lookup(expr).values;
        return component == 0 ? values.front() : values.back();
      }
      int64_t preset = 0;
      if (!parameter->preset.getAsInteger(10, preset))
        return constant(preset);
      parameter = &layer.parameters[positionOf(parameter->preset)];
    }
  };
  auto realOf = [&](const LayerParameter &parameter, const ast::Expr *expr) {
    double preset = 0;
    if (expr)
      return program.info(*expr).constant->toDouble();
    bool isNoNumber = parameter.preset.getAsDouble(preset);
    assert(!isNoNumber && "the preset of a real parameter is a number");
    (void)isNoNumber;
    return preset;
  };

  OperationState state(loc, ("nas." + layer.name).str());
  for (const LayerArgument &argument : layer.arguments) {
    const LayerParameter *parameter =
        llvm::find_if(layer.parameters, [&](const LayerParameter &one) {
          return llvm::is_contained(one.arguments, argument.name);
        });
    assert(parameter != layer.parameters.end() &&
           "a parameter gives each argument");
    const unsigned component = llvm::find(parameter->arguments, argument.name) -
                               parameter->arguments.begin();
    const ast::Expr *expr = bound.single(positionOf(parameter->name));
    switch (argument.kind) {
    case LayerArgument::Kind::Tensor:
      state.addOperands(valueOf(expr));
      break;
    case LayerArgument::Kind::Tensors:
      for (const ast::Expr *one : bound.values[positionOf(parameter->name)])
        state.addOperands(valueOf(one));
      break;
    case LayerArgument::Kind::Integer:
      state.addOperands(integerOf(parameter, component));
      break;
    case LayerArgument::Kind::Real:
      // An integer constant (0) stands for a real number.
      state.addOperands(expr && !program.info(*expr).constant
                            ? valueOf(expr)
                            : realConstant(realOf(*parameter, expr), loc));
      break;
    case LayerArgument::Kind::Padding:
      state.addAttribute(argument.name,
                         buildPadding(expr, parameter->preset == "valid"
                                                ? nas::PaddingMode::valid
                                                : nas::PaddingMode::same));
      break;
    case LayerArgument::Kind::Flag: {
      const bool isSet = expr && program.info(*expr).constant
                             ? program.info(*expr).constant->boolean
                             : parameter->preset == "true";
      if (isSet)
        state.addAttribute(argument.name, builder.getUnitAttr());
      break;
    }
    case LayerArgument::Kind::RealAttribute:
      state.addAttribute(argument.name,
                         builder.getF64FloatAttr(realOf(*parameter, expr)));
      break;
    case LayerArgument::Kind::IntegerAttribute:
      llvm_unreachable("no parameter of the language gives such an attribute");
    }
  }
  state.addTypes(openTensor());
  return builder.create(state)->getResult(0);
}
