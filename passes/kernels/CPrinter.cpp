//===- CPrinter.cpp - C99 from loops over arrays --------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A function is printed in one walk. Values become expressions: names and
// literals, which may be written anywhere and any number of times, and trees
// that wait for their one user. Before a statement changes memory or a
// variable, the waiting trees that read it become variables themselves, so that
// each is evaluated between the same two changes as in the module.
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/CPrinter.h"
#include "dialects/diagnostics/CodedError.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/SymbolTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/TargetParser/Triple.h"
#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>
#include <set>
#include <utility>

using namespace mlir;

namespace nasc {
namespace {

constexpr size_t lineWidth = 80;
/// A tree that is longer becomes a variable: statements take about two lines.
constexpr size_t treeWidth = 96;
/// The same for values with a name, which says more than an expression.
constexpr size_t namedTreeWidth = 40;

//===----------------------------------------------------------------------===//
// Types and ranges
//===----------------------------------------------------------------------===//

/// The type that an expression has in C. It may be narrower than the value's in
/// the module, never with another value: C widens where it is used. Int is a
/// value that every `int` holds, of type `int`.
enum class CType { Bool, Int, I8, I16, I32, I64, U8, U16, U32, Pointer };

/// The bits of an integer in C; `index` has 32.
unsigned widthOf(Type type) {
  return type.isIndex() ? 32 : cast<IntegerType>(type).getWidth();
}

bool isSupportedInteger(Type type) {
  if (type.isIndex())
    return true;
  auto integer = dyn_cast<IntegerType>(type);
  return integer && integer.isSignless() &&
         llvm::is_contained({1u, 8u, 16u, 32u, 64u}, integer.getWidth());
}

bool isSupportedArray(Type type) {
  auto array = dyn_cast<MemRefType>(type);
  return array && array.getRank() == 1 && array.getLayout().isIdentity() &&
         !array.getMemorySpace() && !array.getElementType().isIndex() &&
         !array.getElementType().isInteger(1) &&
         isSupportedInteger(array.getElementType());
}

std::string signedName(unsigned width) {
  if (width == 1)
    return "bool";
  return "int" + std::to_string(width) + "_t";
}
std::string unsignedName(unsigned width) { return "u" + signedName(width); }

CType signedType(unsigned width) {
  switch (width) {
  case 1:
    return CType::Bool;
  case 8:
    return CType::I8;
  case 16:
    return CType::I16;
  case 32:
    return CType::I32;
  default:
    return CType::I64;
  }
}

/// Whether every value of the type is one of every `int`.
bool fitsInt(CType type) {
  return llvm::is_contained(
      {CType::Bool, CType::Int, CType::I8, CType::I16, CType::U8}, type);
}

/// All values that a value may have, as signed numbers of its width.
struct Range {
  int64_t low, high;
  bool isWithin(unsigned width) const {
    return low >= llvm::minIntN(width) && high <= llvm::maxIntN(width);
  }
};

Range fullRange(unsigned width) {
  return {llvm::minIntN(width), llvm::maxIntN(width)};
}

std::optional<int64_t> constantOf(Value value) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  auto attribute =
      constant ? dyn_cast<IntegerAttr>(constant.getValue()) : IntegerAttr();
  if (!attribute || attribute.getValue().getBitWidth() > 64)
    return std::nullopt;
  return attribute.getValue().getSExtValue();
}

Range rangeOf(Value value, unsigned depth = 0);

/// The exact range of a sum, difference or product before it is brought into
/// its type; none if it leaves 64 bits.
std::optional<Range> exactRange(Operation *op, unsigned depth = 0) {
  Range a = rangeOf(op->getOperand(0), depth);
  Range b = rangeOf(op->getOperand(1), depth);
  int64_t corners[4];
  bool overflows = false;
  if (isa<arith::AddIOp>(op)) {
    overflows |= llvm::AddOverflow(a.low, b.low, corners[0]) != 0;
    overflows |= llvm::AddOverflow(a.high, b.high, corners[1]) != 0;
    corners[2] = corners[3] = corners[0];
  } else if (isa<arith::SubIOp>(op)) {
    overflows |= llvm::SubOverflow(a.low, b.high, corners[0]) != 0;
    overflows |= llvm::SubOverflow(a.high, b.low, corners[1]) != 0;
    corners[2] = corners[3] = corners[0];
  } else {
    overflows |= llvm::MulOverflow(a.low, b.low, corners[0]) != 0;
    overflows |= llvm::MulOverflow(a.low, b.high, corners[1]) != 0;
    overflows |= llvm::MulOverflow(a.high, b.low, corners[2]) != 0;
    overflows |= llvm::MulOverflow(a.high, b.high, corners[3]) != 0;
  }
  if (overflows)
    return std::nullopt;
  auto [low, high] =
      std::minmax_element(std::begin(corners), std::end(corners));
  return Range{*low, *high};
}

bool hasNoSignedWrap(Operation *op) {
  auto flags = dyn_cast<arith::ArithIntegerOverflowFlagsInterface>(op);
  return flags && flags.hasNoSignedWrap();
}

Range rangeOf(Value value, unsigned depth) {
  const unsigned width = widthOf(value.getType());
  const Range full = fullRange(width);
  // Trees are read again for each of their users; this bounds the time.
  if (depth > 8)
    return full;
  ++depth;
  if (std::optional<int64_t> constant = constantOf(value))
    return {*constant, *constant};
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!loop || loop.getInductionVar() != value)
      return full;
    const int64_t low = rangeOf(loop.getLowerBound(), depth).low;
    const int64_t high = rangeOf(loop.getUpperBound(), depth).high;
    // A loop that never runs says nothing of its variable.
    return low < high ? Range{low, high - 1} : full;
  }
  Operation *op = value.getDefiningOp();
  auto operandRange = [&](unsigned i) {
    return rangeOf(op->getOperand(i), depth);
  };
  return llvm::TypeSwitch<Operation *, Range>(op)
      .Case<arith::AddIOp, arith::SubIOp, arith::MulIOp>([&](auto) {
        std::optional<Range> exact = exactRange(op, depth);
        if (exact && exact->isWithin(width))
          return *exact;
        if (!exact || !hasNoSignedWrap(op))
          return full;
        Range clipped = {std::max(exact->low, full.low),
                         std::min(exact->high, full.high)};
        return clipped.low <= clipped.high ? clipped : full;
      })
      .Case<arith::ExtSIOp, arith::TruncIOp, arith::IndexCastOp>([&](auto) {
        // i1 is a bool in C, and its one is not the sign.
        if (widthOf(op->getOperand(0).getType()) == 1)
          return isa<arith::TruncIOp>(op) ? full : Range{-1, 0};
        Range operand = operandRange(0);
        return operand.isWithin(width) ? operand : full;
      })
      .Case<arith::ExtUIOp, arith::IndexCastUIOp>([&](auto) {
        const unsigned from = widthOf(op->getOperand(0).getType());
        if (from == 1)
          return Range{0, 1};
        Range operand = operandRange(0);
        if (operand.low >= 0 || from >= width)
          return operand.isWithin(width) ? operand : full;
        return Range{0, static_cast<int64_t>(llvm::maxUIntN(from))};
      })
      .Case<arith::MaxSIOp>([&](auto) {
        Range a = operandRange(0), b = operandRange(1);
        return Range{std::max(a.low, b.low), std::max(a.high, b.high)};
      })
      .Case<arith::MinSIOp>([&](auto) {
        Range a = operandRange(0), b = operandRange(1);
        return Range{std::min(a.low, b.low), std::min(a.high, b.high)};
      })
      .Case<arith::SelectOp>([&](auto) {
        Range a = operandRange(1), b = operandRange(2);
        return Range{std::min(a.low, b.low), std::max(a.high, b.high)};
      })
      .Case<arith::AndIOp>([&](auto) {
        Range a = operandRange(0), b = operandRange(1);
        if (b.low >= 0)
          return Range{0, b.high};
        return a.low >= 0 ? Range{0, a.high} : full;
      })
      .Case<arith::ShRSIOp>([&](auto) {
        std::optional<int64_t> amount = constantOf(op->getOperand(1));
        if (!amount || *amount < 0 || *amount >= width)
          return full;
        Range a = operandRange(0);
        return Range{a.low >> *amount, a.high >> *amount};
      })
      .Case<arith::ShRUIOp>([&](auto) {
        std::optional<int64_t> amount = constantOf(op->getOperand(1));
        if (!amount || *amount <= 0 || *amount >= width)
          return full;
        return Range{0, static_cast<int64_t>(llvm::maxUIntN(width - *amount))};
      })
      .Case<arith::RemSIOp>([&](auto) {
        std::optional<int64_t> by = constantOf(op->getOperand(1));
        if (!by || *by <= 0)
          return full;
        return Range{operandRange(0).low >= 0 ? 0 : 1 - *by, *by - 1};
      })
      .Case<arith::DivSIOp>([&](auto) {
        std::optional<int64_t> by = constantOf(op->getOperand(1));
        if (!by || *by <= 0)
          return full;
        Range a = operandRange(0);
        return Range{a.low / *by, a.high / *by};
      })
      .Default([&](Operation *) { return full; });
}

