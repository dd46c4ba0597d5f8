//===- CPrinterTest.cpp - C99 from loops over arrays ----------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is printed is compiled by the machine's C compiler, with its warnings as
// errors and its sanitizers, and run; expectations are computed here.
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/c99/CPrinter.h"
#include "dialects/diagnostics/CodedError.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace nasc;
using testing::HasSubstr;
using testing::Not;

namespace {

class CPrinterTest : public testing::Test {
protected:
  CPrinterTest() {
    context.loadDialect<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                        mlir::memref::MemRefDialect, mlir::scf::SCFDialect>();
  }

  mlir::OwningOpRef<mlir::ModuleOp> parse(llvm::StringRef text) {
    auto module = mlir::parseSourceString<mlir::ModuleOp>(
        text, mlir::ParserConfig(&context));
    EXPECT_TRUE(module) << text.str();
    return module;
  }

  /// The file, or the error.
  std::string print(llvm::StringRef text, CPrinterOptions options = {}) {
    auto module = parse(text);
    if (!module)
      return "";
    std::string file;
    llvm::raw_string_ostream out(file);
    if (llvm::Error error = printC(*module, out, options)) {
      EXPECT_EQ(file, "") << "something is printed in spite of an error";
      return "error: " + nasc::describe(std::move(error));
    }
    return file;
  }

  /// Prints the module, compiles it with a main function that has the given
  /// statements, runs it, and returns what it writes.
  std::string run(llvm::StringRef text, llvm::StringRef statements) {
    llvm::SmallString<128> folder;
    if (llvm::sys::fs::createUniqueDirectory("nasc-c-printer", folder)) {
      ADD_FAILURE() << "no folder for temporary files";
      return "";
    }
    const std::string path = folder.str().str();
    CPrinterOptions options;
    options.header = "kernel.h";
    options.comment = "Printed by a test.";
    printed = print(text, options);
    auto module = parse(text);
    std::string prototypes;
    llvm::raw_string_ostream prototypesOut(prototypes);
    if (llvm::Error error = printCPrototypes(*module, prototypesOut))
      ADD_FAILURE() << nasc::describe(std::move(error));
    write(path + "/kernel.h",
          "#include <stdbool.h>\n#include <stdint.h>\n" + prototypes);
    write(path + "/kernel.c", printed);
    write(path + "/main.c", "#include \"kernel.h\"\n#include <inttypes.h>\n"
                            "#include <stdio.h>\n#include <stdlib.h>\n"
                            "int main(void) {\n" +
                                statements.str() + "\nreturn 0;\n}\n");
    const std::vector<std::string> warnings = {
        "-std=c99",   "-Wall",    "-Wextra", "-Wconversion",
        "-Wpedantic", "-Wshadow", "-Werror"};
    // Both compilers read it; what the first made is run.
    std::string result = "not compiled";
    for (const char *name : {"cc", "clang"}) {
      auto compiler = llvm::sys::findProgramByName(name);
      if (!compiler)
        continue;
      std::vector<std::string> arguments = {*compiler};
      arguments.insert(arguments.end(), warnings.begin(), warnings.end());
      const bool isFirst = llvm::StringRef(name) == "cc";
      if (isFirst)
        arguments.insert(arguments.end(),
                         {"-O1", "-fsanitize=undefined,address",
                          "-fno-sanitize-recover=all", path + "/main.c", "-o",
                          path + "/program"});
      else
        arguments.insert(arguments.end(), {"-O2", "-c", "-o", path + "/o"});
      arguments.push_back(path + "/kernel.c");
      std::string output;
      if (execute(arguments, path, output) != 0) {
        ADD_FAILURE() << name << ":\n" << output << printed;
        continue;
      }
      if (isFirst && execute({path + "/program"}, path, result) != 0)
        ADD_FAILURE() << result << printed;
    }
    llvm::sys::fs::remove_directories(folder);
    return result;
  }

  static void write(const std::string &path, llvm::StringRef text) {
    std::error_code error;
    llvm::raw_fd_ostream out(path, error);
    ASSERT_FALSE(error) << path << error.message();
    out << text;
  }

  /// The exit code; `output` is what was written to both streams.
  static int execute(const std::vector<std::string> &command,
                     const std::string &folder, std::string &output) {
    const std::string log = folder + "/log";
    std::vector<llvm::StringRef> arguments(command.begin(), command.end());
    std::optional<llvm::StringRef> redirects[] = {llvm::StringRef(), log, log};
    std::string message;
    const int code = llvm::sys::ExecuteAndWait(
        command[0], arguments, std::nullopt, redirects, 120, 0, &message);
    auto buffer = llvm::MemoryBuffer::getFile(log);
    output = (buffer ? (*buffer)->getBuffer().str() : "") + message;
    return code;
  }

