//===- NasToTosa.cpp - A network's layers in TOSA -------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every tensor of the network is a tensor of four dimensions here: batch,
// height, width, channels, with ones in front of what a tensor lacks. A
// one-dimensional convolution has its length as the width.
//
//===----------------------------------------------------------------------===//

#include "passes/lowering/NasToTosa.h"
#include "dialects/diagnostics/CodedDiagnostic.h"
#include "dialects/nas/Nas.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "passes/lowering/LayerReading.h"
#include "passes/lowering/Passes.h"
#include <cmath>
#include <limits>
#include <map>

namespace nasc {
#define GEN_PASS_DEF_CONVERTNASTOTOSA
#include "passes/lowering/Passes.h.inc"

namespace {
using namespace mlir;

/// Converts the layers of one space.
class NetworkConverter {
public:
  NetworkConverter(nas::SpaceOp space, OpBuilder &builder,
                   bool placeholderWeights)
      : layerWeights(placeholderWeights), space(space), builder(builder) {}

  /// The function returns ranges: of `count` tensors from number `first` on.
  void observe(unsigned first, unsigned count) { observed = {first, count}; }
  /// Emits the function, with raw samples of the type named `element`, or of
  /// the data set's element type if that is empty.
  FailureOr<func::FuncOp> convert(StringRef element);

  unsigned foldedBatchNorms() const { return layerWeights.numFolded(); }
  unsigned layers() const { return layerCount; }

  // What the lowerings of the layers use.
  LayerWeights layerWeights;
  OpBuilder &b() { return builder; }
  Location location() const { return currentLocation; }
  Value get(Value tensor) { return values.lookup(tensor); }
  RankedTensorType type(Value tensor) {
    return RankedTensorType::get(imageShape(tensor), builder.getF32Type());
  }
  Value constant(ArrayRef<int64_t> shape, ArrayRef<float> values);
  DenseI64ArrayAttr list(ArrayRef<int64_t> numbers) {
    return builder.getDenseI64ArrayAttr(numbers);
  }
  Value scalar(float value) { return constant({1, 1, 1, 1}, {value}); }
  Value reshape(Value value, ArrayRef<int64_t> shape);
  Value multiply(Value a, Value b, Type type);
  Value clamp(Value value, float low, float high);
  FailureOr<Value> convolution(Operation *op, std::array<int64_t, 2> kernel,
                               std::array<int64_t, 2> stride, int64_t groups,
                               nas::PaddingAttr pad);

private:
  Value normalizedInput(Value raw, const RawSamples &samples);
  Value observedRanges(func::FuncOp function);

