//===- Target.h - The machines that networks are compiled for ---*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A table of targets: what code is generated for, what compiles C for the same
// machine, and what runs the result here. A further target is a further entry
// of the table in Target.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_LOWERING_TARGET_H
#define NASC_PASSES_LOWERING_TARGET_H

#include "passes/lowering/TargetPipeline.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace nasc {

/// A program of the user's machine, and where to get it.
struct HostProgram {
  /// What is looked up in the path; empty if none is needed.
  std::string program;
  /// What comes before any other argument.
  std::vector<std::string> arguments;
  /// The Debian packages that bring it, separated by spaces.
  std::string packages;
};

/// A machine that networks are compiled for.
struct Target {
  /// What a user calls it, such as `cortex-m7`.
  llvm::StringRef name;
  /// One line for people.
  llvm::StringRef description;
  /// What code is generated for.
  TargetDescription code;
  /// Whether programs run without an operating system: they are made of an
  /// example project (runtime/deploy/ExampleProject.h) and not of a test
  /// program (NetworkArtifact.h).
  bool bareMetal = false;
  /// Compiles and links C; its arguments select the processor and the calling
  /// convention that `code` has too.
  HostProgram compiler;
  /// Runs what the compiler linked. Empty if this machine runs it itself.
  HostProgram emulator;
};

/// All targets, in the order in which they are listed to users. The first is
/// `host`.
llvm::ArrayRef<Target> getTargets();

/// The target of this name, or null.
const Target *findTarget(llvm::StringRef name);

/// The target of this name. The error lists the names there are [NAS6040].
llvm::Expected<const Target *> getTarget(llvm::StringRef name);

} // namespace nasc

#endif // NASC_PASSES_LOWERING_TARGET_H
