//===- ReferenceTestSupport.cpp - Functions in text, run ------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/unit/reference/ReferenceTestSupport.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace nasc::test;

Expected<TosaInterpreter> nasc::test::parse(StringRef text) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::tosa::TosaDialect>();
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  std::string message;
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) {
        message += "MLIR: " + diagnostic.str() + "\n";
        return mlir::success();
      });
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::parseSourceString<mlir::ModuleOp>(text, &context, "test.mlir");
  if (!module)
    return createStringError(inconvertibleErrorCode(), message.c_str());
  return TosaInterpreter::create(*module->getOps<mlir::func::FuncOp>().begin());
}

std::string nasc::test::functionText(StringRef arguments, StringRef result,
                                     StringRef body) {
  std::string text;
  raw_string_ostream stream(text);
  SmallVector<StringRef> types;
  arguments.split(types, ' ', -1, /*KeepEmpty=*/false);
  stream << "func.func @f(";
  for (size_t i = 0; i < types.size(); ++i)
    stream << (i ? ", %" : "%") << char('a' + i) << ": tensor<" << types[i]
           << ">";
  stream << ") -> tensor<" << result << "> {\n"
         << body << "\nreturn %r : tensor<" << result << ">\n}\n";
  return text;
}

static Expected<std::vector<Tensor>>
runText(StringRef arguments, StringRef result, StringRef body,
        std::vector<std::vector<int32_t>> &inputs) {
  Expected<TosaInterpreter> interpreter =
      parse(functionText(arguments, result, body));
  if (!interpreter)
    return interpreter.takeError();
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < inputs.size(); ++i)
    tensors.push_back({interpreter->arguments()[i], inputs[i]});
  return interpreter->runTensors(tensors);
}

std::vector<int32_t>
nasc::test::evaluate(StringRef arguments, StringRef result, StringRef body,
                     std::vector<std::vector<int32_t>> inputs) {
  Expected<std::vector<Tensor>> results =
      runText(arguments, result, body, inputs);
  if (!results) {
    ADD_FAILURE() << toString(results.takeError());
    return {};
  }
  return results->front().values;
}

std::string nasc::test::errorOf(StringRef arguments, StringRef result,
                                StringRef body,
                                std::vector<std::vector<int32_t>> inputs) {
  Expected<std::vector<Tensor>> results =
      runText(arguments, result, body, inputs);
  return results ? "" : toString(results.takeError());
}
