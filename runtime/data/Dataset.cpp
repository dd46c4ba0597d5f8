//===- Dataset.cpp - Samples, labels and splits in memory -----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/data/Dataset.h"

#include "runtime/data/DatasetReader.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace llvm;

namespace nasc::data {

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

unsigned elementSize(ElementType type) {
  return type == ElementType::Float32 ? 4 : 1;
}

const char *elementTypeName(ElementType type) {
  switch (type) {
  case ElementType::UInt8:
    return "uint8";
  case ElementType::Int8:
    return "int8";
  case ElementType::Float32:
    return "float32";
  }
  llvm_unreachable("unknown element type");
}

std::optional<ElementType> parseElementType(StringRef name) {
  return StringSwitch<std::optional<ElementType>>(name)
      .Case("uint8", ElementType::UInt8)
      .Case("int8", ElementType::Int8)
      .Case("float32", ElementType::Float32)
      .Default(std::nullopt);
}

std::optional<DatasetKind> parseDatasetKind(StringRef name) {
  return StringSwitch<std::optional<DatasetKind>>(name)
      .Case("idx", DatasetKind::Idx)
      .Cases("cifar", "cifar10", DatasetKind::Cifar)
      .Case("raw", DatasetKind::Raw)
      .Default(std::nullopt);
}

//===----------------------------------------------------------------------===//
// Dataset
//===----------------------------------------------------------------------===//

Expected<SampleBuffer> SampleBuffer::allocate(uint64_t bytes) {
  SampleBuffer buffer;
  // Not zero, for which malloc may return null.
  buffer.memory.reset(
      static_cast<uint8_t *>(std::malloc(std::max<uint64_t>(bytes, 1))));
  if (!buffer.memory)
    return dataError(DataErrorCode::TooLarge, {},
                     "there is no memory for samples of " +
                         std::to_string(bytes) + " bytes");
  buffer.bytes = bytes;
  return buffer;
}

int64_t Dataset::sampleElements() const {
  return std::accumulate(shape.begin(), shape.end(), int64_t(1),
                         std::multiplies<int64_t>());
}

uint64_t Dataset::sampleBytes() const {
  return static_cast<uint64_t>(sampleElements()) * elementSize(element);
}

//===----------------------------------------------------------------------===//
// What the readers share
//===----------------------------------------------------------------------===//

const DatasetReader &datasetReader(DatasetKind kind) {
  switch (kind) {
  case DatasetKind::Idx:
    return idxReader();
  case DatasetKind::Cifar:
    return cifarReader();
  case DatasetKind::Raw:
    return rawReader();
  }
  llvm_unreachable("unknown kind of dataset");
}

std::string resolvePath(const DatasetSpecification &specification,
                        StringRef path) {
  if (!specification.dataFolder.empty()) {
    for (StringRef part : {path, sys::path::filename(path)}) {
      SmallString<128> moved(specification.dataFolder);
      sys::path::append(moved, part);
      if (sys::fs::exists(moved))
        return std::string(moved);
    }
    // The folder of a dataset may have been given itself.
    if (sys::path::extension(path).empty() &&
        specification.kind != DatasetKind::Raw)
      return specification.dataFolder;
  }
  if (specification.baseDirectory.empty() || sys::path::is_absolute(path))
    return path.str();
  SmallString<128> result(specification.baseDirectory);
  sys::path::append(result, path);
  sys::path::remove_dots(result);
  return std::string(result);
}

Error allocateSamples(const DatasetSpecification &specification, StringRef file,
                      int64_t count, Dataset &dataset) {
  uint64_t bytes = dataset.sampleBytes();
  uint64_t limit = specification.maximumBytes;
  if (bytes > limit || static_cast<uint64_t>(count) > limit / bytes)
    return dataError(DataErrorCode::TooLarge, {file.str(), {}, {}},
                     std::to_string(count) + " samples of " +
                         std::to_string(bytes) + " bytes are more than the " +
                         std::to_string(limit) + " bytes that are allowed");
  Expected<SampleBuffer> buffer = SampleBuffer::allocate(count * bytes);
  if (!buffer)
    return buffer.takeError();
  dataset.count = count;
  dataset.samples = std::move(*buffer);
  return Error::success();
}

Error numericClasses(const DatasetSpecification &specification,
                     ArrayRef<int32_t> labels,
                     function_ref<DataLocation(size_t)> place, int64_t &count,
                     std::vector<std::string> &names) {
  if (!specification.classes.empty())
    count = static_cast<int64_t>(specification.classes.size());
  else if (specification.classCount)
    count = *specification.classCount;
  else {
    // A label that a damaged file made large would add classes that nothing
    // belongs to. Among n labels, one of 0 … n is missing at any rate.
    int32_t greatest = *std::max_element(labels.begin(), labels.end());
    std::vector<bool> occurs(
        std::min<size_t>(static_cast<size_t>(greatest), labels.size()) + 1,
        false);
    for (int32_t label : labels)
      if (static_cast<size_t>(label) < occurs.size())
        occurs[label] = true;
    auto gap = std::find(occurs.begin(), occurs.end(), false);
    if (gap != occurs.end()) {
      int32_t missing = static_cast<int32_t>(gap - occurs.begin());
      const int32_t *above =
          llvm::find_if(labels, [&](int32_t l) { return l > missing; });
      return dataError(
          DataErrorCode::LabelOutOfRange, place(above - labels.begin()),
          "found label " + std::to_string(*above) +
              ", but no sample has label " + std::to_string(missing),
          {"name the classes if some have no samples: classes = [\"…\", …]",
           "label"});
    }
    count = static_cast<int64_t>(greatest) + 1;
  }
  for (size_t i = 0; i != labels.size(); ++i)
    if (labels[i] >= count)
      return dataError(DataErrorCode::LabelOutOfRange, place(i),
                       "expected a label from 0 to " +
                           std::to_string(count - 1) + ", found " +
                           std::to_string(labels[i]));
  names = specification.classes;
  if (names.empty())
    for (int64_t i = 0; i != count; ++i)
      names.push_back(std::to_string(i));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Settings
//===----------------------------------------------------------------------===//

namespace {

Error badSettings(const Twine &text, StringRef setting, std::string help = {}) {
  return dataError(DataErrorCode::BadSettings, {}, text.str(),
                   {std::move(help), setting.str()});
}

/// What can be checked before any file is opened.
Error checkSpecification(const DatasetSpecification &specification) {
  if (specification.paths.empty())
    return badSettings("the dataset names no file", "");
  if (specification.validationCount < 0)
    return badSettings("the number of validation samples is " +
                           Twine(specification.validationCount),
                       "validation");
  if (specification.classCount &&
      (*specification.classCount < 1 || *specification.classCount > 1000000))
    return badSettings(
        "expected a number of classes from 1 to 1000000, found " +
            Twine(*specification.classCount),
        "classes");
  if (specification.classCount && !specification.classes.empty() &&
      *specification.classCount !=
          static_cast<int64_t>(specification.classes.size()))
    return badSettings(Twine(specification.classes.size()) +
                           " classes are named where " +
                           Twine(*specification.classCount) + " are expected",
                       "classes");
  std::vector<std::string> names = specification.classes;
  llvm::sort(names);
  auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    return badSettings("the class '" + Twine(*twice) + "' is named twice",
                       "classes");
  return Error::success();
}

/// One kind of normalisation value, for a known number of channels.
Error checkChannelValues(StringRef name, ArrayRef<double> given,
                         int64_t channels, double fallback, bool positive,
                         std::vector<float> &values) {
  if (given.empty()) {
    values = {static_cast<float>(fallback)};
    return Error::success();
  }
  if (given.size() != 1 && given.size() != static_cast<size_t>(channels))
    return badSettings("'" + name + "' has " + Twine(given.size()) +
                           " values, but the samples have " + Twine(channels) +
                           (channels == 1 ? " channel" : " channels"),
                       "normalize");
  for (double value : given) {
    float narrowed = static_cast<float>(value);
    if (!std::isfinite(narrowed) || (positive && narrowed <= 0))
      return badSettings("'" + name + "' must be " +
                             (positive ? "positive" : "a finite number") +
                             ", found " + std::to_string(value),
                         "normalize");
    values.push_back(narrowed);
  }
  return Error::success();
}

Error applySettings(const DatasetSpecification &specification,
                    Dataset &dataset) {
  int64_t channels = dataset.shape.back();
  double scale = dataset.element == ElementType::UInt8 ? 1.0 / 255 : 1.0;
  if (Error error =
          checkChannelValues("scale", specification.scale, channels, scale,
                             /*positive=*/true, dataset.scale))
    return error;
  if (Error error = checkChannelValues("mean", specification.mean, channels, 0,
                                       /*positive=*/false, dataset.mean))
    return error;
  if (Error error =
          checkChannelValues("deviation", specification.deviation, channels, 1,
                             /*positive=*/true, dataset.deviation))
    return error;

  const Augmentation &augmentation = specification.augmentation;
  std::vector<int64_t> shift = augmentation.shift;
  ArrayRef<int64_t> axes = ArrayRef<int64_t>(dataset.shape).drop_back();
  if (shift.size() == 1 && shift.front() > 0 && axes.empty())
    return badSettings("samples of rank 1 cannot be shifted", "augment");
  if (shift.size() < 2)
    shift.resize(axes.size(), shift.empty() ? 0 : shift.front());
  if (shift.size() != axes.size())
    return badSettings(
        "the shift has " + Twine(shift.size()) +
            " numbers, but the samples have " + Twine(axes.size()) +
            (axes.size() == 1 ? " axis" : " axes") + " beside the channels",
        "augment");
  for (auto [most, extent] : llvm::zip(shift, axes)) {
    if (most < 0)
      return badSettings("the shift of the augmentation is negative",
                         "augment");
    if (most >= extent)
      return badSettings("a shift of " + Twine(most) +
                             " pixels moves everything out of samples of " +
                             Twine(extent) + " pixels",
                         "augment",
                         axes.size() < 2 ? ""
                                         : "shift: [N, M] shifts by up to N "
                                           "pixels along the first axis and M "
                                           "along the second");
  }
  if (augmentation.flipHorizontal && dataset.shape.size() != 3)
    return badSettings("only images (rank 3) can be mirrored; these samples "
                       "have rank " +
                           Twine(dataset.shape.size()),
                       "augment");
  dataset.augmentation = augmentation;
  dataset.augmentation.shift = std::move(shift);
  dataset.target = specification.target;
  return Error::success();
}

/// Whether the splits of the files allow what the settings ask for.
Error checkSplits(const DatasetSpecification &specification, int64_t train,
                  int64_t validation) {
  int64_t wanted = specification.validationCount;
  if (wanted > 0 && validation > 0)
    return badSettings(
        "the data name " + Twine(validation) +
            " validation samples, and the settings ask for " + Twine(wanted),
        "validation", "remove the setting 'validation', or 'split'");
  if (train == 0)
    return dataError(DataErrorCode::TooFewSamples, {},
                     "the dataset has no training samples");
  if (wanted >= train)
    return dataError(DataErrorCode::TooFewSamples, {},
                     std::to_string(wanted) +
                         " validation samples cannot be held out of " +
                         std::to_string(train) + " training samples",
                     {"", "validation"});
  return Error::success();
}

//===----------------------------------------------------------------------===//
// Fingerprint
//===----------------------------------------------------------------------===//

/// Collects what is hashed; numbers are little-endian everywhere.
class Digest {
public:
  void add(uint64_t number) {
    char bytes[8];
    support::endian::write64le(bytes, number);
    text.append(bytes, sizeof(bytes));
  }
  void add(StringRef string) {
    add(string.size());
    text += string;
  }
  void addHash(ArrayRef<uint8_t> bytes) {
    add(bytes.size());
    XXH128_hash_t hash = xxh3_128bits(bytes);
    add(hash.low64);
    add(hash.high64);
  }
  std::string hexadecimal() const {
    XXH128_hash_t hash = xxh3_128bits(arrayRefFromStringRef(text));
    return utohexstr(hash.high64, /*LowerCase=*/true, /*Width=*/16) +
           utohexstr(hash.low64, /*LowerCase=*/true, /*Width=*/16);
  }

private:
  std::string text;
};

std::string computeFingerprint(const Dataset &dataset) {
  Digest digest;
  digest.add("nasc dataset 1");
  digest.add(elementTypeName(dataset.element));
  digest.add(dataset.shape.size());
  for (int64_t extent : dataset.shape)
    digest.add(static_cast<uint64_t>(extent));
  digest.add(static_cast<uint64_t>(dataset.count));
  digest.add(static_cast<uint64_t>(dataset.classCount));
  for (const std::string &name : dataset.classNames)
    digest.add(name);
  for (int32_t label : dataset.labels)
    digest.add(static_cast<uint64_t>(label));
  for (const std::vector<int64_t> *split :
       {&dataset.train, &dataset.validation, &dataset.test}) {
    digest.add(split->size());
    for (int64_t index : *split)
      digest.add(static_cast<uint64_t>(index));
  }
  digest.addHash({dataset.samples.data(), dataset.samples.size()});
  return digest.hexadecimal();
}

} // namespace

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

void holdOutValidation(ArrayRef<int32_t> labels, int64_t count,
                       std::vector<int64_t> &train,
                       std::vector<int64_t> &validation) {
  std::vector<int64_t> byClass = train;
  llvm::stable_sort(byClass, [&](int64_t a, int64_t b) {
    return labels[a] != labels[b] ? labels[a] < labels[b] : a < b;
  });
  // The j-th is taken where j * count / size steps to the next whole number,
  // which it does `count` times.
  uint64_t size = byClass.size(), accumulated = 0;
  std::vector<int64_t> kept;
  for (int64_t index : byClass) {
    accumulated += static_cast<uint64_t>(count);
    if (accumulated >= size) {
      accumulated -= size;
      validation.push_back(index);
    } else {
      kept.push_back(index);
    }
  }
  llvm::sort(kept);
  llvm::sort(validation);
  train = std::move(kept);
}

Expected<Dataset> loadDataset(const DatasetSpecification &specification) {
  if (Error error = checkSpecification(specification))
    return error;
  Dataset dataset;
  if (Error error =
          datasetReader(specification.kind).read(specification, dataset))
    return error;
  if (Error error = applySettings(specification, dataset))
    return error;
  if (Error error = checkSplits(specification, dataset.train.size(),
                                dataset.validation.size()))
    return error;
  if (specification.validationCount > 0)
    holdOutValidation(dataset.labels, specification.validationCount,
                      dataset.train, dataset.validation);
  dataset.fingerprint = computeFingerprint(dataset);
  return dataset;
}

Expected<DatasetDescription>
describeDataset(const DatasetSpecification &specification) {
  if (Error error = checkSpecification(specification))
    return error;
  Expected<DatasetDescription> description =
      datasetReader(specification.kind).describe(specification);
  if (!description)
    return description;
  Dataset settings;
  settings.element = description->element;
  settings.shape = description->shape;
  if (Error error = applySettings(specification, settings))
    return error;
  if (Error error = checkSplits(specification, description->train,
                                description->validation))
    return error;
  // Images may be moved in any direction; what axes of other data mean, only
  // the user knows.
  if (specification.kind == DatasetKind::Raw &&
      specification.augmentation.shift.size() == 1 &&
      specification.augmentation.shift.front() > 0) {
    const std::vector<int64_t> &shape = description->shape;
    bool isPlane = shape.size() == 3;
    description->remarks.push_back(
        {/*isWarning=*/false,
         "in training, samples are moved by up to " +
             std::to_string(specification.augmentation.shift.front()) +
             (isPlane ? " places along both axes of "
                      : " places along the axis of ") +
             std::to_string(shape[0]) +
             (isPlane ? " and " + std::to_string(shape[1]) : "") +
             " places, and zeros come in",
         {isPlane ? "shift: [N, M] says how far along each axis" : "",
          "augment"}});
  }
  description->train -= specification.validationCount;
  description->validation += specification.validationCount;
  return description;
}

} // namespace nasc::data