  mlir::MLIRContext context;
  /// What run has printed.
  std::string printed;
};

/// Brings a number into `width` bits.
int64_t wrapTo(uint64_t bits, unsigned width) {
  return llvm::SignExtend64(bits, width);
}

std::vector<int64_t> edges(unsigned width) {
  const int64_t low = llvm::minIntN(width), high = llvm::maxIntN(width);
  return {low, low + 1, low / 2, -100, -7,       -1,       0,
          1,   2,       7,       100,  high / 2, high - 1, high};
}

/// A C expression for a number.
std::string number(int64_t value) {
  if (value == std::numeric_limits<int64_t>::min())
    return "INT64_MIN";
  return "INT64_C(" + std::to_string(value) + ")";
}

TEST_F(CPrinterTest, binaryOperationsAtTheEdges) {
  struct Op {
    std::string name;
    std::function<std::optional<int64_t>(int64_t, int64_t, unsigned)> compute;
  };
  auto mask = [](int64_t v, unsigned w) {
    return static_cast<uint64_t>(v) & llvm::maxUIntN(w);
  };
  auto u = [](int64_t v) { return static_cast<uint64_t>(v); };
  using Result = std::optional<int64_t>;
  auto divides = [](int64_t a, int64_t b, unsigned w) {
    return b != 0 && !(b == -1 && a == llvm::minIntN(w));
  };
  auto shifts = [](int64_t b, unsigned w) { return b >= 0 && b < w; };
  const std::vector<Op> ops = {
      {"addi",
       [&](int64_t a, int64_t b, unsigned w) -> Result {
         return wrapTo(u(a) + u(b), w);
       }},
      {"subi",
       [&](int64_t a, int64_t b, unsigned w) -> Result {
         return wrapTo(u(a) - u(b), w);
       }},
      {"muli",
       [&](int64_t a, int64_t b, unsigned w) -> Result {
         return wrapTo(u(a) * u(b), w);
       }},
      {"divsi",
       [&](int64_t a, int64_t b, unsigned w) -> Result {
         return divides(a, b, w) ? Result(a / b) : std::nullopt;
       }},
      {"remsi",
       [&](int64_t a, int64_t b, unsigned w) -> Result {
         return divides(a, b, w) ? Result(a % b) : std::nullopt;
       }},
      {"shli",
       [&](int64_t a, int64_t b, unsigned w) -> Result {
         return shifts(b, w) ? Result(wrapTo(u(a) << b, w)) : std::nullopt;
       }},
      {"shrsi",
       [&](int64_t a, int64_t b, unsigned w) -> Result {
         return shifts(b, w) ? Result(a >> b) : std::nullopt;
       }},
      {"shrui",
       [&](int64_t a, int64_t b, unsigned w) -> Result {
         return shifts(b, w) ? Result(wrapTo(mask(a, w) >> b, w))
                             : std::nullopt;
       }},
      {"andi", [&](int64_t a, int64_t b, unsigned) -> Result { return a & b; }},
      {"ori", [&](int64_t a, int64_t b, unsigned) -> Result { return a | b; }},
      {"xori", [&](int64_t a, int64_t b, unsigned) -> Result { return a ^ b; }},
      {"maxsi",
       [&](int64_t a, int64_t b, unsigned) -> Result {
         return std::max(a, b);
       }},
      {"minsi",
       [&](int64_t a, int64_t b, unsigned) -> Result {
         return std::min(a, b);
       }},
  };
  const std::vector<
      std::pair<std::string, std::function<bool(int64_t, int64_t, unsigned)>>>
      predicates = {
          {"eq", [](int64_t a, int64_t b, unsigned) { return a == b; }},
          {"ne", [](int64_t a, int64_t b, unsigned) { return a != b; }},
          {"slt", [](int64_t a, int64_t b, unsigned) { return a < b; }},
          {"sle", [](int64_t a, int64_t b, unsigned) { return a <= b; }},
          {"sgt", [](int64_t a, int64_t b, unsigned) { return a > b; }},
          {"sge", [](int64_t a, int64_t b, unsigned) { return a >= b; }},
          {"ult", [&](int64_t a, int64_t b,
                      unsigned w) { return mask(a, w) < mask(b, w); }},
          {"ule", [&](int64_t a, int64_t b,
                      unsigned w) { return mask(a, w) <= mask(b, w); }},
          {"ugt", [&](int64_t a, int64_t b,
                      unsigned w) { return mask(a, w) > mask(b, w); }},
          {"uge", [&](int64_t a, int64_t b, unsigned w) {
             return mask(a, w) >= mask(b, w);
           }}};

  std::string text, statements, expected;
  // Calls of one function with a table of arguments.
  std::string table;
  auto ask = [&](int64_t a, int64_t b, int64_t result) {
    table += "{" + number(a) + ", " + number(b) + "}, ";
    expected += std::to_string(result) + "\n";
  };
  auto askTable = [&](const std::string &call) {
    statements += "{ static const int64_t in[][2] = {" + table +
                  "};\nfor (size_t k = 0; k < sizeof in / sizeof in[0]; ++k)\n"
                  "printf(\"%\" PRId64 \"\\n\", (int64_t)" +
                  call + "); }\n";
    table.clear();
  };
  for (unsigned width : {8u, 16u, 32u, 64u}) {
    const std::string w = std::to_string(width), type = "i" + w;
    std::vector<int64_t> values = edges(width);
    const std::string left = "((int" + w + "_t)in[k][0])",
                      both = "((int" + w + "_t)in[k][0], (int" + w +
                             "_t)in[k][1])";
    std::vector<int64_t> shiftAmounts = {0, 1, width / 2, width - 1};
    auto askAll = [&](const std::string &name, const Op &op) {
      std::vector<int64_t> right = values;
      if (llvm::StringRef(op.name).starts_with("sh"))
        right = shiftAmounts;
      for (int64_t a : values)
        for (int64_t b : right)
          if (Result result = op.compute(a, b, width))
            ask(a, b, *result);
      askTable(name + both);
    };
    for (const Op &op : ops) {
      const std::string name = op.name + "_" + w;
      text += "func.func @" + name + "(%a: " + type + ", %b: " + type +
              ") -> " + type + " { %r = arith." + op.name +
              " %a, %b : " + type + " return %r : " + type + " }\n";
      askAll(name, op);
      // With a constant on the right, where the printer knows more.
      for (int64_t b : llvm::StringRef(op.name).starts_with("sh")
                           ? shiftAmounts
                           : std::vector<int64_t>{llvm::minIntN(width), -1, 7,
                                                  llvm::maxIntN(width)}) {
        const std::string constant =
            name + "_by_" + (b < 0 ? "minus_" : "") +
            std::to_string(b < 0 ? -static_cast<uint64_t>(b) : b);
        text += "func.func @" + constant + "(%a: " + type + ") -> " + type +
                " { %b = arith.constant " + std::to_string(b) + " : " + type +
                " %r = arith." + op.name + " %a, %b : " + type +
                " return %r : " + type + " }\n";
        for (int64_t a : values)
          if (Result result = op.compute(a, b, width))
            ask(a, b, *result);
        askTable(constant + left);
      }
    }
    for (const auto &[predicate, holds] : predicates) {
      const std::string name = predicate + "_" + w;
      text += "func.func @" + name + "(%a: " + type + ", %b: " + type +
              ") -> i1 { %r = arith.cmpi " + predicate + ", %a, %b : " + type +
              " return %r : i1 }\n";
      for (int64_t a : values)
        for (int64_t b : values)
          ask(a, b, holds(a, b, width));
      askTable(name + both);
      for (int64_t b : {llvm::minIntN(width), int64_t(-1), int64_t(0),
                        llvm::maxIntN(width)}) {
        const std::string constant =
            name + "_to_" + (b < 0 ? "minus_" : "") +
            std::to_string(b < 0 ? -static_cast<uint64_t>(b) : b);
        text += "func.func @" + constant + "(%a: " + type +
                ") -> i1 { %b = arith.constant " + std::to_string(b) + " : " +
                type + " %r = arith.cmpi " + predicate + ", %a, %b : " + type +
                " return %r : i1 }\n";
        // A parameter that a decided comparison leaves unused is no warning.
        for (int64_t a : values)
          ask(a, b, holds(a, b, width));
        askTable(constant + left);
      }
    }
  }
  EXPECT_EQ(run(text, statements), expected);
}

TEST_F(CPrinterTest, conversions) {
  std::string text, statements, expected;
  for (unsigned from : {8u, 16u, 32u, 64u})
    for (unsigned to : {8u, 16u, 32u, 64u}) {
      if (from == to)
        continue;
      for (const std::string op : {"extsi", "extui", "trunci"}) {
        if ((op == "trunci") != (to < from))
          continue;
        const std::string name =
            op + "_" + std::to_string(from) + "_" + std::to_string(to);
        const std::string a = "i" + std::to_string(from),
                          b = "i" + std::to_string(to);
        text += "func.func @" + name + "(%a: " + a + ") -> " + b +
                " { %r = arith." + op + " %a : " + a + " to " + b +
                " return %r : " + b + " }\n";
        for (int64_t value : edges(from)) {
          statements += "printf(\"%\" PRId64 \"\\n\", (int64_t)" + name +
                        "((int" + std::to_string(from) + "_t)" + number(value) +
                        "));\n";
          const int64_t result =
              op == "extui"
                  ? static_cast<int64_t>(static_cast<uint64_t>(value) &
                                         llvm::maxUIntN(from))
                  : wrapTo(static_cast<uint64_t>(value), to);
          expected += std::to_string(result) + "\n";
        }
      }
    }
  text += R"(
    func.func @index(%a: i64, %b: i8) -> i64 {
      %0 = arith.index_cast %a : i64 to index
      %1 = arith.index_castui %b : i8 to index
      %2 = arith.addi %0, %1 : index
      %3 = arith.index_cast %2 : index to i64
      return %3 : i64
    }
    func.func @truth(%a: i32) -> i32 {
      %bit = arith.trunci %a : i32 to i1
      %true = arith.constant true
      %no = arith.xori %bit, %true : i1
      %zero = arith.constant 0 : i32
      %low = arith.cmpi slt, %a, %zero : i32
      %both = arith.andi %no, %low : i1
      %any = arith.ori %both, %bit : i1
      %one = arith.xori %any, %low : i1
      %x = arith.extui %one : i1 to i32
      %y = arith.extsi %any : i1 to i32
      %ten = arith.constant 10 : i32
      %z = arith.muli %x, %ten : i32
      %r = arith.addi %z, %y : i32
      return %r : i32
    })";
  statements += "printf(\"%\" PRId64 \"\\n\", index(INT64_C(4294967290), -1));"
                "printf(\"%\" PRId64 \"\\n\", index(INT64_C(2147483647), 2));"
                "for (int32_t i = -2; i < 2; ++i)"
                "  printf(\"%\" PRId32 \"\\n\", truth(i));";
  expected += "249\n-2147483647\n";
  for (int i = -2; i < 2; ++i) {
    const bool bit = i & 1, low = i < 0, any = (!bit && low) || bit;
    expected += std::to_string((any != low) * 10 - any) + "\n";
  }
  EXPECT_EQ(run(text, statements), expected);
}

