//===- Source.cpp - Source files, ranges and positions --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/diagnostics/Source.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>
#include <cassert>

using namespace nasc;

SourceRange SourceRange::cover(SourceRange other) const {
  if (!isValid())
    return other;
  if (!other.isValid() || other.file != file)
    return *this;
  return {file, std::min(begin, other.begin), std::max(end, other.end)};
}

FileId SourceManager::insert(llvm::StringRef name,
                             std::unique_ptr<llvm::MemoryBuffer> buffer) {
  auto file = std::make_unique<File>();
  file->name = name.str();
  file->buffer = std::move(buffer);
  files.push_back(std::move(file));
  FileId id{static_cast<uint32_t>(files.size())};
  byName.try_emplace(name, id);
  return id;
}

/// Reads a pipe or the like, which has no size that could be asked for.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
readStream(llvm::sys::fs::file_t handle, llvm::StringRef path) {
  std::string content;
  std::vector<char> chunk(1 << 16);
  while (true) {
    llvm::Expected<size_t> count = llvm::sys::fs::readNativeFile(
        handle, llvm::MutableArrayRef<char>(chunk.data(), chunk.size()));
    if (!count)
      return count.takeError();
    if (*count == 0)
      break;
    content.append(chunk.data(), *count);
    if (content.size() > SourceManager::maxFileSize)
      return llvm::createStringError(
          std::make_error_code(std::errc::file_too_large),
          "it has more than %llu MiB",
          static_cast<unsigned long long>(SourceManager::maxFileSize >> 20));
  }
  return llvm::MemoryBuffer::getMemBufferCopy(content, path);
}

llvm::Expected<FileId> SourceManager::addFile(llvm::StringRef path) {
  // A buffer of that name stands in for the file: a study brings its own
  // sources.
  if (std::optional<FileId> known = findFile(path))
    return *known;
  llvm::SmallString<256> realPath;
  if (std::error_code error = llvm::sys::fs::real_path(path, realPath))
    return llvm::createStringError(error, error.message());
  if (auto known = byRealPath.find(realPath); known != byRealPath.end())
    return known->second;

  llvm::sys::fs::file_status status;
  if (std::error_code error = llvm::sys::fs::status(realPath, status))
    return llvm::createStringError(error, error.message());
  if (llvm::sys::fs::is_directory(status))
    return llvm::createStringError(
        std::make_error_code(std::errc::is_a_directory), "it is a directory");
  bool isRegular = llvm::sys::fs::is_regular_file(status);
  if (isRegular && status.getSize() > maxFileSize)
    return llvm::createStringError(
        std::make_error_code(std::errc::file_too_large),
        "it has %llu bytes; at most %llu MiB are read",
        static_cast<unsigned long long>(status.getSize()),
        static_cast<unsigned long long>(maxFileSize >> 20));

  llvm::Expected<llvm::sys::fs::file_t> handle =
      llvm::sys::fs::openNativeFileForRead(realPath);
  if (!handle)
    return handle.takeError();
  // A file is copied, not mapped: one that another program truncates while
  // nasc runs must not bring it down.
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      readStream(*handle, path);
  llvm::sys::fs::closeFile(*handle);
  if (!buffer)
    return buffer.takeError();

  FileId id = insert(path, std::move(*buffer));
  if (isRegular)
    byRealPath.try_emplace(realPath, id);
  return id;
}

FileId SourceManager::addBuffer(llvm::StringRef name, llvm::StringRef text) {
  return insert(name, llvm::MemoryBuffer::getMemBufferCopy(text, name));
}

std::optional<FileId> SourceManager::findFile(llvm::StringRef name) const {
  if (auto known = byName.find(name); known != byName.end())
    return known->second;
  return std::nullopt;
}

const SourceManager::File &SourceManager::get(FileId file) const {
  assert(file.isValid() && file.value <= files.size() && "no such file");
  return *files[file.value - 1];
}

