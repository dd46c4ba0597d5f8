//===- SessionState.cpp - What a training continues from --------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/train/SessionState.h"

#include <cstring>

using namespace nasc::train;

static constexpr uint64_t magicNumber = 0x31304e5254434153u; // "SACTRN01"

/// FNV-1a.
static uint64_t checksum(const uint8_t *bytes, size_t count) {
  uint64_t sum = 0xcbf29ce484222325u;
  for (size_t i = 0; i < count; ++i)
    sum = (sum ^ bytes[i]) * 0x100000001b3u;
  return sum;
}

namespace {

/// Appends fields.
class Writer {
public:
  template <typename Integer> void integer(const Integer &value) {
    append(&value, sizeof(value));
  }
  void values(const std::vector<float> &values) {
    integer<uint64_t>(values.size());
    append(values.data(), values.size() * sizeof(float));
  }
  void text(const std::string &text) {
    integer<uint64_t>(text.size());
    append(text.data(), text.size());
  }

  std::vector<uint8_t> bytes;

private:
  void append(const void *data, size_t size) {
    if (size == 0)
      return;
    size_t offset = bytes.size();
    bytes.resize(offset + size);
    std::memcpy(bytes.data() + offset, data, size);
  }
};

/// Takes fields; every function returns false where the bytes do not go on
/// as expected.
class Reader {
public:
  explicit Reader(const std::vector<uint8_t> &bytes)
      : bytes(bytes), end(bytes.size()) {}

  template <typename Integer> bool integer(Integer &value) {
    return take(&value, sizeof(value));
  }
  bool sameInteger(uint64_t expected) {
    uint64_t value;
    return integer(value) && value == expected;
  }
  /// As many values as there are in `values` already.
  bool values(std::vector<float> &values) {
    return sameInteger(values.size()) &&
           take(values.data(), values.size() * sizeof(float));
  }
  bool sameText(const std::string &expected) {
    std::string text(expected.size(), '\0');
    return sameInteger(expected.size()) && take(text.data(), text.size()) &&
           text == expected;
  }
  bool sameChecksum() {
    if (end < sizeof(uint64_t))
      return false;
    end -= sizeof(uint64_t);
    uint64_t expected;
    std::memcpy(&expected, bytes.data() + end, sizeof(expected));
    return checksum(bytes.data(), end) == expected;
  }
  bool atEnd() const { return position == end; }

private:
  bool take(void *data, size_t size) {
    if (end - position < size)
      return false;
    if (size > 0)
      std::memcpy(data, bytes.data() + position, size);
    position += size;
    return true;
  }

  const std::vector<uint8_t> &bytes;
  size_t position = 0, end;
};

} // namespace

std::vector<uint8_t> nasc::train::serializeState(const SessionState &state) {
  Writer writer;
  writer.integer(magicNumber);
  writer.text(state.description);
  writer.integer(state.epoch);
  writer.integer<uint8_t>(state.diverged);
  writer.integer<uint64_t>(state.weights.size());
  for (const std::vector<float> &weights : state.weights)
    writer.values(weights);
  writer.integer<uint64_t>(state.moments.size());
  for (const ParameterOptimizer::Moments &moments : state.moments) {
    writer.integer(moments.steps);
    writer.values(moments.first);
    writer.values(moments.second);
  }
  // States of trainings in floats have no such part, and no mark that says so.
  if (!state.minima.empty()) {
    writer.integer(state.observedBatches);
    writer.values(state.minima);
    writer.values(state.maxima);
  }
  writer.integer(checksum(writer.bytes.data(), writer.bytes.size()));
  return std::move(writer.bytes);
}

bool nasc::train::parseState(const std::vector<uint8_t> &bytes,
                             SessionState &state) {
  Reader reader(bytes);
  uint8_t diverged = 0;
  if (!reader.sameChecksum() || !reader.sameInteger(magicNumber) ||
      !reader.sameText(state.description) || !reader.integer(state.epoch) ||
      !reader.integer(diverged) || !reader.sameInteger(state.weights.size()))
    return false;
  state.diverged = diverged != 0;
  for (std::vector<float> &weights : state.weights)
    if (!reader.values(weights))
      return false;
  if (!reader.sameInteger(state.moments.size()))
    return false;
  for (ParameterOptimizer::Moments &moments : state.moments)
    if (!reader.integer(moments.steps) || !reader.values(moments.first) ||
        !reader.values(moments.second))
      return false;
  if (!state.minima.empty() &&
      (!reader.integer(state.observedBatches) || !reader.values(state.minima) ||
       !reader.values(state.maxima)))
    return false;
  return reader.atEnd() && state.epoch >= 0 && state.observedBatches >= 0;
}
