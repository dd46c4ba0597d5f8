//===- ReferenceTestSupport.h - Functions in text, run ----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TEST_UNIT_REFERENCE_REFERENCETESTSUPPORT_H
#define NASC_TEST_UNIT_REFERENCE_REFERENCETESTSUPPORT_H

#include "test/reference/TosaInterpreter.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace nasc::test {

/// Makes an interpreter of the one function of a module in text. A text that
/// MLIR does not accept is an error, too.
llvm::Expected<TosaInterpreter> parse(llvm::StringRef text);

/// A function of the arguments `%a : tensor<…>`, given as `1x2xi8`, separated
/// by spaces, and of a body that defines `%r`, a tensor of the type `result`.
std::string functionText(llvm::StringRef arguments, llvm::StringRef result,
                         llvm::StringRef body);

/// Runs the function on values for each of its arguments, called %a, %b, … ;
/// an error fails the test and gives no values.
std::vector<int32_t> evaluate(llvm::StringRef arguments, llvm::StringRef result,
                              llvm::StringRef body,
                              std::vector<std::vector<int32_t>> inputs);

/// The message of the error of preparing or of running it; empty where there
/// is none.
std::string errorOf(llvm::StringRef arguments, llvm::StringRef result,
                    llvm::StringRef body,
                    std::vector<std::vector<int32_t>> inputs);

} // namespace nasc::test

#endif // NASC_TEST_UNIT_REFERENCE_REFERENCETESTSUPPORT_H
