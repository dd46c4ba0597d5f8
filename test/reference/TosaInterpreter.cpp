//===- TosaInterpreter.cpp - Integer TOSA by plain loops ------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/reference/TosaInterpreter.h"
#include "test/reference/Translation.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace llvm;
using namespace nasc::test;
// `Value` and `TensorType` are the interpreter's; MLIR's are written in full.

//===----------------------------------------------------------------------===//
// Types and constants
//===----------------------------------------------------------------------===//

int64_t TensorType::count() const {
  int64_t product = 1;
  for (int64_t extent : shape)
    product *= extent;
  return product;
}

std::string TensorType::str() const {
  std::string text;
  raw_string_ostream stream(text);
  for (int64_t extent : shape)
    stream << extent << 'x';
  stream << (isUnsigned ? "ui" : "i") << bits;
  return text;
}

std::string nasc::test::listOf(ArrayRef<int64_t> numbers) {
  std::string text;
  raw_string_ostream stream(text);
  stream << '[';
  interleaveComma(numbers, stream);
  stream << ']';
  return text;
}

Expected<TensorType> nasc::test::translateType(mlir::Type type) {
  auto reject = [&](const char *reason) {
    std::string text;
    raw_string_ostream(text) << type;
    return createStringError(inconvertibleErrorCode(),
                             "expected a tensor of static shape with elements "
                             "i8, ui8, i16 or i32, found '%s': %s",
                             text.c_str(), reason);
  };
  auto tensor = dyn_cast<mlir::RankedTensorType>(type);
  if (!tensor)
    return reject("it is no ranked tensor");
  if (!tensor.hasStaticShape())
    return reject("its shape is dynamic");
  if (is_contained(tensor.getShape(), 0))
    return reject("it has no elements");
  auto element = dyn_cast<mlir::IntegerType>(tensor.getElementType());
  if (!element)
    return reject("its elements are no integers");
  const unsigned bits = element.getWidth();
  if ((bits != 8 && bits != 16 && bits != 32) ||
      (element.isUnsigned() && bits != 8))
    return reject("its elements have another width");
  TensorType result;
  result.shape.assign(tensor.getShape().begin(), tensor.getShape().end());
  result.bits = bits;
  result.isUnsigned = element.isUnsigned();
  return result;
}

Expected<std::vector<int64_t>>
nasc::test::readConstant(mlir::ElementsAttr attribute) {
  auto element = dyn_cast<mlir::IntegerType>(attribute.getElementType());
  if (!element || element.getWidth() > 64)
    return createStringError(inconvertibleErrorCode(),
                             "expected integers in a constant");
  std::vector<int64_t> values;
  if (auto dense = dyn_cast<mlir::DenseIntElementsAttr>(attribute)) {
    values.reserve(dense.getNumElements());
    for (const APInt &value : dense.getValues<APInt>())
      values.push_back(element.isUnsigned() ? int64_t(value.getZExtValue())
                                            : value.getSExtValue());
    return values;
  }
  if (auto resource = dyn_cast<mlir::DenseResourceElementsAttr>(attribute)) {
    mlir::AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    const size_t count = size_t(attribute.getNumElements());
    const unsigned bytes = element.getWidth() / 8;
    if (!blob || element.getWidth() % 8 != 0 ||
        blob->getData().size() != count * bytes)
      return createStringError(inconvertibleErrorCode(),
                               "the constant's resource is missing or has a "
                               "wrong size");
    for (size_t i = 0; i < count; ++i) {
      // The blob is little-endian.
      uint64_t bits = 0;
      for (unsigned byte = 0; byte < bytes; ++byte)
        bits |= uint64_t(uint8_t(blob->getData()[i * bytes + byte]))
                << (8 * byte);
      const unsigned unused = 64 - 8 * bytes;
      values.push_back(element.isUnsigned()
                           ? int64_t(bits)
                           : int64_t(bits << unused) >> unused);
    }
    return values;
  }
  return createStringError(inconvertibleErrorCode(),
                           "expected a constant of 'dense' or "
                           "'dense_resource'");
}

