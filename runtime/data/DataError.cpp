//===- DataError.cpp - What can be wrong with a dataset -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/DataError.h"

#include "llvm/Support/raw_ostream.h"

namespace nasc::data {

char DataError::ID = 0;

std::string DataError::message() const {
  std::string result;
  if (!place.file.empty())
    result += "'" + place.file + "'";
  if (place.line)
    result += ", line " + std::to_string(*place.line);
  if (place.offset)
    result += (place.line ? " (byte " : ", byte ") +
              std::to_string(*place.offset) + (place.line ? ")" : "");
  if (!result.empty())
    result += ": ";
  return result + CodedError::message();
}

llvm::Error dataError(Diag code, DataLocation location, std::string text,
                      DataAdvice advice) {
  return llvm::make_error<DataError>(code, std::move(location), std::move(text),
                                     std::move(advice));
}

llvm::Error blame(llvm::Error error, llvm::StringRef setting) {
  return llvm::handleErrors(std::move(error),
                            [&](std::unique_ptr<DataError> known) {
                              known->blame(setting);
                              return llvm::Error(std::move(known));
                            });
}

} // namespace nasc::data
