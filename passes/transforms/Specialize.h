//===- Specialize.h - A network of a space ----------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_TRANSFORMS_SPECIALIZE_H
#define NASC_PASSES_TRANSFORMS_SPECIALIZE_H

#include "dialects/nas/Nas.h"
#include "passes/transforms/ArchitectureText.h"

namespace nasc {

/// Binds the active choices of an expanded space with shapes, in place, and
/// folds what follows. Emits errors at the space for a choice that is unknown,
/// has no such value, is missing, or is inactive for these values.
llvm::LogicalResult
specializeSpace(nas::SpaceOp space,
                const ArchitectureAssignments &architecture);

} // namespace nasc

#endif // NASC_PASSES_TRANSFORMS_SPECIALIZE_H
