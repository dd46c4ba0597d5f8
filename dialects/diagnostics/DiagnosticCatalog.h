//===- DiagnosticCatalog.h - All codes and what they mean -------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The catalogue is made from the files frontend/diagnostics/*.def, one per
// thousand. An entry is
//
//   DIAGNOSTIC(NAS1007, Error, "unit-mismatch", "one-line summary",
//              R"(explanation with a wrong and a right example)")
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_DIAGNOSTICS_DIAGNOSTICCATALOG_H
#define NASC_FRONTEND_DIAGNOSTICS_DIAGNOSTICCATALOG_H

#include "dialects/diagnostics/Code.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>
#include <utility>

namespace nasc {

enum class Severity { Error, Warning, Remark };

/// "error", "warning" or "remark".
llvm::StringRef severityName(Severity severity);

/// One entry.
struct DiagnosticInfo {
  Diag code;
  /// "NAS1007".
  llvm::StringRef name;
  Severity severity;
  /// A short name in words: "unit-mismatch".
  llvm::StringRef slug;
  llvm::StringRef summary;
  /// Several paragraphs of plain text, with a wrong and a right example.
  llvm::StringRef explanation;
};

/// All entries, in the order of their codes.
llvm::ArrayRef<DiagnosticInfo> allDiagnostics();
const DiagnosticInfo &diagnosticInfo(Diag code);
Severity severityOf(Diag code);
/// "NAS1007".
llvm::StringRef codeName(Diag code);

/// The entry of a code as users and IR write it: "NAS1007",
/// "nas1007", "1007", or a slug; null where there is none.
const DiagnosticInfo *findDiagnostic(llvm::StringRef codeOrSlug);

/// What `nasc --explain CODE` prints; nothing where there is no such code. Of
/// "all", a page of Markdown with all codes in their order.
std::optional<std::string> explain(llvm::StringRef codeOrSlug);

} // namespace nasc

#endif // NASC_FRONTEND_DIAGNOSTICS_DIAGNOSTICCATALOG_H
