//===- ExampleTemplates.h - Texts of example projects -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The files of an example project, with placeholders `@KEY@` for what
// ExampleProject.cpp knows. They are C99, GNU make, and scripts of GNU ld.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DEPLOY_EXAMPLETEMPLATES_H
#define NASC_RUNTIME_DEPLOY_EXAMPLETEMPLATES_H

namespace nasc::deploy {

/// What every board has.
extern const char exampleMain[], exampleBoardHeader[], exampleMakefile[],
    exampleReadme[], exampleLinkerScript[];
/// The functions of a C library that a compiler may call.
extern const char exampleMemoryFunctions[];
/// Start-up code, counting and semihosting of a Cortex-M.
extern const char exampleCortexMBoard[];
/// The same of a 32-bit RISC-V.
extern const char exampleRiscV32Board[];
/// Printing one score: of int8, of float32.
extern const char examplePrintInteger[], examplePrintFloat[];

} // namespace nasc::deploy

#endif // NASC_RUNTIME_DEPLOY_EXAMPLETEMPLATES_H