//===----------------------------------------------------------------------===//
// Places and checks
//===----------------------------------------------------------------------===//

Place::Place(mlir::Operation *operation) {
  raw_string_ostream stream(text);
  mlir::Location location = operation->getLoc();
  if (auto file = location->findInstanceOf<mlir::FileLineColLoc>())
    stream << file.getFilename().getValue() << ':' << file.getLine() << ':'
           << file.getColumn();
  else
    stream << location;
  stream << ": '" << operation->getName().getStringRef() << "'";
}

Error Place::error(const Twine &message) const {
  return make_error<StringError>(text + ": " + message,
                                 inconvertibleErrorCode());
}

static std::string elementName(const TensorType &type) {
  return (type.isUnsigned ? "ui" : "i") + std::to_string(type.bits);
}

Error Translation::expectShape(ArrayRef<int64_t> shape) const {
  if (ArrayRef<int64_t>(result.type.shape) == shape)
    return Error::success();
  return error("expected a result of shape " + listOf(shape) + ", found " +
               listOf(result.type.shape));
}

static Error expectBits(const Translation &translation, const Twine &what,
                        const TensorType &type, unsigned bits) {
  if (type.bits == bits && !type.isUnsigned)
    return Error::success();
  return translation.error("expected elements i" + Twine(bits) + " in " + what +
                           ", found " + elementName(type));
}

Error Translation::expectResultBits(unsigned bits) const {
  return expectBits(*this, "the result", result.type, bits);
}

Error Translation::expectOperandBits(size_t index, unsigned bits) const {
  return expectBits(*this, "operand " + Twine(index), operands[index].type,
                    bits);
}

Error Translation::expectRank(size_t index, size_t rank) const {
  const size_t found = operands[index].type.shape.size();
  if (found == rank)
    return Error::success();
  return error("expected rank " + Twine(rank) + " of operand " + Twine(index) +
               ", found " + Twine(found));
}

Error Translation::expectSameElements() const {
  for (const Value &operand : operands)
    if (operand.type.bits != result.type.bits ||
        operand.type.isUnsigned != result.type.isUnsigned)
      return error("expected one element type of operands and result, found " +
                   elementName(operand.type) + " and " +
                   elementName(result.type));
  return Error::success();
}

Error Translation::expectAxis(int64_t axis) const {
  const int64_t rank = int64_t(operands[0].type.shape.size());
  if (axis >= 0 && axis < rank)
    return Error::success();
  return error("expected an axis of at least 0 and below " + Twine(rank) +
               ", found " + Twine(axis));
}

//===----------------------------------------------------------------------===//
// The interpreter
//===----------------------------------------------------------------------===//

struct TosaInterpreter::Program {
  std::vector<TensorType> argumentTypes, resultTypes;
  /// Arguments have the first buffers; constants are filled once.
  std::vector<Buffer> buffers;
  std::vector<size_t> resultSlots;
  std::vector<Step> steps;

  Error translate(mlir::func::FuncOp function);
  Error run();

private:
  /// What is known of MLIR's values.
  DenseMap<mlir::Value, Value> values;
  /// The slots that no run changes.
  std::vector<bool> isConstant;

  Value &addValue(mlir::Value value, TensorType type);
  Error addConstant(mlir::Operation &operation, mlir::ElementsAttr attribute);
  Error addOperation(mlir::Operation &operation);
};

Value &TosaInterpreter::Program::addValue(mlir::Value value, TensorType type) {
  Value &added = values[value];
  added.slot = buffers.size();
  added.type = std::move(type);
  buffers.emplace_back();
  isConstant.push_back(false);
  return added;
}

