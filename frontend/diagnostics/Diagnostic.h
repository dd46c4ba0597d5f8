//===- Diagnostic.h - Errors, warnings and remarks --------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Diagnostics are values: a code of the catalogue, a place, a message, notes
// at other places, and help. An engine counts them and hands them to a
// consumer, which renders them as text or JSON or collects them.
//
//   diagnostics.report(Diag::NAS1001, range, "unknown name '", name, "'")
//       .note(other, "the space is declared here")
//       .help("did you mean '", candidate, "'?");
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_DIAGNOSTICS_DIAGNOSTIC_H
#define NASC_FRONTEND_DIAGNOSTICS_DIAGNOSTIC_H

#include "dialects/diagnostics/DiagnosticCatalog.h"
#include "dialects/support/Text.h"
#include "frontend/diagnostics/Source.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace nasc {

/// A remark about another place that has to do with a diagnostic. `range` may
/// be no place.
struct DiagnosticNote {
  SourceRange range;
  std::string message;
};

/// One finding.
struct Diagnostic {
  Diag code;
  Severity severity;
  /// May be no place: then `subject` says what the diagnostic is about.
  SourceRange range;
  /// What a diagnostic without a place is about: a path, an option; may be
  /// empty.
  std::string subject;
  /// One sentence without a full stop, starting in lower case.
  std::string message;
  std::vector<DiagnosticNote> notes;
  /// Suggestions, a line each.
  std::vector<std::string> helps;
};

/// Receives the diagnostics of an engine in the order of their reporting.
class DiagnosticConsumer {
public:
  virtual ~DiagnosticConsumer();
  virtual void handle(const Diagnostic &diagnostic,
                      const SourceManager &sources) = 0;
};

/// Renders `file:line:column: error[NAS1007]: message`, the source line with
/// the range underlined, notes likewise, and `help:` lines. `color` switches
/// ANSI escapes on; colorsWanted() tells what a stream asks for.
class TextDiagnosticConsumer : public DiagnosticConsumer {
public:
  TextDiagnosticConsumer(llvm::raw_ostream &stream, bool color)
      : stream(stream), color(color) {}
  void handle(const Diagnostic &diagnostic,
              const SourceManager &sources) override;

private:
  llvm::raw_ostream &stream;
  bool color;
};

/// Renders one JSON object a line; see diagnosticToJson().
class JsonDiagnosticConsumer : public DiagnosticConsumer {
public:
  explicit JsonDiagnosticConsumer(llvm::raw_ostream &stream) : stream(stream) {}
  void handle(const Diagnostic &diagnostic,
              const SourceManager &sources) override;

private:
  llvm::raw_ostream &stream;
};

/// The consumer for people, or for programs.
std::unique_ptr<DiagnosticConsumer>
makeDiagnosticConsumer(bool json, llvm::raw_ostream &stream);

/// Keeps the diagnostics.
class CollectingDiagnosticConsumer : public DiagnosticConsumer {
public:
  void handle(const Diagnostic &diagnostic,
              const SourceManager &sources) override;

  std::vector<Diagnostic> diagnostics;
};

/// Whether escapes are wanted on this stream: it is a terminal, and the
/// environment variable NO_COLOR is unset or empty.
bool colorsWanted(const llvm::raw_ostream &stream);

/// `{"code", "severity", "slug", "message", "file", "range": {"begin": {"line",
/// "column", "offset"}, "end": {…}}, "notes": [{"message", "file", "range"}],
/// "help": […]}`; `file` and `range` are missing where there is no place, and
/// `subject` is given instead where there is one.
llvm::json::Value diagnosticToJson(const Diagnostic &diagnostic,
                                   const SourceManager &sources);

class DiagnosticEngine;

