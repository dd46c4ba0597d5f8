//===- ByteSource.cpp - Files that are read from start to end -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/ByteSource.h"

#include "runtime/data/DataError.h"

#include "llvm/ADT/Twine.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

using namespace llvm;

namespace nasc::data {
namespace {

std::string counted(uint64_t count, StringRef unit) {
  return (Twine(count) + " " + unit + (count == 1 ? "" : "s")).str();
}

//===----------------------------------------------------------------------===//
// Files of the operating system
//===----------------------------------------------------------------------===//

/// An open regular file of a known size.
class OpenFile {
public:
  static Expected<OpenFile> open(StringRef path) {
    OpenFile file;
    file.name = path.str();
    // Not blocking: to open a pipe without a writer would wait forever.
    do
      file.descriptor =
          ::open(file.name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    while (file.descriptor < 0 && errno == EINTR);
    if (file.descriptor < 0)
      return file.failure("cannot be opened", errno);
    Expected<uint64_t> size = file.sizeNow();
    if (!size)
      return size.takeError();
    file.size = *size;
    if (file.size == 0)
      return dataError(DataErrorCode::FileEmpty, {file.name, {}, {}},
                       "the file is empty");
    return file;
  }

  OpenFile(OpenFile &&other) noexcept
      : name(std::move(other.name)),
        descriptor(std::exchange(other.descriptor, -1)), size(other.size),
        position(other.position) {}
  OpenFile &operator=(OpenFile &&) = delete;
  ~OpenFile() {
    if (descriptor >= 0)
      ::close(descriptor);
  }

  uint64_t fileSize() const { return size; }
  uint64_t remaining() const { return size - position; }

  /// Reads `count` bytes, which must not be more than remain.
  Error read(void *destination, uint64_t count) {
    char *target = static_cast<char *>(destination);
    while (count != 0) {
      size_t wanted = std::min<uint64_t>(count, uint64_t(1) << 30);
      ssize_t got = ::read(descriptor, target, wanted);
      if (got < 0) {
        if (errno == EINTR)
          continue;
        return failure("cannot be read", errno);
      }
      if (got == 0)
        return changed(position);
      target += got;
      count -= got;
      position += got;
    }
    return Error::success();
  }

  Error skip(uint64_t count) {
    if (::lseek(descriptor, static_cast<off_t>(count), SEEK_CUR) < 0)
      return failure("cannot be read", errno);
    position += count;
    return Error::success();
  }

  /// Fails when the size is no longer what it was.
  Error expectUnchanged() const {
    Expected<uint64_t> now = sizeNow();
    if (!now)
      return now.takeError();
    return *now == size ? Error::success() : changed(*now);
  }

private:
  OpenFile() = default;

  Expected<uint64_t> sizeNow() const {
    struct stat status;
    if (::fstat(descriptor, &status) != 0)
      return failure("cannot be read", errno);
    if (!S_ISREG(status.st_mode))
      return dataError(DataErrorCode::FileUnreadable, {name, {}, {}},
                       S_ISDIR(status.st_mode)
                           ? "expected a file, found a folder"
                           : "expected a file, found something else");
    return static_cast<uint64_t>(status.st_size);
  }

  Error failure(const char *what, int number) const {
    return dataError(DataErrorCode::FileUnreadable, {name, {}, {}},
                     std::string(what) + ": " + std::strerror(number));
  }

  Error changed(uint64_t now) const {
    return dataError(DataErrorCode::FileChanged, {name, now, {}},
                     "the file changed while it was read: expected " +
                         counted(size, "byte") + ", found " +
                         std::to_string(now));
  }

  std::string name;
  int descriptor = -1;
  uint64_t size = 0;
  uint64_t position = 0;
};

//===----------------------------------------------------------------------===//
// Plain files
//===----------------------------------------------------------------------===//

class PlainSource : public ByteSource {
public:
  PlainSource(StringRef path, OpenFile file)
      : ByteSource(path), file(std::move(file)) {}

  Error read(void *destination, uint64_t size, StringRef what) override {
    if (Error error = checkRemaining(size, what))
      return error;
    if (Error error = file.read(destination, size))
      return error;
    position += size;
    return Error::success();
  }

  Error skip(uint64_t size, StringRef what) override {
    if (Error error = checkRemaining(size, what))
      return error;
    if (Error error = file.skip(size))
      return error;
    position += size;
    return Error::success();
  }

  Error expectEnd() override {
    if (uint64_t rest = file.remaining())
      return dataError(DataErrorCode::TrailingBytes, {name, position, {}},
                       "expected the end of the file, found " +
                           counted(rest, "more byte"));
    return file.expectUnchanged();
  }

  uint64_t mostRemaining() const override { return file.remaining(); }
  bool isCompressed() const override { return false; }

private:
  Error checkRemaining(uint64_t size, StringRef what) const {
    if (size <= file.remaining())
      return Error::success();
    return dataError(DataErrorCode::CutOff, {name, position, {}},
                     "the file is cut off: expected " + counted(size, "byte") +
                         " of " + what.str() + ", found " +
                         std::to_string(file.remaining()));
  }

  OpenFile file;
};

//===----------------------------------------------------------------------===//
// gzip files
//===----------------------------------------------------------------------===//

/// Decompresses while reading, so that only what is asked for is ever held in
/// memory, however much the file would expand to.
class GzipSource : public ByteSource {
public:
  GzipSource(StringRef path, OpenFile file)
      : ByteSource(path), file(std::move(file)), input(inputSize) {}
  ~GzipSource() override {
    if (started)
      inflateEnd(&stream);
  }

