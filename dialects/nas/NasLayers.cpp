//===- NasLayers.cpp - Shapes and quantities of layers --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nas/Nas.h"

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"

#include <cmath>

using namespace mlir;
using namespace nasc;
using namespace nasc::nas;
using cost::ExpressionBuilder;
using cost::Predicate;

namespace {

using Requirements = SmallVectorImpl<ShapeRequirement>;

/// Adds a condition; fails if it never holds.
LogicalResult require(Operation *op, StringRef label, Value holds,
                      const ShapeMessage &message, Requirements &requirements) {
  if (cost::constantOf(holds) == 1)
    return success();
  ShapeMessage named(op->getName().stripDialect() + ": " + message.text);
  named.sizes = message.sizes;
  named.code = message.code;
  requirements.push_back({holds, label, std::move(named)});
  return success(cost::constantOf(holds) != 0);
}

LogicalResult requireRank(Operation *op, ExpressionBuilder &builder,
                          const Shape &shape, size_t rank, StringRef meaning,
                          Requirements &requirements) {
  ShapeMessage message("expected an input of " + Twine(rank) +
                       (rank == 1 ? " dimension" : " dimensions") + " (" +
                       meaning + "), found " + Twine(shape.size()));
  message.code = Diag::NAS2005;
  return require(op, "rank", builder.constant(shape.size() == rank), message,
                 requirements);
}

LogicalResult requirePositive(Operation *op, StringRef label,
                              ExpressionBuilder &builder, Value value,
                              StringRef name, Requirements &requirements) {
  return require(
      op, label, builder.compare(Predicate::ge, value, builder.constant(1)),
      ShapeMessage("expected " + name + " of at least 1, found ") << value,
      requirements);
}

/// The length of a window's output along one dimension.
FailureOr<Value> windowOutput(Operation *op, ExpressionBuilder &builder,
                              PaddingAttr padding, bool horizontal, Value size,
                              Value kernel, Value stride,
                              Requirements &requirements) {
  if (failed(requirePositive(op, "kernel", builder, kernel, "a kernel",
                             requirements)) ||
      failed(requirePositive(op, "stride", builder, stride, "a stride",
                             requirements)))
    return failure();
  // Where a requirement is left open, the expression still has to exist.
  stride = builder.max(stride, 1);
  if (padding.getMode() == PaddingMode::same)
    return builder.ceilDiv(size, stride);
  Value padded = size;
  if (padding.getMode() == PaddingMode::explicit_) {
    ArrayRef<int64_t> amounts = padding.getAmounts();
    padded = builder.add(size, horizontal ? amounts[2] + amounts[3]
                                          : amounts[0] + amounts[1]);
  }
  Value fits = builder.compare(Predicate::ge, padded, kernel);
  if (failed(require(
          op, "window", fits,
          ShapeMessage("expected an input of at least the kernel's size "
                       "(kernel ")
              << kernel << ", padded input " << padded << ")",
          requirements)))
    return failure();
  Value steps =
      builder.floorDiv(builder.max(builder.sub(padded, kernel), 0), stride);
  return builder.add(steps, 1);
}

template <typename OpTy>
LogicalResult windowShape(OpTy op, ExpressionBuilder &builder,
                          const Shape &input, Value channels, Shape &result,
                          Requirements &requirements) {
  FailureOr<Value> height =
      windowOutput(op, builder, op.getPadding(), /*horizontal=*/false, input[0],
                   op.getKernelHeight(), op.getStrideHeight(), requirements);
  FailureOr<Value> width =
      windowOutput(op, builder, op.getPadding(), /*horizontal=*/true, input[1],
                   op.getKernelWidth(), op.getStrideWidth(), requirements);
  if (failed(height) || failed(width))
    return failure();
  result = {*height, *width, channels};
  return success();
}

/// The shape of a window that moves over each channel by itself.
template <typename OpTy>
LogicalResult channelwiseShape(OpTy op, ExpressionBuilder &builder,
                               const Shape &input, Shape &result,
                               Requirements &requirements) {
  if (failed(requireRank(op, builder, input, 3, "height, width, channels",
                         requirements)))
    return failure();
  return windowShape(op, builder, input, input[2], result, requirements);
}

/// The shape of a pooling, every window of which must hold an element of the
/// input: so many rows of padding as the window has would be a window of none.
template <typename OpTy>
LogicalResult poolShape(OpTy op, ExpressionBuilder &builder, const Shape &input,
                        Shape &result, Requirements &requirements) {
  if (op.getPadding().getMode() == PaddingMode::explicit_) {
    ArrayRef<int64_t> amounts = op.getPadding().getAmounts();
    auto exceeds = [&](Value window, int64_t amount) {
      return builder.compare(Predicate::gt, window, builder.constant(amount));
    };
    Value holds = builder.conjunction(
        exceeds(op.getKernelHeight(), std::max(amounts[0], amounts[1])),
        exceeds(op.getKernelWidth(), std::max(amounts[2], amounts[3])));
    if (failed(require(
            op, "window", holds,
            ShapeMessage("expected padding that is less than the window"),
            requirements)))
      return failure();
  }
  return channelwiseShape(op, builder, input, result, requirements);
}

LogicalResult requireGroups(Operation *op, ExpressionBuilder &builder,
                            Value channels, Value filters, Value groups,
                            Requirements &requirements) {
  if (failed(requirePositive(op, "groups", builder, groups, "groups",
                             requirements)))
    return failure();
  if (cost::constantOf(groups) == 1)
    return success();
  Value divisor = builder.max(groups, 1);
  Value zero = builder.constant(0);
  Value divides = builder.conjunction(
      builder.compare(Predicate::eq, builder.mod(channels, divisor), zero),
      builder.compare(Predicate::eq, builder.mod(filters, divisor), zero));
  return require(op, "groups", divides,
                 ShapeMessage("expected groups (")
                     << groups << ") that divide the channels (" << channels
                     << ") and the filters (" << filters << ")",
                 requirements);
}

Value elements(ExpressionBuilder &builder, const Shape &shape) {
  return builder.product(shape);
}

LayerQuantities weighted(ExpressionBuilder &builder, Value weights,
                         Value positions, Value channels, bool bias) {
  LayerQuantities quantities;
  quantities.weights = weights;
  quantities.macs = builder.mul(weights, positions);
  quantities.parameters = bias ? builder.add(weights, channels) : weights;
  quantities.biasChannels = channels;
  return quantities;
}

LogicalResult requireSameShape(Operation *op, ExpressionBuilder &builder,
                               const Shape &a, const Shape &b, size_t sizes,
                               StringRef expected, Requirements &requirements) {
  Value equal = builder.constant(a.size() == b.size());
  if (a.size() == b.size())
    for (size_t i = 0; i < sizes; ++i)
      equal = builder.conjunction(equal,
                                  builder.compare(Predicate::eq, a[i], b[i]));
  return require(op, "inputs", equal,
                 ShapeMessage("expected " + expected + ", found ")
                     << a << " and " << b,
                 requirements);
}

} // namespace