TEST_F(CPrinterTest, expressionTreesKeepTheirOrder) {
  // Sums and differences in every grouping; products of sums.
  const std::string text = R"(
    func.func @f(%a: i32, %b: i32, %c: i32) -> i32 {
      %0 = arith.subi %b, %c overflow<nsw> : i32
      %1 = arith.subi %a, %0 overflow<nsw> : i32
      %2 = arith.addi %a, %b overflow<nsw> : i32
      %3 = arith.muli %1, %2 overflow<nsw> : i32
      %4 = arith.remsi %3, %c : i32
      %5 = arith.divsi %a, %4 : i32
      %6 = arith.muli %5, %b overflow<nsw> : i32
      %7 = arith.andi %6, %a : i32
      %8 = arith.ori %7, %c : i32
      %m = arith.constant -3 : i32
      %9 = arith.addi %8, %m overflow<nsw> : i32
      %10 = arith.subi %9, %m overflow<nsw> : i32
      %11 = arith.subi %10, %m overflow<nsw> : i32
      return %11 : i32
    }
    func.func @products(%a: i8, %b: i8, %c: i32) -> i64 {
      %0 = arith.extsi %a : i8 to i32
      %1 = arith.extsi %b : i8 to i32
      %2 = arith.muli %0, %1 : i32
      %3 = arith.extsi %2 : i32 to i64
      %4 = arith.extsi %c : i32 to i64
      %5 = arith.muli %3, %4 : i64
      %s = arith.constant 31 : i64
      %6 = arith.shrsi %5, %s : i64
      %7 = arith.addi %6, %3 : i64
      return %7 : i64
    }
    func.func @clamp(%a: i32) -> i8 {
      %low = arith.constant -128 : i32
      %high = arith.constant 127 : i32
      %0 = arith.maxsi %a, %low : i32
      %1 = arith.minsi %0, %high : i32
      %2 = arith.trunci %1 : i32 to i8
      return %2 : i8
    }
    func.func @select(%a: i8, %b: i16, %c: i64) -> i64 {
      %0 = arith.extsi %a : i8 to i16
      %1 = arith.cmpi slt, %0, %b : i16
      %2 = arith.select %1, %0, %b : i16
      %3 = arith.extui %2 : i16 to i64
      %4 = arith.cmpi ugt, %3, %c : i64
      %5 = arith.select %4, %3, %c : i64
      return %5 : i64
    })";
  const std::string statements = R"(
    printf("%)"
                                 "\" PRId32 \""
                                 R"(\n", f(91, 7, 13));
    printf("%)"
                                 "\" PRId64 \""
                                 R"(\n", products(-128, -128, INT32_MIN));
    printf("%d %d %d\n", clamp(-1000), clamp(5), clamp(1000));
    printf("%)"
                                 "\" PRId64 \""
                                 R"(\n", select(3, -4, 9));
    printf("%)"
                                 "\" PRId64 \""
                                 R"(\n", select(3, -4, -9));)";
  const int32_t a = 91, b = 7, c = 13;
  const int32_t f = ((((a / (((a - (b - c)) * (a + b)) % c)) * b) & a) | c) + 3;
  const int64_t products =
      ((int64_t(16384) * std::numeric_limits<int32_t>::min()) >> 31) + 16384;
  EXPECT_EQ(run(text, statements), std::to_string(f) + "\n" +
                                       std::to_string(products) +
                                       "\n-128 5 127\n65532\n-9\n");
  EXPECT_THAT(printed, HasSubstr("(int8_t)min_i32(max_i32(a0, -128), 127)"));
}