  Error start() {
    // 15 + 16: the largest window, and a gzip header.
    if (inflateInit2(&stream, 15 + 16) != Z_OK)
      return dataError(DataErrorCode::TooLarge, {name, {}, {}},
                       "there is no memory to decompress the file");
    started = true;
    return Error::success();
  }

  Error read(void *destination, uint64_t size, StringRef what) override {
    Expected<uint64_t> got = decompress(destination, size);
    if (!got)
      return got.takeError();
    if (*got != size)
      return dataError(DataErrorCode::CutOff, {name, position, {}},
                       "the decompressed content is cut off: expected " +
                           counted(size, "byte") + " of " + what.str() +
                           ", found " + std::to_string(*got));
    return Error::success();
  }

  Error skip(uint64_t size, StringRef what) override {
    std::vector<char> scratch(std::min<uint64_t>(size, inputSize));
    while (size != 0) {
      uint64_t part = std::min<uint64_t>(size, scratch.size());
      if (Error error = read(scratch.data(), part, what))
        return error;
      size -= part;
    }
    return Error::success();
  }

  Error expectEnd() override {
    char surplus;
    uint64_t end = position;
    Expected<uint64_t> got = decompress(&surplus, 1);
    if (!got)
      return got.takeError();
    if (*got != 0)
      return dataError(
          DataErrorCode::TrailingBytes, {name, end, {}},
          "expected the end of the decompressed content, found more");
    return file.expectUnchanged();
  }

  uint64_t mostRemaining() const override {
    // Deflate codes at most 258 bytes with two bits, hence 1032 bytes with a
    // byte; the buffered output is at most one window more.
    uint64_t compressed = file.remaining() + stream.avail_in;
    constexpr uint64_t window = 1 << 16;
    return compressed > std::numeric_limits<uint64_t>::max() / 2048
               ? std::numeric_limits<uint64_t>::max()
               : compressed * 1032 + window;
  }
  bool isCompressed() const override { return true; }

private:
  static constexpr size_t inputSize = 1 << 17;

  Error corrupt(const Twine &reason) const {
    uint64_t consumed = file.fileSize() - file.remaining() - stream.avail_in;
    return dataError(DataErrorCode::CorruptCompression, {name, position, {}},
                     ("the gzip data are damaged at compressed byte " +
                      Twine(consumed) + ": " + reason)
                         .str());
  }

  Error refill() {
    size_t count = std::min<uint64_t>(file.remaining(), inputSize);
    if (Error error = file.read(input.data(), count))
      return error;
    stream.next_in = reinterpret_cast<Bytef *>(input.data());
    stream.avail_in = static_cast<uInt>(count);
    return Error::success();
  }

  /// Decompresses up to `size` bytes; fewer only at the end of the content.
  Expected<uint64_t> decompress(void *destination, uint64_t size) {
    uint64_t done = 0;
    while (done != size && !ended) {
      if (stream.avail_in == 0) {
        if (file.remaining() == 0)
          return corrupt("expected more data, found the end of the file");
        if (Error error = refill())
          return error;
      }
      uInt room = static_cast<uInt>(std::min<uint64_t>(size - done, 1u << 30));
      stream.next_out = static_cast<Bytef *>(destination) + done;
      stream.avail_out = room;
      int status = inflate(&stream, Z_NO_FLUSH);
      uint64_t produced = room - stream.avail_out;
      done += produced;
      position += produced;
      if (status == Z_STREAM_END) {
        if (Error error = nextMember())
          return error;
        continue;
      }
      if (status == Z_MEM_ERROR)
        return dataError(DataErrorCode::TooLarge, {name, {}, {}},
                         "there is no memory to decompress the file");
      // Z_BUF_ERROR: no progress was possible with this input; more follows.
      if (status != Z_OK && status != Z_BUF_ERROR)
        return corrupt(stream.msg ? stream.msg : "not gzip data");
    }
    return done;
  }

  /// A gzip file may consist of several, one after the other.
  Error nextMember() {
    if (stream.avail_in == 0 && file.remaining() != 0)
      if (Error error = refill())
        return error;
    if (stream.avail_in == 0) {
      ended = true;
      return Error::success();
    }
    if (stream.next_in[0] != 0x1f) {
      uint64_t rest = stream.avail_in + file.remaining();
      return dataError(DataErrorCode::TrailingBytes, {name, position, {}},
                       "expected the end of the gzip data, found " +
                           counted(rest, "more byte"));
    }
    inflateReset(&stream);
    return Error::success();
  }

  OpenFile file;
  std::vector<char> input;
  z_stream stream = {};
  bool started = false;
  /// The content has no more bytes.
  bool ended = false;
};

} // namespace

Expected<std::unique_ptr<ByteSource>> ByteSource::open(StringRef path) {
  Expected<OpenFile> file = OpenFile::open(path);
  if (!file)
    return file.takeError();
  if (!path.ends_with(".gz"))
    return std::make_unique<PlainSource>(path, std::move(*file));
  auto source = std::make_unique<GzipSource>(path, std::move(*file));
  if (Error error = source->start())
    return error;
  return source;
}

Expected<std::string> readTextFile(StringRef path, uint64_t limit) {
  Expected<OpenFile> file = OpenFile::open(path);
  if (!file)
    return file.takeError();
  if (file->fileSize() > limit)
    return dataError(DataErrorCode::TooLarge, {path.str(), {}, {}},
                     "expected at most " + counted(limit, "byte") + ", found " +
                         std::to_string(file->fileSize()));
  std::string text(file->fileSize(), '\0');
  if (Error error = file->read(text.data(), text.size()))
    return error;
  if (Error error = file->expectUnchanged())
    return error;
  return text;
}

} // namespace nasc::data