ShapeMessage &ShapeMessage::operator<<(Value size) {
  text += "{}";
  sizes.push_back(size);
  return *this;
}

ShapeMessage &ShapeMessage::operator<<(const Shape &shape) {
  bool first = true;
  for (Value size : shape) {
    text += first ? "" : "×";
    first = false;
    *this << size;
  }
  return *this;
}

std::string
nas::renderShapeMessage(StringRef text,
                        function_ref<std::string(size_t)> sizeText) {
  std::string rendered;
  for (size_t size = 0;; ++size) {
    auto [before, after] = text.split("{}");
    rendered += before;
    if (before.size() == text.size())
      return rendered;
    rendered += sizeText(size);
    text = after;
  }
}

std::string nas::renderShapeMessage(StringRef text, ValueRange sizes) {
  return renderShapeMessage(text, [&](size_t size) {
    cost::Range range = cost::rangeOf(sizes[size]);
    std::string numbers = std::to_string(range.lower);
    if (!range.isConstant())
      numbers += ".." + std::to_string(range.upper);
    return numbers;
  });
}

//===----------------------------------------------------------------------===//
// The verifier of all layers
//===----------------------------------------------------------------------===//

/// Sizes as a type writes them, `?` for an open one.
static std::string sizesText(ArrayRef<int64_t> sizes) {
  std::string text;
  for (int64_t size : sizes)
    text += (text.empty() ? "" : "x") +
            (size == nas::TensorType::kOpen ? "?" : std::to_string(size));
  return text;
}

