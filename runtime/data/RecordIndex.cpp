//===- RecordIndex.cpp - What an index says of raw records ----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/RecordIndex.h"

#include "runtime/data/CsvTable.h"
#include "runtime/data/DatasetReader.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;

namespace nasc::data {
namespace {

/// The column that has the records' numbers where no setting names one.
constexpr StringLiteral defaultRecordColumn = "row";

std::optional<Split> parseSplit(StringRef word) {
  return StringSwitch<std::optional<Split>>(word)
      .Cases("train", "training", Split::Train)
      .Cases("validation", "val", "valid", Split::Validation)
      .Cases("test", "testing", Split::Test)
      .Default(std::nullopt);
}

class IndexReader {
public:
  IndexReader(const DatasetSpecification &specification, const CsvTable &table,
              uint64_t recordCount)
      : specification(specification), table(table), recordCount(recordCount) {}

  Expected<RecordIndex> read() {
    if (table.rows() == 0)
      return dataError(DataErrorCode::FileEmpty, {path(), {}, {}},
                       "expected lines after the header, found none");
    entries.resize(table.rows());
    for (size_t row = 0; row != table.rows(); ++row)
      entries[row].row = row;
    if (Error error = readNumbers())
      return error;
    if (Error error = readSplits())
      return error;
    if (Error error = readLabels())
      return error;
    // Samples are in the order of the records, however the index is sorted.
    llvm::sort(entries, [](const Entry &a, const Entry &b) {
      return a.record.record < b.record.record;
    });
    for (const Entry &entry : entries)
      index.records.push_back(entry.record);
    return std::move(index);
  }

private:
  /// A line of the index.
  struct Entry {
    IndexedRecord record;
    size_t row = 0;
  };

  const std::string &path() const { return table.file(); }

  //===--------------------------------------------------------------------===//
  // Which record a line is about
  //===--------------------------------------------------------------------===//

  Error readNumbers() {
    if (specification.recordsAreLines)
      return numberByLines();
    if (!specification.recordColumn.empty())
      return readNumbers(specification.recordColumn);
    if (table.hasColumn(defaultRecordColumn))
      return readNumbers(defaultRecordColumn);
    if (Error error = numberByLines())
      return error;
    // The lines count. A column that numbers them otherwise says that they are
    // not in the order of the records.
    for (size_t column = 0; column != table.header().size(); ++column)
      if (std::optional<uint64_t> first = numbersLinesOtherwise(column)) {
        std::string name = table.header()[column];
        return dataError(
            DataErrorCode::BadIndex, {path(), {}, 1},
            "the index has no column '" + defaultRecordColumn.str() +
                "', so that line i would be record i, but the column '" + name +
                "' numbers the lines in another order",
            {*first == 0
                 ? "write record = \"" + name +
                       "\" if it has the numbers of the records, or record = "
                       "line if the lines are in their order"
                 : "the numbers of records start at 0, and those of '" + name +
                       "' at " + std::to_string(*first) +
                       "; write record = line if the lines are in the order of "
                       "the records",
             "index"});
      }
    return Error::success();
  }

  /// Line i is record i.
  Error numberByLines() {
    for (Entry &entry : entries)
      entry.record.record = entry.row;
    if (table.rows() == recordCount)
      return Error::success();
    std::string help = sizeHint();
    if (help.empty())
      for (size_t column = 0; column != table.header().size(); ++column)
        if (!isSpoken(column) && hasRecordNumbers(column)) {
          help = "write record = \"" + table.header()[column] +
                 "\" if that column has the numbers of the records";
          break;
        }
    if (help.empty())
      help = "an index of some records needs a column 'row' with the numbers "
             "of the records, or record = \"COLUMN\"";
    return dataError(DataErrorCode::CountMismatch, {path(), {}, {}},
                     "expected " + std::to_string(recordCount) +
                         " lines, one for each record, found " +
                         std::to_string(table.rows()),
                     {help, "index"});
  }

  Error readNumbers(StringRef name) {
    Expected<size_t> column = table.column(name);
    if (!column)
      return blame(column.takeError(),
                   specification.recordColumn.empty() ? "index" : "record");
    std::vector<bool> seen(recordCount, false);
    for (Entry &entry : entries) {
      StringRef cell = table.cell(entry.row, *column);
      uint64_t number;
      if (cell.getAsInteger(10, number))
        return dataError(DataErrorCode::BadIndex, table.place(entry.row),
                         "expected the number of a record in column '" +
                             name.str() + "', found '" + cell.str() + "'");
      if (number >= recordCount)
        return dataError(
            DataErrorCode::CountMismatch, table.place(entry.row),
            "expected a record from 0 to " + std::to_string(recordCount - 1) +
                ", as many as the data have, found " + std::to_string(number),
            number == recordCount && !llvm::is_contained(seen, false)
                ? "the numbers of records start at 0"
                : "'element' and 'shape' say how large a record "
                  "is");
      if (seen[number])
        return dataError(DataErrorCode::BadIndex, table.place(entry.row),
                         "record " + std::to_string(number) +
                             " is listed twice");
      seen[number] = true;
      entry.record.record = number;
    }
    if (table.rows() == recordCount)
      return Error::success();
    uint64_t unlisted = recordCount - table.rows();
    if (specification.ignoresUnlisted)
      return Error::success();
    std::string help = sizeHint();
    return dataError(DataErrorCode::CountMismatch, {path(), {}, {}},
                     "the index lists " + std::to_string(table.rows()) +
                         " of the " + std::to_string(recordCount) +
                         " records that the data have as 'element' and "
                         "'shape' say, and not " +
                         std::to_string(unlisted),
                     {help.empty() ? "write unlisted = ignore if only the "
                                     "records of the index are meant"
                                   : help,
                      "index"});
  }

