//===- NasToTosa.h - The table of layer lowerings ---------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every layer operation of the nas dialect has one entry in one table: how it
// becomes TOSA.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_LOWERING_NASTOTOSA_H
#define NASC_PASSES_LOWERING_NASTOTOSA_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace nasc {

/// The names of the operations (`nas.conv2d`, …) that convert-nas-to-tosa has
/// a lowering for: all that implement LayerOpInterface, which a test checks.
llvm::SmallVector<llvm::StringRef> getLoweredLayerNames();

} // namespace nasc

#endif // NASC_PASSES_LOWERING_NASTOTOSA_H
