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

std::string DataError::code() const {
  return "NAS" + std::to_string(static_cast<unsigned>(kind));
}

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
  return result + text;
}

void DataError::log(llvm::raw_ostream &os) const {
  os << message() << " [" << code() << "]";
}

std::error_code DataError::convertToErrorCode() const {
  return llvm::inconvertibleErrorCode();
}

llvm::Error dataError(DataErrorCode kind, DataLocation location,
                      std::string text, DataAdvice advice) {
  return llvm::make_error<DataError>(kind, std::move(location), std::move(text),
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