TEST_F(CPrinterTest, carriedValuesChangeTogether) {
  const std::string text = R"(
    func.func @fibonacci(%n: index) -> i64 {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %r:2 = scf.for %i = %c0 to %n step %c1
          iter_args(%a = %zero, %b = %one) -> (i64, i64) {
        %s = arith.addi %a, %b overflow<nsw> : i64
        scf.yield %b, %s : i64, i64
      } {nasc.name = "i", nasc.results = ["a", "b"]}
      return %r#0 : i64
    }
    func.func @rotate(%n: i32, %x: i32, %y: i32, %z: i32) -> i32 {
      %c0 = arith.constant 0 : i32
      %c2 = arith.constant 2 : i32
      %c10 = arith.constant 10 : i32
      %r:4 = scf.for %i = %c0 to %n step %c2
          iter_args(%a = %x, %b = %y, %c = %z, %sum = %c0)
          -> (i32, i32, i32, i32) : i32 {
        %s = arith.muli %sum, %c10 : i32
        %t = arith.addi %s, %a : i32
        scf.yield %b, %c, %a, %t : i32, i32, i32, i32
      }
      %p = arith.muli %r#3, %c10 : i32
      %q = arith.addi %p, %r#1 : i32
      return %q : i32
    }
    func.func @swap_twice(%n: index, %x: i32, %y: i32) -> i32 {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %three = arith.constant 3 : i32
      %o:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %x, %b = %y)
          -> (i32, i32) {
        %before = arith.muli %a, %three overflow<nsw> : i32
        %p:2 = scf.for %j = %c0 to %i step %c1 iter_args(%c = %a, %d = %b)
            -> (i32, i32) {
          %e = arith.subi %c, %d overflow<nsw> : i32
          scf.yield %d, %e : i32, i32
        }
        %f = arith.addi %p#0, %before overflow<nsw> : i32
        scf.yield %f, %p#0 : i32, i32
      }
      %g = arith.subi %o#0, %o#1 : i32
      return %g : i32
    })";
  auto swapTwice = [](int n, int x, int y) {
    for (int i = 0; i < n; ++i) {
      const int before = 3 * x;
      int c = x, d = y;
      for (int j = 0; j < i; ++j) {
        const int e = c - d;
        c = d;
        d = e;
      }
      x = c + before;
      y = c;
    }
    return x - y;
  };
  EXPECT_EQ(
      run(text, R"(
    printf("%d %d %d\n", (int)fibonacci(-5), (int)fibonacci(0),
           (int)fibonacci(50 - 10));
    printf("%d %d\n", rotate(0, 1, 2, 3), rotate(7, 1, 2, 3));
    for (int n = 0; n < 6; ++n) printf("%d ", swap_twice(n, 5, 3));)"),
      "0 0 102334155\n2 12313\n" + [&] {
        std::string all;
        for (int n = 0; n < 6; ++n)
          all += std::to_string(swapTwice(n, 5, 3)) + " ";
        return all;
      }());
  EXPECT_THAT(printed, HasSubstr("for (int32_t i = 0; i < a0; ++i) {"));
}

TEST_F(CPrinterTest, oneVariableServesANest) {
  const std::string text = R"(
    func.func @sum(%x: memref<24xi8> {nasc.name = "x"}) -> i32 {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c4 = arith.constant 4 : index
      %c6 = arith.constant 6 : index
      %zero = arith.constant 0 : i32
      %five = arith.constant 5 : i32
      %r = scf.for %i = %c0 to %c4 step %c1 iter_args(%a = %zero) -> i32 {
        %s = scf.for %j = %c0 to %c6 step %c1 iter_args(%b = %a) -> i32 {
          %k = arith.muli %i, %c6 : index
          %l = arith.addi %k, %j : index
          %v = memref.load %x[%l] : memref<24xi8>
          %w = arith.extsi %v : i8 to i32
          %p = arith.cmpi sgt, %w, %five : i32
          %t = scf.if %p -> i32 {
            %u = arith.addi %b, %w overflow<nsw> : i32
            scf.yield %u : i32
          } else {
            scf.yield %b : i32
          }
          scf.yield %t : i32
        } {nasc.name = "j"}
        scf.yield %s : i32
      } {nasc.name = "i", nasc.results = ["sum"]}
      return %r : i32
    })";
  EXPECT_EQ(run(text, "int8_t x[24]; for (int i = 0; i < 24; ++i) "
                      "x[i] = (int8_t)i; printf(\"%d\", sum(x));"),
            std::to_string(23 * 24 / 2 - 15));
  EXPECT_THAT(printed, HasSubstr("int32_t sum_1 = 0;"));
  EXPECT_THAT(printed, HasSubstr(R"(      if (t0 > 5) {
        sum_1 += t0;
      }
    }
  }
  return sum_1;
)"));
}

TEST_F(CPrinterTest, nestedBranchesWithResults) {
  const std::string text = R"(
    func.func @f(%a: i32, %b: i32) -> i32 {
      %zero = arith.constant 0 : i32
      %one = arith.constant 1 : i32
      %ten = arith.constant 10 : i32
      %p = arith.cmpi slt, %a, %zero : i32
      %q = arith.cmpi slt, %b, %zero : i32
      %r:2 = scf.if %p -> (i32, i32) {
        %s = scf.if %q -> i32 {
          %t = arith.addi %a, %b : i32
          scf.yield %t : i32
        } else {
          %t = arith.subi %a, %b : i32
          scf.yield %t : i32
        }
        %u = arith.muli %s, %ten : i32
        scf.yield %u, %s : i32, i32
      } else {
        scf.yield %b, %one : i32, i32
      }
      // The first result in both roles: swapped only on one side.
      %v:2 = scf.if %q -> (i32, i32) {
        scf.yield %r#1, %r#0 : i32, i32
      } else {
        scf.yield %r#0, %r#1 : i32, i32
      }
      %w = scf.if %q -> i32 {
        scf.yield %v#0 : i32
      } else {
        %x = arith.addi %v#0, %ten : i32
        scf.yield %x : i32
      }
      %y = arith.muli %w, %ten : i32
      %z = arith.addi %y, %v#1 : i32
      return %z : i32
    })";
  auto f = [](int a, int b) {
    int r0 = b, r1 = 1;
    if (a < 0) {
      r1 = b < 0 ? a + b : a - b;
      r0 = r1 * 10;
    }
    if (b < 0)
      std::swap(r0, r1);
    return (b < 0 ? r0 : r0 + 10) * 10 + r1;
  };
  std::string expected;
  for (int a : {-3, 4})
    for (int b : {-5, 6})
      expected += std::to_string(f(a, b)) + " ";
  EXPECT_EQ(run(text, "for (int a = -3; a < 5; a += 7)"
                      "  for (int b = -5; b < 7; b += 11)"
                      "    printf(\"%d \", f(a, b));"),
            expected);
}

