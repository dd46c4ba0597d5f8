//===- Options.h - The command line of nasc ---------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASC_OPTIONS_H
#define NASC_TOOLS_NASC_OPTIONS_H

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nasc {

/// How nasc ends.
enum ExitCode : int {
  ExitDone = 0,
  ExitDiagnostics = 1,
  ExitUsage = 2,
  ExitInfeasible = 3,
  ExitInterrupted = 130,
};

/// Where the way of a spec stops.
enum class EmitStage {
  Nas,
  Expanded,
  Cost,
  Pruned,
  Network,
  Tosa,
  Linalg,
  Llvm,
  Assembly,
  Object,
};

/// What the user asked for.
struct Options {
  enum class Action { Run, Check, Emit, Why, Sample, Explain, Deploy };

  Action action = Action::Run;
  /// The specification, or the study's folder for Deploy.
  std::string input;
  std::string output;
  EmitStage emit = EmitStage::Nas;
  std::optional<std::string> architecture;
  /// The value of a choice that --why asks about.
  std::string why;
  /// How many architectures --sample asks for.
  uint64_t samples = 0;
  std::string explainCode;
  /// Where the data are now; empty: where the specification says.
  std::string dataFolder;
  /// What Deploy adds to the targets of the study: a device, or an entry of
  /// `deploy` (`l4r5 { precision = int8; emit = c; }`).
  std::vector<std::string> targets;
  bool resume = false;
  bool json = false;
  bool jsonDiagnostics = false;
  /// Diagnostics are counted and not shown.
  bool silent = false;
  std::optional<uint64_t> seed;
  std::optional<unsigned> threads;
};

/// Reads the command line. Returns nothing where nasc is to end with
/// `exitCode`: after --help and --version, and, with a message, after wrong
/// usage.
std::optional<Options> parseOptions(int argc, char **argv, int &exitCode);

/// The version that --version shows and studies record.
const char *versionText();

} // namespace nasc

#endif // NASC_TOOLS_NASC_OPTIONS_H
