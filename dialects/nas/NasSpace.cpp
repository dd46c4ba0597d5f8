//===- NasSpace.cpp - Blocks, spaces and repetition -----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "dialects/nas/Nas.h"

using namespace mlir;
using namespace nasc;
using namespace nasc::nas;

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

ParseResult BlockOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseSymbolName(name, "sym_name", state.attributes) ||
      parser.parseArgumentList(arguments, AsmParser::Delimiter::Paren,
                               /*allowType=*/true) ||
      parser.parseOptionalAttrDictWithKeyword(state.attributes))
    return failure();
  return parser.parseRegion(*state.addRegion(), arguments);
}

static void printArguments(OpAsmPrinter &printer, Block &block) {
  printer << '(';
  llvm::interleaveComma(
      block.getArguments(), printer,
      [&](BlockArgument argument) { printer.printRegionArgument(argument); });
  printer << ')';
}

void BlockOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printArguments(printer, getBody().front());
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs(), {"sym_name"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult BlockOp::verify() {
  if (!isa<ReturnOp>(getBody().front().back()))
    return emitOpError("expected a body that ends in nas.return");
  return success();
}

//===----------------------------------------------------------------------===//
// Spaces
//===----------------------------------------------------------------------===//

ParseResult SpaceOp::parse(OpAsmParser &parser, OperationState &state) {
  StringAttr name;
  SmallVector<OpAsmParser::Argument> arguments;
  if (parser.parseSymbolName(name, "sym_name", state.attributes) ||
      parser.parseArgumentList(arguments, AsmParser::Delimiter::Paren,
                               /*allowType=*/true))
    return failure();
  if (succeeded(parser.parseOptionalArrow())) {
    Type type;
    if (parser.parseType(type))
      return failure();
    state.addAttribute("result", TypeAttr::get(type));
  }
  if (succeeded(parser.parseOptionalKeyword("dataset"))) {
    FlatSymbolRefAttr dataset;
    if (parser.parseAttribute(dataset, "dataset", state.attributes))
      return failure();
  }
  if (succeeded(parser.parseOptionalKeyword("task"))) {
    FailureOr<Task> task = FieldParser<Task>::parse(parser);
    if (failed(task))
      return failure();
    state.addAttribute("task", TaskAttr::get(parser.getContext(), *task));
  }
  if (parser.parseOptionalAttrDictWithKeyword(state.attributes))
    return failure();
  return parser.parseRegion(*state.addRegion(), arguments);
}

void SpaceOp::print(OpAsmPrinter &printer) {
  printer << ' ';
  printer.printSymbolName(getSymName());
  printArguments(printer, getBody().front());
  if (getResult())
    printer << " -> " << *getResult();
  if (getDataset())
    printer << " dataset " << getDatasetAttr();
  if (getTask() != Task::Classification)
    printer << " task " << stringifyTask(getTask());
  printer.printOptionalAttrDictWithKeyword(
      (*this)->getAttrs(), {"sym_name", "result", "dataset", "task"});
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult SpaceOp::verify() {
  Block &body = getBody().front();
  auto terminator = dyn_cast<ReturnOp>(body.back());
  if (!terminator)
    return emitOpError("expected a body that ends in nas.return");
  if (body.getNumArguments() == 0) {
    if (getResult() || !terminator.getValues().empty())
      return emitOpError("expected no result of a space without an input");
    return success();
  }
  if (body.getNumArguments() != 1)
    return emitOpError("expected one input, found ") << body.getNumArguments();
  auto input = dyn_cast<nas::TensorType>(body.getArgument(0).getType());
  if (!input || !input.hasStaticShape())
    return emitOpError("expected an input of static shape, found ")
           << body.getArgument(0).getType();
  auto result =
      getResult() ? dyn_cast<nas::TensorType>(*getResult()) : nas::TensorType();
  if (!result || !result.hasStaticShape())
    return emitOpError("expected a result type of static shape");
  if (terminator.getValues().size() != 1 ||
      !isa<nas::TensorType>(terminator.getValues().front().getType()))
    return emitOpError("expected to return one tensor");
  return success();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto block = symbols.lookupNearestSymbolFrom<BlockOp>(*this, getCalleeAttr());
  if (!block)
    return emitOpError("expected the symbol of a nas.block, found ")
           << getCalleeAttr();
  Block &body = block.getBody().front();
  if (body.getNumArguments() != getArguments().size())
    return emitOpError("expected ")
           << body.getNumArguments() << " arguments, found "
           << getArguments().size();
  for (auto [index, pair] :
       llvm::enumerate(llvm::zip(body.getArguments(), getArguments()))) {
    auto [parameter, argument] = pair;
    if (parameter.getType().getTypeID() != argument.getType().getTypeID())
      return emitOpError("expected argument ")
             << index << " to be like " << parameter.getType() << ", found "
             << argument.getType();
  }
  auto terminator = cast<ReturnOp>(body.getTerminator());
  if (terminator.getValues().size() != getResults().size())
    return emitOpError("expected ")
           << terminator.getValues().size() << " results, found "
           << getResults().size();
  return success();
}

//===----------------------------------------------------------------------===//
// Repetition
//===----------------------------------------------------------------------===//

ParseResult RepeatOp::parse(OpAsmParser &parser, OperationState &state) {
  OpAsmParser::Argument index;
  OpAsmParser::UnresolvedOperand lower, upper;
  if (parser.parseArgument(index) || parser.parseEqual() ||
      parser.parseOperand(lower) || parser.parseKeyword("to") ||
      parser.parseOperand(upper))
    return failure();
  SmallVector<OpAsmParser::Argument> carried;
  SmallVector<OpAsmParser::UnresolvedOperand> initial;
  if (succeeded(parser.parseOptionalKeyword("carry")) &&
      parser.parseAssignmentList(carried, initial))
    return failure();
  FunctionType type;
  SMLoc location = parser.getCurrentLocation();
  if (parser.parseColonType(type))
    return failure();
  if (type.getNumInputs() != initial.size() + 2)
    return parser.emitError(location, "expected ")
           << initial.size() + 2 << " operand types, found "
           << type.getNumInputs();
  SmallVector<OpAsmParser::UnresolvedOperand> operands = {lower, upper};
  operands.append(initial);
  if (parser.resolveOperands(operands, type.getInputs(), location,
                             state.operands))
    return failure();
  state.addTypes(type.getResults());
  index.type =
      cost::integerType(parser.getContext(),
                        {cast<cost::IntegerType>(type.getInput(0)).getLower(),
                         cast<cost::IntegerType>(type.getInput(1)).getUpper()});
  SmallVector<OpAsmParser::Argument> arguments = {index};
  for (auto [argument, argumentType] :
       llvm::zip(carried, type.getInputs().drop_front(2))) {
    argument.type = argumentType;
    arguments.push_back(argument);
  }
  if (parser.parseOptionalAttrDictWithKeyword(state.attributes))
    return failure();
  return parser.parseRegion(*state.addRegion(), arguments);
}

void RepeatOp::print(OpAsmPrinter &printer) {
  Block &body = getBody().front();
  printer << ' ' << body.getArgument(0) << " = " << getLower() << " to "
          << getUpper();
  if (!getInitial().empty()) {
    printer << " carry(";
    llvm::interleaveComma(
        llvm::zip(body.getArguments().drop_front(), getInitial()), printer,
        [&](auto pair) {
          printer << std::get<0>(pair) << " = " << std::get<1>(pair);
        });
    printer << ')';
  }
  printer << " : ";
  printer.printFunctionalType(*this);
  printer.printOptionalAttrDictWithKeyword((*this)->getAttrs());
  printer << ' ';
  printer.printRegion(getBody(), /*printEntryBlockArgs=*/false);
}

LogicalResult RepeatOp::verify() {
  Block &body = getBody().front();
  if (body.getNumArguments() != getInitial().size() + 1)
    return emitOpError("expected ")
           << getInitial().size() + 1 << " body arguments, found "
           << body.getNumArguments();
  auto yield = dyn_cast<YieldOp>(body.back());
  if (!yield)
    return emitOpError("expected a body that ends in nas.yield");
  if (yield.getValues().size() != getResults().size() ||
      getInitial().size() != getResults().size())
    return emitOpError("expected as many yielded values and results as "
                       "carried values (")
           << getInitial().size() << "), found " << yield.getValues().size()
           << " and " << getResults().size();
  return success();
}