  /// What the sizes say where the data have a multiple of the records of the
  /// index, or the other way round; or empty.
  std::string sizeHint() const {
    uint64_t lines = table.rows();
    if (lines == 0 || recordCount == 0)
      return "";
    unsigned bytes = elementSize(specification.element);
    if (bytes == 1 && recordCount == 4 * lines)
      return "with element = float32 the data would have as many records as "
             "the index has lines";
    if (bytes == 4 && lines == 4 * recordCount)
      return "with elements of one byte (int8, uint8) the data would have as "
             "many records as the index has lines";
    if (recordCount % lines == 0)
      return "the data have " + std::to_string(recordCount / lines) +
             " times as many records as the index has lines: are 'element' "
             "and 'shape' those of the data?";
    if (lines % recordCount == 0)
      return "the index has " + std::to_string(lines / recordCount) +
             " times as many lines as the data have records: are 'element' "
             "and 'shape' those of the data?";
    return "";
  }

  /// Whether a setting says what a column is for.
  bool isSpoken(size_t column) const {
    StringRef name = table.header()[column];
    return name == specification.labelColumn ||
           name == specification.splitColumn;
  }

  /// Whether all cells are numbers of records, each once.
  bool hasRecordNumbers(size_t column, uint64_t first = 0) const {
    std::vector<bool> seen(recordCount, false);
    for (size_t row = 0; row != table.rows(); ++row) {
      uint64_t number;
      if (table.cell(row, column).getAsInteger(10, number) || number < first ||
          number - first >= recordCount || seen[number - first])
        return false;
      seen[number - first] = true;
    }
    return true;
  }

  /// The least number, where a column numbers all lines from 0 or 1, but not in
  /// their order.
  std::optional<uint64_t> numbersLinesOtherwise(size_t column) const {
    if (isSpoken(column))
      return std::nullopt;
    for (uint64_t first : {0, 1}) {
      if (!hasRecordNumbers(column, first))
        continue;
      for (size_t row = 0; row != table.rows(); ++row) {
        uint64_t number;
        if (table.cell(row, column).getAsInteger(10, number) ||
            number != row + first)
          return first;
      }
    }
    return std::nullopt;
  }

  //===--------------------------------------------------------------------===//
  // What a record is for
  //===--------------------------------------------------------------------===//

  Error readSplits() {
    if (specification.splitColumn.empty()) {
      warnOfUnusedSplit();
      return Error::success();
    }
    Expected<size_t> column = table.column(specification.splitColumn);
    if (!column)
      return blame(column.takeError(), "split");
    for (Entry &entry : entries) {
      StringRef cell = table.cell(entry.row, *column);
      std::optional<Split> split = parseSplit(cell);
      if (!split)
        return dataError(DataErrorCode::BadIndex, table.place(entry.row),
                         "expected train, validation or test in column '" +
                             specification.splitColumn + "', found '" +
                             cell.str() + "'",
                         {"", "split"});
      entry.record.split = *split;
    }
    return Error::success();
  }

  /// All records are training samples, although a column seems to say which
  /// are.
  void warnOfUnusedSplit() {
    for (size_t column = 0; column != table.header().size(); ++column) {
      if (isSpoken(column))
        continue;
      bool isSplit = true, trainsOnly = true;
      for (size_t row = 0; isSplit && row != table.rows(); ++row) {
        std::optional<Split> split = parseSplit(table.cell(row, column));
        isSplit = split.has_value();
        trainsOnly &= isSplit && *split == Split::Train;
      }
      if (!isSplit || trainsOnly)
        continue;
      const std::string &name = table.header()[column];
      index.remarks.push_back(
          {/*isWarning=*/true,
           "all records are training samples, although the column '" + name +
               "' of the index says that some are for validation or test",
           {"write split = \"" + name + "\"", "index"}});
      return;
    }
  }

  //===--------------------------------------------------------------------===//
  // Which class a record has
  //===--------------------------------------------------------------------===//