/// Collects the parts of one diagnostic, and hands it to the engine at the end
/// of the full expression.
class DiagnosticBuilder {
public:
  DiagnosticBuilder(DiagnosticEngine &engine, Diagnostic diagnostic)
      : engine(&engine), diagnostic(std::move(diagnostic)) {}
  DiagnosticBuilder(DiagnosticBuilder &&other)
      : engine(std::exchange(other.engine, nullptr)),
        diagnostic(std::move(other.diagnostic)) {}
  DiagnosticBuilder &operator=(DiagnosticBuilder &&) = delete;
  ~DiagnosticBuilder();

  /// Adds a note. The parts are written one after the other.
  template <typename... Parts>
  DiagnosticBuilder &note(SourceRange range, const Parts &...parts) {
    diagnostic.notes.push_back({range, concatenate(parts...)});
    return *this;
  }

  /// Adds a line of help.
  template <typename... Parts> DiagnosticBuilder &help(const Parts &...parts) {
    diagnostic.helps.push_back(concatenate(parts...));
    return *this;
  }

  /// Adds "did you mean '…'?" where a candidate is near enough to `name`.
  DiagnosticBuilder &suggest(llvm::StringRef name,
                             llvm::ArrayRef<llvm::StringRef> candidates);

  /// Writes the parts (anything that raw_ostream takes) one after the other.
  template <typename... Parts>
  static std::string concatenate(const Parts &...parts) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    (void)(stream << ... << parts);
    return text;
  }

private:
  DiagnosticEngine *engine;
  Diagnostic diagnostic;
};

/// Counts diagnostics and passes them on. The same diagnostic (code, place and
/// message) is passed on once. After `maxErrors` errors a last one says that
/// there are more (NAS0099), and what follows is only counted.
class DiagnosticEngine {
public:
  explicit DiagnosticEngine(const SourceManager &sources,
                            DiagnosticConsumer *consumer = nullptr)
      : sources(sources), consumer(consumer) {}
  DiagnosticEngine(const DiagnosticEngine &) = delete;
  DiagnosticEngine &operator=(const DiagnosticEngine &) = delete;

  /// The consumer is not owned; without one, diagnostics are counted only.
  void setConsumer(DiagnosticConsumer *newConsumer) { consumer = newConsumer; }
  /// 0 means no limit.
  void setMaxErrors(unsigned limit) { maxErrors = limit; }
  unsigned getMaxErrors() const { return maxErrors; }

  /// Begins a diagnostic at a place. The parts make the message. The severity
  /// is the one of the catalogue.
  template <typename... Parts>
  DiagnosticBuilder report(Diag code, SourceRange range,
                           const Parts &...parts) {
    return {*this,
            {code,
             severityOf(code),
             range,
             std::string(),
             DiagnosticBuilder::concatenate(parts...),
             {},
             {}}};
  }

  /// Begins a diagnostic that has no place in a source file; `subject` is a
  /// path or option, or empty.
  template <typename... Parts>
  DiagnosticBuilder reportAbout(Diag code, llvm::StringRef subject,
                                const Parts &...parts) {
    return {*this,
            {code,
             severityOf(code),
             SourceRange(),
             subject.str(),
             DiagnosticBuilder::concatenate(parts...),
             {},
             {}}};
  }

  /// Passes a complete diagnostic on.
  void emit(Diagnostic diagnostic);

  unsigned errorCount() const { return errors; }
  unsigned warningCount() const { return warnings; }
  unsigned remarkCount() const { return remarks; }
  bool hasErrors() const { return errors != 0; }
  /// Whether so many errors were found that looking for more is of no use.
  bool errorLimitReached() const { return maxErrors && errors >= maxErrors; }

  const SourceManager &getSources() const { return sources; }

private:
  const SourceManager &sources;
  DiagnosticConsumer *consumer;
  unsigned maxErrors = 50;
  unsigned errors = 0;
  unsigned warnings = 0;
  unsigned remarks = 0;
  bool saidTooMany = false;
  llvm::StringSet<> seen;
};

} // namespace nasc

#endif // NASC_FRONTEND_DIAGNOSTICS_DIAGNOSTIC_H