Error TosaInterpreter::Program::addConstant(mlir::Operation &operation,
                                            mlir::ElementsAttr attribute) {
  const Place place(&operation);
  // Permutations and paddings may have 64 bits. They are read from the
  // operation when their user is translated, so they need no buffer.
  if (attribute.getElementType().isInteger(64))
    return Error::success();
  Expected<TensorType> type = translateType(operation.getResult(0).getType());
  if (!type)
    return place.error(toString(type.takeError()));
  Expected<std::vector<int64_t>> constants = readConstant(attribute);
  if (!constants)
    return place.error(toString(constants.takeError()));
  const size_t slot = addValue(operation.getResult(0), *type).slot;
  buffers[slot].assign(constants->begin(), constants->end());
  isConstant[slot] = true;
  return Error::success();
}

/// True for the operand that is read from its constant in translation.
static bool isReadInTranslation(mlir::OpOperand &operand) {
  return isa<mlir::tosa::TransposeOp, mlir::tosa::PadOp>(operand.getOwner()) &&
         operand.getOperandNumber() == 1;
}

Error TosaInterpreter::Program::addOperation(mlir::Operation &operation) {
  if (auto constant = dyn_cast<mlir::tosa::ConstOp>(operation))
    return addConstant(operation, constant.getValue());
  if (auto constant = dyn_cast<mlir::arith::ConstantOp>(operation))
    if (auto elements = dyn_cast<mlir::ElementsAttr>(constant.getValue()))
      return addConstant(operation, elements);

  Translation translation{&operation, Place(&operation), {}, {}};
  if (operation.getNumResults() != 1 || operation.getNumRegions() != 0)
    return translation.error("is not supported by the interpreter");
  for (mlir::OpOperand &operand : operation.getOpOperands()) {
    if (isReadInTranslation(operand))
      continue;
    auto known = values.find(operand.get());
    if (known == values.end())
      return translation.error("operand " + Twine(operand.getOperandNumber()) +
                               " has an element type that is not supported");
    translation.operands.push_back(known->second);
    if (isConstant[known->second.slot])
      translation.operands.back().constant = &buffers[known->second.slot];
  }
  Expected<TensorType> type = translateType(operation.getResult(0).getType());
  if (!type)
    return translation.error(toString(type.takeError()));
  translation.result.type = *type;
  // The buffer comes after the translation, which refers to buffers.
  translation.result.slot = buffers.size();

  for (auto *translate : {translateDataMovement, translateElementwise,
                          translateWindow, translateReduction}) {
    Expected<Step> step = translate(translation);
    if (!step)
      return step.takeError();
    if (!*step)
      continue;
    const size_t slot = addValue(operation.getResult(0), *type).slot;
    // What depends on constants alone is computed once, here.
    if (all_of(translation.operands, [](const Value &operand) {
          return operand.constant != nullptr;
        })) {
      isConstant[slot] = true;
      return (*step)(buffers);
    }
    steps.push_back(std::move(*step));
    return Error::success();
  }
  return translation.error("is not supported by the interpreter");
}

Error TosaInterpreter::Program::translate(mlir::func::FuncOp function) {
  const Place place(function);
  if (!function.getBody().hasOneBlock())
    return place.error("expected a function with a body of one block");
  mlir::Block &block = function.getBody().front();
  for (mlir::BlockArgument argument : block.getArguments()) {
    Expected<TensorType> type = translateType(argument.getType());
    if (!type)
      return place.error("argument " + Twine(argument.getArgNumber()) + ": " +
                         toString(type.takeError()));
    argumentTypes.push_back(*type);
    addValue(argument, *type);
  }
  for (mlir::Operation &operation : block.without_terminator())
    if (Error error = addOperation(operation))
      return error;
  mlir::Operation *terminator = block.getTerminator();
  if (!isa<mlir::func::ReturnOp>(terminator))
    return Place(terminator).error("expected 'func.return'");
  for (mlir::Value result : terminator->getOperands()) {
    auto known = values.find(result);
    if (known == values.end())
      return Place(terminator)
          .error("returns a constant of an element type that is not supported");
    resultTypes.push_back(known->second.type);
    resultSlots.push_back(known->second.slot);
  }
  values.clear();
  return Error::success();
}

