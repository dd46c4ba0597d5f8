//===- StudySchema.cpp ----------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/study/StudySchema.h"
#include "runtime/study/Database.h"
#include "runtime/study/StudyError.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"

#include <string>

using namespace nasc::study;
using llvm::Error;
using llvm::Expected;
using llvm::StringRef;

// STRICT tables check types on writing; a column of type ANY keeps integers
// and doubles apart, which the metrics need.
static const char schema[] = R"sql(
CREATE TABLE specs(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  hash TEXT NOT NULL,
  folder TEXT NOT NULL,       -- that relative paths start at
  addition TEXT NOT NULL,     -- by deploy, to the text of the main file
  seed INTEGER NOT NULL,      -- 64 bits, to be read as unsigned
  threads INTEGER NOT NULL,
  version TEXT NOT NULL,      -- of nasc
  created REAL NOT NULL       -- seconds since 1970, like all times
) STRICT;
CREATE TABLE spec_sources(
  spec INTEGER NOT NULL REFERENCES specs(id),
  ordinal INTEGER NOT NULL,
  path TEXT NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY(spec, ordinal)
) STRICT;
CREATE TABLE spec_identity(
  spec INTEGER NOT NULL REFERENCES specs(id),
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(spec, ordinal)
) STRICT;
CREATE TABLE runs(
  id INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  process INTEGER NOT NULL,
  started REAL NOT NULL,
  ended REAL,
  outcome TEXT                -- NULL: runs, or was killed
) STRICT;
CREATE TABLE architectures(
  id INTEGER PRIMARY KEY,
  text TEXT NOT NULL UNIQUE   -- canonical: stem=16,depth=3,width[1]=24
) STRICT;
CREATE TABLE evaluations(
  id INTEGER PRIMARY KEY,
  architecture INTEGER NOT NULL REFERENCES architectures(id),
  stage TEXT NOT NULL,
  fidelity TEXT NOT NULL,
  ordinal INTEGER NOT NULL,
  status TEXT NOT NULL CHECK(status IN ('running', 'done', 'failed')),
  started REAL NOT NULL,
  finished REAL,
  message TEXT NOT NULL DEFAULT '',
  UNIQUE(stage, fidelity, architecture)
) STRICT;
CREATE TABLE metrics(
  evaluation INTEGER NOT NULL REFERENCES evaluations(id) ON DELETE CASCADE,
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL,
  value ANY,                  -- integer or real; NULL is NaN
  PRIMARY KEY(evaluation, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE events(
  id INTEGER PRIMARY KEY,
  time REAL NOT NULL,
  stage TEXT NOT NULL,
  kind TEXT NOT NULL,
  ordinal INTEGER,            -- NULL: outside any sequence
  data TEXT NOT NULL,         -- JSON
  UNIQUE(stage, kind, ordinal)
) STRICT;
CREATE TABLE checkpoints(
  key TEXT NOT NULL PRIMARY KEY,
  epoch INTEGER NOT NULL,
  saved REAL NOT NULL,
  checksum INTEGER NOT NULL,  -- CRC-32 of the data
  data BLOB NOT NULL
) STRICT;
CREATE TABLE artifacts(
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  checksum INTEGER NOT NULL,
  data BLOB NOT NULL
) STRICT;
)sql";

static const char *const tableNames[] = {
    "architectures", "artifacts", "checkpoints",   "evaluations",  "events",
    "metrics",       "runs",      "spec_identity", "spec_sources", "specs"};

Error nasc::study::createSchema(Database &database) {
  // Pragmas take no parameters.
  std::string identify =
      "PRAGMA application_id = " + std::to_string(studyApplicationId) +
      "; PRAGMA user_version = " + std::to_string(studySchemaVersion);
  if (Error error = database.execute(schema))
    return error;
  return database.execute(identify.c_str());
}

static Error damaged(StringRef path, const llvm::Twine &what) {
  return studyError(
      StudyErrorCode::StudyDamaged,
      ("the study '" + path + "' is damaged: " + what).str(),
      "it has been left as it is; restore it from a copy, or begin anew in "
      "another folder with -o");
}

Error nasc::study::checkSchema(Database &database, StringRef path) {
  Expected<int64_t> application =
      database.queryInteger("PRAGMA application_id");
  if (!application)
    return application.takeError();
  if (*application != studyApplicationId)
    return damaged(path, "it is a database, but not a study of nasc");
  Expected<int64_t> version = database.queryInteger("PRAGMA user_version");
  if (!version)
    return version.takeError();
  if (*version > studySchemaVersion)
    return studyError(
        StudyErrorCode::OtherFormat,
        ("the study '" + path + "' has format " + llvm::Twine(*version) +
         "; this nasc knows formats up to " + llvm::Twine(studySchemaVersion))
            .str(),
        "use the version of nasc that wrote it, or a newer one");
  if (*version < 1)
    return damaged(path, "it has no valid format number");
  if (*version < studySchemaVersion)
    return studyError(StudyErrorCode::OtherFormat,
                      ("the study '" + path + "' has format " +
                       llvm::Twine(*version) +
                       ", of an older nasc; this one goes on with format " +
                       llvm::Twine(studySchemaVersion))
                          .str(),
                      "begin anew in another folder with -o");

  // Looks at every page: cut-off files and damaged trees show here, not in the
  // middle of a search.
  {
    Statement check = database.prepare("PRAGMA quick_check(1)");
    Expected<bool> row = check.step();
    if (!row)
      return row.takeError();
    if (!*row || check.text(0) != "ok")
      return damaged(path, *row ? check.text(0) : "it cannot be checked");
  }
  {
    Statement check = database.prepare("PRAGMA foreign_key_check");
    Expected<bool> row = check.step();
    if (!row)
      return row.takeError();
    if (*row)
      return damaged(path, "a row of '" + check.text(0) +
                               "' refers to one that is missing");
  }
  {
    Statement tables = database.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND "
        "name NOT LIKE 'sqlite_%' ORDER BY name");
    for (const char *expected : tableNames) {
      Expected<bool> row = tables.step();
      if (!row)
        return row.takeError();
      if (!*row || tables.text(0) != expected)
        return damaged(path,
                       llvm::Twine("the table '") + expected + "' is missing");
    }
  }
  Expected<int64_t> specs = database.queryInteger("SELECT count(*) FROM specs");
  if (!specs)
    return specs.takeError();
  if (*specs != 1)
    return damaged(path, "it records no spec");
  return Error::success();
}
