//===- ASTPrinter.cpp - Syntax trees as canonical source text -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/syntax/AST.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace nasc;
using namespace nasc::ast;

namespace {

/// How tightly an expression binds; see the grammar.
enum Precedence : unsigned {
  Open = 0, // `if` and `forall` reach as far to the right as they can.
  Pipe,
  ImpliesLevel,
  OrLevel,
  AndLevel,
  NotLevel,
  ComparisonLevel,
  AdditiveLevel,
  MultiplicativeLevel,
  NegateLevel,
  Postfix,
};

class Printer {
public:
  explicit Printer(llvm::raw_ostream &stream, unsigned indent = 0)
      : stream(stream), indent(indent) {}

  void item(const Item &item);
  /// `name = format("FILE") { settings }`, behind the word of the item.
  void fromFile(const Name &name, const Call &source,
                const std::vector<ConfigurationPtr> &entries);
  void statement(const Statement &statement);
  void expression(const Expr &expr, unsigned needed = Open);

private:
  llvm::raw_ostream &line() { return stream.indent(2 * indent); }
  /// Prints `{`, what `content` prints one level deeper, and `}`.
  template <typename Content> void braces(Content content) {
    stream << "{\n";
    ++indent;
    content();
    --indent;
    line() << '}';
  }
  void body(const StatementList &list) {
    braces([&] {
      for (const StatementPtr &each : list.statements)
        statement(*each);
    });
  }
  void block(const Block &block);
  void parameters(const std::vector<Parameter> &list);
  void type(const Type &type);
  void domain(const Domain &domain);
  void limits(const std::vector<LimitPtr> &list);
  void configuration(const std::vector<ConfigurationPtr> &entries);
  void string(llvm::StringRef value);
  void list(const std::vector<ExprPtr> &elements) {
    llvm::interleaveComma(elements, stream,
                          [&](const ExprPtr &each) { expression(*each); });
  }
  void patterns(const std::vector<ExprPtr> &patterns) {
    if (patterns.empty())
      stream << "else";
    else
      list(patterns);
    stream << " => ";
  }
  void binder(const Binder &binder);
  void arguments(llvm::ArrayRef<Argument> arguments);
  void bareExpression(const Expr &expr);
  void binary(const Binary &binary);

  llvm::raw_ostream &stream;
  unsigned indent;
};

} // namespace

static unsigned precedence(BinaryOperator op) {
  switch (op) {
  case BinaryOperator::Implies:
    return ImpliesLevel;
  case BinaryOperator::Or:
    return OrLevel;
  case BinaryOperator::And:
    return AndLevel;
  case BinaryOperator::Add:
  case BinaryOperator::Subtract:
    return AdditiveLevel;
  case BinaryOperator::Multiply:
  case BinaryOperator::Divide:
  case BinaryOperator::Remainder:
    return MultiplicativeLevel;
  default:
    return ComparisonLevel;
  }
}

static unsigned precedence(const Expr &expr) {
  if (llvm::isa<Conditional, ForAll>(expr))
    return Open;
  if (auto *call = llvm::dyn_cast<Call>(&expr))
    return call->isPipe ? Pipe : Postfix;
  if (auto *binary = llvm::dyn_cast<Binary>(&expr))
    return precedence(binary->op);
  if (auto *unary = llvm::dyn_cast<Unary>(&expr))
    return unary->op == UnaryOperator::Not ? NotLevel : NegateLevel;
  // `50 % - 3` would be a remainder, and `1 epoch of n[2]` an index of all.
  if (auto *quantity = llvm::dyn_cast<Quantity>(&expr))
    return quantity->of || quantity->unitName.text == "%" ? Pipe : Postfix;
  return Postfix;
}

void Printer::string(llvm::StringRef value) {
  stream << '"';
  for (char c : value) {
    switch (c) {
    case '"':
      stream << "\\\"";
      break;
    case '\\':
      stream << "\\\\";
      break;
    case '\n':
      stream << "\\n";
      break;
    case '\t':
      stream << "\\t";
      break;
    default:
      stream << c;
    }
  }
  stream << '"';
}

