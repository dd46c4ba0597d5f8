//===- Builtins.cpp - Layers, functions and metrics of the language -------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/Builtins.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace nasc;

namespace {

SignatureParameter required(llvm::StringRef name, ParameterKind kind,
                            std::optional<int64_t> minimum = std::nullopt) {
  return {name.str(), kind, /*hasDefault=*/false, minimum};
}

ParameterKind kindOf(const LayerParameter &parameter) {
  switch (parameter.kind) {
  case LayerParameter::Kind::Tensor:
    return ParameterKind::Tensor;
  case LayerParameter::Kind::Tensors:
    return ParameterKind::Tensors;
  case LayerParameter::Kind::Window:
    return ParameterKind::Window;
  case LayerParameter::Kind::Integer:
    return ParameterKind::Integer;
  case LayerParameter::Kind::Real:
    return ParameterKind::Real;
  case LayerParameter::Kind::Padding:
    return ParameterKind::Padding;
  case LayerParameter::Kind::Boolean:
    return ParameterKind::Boolean;
  }
  llvm_unreachable("unknown kind of parameter");
}

std::vector<LayerDescription> makeLayers() {
  std::vector<LayerDescription> descriptions;
  for (const LayerInfo &layer : layerTable()) {
    if (layer.parameters.empty())
      continue;
    LayerDescription description = {&layer, {}};
    for (const LayerParameter &parameter : layer.parameters)
      description.signature.parameters.push_back(
          {parameter.name.str(), kindOf(parameter), !parameter.preset.empty(),
           parameter.least ? std::optional(parameter.least) : std::nullopt});
    descriptions.push_back(std::move(description));
  }
  return descriptions;
}

} // namespace

llvm::ArrayRef<LayerDescription> nasc::builtinLayers() {
  static const std::vector<LayerDescription> layers = makeLayers();
  return layers;
}

llvm::ArrayRef<FunctionDescription> nasc::builtinFunctions() {
  using K = ParameterKind;
  static const std::vector<FunctionDescription> functions = {
      {BuiltinFunction::Min, "min", {{required("values", K::Numbers)}}},
      {BuiltinFunction::Max, "max", {{required("values", K::Numbers)}}},
      {BuiltinFunction::Abs, "abs", {{required("value", K::Numbers)}}},
      {BuiltinFunction::Div,
       "div",
       {{required("dividend", K::Integer), required("divisor", K::Integer)}}},
      {BuiltinFunction::CeilDiv,
       "ceildiv",
       {{required("dividend", K::Integer), required("divisor", K::Integer)}}},
  };
  return functions;
}

llvm::ArrayRef<MetricDescription> nasc::builtinMetrics() {
  static const MetricDescription metrics[] = {
      {"accuracy", Dimension::None, false, true},
      {"loss", Dimension::None, false, true},
      {"macs", Dimension::None, false, false},
      {"weights", Dimension::None, false, false},
      {"params", Dimension::None, false, false},
      {"flash", Dimension::Size, true, false},
      {"ram", Dimension::Size, true, false},
      {"latency", Dimension::Time, true, false},
      {"energy", Dimension::Energy, true, false},
  };
  return metrics;
}

const MetricDescription *nasc::findMetric(llvm::StringRef name) {
  for (const MetricDescription &metric : builtinMetrics())
    if (metric.name == name)
      return &metric;
  return nullptr;
}

llvm::StringRef nasc::describe(SymbolKind kind) {
  switch (kind) {
  case SymbolKind::Dataset:
    return "a dataset";
  case SymbolKind::Device:
    return "a device";
  case SymbolKind::Block:
    return "a block";
  case SymbolKind::Space:
    return "a space";
  case SymbolKind::Network:
    return "a network";
  case SymbolKind::Layer:
    return "a layer";
  case SymbolKind::Function:
    return "a function";
  case SymbolKind::Parameter:
    return "a parameter";
  case SymbolKind::Choice:
    return "a choice";
  case SymbolKind::Let:
    return "a let";
  case SymbolKind::Variable:
    return "a var";
  case SymbolKind::LoopVariable:
    return "a loop variable";
  }
  return "a name";
}

size_t ChoiceDomain::size() const {
  switch (kind) {
  case Kind::Integers:
    return integers.size();
  case Kind::Reals:
    return reals.size();
  case Kind::Booleans:
    return booleans.size();
  case Kind::Operations:
    return operations.size();
  }
  return 0;
}

Type ChoiceDomain::type() const {
  switch (kind) {
  case Kind::Integers:
    return TypeKind::Integer;
  case Kind::Reals:
    return TypeKind::Real;
  case Kind::Booleans:
    return TypeKind::Boolean;
  case Kind::Operations:
    return TypeKind::Operation;
  }
  return TypeKind::Error;
}

std::string ChoiceDomain::text(size_t index) const {
  switch (kind) {
  case Kind::Integers:
    return std::to_string(integers[index]);
  case Kind::Reals:
    return formatReal(reals[index]);
  case Kind::Booleans:
    return booleans[index] ? "true" : "false";
  case Kind::Operations:
    return operations[index]->name;
  }
  return "";
}

bool ChoiceDomain::contains(const Constant &value) const {
  switch (kind) {
  case Kind::Integers:
    return llvm::any_of(integers, [&](int64_t integer) {
      return value.type.isInteger()
                 ? integer == value.integer
                 : static_cast<double>(integer) == value.toDouble();
    });
  case Kind::Reals:
    return llvm::is_contained(reals, value.toDouble());
  case Kind::Booleans:
    return llvm::is_contained(booleans, value.boolean);
  case Kind::Operations:
    return llvm::is_contained(operations, value.operation);
  }
  return false;
}

std::pair<int64_t, int64_t> ChoiceDomain::integerBounds() const {
  if (integers.empty())
    return {0, 0};
  auto [low, high] = std::minmax_element(integers.begin(), integers.end());
  return {*low, *high};
}

BoundArguments nasc::bindArguments(const Signature &signature,
                                   const ast::Call &call,
                                   std::vector<BindingProblem> &problems) {
  using Kind = BindingProblem::Kind;
  BoundArguments bound;
  bound.values.resize(signature.parameters.size());
  unsigned next = 0;
  for (const ast::Argument &argument : call.arguments) {
    if (argument.name) {
      auto found = llvm::find_if(signature.parameters,
                                 [&](const SignatureParameter &parameter) {
                                   return parameter.name == argument.name->text;
                                 });
      if (found == signature.parameters.end()) {
        problems.push_back({Kind::UnknownName, &argument, 0});
        continue;
      }
      unsigned index = found - signature.parameters.begin();
      if (!bound.values[index].empty())
        problems.push_back({Kind::Twice, &argument, index});
      else
        bound.values[index].push_back(argument.value.get());
      continue;
    }
    if (signature.isVariadic() && next == 0) {
      // All arguments by position belong to the variadic parameter; what
      // follows it is given by name.
      bound.values[0].push_back(argument.value.get());
      continue;
    }
    if (next >= signature.parameters.size()) {
      problems.push_back({Kind::TooMany, &argument, 0});
      continue;
    }
    bound.values[next++].push_back(argument.value.get());
  }
  for (auto [index, parameter] : llvm::enumerate(signature.parameters))
    if (!parameter.hasDefault && bound.values[index].empty())
      problems.push_back(
          {Kind::Missing, nullptr, static_cast<unsigned>(index)});
  return bound;
}
