//===- StudySchema.h - The tables of a study --------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The schema of the database, how an empty one is made and an existing one is
// checked. Private to this folder.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_RUNTIME_STUDY_STUDYSCHEMA_H
#define NASC_RUNTIME_STUDY_STUDYSCHEMA_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace nasc::study {

class Database;

/// Written into the file's header; `file` and other tools can show it. ("nasc")
constexpr int64_t studyApplicationId = 0x6e617363;
/// Counted up with every change of the tables.
constexpr int64_t studySchemaVersion = 2;

/// Makes the tables in an empty database; to be called in a transaction.
llvm::Error createSchema(Database &database);

/// Whether the database is a sound study of this version. `path` is for the
/// message. Errors: StudyDamaged, OtherFormat.
llvm::Error checkSchema(Database &database, llvm::StringRef path);

} // namespace nasc::study

#endif // NASC_RUNTIME_STUDY_STUDYSCHEMA_H