TEST_F(CPrinterTest, loadsStayBetweenStores) {
  const std::string text = R"(
    func.func private @bump(%x: memref<?xi32>) -> i32 {
      %c0 = arith.constant 0 : index
      %one = arith.constant 1 : i32
      %v = memref.load %x[%c0] : memref<?xi32>
      %w = arith.addi %v, %one : i32
      memref.store %w, %x[%c0] : memref<?xi32>
      return %v : i32
    }
    func.func @swap(%x: memref<?xi32>, %y: memref<?xi32>) {
      %c0 = arith.constant 0 : index
      %a = memref.load %x[%c0] : memref<?xi32>
      %b = memref.load %y[%c0] : memref<?xi32>
      memref.store %b, %x[%c0] : memref<?xi32>
      memref.store %a, %y[%c0] : memref<?xi32>
      return
    }
    func.func @tree(%x: memref<?xi32>, %y: memref<?xi32>) -> i32 {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c3 = arith.constant 3 : index
      %ten = arith.constant 10 : i32
      %a = memref.load %x[%c0] : memref<?xi32>
      %b = arith.muli %a, %ten : i32
      memref.store %ten, %y[%c0] : memref<?xi32>
      %c = memref.load %x[%c0] : memref<?xi32>
      %d = arith.addi %b, %c : i32
      %e = func.call @bump(%y) : (memref<?xi32>) -> i32
      %f = arith.muli %d, %ten : i32
      %g = memref.load %x[%c0] : memref<?xi32>
      %h = arith.addi %f, %g : i32
      scf.for %i = %c0 to %c3 step %c1 {
        memref.store %ten, %y[%c0] : memref<?xi32>
      }
      %k = arith.addi %h, %e : i32
      return %k : i32
    }
    // The bound is read once, before the loop changes it.
    func.func @bound(%x: memref<?xi32>) -> i32 {
      %c0 = arith.constant 0 : i32
      %i0 = arith.constant 0 : index
      %c1 = arith.constant 1 : i32
      %n = memref.load %x[%i0] : memref<?xi32>
      %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %n) -> i32 : i32 {
        memref.store %c0, %x[%i0] : memref<?xi32>
        %t = arith.addi %s, %c1 : i32
        scf.yield %t : i32
      }
      return %r : i32
    }
    // A tree reads a carried variable that the inner loop takes over.
    func.func @across(%n: i32) -> i32 {
      %c0 = arith.constant 0 : i32
      %c1 = arith.constant 1 : i32
      %c3 = arith.constant 3 : i32
      %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %c1) -> i32 : i32 {
        %before = arith.muli %s, %c3 : i32
        %t = scf.for %j = %c0 to %c3 step %c1 iter_args(%u = %s) -> i32 : i32 {
          %v = arith.addi %u, %j : i32
          scf.yield %v : i32
        }
        %w = arith.subi %before, %t : i32
        scf.yield %w : i32
      }
      return %r : i32
    })";
  auto across = [](int n) {
    int s = 1;
    for (int i = 0; i < n; ++i)
      s = 3 * s - (s + 3);
    return s;
  };
  EXPECT_EQ(run(text, R"(
    int32_t x[1] = {3}, y[1] = {4};
    swap(x, y);
    printf("%d %d\n", x[0], y[0]);
    printf("%d ", tree(x, y));
    printf("%d\n", tree(x, x));
    x[0] = 5;
    printf("%d\n", bound(x));
    printf("%d\n", across(4));)"),
            // Apart: (4 * 10 + 4) * 10 + 4 + 10. Then x is y and still 4:
            // (40 + 10) * 10 + 11 + 10.
            "4 3\n454 521\n10\n" + std::to_string(across(4)) + "\n");
  EXPECT_THAT(printed, HasSubstr("void swap(int32_t *a0, int32_t *a1)"));
}

