//===- Code.h - The codes of diagnostics ------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// For those who see neither MLIR nor LLVM. DiagnosticCatalog.h has the texts.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_DIALECTS_DIAGNOSTICS_CODE_H
#define NASC_DIALECTS_DIAGNOSTICS_CODE_H

namespace nasc {

/// Every code of the catalogue: `Diag::NAS1007`.
enum class Diag : unsigned {
#define DIAGNOSTIC(NAME, SEVERITY, SLUG, SUMMARY, EXPLANATION) NAME,
#include "dialects/diagnostics/DiagnosticCatalog.def"
#undef DIAGNOSTIC
};

} // namespace nasc

#endif // NASC_DIALECTS_DIAGNOSTICS_CODE_H
