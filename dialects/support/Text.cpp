//===- Text.cpp - Names and numbers as people read them -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/support/Text.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <charconv>
#include <vector>

using namespace nasc;

/// The edit distance with neighbours swapped counted as one edit; twice the
/// number of edits, a change of case counting as half an edit.
static unsigned doubledDistance(llvm::StringRef a, llvm::StringRef b) {
  size_t columns = b.size() + 1;
  std::vector<unsigned> beforeLast(columns), last(columns), row(columns);
  for (size_t j = 0; j < columns; ++j)
    last[j] = static_cast<unsigned>(2 * j);
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<unsigned>(2 * i);
    for (size_t j = 1; j < columns; ++j) {
      char x = a[i - 1], y = b[j - 1];
      unsigned change =
          x == y ? 0 : (llvm::toLower(x) == llvm::toLower(y) ? 1 : 2);
      row[j] = std::min({last[j] + 2, row[j - 1] + 2, last[j - 1] + change});
      if (i > 1 && j > 1 && x == b[j - 2] && a[i - 2] == y && x != y)
        row[j] = std::min(row[j], beforeLast[j - 2] + 2);
    }
    std::swap(beforeLast, last);
    std::swap(last, row);
  }
  return last.back();
}

std::optional<llvm::StringRef>
nasc::nearestName(llvm::StringRef name,
                  llvm::ArrayRef<llvm::StringRef> candidates) {
  std::optional<llvm::StringRef> nearest;
  unsigned best = 0;
  for (llvm::StringRef candidate : candidates) {
    size_t longer = std::max(name.size(), candidate.size());
    size_t shorter = std::min(name.size(), candidate.size());
    unsigned allowed = static_cast<unsigned>(2 * ((longer + 2) / 3));
    // Names of very different length cannot be near: no table for those.
    if (2 * (longer - shorter) > allowed || longer > 256)
      continue;
    unsigned distance = name.equals_insensitive(candidate)
                            ? name != candidate
                            : doubledDistance(name, candidate);
    // A name of one or two characters is near to everything.
    if (distance > allowed || distance >= 2 * shorter)
      continue;
    if (!nearest || distance < best) {
      nearest = candidate;
      best = distance;
    }
  }
  return nearest;
}

std::string nasc::shortestDecimal(double value) {
  char buffer[32];
  auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return std::string(buffer, result.ptr);
}

std::string nasc::groupDigits(llvm::StringRef digits, char separator) {
  std::string text;
  if (digits.consume_front("-"))
    text = "-";
  for (size_t i = 0; i < digits.size(); ++i) {
    if (i && (digits.size() - i) % 3 == 0)
      text += separator;
    text += digits[i];
  }
  return text;
}