llvm::StringRef SourceManager::name(FileId file) const {
  return get(file).name;
}

llvm::StringRef SourceManager::text(FileId file) const {
  return get(file).buffer->getBuffer();
}

llvm::StringRef SourceManager::text(SourceRange range) const {
  if (!range.isValid())
    return {};
  return text(range.file).slice(range.begin, range.end);
}

SourceRange SourceManager::wholeFile(FileId file) const {
  return {file, 0, static_cast<uint32_t>(text(file).size())};
}

const std::vector<uint32_t> &SourceManager::lineStarts(FileId id) const {
  const File &file = get(id);
  if (file.lineStarts.empty()) {
    file.lineStarts.push_back(0);
    llvm::StringRef content = text(id);
    for (size_t i = content.find('\n'); i != llvm::StringRef::npos;
         i = content.find('\n', i + 1))
      file.lineStarts.push_back(static_cast<uint32_t>(i + 1));
  }
  return file.lineStarts;
}

static bool isContinuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

LineColumn SourceManager::lineColumn(FileId file, uint32_t offset) const {
  llvm::StringRef content = text(file);
  offset = std::min<uint32_t>(offset, content.size());
  const std::vector<uint32_t> &starts = lineStarts(file);
  auto after = std::upper_bound(starts.begin(), starts.end(), offset);
  uint32_t start = *(after - 1);
  LineColumn result;
  result.line = static_cast<unsigned>(after - starts.begin());
  result.column = 1 + llvm::count_if(content.slice(start, offset),
                                     [](char c) { return !isContinuation(c); });
  return result;
}

uint32_t SourceManager::offset(FileId file, LineColumn position) const {
  llvm::StringRef content = text(file);
  const std::vector<uint32_t> &starts = lineStarts(file);
  if (position.line == 0)
    return 0;
  if (position.line > starts.size())
    return static_cast<uint32_t>(content.size());
  uint32_t at = starts[position.line - 1];
  for (unsigned column = 1; column < position.column; ++column) {
    if (at >= content.size() || content[at] == '\n')
      break;
    ++at;
    while (at < content.size() && isContinuation(content[at]))
      ++at;
  }
  return at;
}

unsigned SourceManager::lineCount(FileId file) const {
  return static_cast<unsigned>(lineStarts(file).size());
}

llvm::StringRef SourceManager::line(FileId file, unsigned line) const {
  const std::vector<uint32_t> &starts = lineStarts(file);
  if (line == 0 || line > starts.size())
    return {};
  llvm::StringRef content = text(file).drop_front(starts[line - 1]);
  return content.take_until([](char c) { return c == '\n'; }).rtrim('\r');
}

std::optional<size_t> nasc::findInvalidUtf8(llvm::StringRef text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  size_t i = 0, size = text.size();
  while (i < size) {
    unsigned char first = byte(i);
    if (first < 0x80) {
      ++i;
      continue;
    }
    unsigned length;
    unsigned char low = 0x80, high = 0xBF; // Bounds of the second byte.
    if (first >= 0xC2 && first <= 0xDF) {
      length = 2;
    } else if (first >= 0xE0 && first <= 0xEF) {
      length = 3;
      if (first == 0xE0)
        low = 0xA0; // Shorter forms exist for what is below.
      if (first == 0xED)
        high = 0x9F; // Surrogates are no characters.
    } else if (first >= 0xF0 && first <= 0xF4) {
      length = 4;
      if (first == 0xF0)
        low = 0x90;
      if (first == 0xF4)
        high = 0x8F; // Nothing beyond U+10FFFF.
    } else {
      return i;
    }
    if (i + length > size || byte(i + 1) < low || byte(i + 1) > high)
      return i;
    for (unsigned k = 2; k < length; ++k)
      if (!isContinuation(text[i + k]))
        return i;
    i += length;
  }
  return std::nullopt;
}
