//===- CodedError.h - Errors with a code of the catalogue -------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_DIAGNOSTICS_CODEDERROR_H
#define NASC_DIALECTS_DIAGNOSTICS_CODEDERROR_H

#include "dialects/diagnostics/Code.h"

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

#include <string>

namespace nasc {

/// An error that a user can cause and mend: what an llvm::Error carries where
/// the code is known. Errors of other types are faults of nasc or of the
/// system.
class CodedError : public llvm::ErrorInfo<CodedError> {
public:
  static char ID;

  CodedError(Diag code, std::string text, std::string help = {})
      : code(code), text(std::move(text)), help(std::move(help)) {}

  Diag getCode() const { return code; }
  /// What the user can do, or empty.
  const std::string &getHelp() const { return help; }
  /// One sentence without the code and without a full stop.
  std::string message() const override { return text; }

  /// The message with the code, for logs.
  void log(llvm::raw_ostream &os) const override;
  std::error_code convertToErrorCode() const override;

private:
  Diag code;
  std::string text, help;
};

/// An llvm::Error that holds a CodedError.
llvm::Error codedError(Diag code, const llvm::Twine &message,
                       const llvm::Twine &help = "");

/// The messages of an error, with their codes in brackets; empty for success.
std::string describe(llvm::Error error);

} // namespace nasc

#endif // NASC_DIALECTS_DIAGNOSTICS_CODEDERROR_H
