//===- Domain.cpp - The values of a choice --------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nas/Domain.h"

#include "dialects/support/Text.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <numeric>

namespace nasc::nas {

Domain Domain::integers(std::vector<int64_t> values) {
  Domain domain;
  domain.kind = Kind::Integers;
  domain.integerValues = std::move(values);
  return domain;
}

Domain Domain::labels(std::vector<std::string> values) {
  Domain domain;
  domain.kind = Kind::Labels;
  domain.labelValues = std::move(values);
  return domain;
}

Domain Domain::reals(std::vector<double> values) {
  Domain domain;
  domain.kind = Kind::Reals;
  domain.realValues = std::move(values);
  return domain;
}

size_t Domain::size() const {
  switch (kind) {
  case Kind::Integers:
    return integerValues.size();
  case Kind::Labels:
    return labelValues.size();
  case Kind::Reals:
    return realValues.size();
  }
  return 0;
}

std::string Domain::text(size_t index) const {
  switch (kind) {
  case Kind::Integers:
    return std::to_string(integerValues[index]);
  case Kind::Labels:
    return labelValues[index];
  case Kind::Reals:
    return shortestDecimal(realValues[index]);
  }
  return {};
}

std::optional<size_t> Domain::find(llvm::StringRef text) const {
  auto positionOf = [](const auto &values, const auto &value) {
    auto found = llvm::find(values, value);
    return found == values.end()
               ? std::nullopt
               : std::optional<size_t>(found - values.begin());
  };
  text = text.trim();
  switch (kind) {
  case Kind::Integers: {
    int64_t value;
    if (text.getAsInteger(10, value))
      return std::nullopt;
    return positionOf(integerValues, value);
  }
  case Kind::Labels:
    return positionOf(labelValues, text.str());
  case Kind::Reals: {
    double value;
    if (text.getAsDouble(value))
      return std::nullopt;
    return positionOf(realValues, value);
  }
  }
  return std::nullopt;
}

std::vector<int64_t> Domain::costValues() const {
  if (kind == Kind::Integers)
    return integerValues;
  std::vector<int64_t> positions(size());
  std::iota(positions.begin(), positions.end(), 0);
  return positions;
}

} // namespace nasc::nas
