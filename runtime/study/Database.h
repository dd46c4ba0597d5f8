//===- Database.h - SQLite with errors as values ----------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A thin layer over SQLite's C interface: statements with typed parameters and
// columns, and SQLite's result codes turned into StudyErrors. Private to this
// folder. Not thread-safe: the study serialises its callers.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_STUDY_DATABASE_H
#define NASC_RUNTIME_STUDY_DATABASE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

struct sqlite3;
struct sqlite3_stmt;

namespace nasc::study {

class Database;

/// A prepared statement on loan from its database; giving it back (the
/// destructor) resets it. An error in preparing or binding is kept and comes
/// out of the next step, so that calls can be chained.
class Statement {
public:
  Statement(Statement &&other);
  ~Statement();

  /// Binds the next parameter.
  Statement &bind(int64_t value);
  Statement &bind(double value);
  Statement &bind(llvm::StringRef text);
  Statement &bindBlob(llvm::StringRef bytes);
  Statement &bindNull();

  /// Advances to the next row; false at the end.
  llvm::Expected<bool> step();
  /// Runs to the end and drops the rows.
  llvm::Error run();

  int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  std::string blob(int column) const;
  bool isNull(int column) const;
  bool isInteger(int column) const;

private:
  friend class Database;
  Statement(Database &database, sqlite3_stmt *handle, int result)
      : database(&database), handle(handle), result(result) {}

  Database *database;
  sqlite3_stmt *handle;
  int next = 1;
  int result;
};

/// A connection.
class Database {
public:
  /// Immutable: read-only on a file that surely nobody writes; needs no
  /// neighbouring files, so it works in a folder that cannot be written.
  enum class Mode { Immutable, ReadOnly, ReadWrite, Create };

  /// Opens the file. Nothing is read yet: a damaged file shows when it is used.
  static llvm::Expected<std::unique_ptr<Database>> open(llvm::StringRef path,
                                                        Mode mode);
  ~Database();

  /// Runs statements that give no rows.
  llvm::Error execute(const char *sql);
  /// A statement for the text, which must outlive the database (a literal):
  /// prepared statements are kept by its address.
  Statement prepare(const char *sql);
  /// A value of one row and column, or 0 when there is none.
  llvm::Expected<int64_t> queryInteger(const char *sql);
  /// Runs `body` as one transaction: all of it is on disk afterwards, or, when
  /// it fails, none of it.
  llvm::Error transaction(llvm::function_ref<llvm::Error()> body);
  int64_t lastInsertId() const;

  /// Whether closing may move the write-ahead log into the database file. Off
  /// until the file has been found sound, so that looking at a damaged study
  /// changes nothing.
  void setCheckpointOnClose(bool enabled);
  /// Closes; an error (a full disk) loses nothing, the log stays.
  llvm::Error close();

  /// The error for the result of a failed call.
  llvm::Error fail(int result, llvm::StringRef doing);

private:
  Database(sqlite3 *handle, std::string path)
      : handle(handle), path(std::move(path)) {}
  void finalizeAll();

  sqlite3 *handle;
  std::string path;
  std::map<const char *, sqlite3_stmt *> statements;
};

} // namespace nasc::study

#endif // NASC_RUNTIME_STUDY_DATABASE_H