LogicalResult nas::verifyLayer(LayerOpInterface layer) {
  auto typeOf = [](Value tensor) {
    return dyn_cast<nas::TensorType>(tensor.getType());
  };
  auto declared = typeOf(layer->getResult(0));
  if (!declared || !declared.getRanked() ||
      llvm::any_of(layer.getTensorInputs(), [&](Value input) {
        nas::TensorType type = typeOf(input);
        return !type || !type.getRanked();
      }))
    return success();

  // A copy in a block of its own, so that nothing is added to the operation's
  // surroundings: an operand of unknown value is an argument of that block.
  Block scratch;
  MLIRContext *context = layer->getContext();
  OpBuilder builder(context);
  builder.setInsertionPointToStart(&scratch);
  ExpressionBuilder expressions(builder, layer->getLoc());
  IRMapping mapping;
  for (Value operand : layer->getOperands()) {
    std::optional<int64_t> number = cost::constantOf(operand);
    mapping.map(operand, number ? expressions.constant(*number)
                                : scratch.addArgument(operand.getType(),
                                                      layer->getLoc()));
  }
  auto copy = cast<LayerOpInterface>(builder.clone(*layer, mapping));
  builder.setInsertionPoint(copy);
  SmallVector<Shape> inputs;
  for (Value input : layer.getTensorInputs()) {
    Shape &shape = inputs.emplace_back();
    for (int64_t size : typeOf(input).getShape())
      shape.push_back(
          size == nas::TensorType::kOpen
              ? scratch.addArgument(
                    cost::integerType(context, {1, cost::Range::kMaximum}),
                    layer->getLoc())
              : expressions.constant(size));
  }
  auto report = [&](StringRef label) {
    return layer->emitOpError(layer->getName().stripDialect() + "_" + label +
                              ": ");
  };
  Shape expected;
  SmallVector<ShapeRequirement> requirements;
  if (failed(copy.inferShape(expressions, inputs, expected, requirements))) {
    const ShapeRequirement &broken = requirements.back();
    return report(broken.label) << renderShapeMessage(
               StringRef(broken.message.text).split(": ").second,
               broken.message.sizes);
  }
  bool agrees = expected.size() == declared.getRank();
  SmallVector<int64_t> sizes;
  for (auto [index, size] : llvm::enumerate(expected)) {
    sizes.push_back(cost::constantOf(size).value_or(nas::TensorType::kOpen));
    if (!agrees)
      continue;
    const int64_t found = declared.getShape()[index];
    agrees &=
        found == nas::TensorType::kOpen || cost::rangeOf(size).contains(found);
  }
  if (agrees)
    return success();
  return report("result") << "expected a result of " << sizesText(sizes)
                          << ", found " << sizesText(declared.getShape());
}

Value nas::operandOf(LayerOpInterface layer, LayerField field) {
  std::optional<LayerKind> kind =
      parseLayerKind(layer->getName().stripDialect());
  assert(kind && "every layer of the dialect is in the table");
  unsigned operand = 0;
  for (const LayerArgument &argument : layerInfo(*kind).arguments) {
    switch (argument.kind) {
    case LayerArgument::Kind::Integer:
    case LayerArgument::Kind::Real:
      if (argument.field == field)
        return layer->getOperand(operand);
      ++operand;
      break;
    case LayerArgument::Kind::Tensor:
      ++operand;
      break;
    default:
      // Layers that join all of their tensors have no other operands.
      break;
    }
  }
  return {};
}

std::pair<int64_t, int64_t> nas::samePadding(int64_t size, int64_t kernel,
                                             int64_t stride) {
  int64_t output = cost::ceilDivide(size, stride);
  int64_t total = std::max<int64_t>((output - 1) * stride + kernel - size, 0);
  return {total / 2, total - total / 2};
}

//===----------------------------------------------------------------------===//
// Convolutions and dense layers
//===----------------------------------------------------------------------===//

