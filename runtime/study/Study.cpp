//===- Study.cpp - Opening, closing and resuming --------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/study/Study.h"
#include "runtime/study/StudyError.h"
#include "runtime/study/StudyImplementation.h"
#include "runtime/study/StudySchema.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace nasc::study;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

using Guard = std::lock_guard<std::mutex>;

double nasc::study::secondsNow() {
  return std::chrono::duration<double>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string nasc::study::hostName() {
  char name[256] = "";
  ::gethostname(name, sizeof(name) - 1);
  return name;
}

std::string StudySpec::hash() const {
  llvm::SHA256 hash;
  for (const SpecSource &source : sources) {
    // The length keeps the border between two files.
    hash.update(std::to_string(source.text.size()) + "\n");
    hash.update(source.text);
  }
  return llvm::toHex(hash.final(), /*LowerCase=*/true);
}

const Metric *Evaluation::metric(StringRef name) const {
  for (const Metric &metric : metrics)
    if (metric.name == name)
      return &metric;
  return nullptr;
}

//===----------------------------------------------------------------------===//
// Opening and closing
//===----------------------------------------------------------------------===//

Study::Study(std::unique_ptr<Implementation> implementation)
    : implementation(std::move(implementation)) {}
Study::Study(Study &&other) = default;

Study &Study::operator=(Study &&other) {
  std::swap(implementation, other.implementation);
  return *this;
}

Study::~Study() {
  if (implementation && implementation->database)
    llvm::consumeError(close("failed"));
}

static Error insertSpec(Database &database, const StudySpec &spec) {
  for (const char *table : {"spec_sources", "spec_identity", "specs"})
    if (Error error =
            database.execute(("DELETE FROM " + std::string(table)).c_str()))
      return error;
  if (Error error =
          database
              .prepare(
                  "INSERT INTO specs(id, name, hash, folder, addition, seed, "
                  "threads, version, created) "
                  "VALUES(1, ?, ?, ?, ?, ?, ?, ?, ?)")
              .bind(StringRef(spec.name))
              .bind(StringRef(spec.hash()))
              .bind(StringRef(spec.folder))
              .bind(StringRef(spec.addition))
              .bind(static_cast<int64_t>(spec.seed))
              .bind(static_cast<int64_t>(spec.threads))
              .bind(StringRef(spec.version))
              .bind(secondsNow())
              .run())
    return error;
  auto insert = [&](const char *sql, int64_t ordinal, StringRef first,
                    StringRef second) {
    return database.prepare(sql).bind(ordinal).bind(first).bind(second).run();
  };
  for (auto [ordinal, source] : llvm::enumerate(spec.sources))
    if (Error error =
            insert("INSERT INTO spec_sources(spec, ordinal, path, "
                   "text) VALUES(1, ?, ?, ?)",
                   static_cast<int64_t>(ordinal), source.path, source.text))
      return error;
  for (auto [ordinal, part] : llvm::enumerate(spec.identity))
    if (Error error =
            insert("INSERT INTO spec_identity(spec, ordinal, name, "
                   "value) VALUES(1, ?, ?, ?)",
                   static_cast<int64_t>(ordinal), part.first, part.second))
      return error;
  return Error::success();
}

/// Makes a complete database file for the spec at `path`, which is not there.
static Error createFile(StringRef path, const StudySpec &spec) {
  Expected<std::unique_ptr<Database>> database =
      Database::open(path, Database::Mode::Create);
  if (!database)
    return database.takeError();
  Database &db = **database;
  // Nobody sees this file before it is complete, so it needs no journal.
  if (Error error = db.execute("PRAGMA journal_mode = MEMORY"))
    return error;
  if (Error error = db.transaction([&]() -> Error {
        if (Error error = createSchema(db))
          return error;
        return insertSpec(db, spec);
      }))
    return error;
  return db.close();
}

/// Makes a rename in the folder of `path` durable.
static void synchroniseFolder(StringRef path) {
  StringRef parent = llvm::sys::path::parent_path(path);
  int folder = ::open(parent.empty() ? "." : parent.str().c_str(),
                      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0)
    return;
  ::fsync(folder);
  ::close(folder);
}

Expected<Study> Study::create(StringRef path, const StudySpec &spec) {
  std::string file = path.str(), fresh = file + ".new";
  {
    Expected<FileLock> lock = FileLock::acquire(file + ".lock");
    if (!lock)
      return lock.takeError();
    struct stat status;
    if (::lstat(file.c_str(), &status) == 0)
      return studyError(StudyErrorCode::StudyExists,
                        "there is a study '" + file + "' already",
                        "go on with it with --resume, or choose another "
                        "folder with -o");
    // A log that a deleted study has left behind would be replayed into the
    // new one.
    for (const char *suffix : {"-wal", "-shm", "-journal", ".new"})
      ::unlink((file + suffix).c_str());
    if (Error error = createFile(fresh, spec)) {
      ::unlink(fresh.c_str());
      return error;
    }
    if (::rename(fresh.c_str(), file.c_str()) != 0) {
      int reason = errno;
      ::unlink(fresh.c_str());
      return systemError(reason, "create the study", path);
    }
    synchroniseFolder(path);
  }
  return open(path);
}

/// The unsigned big-endian number of some bytes.
static uint64_t bigEndian(StringRef bytes) {
  uint64_t value = 0;
  for (unsigned char byte : bytes)
    value = value << 8 | byte;
  return value;
}

/// Whether the end of a database file is missing, by the size in its header.
/// SQLite takes a last page that is there in part as filled up with zeros.
static bool isCutOff(StringRef header, uint64_t size) {
  uint64_t pageSize = bigEndian(header.substr(16, 2));
  if (pageSize == 1)
    pageSize = 65536;
  // The number of pages counts when the change counter has been written with
  // it.
  if (header.substr(24, 4) != header.substr(92, 4))
    return false;
  return size < bigEndian(header.substr(28, 4)) * pageSize;
}

/// Whether there is a write-ahead log with something in it.
static bool hasLog(StringRef path) {
  struct stat log;
  return ::stat((path + "-wal").str().c_str(), &log) == 0 && log.st_size > 0;
}

/// Turns away what is no whole database, with a plain word for each case.
static Error checkFile(StringRef path) {
  int descriptor = ::open(path.str().c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0)
    return systemError(errno, "open the study", path);
  char bytes[100];
  struct stat status;
  ssize_t length = -1;
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
    length = ::read(descriptor, bytes, sizeof(bytes));
  ::close(descriptor);
  StringRef header(bytes, std::max<ssize_t>(length, 0));
  const char *what = nullptr;
  if (length < 0)
    what = "it is not a file";
  else if (length == 0)
    what = "it is empty";
  else if (!header.starts_with(StringRef("SQLite format 3\0", 16)))
    what = "it is not a database";
  // A killed run may have left the newest pages in the log alone.
  else if (header.size() < sizeof(bytes) ||
           (!hasLog(path) && isCutOff(header, status.st_size)))
    what = "its end is missing";
  if (!what)
    return Error::success();
  return studyError(StudyErrorCode::StudyDamaged,
                    ("the study '" + path + "' is damaged: " + what).str(),
                    "it has been left as it is; restore it from a copy, or "
                    "begin anew in another folder with -o");
}

/// How to open a study for reading: in a folder that cannot be written SQLite
/// cannot make the files that a write-ahead log needs, and there is no log
/// when the study has been closed properly.
static Database::Mode readOnlyMode(StringRef path) {
  StringRef parent = llvm::sys::path::parent_path(path);
  bool writable =
      ::access(parent.empty() ? "." : parent.str().c_str(), W_OK) == 0;
  return !writable && !hasLog(path) ? Database::Mode::Immutable
                                    : Database::Mode::ReadOnly;
}

Expected<Study> Study::open(StringRef path, Mode mode) {
  struct stat status;
  if (::stat(path.str().c_str(), &status) != 0) {
    if (errno == ENOENT)
      return studyError(StudyErrorCode::StudyMissing,
                        ("there is no study '" + path + "'").str(),
                        "run nasc without --resume to begin one");
    return systemError(errno, "open the study", path);
  }
  auto implementation = std::make_unique<Implementation>();
  implementation->path = path.str();
  implementation->mode = mode;
  bool writes = mode == Mode::ReadWrite;
  if (writes) {
    Expected<FileLock> lock = FileLock::acquire((path + ".lock").str());
    if (!lock)
      return lock.takeError();
    implementation->lock = std::move(*lock);
    if (::access(implementation->path.c_str(), W_OK) != 0)
      return systemError(errno, "write to the study", path);
  }
  // After the lock: closing any descriptor of a database would take SQLite's
  // locks from a connection that this process has to it.
  if (Error error = checkFile(path))
    return error;
  Expected<std::unique_ptr<Database>> database = Database::open(
      path, writes ? Database::Mode::ReadWrite : readOnlyMode(path));
  if (!database)
    return database.takeError();
  Database &db = **database;
  db.setCheckpointOnClose(false);
  if (Error error = checkSchema(db, path))
    return error;
  if (writes) {
    // A file system without shared memory keeps its rollback journal, which
    // is as safe.
    for (const char *sql :
         {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"})
      if (Error error = db.execute(sql))
        return error;
    db.setCheckpointOnClose(true);
  }
  implementation->database = std::move(*database);
  return Study(std::move(implementation));
}

Expected<Database *> Study::Implementation::connection() {
  if (database)
    return database.get();
  return studyError(StudyErrorCode::Inconsistent,
                    "the study '" + path + "' has been closed");
}

Error Study::beginRun() {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  if (Error error = (*db)
                        ->prepare("INSERT INTO runs(host, process, started) "
                                  "VALUES(?, ?, ?)")
                        .bind(StringRef(hostName()))
                        .bind(static_cast<int64_t>(::getpid()))
                        .bind(secondsNow())
                        .run())
    return error;
  implementation->run = (*db)->lastInsertId();
  return Error::success();
}

Error Study::close(StringRef outcome) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  Error error = Error::success();
  if (implementation->run)
    error = (*db)
                ->prepare("UPDATE runs SET ended = ?, outcome = ? WHERE id = ?")
                .bind(secondsNow())
                .bind(outcome)
                .bind(implementation->run)
                .run();
  error = llvm::joinErrors(std::move(error), (*db)->close());
  implementation->database.reset();
  implementation->lock.reset();
  return error;
}

//===----------------------------------------------------------------------===//
// Resuming
//===----------------------------------------------------------------------===//

Expected<std::vector<std::string>> Study::differences(const StudySpec &wanted) {
  Expected<StudySpec> recorded = spec();
  if (!recorded)
    return recorded.takeError();
  auto valueIn = [](const StudySpec &spec,
                    StringRef name) -> std::optional<StringRef> {
    for (const auto &[candidate, value] : spec.identity)
      if (candidate == name)
        return StringRef(value);
    return std::nullopt;
  };
  std::vector<std::string> names;
  for (const auto &[name, value] : recorded->identity)
    if (valueIn(wanted, name) != StringRef(value))
      names.push_back(name);
  for (const auto &[name, value] : wanted.identity)
    if (!valueIn(*recorded, name))
      names.push_back(name);
  return names;
}

Error Study::adopt(const StudySpec &spec) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  return (*db)->transaction([&] { return insertSpec(**db, spec); });
}

Error Study::adoptAddition(StringRef addition) {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  return (*db)->prepare("UPDATE specs SET addition = ?").bind(addition).run();
}

Expected<bool> Study::hasResults() {
  Guard guard(implementation->mutex);
  Expected<Database *> db = implementation->connection();
  if (!db)
    return db.takeError();
  Expected<int64_t> results = (*db)->queryInteger(
      "SELECT (SELECT count(*) FROM evaluations) + (SELECT count(*) FROM "
      "artifacts) + (SELECT count(*) FROM checkpoints)");
  if (!results)
    return results.takeError();
  return *results > 0;
}

void Study::remove(StringRef path) {
  for (const char *suffix : {"", "-wal", "-shm", "-journal", ".lock"})
    ::unlink((path + suffix).str().c_str());
}