TEST_F(CPrinterTest, globals) {
  std::string list, sum;
  int64_t total = 0;
  for (int i = 0; i < 100000; ++i) {
    const int value = i * 7919 % 256 - 128;
    list += (i ? "," : "") + std::to_string(value);
    total += static_cast<int64_t>(value) * (i % 11);
  }
  const std::string text =
      "memref.global \"private\" constant @big : memref<100000xi8> = dense<[" +
      list + R"(]> {alignment = 16 : i64}
    memref.global "private" constant @zero : memref<40xi16> = dense<0>
    memref.global "private" constant @seven : memref<5xi32> = dense<7>
    memref.global "private" constant @unused : memref<5xi32> = dense<7>
    memref.global "private" constant @edges : memref<3xi32> =
        dense<[-2147483648, -1, 2147483647]> {nasc.comment = "Three edges."}
    memref.global "private" constant @resource : memref<3xi16> =
        dense_resource<halves>
    func.func @big_sum() -> i64 {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %n = arith.constant 100000 : index
      %eleven = arith.constant 11 : index
      %zero = arith.constant 0 : i64
      %x = memref.get_global @big : memref<100000xi8>
      %r = scf.for %i = %c0 to %n step %c1 iter_args(%s = %zero) -> i64 {
        %v = memref.load %x[%i] : memref<100000xi8>
        %w = arith.extsi %v : i8 to i64
        %k = arith.remsi %i, %eleven : index
        %f = arith.index_cast %k : index to i64
        %p = arith.muli %w, %f : i64
        %t = arith.addi %s, %p : i64
        scf.yield %t : i64
      }
      return %r : i64
    }
    func.func private @at(%x: memref<?xi32>, %i: index) -> i32 {
      %v = memref.load %x[%i] : memref<?xi32>
      return %v : i32
    }
    func.func private @nobody_calls(%x: memref<?xi32>) {
      return
    }
    func.func @edge(%i: index) -> i32 {
      %x = memref.get_global @edges : memref<3xi32>
      %y = memref.cast %x : memref<3xi32> to memref<?xi32>
      %v = func.call @at(%y, %i) : (memref<?xi32>, index) -> i32
      return %v : i32
    }
    func.func @others(%i: index) -> i32 {
      %x = memref.get_global @zero : memref<40xi16>
      %y = memref.get_global @seven : memref<5xi32>
      %z = memref.get_global @resource : memref<3xi16>
      %a = memref.load %x[%i] : memref<40xi16>
      %b = memref.load %y[%i] : memref<5xi32>
      %c = memref.load %z[%i] : memref<3xi16>
      %d = arith.addi %a, %c : i16
      %e = arith.extsi %d : i16 to i32
      %f = arith.addi %e, %b : i32
      return %f : i32
    }
    {-# dialect_resources: { builtin: {
      halves: "0x020000000100FFFF0080" } } #-})";
  EXPECT_EQ(run(text, R"(
    printf("%ld\n", (long)big_sum());
    for (int i = 0; i < 3; ++i) printf("%d %d\n", edge(i), others(i));)"),
            std::to_string(total) +
                "\n-2147483648 8\n-1 6\n2147483647 -32761\n");
  EXPECT_THAT(printed, HasSubstr("NASC_ALIGNED(16) const int8_t big[100000]"));
  EXPECT_THAT(printed, HasSubstr("static const int16_t zero[40] = {0};"));
  EXPECT_THAT(printed, HasSubstr("/* Three edges. */\nstatic const int32_t"));
  EXPECT_THAT(printed, HasSubstr("INT32_MIN, -1, 2147483647"));
  EXPECT_THAT(printed, HasSubstr("const int32_t *a0, int32_t a1"));
  EXPECT_THAT(printed, Not(HasSubstr("unused")));
  EXPECT_THAT(printed, Not(HasSubstr("nobody_calls")));
  for (size_t start = 0; start < printed.size();) {
    size_t end = printed.find('\n', start);
    EXPECT_LE(end - start, 80u) << printed.substr(start, end - start);
    start = end + 1;
  }
}

TEST_F(CPrinterTest, names) {
  const std::string text = R"(
    memref.global "private" constant @int : memref<1xi8> = dense<1>
    memref.global "private" constant @for : memref<1xi8> = dense<2>
    memref.global "private" constant @"x-1" : memref<1xi8> = dense<3>
    memref.global "private" constant @x_1 : memref<1xi8> = dense<4>
    memref.global "private" constant @"7" : memref<1xi8> = dense<5>
    memref.global "private" constant @_Bool : memref<1xi8> = dense<6>
    memref.global "private" constant @min_i32 : memref<1xi8> = dense<7>
    memref.global "private" constant @memcpy : memref<1xi8> = dense<8>
    memref.global "private" constant @int8_t : memref<1xi8> = dense<9>
    memref.global "private" constant @"größe" : memref<1xi8> = dense<10>
    memref.global "private" constant @INT32_MAX : memref<1xi8> = dense<11>
    memref.global "private" constant @"" : memref<1xi8> = dense<12>
    func.func private @exp(%v: i32 {nasc.name = "exp"},
                           %w: i32 {nasc.name = "exp"},
                           %x: i32 {nasc.name = "while"}) -> i32 {
      %0 = arith.minsi %v, %w {nasc.name = "int"} : i32
      %1 = arith.muli %0, %0 {nasc.name = "x_1", nasc.comment = "odd\\"} : i32
      %2 = arith.addi %1, %1 {nasc.name = "t0", nasc.comment = "a /* b */ ??/"}
         : i32
      %3 = arith.subi %2, %x : i32
      %4 = arith.muli %3, %3 : i32
      return %4 : i32
    }
    func.func @use(%i: index) -> i32 attributes {nasc.comment = "*/ int x; /*"} {
      )" + [] {
    std::string body;
    const char *names[] = {"int",    "for",       "\"x-1\"",   "x_1",
                           "\"7\"",  "_Bool",     "min_i32",   "memcpy",
                           "int8_t", "\"größe\"", "INT32_MAX", "\"\""};
    body += "%s0 = arith.constant 0 : i32\n%k = arith.constant 13 : i32\n";
    for (int i = 0; i < 12; ++i) {
      const std::string n = std::to_string(i);
      body += "%g" + n + " = memref.get_global @" + names[i] +
              " : memref<1xi8>\n%v" + n + " = memref.load %g" + n +
              "[%i] : memref<1xi8>\n%w" + n + " = arith.extsi %v" + n +
              " : i8 to i32\n%m" + n + " = arith.muli %s" + n +
              ", %k : i32\n%s" + std::to_string(i + 1) + " = arith.addi %m" +
              n + ", %w" + n + " : i32\n";
    }
    return body;
  }() + R"(
      %r = func.call @exp(%s12, %k, %k) : (i32, i32, i32) -> i32
      %q = arith.xori %r, %s12 : i32
      return %q : i32
    })";
  uint32_t sum = 0;
  for (uint32_t i = 1; i <= 12; ++i)
    sum = sum * 13 + i;
  const auto low =
      static_cast<uint32_t>(std::min<int32_t>(static_cast<int32_t>(sum), 13));
  const uint32_t square = 2 * low * low - 13;
  EXPECT_EQ(run(text, "printf(\"%d\", use(0));"),
            std::to_string(static_cast<int32_t>((square * square) ^ sum)));
}

