//===- Fusion.h - Which layers run as one -----------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The one rule of which layers a deployed network computes as one, and of how
// their results are stored. Costs, deployment, files that are written and
// training read it here.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_TRANSFORMS_FUSION_H
#define NASC_PASSES_TRANSFORMS_FUSION_H

#include "dialects/nas/Nas.h"
#include "dialects/nas/ResultStorage.h"

namespace nasc {

/// Whether the layer is part of the layer that computes its input in every
/// deployed network: batch normalisation directly behind a layer with weights,
/// an activation directly behind a layer with weights, a normalisation, a sum
/// or a product; in both cases only if nothing else reads the value between.
/// Identity and dropout, which do nothing, may stand between.
///
/// The decision looks at the space as it is written after expansion. It is
/// kept by deployment, which may find more layers to join once choices are
/// bound, so that costs derived from it are upper bounds.
bool isFused(nas::LayerOpInterface layer);

/// The layer that is part of this one and reads its result, directly or behind
/// layers that do nothing; or null.
nas::LayerOpInterface fusedReaderOf(nas::LayerOpInterface layer);

/// The tensor that is stored where `tensor` is: the operand of layers that do
/// not exist in a deployed network.
mlir::Value storedTensor(mlir::Value tensor);

/// How the layer's result is stored; asked of specialised networks.
nas::ResultStorage storageOf(nas::LayerOpInterface layer);

} // namespace nasc

#endif // NASC_PASSES_TRANSFORMS_FUSION_H
