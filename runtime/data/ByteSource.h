//===- ByteSource.h - Files that are read from start to end -----*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sequential reading of plain and gzip files. Files are read, not mapped into
// memory: a mapped file that somebody cuts off kills the process.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_DATA_BYTESOURCE_H
#define NASC_RUNTIME_DATA_BYTESOURCE_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <string>

namespace nasc::data {

/// The content of a file, from start to end. All errors are DataErrors.
class ByteSource {
public:
  /// Opens a regular file that is not empty. The name decides: `….gz` is
  /// decompressed, everything else is read as it is.
  static llvm::Expected<std::unique_ptr<ByteSource>> open(llvm::StringRef path);

  virtual ~ByteSource() = default;

  /// Reads exactly `size` bytes; `what` names them in the error (`the header`,
  /// `the labels`).
  virtual llvm::Error read(void *destination, uint64_t size,
                           llvm::StringRef what) = 0;
  /// Passes over `size` bytes.
  virtual llvm::Error skip(uint64_t size, llvm::StringRef what) = 0;
  /// Fails when anything follows, when the checksum of compressed data is
  /// wrong, or when the file changed its size since it was opened.
  virtual llvm::Error expectEnd() = 0;

  /// How many bytes can still come: exact for plain files, the limit of the
  /// format for compressed ones. What a header promises is held against it
  /// before memory is asked for.
  virtual uint64_t mostRemaining() const = 0;
  virtual bool isCompressed() const = 0;

  /// How many bytes of content were read.
  uint64_t offset() const { return position; }
  const std::string &path() const { return name; }

protected:
  explicit ByteSource(llvm::StringRef path) : name(path) {}

  std::string name;
  uint64_t position = 0;
};

/// Reads a whole plain file of at most `limit` bytes.
llvm::Expected<std::string> readTextFile(llvm::StringRef path, uint64_t limit);

} // namespace nasc::data

#endif // NASC_RUNTIME_DATA_BYTESOURCE_H
