//===- DataMovement.cpp - Operations that move values ---------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each of these operations takes every element of its result from a place that
// is known beforehand, so translation makes a table of the places.
//
//===----------------------------------------------------------------------===//

#include "test/reference/Translation.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <functional>
#include <numeric>

using namespace llvm;
using namespace nasc::test;
namespace tosa = mlir::tosa;

/// The place of an element that is the padding's value.
static constexpr int64_t paddingPlace = -1;

/// The number of elements between neighbours along each dimension.
static std::vector<int64_t> stridesOf(ArrayRef<int64_t> shape) {
  std::vector<int64_t> strides(shape.size(), 1);
  for (size_t axis = shape.size(); axis-- > 1;)
    strides[axis - 1] = strides[axis] * shape[axis];
  return strides;
}

/// Calls `visit` with each index of a shape in row-major order.
template <typename Visit>
static void forEachIndex(ArrayRef<int64_t> shape, Visit visit) {
  std::vector<int64_t> index(shape.size(), 0);
  while (true) {
    visit(index);
    size_t axis = shape.size();
    while (axis > 0 && ++index[axis - 1] == shape[axis - 1])
      index[--axis] = 0;
    if (axis == 0)
      return;
  }
}

/// The values of an operand that translation has to know.
static Expected<std::vector<int64_t>>
constantOperand(const Translation &translation, mlir::Value value,
                const char *what) {
  mlir::ElementsAttr attribute;
  if (!matchPattern(value, mlir::m_Constant(&attribute)))
    return translation.error(Twine("expected constant ") + what);
  Expected<std::vector<int64_t>> values = readConstant(attribute);
  if (!values)
    return translation.error(toString(values.takeError()));
  return values;
}

static Step copyStep(const Translation &translation) {
  return [from = translation.operands[0].slot,
          to = translation.result.slot](std::vector<Buffer> &buffers) {
    buffers[to] = buffers[from];
    return Error::success();
  };
}

static Step gatherStep(const Translation &translation,
                       std::vector<int64_t> places, int32_t padding = 0) {
  return [from = translation.operands[0].slot, to = translation.result.slot,
          places = std::move(places), padding](std::vector<Buffer> &buffers) {
    const Buffer &input = buffers[from];
    Buffer &output = buffers[to];
    output.resize(places.size());
    for (size_t i = 0; i < places.size(); ++i)
      output[i] = places[i] == paddingPlace ? padding : input[places[i]];
    return Error::success();
  };
}

static Expected<Step> translateReshape(const Translation &translation,
                                       ArrayRef<int64_t> newShape) {
  const TensorType &input = translation.operands[0].type;
  SmallVector<int64_t> shape(newShape);
  // One extent may be -1: it is what the number of elements leaves.
  auto open = llvm::find(shape, -1);
  if (open != shape.end()) {
    *open = 1;
    const int64_t others = std::accumulate(shape.begin(), shape.end(),
                                           int64_t(1), std::multiplies<>());
    *open = input.count() / std::max<int64_t>(others, 1);
  }
  if (Error error = translation.expectShape(shape))
    return error;
  if (translation.result.type.count() != input.count())
    return translation.error("expected " + Twine(input.count()) +
                             " elements in the result, found shape " +
                             listOf(shape));
  return copyStep(translation);
}

static Expected<Step> translateTranspose(const Translation &translation,
                                         mlir::Value permutation) {
  ArrayRef<int64_t> shape = translation.operands[0].type.shape;
  Expected<std::vector<int64_t>> order =
      constantOperand(translation, permutation, "permutation");
  if (!order)
    return order.takeError();
  std::vector<bool> seen(shape.size(), false);
  SmallVector<int64_t> expected;
  for (int64_t axis : *order) {
    if (axis < 0 || axis >= int64_t(shape.size()) || seen[axis])
      break;
    seen[axis] = true;
    expected.push_back(shape[axis]);
  }
  if (expected.size() != shape.size() || order->size() != shape.size())
    return translation.error("expected a permutation of " +
                             Twine(shape.size()) + " axes, found " +
                             listOf(*order));
  if (Error error = translation.expectShape(expected))
    return error;
  const std::vector<int64_t> strides = stridesOf(shape);
  std::vector<int64_t> places;
  places.reserve(translation.result.type.count());
  forEachIndex(expected, [&](ArrayRef<int64_t> index) {
    int64_t place = 0;
    for (size_t axis = 0; axis < index.size(); ++axis)
      place += index[axis] * strides[(*order)[axis]];
    places.push_back(place);
  });
  return gatherStep(translation, std::move(places));
}

static Expected<Step> translateSlice(const Translation &translation,
                                     ArrayRef<int64_t> start,
                                     ArrayRef<int64_t> size) {
  ArrayRef<int64_t> shape = translation.operands[0].type.shape;
  bool inside = start.size() == shape.size() && size.size() == shape.size();
  for (size_t axis = 0; inside && axis < shape.size(); ++axis)
    inside = start[axis] >= 0 && size[axis] > 0 &&
             size[axis] <= shape[axis] - start[axis];
  if (!inside)
    return translation.error("expected a slice of " + listOf(shape) +
                             ", found start " + listOf(start) + " and size " +
                             listOf(size));
  if (Error error = translation.expectShape(size))
    return error;
  const std::vector<int64_t> strides = stridesOf(shape);
  std::vector<int64_t> places;
  places.reserve(translation.result.type.count());
  forEachIndex(size, [&](ArrayRef<int64_t> index) {
    int64_t place = 0;
    for (size_t axis = 0; axis < index.size(); ++axis)
      place += (start[axis] + index[axis]) * strides[axis];
    places.push_back(place);
  });
  return gatherStep(translation, std::move(places));
}

