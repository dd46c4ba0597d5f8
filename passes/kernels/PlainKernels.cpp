//===- PlainKernels.cpp - Kernels for every machine -----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/kernels/KernelBuilder.h"
#include "passes/kernels/KernelSet.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

namespace nasc {
using namespace mlir;

namespace {

using Argument = KernelBuilder::Argument;
using ArgumentList = SmallVector<std::pair<StringRef, Argument>>;

//===----------------------------------------------------------------------===//
// Requantisation
//===----------------------------------------------------------------------===//

/// TOSA's apply_scale_32: (value · multiplier + 2^(shift - 1)) >> shift; with
/// double rounding, the shift beyond 31 bits rounds once more, ties away from
/// zero.
Number applyScale(Number value, Number multiplier, Number shift,
                  bool doubleRounding) {
  KernelBuilder &k = value.getBuilder();
  Number product = value.i64() * multiplier.i64();
  Number rounding = shiftLeft(k.i64(1), (shift - 1).i64());
  if (doubleRounding) {
    Number more = select(lessThan(value, k.i32(0)), k.i64(-(int64_t(1) << 30)),
                         k.i64(int64_t(1) << 30));
    rounding = select(lessThan(k.i32(31), shift), rounding + more, rounding);
  }
  return shiftRight(product + rounding, shift.i64()).i32();
}

/// The end of a kernel: what makes 8 bits of a sum, with its arguments.
class OutputStage {
public:
  enum class Form {
    /// One factor: two arguments.
    Uniform,
    /// A bias and a factor for each channel: a table.
    ByChannel,
    /// A bias, a factor and a summand for each channel, and one factor behind.
    BySummand
  };

  OutputStage(Form form, bool doubleRounding)
      : form(form), doubleRounding(doubleRounding) {}

  void addArguments(ArgumentList &arguments) const {
    if (form != Form::Uniform)
      arguments.push_back({"channel_constants", Argument::Words});
    if (form != Form::Uniform && !doubleRounding)
      arguments.push_back({"channel_shift", Argument::Integer});
    if (form != Form::ByChannel) {
      arguments.push_back({"multiplier", Argument::Integer});
      arguments.push_back({"shift", Argument::Integer});
    }
    arguments.push_back({"zero_point", Argument::Integer});
    arguments.push_back({"minimum", Argument::Integer});
    arguments.push_back({"maximum", Argument::Integer});
  }

  /// What kernels of this form have behind their name.
  std::string suffix() const {
    return std::string(form == Form::BySummand ? "_summand" : "") +
           (doubleRounding ? "_double" : "");
  }

  /// The sum's first value.
  Number bias(KernelBuilder &k, Number channel) const {
    return k.buffer("channel_constants").load(place(channel)).named("bias");
  }
  Number finish(KernelBuilder &k, Number sum, Number channel = {}) const {
    if (form != Form::Uniform) {
      Buffer constants = k.buffer("channel_constants");
      Number first = place(channel);
      Number shift = doubleRounding ? constants.load(first + 2)
                                    : k.number("channel_shift");
      sum = applyScale(sum, constants.load(first + 1), shift, doubleRounding);
      if (form == Form::BySummand)
        sum = sum + constants.load(first + (stride() - 1));
    }
    if (form != Form::ByChannel)
      sum = applyScale(sum, k.number("multiplier"), k.number("shift"),
                       doubleRounding);
    return minimum(maximum(sum + k.number("zero_point"), k.number("minimum")),
                   k.number("maximum"));
  }

private:
  int64_t stride() const {
    return 2 + doubleRounding + (form == Form::BySummand);
  }
  Number place(Number channel) const { return channel * stride(); }

  Form form;
  bool doubleRounding;
};

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// Emits the calls of one step.
class StepEmitter {
public:
  StepEmitter(OpBuilder &builder, ModuleOp module,
              const QuantizedNetwork &network, const NetworkStep &step,
              const StepBuffers &buffers)
      : builder(builder), module(module), network(network), step(step),
        buffers(buffers), location(module.getLoc()) {}

  void emit();

private:
  const NetworkTensor &input(unsigned number = 0) const {
    return network.tensors[step.inputs[number]];
  }
  const NetworkTensor &output() const { return network.tensors[step.output]; }
  bool isDouble() const { return step.result.doubleRounding; }

  /// The kernel of that name, which `build` makes if it does not exist.
  void callKernel(const llvm::Twine &name, StringRef comment,
                  const ArgumentList &arguments, ArrayRef<Value> operands,
                  llvm::function_ref<void(KernelBuilder &)> build);
  Value index(int64_t value) {
    return builder.create<arith::ConstantIndexOp>(location, value);
  }
  Value integer(int64_t value) {
    return builder.create<arith::ConstantIntOp>(location, value, 32);
  }
  template <typename T> Value constants(StringRef suffix, ArrayRef<T> numbers);
  /// What makes the step's result of a sum.
  OutputStage outputStage() const;
  /// The arguments of an OutputStage: of the step's result, or of one scale.
  void addOutputStage(SmallVector<Value> &operands);
  void addOutputStage(SmallVector<Value> &operands,
                      const Requantization &scale);
  void addBounds(SmallVector<Value> &operands, const Requantization &scale);

  void emitElementwise();
  void emitChannelTables();
  void emitConvolution();
  void emitPointwise();
  void emitDepthwise();
  void emitDense();
  void emitAffine();
  void emitAdd();
  void emitMultiply();
  void emitPool();
  void emitMean();
  void emitCopies();
  void emitRescaledCopy(unsigned number, int64_t first);
  void emitPad();
  void emitFill();