void Printer::binder(const Binder &binder) {
  stream << binder.variable.text << " in ";
  expression(*binder.low);
  stream << "..";
  expression(*binder.high);
}

void Printer::arguments(llvm::ArrayRef<Argument> arguments) {
  stream << '(';
  llvm::interleaveComma(arguments, stream, [&](const Argument &argument) {
    if (argument.name)
      stream << argument.name->text << " = ";
    expression(*argument.value);
  });
  stream << ')';
}

void Printer::expression(const Expr &expr, unsigned needed) {
  bool parentheses = precedence(expr) < needed;
  if (parentheses)
    stream << '(';
  bareExpression(expr);
  if (parentheses)
    stream << ')';
}

void Printer::binary(const Binary &binary) {
  unsigned own = precedence(binary.op);
  bool isImplies = binary.op == BinaryOperator::Implies;
  bool associatesLeft = !isImplies && !isComparison(binary.op);
  expression(*binary.left, associatesLeft ? own : own + 1);
  stream << ' ' << spelling(binary.op) << ' ';
  expression(*binary.right, isImplies ? own : own + 1);
}

void Printer::bareExpression(const Expr &expr) {
  llvm::TypeSwitch<const Expr *>(&expr)
      .Case([&](const IntegerLiteral *node) { stream << node->number.text; })
      .Case([&](const RealLiteral *node) { stream << node->number.text; })
      .Case([&](const BooleanLiteral *node) {
        stream << (node->value ? "true" : "false");
      })
      .Case([&](const StringLiteral *node) { string(node->value); })
      .Case([&](const Quantity *node) {
        stream << node->number.text << ' ' << node->unitName.text;
        if (!node->of)
          return;
        stream << " of ";
        auto *inner = llvm::dyn_cast<Quantity>(node->of.get());
        bool isPlain =
            inner ? !inner->of
                  : llvm::isa<IntegerLiteral, RealLiteral, NameReference>(
                        *node->of);
        stream << (isPlain ? "" : "(");
        bareExpression(*node->of);
        stream << (isPlain ? "" : ")");
      })
      .Case([&](const NameReference *node) { stream << node->name.text; })
      .Case([&](const Member *node) {
        expression(*node->base, Postfix);
        stream << '.' << node->member.text;
      })
      .Case([&](const Index *node) {
        expression(*node->base, Postfix);
        stream << '[';
        expression(*node->index);
        stream << ']';
      })
      .Case([&](const Call *node) {
        llvm::ArrayRef<Argument> shown = node->arguments;
        if (node->isPipe) {
          expression(*shown.front().value, Pipe);
          stream << " |> ";
          shown = shown.drop_front();
        }
        expression(*node->callee, Postfix);
        if (!node->isPipe || !shown.empty())
          arguments(shown);
      })
      .Case([&](const Unary *node) {
        bool isNot = node->op == UnaryOperator::Not;
        stream << (isNot ? "not " : "-");
        expression(*node->operand, isNot ? NotLevel : NegateLevel);
      })
      .Case([&](const Binary *node) { binary(*node); })
      .Case([&](const List *node) {
        stream << '[';
        list(node->elements);
        stream << ']';
      })
      .Case([&](const Record *node) {
        stream << "{ ";
        llvm::interleaveComma(node->fields, stream,
                              [&](const RecordField &field) {
                                stream << field.name.text << ": ";
                                expression(*field.value);
                              });
        stream << " }";
      })
      .Case([&](const Conditional *node) {
        for (const ConditionalArm &arm : node->arms) {
          stream << "if ";
          expression(*arm.condition);
          stream << " then ";
          expression(*arm.value, Pipe);
          stream << " else ";
        }
        // Without parentheses an `if` here would become one more arm.
        expression(*node->otherwise,
                   llvm::isa<Conditional>(*node->otherwise) ? Pipe : Open);
      })
      .Case([&](const MatchExpression *node) {
        stream << "match ";
        expression(*node->subject);
        stream << " { ";
        llvm::interleaveComma(node->arms, stream,
                              [&](const MatchExpressionArm &arm) {
                                patterns(arm.patterns);
                                expression(*arm.value);
                              });
        stream << " }";
      })
      .Case([&](const ForAll *node) {
        stream << "forall ";
        binder(node->binder);
        stream << ": ";
        expression(*node->condition);
      })
      .Case([&](const Aggregate *node) {
        stream << (node->aggregate == AggregateKind::Count ? "count(" : "sum(");
        binder(node->binder);
        stream << ": ";
        expression(*node->body);
        stream << ')';
      })
      .Case([&](const MetricOnDevice *node) {
        stream << node->metric.text << " on " << node->device.text;
      });
}

