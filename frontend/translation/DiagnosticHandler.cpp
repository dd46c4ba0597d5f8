//===- DiagnosticHandler.cpp - Diagnostics of MLIR as our own -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/translation/DiagnosticHandler.h"

#include "dialects/diagnostics/CodedDiagnostic.h"
#include "frontend/analysis/SemanticAnalysis.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "mlir/IR/MLIRContext.h"

using namespace nasc;

DiagnosticHandler::DiagnosticHandler(mlir::MLIRContext &context,
                                     const SourceManager &sources,
                                     DiagnosticEngine &diagnostics,
                                     Diag otherwise)
    : sources(sources), diagnostics(diagnostics), otherwise(otherwise),
      handler(&context, [this](mlir::Diagnostic &diagnostic) {
        return handle(diagnostic);
      }) {}

SourceRange DiagnosticHandler::rangeOf(mlir::Location location,
                                       const SourceManager &sources) {
  auto position = [&](mlir::FileLineColLoc place) -> SourceRange {
    std::optional<FileId> file = sources.findFile(place.getFilename().strref());
    if (!file)
      return {};
    uint32_t offset =
        sources.offset(*file, {place.getLine(), place.getColumn()});
    return {*file, offset, offset};
  };
  SourceRange range;
  if (auto fused = llvm::dyn_cast<mlir::FusedLoc>(location)) {
    llvm::ArrayRef<mlir::Location> parts = fused.getLocations();
    // Begin and end of one range, as the translation writes them.
    if (parts.size() == 2 && llvm::isa<mlir::FileLineColLoc>(parts[0]) &&
        llvm::isa<mlir::FileLineColLoc>(parts[1])) {
      SourceRange begin = position(llvm::cast<mlir::FileLineColLoc>(parts[0]));
      SourceRange end = position(llvm::cast<mlir::FileLineColLoc>(parts[1]));
      if (begin.isValid() && end.isValid() && begin.file == end.file &&
          begin.begin <= end.begin)
        return {begin.file, begin.begin, end.end};
    }
    // Operations that folding merged have several places: the first counts.
    for (mlir::Location part : parts)
      if (range = rangeOf(part, sources); range.isValid())
        return range;
    return range;
  }
  if (auto place = llvm::dyn_cast<mlir::FileLineColLoc>(location))
    return position(place);
  if (auto name = llvm::dyn_cast<mlir::NameLoc>(location))
    return rangeOf(name.getChildLoc(), sources);
  if (auto call = llvm::dyn_cast<mlir::CallSiteLoc>(location))
    return rangeOf(call.getCallee(), sources);
  return range;
}

SourceRange DiagnosticHandler::rangeOfSetting(nas::DatasetOp dataset,
                                              llvm::StringRef setting,
                                              const SourceManager &sources) {
  SourceRange otherwise = rangeOf(dataset.getLoc(), sources);
  auto fused = llvm::dyn_cast<mlir::FusedLoc>(dataset.getLoc());
  if (!fused)
    return otherwise;
  for (mlir::Location part : fused.getLocations())
    if (auto named = llvm::dyn_cast<mlir::NameLoc>(part)) {
      if (named.getName() == setting)
        return rangeOf(named, sources);
      if (named.getName() == "sources")
        otherwise = rangeOf(named, sources);
    }
  return otherwise;
}

/// A location as text, for places outside the files of the specification.
static std::string describeLocation(mlir::Location location) {
  if (llvm::isa<mlir::UnknownLoc>(location))
    return "";
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (auto place = location->findInstanceOf<mlir::FileLineColLoc>())
    stream << place.getFilename().strref() << ":" << place.getLine() << ":"
           << place.getColumn();
  return text;
}

mlir::LogicalResult DiagnosticHandler::handle(mlir::Diagnostic &diagnostic) {
  const std::optional<Diag> code = codeOf(diagnostic);
  bool isError = diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
  // Notes, remarks and warnings of MLIR itself are no findings of ours.
  if (!code && !isError)
    return mlir::success();

  const bool isInternal = !code && otherwise == Diag::NAS9001;
  Diagnostic result;
  result.code = code.value_or(otherwise);
  result.severity = severityOf(result.code);
  result.range = rangeOf(diagnostic.getLocation(), sources);
  if (!result.range.isValid())
    result.subject = describeLocation(diagnostic.getLocation());
  result.message =
      (isInternal ? "internal error: " : "") + textWithoutCode(diagnostic);
  for (mlir::Diagnostic &note : diagnostic.getNotes()) {
    std::string noteText = note.str();
    llvm::StringRef rest = noteText;
    if (rest.consume_front("help: "))
      result.helps.push_back(rest.str());
    else if (!rest.starts_with("see current operation"))
      result.notes.push_back({rangeOf(note.getLocation(), sources), noteText});
  }
  if (isInternal)
    result.helps.push_back("this is a mistake of nasc: please report it with "
                           "the specification");
  diagnostics.emit(std::move(result));
  return mlir::success();
}