  Error readLabels() {
    if (specification.labelColumn.empty())
      return Error::success();
    Expected<size_t> column = table.column(specification.labelColumn);
    if (!column)
      return blame(column.takeError(), "label");
    if (!specification.classes.empty())
      return blame(matchClasses(*column), "classes");

    bool numeric = true;
    for (const Entry &entry : entries) {
      StringRef cell = table.cell(entry.row, *column);
      if (cell.empty())
        return dataError(DataErrorCode::BadIndex, table.place(entry.row),
                         "expected a label in column '" +
                             specification.labelColumn + "', found nothing",
                         {"", "label"});
      numeric &= llvm::all_of(cell, llvm::isDigit);
    }
    return blame(numeric ? readLabelNumbers(*column) : nameClasses(*column),
                 "label");
  }

  /// Keeps the records of the classes that the specification names.
  Error matchClasses(size_t column) {
    StringMap<int32_t> numbers;
    for (const std::string &name : specification.classes)
      numbers.try_emplace(name, static_cast<int32_t>(numbers.size()));
    std::vector<bool> occurs(specification.classes.size(), false);
    std::vector<Entry> kept;
    StringSet<> others;
    for (Entry &entry : entries) {
      StringRef cell = table.cell(entry.row, column);
      auto found = numbers.find(cell);
      if (found == numbers.end()) {
        others.insert(cell);
        continue;
      }
      entry.record.label = found->second;
      kept.push_back(entry);
      occurs[found->second] = true;
    }
    for (size_t i = 0; i != occurs.size(); ++i) {
      if (occurs[i])
        continue;
      DataAdvice advice;
      advice.unknown = specification.classes[i];
      for (const auto &other : others)
        advice.known.push_back(other.getKey().str());
      llvm::sort(advice.known);
      return dataError(DataErrorCode::BadSettings, {path(), {}, {}},
                       "no record has the class '" + specification.classes[i] +
                           "' in column '" + specification.labelColumn + "'",
                       std::move(advice));
    }
    if (kept.size() != entries.size() && !specification.ignoresUnlisted)
      index.remarks.push_back(
          {/*isWarning=*/false,
           std::to_string(entries.size() - kept.size()) + " of " +
               std::to_string(entries.size()) +
               " records are left out, for their classes are not listed",
           {"unlisted = ignore says that this is meant", "classes"}});
    entries = std::move(kept);
    index.classCount = static_cast<int64_t>(specification.classes.size());
    index.classNames = specification.classes;
    return Error::success();
  }

  Error readLabelNumbers(size_t column) {
    std::vector<int32_t> labels;
    for (Entry &entry : entries) {
      StringRef cell = table.cell(entry.row, column);
      if (cell.getAsInteger(10, entry.record.label))
        return dataError(DataErrorCode::LabelOutOfRange, table.place(entry.row),
                         "expected a label below 2147483648, found " +
                             cell.str());
      labels.push_back(entry.record.label);
    }
    return numericClasses(
        specification, labels,
        [&](size_t i) { return table.place(entries[i].row); }, index.classCount,
        index.classNames);
  }

  /// Numbers the labels that occur, in alphabetical order.
  Error nameClasses(size_t column) {
    StringMap<int32_t> numbers;
    for (const Entry &entry : entries)
      numbers.try_emplace(table.cell(entry.row, column), 0);
    for (const auto &label : numbers)
      index.classNames.push_back(label.getKey().str());
    llvm::sort(index.classNames);
    index.classCount = static_cast<int64_t>(index.classNames.size());
    if (specification.classCount &&
        *specification.classCount != index.classCount)
      return dataError(DataErrorCode::LabelOutOfRange, {path(), {}, {}},
                       "expected " + std::to_string(*specification.classCount) +
                           " different labels in column '" +
                           specification.labelColumn + "', found " +
                           std::to_string(index.classCount),
                       "name the classes to use: classes = [\"…\", …]");
    for (size_t i = 0; i != index.classNames.size(); ++i)
      numbers[index.classNames[i]] = static_cast<int32_t>(i);
    for (Entry &entry : entries)
      entry.record.label = numbers[table.cell(entry.row, column)];
    return Error::success();
  }

  const DatasetSpecification &specification;
  const CsvTable &table;
  uint64_t recordCount;
  std::vector<Entry> entries;
  RecordIndex index;
};

} // namespace

Expected<RecordIndex> readRecordIndex(const DatasetSpecification &specification,
                                      uint64_t recordCount) {
  if (specification.indexFile.empty()) {
    RecordIndex all;
    all.records.resize(recordCount);
    for (uint64_t i = 0; i != recordCount; ++i)
      all.records[i].record = i;
    return all;
  }
  Expected<CsvTable> table =
      CsvTable::read(resolvePath(specification, specification.indexFile));
  if (!table)
    return blame(table.takeError(), "index");
  Expected<RecordIndex> index =
      IndexReader(specification, *table, recordCount).read();
  if (!index)
    return blame(index.takeError(), "index");
  return index;
}

} // namespace nasc::data
