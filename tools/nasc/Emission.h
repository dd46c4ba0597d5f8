//===- Emission.h - Prints a stage of the compiler --------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASC_EMISSION_H
#define NASC_TOOLS_NASC_EMISSION_H

#include "runtime/search/CompiledSpace.h"
#include "tools/nasc/Session.h"

#include "llvm/Support/JSON.h"

namespace nasc {

/// Writes to the file of -o, or to standard output. False after an error.
bool writeStream(Session &session,
                 llvm::function_ref<void(llvm::raw_ostream &)> write);
/// The same for a text.
bool writeText(Session &session, llvm::StringRef text);
/// The same for a document.
bool writeJson(Session &session, llvm::json::Object document);

/// The session's space with its cost function; after Session::deriveCosts().
/// Null after an error.
std::unique_ptr<search::CompiledSpace> compileSpace(Session &session);

/// Brings the specification to the stage of --emit and prints it to standard
/// output or to the file of -o. Returns the exit code.
int emitStage(Session &session);

} // namespace nasc

#endif // NASC_TOOLS_NASC_EMISSION_H