LogicalResult Conv2DOp::inferShape(ExpressionBuilder &builder,
                                   ArrayRef<Shape> inputs, Shape &result,
                                   Requirements &requirements) {
  const Shape &input = inputs.front();
  if (failed(requireRank(*this, builder, input, 3, "height, width, channels",
                         requirements)) ||
      failed(requirePositive(*this, "filters", builder, getFilters(), "filters",
                             requirements)) ||
      failed(requireGroups(*this, builder, input[2], getFilters(), getGroups(),
                           requirements)))
    return failure();
  return windowShape(*this, builder, input, getFilters(), result, requirements);
}

LayerQuantities Conv2DOp::computeQuantities(ExpressionBuilder &builder,
                                            ArrayRef<Shape> inputs,
                                            const Shape &result) {
  Value perFilter = builder.product(
      {getKernelHeight(), getKernelWidth(),
       builder.floorDiv(inputs.front()[2], builder.max(getGroups(), 1))});
  return weighted(builder, builder.mul(perFilter, getFilters()),
                  builder.mul(result[0], result[1]), getFilters(), getBias());
}

SmallVector<LayerCostKind> Conv2DOp::costKinds(ExpressionBuilder &builder) {
  Value one = builder.constant(1);
  Value pointwise = builder.conjunction(
      builder.compare(Predicate::eq, getKernelHeight(), one),
      builder.compare(Predicate::eq, getKernelWidth(), one));
  return {{"grouped_conv2d", builder.compare(Predicate::gt, getGroups(), one)},
          {"pointwise_conv2d", pointwise},
          {"conv2d", one}};
}

LogicalResult DepthwiseConv2DOp::inferShape(ExpressionBuilder &builder,
                                            ArrayRef<Shape> inputs,
                                            Shape &result,
                                            Requirements &requirements) {
  return channelwiseShape(*this, builder, inputs.front(), result, requirements);
}

LayerQuantities DepthwiseConv2DOp::computeQuantities(ExpressionBuilder &builder,
                                                     ArrayRef<Shape> inputs,
                                                     const Shape &result) {
  Value weights =
      builder.product({getKernelHeight(), getKernelWidth(), result[2]});
  return weighted(builder, weights, builder.mul(result[0], result[1]),
                  result[2], getBias());
}

SmallVector<LayerCostKind>
DepthwiseConv2DOp::costKinds(ExpressionBuilder &builder) {
  return {{"depthwise_conv2d", builder.constant(1)}};
}

LogicalResult Conv1DOp::inferShape(ExpressionBuilder &builder,
                                   ArrayRef<Shape> inputs, Shape &result,
                                   Requirements &requirements) {
  const Shape &input = inputs.front();
  if (failed(requireRank(*this, builder, input, 2, "length, channels",
                         requirements)) ||
      failed(requirePositive(*this, "filters", builder, getFilters(), "filters",
                             requirements)) ||
      failed(requireGroups(*this, builder, input[1], getFilters(), getGroups(),
                           requirements)))
    return failure();
  FailureOr<Value> length =
      windowOutput(*this, builder, getPadding(), /*horizontal=*/false, input[0],
                   getKernel(), getStride(), requirements);
  if (failed(length))
    return failure();
  result = {*length, getFilters()};
  return success();
}

LayerQuantities Conv1DOp::computeQuantities(ExpressionBuilder &builder,
                                            ArrayRef<Shape> inputs,
                                            const Shape &result) {
  Value weights = builder.product(
      {getKernel(),
       builder.floorDiv(inputs.front()[1], builder.max(getGroups(), 1)),
       getFilters()});
  return weighted(builder, weights, result[0], getFilters(), getBias());
}

SmallVector<LayerCostKind> Conv1DOp::costKinds(ExpressionBuilder &builder) {
  return {{"conv1d", builder.constant(1)}};
}

LogicalResult DenseOp::inferShape(ExpressionBuilder &builder, ArrayRef<Shape>,
                                  Shape &result, Requirements &requirements) {
  if (failed(requirePositive(*this, "units", builder, getUnits(), "units",
                             requirements)))
    return failure();
  result = {getUnits()};
  return success();
}

LayerQuantities DenseOp::computeQuantities(ExpressionBuilder &builder,
                                           ArrayRef<Shape> inputs,
                                           const Shape &) {
  return weighted(builder,
                  builder.mul(elements(builder, inputs.front()), getUnits()),
                  builder.constant(1), getUnits(), getBias());
}

