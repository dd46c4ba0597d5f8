//===- Text.h - Names and numbers as people read them -----------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_SUPPORT_TEXT_H
#define NASC_DIALECTS_SUPPORT_TEXT_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace nasc {

/// The candidate nearest to `name` by edit distance (case counts half), where
/// it is near enough to be what was meant: at most a third of the longer
/// one's characters, rounded up, are edits. The first of equally near ones.
std::optional<llvm::StringRef>
nearestName(llvm::StringRef name, llvm::ArrayRef<llvm::StringRef> candidates);

/// The shortest decimal that reads back as `value`: `0.1`, `1e-05`, `inf`.
std::string shortestDecimal(double value);

/// The digits of a whole number of any length, a minus sign before them or not,
/// in groups of three: `12,501,632`.
std::string groupDigits(llvm::StringRef digits, char separator = ',');

} // namespace nasc

#endif // NASC_DIALECTS_SUPPORT_TEXT_H
