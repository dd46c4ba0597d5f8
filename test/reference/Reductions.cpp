//===- Reductions.cpp - Operations along one axis -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/reference/Translation.h"

#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

using namespace llvm;
using namespace nasc::test;
namespace tosa = mlir::tosa;

/// A step that computes each element of the result by `reduce(read)`, where
/// `read(i)` is the i-th of the elements along the axis; their number is at
/// least 1. The result is of 64 bits and checked against the element type.
template <typename Reduce>
static Step axisStep(const Translation &translation, int64_t axis,
                     Reduce reduce) {
  ArrayRef<int64_t> shape = translation.operands[0].type.shape;
  const int64_t length = shape[axis];
  int64_t outer = 1, inner = 1;
  for (int64_t extent : shape.take_front(axis))
    outer *= extent;
  for (int64_t extent : shape.drop_front(axis + 1))
    inner *= extent;
  return Step(
      [=, place = translation.place, type = translation.result.type,
       from = translation.operands[0].slot,
       to = translation.result.slot](std::vector<Buffer> &buffers) -> Error {
        const Buffer &input = buffers[from];
        Buffer &output = buffers[to];
        output.clear();
        for (int64_t i = 0; i < outer; ++i)
          for (int64_t j = 0; j < inner; ++j) {
            const int64_t result = reduce(length, [&](int64_t k) {
              return input[(i * length + k) * inner + j];
            });
            if (!type.holds(result))
              return place.error("the result " + Twine(result) +
                                 " does not fit the elements (element " +
                                 Twine(output.size()) + ")");
            output.push_back(int32_t(result));
          }
        return Error::success();
      });
}

static Error expectReducedShape(const Translation &translation, int64_t axis) {
  if (Error error = translation.expectAxis(axis))
    return error;
  if (Error error = translation.expectSameElements())
    return error;
  SmallVector<int64_t> expected = translation.operands[0].type.shape;
  expected[axis] = 1;
  return translation.expectShape(expected);
}

static Expected<Step> translateArgMax(const Translation &translation,
                                      int64_t axis) {
  if (Error error = translation.expectAxis(axis))
    return error;
  if (Error error = translation.expectResultBits(32))
    return error;
  SmallVector<int64_t> expected = translation.operands[0].type.shape;
  expected.erase(expected.begin() + axis);
  if (Error error = translation.expectShape(expected))
    return error;
  return axisStep(translation, axis, [](int64_t length, auto read) {
    // Of equal elements, the first.
    int64_t best = 0;
    for (int64_t k = 1; k < length; ++k)
      if (read(k) > read(best))
        best = k;
    return best;
  });
}

Expected<Step> nasc::test::translateReduction(const Translation &translation) {
  using Result = Expected<Step>;
  return TypeSwitch<mlir::Operation *, Result>(translation.operation)
      .Case([&](tosa::ReduceSumOp op) -> Result {
        const int64_t axis = op.getAxis();
        if (Error error = expectReducedShape(translation, axis))
          return error;
        return axisStep(translation, axis, [](int64_t length, auto read) {
          int64_t sum = 0;
          for (int64_t k = 0; k < length; ++k)
            sum += read(k);
          return sum;
        });
      })
      .Case([&](tosa::ReduceMaxOp op) -> Result {
        const int64_t axis = op.getAxis();
        if (Error error = expectReducedShape(translation, axis))
          return error;
        return axisStep(translation, axis, [](int64_t length, auto read) {
          int64_t greatest = read(0);
          for (int64_t k = 1; k < length; ++k)
            greatest = std::max<int64_t>(greatest, read(k));
          return greatest;
        });
      })
      .Case([&](tosa::ArgMaxOp op) {
        return translateArgMax(translation, op.getAxis());
      })
      .Default([&](mlir::Operation *) { return Step(); });
}
