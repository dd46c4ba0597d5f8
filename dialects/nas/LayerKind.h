//===- LayerKind.h - The kinds of layers ------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For those who see neither MLIR nor LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_LAYERKIND_H
#define NASC_DIALECTS_NAS_LAYERKIND_H

#include <optional>
#include <string_view>

namespace nasc {

/// One kind for each layer operation of the `nas` dialect, in the order of
/// their definitions, after the input of a network.
enum class LayerKind {
  Input,
#define NAS_LAYER(NAME, MNEMONIC) NAME,
#include "dialects/nas/Layers.inc"
};

/// The mnemonic of the operation (`conv2d`, `batch_norm`, …), which is the name
/// in the language too; `input` for the input.
const char *layerKindName(LayerKind kind);

/// The kind of that mnemonic, or nothing when there is none.
std::optional<LayerKind> parseLayerKind(std::string_view name);

} // namespace nasc

#endif // NASC_DIALECTS_NAS_LAYERKIND_H
