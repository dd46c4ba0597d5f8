//===- KernelNeeds.cpp - What the 8-bit kernels need ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/transforms/KernelNeeds.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace nasc;
using cost::Predicate;
using nas::Shape;

namespace {

/// Bytes of a table of 256 numbers.
constexpr int64_t tableBytes = 256;
/// What the arguments of a call take that a kernel with summands has beside
/// those of the plain form, at most.
constexpr int64_t summandCallBytes = 40;

/// Collects the needs of one layer.
class NeedsOfLayer {
public:
  NeedsOfLayer(cost::ExpressionBuilder &expressions, ArrayRef<Shape> inputs,
               const Shape &result, bool isQuantizedElsewhere)
      : e(expressions), inputs(inputs), result(result),
        isQuantizedElsewhere(isQuantizedElsewhere) {
    Value zero = e.constant(0);
    needs.tables = zero;
    needs.memory = {zero, Value(), zero};
  }

  KernelNeeds run(nas::LayerOpInterface layer);

private:
  void use(StringRef kernel) { needs.kernels.push_back(kernel); }
  void useWeighted(StringRef kernel, StringRef withSummands) {
    use(isQuantizedElsewhere ? withSummands : kernel);
  }
  /// Whether an architecture may meet the condition.
  static bool isPossible(Value condition) {
    return cost::constantOf(condition) != 0;
  }
  Value isOne(Value number) {
    return e.compare(Predicate::eq, number, e.constant(1));
  }
  void always(Value scratch) {
    needs.memory.overwrites = e.constant(1);
    needs.memory.scratch = needs.memory.overwritingScratch = scratch;
  }
  /// Rows of one channel that the depthwise kernel holds.
  Value depthwiseScratch(Value kernelHeight, Value kernelWidth,
                         Value strideWidth, Value outputWidth) {
    Value columns =
        e.add(e.mul(e.sub(outputWidth, 1), strideWidth), kernelWidth);
    return e.mul(kernelHeight, columns);
  }
  void visitConvolution(nas::Conv2DOp op);
  void visitDepthwise(nas::DepthwiseConv2DOp op);
  void visitSeries(nas::Conv1DOp op);
  void visitAveragePool(nas::AveragePoolOp op);
  /// A convolution of 1 × 1 under a condition, on `channels` channels.
  void visitPointwise(Value condition, Value channels, Value filters);