static Expected<Step> translatePad(const Translation &translation,
                                   tosa::PadOp pad) {
  ArrayRef<int64_t> shape = translation.operands[0].type.shape;
  Expected<std::vector<int64_t>> padding =
      constantOperand(translation, pad.getPadding(), "padding");
  if (!padding)
    return padding.takeError();
  if (padding->size() != 2 * shape.size() ||
      any_of(*padding, [](int64_t count) { return count < 0; }))
    return translation.error("expected two counts of at least 0 for each of " +
                             Twine(shape.size()) + " axes, found " +
                             listOf(*padding));
  SmallVector<int64_t> expected;
  for (size_t axis = 0; axis < shape.size(); ++axis)
    expected.push_back((*padding)[2 * axis] + shape[axis] +
                       (*padding)[2 * axis + 1]);
  if (Error error = translation.expectShape(expected))
    return error;

  // The value is the operand, else the zero point, else 0.
  int64_t value = 0;
  if (pad.getPadConst()) {
    const Buffer *constant = translation.operands[1].constant;
    if (!constant || constant->size() != 1)
      return translation.error("expected one constant value to pad with");
    value = constant->front();
  } else if (auto info = pad.getQuantizationInfo()) {
    value = info->getInputZp();
  }
  if (!translation.result.type.holds(value))
    return translation.error("the value to pad with does not fit the elements");

  const std::vector<int64_t> strides = stridesOf(shape);
  std::vector<int64_t> places;
  places.reserve(translation.result.type.count());
  forEachIndex(expected, [&](ArrayRef<int64_t> index) {
    int64_t place = 0;
    for (size_t axis = 0; axis < index.size(); ++axis) {
      const int64_t position = index[axis] - (*padding)[2 * axis];
      if (position < 0 || position >= shape[axis]) {
        place = paddingPlace;
        break;
      }
      place += position * strides[axis];
    }
    places.push_back(place);
  });
  return gatherStep(translation, std::move(places), int32_t(value));
}

static Expected<Step> translateConcat(const Translation &translation,
                                      int64_t axis) {
  if (translation.operands.empty())
    return translation.error("expected operands");
  if (Error error = translation.expectAxis(axis))
    return error;
  SmallVector<int64_t> expected = translation.operands[0].type.shape;
  expected[axis] = 0;
  struct Piece {
    size_t slot;
    /// Elements that follow each other in both operand and result.
    int64_t run;
  };
  std::vector<Piece> pieces;
  for (const Value &operand : translation.operands) {
    ArrayRef<int64_t> shape = operand.type.shape;
    for (size_t i = 0; i < expected.size(); ++i)
      if (shape.size() != expected.size() ||
          (int64_t(i) != axis && shape[i] != expected[i]))
        return translation.error("expected operands that differ along axis " +
                                 Twine(axis) + " alone, found " +
                                 listOf(shape));
    expected[axis] += shape[axis];
    pieces.push_back({operand.slot, stridesOf(shape)[axis] * shape[axis]});
  }
  if (Error error = translation.expectShape(expected))
    return error;
  int64_t runs = 1;
  for (int64_t i = 0; i < axis; ++i)
    runs *= expected[i];
  return Step([pieces, runs,
               to = translation.result.slot](std::vector<Buffer> &buffers) {
    Buffer &output = buffers[to];
    output.clear();
    for (int64_t i = 0; i < runs; ++i)
      for (const Piece &piece : pieces) {
        auto first = buffers[piece.slot].begin() + i * piece.run;
        output.insert(output.end(), first, first + piece.run);
      }
    return Error::success();
  });
}

Expected<Step>
nasc::test::translateDataMovement(const Translation &translation) {
  using Result = Expected<Step>;
  mlir::Operation *operation = translation.operation;
  if (!isa<tosa::IdentityOp, tosa::ReshapeOp, tosa::TransposeOp, tosa::SliceOp,
           tosa::PadOp, tosa::ConcatOp>(operation))
    return Step();
  if (Error error = translation.expectSameElements())
    return error;
  return TypeSwitch<mlir::Operation *, Result>(operation)
      .Case([&](tosa::IdentityOp) -> Result {
        if (Error error =
                translation.expectShape(translation.operands[0].type.shape))
          return error;
        return copyStep(translation);
      })
      .Case([&](tosa::ReshapeOp op) {
        return translateReshape(translation, op.getNewShape());
      })
      .Case([&](tosa::TransposeOp op) {
        return translateTranspose(translation, op.getPerms());
      })
      .Case([&](tosa::SliceOp op) {
        return translateSlice(translation, op.getStart(), op.getSize());
      })
      .Case([&](tosa::PadOp op) { return translatePad(translation, op); })
      .Case([&](tosa::ConcatOp op) {
        return translateConcat(translation, op.getAxis());
      })
      .Default([](mlir::Operation *) -> Result {
        llvm_unreachable("the kinds were checked above");
      });
}
