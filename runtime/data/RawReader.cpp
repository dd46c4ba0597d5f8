//===- RawReader.cpp - Records of one size with a CSV index ---------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/ByteSource.h"
#include "runtime/data/DatasetReader.h"
#include "runtime/data/RecordIndex.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/SwapByteOrder.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <cstring>
#include <numeric>

using namespace llvm;

namespace nasc::data {
namespace {

static_assert(sys::IsLittleEndianHost,
              "float32 records are read as they are stored");

Error badSettings(std::string text, std::string help, StringRef setting) {
  return dataError(DataErrorCode::BadSettings, {}, std::move(text),
                   {std::move(help), setting.str()});
}

Error checkSettings(const DatasetSpecification &specification) {
  const auto &shape = specification.shape;
  if (shape.empty() || shape.size() > 3)
    return badSettings(
        "expected the shape of a record with 1 to 3 dimensions, found " +
            std::to_string(shape.size()),
        "for example: shape = [49, 10, 1]", "shape");
  // The product could exceed 64 bits: it is checked on the way.
  uint64_t bytes = elementSize(specification.element);
  for (int64_t extent : shape) {
    if (extent < 1 || extent > int64_t(1) << 24)
      return badSettings("expected extents from 1 to 16777216 in the shape, "
                         "found " +
                             std::to_string(extent),
                         "", "shape");
    if (bytes > specification.maximumBytes / static_cast<uint64_t>(extent))
      return dataError(DataErrorCode::TooLarge, {},
                       "a record of that shape has more than the " +
                           std::to_string(specification.maximumBytes) +
                           " bytes that are allowed",
                       {"", "shape"});
    bytes *= static_cast<uint64_t>(extent);
  }
  bool needsLabels = specification.target == TargetKind::Label;
  if (specification.indexFile.empty()) {
    if (!specification.labelColumn.empty() ||
        !specification.splitColumn.empty() || !specification.classes.empty())
      return badSettings("'label', 'split' and 'classes' need an index",
                         "name the CSV file: index = \"….csv\"",
                         !specification.labelColumn.empty()   ? "label"
                         : !specification.splitColumn.empty() ? "split"
                                                              : "classes");
    if (needsLabels)
      return badSettings("records without an index have no labels",
                         "name the CSV file: index = \"….csv\"; or, for an "
                         "autoencoder: target = input",
                         "");
  } else if (specification.labelColumn.empty()) {
    if (needsLabels)
      return badSettings("the column with the labels is not named",
                         "for example: label = \"word\"", "index");
    if (!specification.classes.empty())
      return badSettings("'classes' needs the column with the labels",
                         "for example: label = \"word\"", "classes");
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
      return dataError(
          DataErrorCode::CutOff, {path, size - rest, {}},
          "expected records of " + std::to_string(bytes) +
              " bytes, as 'element' and 'shape' say, found " +
              std::to_string(rest) + " bytes at the end",
          {"the file has " + std::to_string(size) + " bytes", "shape"});
    result.records += size / bytes;
    result.files.push_back(std::move(*file));
  }
  return result;
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
Error readRecords(RecordFiles &source, const RecordIndex &index,
                  ElementType element, uint64_t bytes, uint8_t *destination) {
  size_t next = 0;
  uint64_t firstRecord = 0;
  ArrayRef<IndexedRecord> entries = index.records;
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

//===----------------------------------------------------------------------===//
// The type of the elements
//===----------------------------------------------------------------------===//

/// Whether words read as float32 numbers are what people store: zeros, and
/// magnitudes from 1e-6 to 1e6.
bool isUsualMagnitude(float value) {
  float magnitude = std::fabs(value);
  return magnitude == 0 || (magnitude >= 1e-6f && magnitude <= 1e6f);
}

/// Whether bytes are float32 numbers. In numbers, the byte with the sign and
/// the exponent has few values, and the last byte of the fraction many (or, in
/// whole numbers, one).
bool looksLikeFloats(ArrayRef<uint8_t> bytes) {
  std::bitset<256> fractions, exponents;
  for (size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    float value;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    if (!isUsualMagnitude(value))
      return false;
    fractions.set(bytes[at]);
    exponents.set(bytes[at + 3]);
  }
  return exponents.count() > 1 && (fractions.count() >= 2 * exponents.count() ||
                                   (fractions.count() == 1 && fractions[0]));
}

/// Whether few words are usual as float32 numbers.
bool looksLikeBytes(ArrayRef<uint8_t> bytes) {
  size_t words = bytes.size() / 4, usual = 0;
  for (size_t at = 0; at + 4 <= bytes.size(); at += 4) {
    float value;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    usual += isUsualMagnitude(value);
  }
  return 2 * usual < words;
}

/// Reads the beginning of the data as what they may be instead.
Expected<std::optional<DataRemark>>
doubtElement(const DatasetSpecification &specification) {
  constexpr uint64_t leastBytes = 256, mostBytes = 1 << 16;
  Expected<std::unique_ptr<ByteSource>> file =
      ByteSource::open(resolvePath(specification, specification.paths.front()));
  if (!file)
    return file.takeError();
  uint64_t size = (*file)->mostRemaining();
  if (size < leastBytes || size % 4 != 0)
    return std::nullopt;
  std::vector<uint8_t> bytes(std::min(size, mostBytes));
  if (Error error = (*file)->read(bytes.data(), bytes.size(), "records"))
    return error;
  bool isFloat = specification.element == ElementType::Float32;
  if (isFloat ? !looksLikeBytes(bytes) : !looksLikeFloats(bytes))
    return std::nullopt;
  return DataRemark{
      /*isWarning=*/true,
      std::string("the data do not look like ") +
          elementTypeName(specification.element) + " but like " +
          (isFloat ? "elements of one byte" : "float32"),
      {isFloat ? "write element = int8 or element = uint8 if they are that"
               : "write element = float32 if they are that",
       "element"}};
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
    Expected<RecordIndex> index =
        readRecordIndex(specification, files->records);
    if (!index)
      return index.takeError();
    dataset.element = specification.element;
    dataset.shape = specification.shape;
    if (Error error = allocateSamples(
            specification, files->files.front()->path(),
            static_cast<int64_t>(index->records.size()), dataset))
      return error;
    if (Error error =
            readRecords(*files, *index, dataset.element, dataset.sampleBytes(),
                        dataset.samples.data()))
      return error;
    for (auto [i, record] : llvm::enumerate(index->records)) {
      splitOf(dataset, record.split).push_back(static_cast<int64_t>(i));
      dataset.labels.push_back(record.label);
    }
    dataset.classCount = index->classCount;
    dataset.classNames = std::move(index->classNames);
    return Error::success();
  }

  Expected<DatasetDescription>
  describe(const DatasetSpecification &specification) const override {
    if (Error error = checkSettings(specification))
      return error;
    Expected<RecordFiles> files = openFiles(specification);
    if (!files)
      return files.takeError();
    Expected<RecordIndex> index =
        readRecordIndex(specification, files->records);
    if (!index)
      return index.takeError();
    DatasetDescription description;
    description.element = specification.element;
    description.shape = specification.shape;
    description.classCount = index->classCount;
    description.classNames = std::move(index->classNames);
    for (const IndexedRecord &record : index->records)
      ++(record.split == Split::Train        ? description.train
         : record.split == Split::Validation ? description.validation
                                             : description.test);
    description.remarks = std::move(index->remarks);
    Expected<std::optional<DataRemark>> doubt = doubtElement(specification);
    if (!doubt)
      return doubt.takeError();
    if (*doubt)
      description.remarks.push_back(std::move(**doubt));
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
