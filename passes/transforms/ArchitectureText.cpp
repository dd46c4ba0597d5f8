//===- ArchitectureText.cpp - Architectures as text -----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/ArchitectureText.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

Expected<nasc::ArchitectureAssignments>
nasc::parseArchitecture(StringRef text) {
  ArchitectureAssignments assignments;
  StringSet<> names;
  if (text.trim().empty())
    return assignments;
  SmallVector<StringRef> parts;
  text.split(parts, ',');
  for (StringRef part : parts) {
    auto [name, value] = part.split('=');
    name = name.trim();
    value = value.trim();
    if (name.empty() || value.empty())
      return createStringError("expected name=value, found '" +
                               part.trim().str() + "'");
    if (!names.insert(name).second)
      return createStringError("'" + name.str() + "' is given twice");
    assignments.emplace_back(name.str(), value.str());
  }
  return assignments;
}

std::string
nasc::formatArchitecture(const ArchitectureAssignments &assignments) {
  std::string text;
  for (const auto &[name, value] : assignments) {
    if (!text.empty())
      text += ',';
    text += name;
    text += '=';
    text += value;
  }
  return text;
}