SmallVector<LayerCostKind> DenseOp::costKinds(ExpressionBuilder &builder) {
  return {{"dense", builder.constant(1)}};
}

//===----------------------------------------------------------------------===//
// Normalisation
//===----------------------------------------------------------------------===//

LogicalResult BatchNormOp::inferShape(ExpressionBuilder &,
                                      ArrayRef<Shape> inputs, Shape &result,
                                      Requirements &) {
  result = inputs.front();
  return success();
}

LayerQuantities BatchNormOp::computeQuantities(ExpressionBuilder &builder,
                                               ArrayRef<Shape>,
                                               const Shape &result) {
  LayerQuantities quantities = LayerQuantities::none(builder);
  quantities.parameters = builder.mul(result.back(), 2);
  quantities.biasChannels = result.back();
  return quantities;
}

LayerRole BatchNormOp::getRole() { return LayerRole::Normalization; }

LogicalResult BatchNormOp::verify() {
  // Networks that were trained elsewhere may have 0: their variances are not.
  const double epsilon = getEpsilon().convertToDouble();
  if (std::isfinite(epsilon) && epsilon >= 0)
    return success();
  return emitOpError("batch_norm_epsilon: expected an epsilon of at least 0, "
                     "found ")
         << epsilon;
}

//===----------------------------------------------------------------------===//
// Quantisation
//===----------------------------------------------------------------------===//

LogicalResult RequantizeOp::inferShape(ExpressionBuilder &,
                                       ArrayRef<Shape> inputs, Shape &result,
                                       Requirements &) {
  result = inputs.front();
  return success();
}

LayerRole RequantizeOp::getRole() { return LayerRole::Activation; }

//===----------------------------------------------------------------------===//
// Joins
//===----------------------------------------------------------------------===//

static LogicalResult verifyJoin(Operation *op, ValueRange inputs) {
  if (inputs.size() >= 2)
    return success();
  return op->emitOpError(op->getName().stripDialect() +
                         "_inputs: expected at least two inputs, found ")
         << inputs.size();
}

LogicalResult AddOp::verify() { return verifyJoin(*this, getInputs()); }

LayerRole AddOp::getRole() { return LayerRole::Join; }

ValueRange AddOp::getTensorInputs() { return getInputs(); }

LogicalResult AddOp::inferShape(ExpressionBuilder &builder,
                                ArrayRef<Shape> inputs, Shape &result,
                                Requirements &requirements) {
  for (const Shape &input : inputs.drop_front())
    if (failed(requireSameShape(*this, builder, inputs.front(), input,
                                input.size(), "tensors of one shape",
                                requirements)))
      return failure();
  result = inputs.front();
  return success();
}

SmallVector<LayerCostKind> AddOp::costKinds(ExpressionBuilder &builder) {
  return {{"add", builder.constant(1)}};
}

ValueRange MultiplyOp::getTensorInputs() { return getOperands(); }

LayerRole MultiplyOp::getRole() { return LayerRole::Join; }

LogicalResult MultiplyOp::inferShape(ExpressionBuilder &builder,
                                     ArrayRef<Shape> inputs, Shape &result,
                                     Requirements &requirements) {
  const Shape &lhs = inputs[0], &rhs = inputs[1];
  result = lhs;
  StringRef expected =
      "a second tensor of the first one's shape or one number a channel";
  if (rhs.size() == 1)
    return require(*this, "inputs",
                   builder.compare(Predicate::eq, lhs.back(), rhs.back()),
                   ShapeMessage("expected " + expected + ", found ")
                       << lhs << " and " << rhs,
                   requirements);
  if (lhs.size() != rhs.size())
    return requireSameShape(*this, builder, lhs, rhs, 0, expected,
                            requirements);
  Value one = builder.constant(1);
  Value broadcast = builder.compare(Predicate::eq, lhs.back(), rhs.back());
  Value equal = broadcast;
  for (auto [a, b] : llvm::zip(ArrayRef<Value>(lhs).drop_back(),
                               ArrayRef<Value>(rhs).drop_back())) {
    broadcast =
        builder.conjunction(broadcast, builder.compare(Predicate::eq, b, one));
    equal = builder.conjunction(equal, builder.compare(Predicate::eq, a, b));
  }
  return require(*this, "inputs", builder.disjunction(equal, broadcast),
                 ShapeMessage("expected " + expected + ", found ")
                     << lhs << " and " << rhs,
                 requirements);
}

