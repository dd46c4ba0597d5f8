//===- BufferTable.cpp - Buffers in CSV -----------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "tools/nas-plan/BufferTable.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include <limits>

using namespace llvm;

namespace nasc {
namespace {

enum Column { Id, Lower, Upper, Size, columnCount };
constexpr const char *columnNames[] = {"id", "lower", "upper", "size"};

/// The greatest sum of sizes that the planner takes.
constexpr int64_t greatestSum = (int64_t(1) << 62) - 1;

class Reader {
public:
  Reader(StringRef file, int64_t alignment)
      : file(file), alignment(alignment) {}

  Expected<BufferTable> read(StringRef text);

private:
  template <typename... Arguments>
  Error error(const char *format, Arguments &&...arguments) const {
    return createStringError(
        inconvertibleErrorCode(),
        formatv("{0}:{1}: error: ", file, line).str() +
            formatv(format, std::forward<Arguments>(arguments)...).str());
  }
  Error readHeader(StringRef text);
  Error readBuffer(StringRef text);
  Error readNumber(StringRef field, Column column, int64_t &number) const;

  StringRef file;
  int64_t alignment;
  unsigned line = 0;
  /// Where the columns are in a line.
  size_t position[columnCount] = {};
  size_t fieldCount = 0;
  StringMap<unsigned> lineOfId;
  int64_t sum = 0;
  BufferTable table;
};

SmallVector<StringRef> splitLine(StringRef text) {
  SmallVector<StringRef> fields;
  text.split(fields, ',');
  for (StringRef &field : fields)
    field = field.trim(" \t");
  return fields;
}

Error Reader::readHeader(StringRef text) {
  const SmallVector<StringRef> fields = splitLine(text);
  fieldCount = fields.size();
  bool known[columnCount] = {};
  for (auto [i, field] : enumerate(fields)) {
    const int column = StringSwitch<int>(field)
                           .Case("id", Id)
                           .Case("lower", Lower)
                           .Case("upper", Upper)
                           .Case("size", Size)
                           .Default(columnCount);
    if (column == columnCount) {
      table.otherColumns.push_back(field.str());
      continue;
    }
    if (known[column])
      return error("column '{0}' occurs twice", field);
    known[column] = true;
    position[column] = i;
  }
  for (int column = 0; column < columnCount; ++column)
    if (!known[column])
      return error("expected a line of column names with 'id', 'lower', "
                   "'upper' and 'size', found none named '{0}'",
                   columnNames[column]);
  return Error::success();
}

Error Reader::readNumber(StringRef field, Column column,
                         int64_t &number) const {
  const char *name = columnNames[column];
  StringRef digits = field;
  const bool negative = digits.consume_front("-");
  if (digits.empty() || !all_of(digits, isDigit))
    return error("expected a whole number as '{0}', found '{1}'", name, field);
  if (negative && digits.find_first_not_of('0') != StringRef::npos)
    return error("expected '{0}' of at least 0, found {1}", name, field);
  if (digits.getAsInteger(10, number))
    return error("expected '{0}' of at most {1}, found {2}", name,
                 std::numeric_limits<int64_t>::max(), field);
  return Error::success();
}

Error Reader::readBuffer(StringRef text) {
  const SmallVector<StringRef> fields = splitLine(text);
  if (fields.size() != fieldCount)
    return error("expected {0} fields, as in the first line, found {1}",
                 fieldCount, fields.size());
  ArenaBuffer buffer;
  buffer.id = fields[position[Id]].str();
  if (buffer.id.empty())
    return error("expected an id, found nothing");
  if (Error problem = readNumber(fields[position[Lower]], Lower, buffer.lower))
    return problem;
  if (Error problem = readNumber(fields[position[Upper]], Upper, buffer.upper))
    return problem;
  if (Error problem = readNumber(fields[position[Size]], Size, buffer.size))
    return problem;
  if (buffer.upper <= buffer.lower)
    return error("expected 'upper' to be greater than 'lower', which is {0}, "
                 "found {1}",
                 buffer.lower, buffer.upper);
  const auto [known, isNew] = lineOfId.try_emplace(buffer.id, line);
  if (!isNew)
    return error("expected every id once, found '{0}' again, first in line {1}",
                 buffer.id, known->second);
  // Without sums that could overflow.
  const int64_t padding = (alignment - buffer.size % alignment) % alignment;
  if (buffer.size > greatestSum - sum ||
      padding > greatestSum - sum - buffer.size)
    return error("expected sizes of less than 2^62 bytes in all, found {0} "
                 "more after {1}",
                 buffer.size, sum);
  sum += buffer.size + padding;
  table.buffers.push_back(std::move(buffer));
  return Error::success();
}

Expected<BufferTable> Reader::read(StringRef text) {
  text.consume_front("\xef\xbb\xbf");
  bool hasHeader = false;
  while (!text.empty()) {
    auto [content, rest] = text.split('\n');
    text = rest;
    ++line;
    content.consume_back("\r");
    if (content.trim(" \t").empty())
      continue;
    if (Error problem = hasHeader ? readBuffer(content) : readHeader(content))
      return problem;
    hasHeader = true;
  }
  if (!hasHeader) {
    line = 1;
    return error("expected a line of column names with 'id', 'lower', 'upper' "
                 "and 'size', found an empty file");
  }
  return std::move(table);
}

} // namespace

Expected<BufferTable> readBufferTable(StringRef text, StringRef file,
                                      int64_t alignment) {
  return Reader(file, alignment).read(text);
}

void writePlan(raw_ostream &out, const std::vector<ArenaBuffer> &buffers,
               const ArenaPlan &plan) {
  out << "id,lower,upper,size,offset\n";
  for (const auto &[buffer, offset] : zip(buffers, plan.offsets))
    out << buffer.id << ',' << buffer.lower << ',' << buffer.upper << ','
        << buffer.size << ',' << offset << '\n';
}

} // namespace nasc
