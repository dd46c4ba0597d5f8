//===- ExampleProject.h - Firmware around a network -------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Writes the sources of a complete firmware that runs one network on an
// emulated board: without a C library, with a Makefile.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DEPLOY_EXAMPLEPROJECT_H
#define NASC_RUNTIME_DEPLOY_EXAMPLEPROJECT_H

#include "passes/lowering/CompiledNetwork.h"
#include "passes/lowering/Target.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace nasc::deploy {

/// A file of a project.
struct ProjectFile {
  /// Its name within the project's folder.
  std::string name;
  /// What it is, for a list of files.
  std::string description;
  std::string text;
};

/// The files of the example project for a bare-metal target: main.c, board.h,
/// board.c, linker.ld, Makefile, README. NAME.h and the network itself, as
/// NAME.o or NAME.c, belong into the same folder (writeNetwork writes them);
/// `make PROFILE=1` wants NAME_profile.o or NAME_profile.c instead, which call
/// `void NAME_profile(int32_t step)` before each step 0 to n-1, and with n at
/// the end.
///
/// The stack in linker.ld is 16 KiB, or what the signature says with some for
/// main.c.
std::vector<ProjectFile> makeExampleProject(const NetworkSignature &signature,
                                            const Target &target);

/// Writes these files into `directory`, which is created if need be. Returns
/// them without their texts. Errors: a folder or file that cannot be written
/// [NAS6042].
llvm::Expected<std::vector<ProjectFile>>
writeExampleProject(const NetworkSignature &signature, const Target &target,
                    llvm::StringRef directory);

} // namespace nasc::deploy

#endif // NASC_RUNTIME_DEPLOY_EXAMPLEPROJECT_H
