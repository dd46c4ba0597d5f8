//===- Source.h - Source files, ranges and positions ------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The text of every file of a specification, and places in it. A place is a
// file and a range of byte offsets; lines and columns are computed on demand.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_DIAGNOSTICS_SOURCE_H
#define NASC_FRONTEND_DIAGNOSTICS_SOURCE_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nasc {

/// Names one file of a SourceManager. The value 0 names no file.
struct FileId {
  uint32_t value = 0;

  bool isValid() const { return value != 0; }
  friend bool operator==(FileId a, FileId b) { return a.value == b.value; }
  friend bool operator!=(FileId a, FileId b) { return a.value != b.value; }
};

/// The bytes `begin` (included) to `end` (excluded) of one file. A
/// default-constructed range is no place at all (`isValid()` is false): that is
/// what a diagnostic about the command line or a data file carries.
struct SourceRange {
  FileId file;
  uint32_t begin = 0;
  uint32_t end = 0;

  SourceRange() = default;
  SourceRange(FileId file, uint32_t begin, uint32_t end)
      : file(file), begin(begin), end(end) {}

  bool isValid() const { return file.isValid(); }
  uint32_t size() const { return end - begin; }

  /// The empty range before the first and after the last byte of this one.
  SourceRange atBegin() const { return {file, begin, begin}; }
  SourceRange atEnd() const { return {file, end, end}; }

  /// The smallest range that covers this one and `other` of the same file; the
  /// valid one of the two where only one is valid.
  SourceRange cover(SourceRange other) const;

  friend bool operator==(SourceRange a, SourceRange b) {
    return a.file == b.file && a.begin == b.begin && a.end == b.end;
  }
  friend bool operator!=(SourceRange a, SourceRange b) { return !(a == b); }
};

/// A position as people count it: both numbers start at 1, and the column
/// counts characters (code points of UTF-8), not bytes. A tab is one character.
struct LineColumn {
  unsigned line = 1;
  unsigned column = 1;
};

/// Owns the text of the files of one run. Files are never removed, so that
/// string references into their text stay valid as long as the manager.
class SourceManager {
public:
  /// The largest file that is read, in bytes.
  static constexpr uint64_t maxFileSize = 64ull << 20;

  SourceManager() = default;
  SourceManager(const SourceManager &) = delete;
  SourceManager &operator=(const SourceManager &) = delete;

  /// Reads `path`. A file that was read before (the same file on disk, under
  /// whatever path) is not read again, and a buffer that was added under
  /// exactly this path stands in for the file. Fails, with a message that needs
  /// no prefix, where the file cannot be read, is a directory, or has more than
  /// `maxFileSize` bytes (the error's code is then
  /// `std::errc::file_too_large`).
  llvm::Expected<FileId> addFile(llvm::StringRef path);

  /// Adds `text` under `name` (for standard input, tests and the like).
  FileId addBuffer(llvm::StringRef name, llvm::StringRef text);

  /// The file that was added under exactly this name or path.
  std::optional<FileId> findFile(llvm::StringRef name) const;

  /// The number of files; their ids are 1 to that number.
  unsigned fileCount() const { return static_cast<unsigned>(files.size()); }

  /// The path as the user gave it.
  llvm::StringRef name(FileId file) const;
  /// The whole text.
  llvm::StringRef text(FileId file) const;
  /// The text of a range; empty where the range is no place.
  llvm::StringRef text(SourceRange range) const;
  /// The whole file as a range.
  SourceRange wholeFile(FileId file) const;

  /// Line and column of a byte; an offset beyond the end counts as the end.
  LineColumn lineColumn(FileId file, uint32_t offset) const;
  LineColumn begin(SourceRange range) const {
    return lineColumn(range.file, range.begin);
  }
  LineColumn end(SourceRange range) const {
    return lineColumn(range.file, range.end);
  }

  /// The inverse of lineColumn(); positions outside the file are moved to the
  /// nearest one inside.
  uint32_t offset(FileId file, LineColumn position) const;

  /// The number of lines (at least 1) and the text of one line (1-based),
  /// without its end-of-line characters; empty for a line that is not there.
  unsigned lineCount(FileId file) const;
  llvm::StringRef line(FileId file, unsigned line) const;

private:
  struct File {
    std::string name;
    std::unique_ptr<llvm::MemoryBuffer> buffer;
    /// Offsets of the first byte of each line; made on first use.
    mutable std::vector<uint32_t> lineStarts;
  };

  FileId insert(llvm::StringRef name, std::unique_ptr<llvm::MemoryBuffer>);
  const File &get(FileId file) const;
  const std::vector<uint32_t> &lineStarts(FileId file) const;

  std::vector<std::unique_ptr<File>> files;
  llvm::StringMap<FileId> byName;
  llvm::StringMap<FileId> byRealPath;
};

/// The offset of the first byte that does not belong to well-formed UTF-8
/// (overlong forms, surrogates and values beyond U+10FFFF are ill-formed);
/// nothing where the whole text is well-formed.
std::optional<size_t> findInvalidUtf8(llvm::StringRef text);

} // namespace nasc

#endif // NASC_FRONTEND_DIAGNOSTICS_SOURCE_H
