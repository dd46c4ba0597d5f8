//===- NetworkDescription.cpp - A network as plain data ---------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/network/NetworkDescription.h"

using namespace nasc;

// A switch without a default: the compiler points out a kind without a name.
const char *nasc::layerKindName(LayerKind kind) {
  switch (kind) {
  case LayerKind::Input:
    return "input";
  case LayerKind::Conv2D:
    return "conv2d";
  case LayerKind::DepthwiseConv2D:
    return "depthwise_conv2d";
  case LayerKind::Conv1D:
    return "conv1d";
  case LayerKind::Dense:
    return "dense";
  case LayerKind::BatchNorm:
    return "batch_norm";
  case LayerKind::ReLU:
    return "relu";
  case LayerKind::ReLU6:
    return "relu6";
  case LayerKind::Requantize:
    return "requantize";
  case LayerKind::HardSwish:
    return "hard_swish";
  case LayerKind::HardSigmoid:
    return "hard_sigmoid";
  case LayerKind::Sigmoid:
    return "sigmoid";
  case LayerKind::Add:
    return "add";
  case LayerKind::Multiply:
    return "multiply";
  case LayerKind::Concat:
    return "concat";
  case LayerKind::MaxPool:
    return "max_pool";
  case LayerKind::AveragePool:
    return "average_pool";
  case LayerKind::GlobalAveragePool:
    return "global_average_pool";
  case LayerKind::Flatten:
    return "flatten";
  case LayerKind::Dropout:
    return "dropout";
  case LayerKind::Identity:
    return "identity";
  case LayerKind::Zero:
    return "zero";
  }
  return "unknown";
}

std::optional<LayerKind> nasc::parseLayerKind(std::string_view name) {
  for (unsigned index = 0; index < layerKindCount; ++index) {
    LayerKind kind = static_cast<LayerKind>(index);
    if (name == layerKindName(kind))
      return kind;
  }
  return std::nullopt;
}
