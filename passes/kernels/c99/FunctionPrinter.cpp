//===- FunctionPrinter.cpp - Statements of C ------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/c99/FunctionPrinter.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

#include <algorithm>

using namespace mlir;

namespace nasc::c99 {

/// A tree that is longer becomes a variable: statements take about two lines.
static constexpr size_t treeWidth = 96;
/// The same for values with a name, which says more than an expression.
static constexpr size_t namedTreeWidth = 40;

void FunctionPrinter::findLive() {
  llvm::SmallVector<Value> work;
  auto mark = [&](Value value) {
    if (live.insert(value).second)
      work.push_back(value);
  };
  auto markControl = [&](Operation *op) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      mark(loop.getLowerBound());
      mark(loop.getUpperBound());
      mark(loop.getStep());
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      mark(branch.getCondition());
    }
  };
  function.walk([&](Operation *op) {
    if (!isa<memref::StoreOp, func::CallOp, func::ReturnOp>(op))
      return;
    for (Value operand : op->getOperands())
      mark(operand);
    for (Operation *parent = op->getParentOp(); parent != function;
         parent = parent->getParentOp()) {
      markControl(parent);
      effectful.insert(parent);
    }
  });
  while (!work.empty()) {
    Value value = work.pop_back_val();
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      if (auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp()))
        if (unsigned number = argument.getArgNumber())
          mark(loop.getResult(number - 1));
      continue;
    }
    Operation *op = value.getDefiningOp();
    const unsigned index = cast<OpResult>(value).getResultNumber();
    markControl(op);
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      mark(loop.getRegionIterArg(index));
      mark(loop.getInitArgs()[index]);
      mark(loop.getYieldedValues()[index]);
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      mark(branch.thenYield().getOperand(index));
      mark(branch.elseYield().getOperand(index));
    } else if (auto view = dyn_cast<memref::ViewOp>(op)) {
      // Sizes are not written in C.
      mark(view.getSource());
      mark(view.getByteShift());
    } else if (auto compare = dyn_cast<arith::CmpIOp>(op);
               compare && decide(compare)) {
      // Its operands are not written either.
    } else {
      for (Value operand : op->getOperands())
        mark(operand);
    }
  }
}