LogicalResult ConcatOp::verify() { return verifyJoin(*this, getInputs()); }

ValueRange ConcatOp::getTensorInputs() { return getInputs(); }

LogicalResult ConcatOp::inferShape(ExpressionBuilder &builder,
                                   ArrayRef<Shape> inputs, Shape &result,
                                   Requirements &requirements) {
  result = inputs.front();
  for (const Shape &input : inputs.drop_front()) {
    if (failed(requireSameShape(
            *this, builder, inputs.front(), input, input.size() - 1,
            "tensors that differ in their channels alone", requirements)))
      return failure();
    result.back() = builder.add(result.back(), input.back());
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

LogicalResult MaxPoolOp::inferShape(ExpressionBuilder &builder,
                                    ArrayRef<Shape> inputs, Shape &result,
                                    Requirements &requirements) {
  return poolShape(*this, builder, inputs.front(), result, requirements);
}

bool MaxPoolOp::keepsScale() { return true; }

SmallVector<LayerCostKind> MaxPoolOp::costKinds(ExpressionBuilder &builder) {
  return {{"pool", builder.constant(1)}};
}

LogicalResult AveragePoolOp::inferShape(ExpressionBuilder &builder,
                                        ArrayRef<Shape> inputs, Shape &result,
                                        Requirements &requirements) {
  return poolShape(*this, builder, inputs.front(), result, requirements);
}

bool AveragePoolOp::coversImage() {
  auto input = cast<TensorType>(getInput().getType());
  auto result = cast<TensorType>(getResult().getType());
  // One window; `same` then adds no padding.
  return cost::constantOf(getKernelHeight()) == input.getShape()[0] &&
         cost::constantOf(getKernelWidth()) == input.getShape()[1] &&
         result.getShape()[0] == 1 && result.getShape()[1] == 1 &&
         llvm::all_of(getPadding().getAmounts(),
                      [](int64_t amount) { return amount == 0; });
}

SmallVector<LayerCostKind>
AveragePoolOp::costKinds(ExpressionBuilder &builder) {
  return {{"pool", builder.constant(1)}};
}

LogicalResult GlobalAveragePoolOp::inferShape(ExpressionBuilder &,
                                              ArrayRef<Shape> inputs,
                                              Shape &result, Requirements &) {
  result = {inputs.front().back()};
  return success();
}

SmallVector<LayerCostKind>
GlobalAveragePoolOp::costKinds(ExpressionBuilder &builder) {
  return {{"pool", builder.constant(1)}};
}

//===----------------------------------------------------------------------===//
// Layers without arithmetic
//===----------------------------------------------------------------------===//

LogicalResult FlattenOp::inferShape(ExpressionBuilder &builder,
                                    ArrayRef<Shape> inputs, Shape &result,
                                    Requirements &) {
  result = {elements(builder, inputs.front())};
  return success();
}

LogicalResult IdentityOp::inferShape(ExpressionBuilder &,
                                     ArrayRef<Shape> inputs, Shape &result,
                                     Requirements &) {
  result = inputs.front();
  return success();
}

LogicalResult DropoutOp::inferShape(ExpressionBuilder &, ArrayRef<Shape> inputs,
                                    Shape &result, Requirements &) {
  result = inputs.front();
  return success();
}

LogicalResult DropoutOp::verify() {
  FloatAttr rate;
  if (!matchPattern(getRate(), m_Constant(&rate)) ||
      (rate.getValueAsDouble() >= 0 && rate.getValueAsDouble() < 1))
    return success();
  return emitOpError("dropout_rate: expected a rate of at least 0 and less "
                     "than 1, found ")
         << rate.getValueAsDouble();
}

bool ZeroOp::keepsScale() { return true; }

LogicalResult ZeroOp::inferShape(ExpressionBuilder &, ArrayRef<Shape> inputs,
                                 Shape &result, Requirements &) {
  result = inputs.front();
  return success();
}
