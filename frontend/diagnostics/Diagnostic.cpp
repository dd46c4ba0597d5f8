//===- Diagnostic.cpp - Errors, warnings and remarks ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Diagnostic.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Unicode.h"

#include <algorithm>
#include <cstdlib>

using namespace nasc;

DiagnosticConsumer::~DiagnosticConsumer() = default;

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

namespace {

/// Longer lines are shown in part: a file of one line of 10 MB must not be
/// printed.
constexpr unsigned maxShownColumns = 160;

/// Writes escapes only where they are wanted.
class Painter {
public:
  Painter(llvm::raw_ostream &stream, bool color)
      : stream(stream), color(color) {}

  void paint(llvm::StringRef escape, llvm::StringRef text) {
    if (color)
      stream << "\033[" << escape << "m" << text << "\033[0m";
    else
      stream << text;
  }

private:
  llvm::raw_ostream &stream;
  bool color;
};

} // namespace

/// The escape of a severity: red, magenta, blue.
static llvm::StringRef escapeOf(Severity severity) {
  switch (severity) {
  case Severity::Error:
    return "1;31";
  case Severity::Warning:
    return "1;35";
  case Severity::Remark:
    return "1;34";
  }
  return "0";
}

/// The number of terminal columns of a text; characters that cannot be shown
/// count as one.
static unsigned displayWidth(llvm::StringRef text) {
  int width = llvm::sys::unicode::columnWidthUTF8(text);
  return width < 0 ? static_cast<unsigned>(text.size())
                   : static_cast<unsigned>(width);
}

/// A line as it can be shown: control characters become spaces, and so do
/// tabs, so that the underline stays below what it marks.
static std::string printable(llvm::StringRef line) {
  std::string text = line.str();
  for (char &c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F)
      c = ' ';
  return text;
}

/// Moves an offset into `line` back to the beginning of a character.
static size_t characterStart(llvm::StringRef line, size_t offset) {
  while (offset > 0 && offset < line.size() &&
         (static_cast<unsigned char>(line[offset]) & 0xC0) == 0x80)
    --offset;
  return offset;
}

/// Prints the first line of a range and marks the range below it.
static void showLine(llvm::raw_ostream &stream, Painter &painter,
                     const SourceManager &sources, SourceRange range,
                     llvm::StringRef escape) {
  LineColumn begin = sources.begin(range);
  llvm::StringRef line = sources.line(range.file, begin.line);
  uint32_t lineStart = sources.offset(range.file, {begin.line, 1});
  size_t from = std::min<size_t>(range.begin - lineStart, line.size());
  size_t to = std::min<size_t>(std::max(range.end, range.begin) - lineStart,
                               line.size());

  // The part of a long line around the beginning of the range.
  size_t first = 0, last = line.size();
  if (line.size() > maxShownColumns) {
    first = from > maxShownColumns / 2 ? from - maxShownColumns / 2 : 0;
    first = characterStart(line, first);
    last = characterStart(line, std::min(line.size(), first + maxShownColumns));
    to = std::min(to, last);
  }
  llvm::StringRef prefix = first > 0 ? "… " : "";
  llvm::StringRef suffix = last < line.size() ? " …" : "";

  std::string number = std::to_string(begin.line);
  std::string gutter(std::max<size_t>(number.size(), 4) - number.size(), ' ');
  stream << ' ' << gutter << number << " | " << prefix
         << printable(line.slice(first, last)) << suffix << '\n';
  stream << ' ' << std::string(gutter.size() + number.size(), ' ') << " | ";
  stream.indent(displayWidth(prefix) +
                displayWidth(printable(line.slice(first, from))));
  unsigned width = std::max(1u, displayWidth(printable(line.slice(from, to))));
  painter.paint(escape, "^" + std::string(width - 1, '~'));
  stream << '\n';
}

/// Prints `file:line:column: `, or the subject, or nothing.
static void showPlace(llvm::raw_ostream &stream, Painter &painter,
                      const SourceManager &sources, SourceRange range,
                      llvm::StringRef subject) {
  std::string place;
  if (range.isValid()) {
    LineColumn begin = sources.begin(range);
    place = (sources.name(range.file) + ":" + llvm::Twine(begin.line) + ":" +
             llvm::Twine(begin.column) + ": ")
                .str();
  } else {
    place =
        (subject.empty() ? llvm::Twine("nasc: ") : llvm::Twine(subject) + ": ")
            .str();
  }
  painter.paint("1", place);
}

void TextDiagnosticConsumer::handle(const Diagnostic &diagnostic,
                                    const SourceManager &sources) {
  Painter painter(stream, color);
  llvm::StringRef escape = escapeOf(diagnostic.severity);
  showPlace(stream, painter, sources, diagnostic.range, diagnostic.subject);
  painter.paint(escape, (severityName(diagnostic.severity) + "[" +
                         codeName(diagnostic.code) + "]: ")
                            .str());
  painter.paint("1", diagnostic.message);
  stream << '\n';
  if (diagnostic.range.isValid())
    showLine(stream, painter, sources, diagnostic.range, escape);
  for (const DiagnosticNote &note : diagnostic.notes) {
    if (note.range.isValid())
      showPlace(stream, painter, sources, note.range, "");
    else
      stream << "  ";
    painter.paint("1;36", "note: ");
    stream << note.message << '\n';
    if (note.range.isValid())
      showLine(stream, painter, sources, note.range, "1;36");
  }
  for (const std::string &help : diagnostic.helps) {
    stream << "  ";
    painter.paint("1;32", "help: ");
    stream << help << '\n';
  }
}

