//===- FileLock.cpp -------------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/study/FileLock.h"
#include "runtime/study/StudyError.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace nasc::study;

/// Who holds the lock, as that process has written it into the file.
static std::string readHolder(int descriptor) {
  char buffer[256];
  ssize_t length = ::pread(descriptor, buffer, sizeof(buffer), 0);
  if (length <= 0)
    return "another nasc";
  std::string holder(buffer, static_cast<size_t>(length));
  holder.resize(holder.find_first_of('\n') == std::string::npos
                    ? holder.size()
                    : holder.find_first_of('\n'));
  return holder;
}

static void writeHolder(int descriptor) {
  char host[128] = "";
  ::gethostname(host, sizeof(host) - 1);
  std::string holder = "nasc, process " + std::to_string(::getpid()) +
                       (*host ? std::string(" on ") + host : "") + "\n";
  // Only a courtesy to the message of the next process: on a full disk the
  // lock holds all the same.
  if (::ftruncate(descriptor, 0) == 0)
    (void)!::pwrite(descriptor, holder.data(), holder.size(), 0);
}

llvm::Expected<FileLock> FileLock::acquire(llvm::StringRef path) {
  std::string file = path.str();
  // Whoever releases a lock removes its file. A lock won on a file that has
  // been removed meanwhile guards nothing, so it is tried again on the new one.
  for (int attempt = 0; attempt != 100; ++attempt) {
    int descriptor =
        ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0) {
      if (errno == EINTR)
        continue;
      return systemError(errno, "create the lock", path);
    }
    int result;
    do
      result = ::flock(descriptor, LOCK_EX | LOCK_NB);
    while (result != 0 && errno == EINTR);
    if (result != 0) {
      int reason = errno;
      std::string holder = readHolder(descriptor);
      ::close(descriptor);
      if (reason != EWOULDBLOCK)
        return systemError(reason, "lock", path);
      return studyError(StudyErrorCode::StudyLocked,
                        "the results are in use by " + holder + " (lock '" +
                            file + "')",
                        "wait until it ends, or choose another folder with -o");
    }
    struct stat held, named;
    if (::fstat(descriptor, &held) == 0 && ::stat(file.c_str(), &named) == 0 &&
        held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
      writeHolder(descriptor);
      return FileLock(descriptor, std::move(file));
    }
    ::close(descriptor);
  }
  return systemError(EAGAIN, "lock", path);
}

FileLock::FileLock(FileLock &&other)
    : descriptor(other.descriptor), path(std::move(other.path)) {
  other.descriptor = -1;
}

FileLock &FileLock::operator=(FileLock &&other) {
  if (this != &other) {
    release();
    descriptor = other.descriptor;
    path = std::move(other.path);
    other.descriptor = -1;
  }
  return *this;
}

void FileLock::release() {
  if (descriptor < 0)
    return;
  ::unlink(path.c_str());
  ::close(descriptor);
  descriptor = -1;
}
