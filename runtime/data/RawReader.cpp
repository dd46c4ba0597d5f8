//===- RawReader.cpp - Records of one size with a CSV index ---------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/ByteSource.h"
#include "runtime/data/CsvTable.h"
#include "runtime/data/DatasetReader.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SwapByteOrder.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

using namespace llvm;

namespace nasc::data {
namespace {

static_assert(sys::IsLittleEndianHost,
              "float32 records are read as they are stored");

enum class Split { Train, Validation, Test };

/// A record that is used.
struct Entry {
  uint64_t record = 0;
  Split split = Split::Train;
  /// The index's line, for errors; 0 without an index.
  size_t row = 0;
};

/// The records in their order, and their labels.
struct Selection {
  std::vector<Entry> entries;
  std::vector<int32_t> labels;
  int64_t classCount = 0;
  std::vector<std::string> classNames;
};

Error badSettings(std::string text, std::string help = {}) {
  return dataError(DataErrorCode::BadSettings, {}, std::move(text),
                   std::move(help));
}

Error checkSettings(const DatasetSpecification &specification) {
  const auto &shape = specification.shape;
  if (shape.empty() || shape.size() > 3)
    return badSettings(
        "expected the shape of a record with 1 to 3 dimensions, found " +
            std::to_string(shape.size()),
        "for example: shape = [49, 10, 1]");
  // The product could exceed 64 bits: it is checked on the way.
  uint64_t bytes = elementSize(specification.element);
  for (int64_t extent : shape) {
    if (extent < 1 || extent > int64_t(1) << 24)
      return badSettings("expected extents from 1 to 16777216 in the shape, "
                         "found " +
                         std::to_string(extent));
    if (bytes > specification.maximumBytes / static_cast<uint64_t>(extent))
      return dataError(DataErrorCode::TooLarge, {},
                       "a record of that shape has more than the " +
                           std::to_string(specification.maximumBytes) +
                           " bytes that are allowed");
    bytes *= static_cast<uint64_t>(extent);
  }
  bool needsLabels = specification.target == TargetKind::Label;
  if (specification.indexFile.empty()) {
    if (!specification.labelColumn.empty() ||
        !specification.splitColumn.empty() || !specification.classes.empty())
      return badSettings("'label', 'split' and 'classes' need an index",
                         "name the CSV file: index = \"….csv\"");
    if (needsLabels)
      return badSettings("records without an index have no labels",
                         "name the CSV file: index = \"….csv\"; or, for an "
                         "autoencoder: target = input");
  } else if (specification.labelColumn.empty()) {
    if (needsLabels)
      return badSettings("the column with the labels is not named",
                         "for example: label = \"word\"");
    if (!specification.classes.empty())
      return badSettings("'classes' needs the column with the labels",
                         "for example: label = \"word\"");
  }
  return Error::success();
}

/// The record files, as one.
struct RecordFiles {
  std::vector<std::unique_ptr<ByteSource>> files;
  uint64_t records = 0;
};

uint64_t recordBytes(const DatasetSpecification &specification) {
  return std::accumulate(specification.shape.begin(), specification.shape.end(),
                         uint64_t(elementSize(specification.element)),
                         std::multiplies<uint64_t>());
}

Expected<RecordFiles> openFiles(const DatasetSpecification &specification) {
  RecordFiles result;
  uint64_t bytes = recordBytes(specification);
  for (const std::string &name : specification.paths) {
    std::string path = resolvePath(specification, name);
    Expected<std::unique_ptr<ByteSource>> file = ByteSource::open(path);
    if (!file)
      return file.takeError();
    if ((*file)->isCompressed())
      return dataError(DataErrorCode::WrongFormat, {path, {}, {}},
                       "raw records are read uncompressed only",
                       "decompress it first: gunzip " + path);
    uint64_t size = (*file)->mostRemaining();
    if (uint64_t rest = size % bytes)
      return dataError(DataErrorCode::CutOff, {path, size - rest, {}},
                       "expected records of " + std::to_string(bytes) +
                           " bytes, as the shape says, found " +
                           std::to_string(rest) + " bytes at the end");
    result.records += size / bytes;
    result.files.push_back(std::move(*file));
  }
  return result;
}

//===----------------------------------------------------------------------===//
// The index
//===----------------------------------------------------------------------===//

/// Reads the index into a selection.
class IndexReader {
public:
  IndexReader(const DatasetSpecification &specification, const CsvTable &table,
              uint64_t records)
      : specification(specification), table(table), records(records) {}