  OpBuilder &builder;
  ModuleOp module;
  const QuantizedNetwork &network;
  const NetworkStep &step;
  const StepBuffers &buffers;
  Location location;
};

void StepEmitter::callKernel(const llvm::Twine &name, StringRef comment,
                             const ArgumentList &arguments,
                             ArrayRef<Value> operands,
                             llvm::function_ref<void(KernelBuilder &)> build) {
  assert(arguments.size() == operands.size() && "a call lacks an argument");
  std::string symbol = (name + "_s8").str();
  if (symbol == network.name)
    symbol += "_kernel";
  if (!module.lookupSymbol(symbol)) {
    KernelBuilder kernel(module, symbol, comment, arguments);
    build(kernel);
  }
  auto callee = module.lookupSymbol<func::FuncOp>(symbol);
  auto call = builder.create<func::CallOp>(location, callee, operands);
  const NetworkTensor &to = output();
  call->setAttr("nasc.comment",
                builder.getStringAttr(
                    step.layer + ": " + getStepName(step.kind) + ", " +
                    llvm::Twine(to.height) + " x " + llvm::Twine(to.width) +
                    " x " + llvm::Twine(to.channels)));
}

template <typename T>
Value StepEmitter::constants(StringRef suffix, ArrayRef<T> numbers) {
  std::string base = step.layer;
  for (char &character : base)
    if (!llvm::isAlnum(character))
      character = '_';
  base += suffix.str();
  std::string name = base;
  for (unsigned count = 1; module.lookupSymbol(name); ++count)
    name = base + "_" + std::to_string(count);
  const int64_t size = numbers.size();
  Type element = builder.getIntegerType(8 * sizeof(T));
  auto type = MemRefType::get({size}, element);
  OpBuilder outside = OpBuilder::atBlockEnd(module.getBody());
  outside.create<memref::GlobalOp>(
      location, name, builder.getStringAttr("private"), type,
      DenseElementsAttr::get(RankedTensorType::get({size}, element), numbers),
      /*constant=*/true, builder.getI64IntegerAttr(4));
  Value global = builder.create<memref::GetGlobalOp>(location, type, name);
  return builder.create<memref::CastOp>(
      location, MemRefType::get({ShapedType::kDynamic}, element), global);
}

OutputStage StepEmitter::outputStage() const {
  using Form = OutputStage::Form;
  return OutputStage(step.bias.empty()       ? Form::Uniform
                     : step.summands.empty() ? Form::ByChannel
                                             : Form::BySummand,
                     isDouble());
}

void StepEmitter::addOutputStage(SmallVector<Value> &operands) {
  if (!step.bias.empty()) {
    const Requantization &scale =
        step.summands.empty() ? step.result : step.channelScale;
    SmallVector<int32_t> numbers;
    for (auto [channel, bias] : llvm::enumerate(step.bias)) {
      const size_t factor = scale.multipliers.size() == 1 ? 0 : channel;
      numbers.push_back(bias);
      numbers.push_back(scale.multipliers[factor]);
      if (isDouble())
        numbers.push_back(scale.shifts[factor]);
      if (!step.summands.empty())
        numbers.push_back(step.summands[channel]);
    }
    operands.push_back(
        constants<int32_t>("_channels", ArrayRef<int32_t>(numbers)));
    if (!isDouble())
      operands.push_back(integer(scale.shifts.front()));
    if (step.summands.empty())
      return addBounds(operands, step.result);
  }
  addOutputStage(operands, step.result);
}

void StepEmitter::addOutputStage(SmallVector<Value> &operands,
                                 const Requantization &scale) {
  operands.push_back(integer(scale.multipliers.front()));
  operands.push_back(integer(scale.shifts.front()));
  addBounds(operands, scale);
}

void StepEmitter::addBounds(SmallVector<Value> &operands,
                            const Requantization &scale) {
  operands.push_back(integer(scale.zeroPoint));
  operands.push_back(integer(scale.minimum));
  operands.push_back(integer(scale.maximum));
}

//===----------------------------------------------------------------------===//
// Element by element
//===----------------------------------------------------------------------===//

void StepEmitter::emitElementwise() {
  ArgumentList arguments = {{"input", Argument::Bytes},
                            {"output", Argument::Bytes},
                            {"count", Argument::Index}};
  SmallVector<Value> operands = {buffers.inputs[0], buffers.output,
                                 index(output().bytes())};
  auto forEach = [](KernelBuilder &k,
                    llvm::function_ref<Number(Number)> function) {
    k.loop("i", k.index(0), k.number("count"), [&](Number i) {
      k.buffer("output").store(function(k.buffer("input").load(i)), i);
    });
  };
  switch (step.kind) {
  case StepKind::FlipSign:
    return callKernel(
        "flip_sign", "output = input - 128 for bytes without a sign.",
        arguments, operands, [&](KernelBuilder &k) {
          // As numbers with a sign: the top bit flips.
          forEach(k, [&](Number x) {
            return select(lessThan(x, k.i32(0)), x + 128, x - 128);
          });
        });
  case StepKind::Table:
    if (step.weights.size() > 256)
      return emitChannelTables();
    arguments.push_back({"table", Argument::Bytes});
    operands.push_back(
        constants<int8_t>("_table", ArrayRef<int8_t>(step.weights)));
    return callKernel("look_up", "output = table[input + 128].", arguments,
                      operands, [&](KernelBuilder &k) {
                        forEach(k, [&](Number x) {
                          return k.buffer("table").load((x + 128).index());
                        });
                      });
  case StepKind::Clamp:
    for (StringRef name : {"minimum", "maximum"})
      arguments.push_back({name, Argument::Integer});
    operands.push_back(integer(step.result.minimum));
    operands.push_back(integer(step.result.maximum));
    return callKernel("clamp", "output = input within bounds.", arguments,
                      operands, [&](KernelBuilder &k) {
                        forEach(k, [&](Number x) {
                          return minimum(maximum(x, k.number("minimum")),
                                         k.number("maximum"));
                        });
                      });
  default: {
    const OutputStage stage = outputStage();
    arguments.push_back({"input_zero_point", Argument::Integer});
    operands.push_back(integer(step.inputZeroPoint));
    stage.addArguments(arguments);
    addOutputStage(operands);
    return callKernel(
        "rescale" + stage.suffix(), "output = input in another scale.",
        arguments, operands, [&](KernelBuilder &k) {
          forEach(k, [&](Number x) {
            return stage.finish(k, x - k.number("input_zero_point"));
          });
        });
  }
  }
}

void StepEmitter::emitChannelTables() {
  callKernel("look_up_channels", "output = tables[channel][input + 128].",
             {{"input", Argument::Bytes},
              {"output", Argument::Bytes},
              {"pixels", Argument::Index},
              {"channels", Argument::Index},
              {"tables", Argument::Bytes}},
             {buffers.inputs[0], buffers.output,
              index(output().height * output().width), index(output().channels),
              constants<int8_t>("_tables", ArrayRef<int8_t>(step.weights))},
             [&](KernelBuilder &k) {
               Number zero = k.index(0), channels = k.number("channels");
               k.loop("pixel", zero, k.number("pixels"), [&](Number pixel) {
                 k.loop("i", zero, channels, [&](Number i) {
                   Number place = (pixel * channels + i).named("place");
                   Number entry = (k.buffer("input").load(place) + 128).index();
                   k.buffer("output").store(
                       k.buffer("tables").load(i * 256 + entry), place);
                 });
               });
             });
}

//===----------------------------------------------------------------------===//
// Convolutions
//===----------------------------------------------------------------------===//

/// Σ a[aBegin + i] · b[bBegin + i] for `count` i, added to `first`.
Number dotProduct(KernelBuilder &k, Buffer a, Number aBegin, Buffer b,
                  Number bBegin, Number count, Number first) {
  return k.reduce("i", k.index(0), count, first, "sum",
                  [&](Number i, Number sum) {
                    return sum + a.load(aBegin + i) * b.load(bBegin + i);
                  });
}

void StepEmitter::emitConvolution() {
  ArgumentList arguments = {{"input", Argument::Bytes},
                            {"output", Argument::Bytes},
                            {"weights", Argument::Bytes},
                            {"input_height", Argument::Index},
                            {"input_width", Argument::Index},
                            {"input_channels", Argument::Index},
                            {"output_height", Argument::Index},
                            {"output_width", Argument::Index},
                            {"groups", Argument::Index},
                            {"group_channels", Argument::Index},
                            {"group_filters", Argument::Index},
                            {"kernel_height", Argument::Index},
                            {"kernel_width", Argument::Index},
                            {"stride_height", Argument::Index},
                            {"stride_width", Argument::Index},
                            {"pad_top", Argument::Index},
                            {"pad_left", Argument::Index},
                            {"input_zero_point", Argument::Integer}};
  SmallVector<Value> operands = {
      buffers.inputs[0],
      buffers.output,
      constants<int8_t>("_weights", ArrayRef<int8_t>(step.weights)),
      index(input().height),
      index(input().width),
      index(input().channels),
      index(output().height),
      index(output().width),
      index(step.groups),
      index(input().channels / step.groups),
      index(output().channels / step.groups),
      index(step.kernelHeight),
      index(step.kernelWidth),
      index(step.strideHeight),
      index(step.strideWidth),
      index(step.padTop),
      index(step.padLeft),
      integer(step.inputZeroPoint)};
  const OutputStage stage = outputStage();
  stage.addArguments(arguments);
  addOutputStage(operands);
  callKernel(
      "convolve" + stage.suffix(),
      "A convolution, of parts of the channels with more than one group. "
      "Weights: filter,\nrow, column, channel. Padding has the value of the "
      "input's zero point, whose share\nthe bias contains.",
      arguments, operands, [&](KernelBuilder &k) {
        Buffer input = k.buffer("input"), weights = k.buffer("weights");
        Number zero = k.index(0), height = k.number("input_height"),
               width = k.number("input_width"),
               inputChannels = k.number("input_channels"),
               groups = k.number("groups"),
               channels = k.number("group_channels"),
               groupFilters = k.number("group_filters"),
               outputWidth = k.number("output_width"),
               kernelHeight = k.number("kernel_height"),
               kernelWidth = k.number("kernel_width");
        k.loop("y", zero, k.number("output_height"), [&](Number y) {
          Number top = (y * k.number("stride_height") - k.number("pad_top"))
                           .named("top");
          k.loop("x", zero, outputWidth, [&](Number x) {
            Number left = (x * k.number("stride_width") - k.number("pad_left"))
                              .named("left");
            k.loop("group", zero, groups, [&](Number group) {
              k.loop("member", zero, groupFilters, [&](Number member) {
                Number filter = (group * groupFilters + member).named("filter");
                Number sum = k.reduce(
                    "row", zero, kernelHeight, stage.bias(k, filter), "row_sum",
                    [&](Number row, Number first) {
                      return k.reduce(
                          "column", zero, kernelWidth, first, "column_sum",
                          [&](Number column, Number sum) {
                            Number inputY = (top + row).named("input_y");
                            Number inputX = (left + column).named("input_x");
                            Number tap =
                                (((filter * kernelHeight + row) * kernelWidth +
                                  column) *
                                 channels)
                                    .named("tap");
                            return k.branch(
                                both(isBelow(inputY, height),
                                     isBelow(inputX, width)),
                                [&] {
                                  Number pixel = ((inputY * width + inputX) *
                                                      inputChannels +
                                                  group * channels)
                                                     .named("pixel");
                                  return dotProduct(k, input, pixel, weights,
                                                    tap, channels, sum);
                                },
                                [&] {
                                  return k.reduce(
                                      "i", zero, channels, sum, "sum",
                                      [&](Number i, Number sum) {
                                        return sum +
                                               weights.load(tap + i) *
                                                   k.number("input_zero_point");
                                      });
                                });
                          });
                    });
                k.buffer("output").store(
                    stage.finish(k, sum, filter),
                    (y * outputWidth + x) * (groups * groupFilters) + filter);
              });
            });
          });
        });
      });
}

void StepEmitter::emitPointwise() {
  ArgumentList arguments = {
      {"input", Argument::Bytes},        {"output", Argument::Bytes},
      {"pixel_source", Argument::Bytes}, {"weights", Argument::Bytes},
      {"pixels", Argument::Index},       {"input_channels", Argument::Index},
      {"filters", Argument::Index},      {"copied_channels", Argument::Index},
      {"source_stride", Argument::Index}};
  // Each pixel is copied before the output takes its place, and else read where
  // it is.
  SmallVector<Value> operands = {
      buffers.inputs[0],
      buffers.output,
      buffers.overwrites ? buffers.scratch : buffers.inputs[0],
      constants<int8_t>("_weights", ArrayRef<int8_t>(step.weights)),
      index(input().height * input().width),
      index(input().channels),
      index(output().channels),
      index(buffers.overwrites ? input().channels : 0),
      index(buffers.overwrites ? 0 : input().channels)};
  const OutputStage stage = outputStage();
  stage.addArguments(arguments);
  addOutputStage(operands);
  callKernel(
      "convolve_pointwise" + stage.suffix(),
      "A convolution of 1 x 1. For an output in the place of the input, each "
      "pixel is copied\ninto pixel_source first (copied_channels of it, and a "
      "source_stride of 0); else\npixel_source is the input itself.",
      arguments, operands, [&](KernelBuilder &k) {
        Buffer source = k.buffer("pixel_source");
        Number zero = k.index(0), channels = k.number("input_channels"),
               filters = k.number("filters");
        k.loop("pixel", zero, k.number("pixels"), [&](Number pixel) {
          k.loop("i", zero, k.number("copied_channels"), [&](Number i) {
            source.store(k.buffer("input").load(pixel * channels + i), i);
          });
          Number first = (pixel * k.number("source_stride")).named("first");
          k.loop("filter", zero, filters, [&](Number filter) {
            Number sum =
                dotProduct(k, source, first, k.buffer("weights"),
                           filter * channels, channels, stage.bias(k, filter));
            k.buffer("output").store(stage.finish(k, sum, filter),
                                     pixel * filters + filter);
          });
        });
      });
}

void StepEmitter::emitDense() {
  ArgumentList arguments = {{"input", Argument::Bytes},
                            {"output", Argument::Bytes},
                            {"weights", Argument::Bytes},
                            {"inputs", Argument::Index},
                            {"units", Argument::Index}};
  SmallVector<Value> operands = {
      buffers.inputs[0], buffers.output,
      constants<int8_t>("_weights", ArrayRef<int8_t>(step.weights)),
      index(input().bytes()), index(output().bytes())};
  const OutputStage stage = outputStage();
  stage.addArguments(arguments);
  addOutputStage(operands);
  callKernel("multiply_matrix" + stage.suffix(),
             "A dense layer. Weights: unit, input.", arguments, operands,
             [&](KernelBuilder &k) {
               Number zero = k.index(0), inputs = k.number("inputs");
               k.loop("unit", zero, k.number("units"), [&](Number unit) {
                 Number sum =
                     dotProduct(k, k.buffer("input"), zero, k.buffer("weights"),
                                unit * inputs, inputs, stage.bias(k, unit));
                 k.buffer("output").store(stage.finish(k, sum, unit), unit);
               });
             });
}

/// Columns of the rows that the depthwise kernel holds.
int64_t depthwiseColumns(const NetworkStep &step, const NetworkTensor &output) {
  return (output.width - 1) * step.strideWidth + step.kernelWidth;
}

void StepEmitter::emitDepthwise() {
  ArgumentList arguments = {{"input", Argument::Bytes},
                            {"output", Argument::Bytes},
                            {"scratch", Argument::Bytes},
                            {"weights", Argument::Bytes},
                            {"input_height", Argument::Index},
                            {"input_width", Argument::Index},
                            {"input_channels", Argument::Index},
                            {"output_height", Argument::Index},
                            {"output_width", Argument::Index},
                            {"channels", Argument::Index},
                            {"kernel_height", Argument::Index},
                            {"kernel_width", Argument::Index},
                            {"stride_height", Argument::Index},
                            {"stride_width", Argument::Index},
                            {"pad_top", Argument::Index},
                            {"pad_left", Argument::Index},
                            {"columns", Argument::Index},
                            {"multiplicity", Argument::Index},
                            {"input_zero_point", Argument::Integer}};
  SmallVector<Value> operands = {
      buffers.inputs[0],
      buffers.output,
      buffers.scratch,
      constants<int8_t>("_weights", ArrayRef<int8_t>(step.weights)),
      index(input().height),
      index(input().width),
      index(input().channels),
      index(output().height),
      index(output().width),
      index(output().channels),
      index(step.kernelHeight),
      index(step.kernelWidth),
      index(step.strideHeight),
      index(step.strideWidth),
      index(step.padTop),
      index(step.padLeft),
      index(depthwiseColumns(step, output())),
      index(output().channels / input().channels),
      integer(step.inputZeroPoint)};
  const OutputStage stage = outputStage();
  stage.addArguments(arguments);
  addOutputStage(operands);
  callKernel(
      "convolve_depthwise" + stage.suffix(),
      "A convolution of each channel by itself. Weights: channel, row, column. "
      "The rows\nthat a row of the output needs are copied, padded, into "
      "scratch, so that the\noutput may take the place of the input.",
      arguments, operands, [&](KernelBuilder &k) {
        Buffer scratch = k.buffer("scratch"), weights = k.buffer("weights");
        Number zero = k.index(0), height = k.number("input_height"),
               width = k.number("input_width"),
               inputChannels = k.number("input_channels"),
               channels = k.number("channels"),
               outputWidth = k.number("output_width"),
               kernelHeight = k.number("kernel_height"),
               kernelWidth = k.number("kernel_width"),
               strideHeight = k.number("stride_height"),
               strideWidth = k.number("stride_width"),
               columns = k.number("columns"),
               multiplicity = k.number("multiplicity");
        // Rows that two rows of the output share.
        Number shared =
            maximum(kernelHeight - strideHeight, zero).named("shared_rows");
        Number taps = (kernelHeight * kernelWidth).named("taps");
        // One channel of the input after the other, each for all of its
        // filters.
        k.loop("input_channel", zero, inputChannels, [&](Number channel) {
          k.loop("copy", zero, multiplicity, [&](Number copy) {
            Number filter = (channel * multiplicity + copy).named("filter");
            k.loop("y", zero, k.number("output_height"), [&](Number y) {
              Number top =
                  (y * strideHeight - k.number("pad_top")).named("top");
              Number kept = select(equals(y, 0), zero, shared).named("kept");
              k.loop("i", zero, kept * columns, [&](Number i) {
                scratch.store(scratch.load(i + strideHeight * columns), i);
              });
              k.loop("row", kept, kernelHeight, [&](Number row) {
                Number inputY = (top + row).named("input_y");
                k.loop("column", zero, columns, [&](Number column) {
                  Number inputX =
                      (column - k.number("pad_left")).named("input_x");
                  Number value = k.branch(
                      both(isBelow(inputY, height), isBelow(inputX, width)),
                      [&] {
                        return k.buffer("input").load(
                            (inputY * width + inputX) * inputChannels +
                            channel);
                      },
                      [&] { return k.number("input_zero_point"); });
                  scratch.store(value, row * columns + column);
                });
              });
              k.loop("x", zero, outputWidth, [&](Number x) {
                Number sum =
                    k.reduce("row", zero, kernelHeight, stage.bias(k, filter),
                             "row_sum", [&](Number row, Number first) {
                               return dotProduct(
                                   k, scratch, row * columns + x * strideWidth,
                                   weights, filter * taps + row * kernelWidth,
                                   kernelWidth, first);
                             });
                k.buffer("output").store(stage.finish(k, sum, filter),
                                         (y * outputWidth + x) * channels +
                                             filter);
              });
            });
          });
        });
      });
}

//===----------------------------------------------------------------------===//
// Normalisation
//===----------------------------------------------------------------------===//

void StepEmitter::emitAffine() {
  ArgumentList arguments = {{"input", Argument::Bytes},
                            {"output", Argument::Bytes},
                            {"pixels", Argument::Index},
                            {"channels", Argument::Index}};
  SmallVector<Value> operands = {buffers.inputs[0], buffers.output,
                                 index(output().height * output().width),
                                 index(output().channels)};
  const OutputStage stage = outputStage();
  stage.addArguments(arguments);
  addOutputStage(operands);
  callKernel(isDouble() ? "scale_channels_double" : "scale_channels",
             "Each channel times a factor, plus a summand. The output may take "
             "the place of the\ninput.",
             arguments, operands, [&](KernelBuilder &k) {
               Number zero = k.index(0), channels = k.number("channels");
               k.loop("pixel", zero, k.number("pixels"), [&](Number pixel) {
                 k.loop("i", zero, channels, [&](Number i) {
                   Number place = (pixel * channels + i).named("place");
                   Number value =
                       k.buffer("input").load(place) + stage.bias(k, i);
                   k.buffer("output").store(stage.finish(k, value, i), place);
                 });
               });
             });
}

//===----------------------------------------------------------------------===//
// Joins
//===----------------------------------------------------------------------===//

void StepEmitter::emitAdd() {
  const unsigned count = step.inputs.size();
  ArgumentList arguments;
  SmallVector<Value> operands;
  // Names live as long as the list.
  std::vector<std::array<std::string, 5>> names(count);
  for (unsigned i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    names[i] = {"input" + number, "zero_point" + number, "multiplier" + number,
                "shift" + number, "left_shift" + number};
    arguments.push_back({names[i][0], Argument::Bytes});
    operands.push_back(buffers.inputs[i]);
  }
  arguments.push_back({"output", Argument::Bytes});
  operands.push_back(buffers.output);
  arguments.push_back({"count", Argument::Index});
  operands.push_back(index(output().bytes()));
  for (unsigned i = 0; i < count; ++i) {
    const Requantization &scale = step.inputScales[i];
    arguments.push_back({names[i][1], Argument::Integer});
    operands.push_back(integer(step.zeroPoints[i]));
    arguments.push_back({names[i][2], Argument::Integer});
    operands.push_back(integer(scale.multipliers.front()));
    arguments.push_back({names[i][3], Argument::Integer});
    operands.push_back(integer(scale.shifts.front()));
    if (isDouble()) {
      arguments.push_back({names[i][4], Argument::Integer});
      operands.push_back(integer(scale.leftShift));
    }
  }
  const OutputStage stage = outputStage();
  stage.addArguments(arguments);
  addOutputStage(operands);
  const std::string name = "add" + std::to_string(count) + stage.suffix();
  callKernel(name,
             "The sum of tensors, element by element. The output may take the "
             "place of one.",
             arguments, operands, [&](KernelBuilder &k) {
               k.loop("i", k.index(0), k.number("count"), [&](Number i) {
                 Number sum;
                 for (unsigned j = 0; j < count; ++j) {
                   Number term =
                       k.buffer(names[j][0]).load(i) - k.number(names[j][1]);
                   if (isDouble())
                     term = shiftLeft(term, k.number(names[j][4]));
                   term = applyScale(term, k.number(names[j][2]),
                                     k.number(names[j][3]), isDouble());
                   sum = j == 0 ? term : sum + term;
                 }
                 k.buffer("output").store(stage.finish(k, sum), i);
               });
             });
}

void StepEmitter::emitMultiply() {
  const NetworkTensor &factor = input(1);
  const bool isBroadcast = factor.bytes() != output().bytes();
  assert((!isBroadcast || factor.bytes() == output().channels) &&
         "a factor that is neither a tensor nor a vector of channels");
  ArgumentList arguments = {{"input", Argument::Bytes},
                            {"factors", Argument::Bytes},
                            {"output", Argument::Bytes},
                            {"pixels", Argument::Index},
                            {"channels", Argument::Index},
                            {"factor_stride", Argument::Index},
                            {"input_zero_point", Argument::Integer},
                            {"factor_zero_point", Argument::Integer}};
  SmallVector<Value> operands = {buffers.inputs[0],
                                 buffers.inputs[1],
                                 buffers.output,
                                 index(output().height * output().width),
                                 index(output().channels),
                                 index(isBroadcast ? 0 : output().channels),
                                 integer(step.zeroPoints[0]),
                                 integer(step.zeroPoints[1])};
  const OutputStage stage = outputStage();
  stage.addArguments(arguments);
  addOutputStage(operands);
  callKernel(
      "multiply" + stage.suffix(),
      "The product of two tensors, or of a tensor and a number for each "
      "channel (a\nfactor_stride of 0). The output may take the place of the "
      "input.",
      arguments, operands, [&](KernelBuilder &k) {
        Number zero = k.index(0), channels = k.number("channels");
        k.loop("pixel", zero, k.number("pixels"), [&](Number pixel) {
          k.loop("i", zero, channels, [&](Number i) {
            Number place = (pixel * channels + i).named("place");
            Number a =
                k.buffer("input").load(place) - k.number("input_zero_point");
            Number b = k.buffer("factors").load(
                           pixel * k.number("factor_stride") + i) -
                       k.number("factor_zero_point");
            k.buffer("output").store(stage.finish(k, a * b), place);
          });
        });
      });
}

//===----------------------------------------------------------------------===//
// Pooling
//===----------------------------------------------------------------------===//

/// TOSA's reciprocal_scale: the factor that divides by `value`.
std::pair<int32_t, int32_t> reciprocal(int64_t value) {
  const int bits = value == 1 ? 0 : llvm::Log2_64_Ceil(value);
  const uint64_t numerator = ((uint64_t(1) << 30) + 1) << bits;
  return {static_cast<int32_t>(numerator / value), 30 + bits};
}

/// How many of the window's rows or columns are inside, at least and at most.
std::pair<int64_t, int64_t> insideCounts(int64_t size, int64_t kernel,
                                         int64_t stride, int64_t pad,
                                         int64_t outputs) {
  int64_t least = kernel, most = 0;
  for (int64_t i = 0; i < outputs; ++i) {
    const int64_t begin = std::max<int64_t>(i * stride - pad, 0);
    const int64_t end = std::min(i * stride - pad + kernel, size);
    least = std::min(least, end - begin);
    most = std::max(most, end - begin);
  }
  return {least, most};
}

void StepEmitter::emitPool() {
  const bool isAverage = step.kind == StepKind::AveragePool;
  const bool isRescaled = !step.result.multipliers.empty();
  const OutputStage stage = outputStage();
  ArgumentList arguments = {
      {"input", Argument::Bytes},        {"output", Argument::Bytes},
      {"input_height", Argument::Index}, {"input_width", Argument::Index},
      {"channels", Argument::Index},     {"output_height", Argument::Index},
      {"output_width", Argument::Index}, {"kernel_height", Argument::Index},
      {"kernel_width", Argument::Index}, {"stride_height", Argument::Index},
      {"stride_width", Argument::Index}, {"pad_top", Argument::Index},
      {"pad_left", Argument::Index}};
  SmallVector<Value> operands = {
      buffers.inputs[0],       buffers.output,
      index(input().height),   index(input().width),
      index(input().channels), index(output().height),
      index(output().width),   index(step.kernelHeight),
      index(step.kernelWidth), index(step.strideHeight),
      index(step.strideWidth), index(step.padTop),
      index(step.padLeft)};
  if (isAverage) {
    auto rows = insideCounts(input().height, step.kernelHeight,
                             step.strideHeight, step.padTop, output().height);
    auto columns = insideCounts(input().width, step.kernelWidth,
                                step.strideWidth, step.padLeft, output().width);
    int64_t least = rows.first * columns.first,
            most = rows.second * columns.second;
    if (step.countPadding)
      least = most = step.kernelHeight * step.kernelWidth;
    SmallVector<int32_t> reciprocals;
    for (int64_t count = least; count <= most; ++count) {
      auto [multiplier, shift] = reciprocal(std::max<int64_t>(count, 1));
      reciprocals.push_back(multiplier);
      reciprocals.push_back(shift);
    }
    arguments.push_back({"reciprocals", Argument::Words});
    operands.push_back(
        constants<int32_t>("_reciprocals", ArrayRef<int32_t>(reciprocals)));
    arguments.push_back({"least_count", Argument::Index});
    operands.push_back(index(least));
    arguments.push_back({"entry_size", Argument::Index});
    operands.push_back(index(step.countPadding ? 0 : 2));
    arguments.push_back({"input_zero_point", Argument::Integer});
    operands.push_back(integer(step.inputZeroPoint));
    if (isRescaled) {
      arguments.push_back({"sum_factor", Argument::Integer});
      operands.push_back(integer(step.sumFactor));
      stage.addArguments(arguments);
      addOutputStage(operands);
    } else {
      arguments.push_back({"zero_point", Argument::Integer});
      operands.push_back(integer(step.result.zeroPoint));
    }
  }
  auto build = [&](KernelBuilder &k) {
    Number zero = k.index(0), channels = k.number("channels"),
           height = k.number("input_height"), width = k.number("input_width");
    k.loop("y", zero, k.number("output_height"), [&](Number y) {
      Number top = y * k.number("stride_height") - k.number("pad_top");
      Number firstRow = maximum(top, zero).named("first_row");
      Number endRow =
          minimum(top + k.number("kernel_height"), height).named("end_row");
      k.loop("x", zero, k.number("output_width"), [&](Number x) {
        Number left = x * k.number("stride_width") - k.number("pad_left");
        Number firstColumn = maximum(left, zero).named("first_column");
        Number endColumn =
            minimum(left + k.number("kernel_width"), width).named("end_column");
        Number place =
            ((y * k.number("output_width") + x) * channels).named("place");
        k.loop("i", zero, channels, [&](Number i) {
          Number result = k.reduce(
              "row", firstRow, endRow, k.i32(isAverage ? 0 : -128),
              "row_result", [&](Number row, Number first) {
                return k.reduce("column", firstColumn, endColumn, first,
                                "result", [&](Number column, Number result) {
                                  Number value = k.buffer("input").load(
                                      (row * width + column) * channels + i);
                                  return isAverage
                                             ? result + (value -
                                                         k.number("input_zero_"
                                                                  "point"))
                                             : maximum(result, value);
                                });
              });
          if (isAverage) {
            Number count = (endRow - firstRow) * (endColumn - firstColumn);
            Number entry =
                ((count - k.number("least_count")) * k.number("entry_size"))
                    .named("entry");
            Buffer reciprocals = k.buffer("reciprocals");
            if (isRescaled)
              result = result * k.number("sum_factor");
            Number mean = applyScale(result, reciprocals.load(entry),
                                     reciprocals.load(entry + 1),
                                     /*doubleRounding=*/false);
            result = isRescaled ? stage.finish(k, mean)
                                : minimum(maximum(mean + k.number("zero_point"),
                                                  k.i32(-128)),
                                          k.i32(127));
          }
          k.buffer("output").store(result, place + i);
        });
      });
    });
  };
  if (isRescaled)
    callKernel("average_pool_rescaled" + stage.suffix(),
               "The mean of the pixels of each window that are inside of the "
               "input, in a scale of\nits own: sum_factor times the mean is "
               "rescaled. reciprocals: multiplier and shift\nfor each count of "
               "pixels, or one for all (an entry_size of 0).",
               arguments, operands, build);
  else if (isAverage)
    callKernel("average_pool",
               "The mean of the pixels of each window that are inside of the "
               "input. reciprocals:\nmultiplier and shift for each count of "
               "them, or one for all (an entry_size of 0).",
               arguments, operands, build);
  else
    callKernel("max_pool", "The largest number of each window.", arguments,
               operands, build);
}

void StepEmitter::emitMean() {
  ArgumentList arguments = {{"input", Argument::Bytes},
                            {"output", Argument::Bytes},
                            {"pixels", Argument::Index},
                            {"channels", Argument::Index},
                            {"input_zero_point", Argument::Integer}};
  SmallVector<Value> operands = {
      buffers.inputs[0], buffers.output, index(input().height * input().width),
      index(input().channels), integer(step.inputZeroPoint)};
  const OutputStage stage = outputStage();
  stage.addArguments(arguments);
  addOutputStage(operands);
  callKernel("mean" + stage.suffix(),
             "The mean of each channel. The output may take the place of the "
             "input.",
             arguments, operands, [&](KernelBuilder &k) {
               Number zero = k.index(0), channels = k.number("channels");
               k.loop("i", zero, channels, [&](Number i) {
                 Number sum = k.reduce(
                     "pixel", zero, k.number("pixels"), k.i32(0), "sum",
                     [&](Number pixel, Number sum) {
                       return sum +
                              (k.buffer("input").load(pixel * channels + i) -
                               k.number("input_zero_point"));
                     });
                 k.buffer("output").store(stage.finish(k, sum), i);
               });
             });
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

void StepEmitter::emitCopies() {
  const ArgumentList arguments = {
      {"input", Argument::Bytes},           {"output", Argument::Bytes},
      {"pixels", Argument::Index},          {"channels", Argument::Index},
      {"input_channels", Argument::Index},  {"input_first", Argument::Index},
      {"output_channels", Argument::Index}, {"output_first", Argument::Index}};
  auto copy = [&](Value from, int64_t channels, int64_t fromChannels,
                  int64_t fromFirst, int64_t toFirst) {
    callKernel("copy_channels",
               "Copies some channels of all pixels. The output may take the "
               "place of the input\nif it has no more channels.",
               arguments,
               {from, buffers.output, index(output().height * output().width),
                index(channels), index(fromChannels), index(fromFirst),
                index(output().channels), index(toFirst)},
               [&](KernelBuilder &k) {
                 Number zero = k.index(0);
                 k.loop("pixel", zero, k.number("pixels"), [&](Number pixel) {
                   k.loop("i", zero, k.number("channels"), [&](Number i) {
                     Number value = k.buffer("input").load(
                         pixel * k.number("input_channels") +
                         (k.number("input_first") + i));
                     k.buffer("output").store(
                         value, pixel * k.number("output_channels") +
                                    (k.number("output_first") + i));
                   });
                 });
               });
  };
  if (step.kind == StepKind::Slice)
    return copy(buffers.inputs[0], output().channels, input().channels,
                step.first, 0);
  int64_t first = 0;
  for (unsigned number = 0; number < step.inputs.size(); ++number) {
    const int64_t channels = input(number).channels;
    if (step.inputScales.empty() ||
        step.inputScales[number].multipliers.empty())
      copy(buffers.inputs[number], channels, channels, 0, first);
    else
      emitRescaledCopy(number, first);
    first += channels;
  }
}

/// Copies one part of a concatenation, in the scale of the result.
void StepEmitter::emitRescaledCopy(unsigned number, int64_t first) {
  const Requantization &scale = step.inputScales[number];
  ArgumentList arguments = {{"input", Argument::Bytes},
                            {"output", Argument::Bytes},
                            {"pixels", Argument::Index},
                            {"channels", Argument::Index},
                            {"output_channels", Argument::Index},
                            {"output_first", Argument::Index},
                            {"input_zero_point", Argument::Integer}};
  SmallVector<Value> operands = {buffers.inputs[number],
                                 buffers.output,
                                 index(output().height * output().width),
                                 index(input(number).channels),
                                 index(output().channels),
                                 index(first),
                                 integer(step.zeroPoints[number])};
  const OutputStage stage(OutputStage::Form::Uniform, scale.doubleRounding);
  stage.addArguments(arguments);
  addOutputStage(operands, scale);
  callKernel("copy_channels_rescaled" + stage.suffix(),
             "Copies the channels of all pixels in another scale.", arguments,
             operands, [&](KernelBuilder &k) {
               Number zero = k.index(0), channels = k.number("channels");
               k.loop("pixel", zero, k.number("pixels"), [&](Number pixel) {
                 k.loop("i", zero, channels, [&](Number i) {
                   Number value = k.buffer("input").load(pixel * channels + i) -
                                  k.number("input_zero_point");
                   k.buffer("output").store(
                       stage.finish(k, value),
                       pixel * k.number("output_channels") +
                           (k.number("output_first") + i));
                 });
               });
             });
}

void StepEmitter::emitFill() {
  callKernel("fill", "output = value.",
             {{"output", Argument::Bytes},
              {"count", Argument::Index},
              {"value", Argument::Integer}},
             {buffers.output, index(output().bytes()), integer(step.first)},
             [&](KernelBuilder &k) {
               k.loop("i", k.index(0), k.number("count"), [&](Number i) {
                 k.buffer("output").store(k.number("value"), i);
               });
             });
}

void StepEmitter::emitPad() {
  emitFill();
  callKernel("copy_rows", "Copies an image into a larger one.",
             {{"input", Argument::Bytes},
              {"output", Argument::Bytes},
              {"rows", Argument::Index},
              {"row_bytes", Argument::Index},
              {"output_row_bytes", Argument::Index},
              {"output_first", Argument::Index}},
             {buffers.inputs[0], buffers.output, index(input().height),
              index(input().width * input().channels),
              index(output().width * output().channels),
              index((step.padTop * output().width + step.padLeft) *
                    output().channels)},
             [&](KernelBuilder &k) {
               Number zero = k.index(0);
               k.loop("row", zero, k.number("rows"), [&](Number row) {
                 k.loop("i", zero, k.number("row_bytes"), [&](Number i) {
                   k.buffer("output").store(
                       k.buffer("input").load(row * k.number("row_bytes") + i),
                       (row * k.number("output_row_bytes") +
                        k.number("output_first")) +
                           i);
                 });
               });
             });
}

void StepEmitter::emit() {
  switch (step.kind) {
  case StepKind::FlipSign:
  case StepKind::Table:
  case StepKind::Rescale:
  case StepKind::Clamp:
    return emitElementwise();
  case StepKind::Convolution:
    return emitConvolution();
  case StepKind::PointwiseConvolution:
    return emitPointwise();
  case StepKind::DepthwiseConvolution:
    return emitDepthwise();
  case StepKind::Dense:
    return emitDense();
  case StepKind::Affine:
    return emitAffine();
  case StepKind::Add:
    return emitAdd();
  case StepKind::Multiply:
    return emitMultiply();
  case StepKind::MaxPool:
  case StepKind::AveragePool:
    return emitPool();
  case StepKind::Mean:
    return emitMean();
  case StepKind::Concat:
  case StepKind::Slice:
    return emitCopies();
  case StepKind::Pad:
    return emitPad();
  case StepKind::Fill:
    return emitFill();
  }
}

} // namespace

//===----------------------------------------------------------------------===//
// The set
//===----------------------------------------------------------------------===//

int64_t PlainKernels::getScratchBytes(const QuantizedNetwork &network,
                                      const NetworkStep &step,
                                      bool overwrites) const {
  switch (step.kind) {
  case StepKind::PointwiseConvolution:
    // A copy of the pixel that is being written over.
    return overwrites ? network.tensors[step.inputs[0]].channels : 0;
  case StepKind::DepthwiseConvolution:
    return step.kernelHeight *
           depthwiseColumns(step, network.tensors[step.output]);
  default:
    return 0;
  }
}

bool PlainKernels::canOverwrite(const QuantizedNetwork &network,
                                const NetworkStep &step,
                                unsigned number) const {
  const NetworkTensor &input = network.tensors[step.inputs[number]];
  const NetworkTensor &output = network.tensors[step.output];
  switch (step.kind) {
  case StepKind::FlipSign:
  case StepKind::Table:
  case StepKind::Rescale:
  case StepKind::Clamp:
  case StepKind::Affine:
  case StepKind::Mean:
  case StepKind::Slice:
    return true;
  case StepKind::Add:
  case StepKind::Multiply:
    return input.bytes() == output.bytes();
  case StepKind::PointwiseConvolution:
    return output.channels <= input.channels;
  case StepKind::DepthwiseConvolution:
    // A pixel of the output lies in a row of the input that has been copied.
    return output.channels == input.channels && output.width <= input.width &&
           step.padTop < step.kernelHeight;
  case StepKind::MaxPool:
  case StepKind::AveragePool:
    // What is written lies before all that is still to be read.
    return step.padTop == 0 && step.padLeft == 0 && output.width <= input.width;
  case StepKind::Convolution:
  case StepKind::Dense:
  case StepKind::Concat:
  case StepKind::Pad:
  case StepKind::Fill:
    return false;
  }
  llvm_unreachable("all kinds are covered");
}

void PlainKernels::emitStep(OpBuilder &builder, ModuleOp module,
                            const QuantizedNetwork &network,
                            const NetworkStep &step,
                            const StepBuffers &buffers) const {
  StepEmitter(builder, module, network, step, buffers).emit();
}

} // namespace nasc