TEST_F(CPrinterTest, viewsOfAnArena) {
  const std::string text = R"(
    func.func private @fill(%x: memref<8xi16> {nasc.name = "x", llvm.noalias},
                            %from: i16) attributes {nasc.comment = "Counts."} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c8 = arith.constant 8 : index
      scf.for %i = %c0 to %c8 step %c1 {
        %j = arith.index_cast %i : index to i16
        %k = arith.addi %j, %from : i16
        memref.store %k, %x[%i] : memref<8xi16>
      } {nasc.comment = "From the first on."}
      return
    }
    func.func @f(%arena: memref<64xi8> {nasc.name = "arena"}, %at: index,
                 %unused: i8) -> i32 {
      %o0 = arith.constant 0 : index
      %o3 = arith.constant 3 : index
      %o16 = arith.constant 16 : index
      %seven = arith.constant 7 : i16
      %n = arith.constant 5 : i8
      %a = memref.view %arena[%o16][] : memref<64xi8> to memref<8xi16>
      func.call @fill(%a, %seven) : (memref<8xi16>, i16) -> ()
      %b = memref.view %arena[%at][] {nasc.name = "tile"}
         : memref<64xi8> to memref<8xi8>
      memref.store %n, %b[%o3] : memref<8xi8>
      %c = memref.view %arena[%o0][%o3] : memref<64xi8> to memref<?xi32>
      %d = memref.load %a[%o3] : memref<8xi16>
      %e = memref.load %c[%o0] : memref<?xi32>
      %g = memref.load %b[%o3] : memref<8xi8>
      %h = arith.extsi %d : i16 to i32
      %i = arith.extsi %g : i8 to i32
      %j = arith.addi %h, %e : i32
      %k = arith.muli %i, %j : i32
      return %k : i32
    })";
  EXPECT_EQ(run(text, "int8_t *arena = calloc(64, 1);"
                      "((int32_t *)(void *)arena)[0] = 1000;"
                      "const int r = f(arena, 40, 0);"
                      "printf(\"%d %d\", r, arena[43]);"
                      "free(arena);"),
            "5050 5");
  EXPECT_THAT(printed, HasSubstr("int8_t *tile = arena + a1;"));
  EXPECT_THAT(printed, HasSubstr("int16_t *restrict x"));
  EXPECT_THAT(printed, HasSubstr("/* Counts. */\nstatic void fill("));
  EXPECT_THAT(printed, HasSubstr("  // From the first on.\n  for ("));
}

TEST_F(CPrinterTest, errors) {
  auto one = [](const std::string &line) {
    return "func.func @f(%x: memref<4xi32>, %a: i32, %i: index, %t: i1) {\n" +
           line + "\nreturn }";
  };
  EXPECT_THAT(print(one("%0 = arith.divui %a, %a : i32")),
              testing::AllOf(HasSubstr("cannot print 'arith.divui' as C"),
                             HasSubstr(":2:6"), HasSubstr("[NAS6030]")));
  EXPECT_THAT(print(one("%0 = arith.sitofp %a : i32 to f32")),
              HasSubstr("'arith.sitofp'"));
  EXPECT_THAT(print(one("%0 = arith.constant 1.0 : f32")),
              testing::AllOf(HasSubstr("'f32'"), HasSubstr("[NAS6031]")));
  EXPECT_THAT(print(one("%0 = arith.trunci %a : i32 to i7")),
              testing::AllOf(HasSubstr("'i7'"), HasSubstr("[NAS6031]")));
  EXPECT_THAT(
      print("func.func @f(%x: memref<4x4xi32>) { return }"),
      testing::AllOf(HasSubstr("memref<4x4xi32>"), HasSubstr("[NAS6031]")));
  EXPECT_THAT(print("func.func @f(%x: f32) { return }"),
              HasSubstr("[NAS6031]"));
  EXPECT_THAT(print("memref.global \"private\" @g : memref<4xi32>"),
              HasSubstr("expected a private constant"));
  EXPECT_THAT(print(one("%0 = arith.constant 4294967296 : index")),
              testing::AllOf(HasSubstr("4294967296"), HasSubstr("[NAS6032]")));
  EXPECT_THAT(print(one("%l = arith.constant 0 : i32\n"
                        "%h = arith.constant 2147483647 : i32\n"
                        "%s = arith.constant 2 : i32\n"
                        "scf.for %j = %l to %h step %s : i32 {\n"
                        "memref.store %j, %x[%i] : memref<4xi32> }")),
              HasSubstr("[NAS6032]"));
  EXPECT_THAT(
      print("func.func @f(%x: memref<8xi8>) -> i32 {"
            "%o = arith.constant 2 : index %c = arith.constant 0 : index "
            "%v = memref.view %x[%o][] : memref<8xi8> to memref<1xi32> "
            "%r = memref.load %v[%c] : memref<1xi32> return %r : i32 }"),
      testing::AllOf(HasSubstr("multiple of 4"), HasSubstr("[NAS6032]")));
  for (const char *name :
       {"for", "memcpy", "int32_t", "\"a-b\"", "_x", "wrap_i32", "main", "exp"})
    EXPECT_THAT(print("func.func @" + std::string(name) + "() { return }"),
                HasSubstr("[NAS6033]"))
        << name;
  EXPECT_THAT(
      print("memref.global \"private\" constant @g : memref<4xi32> = dense<1>\n"
            "func.func private @s(%x: memref<4xi32>, %a: i32, %i: index) {"
            "memref.store %a, %x[%i] : memref<4xi32> return }\n"
            "func.func @f(%a: i32, %i: index) {"
            "%g = memref.get_global @g : memref<4xi32> "
            "func.call @s(%g, %a, %i) : (memref<4xi32>, i32, index) -> () "
            "return }"),
      testing::AllOf(HasSubstr("constant 'g'"), HasSubstr("[NAS6034]")));
}

