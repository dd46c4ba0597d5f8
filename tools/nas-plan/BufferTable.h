//===- BufferTable.h - Buffers in CSV ---------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_TOOLS_NASPLAN_BUFFERTABLE_H
#define NASC_TOOLS_NASPLAN_BUFFERTABLE_H

#include "passes/arena/ArenaPlanning.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace nasc {

/// The buffers of a table and the names of the columns that were not read.
struct BufferTable {
  std::vector<ArenaBuffer> buffers;
  std::vector<std::string> otherColumns;
};

/// Reads CSV with a line of column names: `id`, `lower`, `upper` and `size`, in
/// any order and among others. Lines may end with CR LF; empty ones are
/// skipped. Refuses numbers that are negative or need more than 64 bits,
/// `upper` <= `lower`, an id that occurs twice, lines with too few or too many
/// fields, and sizes whose sum, each rounded up to `alignment`, is 2^62 or
/// more. The error begins with "FILE:LINE: error: ". Linear, but for the ids.
llvm::Expected<BufferTable>
readBufferTable(llvm::StringRef text, llvm::StringRef file, int64_t alignment);

/// Writes the buffers and a column `offset`.
void writePlan(llvm::raw_ostream &out, const std::vector<ArenaBuffer> &buffers,
               const ArenaPlan &plan);

} // namespace nasc

#endif // NASC_TOOLS_NASPLAN_BUFFERTABLE_H
