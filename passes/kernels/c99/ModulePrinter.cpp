//===- ModulePrinter.cpp - Files of C -------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/c99/ModulePrinter.h"

#include "passes/kernels/c99/FunctionPrinter.h"

#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <cstring>

using namespace mlir;

namespace nasc::c99 {

LogicalResult ModulePrinter::checkTopLevel() {
  for (Operation &op : *module.getBody()) {
    if (auto global = dyn_cast<memref::GlobalOp>(op)) {
      if (!isSupportedArray(global.getType()))
        return failType(op.getLoc(),
                        "the global '" + global.getSymName().str() + "'",
                        global.getType());
      Attribute initial = global.getInitialValueAttr();
      auto resource = dyn_cast_or_null<DenseResourceElementsAttr>(initial);
      const int64_t elements = global.getType().getNumElements();
      const int64_t bytes =
          elements * global.getType().getElementTypeBitWidth() / 8;
      const bool hasValues =
          resource
              ? resource.getRawHandle().getBlob() &&
                    static_cast<int64_t>(
                        resource.getRawHandle().getBlob()->getData().size()) ==
                        bytes
              : isa_and_nonnull<DenseIntElementsAttr>(initial);
      if (!global.getConstant() || !global.isPrivate() || !hasValues)
        return fail(op.getLoc(),
                    "cannot print the global '" + global.getSymName() +
                        "' as C: expected a private constant with its values "
                        "(dense or a resource); put variables into the arena",
                    Diag::NAS6031);
      if (!llvm::isInt<32>(bytes))
        return fail(op.getLoc(),
                    "cannot print the global '" + global.getSymName() +
                        "' as C: expected fewer than 2147483648 bytes, found " +
                        llvm::Twine(bytes) + "; split it",
                    Diag::NAS6032);
      continue;
    }
    auto function = dyn_cast<func::FuncOp>(op);
    if (!function)
      return fail(op.getLoc(),
                  "cannot print '" + op.getName().getStringRef() +
                      "' as C: expected memref.global and func.func in the "
                      "module; lower it before",
                  Diag::NAS6030);
    for (Type type : function.getArgumentTypes())
      if (!isSupportedArray(type) && !isSupportedInteger(type))
        return failType(op.getLoc(),
                        "an argument of '" + function.getSymName().str() + "'",
                        type);
    if (function.getNumResults() > 1)
      return fail(op.getLoc(),
                  "cannot print the function '" + function.getSymName() +
                      "' as C: expected at most one result, found " +
                      llvm::Twine(function.getNumResults()) +
                      "; store the others to memory",
                  Diag::NAS6031);
    for (Type type : function.getResultTypes())
      if (!isSupportedInteger(type))
        return failType(op.getLoc(),
                        "the result of '" + function.getSymName().str() + "'",
                        type);
    if (!function.isExternal() && !function.getBody().hasOneBlock())
      return fail(op.getLoc(),
                  "cannot print the function '" + function.getSymName() +
                      "' as C: expected one block, found " +
                      llvm::Twine(function.getBody().getBlocks().size()) +
                      "; keep loops and branches as scf",
                  Diag::NAS6030);
    if (failed(FunctionPrinter(*this, function).check()))
      return failure();
  }
  return success();
}

LogicalResult ModulePrinter::nameSymbols() {
  for (HelperKind kind : helperKinds)
    for (unsigned width : helperWidths)
      names.takeFileName(helperName(kind, width));
  // Names that others know first: they cannot be changed.
  for (auto function : module.getOps<func::FuncOp>()) {
    if (function.isPrivate() && !function.isExternal())
      continue;
    llvm::StringRef name = function.getSymName();
    if (sanitise(name) != name || isTakenWord(name) ||
        isLibraryFunction(name) || !names.takeFileName(name))
      return fail(function.getLoc(),
                  "cannot print the function '" + name +
                      "' as C: expected an identifier that is neither a "
                      "keyword nor a name of the C library, of an exact-width "
                      "type or of this file's own helpers; rename it",
                  Diag::NAS6033);
    symbolNames[function] = name.str();
  }
  for (Operation &op : *module.getBody())
    if (!symbolNames.contains(&op))
      symbolNames[&op] =
          names.addFileName(SymbolTable::getSymbolName(&op).getValue());
  return success();
}

LogicalResult ModulePrinter::findWritten() {
  llvm::DenseMap<Operation *, llvm::SmallVector<func::CallOp>> callers;
  llvm::SmallVector<std::pair<Value, Operation *>> work;
  auto mark = [&](Value array, Operation *by) {
    if (written.insert(array).second)
      work.push_back({array, by});
  };
  module.walk([&](Operation *op) {
    if (auto store = dyn_cast<memref::StoreOp>(op))
      mark(store.getMemRef(), op);
    auto call = dyn_cast<func::CallOp>(op);
    if (!call)
      return;
    auto callee = cast<func::FuncOp>(lookup(call.getCallee()));
    callers[callee].push_back(call);
    // Elsewhere anything may happen.
    if (callee.isExternal())
      for (Value operand : call.getOperands())
        if (isa<MemRefType>(operand.getType()))
          mark(operand, op);
  });
  while (!work.empty()) {
    auto [array, by] = work.pop_back_val();
    if (auto argument = dyn_cast<BlockArgument>(array)) {
      for (func::CallOp call : callers[argument.getOwner()->getParentOp()])
        mark(call.getOperand(argument.getArgNumber()), call);
    } else if (auto view = array.getDefiningOp<memref::ViewOp>()) {
      mark(view.getSource(), by);
    } else if (auto cast = array.getDefiningOp<memref::CastOp>()) {
      mark(cast.getSource(), by);
    } else if (auto get = array.getDefiningOp<memref::GetGlobalOp>()) {
      return fail(by->getLoc(),
                  "cannot print a store to the constant '" + get.getName() +
                      "' as C: expected memory that is an argument, here or in "
                      "the function called; copy the constant before",
                  Diag::NAS6034);
    }
  }
  return success();
}

void ModulePrinter::findReachable() {
  llvm::SmallVector<Operation *> work;
  auto reach = [&](Operation *op) {
    if (reachable.insert(op))
      work.push_back(op);
  };
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      reach(function);
  while (!work.empty())
    work.pop_back_val()->walk([&](Operation *op) {
      if (auto call = dyn_cast<func::CallOp>(op))
        reach(lookup(call.getCallee()));
      // A constant is printed if something uses it.
      if (auto get = dyn_cast<memref::GetGlobalOp>(op);
          get && !get->use_empty())
        reach(lookup(get.getName()));
    });
}

LogicalResult ModulePrinter::printGlobal(llvm::raw_ostream &out,
                                         memref::GlobalOp global) {
  MemRefType type = global.getType();
  const unsigned width = type.getElementTypeBitWidth();
  const int64_t count = type.getNumElements();
  printBlockComment(out, stringAttribute(global, "nasc.comment"));
  std::string head = "static ";
  if (std::optional<uint64_t> alignment = global.getAlignment();
      alignment && *alignment > width / 8) {
    usesAlignment = true;
    head += "NASC_ALIGNED(" + std::to_string(*alignment) + ") ";
  }
  // C has no empty arrays.
  head += "const " + signedName(width) + " " + nameOf(global).str() + "[" +
          std::to_string(std::max<int64_t>(count, 1)) + "] = {";
  out << head;

  Attribute initial = global.getInitialValueAttr();
  auto dense = dyn_cast<DenseIntElementsAttr>(initial);
  if (count == 0 ||
      (dense && dense.isSplat() && dense.getSplatValue<APInt>().isZero())) {
    out << "0};\n";
    return success();
  }
  std::string list;
  llvm::raw_string_ostream listOut(list);
  size_t column = 0;
  int64_t printed = 0;
  auto print = [&](int64_t value) {
    std::string text =
        value == std::numeric_limits<int32_t>::min()   ? "INT32_MIN"
        : value == std::numeric_limits<int64_t>::min() ? "INT64_MIN"
        : !llvm::isInt<32>(value)
            ? (value < 0 ? "-INT64_C(" : "INT64_C(") +
                  std::to_string(value < 0 ? -value : value) + ")"
            : std::to_string(value);
    if (++printed < count)
      text += ',';
    if (column && column + 1 + text.size() > lineWidth) {
      listOut << '\n';
      column = 0;
    }
    if (column) {
      listOut << ' ' << text;
      column += 1 + text.size();
    } else {
      listOut << "    " << text;
      column = 4 + text.size();
    }
  };
  if (dense) {
    if (dense.isSplat())
      for (int64_t i = 0; i < count; ++i)
        print(dense.getSplatValue<APInt>().getSExtValue());
    else
      for (const APInt &value : dense.getValues<APInt>())
        print(value.getSExtValue());
  } else {
    llvm::ArrayRef<char> data = cast<DenseResourceElementsAttr>(initial)
                                    .getRawHandle()
                                    .getBlob()
                                    ->getData();
    auto printAs = [&](auto sample) {
      for (int64_t i = 0; i < count; ++i) {
        std::memcpy(&sample, data.data() + i * sizeof(sample), sizeof(sample));
        print(sample);
      }
    };
    if (width == 8)
      printAs(int8_t());
    else if (width == 16)
      printAs(int16_t());
    else if (width == 32)
      printAs(int32_t());
    else
      printAs(int64_t());
  }
  // A few numbers go where the declaration ends.
  if (column == list.size() && head.size() + list.size() - 2 <= lineWidth)
    out << list.substr(4);
  else
    out << '\n' << list;
  out << "};\n";
  return success();
}

llvm::SmallVector<std::string>
ModulePrinter::parameterNames(func::FuncOp function) {
  names.startFunction();
  llvm::SmallVector<std::string> parameters;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto name = function.getArgAttrOfType<StringAttr>(i, "nasc.name");
    parameters.push_back(names.addLocalName(name ? name.getValue().str()
                                                 : "a" + std::to_string(i)));
  }
  return parameters;
}

