//===- OutputDirectory.cpp ------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/study/OutputDirectory.h"
#include "runtime/study/StudyError.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

using namespace nasc::study;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;
namespace path = llvm::sys::path;
namespace fs = llvm::sys::fs;

static const char markerName[] = ".nasc";
static const char temporaryPrefix[] = ".nasc-tmp-";

//===----------------------------------------------------------------------===//
// System calls
//===----------------------------------------------------------------------===//

/// Creates a folder and its parents; each new name is flushed, so that a file
/// in it survives a power cut as well.
static Error makeFolders(StringRef folder) {
  struct stat status;
  if (::stat(folder.str().c_str(), &status) == 0)
    return S_ISDIR(status.st_mode)
               ? Error::success()
               : studyError(StudyErrorCode::NotADirectory,
                            ("'" + folder + "' is a file, not a folder").str(),
                            "choose another path with -o");
  if (errno != ENOENT)
    return systemError(errno, "use the folder", folder);
  StringRef parent = path::parent_path(folder);
  if (!parent.empty() && parent != folder)
    if (Error error = makeFolders(parent))
      return error;
  // Another process may have been faster.
  if (::mkdir(folder.str().c_str(), 0777) != 0 && errno != EEXIST)
    return systemError(errno, "create the folder", folder);
  return Error::success();
}

static void flushFolder(StringRef folder) {
  int descriptor =
      ::open(folder.str().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0)
    return;
  ::fsync(descriptor);
  ::close(descriptor);
}

/// A temporary name next to `file`, on the same file system.
static std::string temporaryFor(StringRef file) {
  static std::atomic<unsigned> counter{0};
  llvm::SmallString<256> name(path::parent_path(file));
  path::append(name, temporaryPrefix + std::to_string(::getpid()) + "-" +
                         std::to_string(counter++));
  return name.str().str();
}

namespace {

/// A stream into a file that remembers the first error. raw_fd_ostream would
/// do, but gives no errno once it has failed.
class FileStream : public llvm::raw_ostream {
public:
  explicit FileStream(int descriptor) : descriptor(descriptor) {}
  ~FileStream() override { flush(); }
  int errorNumber() const { return failure; }

private:
  void write_impl(const char *data, size_t size) override {
    position += size;
    while (size && !failure) {
      ssize_t written = ::write(descriptor, data, size);
      if (written < 0) {
        if (errno != EINTR)
          failure = errno;
        continue;
      }
      data += written;
      size -= static_cast<size_t>(written);
    }
  }
  uint64_t current_pos() const override { return position; }

  int descriptor;
  int failure = 0;
  uint64_t position = 0;
};

} // namespace

/// Puts a finished temporary file in its place.
static Error moveIntoPlace(StringRef temporary, StringRef file) {
  if (::rename(temporary.str().c_str(), file.str().c_str()) != 0)
    return systemError(errno, "write", file);
  flushFolder(path::parent_path(file));
  return Error::success();
}

static Error
writeAtomically(StringRef file,
                llvm::function_ref<Error(llvm::raw_ostream &)> producer) {
  std::string temporary = temporaryFor(file);
  int descriptor =
      ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0)
    return systemError(errno, "write", file);
  Error error = Error::success();
  int failure = 0;
  {
    FileStream stream(descriptor);
    error = producer(stream);
    stream.flush();
    failure = stream.errorNumber();
  }
  if (!failure && ::fsync(descriptor) != 0)
    failure = errno;
  if (::close(descriptor) != 0 && !failure)
    failure = errno;
  if (failure && !error)
    error = systemError(failure, "write", file);
  if (!error)
    error = moveIntoPlace(temporary, file);
  if (error)
    ::unlink(temporary.c_str());
  return error;
}

//===----------------------------------------------------------------------===//
// The marker
//===----------------------------------------------------------------------===//

static Error writeMarker(StringRef folder, const OutputOwner &owner) {
  llvm::SmallString<256> file(folder);
  path::append(file, markerName);
  return writeAtomically(file, [&](llvm::raw_ostream &os) -> Error {
    llvm::json::OStream json(os, 2);
    json.object([&] {
      json.attribute("remark",
                     "results of nasc; the folder belongs to this spec");
      json.attribute("spec", llvm::json::fixUTF8(owner.spec));
      json.attribute("hash", owner.hash);
      json.attribute("version", owner.version);
    });
    os << "\n";
    return Error::success();
  });
}

/// The owner that the marker names; a folder without one gives no owner.
static Expected<std::optional<OutputOwner>> readMarker(StringRef folder) {
  llvm::SmallString<256> file(folder);
  path::append(file, markerName);
  auto buffer = llvm::MemoryBuffer::getFile(file);
  if (!buffer) {
    if (buffer.getError() == std::errc::no_such_file_or_directory)
      return std::nullopt;
    return systemError(buffer.getError().value(), "read", file);
  }
  Expected<llvm::json::Value> json = llvm::json::parse((*buffer)->getBuffer());
  const llvm::json::Object *object = nullptr;
  if (json)
    object = json->getAsObject();
  else
    llvm::consumeError(json.takeError());
  std::optional<StringRef> hash;
  if (object)
    hash = object->getString("hash");
  if (!hash)
    return studyError(StudyErrorCode::ForeignOutput,
                      ("the marker '" + file + "' is not one of nasc").str(),
                      "choose another folder with -o");
  return OutputOwner{object->getString("spec").value_or("").str(), hash->str(),
                     object->getString("version").value_or("").str()};
}

