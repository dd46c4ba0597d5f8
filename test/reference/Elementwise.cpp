//===- Elementwise.cpp - Operations on single elements --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/reference/Arithmetic.h"
#include "test/reference/Translation.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/ErrorHandling.h"

#include <algorithm>
#include <limits>
#include <optional>

using namespace llvm;
using namespace nasc::test;
namespace tosa = mlir::tosa;

//===----------------------------------------------------------------------===//
// Two operands
//===----------------------------------------------------------------------===//

namespace {

/// Where the operand's element for each element of the result is: dimensions
/// are matched from the last on, and those of extent 1 repeat.
class BroadcastPlaces {
public:
  BroadcastPlaces(ArrayRef<int64_t> operand, ArrayRef<int64_t> result) {
    if (operand == result)
      return;
    identity = false;
    int64_t count = 1;
    for (int64_t extent : result)
      count *= extent;
    const size_t missing = result.size() - operand.size();
    places.reserve(count);
    for (int64_t i = 0; i < count; ++i) {
      int64_t rest = i, place = 0, stride = 1;
      for (size_t axis = result.size(); axis-- > 0;) {
        const int64_t position = rest % result[axis];
        rest /= result[axis];
        if (axis < missing)
          continue;
        const int64_t extent = operand[axis - missing];
        place += (extent == 1 ? 0 : position) * stride;
        stride *= extent;
      }
      places.push_back(place);
    }
  }
  int64_t operator[](size_t i) const {
    return identity ? int64_t(i) : places[i];
  }

private:
  bool identity = true;
  std::vector<int64_t> places;
};

} // namespace

/// An error unless the result has the common shape of two operands.
static Error expectBroadcast(const Translation &translation) {
  ArrayRef<int64_t> a = translation.operands[0].type.shape;
  ArrayRef<int64_t> b = translation.operands[1].type.shape;
  SmallVector<int64_t> expected(std::max(a.size(), b.size()));
  for (size_t i = 0; i < expected.size(); ++i) {
    const int64_t left = i < a.size() ? a[a.size() - 1 - i] : 1;
    const int64_t right = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (left != right && left != 1 && right != 1)
      return translation.error("expected shapes of which one repeats to the "
                               "other, found " +
                               listOf(a) + " and " + listOf(b));
    expected[expected.size() - 1 - i] = left == 1 ? right : left;
  }
  return translation.expectShape(expected);
}

/// A step that computes each element by `function(a, b)`, which gives a wide
/// result, or none where the specification does not allow the operands.
template <typename Function>
static Expected<Step> binaryStep(const Translation &translation,
                                 Function function) {
  if (Error error = expectBroadcast(translation))
    return error;
  const Value &a = translation.operands[0], &b = translation.operands[1];
  const TensorType &type = translation.result.type;
  return Step([function, type, place = translation.place, slotA = a.slot,
               slotB = b.slot, to = translation.result.slot,
               placesA = BroadcastPlaces(a.type.shape, type.shape),
               placesB = BroadcastPlaces(b.type.shape, type.shape)](
                  std::vector<Buffer> &buffers) -> Error {
    const Buffer &inputA = buffers[slotA], &inputB = buffers[slotB];
    Buffer &output = buffers[to];
    output.resize(type.count());
    for (size_t i = 0; i < output.size(); ++i) {
      const int32_t left = inputA[placesA[i]], right = inputB[placesB[i]];
      const std::optional<int64_t> result = function(left, right);
      if (!result)
        return place.error("no result is defined for " + Twine(left) + " and " +
                           Twine(right) + " (element " + Twine(i) + ")");
      if (!type.holds(*result))
        return place.error("the result " + Twine(*result) + " of " +
                           Twine(left) + " and " + Twine(right) +
                           " does not fit the elements (element " + Twine(i) +
                           ")");
      output[i] = int32_t(*result);
    }
    return Error::success();
  });
}

using WideResult = std::optional<int64_t>;