Error TosaInterpreter::Program::run() {
  for (const Step &step : steps)
    if (Error error = step(buffers))
      return error;
  return Error::success();
}

TosaInterpreter::TosaInterpreter(std::unique_ptr<Program> program)
    : program(std::move(program)) {}
TosaInterpreter::TosaInterpreter(TosaInterpreter &&) noexcept = default;
TosaInterpreter &
TosaInterpreter::operator=(TosaInterpreter &&) noexcept = default;
TosaInterpreter::~TosaInterpreter() = default;

Expected<TosaInterpreter> TosaInterpreter::create(mlir::func::FuncOp function) {
  auto program = std::make_unique<Program>();
  if (Error error = program->translate(function))
    return error;
  return TosaInterpreter(std::move(program));
}

ArrayRef<TensorType> TosaInterpreter::arguments() const {
  return program->argumentTypes;
}

ArrayRef<TensorType> TosaInterpreter::results() const {
  return program->resultTypes;
}

Expected<std::vector<int8_t>> TosaInterpreter::run(ArrayRef<int8_t> input) {
  if (arguments().size() != 1 || results().size() != 1)
    return createStringError(
        inconvertibleErrorCode(),
        "expected a function of one argument and one result, found %zu and %zu",
        arguments().size(), results().size());
  const TensorType &argument = arguments()[0];
  if (int64_t(input.size()) != argument.bytes())
    return createStringError(inconvertibleErrorCode(),
                             "expected %lld bytes (%s), found %zu",
                             static_cast<long long>(argument.bytes()),
                             argument.str().c_str(), input.size());

  auto readAs = [&](auto zero) {
    using Element = decltype(zero);
    Buffer &buffer = program->buffers[0];
    buffer.resize(argument.count());
    for (size_t i = 0; i < buffer.size(); ++i) {
      Element element;
      std::memcpy(&element, input.data() + i * sizeof(Element),
                  sizeof(Element));
      buffer[i] = element;
    }
  };
  if (argument.isUnsigned)
    readAs(uint8_t());
  else if (argument.bits == 8)
    readAs(int8_t());
  else if (argument.bits == 16)
    readAs(int16_t());
  else
    readAs(int32_t());
  if (Error error = program->run())
    return error;

  const size_t bytes = results()[0].bits / 8;
  const Buffer &buffer = program->buffers[program->resultSlots[0]];
  std::vector<int8_t> output(buffer.size() * bytes);
  for (size_t i = 0; i < buffer.size(); ++i)
    for (size_t byte = 0; byte < bytes; ++byte)
      output[i * bytes + byte] = int8_t(uint32_t(buffer[i]) >> (8 * byte));
  return output;
}

Expected<std::vector<Tensor>>
TosaInterpreter::runTensors(ArrayRef<Tensor> tensors) {
  if (tensors.size() != arguments().size())
    return createStringError(inconvertibleErrorCode(),
                             "expected %zu tensors, found %zu",
                             arguments().size(), tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const TensorType &type = arguments()[i];
    if (tensors[i].type != type ||
        int64_t(tensors[i].values.size()) != type.count())
      return createStringError(
          inconvertibleErrorCode(),
          "expected a tensor %s for argument %zu, found %s with %zu values",
          type.str().c_str(), i, tensors[i].type.str().c_str(),
          tensors[i].values.size());
    for (int32_t value : tensors[i].values)
      if (!type.holds(value))
        return createStringError(inconvertibleErrorCode(),
                                 "expected values of %s for argument %zu, "
                                 "found %d",
                                 type.str().c_str(), i, value);
    program->buffers[i] = tensors[i].values;
  }
  if (Error error = program->run())
    return error;
  std::vector<Tensor> outputs;
  for (size_t i = 0; i < results().size(); ++i)
    outputs.push_back(
        {results()[i], program->buffers[program->resultSlots[i]]});
  return outputs;
}
