//===- Emission.h - Prints a stage of the compiler --------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASC_EMISSION_H
#define NASC_TOOLS_NASC_EMISSION_H

#include "tools/nasc/Session.h"

namespace nasc {

/// Brings the specification to the stage of --emit and prints it to standard
/// output or to the file of -o. Returns the exit code.
int emitStage(Session &session);

} // namespace nasc

#endif // NASC_TOOLS_NASC_EMISSION_H
