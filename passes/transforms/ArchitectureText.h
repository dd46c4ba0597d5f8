//===- ArchitectureText.h - Architectures as text ---------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_TRANSFORMS_ARCHITECTURETEXT_H
#define NASC_PASSES_TRANSFORMS_ARCHITECTURETEXT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <utility>
#include <vector>

namespace nasc {

/// Names and values of choices, in the order of the text.
using ArchitectureAssignments =
    std::vector<std::pair<std::string, std::string>>;

/// Reads `stem=16,depth=3,width[1]=24`. Blanks around names and values do not
/// count. Fails where a part has no `=` or a name is given twice.
llvm::Expected<ArchitectureAssignments> parseArchitecture(llvm::StringRef text);

/// The text that parseArchitecture reads.
std::string formatArchitecture(const ArchitectureAssignments &assignments);

} // namespace nasc

#endif // NASC_PASSES_TRANSFORMS_ARCHITECTURETEXT_H