void Printer::domain(const Domain &domain) {
  if (auto *set = llvm::dyn_cast<SetDomain>(&domain)) {
    stream << '{';
    list(set->values);
    stream << '}';
    return;
  }
  auto &range = llvm::cast<RangeDomain>(domain);
  expression(*range.low);
  stream << "..";
  expression(*range.high);
  if (range.scale != RangeScale::Unspecified)
    stream << (range.scale == RangeScale::Log ? " log" : " linear");
  if (range.step) {
    stream << " step ";
    expression(*range.step);
  }
  if (range.points) {
    stream << " points ";
    expression(*range.points);
  }
}

void Printer::type(const Type &type) {
  llvm::TypeSwitch<const Type *>(&type)
      .Case([&](const TensorType *node) {
        stream << "tensor";
        if (!node->hasShape)
          return;
        stream << '[';
        list(node->shape);
        stream << ']';
      })
      .Case([&](const NamedType *node) { stream << node->name.text; })
      .Case([&](const MemberType *node) {
        stream << node->base.text << '.' << node->member.text;
      })
      .Case([&](const ClassesType *node) {
        stream << "classes(";
        expression(*node->count);
        stream << ')';
      });
}

void Printer::parameters(const std::vector<Parameter> &list) {
  stream << '(';
  llvm::interleaveComma(list, stream, [&](const Parameter &parameter) {
    stream << parameter.name.text;
    if (parameter.type) {
      stream << ": ";
      type(*parameter.type);
    }
    if (parameter.defaultValue) {
      stream << " = ";
      expression(*parameter.defaultValue);
    }
  });
  stream << ')';
}

void Printer::block(const Block &block) {
  line() << "block " << block.name.text;
  parameters(block.parameters);
  stream << ' ';
  body(block.body);
  stream << '\n';
}

void Printer::statement(const Statement &statement) {
  if (auto *local = llvm::dyn_cast<LocalBlock>(&statement)) {
    block(*local->block);
    return;
  }
  line();
  llvm::TypeSwitch<const Statement *>(&statement)
      .Case([&](const Choice *node) {
        stream << "choice " << node->name.text << " in ";
        domain(*node->domain);
        if (node->when) {
          stream << " when ";
          expression(*node->when);
        }
        stream << ';';
      })
      .Case([&](const Let *node) {
        stream << (node->isVariable ? "var " : "let ") << node->name.text
               << " = ";
        expression(*node->value);
        stream << ';';
      })
      .Case([&](const Assignment *node) {
        stream << node->name.text << " = ";
        expression(*node->value);
        stream << ';';
      })
      .Case([&](const Repeat *node) {
        stream << "repeat ";
        binder(node->binder);
        stream << ' ';
        body(node->body);
      })
      .Case([&](const If *node) {
        llvm::interleave(
            node->arms, stream,
            [&](const IfArm &arm) {
              stream << "if ";
              expression(*arm.condition);
              stream << ' ';
              body(arm.body);
            },
            " else ");
        if (node->otherwise) {
          stream << " else ";
          body(*node->otherwise);
        }
      })
      .Case([&](const MatchStatement *node) {
        stream << "match ";
        expression(*node->subject);
        stream << ' ';
        braces([&] {
          for (const MatchStatementArm &arm : node->arms) {
            line();
            patterns(arm.patterns);
            body(arm.body);
            stream << ",\n";
          }
        });
      })
      .Case([&](const Return *node) {
        stream << "return ";
        expression(*node->value);
        stream << ';';
      });
  stream << '\n';
}