  Expected<Selection> read() {
    if (table.rows() == 0)
      return dataError(DataErrorCode::FileEmpty, {path(), {}, {}},
                       "expected lines after the header, found none");
    if (Error error = readEntries())
      return error;
    if (!specification.labelColumn.empty())
      if (Error error = readLabels())
        return error;
    if (selection.labels.empty())
      selection.labels.assign(selection.entries.size(), 0);
    sortByRecord();
    return std::move(selection);
  }

private:
  const std::string &path() const { return table.file(); }

  Error readEntries() {
    std::optional<size_t> recordColumn, splitColumn;
    if (table.hasColumn("row")) {
      Expected<size_t> column = table.column("row");
      if (!column)
        return column.takeError();
      recordColumn = *column;
    } else if (table.rows() != records) {
      return dataError(DataErrorCode::CountMismatch, {path(), {}, {}},
                       "expected " + std::to_string(records) +
                           " lines, one for each record, found " +
                           std::to_string(table.rows()),
                       "an index of some records needs a column 'row'");
    }
    if (!specification.splitColumn.empty()) {
      Expected<size_t> column = table.column(specification.splitColumn);
      if (!column)
        return column.takeError();
      splitColumn = *column;
    }

    std::vector<bool> seen(records, false);
    for (size_t row = 0; row != table.rows(); ++row) {
      Entry entry;
      entry.row = row;
      entry.record = row;
      if (recordColumn) {
        StringRef cell = table.cell(row, *recordColumn);
        if (cell.getAsInteger(10, entry.record))
          return dataError(DataErrorCode::BadIndex, table.place(row),
                           "expected the number of a record in column 'row', "
                           "found '" +
                               cell.str() + "'");
        if (entry.record >= records)
          return dataError(DataErrorCode::CountMismatch, table.place(row),
                           "expected a record from 0 to " +
                               std::to_string(records - 1) +
                               ", as many as the data file has, found " +
                               std::to_string(entry.record));
        if (seen[entry.record])
          return dataError(DataErrorCode::BadIndex, table.place(row),
                           "record " + std::to_string(entry.record) +
                               " is listed twice");
        seen[entry.record] = true;
      }
      if (splitColumn)
        if (Error error = readSplit(row, *splitColumn, entry.split))
          return error;
      selection.entries.push_back(entry);
    }
    return Error::success();
  }

  Error readSplit(size_t row, size_t column, Split &split) {
    StringRef cell = table.cell(row, column);
    std::optional<Split> parsed =
        StringSwitch<std::optional<Split>>(cell)
            .Cases("train", "training", Split::Train)
            .Cases("validation", "val", "valid", Split::Validation)
            .Cases("test", "testing", Split::Test)
            .Default(std::nullopt);
    if (!parsed)
      return dataError(DataErrorCode::BadIndex, table.place(row),
                       "expected train, validation or test in column '" +
                           specification.splitColumn + "', found '" +
                           cell.str() + "'");
    split = *parsed;
    return Error::success();
  }

  Error readLabels() {
    Expected<size_t> column = table.column(specification.labelColumn);
    if (!column)
      return column.takeError();
    if (!specification.classes.empty())
      return matchClasses(*column);

    bool numeric = true;
    for (const Entry &entry : selection.entries) {
      StringRef cell = table.cell(entry.row, *column);
      if (cell.empty())
        return dataError(DataErrorCode::BadIndex, table.place(entry.row),
                         "expected a label in column '" +
                             specification.labelColumn + "', found nothing");
      numeric &= llvm::all_of(cell, llvm::isDigit);
    }
    return numeric ? readNumbers(*column) : nameClasses(*column);
  }

