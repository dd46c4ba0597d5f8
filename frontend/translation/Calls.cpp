//===- Calls.cpp - Calls and blocks to IR ---------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/Builtins.h"
#include "frontend/analysis/SemanticAnalyzer.h"
#include "frontend/translation/Translation.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir;
using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

//===----------------------------------------------------------------------===//
// Arguments
//===----------------------------------------------------------------------===//

Translator::Arguments Translator::evaluateArguments(const ast::Call &call) {
  Arguments arguments;
  for (const ast::Argument &argument : call.arguments) {
    const ast::Expr *expr = argument.value.get();
    ArgumentValue value;
    nasc::Type type = program.typeOf(*expr);
    if (const auto *list = dyn_cast<ast::List>(expr)) {
      for (const ast::ExprPtr &element : list->elements)
        value.values.push_back(translateExpr(*element));
    } else if (type.isOperation()) {
      value.operation = translateOperation(*expr);
    } else if (!type.isError() && type.kind != TypeKind::Word) {
      value.values.push_back(translateExpr(*expr));
    }
    arguments[expr] = std::move(value);
  }
  return arguments;
}

Value Translator::translateCall(const ast::Call &call) {
  const Symbol *callee = program.info(*call.callee).symbol;
  if (callee && callee->kind == SymbolKind::Function)
    return translateFunction(call, callee);
  Arguments arguments = evaluateArguments(call);
  if (callee && callee->isCallable())
    return callOne(call, callee, arguments);

  OperationValue operation = translateOperation(*call.callee);
  if (operation.candidates.size() == 1)
    return callOne(call, operation.candidates.front(), arguments);
  Location loc = locationOf(call);
  auto op = builder.create<nas::SwitchOp>(loc, TypeRange(openTensor()),
                                          operation.selector,
                                          operation.candidates.size());
  for (auto [region, candidate] :
       llvm::zip(op.getCases(), operation.candidates)) {
    const Symbol *one = candidate;
    inBlock(&region.emplaceBlock(), [&] {
      Value result = callOne(call, one, arguments);
      builder.create<nas::YieldOp>(loc, ValueRange(result));
    });
  }
  return op.getResult(0);
}

Value Translator::callOne(const ast::Call &call, const Symbol *callee,
                          const Arguments &arguments) {
  if (callee->kind == SymbolKind::Block)
    return callBlock(call, callee, arguments);
  std::vector<BindingProblem> problems;
  BoundArguments bound = bindArguments(signatureOf(callee), call, problems);
  return buildLayer(call, callee, bound, arguments);
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

Value Translator::callBlock(const ast::Call &call, const Symbol *block,
                            const Arguments &arguments) {
  const Body &body = *block->body;
  Location loc = locationOf(call.callRange());
  std::vector<BindingProblem> problems;
  BoundArguments bound = bindArguments(signatureOf(block), call, problems);

  SmallVector<Value> operands;
  std::vector<std::vector<const Symbol *>> operations;
  for (auto [index, parameter] : llvm::enumerate(body.parameters)) {
    const ast::Expr *expr = bound.single(index);
    const ast::Expr *otherwise =
        body.syntaxParameters()[index].defaultValue.get();
    if (parameter->type.isOperation()) {
      OperationValue value = expr ? arguments.lookup(expr).operation
                                  : translateOperation(*otherwise);
      operations.emplace_back(value.candidates.begin(), value.candidates.end());
      if (value.selector)
        operands.push_back(value.selector);
      continue;
    }
    Value value = expr ? arguments.lookup(expr).values.front()
                       : translateExpr(*otherwise);
    operands.push_back(value);
  }
  Instance &instance = instantiate(body, std::move(operations), loc);
  for (const Symbol *symbol : instance.captures) {
    Binding binding = lookup(symbol, loc);
    operands.push_back(symbol->type.isOperation() ? binding.operation.selector
                                                  : binding.value);
  }
  auto op = builder.create<nas::CallOp>(
      loc, instance.results,
      FlatSymbolRefAttr::get(instance.op.getSymNameAttr()), operands,
      builder.getStringAttr(program.places.lookup({&call, block})));
  return op.getResult(0);
}

Translator::Instance &
Translator::instantiate(const Body &body,
                        std::vector<std::vector<const Symbol *>> operations,
                        Location loc) {
  // A local block belongs to one instance of the body around it.
  Instance *parent = nullptr;
  for (Context *context : llvm::reverse(contexts))
    if (context->body == body.parent) {
      parent = context->instance;
      break;
    }
  InstanceKey key(&body, parent, operations);
  std::unique_ptr<Instance> &slot = instances[key];
  if (slot)
    return *slot;
  slot = std::make_unique<Instance>();
  Instance &instance = *slot;
  instance.body = &body;
  instance.parent = parent;

  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(space);
  Location blockLoc = locationOf(body.symbol->range);
  instance.op = builder.create<nas::BlockOp>(
      blockLoc, builder.getStringAttr(uniqueName(body.symbol->name)));
  mlir::Block &entry = instance.op.getBody().emplaceBlock();
  Context context = {&body, &instance, &entry, {}};
  size_t nextOperation = 0;
  for (auto [parameter, syntax] :
       llvm::zip(body.parameters, body.syntaxParameters())) {
    Location parameterLoc = locationOf(syntax.range);
    Binding binding;
    if (parameter->type.isOperation()) {
      const auto &candidates = operations[nextOperation++];
      binding.operation.candidates.append(candidates.begin(), candidates.end());
      if (candidates.size() > 1)
        binding.operation.selector = entry.addArgument(
            integerType({0, static_cast<int64_t>(candidates.size()) - 1}),
            parameterLoc);
    } else {
      binding.value = entry.addArgument(typeOf(parameter->type), parameterLoc);
    }
    context.bindings[parameter] = binding;
  }
  contexts.push_back(&context);
  inBlock(&entry, [&] {
    translateStatements(body.statements());
    Value result = translateExpr(*body.returnStatement->value);
    instance.results.push_back(result.getType());
    builder.create<nas::ReturnOp>(locationOf(*body.returnStatement),
                                  ValueRange(result));
  });
  contexts.pop_back();
  return instance;
}
