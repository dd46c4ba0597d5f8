//===- Domain.h - The values of a choice ------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_NAS_DOMAIN_H
#define NASC_DIALECTS_NAS_DOMAIN_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nasc::nas {

/// The finite list of values of a choice, in the order in which the spec
/// writes them: integers, labels or real numbers.
class Domain {
public:
  enum class Kind { Integers, Labels, Reals };

  static Domain integers(std::vector<int64_t> values);
  static Domain labels(std::vector<std::string> values);
  static Domain reals(std::vector<double> values);

  Kind getKind() const { return kind; }
  size_t size() const;

  int64_t getInteger(size_t index) const { return integerValues[index]; }
  double getReal(size_t index) const { return realValues[index]; }

  /// The value as `--arch`, JSON, the study and reports write it: a decimal
  /// integer, the label, or the shortest decimal that reads back as the real.
  std::string text(size_t index) const;
  /// The position of the value written so; real numbers may be written in any
  /// way that reads as exactly the value.
  std::optional<size_t> find(llvm::StringRef text) const;

  /// The number that a `cost.choice` gives to each position: the integer
  /// itself, or the position of a label or real number.
  std::vector<int64_t> costValues() const;

private:
  Kind kind = Kind::Integers;
  std::vector<int64_t> integerValues;
  std::vector<std::string> labelValues;
  std::vector<double> realValues;
};

} // namespace nasc::nas

#endif // NASC_DIALECTS_NAS_DOMAIN_H