  /// Keeps the records of the classes that the specification names.
  Error matchClasses(size_t column) {
    StringMap<int32_t> numbers;
    for (const std::string &name : specification.classes)
      numbers.try_emplace(name, static_cast<int32_t>(numbers.size()));
    std::vector<bool> occurs(specification.classes.size(), false);
    std::vector<Entry> kept;
    for (const Entry &entry : selection.entries) {
      auto found = numbers.find(table.cell(entry.row, column));
      if (found == numbers.end())
        continue;
      kept.push_back(entry);
      selection.labels.push_back(found->second);
      occurs[found->second] = true;
    }
    for (size_t i = 0; i != occurs.size(); ++i)
      if (!occurs[i])
        return dataError(DataErrorCode::BadSettings, {path(), {}, {}},
                         "no record has the class '" +
                             specification.classes[i] + "' in column '" +
                             specification.labelColumn + "'",
                         suggestion(specification.classes[i], column));
    selection.entries = std::move(kept);
    selection.classCount = static_cast<int64_t>(specification.classes.size());
    selection.classNames = specification.classes;
    return Error::success();
  }

  /// The label that is most like a name, if one is like it.
  std::string suggestion(StringRef name, size_t column) const {
    StringRef nearest;
    unsigned best = static_cast<unsigned>(name.size() / 3 + 1);
    for (size_t row = 0; row != table.rows(); ++row) {
      StringRef cell = table.cell(row, column);
      unsigned distance =
          name.edit_distance(cell, /*AllowReplacements=*/true, best + 1);
      if (distance < best || (nearest.empty() && distance == best)) {
        best = distance;
        nearest = cell;
      }
    }
    return nearest.empty() ? "" : "did you mean '" + nearest.str() + "'?";
  }

  Error readNumbers(size_t column) {
    for (const Entry &entry : selection.entries) {
      StringRef cell = table.cell(entry.row, column);
      int32_t label;
      if (cell.getAsInteger(10, label))
        return dataError(DataErrorCode::LabelOutOfRange, table.place(entry.row),
                         "expected a label below 2147483648, found " +
                             cell.str());
      selection.labels.push_back(label);
    }
    return numericClasses(
        specification, selection.labels,
        [&](size_t i) { return table.place(selection.entries[i].row); },
        selection.classCount, selection.classNames);
  }

  /// Numbers the labels that occur, in alphabetical order.
  Error nameClasses(size_t column) {
    StringMap<int32_t> numbers;
    for (const Entry &entry : selection.entries)
      numbers.try_emplace(table.cell(entry.row, column), 0);
    for (const auto &label : numbers)
      selection.classNames.push_back(label.getKey().str());
    llvm::sort(selection.classNames);
    selection.classCount = static_cast<int64_t>(selection.classNames.size());
    if (specification.classCount &&
        *specification.classCount != selection.classCount)
      return dataError(DataErrorCode::LabelOutOfRange, {path(), {}, {}},
                       "expected " + std::to_string(*specification.classCount) +
                           " different labels in column '" +
                           specification.labelColumn + "', found " +
                           std::to_string(selection.classCount),
                       "name the classes to use: classes = [\"…\", …]");
    for (size_t i = 0; i != selection.classNames.size(); ++i)
      numbers[selection.classNames[i]] = static_cast<int32_t>(i);
    for (const Entry &entry : selection.entries)
      selection.labels.push_back(numbers[table.cell(entry.row, column)]);
    return Error::success();
  }

  /// Samples are in the order of the records, however the index is sorted.
  void sortByRecord() {
    std::vector<size_t> order(selection.entries.size());
    std::iota(order.begin(), order.end(), size_t(0));
    llvm::sort(order, [&](size_t a, size_t b) {
      return selection.entries[a].record < selection.entries[b].record;
    });
    std::vector<Entry> entries;
    std::vector<int32_t> labels;
    for (size_t i : order) {
      entries.push_back(selection.entries[i]);
      labels.push_back(selection.labels[i]);
    }
    selection.entries = std::move(entries);
    selection.labels = std::move(labels);
  }

