//===- CodedError.cpp - Errors with a code of the catalogue ---------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/CodedError.h"

#include "dialects/diagnostics/DiagnosticCatalog.h"

#include "llvm/Support/raw_ostream.h"

using namespace nasc;

char CodedError::ID = 0;

void CodedError::log(llvm::raw_ostream &os) const {
  os << message() << " [" << codeName(code) << "]";
}

std::error_code CodedError::convertToErrorCode() const {
  return llvm::inconvertibleErrorCode();
}

llvm::Error nasc::codedError(Diag code, const llvm::Twine &message,
                             const llvm::Twine &help) {
  return llvm::make_error<CodedError>(code, message.str(), help.str());
}

std::string nasc::describe(llvm::Error error) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::handleAllErrors(std::move(error),
                        [&](const llvm::ErrorInfoBase &problem) {
                          if (!text.empty())
                            stream << '\n';
                          problem.log(stream);
                        });
  return text;
}
