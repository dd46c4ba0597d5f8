//===- LayerTable.cpp - What all layers have in common --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nas/LayerTable.h"

#include <cassert>

using namespace nasc;

namespace {
#define GET_LAYER_TABLE
#include "dialects/nas/Layers.inc"
} // namespace

llvm::ArrayRef<LayerInfo> nasc::layerTable() { return layers; }

const LayerInfo &nasc::layerInfo(LayerKind kind) {
  assert(kind != LayerKind::Input && "the input is no operation");
  return layers[static_cast<size_t>(kind) - 1];
}

const char *nasc::layerKindName(LayerKind kind) {
  return kind == LayerKind::Input ? "input" : layerInfo(kind).name.data();
}

std::optional<LayerKind> nasc::parseLayerKind(std::string_view name) {
  if (name == "input")
    return LayerKind::Input;
  for (const LayerInfo &layer : layers)
    if (std::string_view(layer.name) == name)
      return layer.kind;
  return std::nullopt;
}
