//===- Subprocess.h - Running programs with a time limit --------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// llvm::sys::ExecuteAndWait kills a program that takes too long, but not what
// that program started (a compiler under make, an emulator), and gives no
// folder to run in. This does both.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DEPLOY_SUBPROCESS_H
#define NASC_RUNTIME_DEPLOY_SUBPROCESS_H

#include "dialects/diagnostics/CodedError.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>

namespace nasc::deploy {

/// What a program left behind.
struct SubprocessResult {
  int exitCode = 0;
  /// Standard output and standard error, as they came.
  std::string output;
};

/// How long a program may run if nothing else is said, in seconds.
constexpr unsigned defaultTimeoutSeconds = 120;

/// A program that is not installed.
class MissingProgram : public llvm::ErrorInfo<MissingProgram, CodedError> {
public:
  static char ID;

  /// `purpose` completes "there is no PROGRAM ...", such as "to run it".
  MissingProgram(std::string program, llvm::StringRef purpose,
                 std::string packages)
      : ErrorInfo(Diag::NAS6041,
                  (llvm::Twine("there is no program '") + program + "' " +
                   purpose + "; install it (on Debian: apt-get install " +
                   packages + ")")
                      .str()),
        program(std::move(program)), packages(std::move(packages)) {}

  const std::string &getProgram() const { return program; }
  /// The Debian packages that bring it, separated by spaces.
  const std::string &getPackages() const { return packages; }

private:
  std::string program, packages;
};

/// The path of a program. The error is MissingProgram.
llvm::Expected<std::string> findProgram(llvm::StringRef program,
                                        const llvm::Twine &purpose,
                                        llvm::StringRef packages);

/// Runs the program `arguments[0]`, which is a path, in the folder `directory`
/// (empty is the current one) with nothing to read. Blocks until it ends; all
/// that it started ends with it, also when this process is killed or the time
/// is up. Its environment is this process's without the variables by which one
/// make tells another its options.
///
/// Errors: it cannot be started, it printed more than 64 MiB [NAS6047], it took
/// longer than `timeoutSeconds` [NAS6044], a signal ended it [NAS6045]. An exit
/// code is no error.
llvm::Expected<SubprocessResult>
runSubprocess(llvm::ArrayRef<std::string> arguments,
              llvm::StringRef directory = "",
              unsigned timeoutSeconds = defaultTimeoutSeconds);

} // namespace nasc::deploy

#endif // NASC_RUNTIME_DEPLOY_SUBPROCESS_H