  cost::ExpressionBuilder &e;
  ArrayRef<Shape> inputs;
  const Shape &result;
  bool isQuantizedElsewhere;
  KernelNeeds needs;
};

void NeedsOfLayer::visitPointwise(Value condition, Value channels,
                                  Value filters) {
  useWeighted("convolve_pointwise", "convolve_pointwise_summand");
  // On an image of one pixel it is a dense layer.
  useWeighted("multiply_matrix", "multiply_matrix_summand");
  needs.memory.overwrites =
      e.conjunction(condition, e.compare(Predicate::le, filters, channels));
  needs.memory.overwritingScratch = channels;
}

void NeedsOfLayer::visitConvolution(nas::Conv2DOp op) {
  Value channels = inputs[0][2];
  Value grouped = e.compare(Predicate::gt, op.getGroups(), e.constant(1));
  Value pointwise = e.conjunction(
      e.conjunction(isOne(op.getKernelHeight()), isOne(op.getKernelWidth())),
      e.conjunction(e.conjunction(isOne(op.getStrideHeight()),
                                  isOne(op.getStrideWidth())),
                    e.negation(grouped)));
  if (cost::constantOf(pointwise) != 1)
    useWeighted("convolve", "convolve_summand");
  if (isPossible(pointwise))
    visitPointwise(pointwise, channels, result[2]);
  // A group for each channel is a depthwise convolution.
  Value single = e.conjunction(
      grouped, e.compare(Predicate::eq, op.getGroups(), channels));
  if (isPossible(single)) {
    useWeighted("convolve_depthwise", "convolve_depthwise_summand");
    needs.memory.scratch =
        e.select(single,
                 depthwiseScratch(op.getKernelHeight(), op.getKernelWidth(),
                                  op.getStrideWidth(), result[1]),
                 e.constant(0));
  }
}

void NeedsOfLayer::visitDepthwise(nas::DepthwiseConv2DOp op) {
  useWeighted("convolve_depthwise", "convolve_depthwise_summand");
  always(depthwiseScratch(op.getKernelHeight(), op.getKernelWidth(),
                          op.getStrideWidth(), result[1]));
  if (op.getPadding().getMode() != nas::PaddingMode::same &&
      op.getPadding().getMode() != nas::PaddingMode::valid)
    needs.memory.overwrites = e.conjunction(
        e.compare(Predicate::le, result[1], inputs[0][1]),
        e.compare(Predicate::lt, e.constant(op.getPadding().getAmounts()[0]),
                  op.getKernelHeight()));
}

void NeedsOfLayer::visitSeries(nas::Conv1DOp op) {
  Value pointwise =
      e.conjunction(e.conjunction(isOne(op.getKernel()), isOne(op.getStride())),
                    isOne(op.getGroups()));
  useWeighted("convolve", "convolve_summand");
  if (isPossible(pointwise))
    visitPointwise(pointwise, inputs[0][1], result[1]);
  Value grouped = e.compare(Predicate::gt, op.getGroups(), e.constant(1));
  if (isPossible(grouped)) {
    useWeighted("convolve_depthwise", "convolve_depthwise_summand");
    needs.memory.scratch =
        e.select(grouped,
                 depthwiseScratch(e.constant(1), op.getKernel(), op.getStride(),
                                  result[0]),
                 e.constant(0));
  }
}

void NeedsOfLayer::visitAveragePool(nas::AveragePoolOp op) {
  Value covers = e.conjunction(
      e.conjunction(
          e.compare(Predicate::eq, op.getKernelHeight(), inputs[0][0]),
          e.compare(Predicate::eq, op.getKernelWidth(), inputs[0][1])),
      e.conjunction(isOne(result[0]), isOne(result[1])));
  const bool isPadded = llvm::any_of(op.getPadding().getAmounts(),
                                     [](int64_t amount) { return amount; });
  // A window over the whole image.
  if (isPossible(covers) && !isPadded)
    use("mean");
  if (cost::constantOf(covers) == 1 && !isPadded)
    return;
  use("average_pool_rescaled");
  // A file may have the integers of the input.
  if (isQuantizedElsewhere)
    use("average_pool");
  // Two words for each count of pixels that a window can have inside.
  needs.tables =
      op.getPadding().getMode() == nas::PaddingMode::valid
          ? e.constant(8)
          : e.mul(e.mul(op.getKernelHeight(), op.getKernelWidth()), 8);
}

KernelNeeds NeedsOfLayer::run(nas::LayerOpInterface layer) {
  // Biases that are no multiples of the sums' steps are added by a larger form
  // of the kernel, with one more number for each channel.
  if (layer.getRole() == nas::LayerRole::Weighted && isQuantizedElsewhere)
    needs.tables = e.add(e.mul(result.back(), 4), e.constant(summandCallBytes));
  TypeSwitch<Operation *>(layer)
      .Case([&](nas::Conv2DOp op) { visitConvolution(op); })
      .Case([&](nas::DepthwiseConv2DOp op) { visitDepthwise(op); })
      .Case([&](nas::Conv1DOp op) { visitSeries(op); })
      .Case([&](nas::DenseOp) {
        useWeighted("multiply_matrix", "multiply_matrix_summand");
      })
      .Case([&](nas::BatchNormOp) {
        use("scale_channels");
        always(e.constant(0));
      })
      .Case<nas::ReLUOp, nas::ReLU6Op>([&](auto) {
        use("rescale");
        use("clamp");
        needs.calls = 2;
        always(e.constant(0));
      })
      .Case([&](nas::RequantizeOp) {
        use("rescale");
        always(e.constant(0));
      })
      .Case([&](nas::AddOp) {
        use("add");
        always(e.constant(0));
      })
      .Case([&](nas::MultiplyOp) {
        use("multiply");
        always(e.constant(0));
      })
      .Case([&](nas::ConcatOp op) {
        use("copy_channels");
        use("copy_channels_rescaled");
        needs.calls = 2 * op.getInputs().size();
      })
      .Case([&](nas::MaxPoolOp op) {
        use("max_pool");
        if (op.getPadding().getMode() == nas::PaddingMode::valid)
          always(e.constant(0));
      })
      .Case([&](nas::AveragePoolOp op) {
        if (op.getPadding().getMode() == nas::PaddingMode::valid)
          always(e.constant(0));
        visitAveragePool(op);
      })
      .Case([&](nas::GlobalAveragePoolOp) {
        use("mean");
        always(e.constant(0));
      })
      .Case([&](nas::ZeroOp) { use("fill"); })
      .Default([&](Operation *) {
        if (!layer.isTable())
          return;
        use("look_up");
        needs.tables = e.constant(tableBytes);
        always(e.constant(0));
      });
  return std::move(needs);
}

} // namespace

KernelNeeds nasc::kernelNeeds(nas::LayerOpInterface layer,
                              cost::ExpressionBuilder &expressions,
                              ArrayRef<Shape> inputs, const Shape &result,
                              bool isQuantizedElsewhere) {
  return NeedsOfLayer(expressions, inputs, result, isQuantizedElsewhere)
      .run(layer);
}

std::optional<KernelNeeds>
nasc::kernelNeedsOfFused(nas::LayerOpInterface layer,
                         cost::ExpressionBuilder &expressions) {
  if (!layer.isTable())
    return std::nullopt;
  KernelNeeds needs;
  needs.kernels.push_back("look_up");
  needs.tables = expressions.constant(tableBytes);
  return needs;
}

/// Whether a setting gives different numbers for the channels.
static bool isPerChannel(DenseF64ArrayAttr numbers) {
  return numbers && !llvm::all_equal(numbers.asArrayRef());
}

KernelNeeds nasc::kernelNeedsOfInput(nas::SpaceOp space,
                                     cost::ExpressionBuilder &expressions) {
  KernelNeeds needs;
  needs.calls = 0;
  needs.tables = expressions.constant(0);
  auto dataset = nas::DatasetOp::find(space, space.getDatasetAttr());
  if (!dataset || dataset.getElementType() == nas::ElementType::Float32)
    return needs;
  nas::DatasetSettingsAttr settings = dataset.settings();
  needs.calls = 1;
  if (isPerChannel(settings.getMean()) ||
      isPerChannel(settings.getDeviation()) ||
      isPerChannel(settings.getScale())) {
    needs.kernels.push_back("look_up");
    ArrayRef<int64_t> shape =
        cast<nas::TensorType>(space.getBody().getArgument(0).getType())
            .getShape();
    needs.tables = expressions.constant(tableBytes * shape.back());
    return needs;
  }
  needs.kernels.push_back("flip_sign");
  return needs;
}