bool nasc::colorsWanted(const llvm::raw_ostream &stream) {
  const char *noColor = std::getenv("NO_COLOR");
  if (noColor && *noColor)
    return false;
  return stream.is_displayed() && stream.has_colors();
}

//===----------------------------------------------------------------------===//
// JSON
//===----------------------------------------------------------------------===//

static llvm::json::Object positionToJson(const SourceManager &sources,
                                         FileId file, uint32_t offset) {
  LineColumn position = sources.lineColumn(file, offset);
  return llvm::json::Object{
      {"line", position.line}, {"column", position.column}, {"offset", offset}};
}

/// Text of a file or path may be ill-formed UTF-8, which JSON cannot carry.
static std::string asUtf8(llvm::StringRef text) {
  return llvm::json::isUTF8(text) ? text.str() : llvm::json::fixUTF8(text);
}

static void addPlace(llvm::json::Object &object, const SourceManager &sources,
                     SourceRange range) {
  if (!range.isValid())
    return;
  object["file"] = asUtf8(sources.name(range.file));
  object["range"] = llvm::json::Object{
      {"begin", positionToJson(sources, range.file, range.begin)},
      {"end", positionToJson(sources, range.file, range.end)}};
}

llvm::json::Value nasc::diagnosticToJson(const Diagnostic &diagnostic,
                                         const SourceManager &sources) {
  const DiagnosticInfo &info = diagnosticInfo(diagnostic.code);
  llvm::json::Object object{{"code", info.name},
                            {"severity", severityName(diagnostic.severity)},
                            {"slug", info.slug},
                            {"message", asUtf8(diagnostic.message)}};
  addPlace(object, sources, diagnostic.range);
  if (!diagnostic.subject.empty())
    object["subject"] = asUtf8(diagnostic.subject);
  llvm::json::Array notes;
  for (const DiagnosticNote &note : diagnostic.notes) {
    llvm::json::Object noteObject{{"message", asUtf8(note.message)}};
    addPlace(noteObject, sources, note.range);
    notes.push_back(std::move(noteObject));
  }
  object["notes"] = std::move(notes);
  llvm::json::Array helps;
  for (const std::string &help : diagnostic.helps)
    helps.push_back(asUtf8(help));
  object["help"] = std::move(helps);
  return object;
}

void JsonDiagnosticConsumer::handle(const Diagnostic &diagnostic,
                                    const SourceManager &sources) {
  stream << diagnosticToJson(diagnostic, sources) << '\n';
}

std::unique_ptr<DiagnosticConsumer>
nasc::makeDiagnosticConsumer(bool json, llvm::raw_ostream &stream) {
  if (json)
    return std::make_unique<JsonDiagnosticConsumer>(stream);
  return std::make_unique<TextDiagnosticConsumer>(stream, colorsWanted(stream));
}

void CollectingDiagnosticConsumer::handle(const Diagnostic &diagnostic,
                                          const SourceManager &sources) {
  diagnostics.push_back(diagnostic);
}

//===----------------------------------------------------------------------===//
// The engine
//===----------------------------------------------------------------------===//

DiagnosticBuilder::~DiagnosticBuilder() {
  if (engine)
    engine->emit(std::move(diagnostic));
}

DiagnosticBuilder &
DiagnosticBuilder::suggest(llvm::StringRef name,
                           llvm::ArrayRef<llvm::StringRef> candidates) {
  if (std::optional<llvm::StringRef> nearest = nearestName(name, candidates))
    help("did you mean '", *nearest, "'?");
  return *this;
}

/// A name or path in a message may be as long as a file; nobody reads that.
static void shorten(std::string &message) {
  constexpr size_t maxLength = 1000;
  if (message.size() <= maxLength)
    return;
  message.resize(characterStart(message, maxLength));
  message += "…";
}

void DiagnosticEngine::emit(Diagnostic diagnostic) {
  shorten(diagnostic.message);
  for (DiagnosticNote &note : diagnostic.notes)
    shorten(note.message);
  for (std::string &help : diagnostic.helps)
    shorten(help);
  std::string key = DiagnosticBuilder::concatenate(
      codeName(diagnostic.code), ' ', diagnostic.range.file.value, ' ',
      diagnostic.range.begin, ' ', diagnostic.range.end, ' ',
      diagnostic.subject, '\n', diagnostic.message);
  // Beyond the limit the keys are not kept, lest they fill the memory.
  bool beyondLimit = errorLimitReached();
  if (!beyondLimit && !seen.insert(key).second)
    return;
  switch (diagnostic.severity) {
  case Severity::Error:
    ++errors;
    break;
  case Severity::Warning:
    ++warnings;
    break;
  case Severity::Remark:
    ++remarks;
    break;
  }
  if (!consumer)
    return;
  if (!beyondLimit) {
    consumer->handle(diagnostic, sources);
    return;
  }
  if (saidTooMany)
    return;
  saidTooMany = true;
  consumer->handle(
      {Diag::NAS0099,
       severityOf(Diag::NAS0099),
       diagnostic.range,
       diagnostic.subject,
       "there are more errors than the " + std::to_string(maxErrors) + " shown",
       {},
       {}},
      sources);
}
