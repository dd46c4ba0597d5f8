//===- SearchRun.h - The whole way of a specification -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASC_SEARCHRUN_H
#define NASC_TOOLS_NASC_SEARCHRUN_H

#include "tools/nasc/Session.h"

namespace nasc {

/// Searches, trains, lowers and reports: `nasc SPEC -o OUT`. Returns the exit
/// code.
int runSearch(Session &session);

/// Lowers the networks of a study again, without searching: `nasc deploy OUT`.
/// The specification is the one that the study keeps.
int runDeploy(const Options &options);

} // namespace nasc

#endif // NASC_TOOLS_NASC_SEARCHRUN_H