TEST_F(CPrinterTest, depthwiseConvolution) {
  const std::string text = R"(
    memref.global "private" constant @weights : memref<36xi8> = dense<[
      1, -2, 3, 4, 5, -6, 7, 8, -9, 10, 11, -12, 13, 14, -15, 16, 17, -18,
      19, 20, -21, 22, 23, -24, 25, 26, -27, 28, 29, -30, 31, 32, -33, 34,
      35, -128]> {alignment = 4 : i64,
      nasc.comment = "Weights of layer 1, [row][column][channel]."}
    memref.global "private" constant @bias : memref<4xi32>
      = dense<[100, -200, 300, -400]>
    memref.global "private" constant @multiplier : memref<4xi32>
      = dense<[1073741824, 1500000000, 1200000000, 2000000000]>
    func.func @depthwise(
        %input: memref<?xi8> {nasc.name = "input", llvm.noalias},
        %output: memref<?xi8> {nasc.name = "output", llvm.noalias})
        attributes {nasc.comment =
          "Depthwise convolution 3x3, 6x5x4, padding 1, zero point 0."} {
      %c0 = arith.constant 0 : index
      %c1 = arith.constant 1 : index
      %c3 = arith.constant 3 : index
      %c4 = arith.constant 4 : index
      %c5 = arith.constant 5 : index
      %c6 = arith.constant 6 : index
      %w = memref.get_global @weights : memref<36xi8>
      %b = memref.get_global @bias : memref<4xi32>
      %m = memref.get_global @multiplier : memref<4xi32>
      scf.for %y = %c0 to %c6 step %c1 {
        scf.for %x = %c0 to %c5 step %c1 {
          scf.for %c = %c0 to %c4 step %c1 {
            %start = memref.load %b[%c] : memref<4xi32>
            %sum = scf.for %ky = %c0 to %c3 step %c1
                iter_args(%s0 = %start) -> i32 {
              %yy = arith.addi %y, %ky overflow<nsw> : index
              %row = arith.subi %yy, %c1 overflow<nsw>
                {nasc.name = "row"} : index
              %in_y = arith.cmpi ult, %row, %c6 : index
              %s1 = scf.if %in_y -> i32 {
                %s2 = scf.for %kx = %c0 to %c3 step %c1
                    iter_args(%s3 = %s0) -> i32 {
                  %xx = arith.addi %x, %kx overflow<nsw> : index
                  %column = arith.subi %xx, %c1 overflow<nsw>
                    {nasc.name = "column"} : index
                  %in_x = arith.cmpi ult, %column, %c5 : index
                  %s4 = scf.if %in_x -> i32 {
                    %i0 = arith.muli %row, %c5 overflow<nsw> : index
                    %i1 = arith.addi %i0, %column overflow<nsw> : index
                    %i2 = arith.muli %i1, %c4 overflow<nsw> : index
                    %i3 = arith.addi %i2, %c overflow<nsw> : index
                    %v = memref.load %input[%i3] : memref<?xi8>
                    %j0 = arith.muli %ky, %c3 overflow<nsw> : index
                    %j1 = arith.addi %j0, %kx overflow<nsw> : index
                    %j2 = arith.muli %j1, %c4 overflow<nsw> : index
                    %j3 = arith.addi %j2, %c overflow<nsw> : index
                    %u = memref.load %w[%j3] : memref<36xi8>
                    %v32 = arith.extsi %v {nasc.name = "value"} : i8 to i32
                    %u32 = arith.extsi %u : i8 to i32
                    %p = arith.muli %v32, %u32 overflow<nsw> : i32
                    %s5 = arith.addi %s3, %p overflow<nsw> : i32
                    scf.yield %s5 : i32
                  } else {
                    scf.yield %s3 : i32
                  }
                  scf.yield %s4 : i32
                } {nasc.name = "kx"}
                scf.yield %s2 : i32
              } else {
                scf.yield %s0 : i32
              }
              scf.yield %s1 : i32
            } {nasc.name = "ky", nasc.results = ["sum"]}
            %f = memref.load %m[%c] : memref<4xi32>
            %f64 = arith.extsi %f : i32 to i64
            %s64 = arith.extsi %sum : i32 to i64
            %product = arith.muli %s64, %f64 : i64
            %half = arith.constant 34359738368 : i64
            %shift = arith.constant 36 : i64
            %rounded = arith.addi %product, %half : i64
            %scaled = arith.shrsi %rounded, %shift
              {nasc.name = "scaled",
               nasc.comment = "Requantise, rounding half up."} : i64
            %low = arith.constant -128 : i64
            %high = arith.constant 127 : i64
            %l = arith.maxsi %scaled, %low : i64
            %h = arith.minsi %l, %high : i64
            %r = arith.trunci %h : i64 to i8
            %o0 = arith.muli %y, %c5 overflow<nsw> : index
            %o1 = arith.addi %o0, %x overflow<nsw> : index
            %o2 = arith.muli %o1, %c4 overflow<nsw> : index
            %o3 = arith.addi %o2, %c overflow<nsw> : index
            memref.store %r, %output[%o3] : memref<?xi8>
          } {nasc.name = "c"}
        } {nasc.name = "x"}
      } {nasc.name = "y"}
      return
    })";
  const int8_t weights[36] = {1,  -2, 3,   4,  5,  -6,  7,  8,  -9,
                              10, 11, -12, 13, 14, -15, 16, 17, -18,
                              19, 20, -21, 22, 23, -24, 25, 26, -27,
                              28, 29, -30, 31, 32, -33, 34, 35, -128};
  const int32_t bias[] = {100, -200, 300, -400};
  const int64_t multiplier[] = {1073741824, 1500000000, 1200000000, 2000000000};
  std::string expected;
  for (int y = 0; y < 6; ++y)
    for (int x = 0; x < 5; ++x)
      for (int c = 0; c < 4; ++c) {
        int64_t sum = bias[c];
        for (int row = std::max(0, y - 1); row <= std::min(5, y + 1); ++row)
          for (int col = std::max(0, x - 1); col <= std::min(4, x + 1); ++col)
            sum += ((row * 5 + col) * 4 + c) * 37 % 256 < 128
                       ? int64_t(((row * 5 + col) * 4 + c) * 37 % 256) *
                             weights[((row - y + 1) * 3 + col - x + 1) * 4 + c]
                       : int64_t(((row * 5 + col) * 4 + c) * 37 % 256 - 256) *
                             weights[((row - y + 1) * 3 + col - x + 1) * 4 + c];
        const int64_t scaled = (sum * multiplier[c] + (int64_t(1) << 35)) >> 36;
        expected +=
            std::to_string(std::clamp<int64_t>(scaled, -128, 127)) + " ";
      }
  EXPECT_EQ(run(text, R"(
    int8_t input[120], output[120];
    for (int i = 0; i < 120; ++i) {
      int v = i * 37 % 256;
      input[i] = (int8_t)(v < 128 ? v : v - 256);
    }
    depthwise(input, output);
    for (int i = 0; i < 120; ++i) printf("%d ", output[i]);)"),
            expected);
  // One accumulator for all loops, no temporaries, constants as they are.
  EXPECT_THAT(printed, HasSubstr("int32_t sum = bias[c];"));
  EXPECT_THAT(printed, HasSubstr("sum += "));
  EXPECT_THAT(printed, Not(HasSubstr("t0")));
  EXPECT_THAT(printed, HasSubstr("const int8_t *restrict input"));
}

} // namespace