  nas::SpaceOp space;
  OpBuilder &builder;
  /// The first tensor whose range is returned, and their number.
  std::optional<std::pair<unsigned, unsigned>> observed;
  Location currentLocation = UnknownLoc::get(builder.getContext());
  DenseMap<Value, Value> values;
  unsigned layerCount = 0;
};

Value NetworkConverter::constant(ArrayRef<int64_t> shape,
                                 ArrayRef<float> numbers) {
  auto type = RankedTensorType::get(shape, builder.getF32Type());
  return builder.create<tosa::ConstOp>(location(), type,
                                       DenseElementsAttr::get(type, numbers));
}

Value NetworkConverter::reshape(Value value, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  return builder.create<tosa::ReshapeOp>(
      location(), RankedTensorType::get(shape, type.getElementType()), value,
      shape);
}

Value NetworkConverter::multiply(Value a, Value b, Type type) {
  return builder.create<tosa::MulOp>(location(), type, a, b,
                                     builder.getI8IntegerAttr(0));
}

Value NetworkConverter::clamp(Value value, float low, float high) {
  return builder.create<tosa::ClampOp>(
      location(), value.getType(), value, builder.getI64IntegerAttr(0),
      builder.getI64IntegerAttr(0), builder.getF32FloatAttr(low),
      builder.getF32FloatAttr(high));
}

FailureOr<Value> NetworkConverter::convolution(Operation *op,
                                               std::array<int64_t, 2> kernel,
                                               std::array<int64_t, 2> stride,
                                               int64_t groups,
                                               nas::PaddingAttr pad) {
  Value source = op->getOperand(0), input = get(source);
  RankedTensorType inputType = type(source),
                   outputType = type(op->getResult(0));
  const int64_t filters = outputType.getDimSize(3);
  const int64_t channels = inputType.getDimSize(3) / groups;
  auto amounts = resolvePadding(op, pad, source, kernel, stride);
  auto folding = layerWeights.foldedWeights(op);
  if (failed(amounts) || failed(folding))
    return failure();
  auto &[weight, bias] = *folding;

  if (groups > 1 && channels == 1) {
    // Filters are in the order of the groups, so the last two dimensions of
    // TOSA's weights (channel, multiplier) are one of ours.
    return builder
        .create<tosa::DepthwiseConv2DOp>(
            location(), outputType, input,
            constant({kernel[0], kernel[1], groups, filters / groups},
                     weight.values),
            constant({filters}, bias.values), list(*amounts), list(stride),
            list({1, 1}))
        .getResult();
  }
  weight.shape = {kernel[0], kernel[1], channels, filters};
  const int64_t each = filters / groups;
  SmallVector<Value> parts;
  for (int64_t group = 0; group < groups; ++group) {
    Value part = input;
    SmallVector<int64_t> shape(inputType.getShape());
    shape[3] = channels;
    if (groups > 1)
      part = builder.create<tosa::SliceOp>(
          location(), RankedTensorType::get(shape, builder.getF32Type()), input,
          list({0, 0, 0, group * channels}), list(shape));
    Weights filter = filterMajor(weight, group * each, each);
    SmallVector<int64_t> partShape(outputType.getShape());
    partShape[3] = each;
    parts.push_back(builder.create<tosa::Conv2DOp>(
        location(), RankedTensorType::get(partShape, builder.getF32Type()),
        part, constant(filter.shape, filter.values),
        constant({each},
                 ArrayRef<float>(bias.values).slice(group * each, each)),
        list(*amounts), list(stride), list({1, 1})));
  }
  if (groups == 1)
    return parts.front();
  return builder.create<tosa::ConcatOp>(location(), outputType, parts, 3)
      .getResult();
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

using Result = FailureOr<Value>;
using Converter = NetworkConverter;

Result lower(nas::Conv2DOp op, Converter &converter) {
  auto shape = layerWindow(op);
  auto groups = staticSize(op, op.getGroups());
  if (failed(shape) || failed(groups))
    return failure();
  const auto &[kernel, stride] = *shape;
  return converter.convolution(op, kernel, stride, *groups, op.getPadding());
}

Result lower(nas::DepthwiseConv2DOp op, Converter &converter) {
  auto shape = layerWindow(op);
  if (failed(shape))
    return failure();
  const auto &[kernel, stride] = *shape;
  const int64_t channels = converter.type(op.getInput()).getDimSize(3);
  return converter.convolution(op, kernel, stride, channels, op.getPadding());
}

Result lower(nas::Conv1DOp op, Converter &converter) {
  auto length = staticSize(op, op.getKernel());
  auto step = staticSize(op, op.getStride());
  auto groups = staticSize(op, op.getGroups());
  if (failed(length) || failed(step) || failed(groups))
    return failure();
  return converter.convolution(op, {1, *length}, {1, *step}, *groups,
                               op.getPadding());
}

Result lower(nas::DenseOp op, Converter &converter) {
  const int64_t inputs = converter.type(op.getInput()).getNumElements();
  const int64_t units = converter.type(op.getResult()).getNumElements();
  auto folding = converter.layerWeights.foldedWeights(op);
  if (failed(folding))
    return failure();
  auto &[weight, bias] = *folding;
  weight.shape = {1, 1, inputs, units};
  Weights rows = filterMajor(weight, 0, units);
  OpBuilder &builder = converter.b();
  Value product = builder.create<tosa::FullyConnectedOp>(
      converter.location(),
      RankedTensorType::get({1, units}, builder.getF32Type()),
      converter.reshape(converter.get(op.getInput()), {1, inputs}),
      converter.constant({units, inputs}, rows.values),
      converter.constant({units}, bias.values));
  return converter.reshape(product, {1, 1, 1, units});
}

Result lower(nas::BatchNormOp op, Converter &converter) {
  Value input = converter.get(op.getInput());
  if (converter.layerWeights.isFolded(op))
    return input;
  auto factors = converter.layerWeights.factors(op);
  if (failed(factors))
    return failure();
  const int64_t channels = factors->factor.size();
  const int64_t shape[] = {1, 1, 1, channels};
  auto constant = [&](ArrayRef<double> numbers) {
    return converter.constant(
        shape, std::vector<float>(numbers.begin(), numbers.end()));
  };
  Type type = input.getType();
  Value product = converter.multiply(input, constant(factors->factor), type);
  return converter.b()
      .create<tosa::AddOp>(converter.location(), type, product,
                           constant(factors->summand))
      .getResult();
}

Result lower(nas::ReLUOp op, Converter &converter) {
  return converter.clamp(converter.get(op.getInput()), 0.0f,
                         std::numeric_limits<float>::infinity());
}

Result lower(nas::ReLU6Op op, Converter &converter) {
  return converter.clamp(converter.get(op.getInput()), 0.0f, 6.0f);
}

Result lower(nas::RequantizeOp op, Converter &converter) {
  return converter.clamp(converter.get(op.getInput()),
                         static_cast<float>(op.getLeast()),
                         static_cast<float>(op.getGreatest()));
}

Result lower(nas::HardSigmoidOp op, Converter &converter) {
  Value input = converter.get(op.getInput());
  Value sum = converter.b().create<tosa::AddOp>(
      converter.location(), input.getType(), input, converter.scalar(3.0f));
  return converter.multiply(converter.clamp(sum, 0.0f, 6.0f),
                            converter.scalar(1.0f / 6.0f), input.getType());
}

Result lower(nas::HardSwishOp op, Converter &converter) {
  Value input = converter.get(op.getInput());
  Value sum = converter.b().create<tosa::AddOp>(
      converter.location(), input.getType(), input, converter.scalar(3.0f));
  Value gate =
      converter.multiply(converter.clamp(sum, 0.0f, 6.0f),
                         converter.scalar(1.0f / 6.0f), input.getType());
  return converter.multiply(input, gate, input.getType());
}

Result lower(nas::SigmoidOp op, Converter &converter) {
  Value input = converter.get(op.getInput());
  return converter.b()
      .create<tosa::SigmoidOp>(converter.location(), input.getType(), input)
      .getResult();
}

Result lower(nas::AddOp op, Converter &converter) {
  Value sum;
  for (Value operand : op.getInputs()) {
    Value value = converter.get(operand);
    sum = sum ? converter.b()
                    .create<tosa::AddOp>(converter.location(), value.getType(),
                                         sum, value)
                    .getResult()
              : value;
  }
  return sum;
}

Result lower(nas::MultiplyOp op, Converter &converter) {
  return converter.multiply(converter.get(op.getLhs()),
                            converter.get(op.getRhs()),
                            converter.type(op.getResult()));
}

Result lower(nas::ConcatOp op, Converter &converter) {
  SmallVector<Value> parts;
  for (Value operand : op.getInputs())
    parts.push_back(converter.get(operand));
  if (parts.size() == 1)
    return parts.front();
  return converter.b()
      .create<tosa::ConcatOp>(converter.location(),
                              converter.type(op.getResult()), parts, 3)
      .getResult();
}

Result lower(nas::MaxPoolOp op, Converter &converter) {
  auto shape = layerWindow(op);
  if (failed(shape))
    return failure();
  const auto &[kernel, stride] = *shape;
  auto amounts =
      resolvePadding(op, op.getPadding(), op.getInput(), kernel, stride);
  if (failed(amounts))
    return failure();
  return converter.b()
      .create<tosa::MaxPool2dOp>(
          converter.location(), converter.type(op.getResult()),
          converter.get(op.getInput()), converter.list(kernel),
          converter.list(stride), converter.list(*amounts))
      .getResult();
}

Value averagePool(Converter &converter, Value input, RankedTensorType type,
                  ArrayRef<int64_t> kernel, ArrayRef<int64_t> stride,
                  ArrayRef<int64_t> amounts) {
  OpBuilder &builder = converter.b();
  return builder.create<tosa::AvgPool2dOp>(
      converter.location(), type, input, converter.list(kernel),
      converter.list(stride), converter.list(amounts),
      TypeAttr::get(builder.getF32Type()));
}

Result lower(nas::AveragePoolOp op, Converter &converter) {
  auto shape = layerWindow(op);
  if (failed(shape))
    return failure();
  const auto &[kernel, stride] = *shape;
  auto amounts =
      resolvePadding(op, op.getPadding(), op.getInput(), kernel, stride);
  if (failed(amounts))
    return failure();
  OpBuilder &builder = converter.b();
  Value input = converter.get(op.getInput());
  const bool isPadded =
      llvm::any_of(*amounts, [](int64_t amount) { return amount != 0; });
  if (isPadded && op.getCountPadding()) {
    // TOSA never counts the padding, so it becomes part of the input.
    auto type = cast<RankedTensorType>(input.getType());
    SmallVector<int64_t> padded(type.getShape());
    padded[1] += (*amounts)[0] + (*amounts)[1];
    padded[2] += (*amounts)[2] + (*amounts)[3];
    SmallVector<int64_t> pairs = {0, 0};
    pairs.append(amounts->begin(), amounts->end());
    pairs.append({0, 0});
    auto listType = RankedTensorType::get({4, 2}, builder.getI64Type());
    Value paddings = builder.create<tosa::ConstOp>(
        converter.location(), listType,
        DenseElementsAttr::get(listType, ArrayRef<int64_t>(pairs)));
    auto scalarType = RankedTensorType::get({}, builder.getF32Type());
    Value zero =
        builder.create<tosa::ConstOp>(converter.location(), scalarType,
                                      DenseElementsAttr::get(scalarType, 0.0f));
    input = builder.create<tosa::PadOp>(
        converter.location(),
        RankedTensorType::get(padded, builder.getF32Type()), input, paddings,
        zero);
    amounts->fill(0);
  }
  return averagePool(converter, input, converter.type(op.getResult()), kernel,
                     stride, *amounts);
}

Result lower(nas::GlobalAveragePoolOp op, Converter &converter) {
  RankedTensorType type = converter.type(op.getInput());
  const int64_t kernel[] = {type.getDimSize(1), type.getDimSize(2)};
  auto resultType = RankedTensorType::get({1, 1, 1, type.getDimSize(3)},
                                          type.getElementType());
  return averagePool(converter, converter.get(op.getInput()), resultType,
                     kernel, {1, 1}, {0, 0, 0, 0});
}

Result lower(nas::FlattenOp op, Converter &converter) {
  return converter.reshape(converter.get(op.getInput()),
                           converter.type(op.getResult()).getShape());
}

Result lower(nas::IdentityOp op, Converter &converter) {
  return converter.get(op.getInput());
}

Result lower(nas::DropoutOp op, Converter &converter) {
  return converter.get(op.getInput());
}

Result lower(nas::ZeroOp op, Converter &converter) {
  RankedTensorType type = converter.type(op.getResult());
  return converter.b()
      .create<tosa::ConstOp>(converter.location(), type,
                             DenseElementsAttr::get(type, 0.0f))
      .getResult();
}

using LayerLowering = FailureOr<Value> (*)(Operation *, Converter &);

template <typename Op> std::pair<const StringRef, LayerLowering> entry() {
  return {Op::getOperationName(), [](Operation *op, Converter &converter) {
            return lower(cast<Op>(op), converter);
          }};
}

/// The one place where the lowering of a layer is registered.
const std::map<StringRef, LayerLowering> &layerLowerings() {
  static const std::map<StringRef, LayerLowering> table = {
      entry<nas::Conv2DOp>(),
      entry<nas::DepthwiseConv2DOp>(),
      entry<nas::Conv1DOp>(),
      entry<nas::DenseOp>(),
      entry<nas::BatchNormOp>(),
      entry<nas::ReLUOp>(),
      entry<nas::ReLU6Op>(),
      entry<nas::RequantizeOp>(),
      entry<nas::HardSwishOp>(),
      entry<nas::HardSigmoidOp>(),
      entry<nas::SigmoidOp>(),
      entry<nas::AddOp>(),
      entry<nas::MultiplyOp>(),
      entry<nas::ConcatOp>(),
      entry<nas::MaxPoolOp>(),
      entry<nas::AveragePoolOp>(),
      entry<nas::GlobalAveragePoolOp>(),
      entry<nas::FlattenOp>(),
      entry<nas::IdentityOp>(),
      entry<nas::DropoutOp>(),
      entry<nas::ZeroOp>()};
  return table;
}

//===----------------------------------------------------------------------===//
// The function
//===----------------------------------------------------------------------===//

Value NetworkConverter::normalizedInput(Value raw, const RawSamples &samples) {
  auto rawType = cast<RankedTensorType>(raw.getType());
  RankedTensorType type = this->type(space.getBody().getArgument(0));
  const int64_t channels = type.getDimSize(3);

  // Rows of width · channels, so that few channels do not mean short vectors.
  const int64_t row = type.getDimSize(2) * channels;
  SmallVector<int64_t> rows = {1, type.getDimSize(1), row};
  auto rowsType = RankedTensorType::get(rows, builder.getF32Type());
  Value value = reshape(raw, rows);
  double bias = 0.0;
  if (samples.element == "uint8") {
    // TOSA's casts are signed: flipping the top bit subtracts 128.
    auto bitType = RankedTensorType::get({1, 1, 1}, rawType.getElementType());
    Value bit = builder.create<tosa::ConstOp>(
        location(), bitType,
        DenseElementsAttr::get(bitType, static_cast<int8_t>(-128)));
    value = builder.create<tosa::BitwiseXorOp>(location(), value.getType(),
                                               value, bit);
    bias = 128.0;
  }
  if (!rawType.getElementType().isF32())
    value = builder.create<tosa::CastOp>(location(), rowsType, value);
  std::vector<float> factors, offsets;
  for (int64_t i = 0; i < row; ++i) {
    const int64_t channel = i % channels;
    const double factor = samples.factors[channel];
    factors.push_back(static_cast<float>(factor));
    offsets.push_back(
        static_cast<float>(bias * factor + samples.offsets[channel]));
  }
  auto table = [&](std::vector<float> &numbers) {
    if (llvm::all_equal(numbers))
      numbers.resize(1);
    return constant({1, 1, static_cast<int64_t>(numbers.size())}, numbers);
  };
  if (!llvm::all_of(factors, [](float factor) { return factor == 1.0f; }))
    value = multiply(value, table(factors), rowsType);
  if (!llvm::all_of(offsets, [](float offset) { return offset == 0.0f; }))
    value = builder.create<tosa::AddOp>(location(), rowsType, value,
                                        table(offsets));
  return reshape(value, type.getShape());
}

/// The least and the greatest number of the input and of each layer's result.
Value NetworkConverter::observedRanges(func::FuncOp function) {
  SmallVector<Value> ends;
  SmallVector<StringRef> names;
  auto observe = [&](Value tensor, StringRef name) {
    Value value = get(tensor);
    // Where it is computed: at the end, all tensors would be alive together.
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfterValue(value);
    const int64_t elements =
        cast<RankedTensorType>(value.getType()).getNumElements();
    Value flat = reshape(value, {elements});
    auto type = RankedTensorType::get({1}, builder.getF32Type());
    IntegerAttr axis = builder.getI32IntegerAttr(0);
    ends.push_back(
        builder.create<tosa::ReduceMinOp>(location(), type, flat, axis));
    ends.push_back(
        builder.create<tosa::ReduceMaxOp>(location(), type, flat, axis));
    names.push_back(name);
  };
  Block &body = space.getBody().front();
  unsigned number = 0;
  auto isWanted = [&] {
    const unsigned position = number++;
    return position >= observed->first &&
           position - observed->first < observed->second;
  };
  if (isWanted())
    observe(body.getArgument(0), "input");
  for (auto layer : body.getOps<nas::LayerOpInterface>())
    if (isWanted())
      observe(layer->getResult(0), layer.getLayerName());
  function->setAttr("nasc.observed", builder.getStrArrayAttr(names));
  return builder.create<tosa::ConcatOp>(
      location(),
      RankedTensorType::get({static_cast<int64_t>(ends.size())},
                            builder.getF32Type()),
      ends, 0);
}

FailureOr<func::FuncOp> NetworkConverter::convert(StringRef wantedElement) {
  currentLocation = space.getLoc();
  Block &body = space.getBody().front();
  if (body.getNumArguments() == 0)
    return space.emitError("a space without layers has no code")
           << Diag::NAS6001;

  auto samples = readRawSamples(space, wantedElement);
  if (failed(samples))
    return failure();
  Type elementType = samples->element == "float32" ? Type(builder.getF32Type())
                                                   : Type(builder.getI8Type());
  auto inputType = RankedTensorType::get(
      cast<nas::TensorType>(body.getArgument(0).getType()).getShape(),
      elementType);
  auto resultType = RankedTensorType::get(
      cast<nas::TensorType>(*space.getResult()).getShape(),
      builder.getF32Type());
  auto function = builder.create<func::FuncOp>(
      space.getLoc(), space.getSymName(),
      builder.getFunctionType(inputType, resultType));
  if (samples->element == "uint8")
    function.setArgAttr(0, "nasc.unsigned", builder.getUnitAttr());
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(function.addEntryBlock());

  values[body.getArgument(0)] =
      normalizedInput(function.getArgument(0), *samples);
  const auto &table = layerLowerings();
  for (Operation &op : body) {
    if (auto terminator = dyn_cast<nas::ReturnOp>(op)) {
      Value result = observed ? observedRanges(function)
                              : reshape(get(terminator.getValues()[0]),
                                        resultType.getShape());
      function.setFunctionType(
          builder.getFunctionType(inputType, result.getType()));
      builder.create<func::ReturnOp>(currentLocation, result);
      return function;
    }
    // Constants, and the sizes they give to tensors.
    if (isa<nas::ShapeOp>(op) ||
        isa_and_nonnull<cost::CostDialect, arith::ArithDialect>(
            op.getDialect()))
      continue;
    auto found = table.find(op.getName().getStringRef());
    if (found == table.end())
      return op.emitError("cannot be lowered; specialise the space first")
             << Diag::NAS6001;
    for (Value tensor : op.getResults()) {
      auto type = dyn_cast<nas::TensorType>(tensor.getType());
      if (!type || !type.hasStaticShape() || type.getRank() > 3)
        return op.emitError("expected a tensor of static shape, found ")
               << tensor.getType() << "; specialise the space first"
               << Diag::NAS6001;
    }
    currentLocation = op.getLoc();
    FailureOr<Value> value = found->second(&op, *this);
    if (failed(value))
      return failure();
    values[op.getResult(0)] = *value;
    ++layerCount;
  }
  return space.emitError("expected a space that returns its result")
         << Diag::NAS6001;
}

struct ConvertNasToTosaPass : impl::ConvertNasToTosaBase<ConvertNasToTosaPass> {
  using Base = impl::ConvertNasToTosaBase<ConvertNasToTosaPass>;
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<nas::SpaceOp> spaces(module.getOps<nas::SpaceOp>());
    if (spaces.size() != 1) {
      module.emitError("expected one space to lower, found ")
          << spaces.size() << Diag::NAS6001;
      return signalPassFailure();
    }
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    NetworkConverter converter(spaces.front(), builder, placeholderWeights);
    if (observeRanges)
      converter.observe(observeFirst, observeCount ? observeCount : ~0u);
    if (failed(converter.convert(inputElement)))
      return signalPassFailure();
    numLayers += converter.layers();
    numFolded += converter.foldedBatchNorms();
    // What described the network has become the function.
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (llvm::is_contained({"nas", "cost", "search"},
                             op.getName().getDialectNamespace()))
        op.erase();
  }
};

} // namespace

llvm::SmallVector<llvm::StringRef> getLoweredLayerNames() {
  llvm::SmallVector<llvm::StringRef> names;
  for (const auto &[name, lowering] : layerLowerings())
    names.push_back(name);
  return names;
}

} // namespace nasc
