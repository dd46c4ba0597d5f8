//===- CsvTable.cpp - Comma-separated values ------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/CsvTable.h"

#include "runtime/data/ByteSource.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace nasc::data {
namespace {

/// Takes records from the text, one after the other.
class CsvParser {
public:
  CsvParser(StringRef path, StringRef text) : path(path), text(text) {
    if (text.starts_with("\xef\xbb\xbf"))
      at = 3;
  }

  /// Passes over empty lines; true at the end of the text.
  bool atEnd() {
    while (at < text.size() && takeLineEnd())
      ;
    return at == text.size();
  }

  uint64_t offset() const { return at; }
  uint64_t lineNumber() const { return line; }

  Error takeRecord(std::vector<std::string> &fields) {
    while (true) {
      std::string field;
      if (Error error = peek() == '"' ? takeQuoted(field) : takePlain(field))
        return error;
      fields.push_back(std::move(field));
      if (at == text.size() || takeLineEnd())
        return Error::success();
      if (peek() != ',')
        return bad("expected ',' or the end of the line after a quoted field, "
                   "found " +
                   describe(peek()));
      ++at;
    }
  }

private:
  char peek() const { return at < text.size() ? text[at] : '\0'; }

  bool takeLineEnd() {
    size_t length = text.substr(at).starts_with("\r\n") ? 2
                    : peek() == '\n'                    ? 1
                                                        : 0;
    at += length;
    line += length != 0;
    return length != 0;
  }

  Error takePlain(std::string &field) {
    while (at < text.size() && text[at] != ',' && text[at] != '\n' &&
           !text.substr(at).starts_with("\r\n")) {
      if (text[at] == '"' || text[at] == '\0')
        return bad("expected text in a field without quotes, found " +
                   describe(text[at]));
      field += text[at++];
    }
    return Error::success();
  }

  Error takeQuoted(std::string &field) {
    uint64_t startOffset = at, startLine = line;
    ++at;
    while (at < text.size()) {
      char c = text[at++];
      if (c == '\0')
        return bad("expected text in a quoted field, found " + describe(c));
      if (c == '"') {
        if (peek() != '"')
          return Error::success();
        ++at;
      }
      line += c == '\n';
      field += c;
    }
    return dataError(DataErrorCode::BadIndex,
                     {path.str(), startOffset, startLine},
                     "expected a quote at the end of the quoted field, found "
                     "the end of the file");
  }

  static std::string describe(char c) {
    return isPrint(c) ? std::string("'") + c + "'"
                      : "the byte 0x" + utohexstr(static_cast<uint8_t>(c),
                                                  /*LowerCase=*/true,
                                                  /*Width=*/2);
  }

  Error bad(std::string message) const {
    return dataError(DataErrorCode::BadIndex, {path.str(), at, line},
                     std::move(message));
  }

  StringRef path, text;
  uint64_t at = 0;
  uint64_t line = 1;
};

} // namespace

Expected<CsvTable> CsvTable::read(StringRef path) {
  Expected<std::string> text = readTextFile(path, maximumBytes);
  if (!text)
    return text.takeError();
  return parse(path, *text);
}

Expected<CsvTable> CsvTable::parse(StringRef path, StringRef text) {
  CsvTable table;
  table.path = path.str();
  CsvParser parser(path, text);
  if (parser.atEnd())
    return dataError(DataErrorCode::FileEmpty, {table.path, {}, {}},
                     "expected a header line, found none");
  if (Error error = parser.takeRecord(table.names))
    return error;
  std::vector<std::string> fields;
  while (!parser.atEnd()) {
    Place place = {parser.offset(), parser.lineNumber()};
    fields.clear();
    if (Error error = parser.takeRecord(fields))
      return error;
    if (fields.size() != table.names.size())
      return dataError(DataErrorCode::BadIndex,
                       {table.path, place.offset, place.line},
                       "expected " + std::to_string(table.names.size()) +
                           " fields, as in the header, found " +
                           std::to_string(fields.size()));
    table.places.push_back(place);
    for (std::string &field : fields)
      table.cells.push_back(std::move(field));
  }
  return table;
}

Expected<size_t> CsvTable::column(StringRef name) const {
  auto found = llvm::find(names, name);
  if (found == names.end()) {
    DataAdvice advice;
    advice.unknown = name.str();
    advice.known = names;
    if (names.size() == 1 &&
        StringRef(names.front()).find_first_of(";\t") != StringRef::npos)
      advice.help = "the fields of the file are separated by commas";
    return dataError(DataErrorCode::BadIndex, {path, {}, 1},
                     "expected a column '" + name.str() + "', found " +
                         llvm::join(names, ", "),
                     std::move(advice));
  }
  if (llvm::count(names, name) > 1)
    return dataError(DataErrorCode::BadIndex, {path, {}, 1},
                     "expected one column '" + name.str() + "', found " +
                         std::to_string(llvm::count(names, name)));
  return static_cast<size_t>(found - names.begin());
}

bool CsvTable::hasColumn(StringRef name) const {
  return llvm::is_contained(names, name);
}

} // namespace nasc::data
