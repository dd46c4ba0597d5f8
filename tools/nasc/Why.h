//===- Why.h - Why a value of a choice is possible, or not ------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASC_WHY_H
#define NASC_TOOLS_NASC_WHY_H

#include "tools/nasc/Session.h"

namespace nasc {

/// Answers `--why 'CHOICE=VALUE'` on standard output or in the file of -o, with
/// --json as a document: in how many feasible architectures the value occurs,
/// or which limits exclude it and what bounds would do. Returns the exit code:
/// either answer is 0; without any feasible architecture it is 3, after the
/// diagnostic of an infeasible space.
int answerWhy(Session &session);

} // namespace nasc

#endif // NASC_TOOLS_NASC_WHY_H