/// What a comparison asks, whatever the sign.
enum Order { Less, LessEqual, Greater, GreaterEqual, Equal, Different };

Order orderOf(arith::CmpIOp compare) {
  using Predicate = arith::CmpIPredicate;
  switch (compare.getPredicate()) {
  case Predicate::slt:
  case Predicate::ult:
    return Less;
  case Predicate::sle:
  case Predicate::ule:
    return LessEqual;
  case Predicate::sgt:
  case Predicate::ugt:
    return Greater;
  case Predicate::sge:
  case Predicate::uge:
    return GreaterEqual;
  case Predicate::eq:
    return Equal;
  case Predicate::ne:
    return Different;
  }
  llvm_unreachable("unknown predicate");
}

/// Whether the operands must be seen as unsigned: two numbers that are not
/// negative compare the same either way.
bool comparesUnsigned(arith::CmpIOp compare) {
  using Predicate = arith::CmpIPredicate;
  return llvm::is_contained(
             {Predicate::ult, Predicate::ule, Predicate::ugt, Predicate::uge},
             compare.getPredicate()) &&
         (rangeOf(compare.getLhs()).low < 0 ||
          rangeOf(compare.getRhs()).low < 0);
}

/// The result of a comparison that the operands' ranges decide; in C it would
/// be a warning.
std::optional<bool> decide(arith::CmpIOp compare) {
  const unsigned width = widthOf(compare.getLhs().getType());
  const Order kind = orderOf(compare);
  if (compare.getLhs() == compare.getRhs())
    return kind == LessEqual || kind == GreaterEqual || kind == Equal;
  if (width == 1)
    return std::nullopt;
  const bool isUnsigned = comparesUnsigned(compare);
  auto ordered = [&](Range range) -> std::pair<uint64_t, uint64_t> {
    if (!isUnsigned) {
      // Moved up, so that one order serves both.
      const uint64_t half = uint64_t(1) << 63;
      return {static_cast<uint64_t>(range.low) + half,
              static_cast<uint64_t>(range.high) + half};
    }
    const uint64_t mask = llvm::maxUIntN(width);
    if (range.low < 0 && range.high >= 0)
      return {0, mask};
    return {static_cast<uint64_t>(range.low) & mask,
            static_cast<uint64_t>(range.high) & mask};
  };
  auto [aLow, aHigh] = ordered(rangeOf(compare.getLhs()));
  auto [bLow, bHigh] = ordered(rangeOf(compare.getRhs()));
  if (kind == Less || kind == GreaterEqual) {
    if (aHigh < bLow || aLow >= bHigh)
      return (kind == Less) == (aHigh < bLow);
  } else if (kind == LessEqual || kind == Greater) {
    if (aHigh <= bLow || aLow > bHigh)
      return (kind == LessEqual) == (aHigh <= bLow);
  } else if (aHigh < bLow || bHigh < aLow) {
    return kind == Different;
  }
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// Words that C99, its headers in use, and later standards take.
bool isTakenWord(llvm::StringRef name) {
  static const llvm::StringSet<> words = {
      "auto",         "break",    "case",          "char",
      "const",        "continue", "default",       "do",
      "double",       "else",     "enum",          "extern",
      "float",        "for",      "goto",          "if",
      "inline",       "int",      "long",          "register",
      "restrict",     "return",   "short",         "signed",
      "sizeof",       "static",   "struct",        "switch",
      "typedef",      "union",    "unsigned",      "void",
      "volatile",     "while",    "bool",          "true",
      "false",        "alignas",  "alignof",       "constexpr",
      "nullptr",      "typeof",   "typeof_unqual", "static_assert",
      "thread_local", "asm",      "main",          "linux",
      "unix",         "i386",     "NULL",          "NASC_ALIGNED"};
  if (words.contains(name))
    return true;
  // Future directions of <stdint.h>.
  auto startsAsInteger = [&](llvm::StringRef lower) {
    return name.starts_with(lower) || name.starts_with(("u" + lower).str());
  };
  if (startsAsInteger("int") && name.ends_with("_t"))
    return true;
  for (llvm::StringRef prefix :
       {"INT", "UINT", "PTRDIFF", "SIZE", "WCHAR", "WINT", "SIG_ATOMIC"})
    if (name.starts_with(prefix) &&
        (name.ends_with("_MAX") || name.ends_with("_MIN") ||
         name.ends_with("_C")))
      return true;
  return false;
}

/// Names of the C library's functions, which compilers know without a header.
bool isLibraryFunction(llvm::StringRef name) {
  static const llvm::TargetLibraryInfoImpl library{llvm::Triple()};
  llvm::LibFunc function;
  if (library.getLibFunc(name, function))
    return true;
  static const llvm::StringSet<> others = {
      "abort",      "assert", "atexit", "clock",   "cabs",   "cacos",
      "casin",      "catan",  "ccos",   "cexp",    "cimag",  "clog",
      "conj",       "cpow",   "creal",  "csin",    "csqrt",  "ctan",
      "difftime",   "div",    "erf",    "erfc",    "fdim",   "fma",
      "hypot",      "ilogb",  "ldiv",   "lgamma",  "llrint", "llround",
      "localeconv", "lrint",  "lround", "longjmp", "mktime", "nan",
      "nextafter",  "raise",  "rand",   "remquo",  "scalbn", "setjmp",
      "signal",     "srand",  "system", "tgamma",  "time",   "vsnprintf",
      "vsprintf"};
  if (others.contains(name))
    return true;
  // Future directions of <ctype.h>, <stdlib.h>, <string.h> and <wchar.h>.
  for (llvm::StringRef prefix : {"is", "to", "str", "mem", "wcs"})
    if (name.starts_with(prefix) && name.size() > prefix.size() &&
        llvm::isLower(name[prefix.size()]))
      return true;
  return false;
}

/// A valid identifier that C does not reserve, like `name`.
std::string sanitise(llvm::StringRef name) {
  std::string text;
  for (char c : name)
    text += llvm::isAlnum(c) ? c : '_';
  text.erase(0, text.find_first_not_of('_'));
  if (text.empty())
    return "value";
  if (llvm::isDigit(text.front()))
    text.insert(0, "n");
  return text;
}

/// The names of a file and of the open blocks of one function. No name hides
/// another.
class NameTable {
public:
  /// A name like `hint` that is free in the file, and takes it.
  std::string addFileName(llvm::StringRef hint) {
    std::string base = sanitise(hint);
    // A number would not do for the names that C reserves by how they start.
    if (isLibraryFunction(base))
      base = "nas_" + base;
    std::string name = base;
    for (unsigned n = 1;
         isTakenWord(name) || isLibraryFunction(name) || file.contains(name);
         ++n)
      name = base + "_" + std::to_string(n);
    file.insert(name);
    return name;
  }
  /// Takes the name, if it is free.
  bool takeFileName(llvm::StringRef name) { return file.insert(name).second; }

  /// A name like `hint` for use in the innermost block. An empty hint asks for
  /// t0, t1, …, each once in a function.
  std::string addLocalName(llvm::StringRef hint) {
    std::string base = hint.empty() ? "" : sanitise(hint);
    std::string name = base;
    for (unsigned n = 1; name.empty() || isTaken(name); ++n)
      name = base.empty() ? "t" + std::to_string(temporaries++)
                          : base + "_" + std::to_string(n);
    scopes.back().insert(name);
    return name;
  }

  void open() { scopes.emplace_back(); }
  void close() { scopes.pop_back(); }
  void startFunction() {
    scopes.clear();
    temporaries = 0;
    open();
  }

private:
  bool isTaken(llvm::StringRef name) const {
    return isTakenWord(name) || file.contains(name) ||
           llvm::any_of(scopes, [&](const llvm::StringSet<> &scope) {
             return scope.contains(name);
           });
  }

  llvm::StringSet<> file;
  std::vector<llvm::StringSet<>> scopes;
  unsigned temporaries = 0;
};

//===----------------------------------------------------------------------===//
// Text
//===----------------------------------------------------------------------===//

/// The lines of a comment without anything that would end it, start another or
/// join lines.
llvm::SmallVector<std::string> commentLines(llvm::StringRef comment) {
  llvm::SmallVector<llvm::StringRef> parts;
  comment.rtrim("\n").split(parts, '\n');
  llvm::SmallVector<std::string> lines;
  for (llvm::StringRef part : parts) {
    std::string line;
    for (char c : part.rtrim(" \t\r\v\f\\")) {
      if (!line.empty() && ((line.back() == '*' && c == '/') ||
                            (line.back() == '/' && c == '*') ||
                            (line.back() == '?' && c == '?')))
        line += ' ';
      line += c == '\r' || c == '\v' || c == '\f' ? ' ' : c;
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

void printBlockComment(llvm::raw_ostream &out, llvm::StringRef comment) {
  if (comment.empty())
    return;
  llvm::SmallVector<std::string> lines = commentLines(comment);
  if (lines.size() == 1 && lines.front().size() + 6 <= lineWidth) {
    out << "/* " << lines.front() << " */\n";
    return;
  }
  out << "/*\n";
  for (const std::string &line : lines)
    out << (line.empty() ? " *" : " * ") << line << '\n';
  out << " */\n";
}

llvm::StringRef stringAttribute(Operation *op, llvm::StringRef name) {
  auto attribute = op->getAttrOfType<StringAttr>(name);
  return attribute ? attribute.getValue() : llvm::StringRef();
}

/// Where to break a line that is longer than `room`: at the space with the
/// fewest open brackets, the last of these; npos if there is none.
size_t findBreak(llvm::StringRef line, size_t room) {
  size_t best = llvm::StringRef::npos;
  int depth = 0, bestDepth = std::numeric_limits<int>::max();
  for (size_t i = 0; i < line.size(); ++i) {
    // Past the room, any place is better than none.
    if (i > room && best != llvm::StringRef::npos)
      break;
    if (line[i] == '(' || line[i] == '[')
      ++depth;
    else if (line[i] == ')' || line[i] == ']')
      --depth;
    else if (line[i] == ' ' && i > room / 4 && depth <= bestDepth) {
      best = i;
      bestDepth = depth;
    }
  }
  return best;
}

/// The line, broken where it is too long; what follows is indented further.
void printWrapped(llvm::raw_ostream &out, llvm::StringRef line,
                  size_t indentation) {
  size_t indent = indentation;
  for (;;) {
    const size_t room = lineWidth - std::min(indent, lineWidth / 2);
    const size_t space =
        line.size() > room ? findBreak(line, room) : llvm::StringRef::npos;
    out.indent(indent) << line.take_front(space) << '\n';
    if (space == llvm::StringRef::npos)
      return;
    line = line.drop_front(space + 1);
    indent = indentation + 4;
  }
}

/// How tightly C's operators bind.
enum Precedence {
  Ternary = 1,
  LogicalOr,
  LogicalAnd,
  BitOr,
  BitXor,
  BitAnd,
  Equality,
  Relation,
  Shift,
  Sum,
  Product,
  Unary,
  Primary
};

/// A value in C.
struct Expression {
  std::string text;
  Precedence precedence = Primary;
  CType type = CType::I32;
  /// Set for literals, except of i1.
  std::optional<int64_t> literal;
  bool readsMemory = false;
  /// The variables in it that statements may assign.
  std::set<std::string> variables;
  /// What is to be said before the statement that has it.
  std::vector<std::string> comments;
  /// `left op right` for an assignment `left op= right`; empty otherwise.
  std::string left, op, right;

  /// A name or literal that has the same value wherever it is written.
  bool isSimple() const {
    return precedence == Primary && !readsMemory && variables.empty() &&
           text.find_first_of("([") == std::string::npos;
  }
  /// Takes over what evaluating `other` reads.
  void reads(Expression &other) {
    readsMemory |= other.readsMemory;
    variables.insert(other.variables.begin(), other.variables.end());
    comments.insert(comments.end(), other.comments.begin(),
                    other.comments.end());
    other.comments.clear();
  }
};

std::string grouped(const Expression &expression, bool group) {
  return group ? "(" + expression.text + ")" : expression.text;
}
std::string castTo(llvm::StringRef type, const Expression &expression) {
  return ("(" + type + ")" + grouped(expression, expression.precedence < Unary))
      .str();
}

/// Functions that the text calls, in the order in which they are defined.
enum class HelperKind {
  Wrap,
  WrapAdd,
  WrapSub,
  WrapMul,
  ShiftLeft,
  ShiftRight,
  ShiftRightUnsigned,
  Min,
  Max
};
constexpr HelperKind helperKinds[] = {HelperKind::Wrap,
                                      HelperKind::WrapAdd,
                                      HelperKind::WrapSub,
                                      HelperKind::WrapMul,
                                      HelperKind::ShiftLeft,
                                      HelperKind::ShiftRight,
                                      HelperKind::ShiftRightUnsigned,
                                      HelperKind::Min,
                                      HelperKind::Max};
constexpr unsigned helperWidths[] = {8, 16, 32, 64};

std::string helperName(HelperKind kind, unsigned width) {
  const std::string suffix = "_i" + std::to_string(width);
  switch (kind) {
  case HelperKind::Wrap:
    return "wrap" + suffix;
  case HelperKind::WrapAdd:
    return "wrap_add" + suffix;
  case HelperKind::WrapSub:
    return "wrap_sub" + suffix;
  case HelperKind::WrapMul:
    return "wrap_mul" + suffix;
  case HelperKind::ShiftLeft:
    return "shift_left" + suffix;
  case HelperKind::ShiftRight:
    return "shift_right" + suffix;
  case HelperKind::ShiftRightUnsigned:
    return "shift_right_unsigned" + suffix;
  case HelperKind::Min:
    return "min" + suffix;
  case HelperKind::Max:
    return "max" + suffix;
  }
  llvm_unreachable("unknown helper");
}

/// The definition of a helper.
std::string helperText(HelperKind kind, unsigned width) {
  const std::string type = signedName(width);
  // Where `int` is wider than an unsigned type, C would compute in `int`.
  const std::string bits = width == 64 ? "uint64_t" : "uint32_t";
  const std::string wrap = helperName(HelperKind::Wrap, width);
  std::string comment, body;
  std::string parameters = type + " a, " + type + " b";
  auto unsignedBody = [&](llvm::StringRef op) {
    return ("return " + wrap + "((" + bits + ")a " + op + " (" + bits + ")b);")
        .str();
  };
  switch (kind) {
  case HelperKind::Wrap: {
    comment = "Two's complement; C leaves such conversions open.";
    parameters = bits + " bits";
    const std::string number = std::to_string(width);
    if (width < 32) {
      const std::string half = std::to_string(1u << (width - 1));
      const std::string mask = std::to_string((1u << width) - 1);
      body = "return (" + type + ")((int32_t)((bits & " + mask + "u) ^ " +
             half + "u) - " + (width == 16 ? "(int32_t)" : "") + half + ");";
    } else {
      body = "return bits <= (" + bits + ")INT" + number + "_MAX ? (" + type +
             ")bits : -(" + type + ")(UINT" + number + "_MAX - bits) - 1;";
    }
    break;
  }
  case HelperKind::WrapAdd:
    body = unsignedBody("+");
    break;
  case HelperKind::WrapSub:
    body = unsignedBody("-");
    break;
  case HelperKind::WrapMul:
    body = unsignedBody("*");
    break;
  case HelperKind::ShiftLeft:
    body = "return " + wrap + "((" + bits + ")a << b);";
    break;
  case HelperKind::ShiftRight:
    comment = "Rounds down; C leaves open what >> does with negative numbers.";
    body = "return a < 0 ? ~(~a >> b) : a >> b;";
    break;
  case HelperKind::ShiftRightUnsigned:
    comment = "Fills with zeros.";
    body = "return " + wrap + "((" + bits + ")(" + unsignedName(width) +
           ")a >> b);";
    break;
  case HelperKind::Min:
  case HelperKind::Max: {
    const std::string choice = std::string("a ") +
                               (kind == HelperKind::Min ? "<" : ">") +
                               " b ? a : b";
    body = width < 32 ? "return (" + type + ")(" + choice + ");"
                      : "return " + choice + ";";
    break;
  }
  }
  std::string text;
  llvm::raw_string_ostream out(text);
  printBlockComment(out, comment);
  out << "static inline " << type << ' ' << helperName(kind, width) << '('
      << parameters << ") {\n";
  printWrapped(out, body, 2);
  out << "}\n";
  return text;
}

//===----------------------------------------------------------------------===//
// Modules
//===----------------------------------------------------------------------===//

class ModulePrinter {
public:
  explicit ModulePrinter(ModuleOp module) : module(module), symbols(module) {}

  /// The whole file, or the prototypes of public functions alone.
  llvm::Expected<std::string> printFile(const CPrinterOptions &options);
  llvm::Expected<std::string> printPrototypes();

  /// Remembers the first error; its text ends with the location.
  LogicalResult fail(Location location, const llvm::Twine &message, Diag code) {
    if (error.empty()) {
      llvm::raw_string_ostream out(error);
      out << message << ", at ";
      location.print(out);
      errorCode = code;
    }
    return failure();
  }
  LogicalResult failType(Location location, llvm::StringRef what, Type type) {
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
  bool isWritten(Value array) const { return written.contains(array); }
  llvm::StringRef nameOf(Operation *symbol) const {
    return symbolNames.find(symbol)->second;
  }
  Operation *lookup(llvm::StringRef symbol) { return symbols.lookup(symbol); }

  NameTable names;
  bool usesBool = false;

private:
  LogicalResult checkTopLevel();
  LogicalResult nameSymbols();
  LogicalResult findWritten();
  void findReachable();
  LogicalResult printGlobal(llvm::raw_ostream &out, memref::GlobalOp global);
  /// The declarator with names in `parameters`, without end.
  std::string declaration(func::FuncOp function,
                          llvm::ArrayRef<std::string> parameters);
  llvm::SmallVector<std::string> parameterNames(func::FuncOp function);
  llvm::Error takeError() { return codedError(errorCode, error); }

  ModuleOp module;
  SymbolTable symbols;
  std::string error;
  Diag errorCode = Diag::NAS6030;
  std::set<std::pair<HelperKind, unsigned>> used;
  llvm::DenseSet<Value> written;
  llvm::DenseMap<Operation *, std::string> symbolNames;
  llvm::SetVector<Operation *> reachable;
  bool usesAlignment = false;
};

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

class FunctionPrinter {
public:
  FunctionPrinter(ModulePrinter &file, func::FuncOp function)
      : file(file), names(file.names), function(function), out(body) {}

  /// Refuses what is outside the subset. To be called before the rest.
  LogicalResult check();
  /// Prints the statements, which takeText then returns.
  LogicalResult printBody(llvm::ArrayRef<std::string> parameters);
  std::string takeText() { return body; }

private:
  /// A variable's new value.
  struct Assignment {
    std::string variable;
    Expression value;
  };

  void findLive();
  bool isLive(Value value) const { return live.contains(value); }

  LogicalResult printOperation(Operation *op);
  LogicalResult printBlock(Block &block);
  LogicalResult printFor(scf::ForOp loop);
  LogicalResult printIf(scf::IfOp branch);
  LogicalResult printView(memref::ViewOp view);
  LogicalResult printCall(func::CallOp call);
  LogicalResult printConstant(arith::ConstantOp constant);
  Expression arithmetic(Operation *op);
  Expression comparison(arith::CmpIOp compare);
  Expression conversion(Operation *op);
  Expression bitwise(Operation *op);
  Expression choice(arith::SelectOp select);

  Expression literal(int64_t value);
  Expression truth(bool value);
  Expression call(HelperKind kind, unsigned width,
                  llvm::ArrayRef<Expression *> arguments);
  Expression binary(llvm::StringRef op, Precedence precedence, Expression a,
                    Expression b, unsigned width);
  void makeComparable(Expression &a, const Expression &b, unsigned width);
  std::string asUnsigned(const Expression &expression, unsigned width);
  Expression variable(llvm::StringRef name, unsigned width);

  /// The expression of an operand; a tree is handed out once.
  Expression use(Value value);
  /// Says what the result of an operation is.
  void define(Operation *op, Expression expression);
  void declare(Value value, Expression expression);
  /// Makes variables of trees that wait and that `isChanged` is true of.
  void settle(llvm::function_ref<bool(const Expression &)> isChanged);
  void settleAll() {
    settle([](const Expression &) { return true; });
  }
  bool canTakeOver(Value value, Operation *op);
  std::string resultHint(Operation *op, unsigned index, Value initial);
  void assign(llvm::SmallVector<Assignment, 2> assignments);

  void printLine(const std::string &line) {
    printWrapped(out, line, 2 * indentation);
  }
  void printComments(Expression &expression) {
    for (const std::string &comment : expression.comments)
      // As long as it is: the next line would be no comment.
      out.indent(2 * indentation) << "// " << comment << '\n';
    expression.comments.clear();
  }
  void addComment(Operation *op, Expression &expression) {
    llvm::StringRef comment = stringAttribute(op, "nasc.comment");
    if (!comment.empty())
      for (std::string &line : commentLines(comment))
        expression.comments.push_back(std::move(line));
  }
  std::string typeName(Type type) {
    if (type.isInteger(1))
      file.usesBool = true;
    return signedName(widthOf(type));
  }

  ModulePrinter &file;
  NameTable &names;
  func::FuncOp function;
  std::string body;
  llvm::raw_string_ostream out;
  unsigned indentation = 1;
  llvm::DenseSet<Value> live;
  /// Loops and branches with stores or calls inside.
  llvm::DenseSet<Operation *> effectful;
  /// Names and literals.
  llvm::DenseMap<Value, Expression> values;
  /// Trees that wait for their user, in the order of their definition.
  llvm::MapVector<Value, Expression> waiting;
  /// The values that variables have which are assigned more than once.
  llvm::DenseMap<Value, std::string> variables;
  /// Their types by their names.
  llvm::StringMap<std::string> assignedTypes;
};

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

Expression FunctionPrinter::literal(int64_t value) {
  Expression expression;
  expression.literal = value;
  expression.type = CType::Int;
  if (value < 0)
    expression.precedence = Unary;
  if (!llvm::isInt<32>(value)) {
    expression.type = CType::I64;
    expression.precedence = value < 0 ? Unary : Primary;
    if (value == std::numeric_limits<int64_t>::min()) {
      // Its digits alone are a number that int64_t does not have.
      expression.text = "INT64_MIN";
      expression.precedence = Primary;
    } else {
      expression.text = value < 0 ? "-INT64_C(" + std::to_string(-value) + ")"
                                  : "INT64_C(" + std::to_string(value) + ")";
    }
    return expression;
  }
  if (!llvm::isInt<16>(value))
    expression.type = CType::I32;
  if (value == std::numeric_limits<int32_t>::min()) {
    expression.text = "INT32_MIN";
    expression.precedence = Primary;
  } else {
    expression.text = std::to_string(value);
  }
  return expression;
}

Expression FunctionPrinter::truth(bool value) {
  file.usesBool = true;
  Expression expression;
  expression.text = value ? "true" : "false";
  expression.type = CType::Bool;
  return expression;
}

Expression FunctionPrinter::call(HelperKind kind, unsigned width,
                                 llvm::ArrayRef<Expression *> arguments) {
  Expression result;
  result.text = file.helper(kind, width) + "(";
  result.type = signedType(width);
  for (auto [i, argument] : llvm::enumerate(arguments)) {
    result.text += (i ? ", " : "") + argument->text;
    result.reads(*argument);
  }
  result.text += ")";
  return result;
}

/// Whether C computes in a type of at least the width, given the operand.
bool isWide(const Expression &expression, unsigned width) {
  return expression.type == signedType(width);
}

Expression FunctionPrinter::binary(llvm::StringRef op, Precedence precedence,
                                   Expression a, Expression b, unsigned width) {
  // `int` may have 16 bits, and a narrower type's sum may not fit it.
  if (width >= 32 && !isWide(a, width) && !isWide(b, width)) {
    a.text = castTo(signedName(width), a);
    a.precedence = Unary;
  }
  const bool isBits = precedence <= BitAnd || precedence == Shift;
  auto group = [&](const Expression &operand, bool isRight) {
    // Compilers ask for these parentheses, and so do readers.
    if (isBits)
      return operand.precedence < Unary;
    return isRight ? operand.precedence <= precedence
                   : operand.precedence < precedence;
  };
  Expression result;
  result.reads(a);
  result.reads(b);
  if (op == "+" && b.literal && *b.literal < 0 &&
      *b.literal > std::numeric_limits<int32_t>::min()) {
    op = "-";
    b.text.erase(0, 1);
    b.precedence = Primary;
  }
  result.text = grouped(a, group(a, false)) + " " + op.str() + " " +
                grouped(b, group(b, true));
  result.precedence = precedence;
  result.type = signedType(width);
  if (width >= 32) {
    result.left = a.text;
    result.op = op.str();
    result.right = b.text;
    // The other way round, if that alone is an assignment `x op= y`.
    if (op != "-" && op != "/" && op != "%" && b.variables.size() == 1 &&
        b.text == *b.variables.begin()) {
      result.left = b.text;
      result.right = a.text;
    }
    return result;
  }
  result.text = "(" + signedName(width) + ")(" + result.text + ")";
  result.precedence = Unary;
  return result;
}

Expression FunctionPrinter::arithmetic(Operation *op) {
  const unsigned width = widthOf(op->getResult(0).getType());
  Expression a = use(op->getOperand(0)), b = use(op->getOperand(1));
  auto plain = [&] {
    if (hasNoSignedWrap(op))
      return true;
    std::optional<Range> exact = exactRange(op);
    return exact && exact->isWithin(width);
  };
  return llvm::TypeSwitch<Operation *, Expression>(op)
      .Case<arith::AddIOp>([&](auto) {
        // Literals go last.
        if (a.literal && !b.literal)
          std::swap(a, b);
        return plain() ? binary("+", Sum, a, b, width)
                       : call(HelperKind::WrapAdd, width, {&a, &b});
      })
      .Case<arith::SubIOp>([&](auto) {
        return plain() ? binary("-", Sum, a, b, width)
                       : call(HelperKind::WrapSub, width, {&a, &b});
      })
      .Case<arith::MulIOp>([&](auto) {
        return plain() ? binary("*", Product, a, b, width)
                       : call(HelperKind::WrapMul, width, {&a, &b});
      })
      .Case<arith::DivSIOp>(
          [&](auto) { return binary("/", Product, a, b, width); })
      .Case<arith::RemSIOp>(
          [&](auto) { return binary("%", Product, a, b, width); })
      .Case<arith::MaxSIOp>(
          [&](auto) { return call(HelperKind::Max, width, {&a, &b}); })
      .Case<arith::MinSIOp>(
          [&](auto) { return call(HelperKind::Min, width, {&a, &b}); })
      .Case<arith::ShLIOp>([&](auto) {
        // << of negative numbers is undefined; the product is the same.
        if (hasNoSignedWrap(op) && b.literal && *b.literal >= 0 &&
            *b.literal < width - 1)
          return binary("*", Product, a, literal(int64_t(1) << *b.literal),
                        width);
        return call(HelperKind::ShiftLeft, width, {&a, &b});
      })
      .Case<arith::ShRUIOp>([&](auto) {
        if (rangeOf(op->getOperand(0)).low < 0)
          return call(HelperKind::ShiftRightUnsigned, width, {&a, &b});
        return binary(">>", Shift, a, b, width);
      })
      .Case<arith::ShRSIOp>([&](auto) {
        if (rangeOf(op->getOperand(0)).low >= 0)
          return binary(">>", Shift, a, b, width);
        return call(HelperKind::ShiftRight, std::max(width, 32u), {&a, &b});
      });
}

Expression FunctionPrinter::bitwise(Operation *op) {
  const unsigned width = widthOf(op->getResult(0).getType());
  Expression a = use(op->getOperand(0)), b = use(op->getOperand(1));
  if (a.literal && !b.literal)
    std::swap(a, b);
  if (width > 1) {
    if (isa<arith::AndIOp>(op))
      return binary("&", BitAnd, a, b, width);
    return isa<arith::OrIOp>(op) ? binary("|", BitOr, a, b, width)
                                 : binary("^", BitXor, a, b, width);
  }
  Expression result;
  result.type = CType::Bool;
  result.reads(a);
  result.reads(b);
  if (isa<arith::XOrIOp>(op)) {
    if (a.text == "true" || b.text == "true") {
      Expression &other = a.text == "true" ? b : a;
      result.text = "!" + grouped(other, other.precedence < Unary);
      result.precedence = Unary;
      return result;
    }
    result.text = grouped(a, a.precedence <= Relation) +
                  " != " + grouped(b, b.precedence <= Relation);
    result.precedence = Equality;
    return result;
  }
  // Either operand may stay unevaluated: it has no effect.
  const bool isAnd = isa<arith::AndIOp>(op);
  result.precedence = isAnd ? LogicalAnd : LogicalOr;
  auto group = [&](const Expression &operand) {
    return grouped(operand, operand.precedence <= LogicalAnd &&
                                operand.precedence != result.precedence);
  };
  result.text = group(a) + (isAnd ? " && " : " || ") + group(b);
  return result;
}

std::string FunctionPrinter::asUnsigned(const Expression &expression,
                                        unsigned width) {
  if (expression.literal) {
    const uint64_t bits =
        static_cast<uint64_t>(*expression.literal) & llvm::maxUIntN(width);
    if (width < 32)
      return std::to_string(bits);
    return llvm::isUInt<32>(bits) ? std::to_string(bits) + "u"
                                  : "UINT64_C(" + std::to_string(bits) + ")";
  }
  return castTo(unsignedName(width), expression);
}

void FunctionPrinter::makeComparable(Expression &a, const Expression &b,
                                     unsigned width) {
  if (width < 32 || isWide(a, width) || isWide(b, width) ||
      (fitsInt(a.type) && fitsInt(b.type)))
    return;
  a.text = castTo(signedName(width), a);
  a.precedence = Unary;
  a.type = signedType(width);
}

Expression FunctionPrinter::comparison(arith::CmpIOp compare) {
  if (std::optional<bool> known = decide(compare))
    return truth(*known);
  const unsigned width = widthOf(compare.getLhs().getType());
  Expression a = use(compare.getLhs()), b = use(compare.getRhs());
  const Order kind = orderOf(compare);
  const bool isUnsigned = comparesUnsigned(compare);
  static constexpr const char *texts[] = {"<", "<=", ">", ">=", "==", "!="};
  Expression result;
  result.reads(a);
  result.reads(b);
  result.type = CType::Bool;
  result.precedence = kind >= Equal ? Equality : Relation;
  if (isUnsigned) {
    result.text =
        asUnsigned(a, width) + " " + texts[kind] + " " + asUnsigned(b, width);
    return result;
  }
  makeComparable(a, b, width);
  result.text = grouped(a, a.precedence <= Relation) + " " + texts[kind] + " " +
                grouped(b, b.precedence <= Relation);
  return result;
}

Expression FunctionPrinter::choice(arith::SelectOp select) {
  const unsigned width = widthOf(select.getType());
  Expression condition = use(select.getCondition());
  Expression a = use(select.getTrueValue()), b = use(select.getFalseValue());
  const bool areSmall =
      a.literal && b.literal && fitsInt(a.type) && fitsInt(b.type);
  if (!areSmall)
    makeComparable(a, b, width);
  Expression result;
  result.reads(condition);
  result.reads(a);
  result.reads(b);
  result.text = grouped(condition, condition.precedence <= Ternary) + " ? " +
                grouped(a, a.precedence <= Ternary) + " : " +
                grouped(b, b.precedence <= Ternary);
  result.precedence = Ternary;
  if (width == 1) {
    result.type = CType::Bool;
  } else if (width < 32) {
    result.text = "(" + signedName(width) + ")(" + result.text + ")";
    result.precedence = Unary;
    result.type = signedType(width);
  } else if (isWide(a, width) || isWide(b, width)) {
    result.type = signedType(width);
  } else {
    // Both alternatives fit `int`, so the whole has that type.
    result.type = CType::Int;
  }
  return result;
}

Expression FunctionPrinter::conversion(Operation *op) {
  Value operand = op->getOperand(0);
  const unsigned from = widthOf(operand.getType());
  const unsigned to = widthOf(op->getResult(0).getType());
  Expression a = use(operand);
  if (from == 1) {
    Expression result;
    result.text = grouped(a, a.precedence <= Ternary) +
                  (isa<arith::ExtUIOp>(op) ? " ? 1 : 0" : " ? -1 : 0");
    result.precedence = Ternary;
    result.type = CType::Int;
    result.reads(a);
    return result;
  }
  const Range range = rangeOf(operand);
  if (to == 1) {
    Expression result;
    result.text = "(" + grouped(a, a.precedence < Unary) + " & 1) != 0";
    result.precedence = Equality;
    result.type = CType::Bool;
    result.reads(a);
    return result;
  }
  if (to < from) {
    Expression result;
    result.type = signedType(to);
    result.reads(a);
    if (range.isWithin(to)) {
      if (a.literal)
        return literal(*a.literal);
      result.text = castTo(signedName(to), a);
      result.precedence = Unary;
      return result;
    }
    const unsigned bits = to == 64 ? 64 : 32;
    result.text =
        file.helper(HelperKind::Wrap, to) + "(" + asUnsigned(a, bits) + ")";
    return result;
  }
  if (from == to || range.low >= 0 ||
      !isa<arith::ExtUIOp, arith::IndexCastUIOp>(op))
    return a;
  if (a.literal) {
    const auto bits = static_cast<uint64_t>(*a.literal) & llvm::maxUIntN(from);
    return literal(static_cast<int64_t>(bits));
  }
  Expression result;
  result.text = castTo(unsignedName(from), a);
  result.precedence = Unary;
  result.type = from == 8 ? CType::U8 : from == 16 ? CType::U16 : CType::U32;
  result.reads(a);
  return result;
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

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

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

} // namespace

llvm::Error printC(ModuleOp module, llvm::raw_ostream &out,
                   const CPrinterOptions &options) {
  llvm::Expected<std::string> text = ModulePrinter(module).printFile(options);
  if (!text)
    return text.takeError();
  out << *text;
  return llvm::Error::success();
}

llvm::Error printCPrototypes(ModuleOp module, llvm::raw_ostream &out) {
  llvm::Expected<std::string> text = ModulePrinter(module).printPrototypes();
  if (!text)
    return text.takeError();
  out << *text;
  return llvm::Error::success();
}

} // namespace nasc