LogicalResult FunctionPrinter::check() {
  LogicalResult result = success();
  function.walk([&](Operation *op) {
    if (op == function)
      return WalkResult::advance();
    const bool isKnown =
        isa<arith::ConstantOp, arith::AddIOp, arith::SubIOp, arith::MulIOp,
            arith::DivSIOp, arith::RemSIOp, arith::ShLIOp, arith::ShRSIOp,
            arith::ShRUIOp, arith::AndIOp, arith::OrIOp, arith::XOrIOp,
            arith::MaxSIOp, arith::MinSIOp, arith::ExtSIOp, arith::ExtUIOp,
            arith::TruncIOp, arith::IndexCastOp, arith::IndexCastUIOp,
            arith::CmpIOp, arith::SelectOp, scf::ForOp, scf::IfOp, scf::YieldOp,
            memref::LoadOp, memref::StoreOp, memref::GetGlobalOp,
            memref::CastOp, memref::ViewOp, func::CallOp, func::ReturnOp>(op);
    if (!isKnown) {
      result =
          file.fail(op->getLoc(),
                    "cannot print '" + op->getName().getStringRef() +
                        "' as C: expected loops over arrays (arith, scf, "
                        "memref and func, see CPrinter.h); lower it before",
                    Diag::NAS6030);
      return WalkResult::interrupt();
    }
    const bool isArray =
        isa<memref::GetGlobalOp, memref::CastOp, memref::ViewOp>(op);
    auto isFine = [&](Type type) {
      return isArray ? isSupportedArray(type) : isSupportedInteger(type);
    };
    for (Type type : op->getResultTypes())
      if (!isFine(type)) {
        result = file.failType(
            op->getLoc(),
            ("a result of '" + op->getName().getStringRef() + "'").str(), type);
        return WalkResult::interrupt();
      }
    // What loops over an index of one bit would mean is not worth saying, and
    // order is the only thing that the two truths lack.
    auto refuse = [&](llvm::StringRef what) {
      result = file.fail(op->getLoc(),
                         "cannot print '" + op->getName().getStringRef() +
                             "' of i1 as C: " + what + "; extend it before",
                         Diag::NAS6031);
      return WalkResult::interrupt();
    };
    if (op->getNumOperands() && op->getOperand(0).getType().isInteger(1)) {
      if (isa<scf::ForOp, arith::AddIOp, arith::SubIOp, arith::MulIOp,
              arith::DivSIOp, arith::RemSIOp, arith::ShLIOp, arith::ShRSIOp,
              arith::ShRUIOp, arith::MaxSIOp, arith::MinSIOp,
              arith::IndexCastOp, arith::IndexCastUIOp>(op))
        return refuse("expected and, or, exclusive or, or a choice");
      auto compare = dyn_cast<arith::CmpIOp>(op);
      if (compare && compare.getPredicate() != arith::CmpIPredicate::eq &&
          compare.getPredicate() != arith::CmpIPredicate::ne)
        return refuse("expected eq or ne");
    }
    if (isa<arith::IndexCastOp, arith::IndexCastUIOp>(op) &&
        op->getResult(0).getType().isInteger(1))
      return refuse("expected arith.trunci");
    auto constant = dyn_cast<arith::ConstantOp>(op);
    if (constant && constant.getType().isIndex() &&
        !llvm::isInt<32>(*constantOf(constant))) {
      result = file.fail(op->getLoc(),
                         "cannot print the index " +
                             llvm::Twine(*constantOf(constant)) +
                             " as C: expected a number of 32 bits, as index is "
                             "int32_t there; compute with i64",
                         Diag::NAS6032);
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  return result;
}

Expression FunctionPrinter::use(Value value) {
  if (auto found = waiting.find(value); found != waiting.end()) {
    Expression expression = std::move(found->second);
    waiting.erase(found);
    return expression;
  }
  auto found = values.find(value);
  assert(found != values.end() && "used before it is printed");
  return found->second;
}

Expression FunctionPrinter::variable(llvm::StringRef name, unsigned width) {
  Expression expression;
  expression.text = name.str();
  expression.type = signedType(width);
  expression.variables.insert(name.str());
  return expression;
}

void FunctionPrinter::declare(Value value, Expression expression) {
  Operation *op = value.getDefiningOp();
  printComments(expression);
  const std::string name = names.addLocalName(stringAttribute(op, "nasc.name"));
  Expression declared;
  declared.text = name;
  if (auto array = dyn_cast<MemRefType>(value.getType())) {
    printLine(std::string(file.isWritten(value) ? "" : "const ") +
              typeName(array.getElementType()) + " *" + name + " = " +
              expression.text + ";");
    declared.type = CType::Pointer;
  } else {
    printLine("const " + typeName(value.getType()) + " " + name + " = " +
              expression.text + ";");
    declared.type = signedType(widthOf(value.getType()));
  }
  values[value] = std::move(declared);
}

void FunctionPrinter::settle(
    llvm::function_ref<bool(const Expression &)> isChanged) {
  llvm::SmallVector<Value> changed;
  for (auto &[value, expression] : waiting)
    if (isChanged(expression))
      changed.push_back(value);
  for (Value value : changed)
    declare(value, use(value));
}

void FunctionPrinter::define(Operation *op, Expression expression) {
  Value value = op->getResult(0);
  addComment(op, expression);
  if (expression.isSimple()) {
    printComments(expression);
    values[value] = std::move(expression);
    return;
  }
  const bool isTree =
      value.hasOneUse() &&
      value.use_begin()->getOwner()->getBlock() == op->getBlock() &&
      expression.text.size() <=
          (op->hasAttr("nasc.name") ? namedTreeWidth : treeWidth);
  if (isTree)
    waiting.insert({value, std::move(expression)});
  else
    declare(value, std::move(expression));
}

LogicalResult FunctionPrinter::printView(memref::ViewOp view) {
  Type element = view.getType().getElementType();
  const int64_t bytes = element.getIntOrFloatBitWidth() / 8;
  std::optional<int64_t> constant = constantOf(view.getByteShift());
  if (constant && *constant % bytes != 0)
    return file.fail(view.getLoc(),
                     "cannot print a view of " + llvm::Twine(bytes) +
                         "-byte numbers at byte " + llvm::Twine(*constant) +
                         ": expected a multiple of " + llvm::Twine(bytes) +
                         "; align the buffer",
                     Diag::NAS6032);
  Expression base = use(view.getSource());
  Expression offset = use(view.getByteShift());
  Expression result;
  result.reads(base);
  result.reads(offset);
  result.type = CType::Pointer;
  if (constant == 0) {
    result.text = base.text;
    result.precedence = base.precedence;
  } else {
    result.text = base.text + " + " + grouped(offset, offset.precedence < Sum);
    result.precedence = Sum;
  }
  if (bytes > 1) {
    // By way of void: a warning of stricter alignment is answered above.
    Expression address = result;
    const std::string qualifier = file.isWritten(view) ? "" : "const ";
    result.text = "(" + qualifier + typeName(element) + " *)(" + qualifier +
                  "void *)" + grouped(address, address.precedence < Unary);
    result.precedence = Unary;
  }
  addComment(view, result);
  // A name is easier to read than an address, except as an argument.
  Value value = view.getResult();
  if (result.isSimple()) {
    values[value] = std::move(result);
  } else if (value.hasOneUse() && isa<func::CallOp>(*value.user_begin()) &&
             value.user_begin()->getBlock() == view->getBlock()) {
    waiting.insert({value, std::move(result)});
  } else {
    declare(value, std::move(result));
  }
  return success();
}

LogicalResult FunctionPrinter::printConstant(arith::ConstantOp constant) {
  const std::optional<int64_t> value = constantOf(constant);
  assert(value && "the type has been checked");
  Expression expression =
      constant.getType().isInteger(1) ? truth(*value != 0) : literal(*value);
  values[constant.getResult()] = std::move(expression);
  return success();
}

LogicalResult FunctionPrinter::printCall(func::CallOp call) {
  Operation *callee = file.lookup(call.getCallee());
  assert(callee && "the module has been verified");
  Expression all;
  std::string text = file.nameOf(callee).str() + "(";
  for (auto [i, operand] : llvm::enumerate(call.getOperands())) {
    Expression argument = use(operand);
    text += (i ? ", " : "") + argument.text;
    all.reads(argument);
  }
  settle([](const Expression &waits) { return waits.readsMemory; });
  all.text = text + ")";
  addComment(call, all);
  if (call.getNumResults() && isLive(call.getResult(0))) {
    declare(call.getResult(0), std::move(all));
    return success();
  }
  printComments(all);
  printLine(all.text + ";");
  return success();
}

LogicalResult FunctionPrinter::printOperation(Operation *op) {
  // Pure operations that nothing needs.
  if (op->getNumResults() && !isa<func::CallOp>(op) &&
      !effectful.contains(op) &&
      llvm::none_of(op->getResults(), [&](Value v) { return isLive(v); }))
    return success();
  if (op->getNumRegions() && !op->getNumResults() && !effectful.contains(op))
    return success();
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<scf::ForOp>([&](auto loop) { return printFor(loop); })
      .Case<scf::IfOp>([&](auto branch) { return printIf(branch); })
      .Case<memref::ViewOp>([&](auto view) { return printView(view); })
      .Case<func::CallOp>([&](auto call) { return printCall(call); })
      .Case<arith::ConstantOp>(
          [&](auto constant) { return printConstant(constant); })
      .Case<memref::GetGlobalOp>([&](memref::GetGlobalOp get) {
        Expression global;
        global.text = file.nameOf(file.lookup(get.getName())).str();
        global.type = CType::Pointer;
        values[get.getResult()] = std::move(global);
        return success();
      })
      .Case<memref::CastOp>([&](memref::CastOp cast) {
        Expression source = use(cast.getSource());
        define(cast, std::move(source));
        return success();
      })
      .Case<memref::LoadOp>([&](memref::LoadOp load) {
        Expression array = use(load.getMemRef());
        Expression index = use(load.getIndices()[0]);
        Expression result;
        result.text =
            grouped(array, array.precedence < Primary) + "[" + index.text + "]";
        result.type = signedType(widthOf(load.getType()));
        result.reads(array);
        result.reads(index);
        // Constants stay as they are.
        Value origin = load.getMemRef();
        while (auto cast = origin.getDefiningOp<memref::CastOp>())
          origin = cast.getSource();
        if (!origin.getDefiningOp<memref::GetGlobalOp>())
          result.readsMemory = true;
        define(load, std::move(result));
        return success();
      })
      .Case<memref::StoreOp>([&](memref::StoreOp store) {
        Expression array = use(store.getMemRef());
        Expression index = use(store.getIndices()[0]);
        Expression value = use(store.getValueToStore());
        settle([](const Expression &waits) { return waits.readsMemory; });
        Expression statement;
        statement.text = grouped(array, array.precedence < Primary) + "[" +
                         index.text + "] = " + value.text + ";";
        statement.reads(array);
        statement.reads(index);
        statement.reads(value);
        addComment(store, statement);
        printComments(statement);
        printLine(statement.text);
        return success();
      })
      .Case<func::ReturnOp>([&](func::ReturnOp ret) {
        Expression statement;
        if (ret.getNumOperands()) {
          Expression value = use(ret.getOperand(0));
          statement.text = "return " + value.text + ";";
          statement.reads(value);
        }
        addComment(ret, statement);
        printComments(statement);
        if (!statement.text.empty())
          printLine(statement.text);
        return success();
      })
      .Case<arith::CmpIOp>([&](auto compare) {
        define(op, comparison(compare));
        return success();
      })
      .Case<arith::SelectOp>([&](auto select) {
        define(op, choice(select));
        return success();
      })
      .Case<arith::AndIOp, arith::OrIOp, arith::XOrIOp>([&](auto) {
        define(op, bitwise(op));
        return success();
      })
      .Case<arith::ExtSIOp, arith::ExtUIOp, arith::TruncIOp, arith::IndexCastOp,
            arith::IndexCastUIOp>([&](auto) {
        define(op, conversion(op));
        return success();
      })
      .Default([&](Operation *) {
        Expression result = arithmetic(op);
        const unsigned width = widthOf(op->getResult(0).getType());
        // Narrow shifts are computed in 32 bits and stay in range.
        if (result.type != signedType(width)) {
          result.text = castTo(signedName(width), result);
          result.precedence = Unary;
          result.type = signedType(width);
        }
        define(op, std::move(result));
        return success();
      });
}

LogicalResult FunctionPrinter::printBlock(Block &block) {
  for (Operation &op : block)
    if (!isa<scf::YieldOp>(op) && failed(printOperation(&op)))
      return failure();
  return success();
}

bool FunctionPrinter::canTakeOver(Value value, Operation *op) {
  if (!variables.contains(value))
    return false;
  // The loop reads its operands when it starts; a second use would see what the
  // variable has become.
  if (isa<scf::ForOp>(op) && llvm::count(op->getOperands(), value) != 1)
    return false;
  for (Operation *at = op;; at = at->getParentOp()) {
    Block *block = at->getBlock();
    for (Operation *user : value.getUsers()) {
      Operation *here = block->findAncestorOpInBlock(*user);
      if (!here)
        continue;
      if (here == at ? at == op && isa<scf::ForOp>(op) && user != op
                     : at->isBeforeInBlock(here))
        return false;
    }
    if (block == value.getParentBlock())
      return true;
    // A loop would come back to the uses before.
    if (!isa<scf::IfOp>(at->getParentOp()))
      return false;
  }
}

std::string FunctionPrinter::resultHint(Operation *op, unsigned index,
                                        Value initial) {
  if (auto list = op->getAttrOfType<ArrayAttr>("nasc.results"))
    if (index < list.size())
      if (auto name = dyn_cast<StringAttr>(list[index]))
        return name.getValue().str();
  if (isa<scf::IfOp>(op))
    return stringAttribute(op, "nasc.name").str();
  if (auto found = variables.find(initial); found != variables.end())
    return found->second;
  if (Operation *source = initial.getDefiningOp())
    return stringAttribute(source, "nasc.name").str();
  return "";
}

void FunctionPrinter::assign(llvm::SmallVector<Assignment, 2> assignments) {
  llvm::erase_if(assignments, [](const Assignment &assignment) {
    return assignment.variable == assignment.value.text;
  });
  // All at once in the module: a variable may be assigned when no other
  // assignment still reads it.
  while (!assignments.empty()) {
    auto isFree = [&](const Assignment &candidate) {
      return llvm::none_of(assignments, [&](const Assignment &other) {
        return &other != &candidate &&
               other.value.variables.count(candidate.variable);
      });
    };
    auto next = llvm::find_if(assignments, isFree);
    if (next == assignments.end()) {
      // A circle: one value waits in a variable of its own.
      Assignment &first = assignments.front();
      printComments(first.value);
      const std::string name = names.addLocalName("");
      printLine("const " + assignedTypes[first.variable] + " " + name + " = " +
                first.value.text + ";");
      first.value = Expression();
      first.value.text = name;
      continue;
    }
    printComments(next->value);
    const Expression &value = next->value;
    if (!value.op.empty() && value.left == next->variable)
      printLine(next->variable + " " + value.op + "= " + value.right + ";");
    else
      printLine(next->variable + " = " + value.text + ";");
    assignments.erase(next);
  }
}

LogicalResult FunctionPrinter::printFor(scf::ForOp loop) {
  const unsigned width = widthOf(loop.getInductionVar().getType());
  const std::optional<int64_t> low = constantOf(loop.getLowerBound()),
                               high = constantOf(loop.getUpperBound()),
                               step = constantOf(loop.getStep());
  if (low && high && step && *low < *high && *step > 0) {
    // The last value of the variable is the one that ends the loop.
    const auto distance =
        static_cast<uint64_t>(*high) - static_cast<uint64_t>(*low);
    const auto stride = static_cast<uint64_t>(*step);
    const uint64_t rounds = (distance - 1) / stride + 1;
    const uint64_t room = static_cast<uint64_t>(llvm::maxIntN(width)) -
                          static_cast<uint64_t>(*low);
    if (rounds > room / stride)
      return file.fail(loop.getLoc(),
                       "cannot print the loop from " + llvm::Twine(*low) +
                           " to " + llvm::Twine(*high) + " by " +
                           llvm::Twine(*step) +
                           " as C: expected its last step to stay in " +
                           signedName(width) + "; use a wider type",
                       Diag::NAS6032);
  }

  struct Carried {
    unsigned index;
    std::string name;
    Expression initial;
    bool isNew;
  };
  llvm::SmallVector<Carried, 2> carried;
  Expression lower = use(loop.getLowerBound());
  Expression upper = use(loop.getUpperBound());
  Expression by = use(loop.getStep());
  for (auto [i, initial] : llvm::enumerate(loop.getInitArgs())) {
    if (!isLive(loop.getResult(i)))
      continue;
    const bool taken = canTakeOver(initial, loop);
    carried.push_back({static_cast<unsigned>(i),
                       taken ? variables[initial] : "", use(initial), !taken});
  }
  settleAll();
  Expression all;
  addComment(loop, all);
  for (Carried &variable : carried)
    all.reads(variable.initial);
  all.reads(lower);
  all.reads(upper);
  all.reads(by);
  printComments(all);

  // C evaluates the bound and the step in each round.
  auto fix = [&](Expression &expression, Value value) {
    if (!expression.readsMemory && expression.variables.empty() &&
        (expression.precedence == Sum || expression.literal ||
         expression.isSimple()) &&
        expression.text.find('(') == std::string::npos)
      return;
    Operation *source = value.getDefiningOp();
    const std::string name = names.addLocalName(
        source ? stringAttribute(source, "nasc.name") : llvm::StringRef());
    printLine("const " + typeName(value.getType()) + " " + name + " = " +
              expression.text + ";");
    expression = Expression();
    expression.text = name;
    expression.type = signedType(width);
  };
  fix(upper, loop.getUpperBound());
  fix(by, loop.getStep());
  for (Carried &carries : carried) {
    Value argument = loop.getRegionIterArg(carries.index);
    if (carries.isNew) {
      carries.name = names.addLocalName(
          resultHint(loop, carries.index, loop.getInitArgs()[carries.index]));
      const std::string type = typeName(argument.getType());
      assignedTypes[carries.name] = type;
      printLine(type + " " + carries.name + " = " + carries.initial.text + ";");
    }
    const unsigned bits = widthOf(argument.getType());
    values[argument] = variable(carries.name, bits);
    variables[argument] = carries.name;
  }

  names.open();
  const std::string counter =
      names.addLocalName(stringAttribute(loop, "nasc.name"));
  Expression induction;
  induction.text = counter;
  induction.type = signedType(width);
  values[loop.getInductionVar()] = induction;
  std::string advance;
  if (width < 32)
    advance = counter + " = (" + signedName(width) + ")(" + counter + " + " +
              by.text + ")";
  else if (step == 1)
    advance = "++" + counter;
  else
    advance = counter + " += " + by.text;
  printLine("for (" + typeName(loop.getInductionVar().getType()) + " " +
            counter + " = " + lower.text + "; " + counter + " < " + upper.text +
            "; " + advance + ") {");
  ++indentation;
  if (failed(printBlock(*loop.getBody())))
    return failure();
  llvm::SmallVector<Assignment, 2> assignments;
  for (Carried &carries : carried)
    assignments.push_back(
        {carries.name, use(loop.getYieldedValues()[carries.index])});
  assign(std::move(assignments));
  --indentation;
  printLine("}");
  names.close();
  for (Carried &carries : carried) {
    Value result = loop.getResult(carries.index);
    values[result] = variable(carries.name, widthOf(result.getType()));
    variables[result] = carries.name;
    if (carries.isNew && result.use_empty())
      printLine("(void)" + carries.name + ";");
  }
  return success();
}

LogicalResult FunctionPrinter::printIf(scf::IfOp branch) {
  struct Chosen {
    unsigned index;
    std::string name;
    bool isNew;
  };
  Expression condition = use(branch.getCondition());
  settleAll();
  addComment(branch, condition);
  printComments(condition);

  Block *elseBlock = branch.elseBlock();
  // Without statements, the other alternative is what the variable starts with.
  const bool startsAsElse =
      elseBlock && llvm::hasSingleElement(elseBlock->getOperations());
  llvm::SmallVector<Chosen, 2> chosen;
  for (OpResult result : branch.getResults()) {
    if (!isLive(result))
      continue;
    const unsigned index = result.getResultNumber();
    Chosen choice{index, "", true};
    for (Value candidate : {branch.elseYield().getOperand(index),
                            branch.thenYield().getOperand(index)}) {
      if (!canTakeOver(candidate, branch))
        continue;
      const std::string &name = variables[candidate];
      if (llvm::any_of(chosen, [&](const Chosen &c) { return c.name == name; }))
        continue;
      choice.name = name;
      choice.isNew = false;
      break;
    }
    chosen.push_back(std::move(choice));
  }
  for (Chosen &choice : chosen) {
    if (!choice.isNew)
      continue;
    choice.name = names.addLocalName(resultHint(branch, choice.index, Value()));
    const std::string type = typeName(branch.getResult(choice.index).getType());
    assignedTypes[choice.name] = type;
    std::string initial;
    if (startsAsElse)
      initial = " = " + use(branch.elseYield().getOperand(choice.index)).text;
    printLine(type + " " + choice.name + initial + ";");
  }

  // The statements of a branch, apart: either may be empty.
  auto printBranch = [&](Block &block, bool isElse) -> FailureOr<std::string> {
    const size_t start = body.size();
    names.open();
    ++indentation;
    if (failed(printBlock(block)))
      return failure();
    llvm::SmallVector<Assignment, 2> assignments;
    Operation *yield = block.getTerminator();
    for (const Chosen &choice : chosen)
      if (!(isElse && startsAsElse && choice.isNew))
        assignments.push_back(
            {choice.name, use(yield->getOperand(choice.index))});
    assign(std::move(assignments));
    --indentation;
    names.close();
    out.flush();
    std::string text = body.substr(start);
    body.resize(start);
    return text;
  };
  FailureOr<std::string> thenText = printBranch(*branch.thenBlock(), false);
  if (failed(thenText))
    return failure();
  FailureOr<std::string> elseText = std::string();
  if (elseBlock)
    elseText = printBranch(*elseBlock, true);
  if (failed(elseText))
    return failure();
  if (thenText->empty() && !elseText->empty()) {
    printLine("if (!" + grouped(condition, condition.precedence < Unary) +
              ") {");
    out << *elseText;
    printLine("}");
  } else if (!thenText->empty()) {
    printLine("if (" + condition.text + ") {");
    out << *thenText;
    if (!elseText->empty()) {
      printLine("} else {");
      out << *elseText;
    }
    printLine("}");
  }
  for (const Chosen &choice : chosen) {
    Value result = branch.getResult(choice.index);
    values[result] = variable(choice.name, widthOf(result.getType()));
    variables[result] = choice.name;
  }
  return success();
}

LogicalResult
FunctionPrinter::printBody(llvm::ArrayRef<std::string> parameters) {
  findLive();
  for (auto [i, argument] : llvm::enumerate(function.getArguments())) {
    Expression expression;
    expression.text = parameters[i];
    expression.type = isa<MemRefType>(argument.getType())
                          ? CType::Pointer
                          : signedType(widthOf(argument.getType()));
    auto type = function.getArgAttrOfType<StringAttr>(i, "nasc.c_type");
    if (type && isLive(argument)) {
      llvm::StringRef pointee = type.getValue();
      const bool isConst = pointee.consume_front("const ");
      const std::string own = signedName(
          cast<MemRefType>(argument.getType()).getElementTypeBitWidth());
      const bool isWritten = file.isWritten(argument);
      if (pointee == own && !(isConst && isWritten)) {
        values[argument] = std::move(expression);
        continue;
      }
      // Kernels whose pointer can be written through may be given what they
      // only read.
      const std::string element = (isWritten ? "" : "const ") + own + " *";
      expression.text = names.addLocalName(parameters[i] + "_bytes");
      printLine(element + "const " + expression.text + " = (" + element + ")" +
                parameters[i] + ";");
    }
    values[argument] = std::move(expression);
    if (!isLive(argument))
      printLine("(void)" + parameters[i] + ";");
  }
  return printBlock(function.front());
}

} // namespace nasc::c99
