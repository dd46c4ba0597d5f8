//===- Database.cpp -------------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/study/Database.h"
#include "runtime/study/StudyError.h"

#include "llvm/ADT/StringExtras.h"

#include <cerrno>
#include <limits>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

using namespace nasc::study;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Statement
//===----------------------------------------------------------------------===//

Statement::Statement(Statement &&other)
    : database(other.database), handle(other.handle), next(other.next),
      result(other.result) {
  other.handle = nullptr;
}

Statement::~Statement() {
  if (!handle)
    return;
  sqlite3_reset(handle);
  sqlite3_clear_bindings(handle);
}

static void keepFirst(int &result, int latest) {
  if (result == SQLITE_OK)
    result = latest;
}

Statement &Statement::bind(int64_t value) {
  if (handle)
    keepFirst(result, sqlite3_bind_int64(handle, next++, value));
  return *this;
}

Statement &Statement::bind(double value) {
  // SQLite stores NaN as NULL; real() reads it back as NaN.
  if (handle)
    keepFirst(result, sqlite3_bind_double(handle, next++, value));
  return *this;
}

Statement &Statement::bind(StringRef text) {
  if (handle)
    keepFirst(result, sqlite3_bind_text64(
                          handle, next++, text.data() ? text.data() : "",
                          text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement &Statement::bindBlob(StringRef bytes) {
  // The caller keeps the bytes until the statement has run: checkpoints are
  // megabytes, and a copy of each would be waste. A null pointer would bind
  // NULL, not an empty blob.
  if (handle)
    keepFirst(result, sqlite3_bind_blob64(handle, next++,
                                          bytes.data() ? bytes.data() : "",
                                          bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement &Statement::bindNull() {
  if (handle)
    keepFirst(result, sqlite3_bind_null(handle, next++));
  return *this;
}

Expected<bool> Statement::step() {
  if (result != SQLITE_OK || !handle)
    return database->fail(result, "use");
  int stepped = sqlite3_step(handle);
  if (stepped == SQLITE_ROW)
    return true;
  if (stepped == SQLITE_DONE)
    return false;
  return database->fail(stepped,
                        sqlite3_stmt_readonly(handle) ? "read" : "write to");
}

Error Statement::run() {
  while (true) {
    Expected<bool> row = step();
    if (!row)
      return row.takeError();
    if (!*row)
      return Error::success();
  }
}

int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle, column);
}

double Statement::real(int column) const {
  if (isNull(column))
    return std::numeric_limits<double>::quiet_NaN();
  return sqlite3_column_double(handle, column);
}

std::string Statement::text(int column) const {
  const unsigned char *data = sqlite3_column_text(handle, column);
  int size = sqlite3_column_bytes(handle, column);
  return data ? std::string(reinterpret_cast<const char *>(data), size)
              : std::string();
}

std::string Statement::blob(int column) const {
  const void *data = sqlite3_column_blob(handle, column);
  int size = sqlite3_column_bytes(handle, column);
  return data ? std::string(static_cast<const char *>(data), size)
              : std::string();
}

bool Statement::isNull(int column) const {
  return sqlite3_column_type(handle, column) == SQLITE_NULL;
}

bool Statement::isInteger(int column) const {
  return sqlite3_column_type(handle, column) == SQLITE_INTEGER;
}

//===----------------------------------------------------------------------===//
// Database
//===----------------------------------------------------------------------===//

static const char resumeHelp[] =
    "earlier results are intact; make room, then go on with --resume";
static const char damagedHelp[] =
    "it has been left as it is; restore it from a copy, or begin anew in "
    "another folder with -o";

/// Whether the database or its log has reached the limit on file sizes. SQLite
/// reports that as a failed write and forgets the errno.
static bool atSizeLimit(const std::string &path) {
  rlimit limit;
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return false;
  // A write is a page and a frame header at most.
  const rlim_t nextWrite = 65536 + 24;
  for (const char *suffix : {"", "-wal", "-shm"}) {
    struct stat status;
    if (::stat((path + suffix).c_str(), &status) == 0 &&
        static_cast<rlim_t>(status.st_size) + nextWrite > limit.rlim_cur)
      return true;
  }
  return false;
}

Error Database::fail(int result, StringRef doing) {
  int systemNumber = handle ? sqlite3_system_errno(handle) : 0;
  std::string detail = handle ? sqlite3_errmsg(handle) : sqlite3_errstr(result);
  std::string cannot = ("cannot " + doing + " the study '" + path + "'").str();
  bool outOfSpace =
      systemNumber == ENOSPC || systemNumber == EDQUOT || systemNumber == EFBIG;
  switch (result & 0xff) {
  case SQLITE_FULL:
    return studyError(StudyErrorCode::DiskFull,
                      cannot + ": no space left on device", resumeHelp);
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_FORMAT:
    return studyError(StudyErrorCode::StudyDamaged,
                      "the study '" + path + "' is damaged: " + detail,
                      damagedHelp);
  case SQLITE_READONLY:
  case SQLITE_PERM:
    return studyError(StudyErrorCode::NotWritable, cannot + ": " + detail,
                      "the file and its folder must be writable");
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return studyError(StudyErrorCode::StudyLocked,
                      cannot + ": another program is writing to it",
                      "close it, then try again");
  case SQLITE_CANTOPEN:
  case SQLITE_IOERR:
    // An extended code of SQLITE_IOERR alone: a file that is shorter than a
    // page the database counts on has been cut off.
    if (result == SQLITE_IOERR_SHORT_READ)
      return studyError(StudyErrorCode::StudyDamaged,
                        "the study '" + path + "' is cut off", damagedHelp);
    if (!outOfSpace && result == SQLITE_IOERR_WRITE && atSizeLimit(path)) {
      systemNumber = EFBIG;
      outOfSpace = true;
    }
    if (outOfSpace)
      return systemError(systemNumber, (doing + " the study").str(), path);
    if (systemNumber == ENOENT)
      return studyError(StudyErrorCode::StudyMissing,
                        cannot + ": there is no such file");
    if (systemNumber)
      return systemError(systemNumber, (doing + " the study").str(), path);
    return studyError(StudyErrorCode::InputOutput, cannot + ": " + detail);
  case SQLITE_NOMEM:
  case SQLITE_TOOBIG:
    return studyError(StudyErrorCode::InputOutput, cannot + ": " + detail);
  default:
    return studyError(StudyErrorCode::Inconsistent, cannot + ": " + detail);
  }
}

/// The URI of a file, every unusual byte of its name escaped.
static std::string immutableUri(StringRef file) {
  std::string uri = "file:";
  for (unsigned char byte : file)
    if (llvm::isAlnum(byte) || StringRef("/._-").contains(byte))
      uri += byte;
    else
      uri += {'%', llvm::hexdigit(byte >> 4), llvm::hexdigit(byte & 15)};
  return uri + "?immutable=1";
}

Expected<std::unique_ptr<Database>> Database::open(StringRef path, Mode mode) {
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  switch (mode) {
  case Mode::Immutable:
    flags |= SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    break;
  case Mode::ReadOnly:
    flags |= SQLITE_OPEN_READONLY;
    break;
  case Mode::ReadWrite:
    flags |= SQLITE_OPEN_READWRITE;
    break;
  case Mode::Create:
    flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    break;
  }
  sqlite3 *handle = nullptr;
  // "./" keeps a name that begins with ':' or "file:" from being special.
  std::string file = path.starts_with("/") ? path.str() : "./" + path.str();
  if (mode == Mode::Immutable)
    file = immutableUri(file);
  int result = sqlite3_open_v2(file.c_str(), &handle, flags, nullptr);
  std::unique_ptr<Database> database(new Database(handle, path.str()));
  if (result != SQLITE_OK)
    return database->fail(result, "open");
  // A file from elsewhere must not be able to run anything through its schema,
  // and damaged cells are to be noticed, not trusted.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_busy_timeout(handle, 5000);
  for (const char *sql :
       {"PRAGMA foreign_keys = ON", "PRAGMA cell_size_check = ON"})
    if (Error error = database->execute(sql))
      return error;
  return database;
}

Database::~Database() {
  finalizeAll();
  sqlite3_close_v2(handle);
}

void Database::finalizeAll() {
  for (auto &entry : statements)
    sqlite3_finalize(entry.second);
  statements.clear();
}

Error Database::execute(const char *sql) {
  int result = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
  return result == SQLITE_OK ? Error::success() : fail(result, "use");
}

Statement Database::prepare(const char *sql) {
  sqlite3_stmt *&cached = statements[sql];
  int result = SQLITE_OK;
  if (!cached)
    result = sqlite3_prepare_v3(handle, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                &cached, nullptr);
  return Statement(*this, cached, result);
}

Expected<int64_t> Database::queryInteger(const char *sql) {
  Statement statement = prepare(sql);
  Expected<bool> row = statement.step();
  if (!row)
    return row.takeError();
  return *row ? statement.integer(0) : 0;
}

Error Database::transaction(llvm::function_ref<Error()> body) {
  // IMMEDIATE: a transaction that begins by reading could otherwise fail in
  // its middle, when another connection has written since.
  if (Error error = prepare("BEGIN IMMEDIATE").run())
    return error;
  Error error = body();
  if (!error)
    error = prepare("COMMIT").run();
  if (!error)
    return Error::success();
  // SQLite has rolled back by itself after some errors (a full disk).
  if (!sqlite3_get_autocommit(handle))
    llvm::consumeError(prepare("ROLLBACK").run());
  return error;
}

int64_t Database::lastInsertId() const {
  return sqlite3_last_insert_rowid(handle);
}

void Database::setCheckpointOnClose(bool enabled) {
  sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, enabled ? 0 : 1,
                    nullptr);
}

Error Database::close() {
  finalizeAll();
  int result = sqlite3_close(handle);
  if (result != SQLITE_OK)
    return fail(result, "close");
  handle = nullptr;
  return Error::success();
}