void Printer::limits(const std::vector<LimitPtr> &list) {
  for (const LimitPtr &limit : list) {
    line();
    if (auto *expressionLimit = llvm::dyn_cast<ExpressionLimit>(limit.get())) {
      expression(*expressionLimit->condition);
      stream << ";\n";
      continue;
    }
    auto &conditional = llvm::cast<ConditionalLimit>(*limit);
    llvm::interleave(
        conditional.arms, stream,
        [&](const LimitArm &arm) {
          stream << "if ";
          expression(*arm.condition);
          stream << ' ';
          braces([&] { limits(arm.limits); });
        },
        " else ");
    if (!conditional.otherwise.empty()) {
      stream << " else ";
      braces([&] { limits(conditional.otherwise); });
    }
    stream << '\n';
  }
}

void Printer::configuration(const std::vector<ConfigurationPtr> &entries) {
  braces([&] {
    for (const ConfigurationPtr &entry : entries) {
      line();
      llvm::TypeSwitch<const Configuration *>(entry.get())
          .Case([&](const Setting *node) {
            stream << node->name.text << " = ";
            expression(*node->value);
            stream << ';';
          })
          .Case([&](const Section *node) {
            stream << node->name.text;
            if (node->label)
              stream << ' ' << node->label->text;
            if (!node->hasBody) {
              stream << ';';
              return;
            }
            stream << ' ';
            configuration(node->entries);
          })
          .Case([&](const Table *node) {
            stream << "table " << node->metric.text << ' ';
            string(node->path->value);
            stream << ';';
          })
          .Case([&](const Objective *node) {
            stream << (node->maximize ? "maximize " : "minimize ");
            expression(*node->metric);
            stream << ';';
          });
      stream << '\n';
    }
  });
}

void Printer::fromFile(const Name &name, const Call &source,
                       const std::vector<ConfigurationPtr> &entries) {
  stream << name.text << " = ";
  expression(source);
  if (entries.empty()) {
    stream << ";\n";
    return;
  }
  stream << ' ';
  configuration(entries);
  stream << '\n';
}

void Printer::item(const Item &item) {
  llvm::TypeSwitch<const Item *>(&item)
      .Case([&](const Import *node) {
        stream << "import ";
        string(node->path->value);
        stream << ";\n";
      })
      .Case([&](const Dataset *node) {
        stream << "dataset ";
        fromFile(node->name, *node->source, node->entries);
      })
      .Case([&](const Network *node) {
        stream << "network ";
        fromFile(node->name, *node->source, node->entries);
      })
      .Case([&](const Device *node) {
        stream << "device " << node->name.text << ' ';
        configuration(node->entries);
        stream << '\n';
      })
      .Case([&](const Block *node) { block(*node); })
      .Case([&](const Space *node) {
        stream << "space " << node->name.text;
        if (node->hasParameters)
          parameters(node->parameters);
        if (node->result) {
          stream << " -> ";
          type(*node->result);
        }
        stream << ' ';
        body(node->body);
        stream << '\n';
      })
      .Case([&](const Limits *node) {
        stream << "limits ";
        braces([&] { limits(node->limits); });
        stream << '\n';
      })
      .Case([&](const Search *node) {
        stream << "search ";
        configuration(node->entries);
        stream << '\n';
      })
      .Case([&](const Deploy *node) {
        stream << "deploy ";
        configuration(node->entries);
        stream << '\n';
      });
}

void ast::print(const File &file, llvm::raw_ostream &stream) {
  Printer printer(stream);
  llvm::interleave(
      file.items, stream,
      [&](const std::unique_ptr<Item> &item) { printer.item(*item); }, "\n");
}

void ast::print(const Expr &expr, llvm::raw_ostream &stream) {
  Printer(stream).expression(expr);
}

void ast::print(const Statement &statement, llvm::raw_ostream &stream,
                unsigned indent) {
  Printer(stream, indent).statement(statement);
}

std::string ast::toString(const Expr &expr) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  print(expr, stream);
  return text;
}
