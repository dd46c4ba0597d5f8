//===- CsvTable.h - Comma-separated values ----------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DATA_CSVTABLE_H
#define NASC_RUNTIME_DATA_CSVTABLE_H

#include "runtime/data/DataError.h"

#include "llvm/ADT/StringRef.h"

#include <string>
#include <vector>

namespace nasc::data {

/// A table with a header, as RFC 4180 has it: fields with commas, quotes or
/// line ends are quoted, and quotes in them doubled. Lines end in LF or CRLF; a
/// byte order mark and empty lines are passed over. All errors are DataErrors.
class CsvTable {
public:
  /// Files larger than this are refused.
  static constexpr uint64_t maximumBytes = uint64_t(1) << 28;

  static llvm::Expected<CsvTable> read(llvm::StringRef path);
  /// `path` is for errors.
  static llvm::Expected<CsvTable> parse(llvm::StringRef path,
                                        llvm::StringRef text);

  size_t rows() const { return places.size(); }
  const std::vector<std::string> &header() const { return names; }
  /// The column of that name. Missing and ambiguous names are errors.
  llvm::Expected<size_t> column(llvm::StringRef name) const;
  bool hasColumn(llvm::StringRef name) const;
  llvm::StringRef cell(size_t row, size_t column) const {
    return cells[row * names.size() + column];
  }
  const std::string &file() const { return path; }
  /// Where a row starts.
  DataLocation place(size_t row) const {
    return {path, places[row].offset, places[row].line};
  }

private:
  struct Place {
    uint64_t offset, line;
  };

  std::string path;
  std::vector<std::string> names;
  /// Row by row.
  std::vector<std::string> cells;
  std::vector<Place> places;
};

} // namespace nasc::data

#endif // NASC_RUNTIME_DATA_CSVTABLE_H
