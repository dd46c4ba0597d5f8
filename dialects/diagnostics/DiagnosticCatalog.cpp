//===- DiagnosticCatalog.cpp - All codes and what they mean ---------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/diagnostics/DiagnosticCatalog.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"

#include <vector>

using namespace nasc;

static constexpr DiagnosticInfo entries[] = {
#define DIAGNOSTIC(NAME, SEVERITY, SLUG, SUMMARY, EXPLANATION)                 \
  {Diag::NAME, #NAME, Severity::SEVERITY, SLUG, SUMMARY, EXPLANATION},
#include "dialects/diagnostics/DiagnosticCatalog.def"
#undef DIAGNOSTIC
};

llvm::StringRef nasc::severityName(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return "error";
  case Severity::Warning:
    return "warning";
  case Severity::Remark:
    return "remark";
  }
  llvm_unreachable("unknown severity");
}

llvm::ArrayRef<DiagnosticInfo> nasc::allDiagnostics() { return entries; }

const DiagnosticInfo &nasc::diagnosticInfo(Diag code) {
  return entries[static_cast<unsigned>(code)];
}

Severity nasc::severityOf(Diag code) { return diagnosticInfo(code).severity; }

llvm::StringRef nasc::codeName(Diag code) { return diagnosticInfo(code).name; }

const DiagnosticInfo *nasc::findDiagnostic(llvm::StringRef codeOrSlug) {
  llvm::StringRef digits = codeOrSlug;
  digits.consume_front_insensitive("NAS");
  for (const DiagnosticInfo &entry : entries)
    if (entry.name.drop_front(3) == digits || entry.slug == codeOrSlug)
      return &entry;
  return nullptr;
}

/// A page with all codes, in their order.
static std::string explainAll() {
  std::vector<const DiagnosticInfo *> sorted;
  for (const DiagnosticInfo &entry : entries)
    sorted.push_back(&entry);
  llvm::sort(sorted, [](const DiagnosticInfo *a, const DiagnosticInfo *b) {
    return a->name < b->name;
  });
  std::string page = "# Diagnostics\n";
  for (const DiagnosticInfo *entry : sorted)
    page += ("\n## " + entry->name + ": " + entry->summary + "\n\n" +
             severityName(entry->severity) + ", `" + entry->slug +
             "`\n\n```\n" + entry->explanation.trim() + "\n```\n")
                .str();
  return page;
}

std::optional<std::string> nasc::explain(llvm::StringRef codeOrSlug) {
  if (codeOrSlug == "all")
    return explainAll();
  const DiagnosticInfo *entry = findDiagnostic(codeOrSlug);
  if (!entry)
    return std::nullopt;
  return (entry->name + " (" + severityName(entry->severity) + ", " +
          entry->slug + "): " + entry->summary + "\n\n" +
          entry->explanation.trim() + "\n")
      .str();
}