std::string ModulePrinter::declaration(func::FuncOp function,
                                       llvm::ArrayRef<std::string> parameters) {
  auto integerName = [&](Type type) {
    usesBool |= type.isInteger(1);
    return signedName(widthOf(type));
  };
  std::string text =
      function.isPrivate() && !function.isExternal() ? "static " : "";
  text += function.getNumResults() ? integerName(function.getResultTypes()[0])
                                   : "void";
  text += " " + nameOf(function).str() + "(";
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    text += i ? ", " : "";
    auto array = dyn_cast<MemRefType>(type);
    if (!array) {
      text += integerName(type) + " " + parameters[i];
      continue;
    }
    // Others see a type that is said, whatever this body does.
    if (auto named = function.getArgAttrOfType<StringAttr>(i, "nasc.c_type"))
      text += named.getValue().str() + " *";
    else
      text += (function.isExternal() || isWritten(function.getArgument(i))
                   ? ""
                   : "const ") +
              signedName(array.getElementTypeBitWidth()) + " *";
    if (function.getArgAttr(i, "llvm.noalias"))
      text += "restrict ";
    text += parameters[i];
  }
  return text + (function.getNumArguments() ? ")" : "void)");
}

llvm::Expected<std::string>
ModulePrinter::printFile(const CPrinterOptions &options) {
  if (failed(checkTopLevel()) || failed(nameSymbols()) || failed(findWritten()))
    return takeError();
  findReachable();

  std::string globals, functions;
  llvm::raw_string_ostream globalsOut(globals), functionsOut(functions);
  for (auto global : module.getOps<memref::GlobalOp>()) {
    if (!reachable.contains(global))
      continue;
    globalsOut << '\n';
    if (failed(printGlobal(globalsOut, global)))
      return takeError();
  }
  // Prototypes for what is called before its definition, or defined elsewhere.
  llvm::DenseSet<Operation *> defined, needed;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!reachable.contains(function))
      continue;
    if (function.isExternal()) {
      needed.insert(function);
      continue;
    }
    defined.insert(function);
    function.walk([&](func::CallOp call) {
      Operation *callee = lookup(call.getCallee());
      if (!defined.contains(callee))
        needed.insert(callee);
    });
  }
  bool isFirst = true;
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!needed.contains(function))
      continue;
    if (std::exchange(isFirst, false))
      functionsOut << '\n';
    printWrapped(functionsOut,
                 declaration(function, parameterNames(function)) + ";", 0);
  }
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!reachable.contains(function) || function.isExternal())
      continue;
    llvm::SmallVector<std::string> parameters = parameterNames(function);
    functionsOut << '\n';
    printBlockComment(functionsOut, stringAttribute(function, "nasc.comment"));
    printWrapped(functionsOut, declaration(function, parameters) + " {", 0);
    FunctionPrinter printer(*this, function);
    if (failed(printer.printBody(parameters)))
      return takeError();
    functionsOut << printer.takeText() << "}\n";
  }

  std::string text;
  llvm::raw_string_ostream out(text);
  printBlockComment(out, options.comment);
  if (!options.comment.empty())
    out << '\n';
  if (!options.header.empty())
    out << "#include \"" << options.header << "\"\n\n";
  if (usesBool)
    out << "#include <stdbool.h>\n";
  out << "#include <stdint.h>\n";
  if (usesAlignment)
    out << "\n/* For speed; the type's own alignment is enough. */\n"
           "#if defined(__GNUC__)\n"
           "#define NASC_ALIGNED(n) __attribute__((aligned(n)))\n"
           "#else\n"
           "#define NASC_ALIGNED(n)\n"
           "#endif\n";
  for (HelperKind kind : helperKinds)
    for (unsigned width : helperWidths)
      if (used.count({kind, width}))
        out << '\n' << helperText(kind, width);
  out << globals << functions;
  return text;
}

llvm::Expected<std::string> ModulePrinter::printPrototypes() {
  if (failed(checkTopLevel()) || failed(nameSymbols()) || failed(findWritten()))
    return takeError();
  std::string text;
  llvm::raw_string_ostream out(text);
  for (auto function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isExternal())
      continue;
    if (!text.empty())
      out << '\n';
    printBlockComment(out, stringAttribute(function, "nasc.comment"));
    printWrapped(out, declaration(function, parameterNames(function)) + ";", 0);
  }
  return text;
}

} // namespace nasc::c99

llvm::Error nasc::printC(ModuleOp module, llvm::raw_ostream &out,
                         const CPrinterOptions &options) {
  llvm::Expected<std::string> text =
      c99::ModulePrinter(module).printFile(options);
  if (!text)
    return text.takeError();
  out << *text;
  return llvm::Error::success();
}

llvm::Error nasc::printCPrototypes(ModuleOp module, llvm::raw_ostream &out) {
  llvm::Expected<std::string> text =
      c99::ModulePrinter(module).printPrototypes();
  if (!text)
    return text.takeError();
  out << *text;
  return llvm::Error::success();
}
