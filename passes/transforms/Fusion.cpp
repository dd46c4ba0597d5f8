//===- Fusion.cpp - Which layers run as one -------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/Fusion.h"

using namespace mlir;
using namespace nasc;
using nas::LayerRole;

bool nasc::hasWeights(Operation *op) {
  return isa<nas::Conv2DOp, nas::DepthwiseConv2DOp, nas::Conv1DOp,
             nas::DenseOp>(op);
}

static bool hasOneReader(Value tensor) {
  return llvm::count_if(tensor.getUsers(), [](Operation *user) {
           return !isa<nas::ShapeOp>(user);
         }) == 1;
}

bool nasc::isFused(nas::LayerOpInterface layer) {
  LayerRole role = layer.getRole();
  if (role != LayerRole::Normalization && role != LayerRole::Activation)
    return false;
  Value input = layer.getTensorInputs().front();
  Operation *producer = input.getDefiningOp();
  if (!producer || producer->getBlock() != layer->getBlock() ||
      !hasOneReader(input))
    return false;
  if (hasWeights(producer))
    return true;
  if (role == LayerRole::Normalization)
    return false;
  return isa<nas::AddOp, nas::MultiplyOp, nas::BatchNormOp>(producer);
}

Value nasc::storedTensor(Value tensor) {
  while (auto layer = tensor.getDefiningOp<nas::LayerOpInterface>()) {
    if (layer.getRole() != LayerRole::Alias && !isFused(layer))
      break;
    tensor = layer.getTensorInputs().front();
  }
  return tensor;
}