static Expected<Step> translateMul(const Translation &translation, int shift) {
  for (size_t i : {0, 1})
    if (translation.operands[i].type.isUnsigned ||
        translation.operands[i].type.bits != translation.operands[0].type.bits)
      return translation.error("expected operands of one signed element type");
  if (Error error = translation.expectResultBits(32))
    return error;
  const bool wide = translation.operands[0].type.bits == 32;
  if (shift < 0 || shift > 63 || (shift > 0 && !wide))
    return translation.error("expected a shift of 0, or of up to 63 for "
                             "operands i32, found " +
                             Twine(shift));
  return binaryStep(translation, [shift](int32_t a, int32_t b) -> WideResult {
    const int64_t product = int64_t(a) * b;
    if (shift == 0)
      return product;
    // (product + 2^(shift - 1)) / 2^shift, rounded down, but for the sum, which
    // would not fit 64 bits for a shift of 63.
    return ((product >> (shift - 1)) + 1) >> 1;
  });
}

static Expected<Step> translateBinary(const Translation &translation) {
  using Result = Expected<Step>;
  mlir::Operation *operation = translation.operation;
  if (!isa<tosa::AddOp, tosa::SubOp, tosa::MaximumOp, tosa::MinimumOp,
           tosa::BitwiseXorOp, tosa::IntDivOp, tosa::ArithmeticRightShiftOp,
           tosa::LogicalLeftShiftOp>(operation))
    return Step();
  if (Error error = translation.expectSameElements())
    return error;
  const TensorType type = translation.result.type;
  const int32_t bits = int32_t(type.bits);
  return TypeSwitch<mlir::Operation *, Result>(operation)
      .Case([&](tosa::AddOp) {
        return binaryStep(translation, [](int32_t a, int32_t b) -> WideResult {
          return int64_t(a) + b;
        });
      })
      .Case([&](tosa::SubOp) {
        return binaryStep(translation, [](int32_t a, int32_t b) -> WideResult {
          return int64_t(a) - b;
        });
      })
      .Case([&](tosa::MaximumOp) {
        return binaryStep(translation, [](int32_t a, int32_t b) -> WideResult {
          return std::max(a, b);
        });
      })
      .Case([&](tosa::MinimumOp) {
        return binaryStep(translation, [](int32_t a, int32_t b) -> WideResult {
          return std::min(a, b);
        });
      })
      .Case([&](tosa::BitwiseXorOp) {
        // Sign extension and exclusive or commute.
        return binaryStep(translation, [](int32_t a, int32_t b) -> WideResult {
          return a ^ b;
        });
      })
      .Case([&](tosa::IntDivOp) {
        return binaryStep(translation, [](int32_t a, int32_t b) -> WideResult {
          if (b == 0)
            return std::nullopt;
          return int64_t(a) / b;
        });
      })
      .Case([&](tosa::ArithmeticRightShiftOp op) {
        return binaryStep(
            translation,
            [bits, round = op.getRound()](int32_t a, int32_t b) -> WideResult {
              if (b < 0 || b >= bits)
                return std::nullopt;
              const bool up = round && b > 0 && ((a >> (b - 1)) & 1);
              return int64_t(a >> b) + up;
            });
      })
      .Case([&](tosa::LogicalLeftShiftOp) {
        // Bits that leave at the left are lost, the rest keeps its meaning.
        return binaryStep(
            translation, [bits, type](int32_t a, int32_t b) -> WideResult {
              if (b < 0 || b >= bits)
                return std::nullopt;
              const int64_t range = int64_t(1) << bits;
              int64_t low = int64_t(uint64_t(uint32_t(a)) << b) & (range - 1);
              return low > type.maximum() ? low - range : low;
            });
      })
      .Default([](mlir::Operation *) -> Result {
        llvm_unreachable("the kinds were checked above");
      });
}

//===----------------------------------------------------------------------===//
// One operand
//===----------------------------------------------------------------------===//

