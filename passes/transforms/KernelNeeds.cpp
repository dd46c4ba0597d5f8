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

/// Collects the needs of one layer.
class NeedsOfLayer {
public:
  NeedsOfLayer(cost::ExpressionBuilder &expressions, ArrayRef<Shape> inputs,
               const Shape &result)
      : e(expressions), inputs(inputs), result(result) {
    Value zero = e.constant(0);
    needs.tables = zero;
    needs.memory = {zero, Value(), zero};
  }

  KernelNeeds run(nas::LayerOpInterface layer);

private:
  void use(StringRef kernel) { needs.kernels.push_back(kernel); }
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
  template <typename Op> void visitPool(Op op, StringRef kernel);
  /// A convolution of 1 × 1 under a condition, on `channels` channels.
  void visitPointwise(Value condition, Value channels, Value filters);

  cost::ExpressionBuilder &e;
  ArrayRef<Shape> inputs;
  const Shape &result;
  KernelNeeds needs;
};

void NeedsOfLayer::visitPointwise(Value condition, Value channels,
                                  Value filters) {
  use("convolve_pointwise");
  // On an image of one pixel it is a dense layer.
  use("multiply_matrix");
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
    use("convolve");
  if (isPossible(pointwise))
    visitPointwise(pointwise, channels, result[2]);
  // A group for each channel is a depthwise convolution.
  Value single = e.conjunction(
      grouped, e.compare(Predicate::eq, op.getGroups(), channels));
  if (isPossible(single)) {
    use("convolve_depthwise");
    needs.memory.scratch =
        e.select(single,
                 depthwiseScratch(op.getKernelHeight(), op.getKernelWidth(),
                                  op.getStrideWidth(), result[1]),
                 e.constant(0));
  }
}

void NeedsOfLayer::visitDepthwise(nas::DepthwiseConv2DOp op) {
  use("convolve_depthwise");
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
  use("convolve");
  if (isPossible(pointwise))
    visitPointwise(pointwise, inputs[0][1], result[1]);
  Value grouped = e.compare(Predicate::gt, op.getGroups(), e.constant(1));
  if (isPossible(grouped)) {
    use("convolve_depthwise");
    needs.memory.scratch =
        e.select(grouped,
                 depthwiseScratch(e.constant(1), op.getKernel(), op.getStride(),
                                  result[0]),
                 e.constant(0));
  }
}

template <typename Op> void NeedsOfLayer::visitPool(Op op, StringRef kernel) {
  use(kernel);
  if (op.getPadding().getMode() == nas::PaddingMode::valid)
    always(e.constant(0));
  if (!isa<nas::AveragePoolOp>(op))
    return;
  // A window over the whole image.
  use("mean");
  // Two words for each count of pixels that a window can have inside.
  needs.tables =
      op.getPadding().getMode() == nas::PaddingMode::valid
          ? e.constant(8)
          : e.mul(e.mul(op.getKernelHeight(), op.getKernelWidth()), 8);
}

KernelNeeds NeedsOfLayer::run(nas::LayerOpInterface layer) {
  TypeSwitch<Operation *>(layer)
      .Case([&](nas::Conv2DOp op) { visitConvolution(op); })
      .Case([&](nas::DepthwiseConv2DOp op) { visitDepthwise(op); })
      .Case([&](nas::Conv1DOp op) { visitSeries(op); })
      .Case([&](nas::DenseOp) { use("multiply_matrix"); })
      .Case([&](nas::BatchNormOp) {
        // A depthwise convolution of 1 × 1, which holds a row.
        use("convolve_depthwise");
        always(result.size() >= 2 ? result[result.size() - 2] : e.constant(1));
      })
      .Case<nas::ReLUOp, nas::ReLU6Op>([&](auto) {
        use("rescale");
        use("clamp");
        needs.calls = 2;
        always(e.constant(0));
      })
      .Case<nas::HardSwishOp, nas::HardSigmoidOp, nas::SigmoidOp>([&](auto) {
        use("look_up");
        needs.tables = e.constant(tableBytes);
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
        use("rescale");
        needs.calls = 2 * op.getInputs().size();
      })
      .Case([&](nas::MaxPoolOp op) { visitPool(op, "max_pool"); })
      .Case([&](nas::AveragePoolOp op) { visitPool(op, "average_pool"); })
      .Case([&](nas::GlobalAveragePoolOp) {
        use("mean");
        always(e.constant(0));
      })
      .Case([&](nas::ZeroOp) { use("fill"); });
  return std::move(needs);
}

} // namespace

KernelNeeds nasc::kernelNeeds(nas::LayerOpInterface layer,
                              cost::ExpressionBuilder &expressions,
                              ArrayRef<Shape> inputs, const Shape &result) {
  return NeedsOfLayer(expressions, inputs, result).run(layer);
}

std::optional<KernelNeeds>
nasc::kernelNeedsOfFused(nas::LayerOpInterface layer,
                         cost::ExpressionBuilder &expressions) {
  if (!isa<nas::HardSwishOp, nas::HardSigmoidOp, nas::SigmoidOp>(layer))
    return std::nullopt;
  KernelNeeds needs;
  needs.kernels.push_back("look_up");
  needs.tables = expressions.constant(tableBytes);
  return needs;
}

/// Whether a setting gives different numbers for the channels.
static bool isPerChannel(DictionaryAttr settings, StringRef name) {
  Attribute attribute = settings ? settings.get(name) : Attribute();
  if (auto list = dyn_cast_or_null<ArrayAttr>(attribute))
    return !llvm::all_equal(list);
  if (auto numbers = dyn_cast_or_null<DenseF64ArrayAttr>(attribute))
    return !llvm::all_equal(numbers.asArrayRef());
  return false;
}

KernelNeeds nasc::kernelNeedsOfInput(nas::SpaceOp space,
                                     cost::ExpressionBuilder &expressions) {
  KernelNeeds needs;
  needs.calls = 0;
  needs.tables = expressions.constant(0);
  nas::DatasetOp dataset;
  if (FlatSymbolRefAttr name = space.getDatasetAttr())
    dataset =
        space->getParentOfType<ModuleOp>()
            ? space->getParentOfType<ModuleOp>().lookupSymbol<nas::DatasetOp>(
                  name.getAttr())
            : nas::DatasetOp();
  if (!dataset)
    return needs;
  DictionaryAttr settings = dataset->getAttrOfType<DictionaryAttr>("settings");
  auto element = settings ? settings.getAs<StringAttr>("element") : nullptr;
  if (element ? element == "float32" : dataset.getKind() == "raw")
    return needs;
  needs.calls = 1;
  if (isPerChannel(settings, "mean") || isPerChannel(settings, "deviation") ||
      isPerChannel(settings, "scale")) {
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
