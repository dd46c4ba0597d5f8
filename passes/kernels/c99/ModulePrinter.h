//===- ModulePrinter.h - Files of C -----------------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NASC_PASSES_KERNELS_C99_MODULEPRINTER_H
#define NASC_PASSES_KERNELS_C99_MODULEPRINTER_H

#include "dialects/diagnostics/CodedError.h"
#include "passes/kernels/c99/CPrinter.h"
#include "passes/kernels/c99/Names.h"
#include "passes/kernels/c99/Text.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

#include <utility>

namespace nasc::c99 {

/// Prints a module: its globals and its functions, with what they need.
class ModulePrinter {
public:
  explicit ModulePrinter(mlir::ModuleOp module)
      : module(module), symbols(module) {}

  /// The whole file, or the prototypes of public functions alone.
  llvm::Expected<std::string> printFile(const CPrinterOptions &options);
  llvm::Expected<std::string> printPrototypes();

  /// Remembers the first error; its text ends with the location.
  mlir::LogicalResult fail(mlir::Location location, const llvm::Twine &message,
                           Diag code) {
    if (error.empty()) {
      llvm::raw_string_ostream out(error);
      out << message << ", at ";
      location.print(out);
      errorCode = code;
    }
    return mlir::failure();
  }
  mlir::LogicalResult failType(mlir::Location location, llvm::StringRef what,
                               mlir::Type type) {
    std::string text;
    llvm::raw_string_ostream(text) << type;
    return fail(location,
                "cannot print " + what + " of type '" + text +
                    "' as C: expected an integer of 8, 16, 32 or 64 bits, an "
                    "index, or a memref of one dimension of such integers "
                    "without layout or memory space; flatten or convert it "
                    "before",
                Diag::NAS6031);
  }

  std::string helper(HelperKind kind, unsigned width) {
    used.insert({kind, width});
    // The others are built on wrapping, except these three.
    if (kind != HelperKind::ShiftRight && kind != HelperKind::Min &&
        kind != HelperKind::Max)
      used.insert({HelperKind::Wrap, width});
    return helperName(kind, width);
  }

  /// Whether something is stored through the pointer.
  bool isWritten(mlir::Value array) const { return written.contains(array); }
  llvm::StringRef nameOf(mlir::Operation *symbol) const {
    return symbolNames.find(symbol)->second;
  }
  mlir::Operation *lookup(llvm::StringRef symbol) {
    return symbols.lookup(symbol);
  }

  NameTable names;
  bool usesBool = false;

private:
  mlir::LogicalResult checkTopLevel();
  mlir::LogicalResult nameSymbols();
  mlir::LogicalResult findWritten();
  void findReachable();
  mlir::LogicalResult printGlobal(llvm::raw_ostream &out,
                                  mlir::memref::GlobalOp global);
  /// The declarator with names in `parameters`, without end.
  std::string declaration(mlir::func::FuncOp function,
                          llvm::ArrayRef<std::string> parameters);
  llvm::SmallVector<std::string> parameterNames(mlir::func::FuncOp function);
  llvm::Error takeError() { return codedError(errorCode, error); }

  mlir::ModuleOp module;
  mlir::SymbolTable symbols;
  std::string error;
  Diag errorCode = Diag::NAS6030;
  std::set<std::pair<HelperKind, unsigned>> used;
  llvm::DenseSet<mlir::Value> written;
  llvm::DenseMap<mlir::Operation *, std::string> symbolNames;
  llvm::SetVector<mlir::Operation *> reachable;
  bool usesAlignment = false;
};

} // namespace nasc::c99

#endif // NASC_PASSES_KERNELS_C99_MODULEPRINTER_H
