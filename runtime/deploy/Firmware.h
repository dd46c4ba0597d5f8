//===- Firmware.h - Building and running what was deployed ------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Builds example projects and test programs with the compilers of their
// targets, runs them in emulators, and reads what they print and how large they
// are.
//
// What all functions have in common: a program that is not installed is the
// error MissingProgram, which names its Debian package [NAS6041]; one that
// takes longer than the time limit is stopped with all that it started
// [NAS6044].
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DEPLOY_FIRMWARE_H
#define NASC_RUNTIME_DEPLOY_FIRMWARE_H

#include "passes/lowering/NetworkArtifact.h"
#include "passes/lowering/Target.h"
#include "runtime/deploy/Subprocess.h"
#include "llvm/Support/MemoryBufferRef.h"
#include <optional>
#include <string>
#include <vector>

namespace nasc::deploy {

/// Which variant of a project is built.
struct FirmwareVariant {
  /// NAME_profile instead of NAME: each step's instructions are printed.
  bool profile = false;
  /// Portable C (NAME.c) instead of an object file (NAME.o).
  bool portableSource = false;
};

/// What a run of the check sample printed.
struct CheckRun {
  /// Whether the checksum is the expected one; also true if none is expected.
  bool passed = false;
  /// CRC-32 of the scores' bytes, and the one of the header, if it has one.
  uint32_t checksum = 0;
  std::optional<uint32_t> expectedChecksum;
  /// Instructions of one inference that the emulator counted, in steps of 40 on
  /// Cortex-M. They are no cycles. None where nothing counts them.
  std::optional<int64_t> instructions;
  /// Bytes of stack that one inference wrote to, without its caller's frame.
  /// None where it is not measured: with a profile.
  std::optional<int64_t> stackBytes;
  /// With a profile: the instructions of each step.
  std::vector<int64_t> stepInstructions;
  /// All that was printed.
  std::string output;
};

/// Bytes by kind. Padding between sections is not counted.
struct MemoryUse {
  /// Instructions, with what the compiler mixes into them.
  int64_t code = 0;
  /// Read-only data.
  int64_t constants = 0;
  /// Writable data with initial values, which is in flash and in RAM.
  int64_t data = 0;
  /// Writable data that starts at zero.
  int64_t zeroed = 0;
  /// The example project's arena, and the room for its stack.
  int64_t arena = 0, stack = 0;

  int64_t flash() const { return code + constants + data; }
  /// RAM that is neither arena nor stack.
  int64_t staticRam() const { return data + zeroed; }
};

/// Whether all programs are there that build and run for a target: make (for
/// bare metal), the compiler, the emulator. The error is the first
/// MissingProgram. The environment variable CC replaces the machine's own
/// compiler `cc`, but no compiler for another machine.
llvm::Error checkTargetPrograms(const Target &target);

//===----------------------------------------------------------------------===//
// Targets without an operating system
//===----------------------------------------------------------------------===//

/// Builds the example project in `directory` (see ExampleProject.h) for the
/// network `name`. Returns the path of the linked ELF file. Errors: make fails,
/// with its output [NAS6043].
llvm::Expected<std::string>
buildFirmware(const Target &target, llvm::StringRef name,
              llvm::StringRef directory, FirmwareVariant variant = {},
              unsigned timeoutSeconds = defaultTimeoutSeconds);

/// Runs the check sample on the emulated board. A wrong checksum is no error,
/// but a result with `passed` false. Errors: the program fails otherwise, or
/// does not print what it should [NAS6045].
llvm::Expected<CheckRun>
runFirmware(const Target &target, llvm::StringRef elf,
            unsigned timeoutSeconds = defaultTimeoutSeconds);

/// Runs all raw samples of the file `samples` on the emulated board, one after
/// the other, and writes the raw scores to the file `scores`. Errors: a file
/// that cannot be read or written, a last sample that is cut off [NAS6045].
llvm::Error verifyFirmware(const Target &target, llvm::StringRef elf,
                           llvm::StringRef samples, llvm::StringRef scores,
                           unsigned timeoutSeconds = defaultTimeoutSeconds);

//===----------------------------------------------------------------------===//
// Targets with Linux
//===----------------------------------------------------------------------===//

/// Writes NAME_test.c into `directory` and links it with `artifact.object`
/// (which may be a C file too) to NAME_test by the target's compiler, for an
/// emulator statically. Fills the paths of `artifact`. Errors: the compiler
/// fails, with its output [NAS6043].
llvm::Error linkTestProgram(const NetworkSignature &signature,
                            const Target &target, NetworkArtifact &artifact,
                            llvm::StringRef directory,
                            unsigned timeoutSeconds = defaultTimeoutSeconds);

/// Runs the check sample in the test program, in the emulator if the target
/// has one. As runFirmware, without instructions.
llvm::Expected<CheckRun>
checkTestProgram(const Target &target, const NetworkArtifact &artifact,
                 unsigned timeoutSeconds = defaultTimeoutSeconds);

/// As verifyFirmware, by the test program.
llvm::Error verifyTestProgram(const Target &target,
                              const NetworkArtifact &artifact,
                              llvm::StringRef samples, llvm::StringRef scores,
                              unsigned timeoutSeconds = defaultTimeoutSeconds);

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// The memory of a linked firmware or of an object file. What the example
/// project's linker script leaves out (tables for unwinding, comments) is not
/// counted. Errors: no ELF file [NAS6046].
llvm::Expected<MemoryUse> readMemoryUse(llvm::MemoryBufferRef elf);

/// The same of a file.
llvm::Expected<MemoryUse> readMemoryUse(llvm::StringRef path);

/// Writes the code and constant bytes of an object file into its signature.
/// Errors as readMemoryUse, and an object with writable data, since a network
/// has no state [NAS6046].
llvm::Error measureObject(NetworkObject &network);

} // namespace nasc::deploy

#endif // NASC_RUNTIME_DEPLOY_FIRMWARE_H
