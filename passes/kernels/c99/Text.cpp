//===- Text.cpp - Lines, comments and expressions of C --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/kernels/c99/Text.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <limits>

using namespace mlir;

namespace nasc::c99 {

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
static size_t findBreak(llvm::StringRef line, size_t room) {
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

std::string grouped(const Expression &expression, bool group) {
  return group ? "(" + expression.text + ")" : expression.text;
}
std::string castTo(llvm::StringRef type, const Expression &expression) {
  return ("(" + type + ")" + grouped(expression, expression.precedence < Unary))
      .str();
}

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

} // namespace nasc::c99