/// Whether a name is one that a run killed in its first moments leaves.
static bool isLeftover(StringRef name) {
  return name.starts_with(temporaryPrefix) || name.ends_with(".lock");
}

//===----------------------------------------------------------------------===//
// OutputDirectory
//===----------------------------------------------------------------------===//

/// Opens a folder that may not be written to with an error now, and not after
/// an hour of search.
static Error checkWritable(StringRef folder) {
  if (::access(folder.str().c_str(), W_OK | X_OK) == 0)
    return Error::success();
  return systemError(errno, "write to the folder", folder);
}

/// The path without slashes at its end, which would hide the last name from
/// parent_path.
static std::string normalised(StringRef path) {
  std::string folder = path.str();
  while (folder.size() > 1 && folder.back() == '/')
    folder.pop_back();
  return folder.empty() ? "." : folder;
}

Expected<OutputDirectory> OutputDirectory::open(StringRef path,
                                                const OutputOwner &owner) {
  std::string folder = normalised(path);
  if (Error error = makeFolders(folder))
    return error;
  Expected<std::optional<OutputOwner>> found = readMarker(folder);
  if (!found)
    return found.takeError();
  if (*found) {
    if (Error error = checkWritable(folder))
      return error;
    if ((*found)->hash != owner.hash)
      if (Error error = writeMarker(folder, owner))
        return error;
    return OutputDirectory(std::move(folder));
  }

  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; entry != end && !code;
       entry.increment(code)) {
    StringRef name = path::filename(entry->path());
    if (isLeftover(name))
      continue;
    return studyError(StudyErrorCode::ForeignOutput,
                      "the folder '" + folder +
                          "' is not empty and not one of nasc: it holds '" +
                          name.str() + "'",
                      "choose a new or an empty folder with -o");
  }
  if (code)
    return systemError(code.value(), "read the folder", folder);
  if (Error error = checkWritable(folder))
    return error;
  if (Error error = writeMarker(folder, owner))
    return error;
  return OutputDirectory(std::move(folder));
}

std::string OutputDirectory::pathOf(StringRef name) const {
  llvm::SmallString<256> file(folder);
  path::append(file, name);
  return file.str().str();
}

/// The full path of a file to be written, whose folder exists then.
static Expected<std::string> prepareFile(const OutputDirectory &directory,
                                         StringRef name) {
  bool escapes = name.empty() || path::is_absolute(name) || name.ends_with("/");
  for (auto part = path::begin(name), end = path::end(name); part != end;
       ++part)
    escapes |= *part == "..";
  if (escapes)
    return studyError(StudyErrorCode::Inconsistent,
                      ("'" + name + "' is not a name for a result").str());
  std::string file = directory.pathOf(name);
  if (Error error = makeFolders(path::parent_path(file)))
    return error;
  return file;
}

Error OutputDirectory::writeFile(StringRef name, StringRef contents) {
  return writeFile(name, [&](llvm::raw_ostream &os) -> Error {
    os << contents;
    return Error::success();
  });
}

Error OutputDirectory::writeFile(
    StringRef name, llvm::function_ref<Error(llvm::raw_ostream &)> producer) {
  Expected<std::string> file = prepareFile(*this, name);
  if (!file)
    return file.takeError();
  return writeAtomically(*file, producer);
}

Error OutputDirectory::produceFile(
    StringRef name, llvm::function_ref<Error(StringRef)> producer) {
  Expected<std::string> file = prepareFile(*this, name);
  if (!file)
    return file.takeError();
  std::string temporary = temporaryFor(*file);
  Error error = producer(temporary);
  if (!error) {
    int descriptor = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || ::fsync(descriptor) != 0)
      error = systemError(errno, "write", *file);
    if (descriptor >= 0)
      ::close(descriptor);
  }
  if (!error)
    error = moveIntoPlace(temporary, *file);
  if (error)
    ::unlink(temporary.c_str());
  return error;
}

Expected<uint64_t> OutputDirectory::fileSize(StringRef name) const {
  std::string file = pathOf(name);
  struct stat status;
  if (::stat(file.c_str(), &status) != 0)
    return systemError(errno, "read", file);
  return static_cast<uint64_t>(status.st_size);
}

void OutputDirectory::abandon() {
  removeLeftovers();
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; entry != end && !code;
       entry.increment(code))
    if (path::filename(entry->path()) != markerName)
      return;
  ::unlink(pathOf(markerName).c_str());
  ::rmdir(folder.c_str());
}

void OutputDirectory::removeLeftovers() {
  std::vector<std::string> leftovers;
  std::error_code code;
  for (fs::recursive_directory_iterator
           entry(folder, code, /*follow_symlinks=*/false),
       end;
       entry != end && !code; entry.increment(code))
    if (path::filename(entry->path()).starts_with(temporaryPrefix))
      leftovers.push_back(entry->path());
  for (const std::string &leftover : leftovers)
    ::unlink(leftover.c_str());
}
