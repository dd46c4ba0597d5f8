//===- LayerArguments.cpp - Layers between IR and plain data --------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/network/LayerArguments.h"

#include "dialects/nas/LayerTable.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace nasc;

/// The member that holds an integer.
static int64_t &integerOf(NetworkLayer &layer, LayerField field) {
  switch (field) {
  case LayerField::KernelHeight:
    return layer.kernelHeight;
  case LayerField::KernelWidth:
    return layer.kernelWidth;
  case LayerField::StrideHeight:
    return layer.strideHeight;
  case LayerField::StrideWidth:
    return layer.strideWidth;
  case LayerField::Groups:
    return layer.groups;
  case LayerField::ZeroPoint:
    return layer.zeroPoint;
  case LayerField::OutputChannels:
    return layer.outputShape.back();
  default:
    llvm_unreachable("the field holds no integer");
  }
}

static double &realOf(NetworkLayer &layer, LayerField field) {
  switch (field) {
  case LayerField::Epsilon:
    return layer.epsilon;
  case LayerField::Rate:
    return layer.rate;
  case LayerField::Scale:
    return layer.scale;
  default:
    llvm_unreachable("the field holds no real number");
  }
}

static bool &flagOf(NetworkLayer &layer, LayerField field) {
  switch (field) {
  case LayerField::Bias:
    return layer.bias;
  case LayerField::CountPadding:
    return layer.countPadding;
  default:
    llvm_unreachable("the field holds no flag");
  }
}

LogicalResult nasc::readArguments(nas::LayerOpInterface op,
                                  NetworkLayer &layer) {
  std::optional<LayerKind> kind = parseLayerKind(op->getName().stripDialect());
  assert(kind && "every layer of the dialect is in the table");
  layer.kind = *kind;
  unsigned operand = 0;
  for (const LayerArgument &argument : layerInfo(*kind).arguments) {
    switch (argument.kind) {
    case LayerArgument::Kind::Tensor:
    case LayerArgument::Kind::Tensors:
      ++operand;
      break;
    case LayerArgument::Kind::Integer: {
      std::optional<int64_t> number =
          cost::constantOf(op->getOperand(operand++));
      if (!number)
        return op->emitError("expected a specialised network "
                             "(nas-specialize), found a number that depends "
                             "on a choice");
      integerOf(layer, argument.field) = *number;
      break;
    }
    case LayerArgument::Kind::Real: {
      FloatAttr number;
      if (!matchPattern(op->getOperand(operand++), m_Constant(&number)))
        return op->emitError("expected a specialised network "
                             "(nas-specialize), found a number that depends "
                             "on a choice");
      realOf(layer, argument.field) = number.getValueAsDouble();
      break;
    }
    case LayerArgument::Kind::Padding: {
      auto padding = op->getAttrOfType<nas::PaddingAttr>(argument.name);
      if (padding.getMode() != nas::PaddingMode::explicit_)
        return op->emitError("expected explicit padding (nas-specialize)");
      llvm::copy(padding.getAmounts(), layer.padding.begin());
      break;
    }
    case LayerArgument::Kind::Flag:
      flagOf(layer, argument.field) = op->hasAttr(argument.name);
      break;
    case LayerArgument::Kind::RealAttribute:
      realOf(layer, argument.field) =
          op->getAttrOfType<FloatAttr>(argument.name).getValueAsDouble();
      break;
    case LayerArgument::Kind::IntegerAttribute:
      integerOf(layer, argument.field) =
          op->getAttrOfType<IntegerAttr>(argument.name).getInt();
      break;
    }
  }
  return success();
}

nas::LayerOpInterface nasc::buildLayer(cost::ExpressionBuilder &scalars,
                                       Location loc, const NetworkLayer &given,
                                       ValueRange inputs) {
  NetworkLayer layer = given;
  OpBuilder &builder = scalars.getBuilder();
  OperationState state(loc, (nas::NasDialect::getDialectNamespace() + "." +
                             layerInfo(layer.kind).name)
                                .str());
  for (const LayerArgument &argument : layerInfo(layer.kind).arguments) {
    switch (argument.kind) {
    case LayerArgument::Kind::Tensor:
      state.addOperands(inputs.front());
      inputs = inputs.drop_front();
      break;
    case LayerArgument::Kind::Tensors:
      state.addOperands(inputs);
      break;
    case LayerArgument::Kind::Integer:
      state.addOperands(scalars.constant(integerOf(layer, argument.field)));
      break;
    case LayerArgument::Kind::Real:
      state.addOperands(
          builder
              .create<arith::ConstantOp>(
                  loc, builder.getF64FloatAttr(realOf(layer, argument.field)))
              .getResult());
      break;
    case LayerArgument::Kind::Padding:
      state.addAttribute(argument.name, nas::PaddingAttr::get(
                                            builder.getContext(),
                                            ArrayRef<int64_t>(layer.padding)));
      break;
    case LayerArgument::Kind::Flag:
      if (flagOf(layer, argument.field))
        state.addAttribute(argument.name, builder.getUnitAttr());
      break;
    case LayerArgument::Kind::RealAttribute:
      state.addAttribute(argument.name, builder.getF64FloatAttr(
                                            realOf(layer, argument.field)));
      break;
    case LayerArgument::Kind::IntegerAttribute:
      state.addAttribute(argument.name, builder.getI64IntegerAttr(
                                            integerOf(layer, argument.field)));
      break;
    }
  }
  state.addAttribute("name", builder.getStringAttr(layer.name));
  state.addTypes(nas::TensorType::get(builder.getContext(), layer.outputShape));
  return cast<nas::LayerOpInterface>(builder.create(state));
}