static Error expectSameShape(const Translation &translation) {
  return translation.expectShape(translation.operands[0].type.shape);
}

/// A step that computes each element by `function(value)`.
template <typename Function>
static Step unaryStep(const Translation &translation, Function function) {
  return [function, from = translation.operands[0].slot,
          to = translation.result.slot](std::vector<Buffer> &buffers) {
    const Buffer &input = buffers[from];
    Buffer &output = buffers[to];
    output.resize(input.size());
    std::transform(input.begin(), input.end(), output.begin(), function);
    return Error::success();
  };
}

static Expected<Step> translateClamp(const Translation &translation,
                                     tosa::ClampOp clamp) {
  if (Error error = translation.expectSameElements())
    return error;
  if (Error error = expectSameShape(translation))
    return error;
  const TensorType &type = translation.result.type;
  // The attributes have 64 bits; a bound outside the elements bounds nothing.
  const int64_t least = std::max<int64_t>(clamp.getMinInt(), type.minimum());
  const int64_t greatest = std::min<int64_t>(clamp.getMaxInt(), type.maximum());
  if (least > greatest)
    return translation.error("expected bounds that some element meets, found " +
                             Twine(clamp.getMinInt()) + " and " +
                             Twine(clamp.getMaxInt()));
  return unaryStep(translation, [least, greatest](int32_t value) {
    return int32_t(std::clamp<int64_t>(value, least, greatest));
  });
}

static Expected<Step> translateCast(const Translation &translation) {
  if (Error error = expectSameShape(translation))
    return error;
  // Between integers the low bits are kept, and read as the result's type.
  const TensorType &type = translation.result.type;
  const int64_t range = int64_t(1) << type.bits;
  return unaryStep(translation, [range, type](int32_t value) {
    const int64_t low = int64_t(value) & (range - 1);
    return int32_t(low > type.maximum() ? low - range : low);
  });
}

static Expected<Step> translateTable(const Translation &translation) {
  if (Error error = expectSameShape(translation))
    return error;
  const Value &input = translation.operands[0],
              &table = translation.operands[1];
  const bool narrow = input.type.bits == 8;
  if (Error error = translation.expectOperandBits(0, narrow ? 8 : 16))
    return error;
  if (Error error = translation.expectOperandBits(1, narrow ? 8 : 16))
    return error;
  if (Error error = translation.expectResultBits(narrow ? 8 : 32))
    return error;
  const int64_t entries = narrow ? 256 : 513;
  if (ArrayRef<int64_t>(table.type.shape) != ArrayRef<int64_t>(entries))
    return translation.error("expected a table of " + Twine(entries) +
                             " entries, found shape " +
                             listOf(table.type.shape));
  return Step([narrow, place = translation.place, from = input.slot,
               tableSlot = table.slot, to = translation.result.slot](
                  std::vector<Buffer> &buffers) -> Error {
    const Buffer &values = buffers[from], &entries = buffers[tableSlot];
    Buffer &output = buffers[to];
    output.resize(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
      if (narrow) {
        output[i] = entries[values[i] + 128];
        continue;
      }
      const int32_t index = (values[i] + 32768) >> 7;
      const int32_t base = entries[index], next = entries[index + 1];
      if (next - base < std::numeric_limits<int16_t>::min() ||
          next - base > std::numeric_limits<int16_t>::max())
        return place.error("the difference of the entries " + Twine(index) +
                           " and " + Twine(index + 1) +
                           " of the table does not fit 16 bits");
      output[i] = interpolate(values[i], base, next);
    }
    return Error::success();
  });
}