  const DatasetSpecification &specification;
  const CsvTable &table;
  uint64_t records;
  Selection selection;
};

Expected<Selection> selectRecords(const DatasetSpecification &specification,
                                  uint64_t records) {
  if (!specification.indexFile.empty()) {
    std::string path = resolvePath(specification, specification.indexFile);
    Expected<CsvTable> table = CsvTable::read(path);
    if (!table)
      return table.takeError();
    return IndexReader(specification, *table, records).read();
  }
  Selection selection;
  selection.entries.resize(records);
  for (uint64_t i = 0; i != records; ++i)
    selection.entries[i].record = i;
  selection.labels.assign(records, 0);
  return selection;
}

//===----------------------------------------------------------------------===//
// The records
//===----------------------------------------------------------------------===//

Error checkFinite(const ByteSource &file, uint64_t offset, const uint8_t *bytes,
                  uint64_t count) {
  for (uint64_t at = 0; at != count; at += sizeof(float)) {
    float value;
    std::memcpy(&value, bytes + at, sizeof(value));
    if (!std::isfinite(value))
      return dataError(DataErrorCode::NotFinite, {file.path(), offset + at, {}},
                       std::string("expected a finite number, found ") +
                           (std::isnan(value) ? "NaN" : "an infinity"));
  }
  return Error::success();
}

/// Reads the selected records; `selection` is in their order.
Error readRecords(RecordFiles &source, const Selection &selection,
                  ElementType element, uint64_t bytes, uint8_t *destination) {
  size_t next = 0;
  uint64_t firstRecord = 0;
  ArrayRef<Entry> entries = selection.entries;
  for (std::unique_ptr<ByteSource> &file : source.files) {
    uint64_t end = firstRecord + file->mostRemaining() / bytes;
    uint64_t current = firstRecord;
    while (next != entries.size() && entries[next].record < end) {
      size_t last = next + 1;
      while (last != entries.size() && entries[last].record < end &&
             entries[last].record == entries[last - 1].record + 1)
        ++last;
      if (Error error =
              file->skip((entries[next].record - current) * bytes, "records"))
        return error;
      uint64_t offset = file->offset();
      uint64_t runBytes = (last - next) * bytes;
      if (Error error = file->read(destination, runBytes, "records"))
        return error;
      if (element == ElementType::Float32)
        if (Error error = checkFinite(*file, offset, destination, runBytes))
          return error;
      destination += runBytes;
      current = entries[last - 1].record + 1;
      next = last;
    }
    if (Error error = file->skip((end - current) * bytes, "records"))
      return error;
    if (Error error = file->expectEnd())
      return error;
    firstRecord = end;
  }
  return Error::success();
}

class RawReader : public DatasetReader {
public:
  Error read(const DatasetSpecification &specification,
             Dataset &dataset) const override {
    if (Error error = checkSettings(specification))
      return error;
    Expected<RecordFiles> files = openFiles(specification);
    if (!files)
      return files.takeError();
    Expected<Selection> selection =
        selectRecords(specification, files->records);
    if (!selection)
      return selection.takeError();
    dataset.element = specification.element;
    dataset.shape = specification.shape;
    if (Error error = allocateSamples(
            specification, files->files.front()->path(),
            static_cast<int64_t>(selection->entries.size()), dataset))
      return error;
    if (Error error =
            readRecords(*files, *selection, dataset.element,
                        dataset.sampleBytes(), dataset.samples.data()))
      return error;
    for (int64_t i = 0; i != dataset.count; ++i)
      splitOf(dataset, selection->entries[i].split).push_back(i);
    dataset.labels = std::move(selection->labels);
    dataset.classCount = selection->classCount;
    dataset.classNames = std::move(selection->classNames);
    return Error::success();
  }

  Expected<DatasetDescription>
  describe(const DatasetSpecification &specification) const override {
    if (Error error = checkSettings(specification))
      return error;
    Expected<RecordFiles> files = openFiles(specification);
    if (!files)
      return files.takeError();
    Expected<Selection> selection =
        selectRecords(specification, files->records);
    if (!selection)
      return selection.takeError();
    DatasetDescription description;
    description.element = specification.element;
    description.shape = specification.shape;
    description.classCount = selection->classCount;
    description.classNames = std::move(selection->classNames);
    for (const Entry &entry : selection->entries)
      ++(entry.split == Split::Train        ? description.train
         : entry.split == Split::Validation ? description.validation
                                            : description.test);
    return description;
  }

private:
  static std::vector<int64_t> &splitOf(Dataset &dataset, Split split) {
    switch (split) {
    case Split::Train:
      return dataset.train;
    case Split::Validation:
      return dataset.validation;
    case Split::Test:
      return dataset.test;
    }
    llvm_unreachable("unknown split");
  }
};

} // namespace

const DatasetReader &rawReader() {
  static const RawReader reader;
  return reader;
}

} // namespace nasc::data
