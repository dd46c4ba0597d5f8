//===- SettingsReader.h - Reads the settings between braces -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Private to the analysis. Takes settings by name, checks their types, units
// and bounds, and reports at the end what nobody asked for.
//
//   SettingsReader reader(analyzer, section.entries, "the device 'h743'");
//   spec.clock = reader.quantity("clock", Dimension::Frequency, 1).value_or(0);
//   reader.finish();
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_ANALYSIS_SETTINGSREADER_H
#define NASC_FRONTEND_ANALYSIS_SETTINGSREADER_H

#include "frontend/analysis/SemanticAnalyzer.h"

#include <limits>

namespace nasc {

/// Open bounds of numbers, as the numbers next to them.
constexpr double aboveZero = std::numeric_limits<double>::min();
constexpr double belowOne = 1 - std::numeric_limits<double>::epsilon();

class SettingsReader {
public:
  /// `owner` is what the settings belong to, as messages name it.
  SettingsReader(SemanticAnalyzer &analyzer,
                 const std::vector<ast::ConfigurationPtr> &entries,
                 std::string owner);

  /// The setting of that name, which is then known; null where it is not
  /// given. All other functions call this one.
  const ast::Setting *take(llvm::StringRef name);

  /// A setting that is written here but belongs elsewhere; null where it is not
  /// written. The caller reports it; finish() neither does nor suggests it.
  const ast::Setting *refuse(llvm::StringRef name);

  /// A quantity of a dimension in base units times `scale`, rounded up to an
  /// integer where it is none. Reports other units and values below `least`.
  std::optional<int64_t> quantity(llvm::StringRef name, Dimension dimension,
                                  int64_t least = 0, int64_t scale = 1);
  /// A number without unit, or of one unit, times `scale`, rounded up to an
  /// integer; at least 0.
  std::optional<int64_t> scaledNumber(llvm::StringRef name, int64_t scale,
                                      Dimension unit = Dimension::None);
  /// An integer from `least` to `most`; also with the counted noun's unit.
  std::optional<int64_t> integer(llvm::StringRef name, int64_t least,
                                 int64_t most,
                                 Dimension noun = Dimension::None);
  /// A real number between bounds.
  std::optional<double> real(llvm::StringRef name, double least, double most);
  /// A time in seconds.
  std::optional<double> seconds(llvm::StringRef name);
  std::optional<std::string> string(llvm::StringRef name);
  /// One of several words.
  std::optional<std::string> word(llvm::StringRef name,
                                  llvm::ArrayRef<llvm::StringRef> allowed);
  /// A list of words, or one word.
  std::vector<std::string> words(llvm::StringRef name,
                                 llvm::ArrayRef<llvm::StringRef> allowed);
  std::vector<std::string> strings(llvm::StringRef name);

  /// The same for values that are not settings themselves (fields, elements,
  /// arguments).
  std::optional<int64_t> integerValue(const ast::Expr &value,
                                      llvm::StringRef what, int64_t least,
                                      int64_t most,
                                      Dimension noun = Dimension::None);
  std::optional<double> realValue(const ast::Expr &value, llvm::StringRef what,
                                  double least, double most);
  std::optional<std::string> wordValue(const ast::Expr &value,
                                       llvm::StringRef what,
                                       llvm::ArrayRef<llvm::StringRef> allowed);
  /// A number between bounds, or the name of a choice of the space.
  HyperParameter hyperParameter(llvm::StringRef name, double least, double most,
                                bool integer = false);
  HyperParameter hyperParameterValue(const ast::Expr &value,
                                     llvm::StringRef what, double least,
                                     double most, bool integer);

  /// Reports settings that were not taken. `others` are names of sections
  /// that are allowed beside them, for suggestions.
  void finish(llvm::ArrayRef<llvm::StringRef> others = {});

private:
  template <typename... Parts>
  DiagnosticBuilder report(Diag code, SourceRange range,
                           const Parts &...parts) {
    return analyzer.report(code, range, parts...);
  }

  SemanticAnalyzer &analyzer;
  const std::vector<ast::ConfigurationPtr> &entries;
  std::string owner;
  std::vector<llvm::StringRef> known;
  std::vector<llvm::StringRef> refused;
};

} // namespace nasc

#endif // NASC_FRONTEND_ANALYSIS_SETTINGSREADER_H