static Expected<Step> translateRescale(const Translation &translation,
                                       tosa::RescaleOp rescale) {
  if (Error error = expectSameShape(translation))
    return error;
  const TensorType &input = translation.operands[0].type;
  const TensorType &result = translation.result.type;
  const int64_t inputZeroPoint = int32_t(rescale.getInputZp());
  const int64_t outputZeroPoint = int32_t(rescale.getOutputZp());
  auto zeroPointIsGood = [](const TensorType &type, int64_t zeroPoint) {
    return type.bits == 8 ? type.holds(zeroPoint) : zeroPoint == 0;
  };
  if (!zeroPointIsGood(input, inputZeroPoint) ||
      !zeroPointIsGood(result, outputZeroPoint))
    return translation.error(
        "expected zero points within the range of elements of 8 bits, and 0 "
        "for others, found " +
        Twine(inputZeroPoint) + " for " + input.str() + " and " +
        Twine(outputZeroPoint) + " for " + result.str());

  const bool scale32 = rescale.getScale32();
  const bool doubleRound = rescale.getDoubleRound();
  if (doubleRound && !scale32)
    return translation.error("double rounding needs scale32");
  ArrayRef<int32_t> multipliers = rescale.getMultiplier();
  ArrayRef<int8_t> shifts = rescale.getShift();
  size_t channels = 1;
  if (rescale.getPerChannel()) {
    if (input.shape.empty())
      return translation.error("a tensor of rank 0 has no channels");
    channels = size_t(input.shape.back());
  }
  if (multipliers.size() != channels || shifts.size() != channels)
    return translation.error(
        "expected " + Twine(channels) + " multipliers and shifts, found " +
        Twine(multipliers.size()) + " and " + Twine(shifts.size()));
  const int32_t greatest = scale32 ? std::numeric_limits<int32_t>::max()
                                   : std::numeric_limits<int16_t>::max();
  for (int32_t multiplier : multipliers)
    if (multiplier < 0 || multiplier > greatest)
      return translation.error("expected multipliers from 0 to " +
                               Twine(greatest) + ", found " +
                               Twine(multiplier));
  for (int8_t shift : shifts)
    if (shift < minimumShift || shift > maximumShift)
      return translation.error("expected shifts from " + Twine(minimumShift) +
                               " to " + Twine(maximumShift) + ", found " +
                               Twine(int(shift)));

  return Step([=, place = translation.place,
               from = translation.operands[0].slot,
               to = translation.result.slot, multipliers = multipliers.vec(),
               shifts = shifts.vec(), least = result.minimum(),
               most = result.maximum()](std::vector<Buffer> &buffers) -> Error {
    const Buffer &values = buffers[from];
    Buffer &output = buffers[to];
    output.resize(values.size());
    for (size_t i = 0, channel = 0; i < values.size(); ++i) {
      // Only 8 bits have a zero point, so this fits 32 bits.
      const int32_t value = int32_t(values[i] - inputZeroPoint);
      const int64_t scaled =
          scale32 ? applyScale32(value, multipliers[channel], shifts[channel],
                                 doubleRound)
                  : applyScale16(value, multipliers[channel], shifts[channel]);
      if (scaled != int32_t(scaled))
        return place.error("the scaled value " + Twine(scaled) + " of " +
                           Twine(value) + " does not fit 32 bits (element " +
                           Twine(i) + ")");
      output[i] = int32_t(std::clamp(scaled + outputZeroPoint, least, most));
      if (++channel == channels)
        channel = 0;
    }
    return Error::success();
  });
}

Expected<Step>
nasc::test::translateElementwise(const Translation &translation) {
  return TypeSwitch<mlir::Operation *, Expected<Step>>(translation.operation)
      .Case([&](tosa::MulOp op) {
        return translateMul(translation, op.getShift());
      })
      .Case([&](tosa::ClampOp op) { return translateClamp(translation, op); })
      .Case([&](tosa::CastOp) { return translateCast(translation); })
      .Case([&](tosa::TableOp) { return translateTable(translation); })
      .Case(
          [&](tosa::RescaleOp op) { return translateRescale(translation, op); })
      .Default([&](mlir::Operation *) { return translateBinary(translation); });
}
