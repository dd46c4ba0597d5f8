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
using nas::ResultStorage;

static bool hasOneReader(Value tensor) {
  return llvm::count_if(tensor.getUsers(), [](Operation *user) {
           return !isa<nas::ShapeOp>(user);
         }) == 1;
}

/// Whether the layer is an alias that has the shape of its input.
static bool isTransparent(nas::LayerOpInterface layer) {
  return layer.getRole() == LayerRole::Alias && !isa<nas::FlattenOp>(layer);
}

/// The layer of the same block that computes the operand of `layer`, if nothing
/// else reads it, seen through layers that do nothing; or null.
static nas::LayerOpInterface soleProducerOf(nas::LayerOpInterface layer) {
  Block *block = layer->getBlock();
  while (true) {
    Value input = layer.getTensorInputs().front();
    auto producer = input.getDefiningOp<nas::LayerOpInterface>();
    if (!producer || producer->getBlock() != block || !hasOneReader(input))
      return nullptr;
    if (!isTransparent(producer))
      return producer;
    layer = producer;
  }
}

bool nasc::isFused(nas::LayerOpInterface layer) {
  const LayerRole role = layer.getRole();
  if (role != LayerRole::Normalization && role != LayerRole::Activation)
    return false;
  nas::LayerOpInterface producer = soleProducerOf(layer);
  if (!producer)
    return false;
  switch (producer.getRole()) {
  case LayerRole::Weighted:
    return true;
  case LayerRole::Join:
  case LayerRole::Normalization:
    return role == LayerRole::Activation;
  case LayerRole::Kernel:
  case LayerRole::Activation:
  case LayerRole::Alias:
    return false;
  }
  llvm_unreachable("all roles are covered");
}

nas::LayerOpInterface nasc::fusedReaderOf(nas::LayerOpInterface layer) {
  Value result = layer->getResult(0);
  while (hasOneReader(result)) {
    nas::LayerOpInterface reader;
    for (Operation *user : result.getUsers())
      if (auto candidate = dyn_cast<nas::LayerOpInterface>(user))
        reader = candidate;
    if (!reader)
      return nullptr;
    if (!isTransparent(reader))
      return isFused(reader) && soleProducerOf(reader) == layer ? reader
                                                                : nullptr;
    result = reader->getResult(0);
  }
  return nullptr;
}

Value nasc::storedTensor(Value tensor) {
  while (auto layer = tensor.getDefiningOp<nas::LayerOpInterface>()) {
    if (layer.getRole() != LayerRole::Alias && !isFused(layer))
      break;
    tensor = layer.getTensorInputs().front();
  }
  return tensor;
}

ResultStorage nasc::storageOf(nas::LayerOpInterface layer) {
  if (layer.getRole() == LayerRole::Alias)
    return ResultStorage::Alias;
  if (fusedReaderOf(layer))
    return ResultStorage::Fused;
  return layer.keepsScale() ? ResultStorage::ScaleOfInput : ResultStorage::Own;
}
