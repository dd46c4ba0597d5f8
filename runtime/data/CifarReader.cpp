//===- CifarReader.cpp - CIFAR-10's binary layout -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/ByteSource.h"
#include "runtime/data/DatasetReader.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <algorithm>

using namespace llvm;

namespace nasc::data {
namespace {

constexpr int64_t side = 32, channels = 3, classes = 10;
constexpr uint64_t planeBytes = side * side;
constexpr uint64_t imageBytes = planeBytes * channels;
constexpr uint64_t recordBytes = 1 + imageBytes;

/// The files of one split.
struct Part {
  std::vector<std::unique_ptr<ByteSource>> files;
  int64_t records = 0;
};

Expected<Part> openPart(ArrayRef<std::string> paths) {
  Part part;
  for (const std::string &path : paths) {
    Expected<std::unique_ptr<ByteSource>> file = ByteSource::open(path);
    if (!file)
      return file.takeError();
    if ((*file)->isCompressed())
      return dataError(DataErrorCode::WrongFormat, {path, {}, {}},
                       "CIFAR files are read uncompressed only",
                       "decompress it first: gunzip " + path);
    uint64_t size = (*file)->mostRemaining();
    if (uint64_t rest = size % recordBytes)
      return dataError(DataErrorCode::CutOff, {path, size - rest, {}},
                       "expected records of " + std::to_string(recordBytes) +
                           " bytes, found " + std::to_string(rest) +
                           " bytes at the end");
    part.records += static_cast<int64_t>(size / recordBytes);
    part.files.push_back(std::move(*file));
  }
  return part;
}

struct FileNames {
  std::vector<std::string> train, test;
};

Expected<FileNames> findFiles(const DatasetSpecification &specification) {
  FileNames names;
  std::string first = resolvePath(specification, specification.paths[0]);
  if (specification.paths.size() == 1 && sys::fs::is_directory(first)) {
    auto inFolder = [&](StringRef name) {
      SmallString<128> path(first);
      sys::path::append(path, name);
      return std::string(path);
    };
    std::vector<std::string> train = specification.trainFiles;
    std::vector<std::string> test = specification.testFiles;
    if (train.empty())
      for (char digit = '1'; digit <= '5'; ++digit)
        train.push_back(std::string("data_batch_") + digit + ".bin");
    if (test.empty())
      test.push_back("test_batch.bin");
    for (const std::string &name : train)
      names.train.push_back(inFolder(name));
    for (const std::string &name : test)
      names.test.push_back(inFolder(name));
  } else {
    if (!specification.trainFiles.empty()) {
      if (!sys::fs::exists(first))
        return dataError(DataErrorCode::FileUnreadable, {first, {}, {}},
                         "there is no such folder");
      return dataError(DataErrorCode::BadSettings, {first, {}, {}},
                       "the setting 'train' needs a folder, found a file",
                       {"", "train"});
    }
    for (const std::string &path : specification.paths)
      names.train.push_back(resolvePath(specification, path));
    for (const std::string &path : specification.testFiles)
      names.test.push_back(resolvePath(specification, path));
  }
  std::vector<std::string> all = names.train;
  all.insert(all.end(), names.test.begin(), names.test.end());
  std::sort(all.begin(), all.end());
  auto twice = std::adjacent_find(all.begin(), all.end());
  if (twice != all.end())
    return dataError(DataErrorCode::BadSettings, {*twice, {}, {}},
                     "the file is named twice");
  return names;
}

struct Parts {
  Part train, test;
};

Expected<Parts> openParts(const DatasetSpecification &specification) {
  Expected<FileNames> names = findFiles(specification);
  if (!names)
    return names.takeError();
  Expected<Part> train = openPart(names->train);
  if (!train)
    return train.takeError();
  Expected<Part> test = openPart(names->test);
  if (!test)
    return test.takeError();
  return Parts{std::move(*train), std::move(*test)};
}

Expected<std::vector<std::string>>
classNames(const DatasetSpecification &specification) {
  if (specification.classCount.value_or(classes) != classes ||
      (!specification.classes.empty() &&
       specification.classes.size() != static_cast<size_t>(classes)))
    return dataError(DataErrorCode::BadSettings, {},
                     "data in CIFAR-10's layout have " +
                         std::to_string(classes) + " classes");
  std::vector<std::string> names = specification.classes;
  if (names.empty())
    names = {"airplane", "automobile", "bird",  "cat",  "deer",
             "dog",      "frog",       "horse", "ship", "truck"};
  return names;
}

/// Reads a file's records; planes become interleaved channels.
Error readRecords(ByteSource &source, uint8_t *&destination,
                  std::vector<int32_t> &labels) {
  constexpr uint64_t blockRecords = 128;
  std::vector<uint8_t> block(blockRecords * recordBytes);
  while (uint64_t rest = source.mostRemaining()) {
    uint64_t start = source.offset();
    uint64_t bytes = std::min<uint64_t>(rest, block.size());
    if (Error error = source.read(block.data(), bytes, "records"))
      return error;
    for (uint64_t at = 0; at != bytes; at += recordBytes) {
      const uint8_t *record = block.data() + at;
      if (record[0] >= classes)
        return dataError(
            DataErrorCode::LabelOutOfRange, {source.path(), start + at, {}},
            "expected a label from 0 to " + std::to_string(classes - 1) +
                ", found " + std::to_string(record[0]));
      labels.push_back(record[0]);
      const uint8_t *planes = record + 1;
      for (uint64_t pixel = 0; pixel != planeBytes; ++pixel)
        for (int64_t channel = 0; channel != channels; ++channel)
          *destination++ = planes[channel * planeBytes + pixel];
    }
  }
  return source.expectEnd();
}

class CifarReader : public DatasetReader {
public:
  Error read(const DatasetSpecification &specification,
             Dataset &dataset) const override {
    Expected<std::vector<std::string>> names = classNames(specification);
    if (!names)
      return names.takeError();
    Expected<Parts> parts = openParts(specification);
    if (!parts)
      return parts.takeError();
    dataset.element = ElementType::UInt8;
    dataset.shape = {side, side, channels};
    dataset.classNames = std::move(*names);
    dataset.classCount = classes;
    if (Error error = allocateSamples(
            specification, specification.paths[0],
            parts->train.records + parts->test.records, dataset))
      return error;
    uint8_t *destination = dataset.samples.data();
    for (Part *part : {&parts->train, &parts->test})
      for (std::unique_ptr<ByteSource> &file : part->files)
        if (Error error = readRecords(*file, destination, dataset.labels))
          return error;
    for (int64_t i = 0; i != dataset.count; ++i)
      (i < parts->train.records ? dataset.train : dataset.test).push_back(i);
    return Error::success();
  }

  Expected<DatasetDescription>
  describe(const DatasetSpecification &specification) const override {
    Expected<std::vector<std::string>> names = classNames(specification);
    if (!names)
      return names.takeError();
    Expected<Parts> parts = openParts(specification);
    if (!parts)
      return parts.takeError();
    DatasetDescription description;
    description.element = ElementType::UInt8;
    description.shape = {side, side, channels};
    description.classCount = classes;
    description.classNames = std::move(*names);
    description.train = parts->train.records;
    description.test = parts->test.records;
    return description;
  }
};

} // namespace

const DatasetReader &cifarReader() {
  static const CifarReader reader;
  return reader;
}

} // namespace nasc::data
