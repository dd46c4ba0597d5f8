//===- AST.h - The syntax tree of a .nas file -------------------*- C++ -*-===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The tree that the parser makes: what was written, with its places, and no
// meaning yet. Names are not resolved, settings are not checked, and units are
// looked up but not compared.
//
// Every node has a kind (for llvm::isa, cast and dyn_cast) and a source range.
// A node owns its children. Children are never null unless their description
// says so. The depth of the tree is bounded (parser limits: 256 nested
// brackets, 1000 nested expression nodes), so that a recursive walk is safe.
//
//===----------------------------------------------------------------------===//

#ifndef NASC_FRONTEND_SYNTAX_AST_H
#define NASC_FRONTEND_SYNTAX_AST_H

#include "frontend/diagnostics/Source.h"
#include "frontend/syntax/Units.h"

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Casting.h"
#include "llvm/Support/raw_ostream.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace nasc::ast {

enum class NodeKind {
  // Expressions.
  IntegerLiteral,
  RealLiteral,
  BooleanLiteral,
  StringLiteral,
  Quantity,
  NameReference,
  Member,
  Index,
  Call,
  Unary,
  Binary,
  List,
  Record,
  Conditional,
  MatchExpression,
  ForAll,
  Aggregate,
  MetricOnDevice,
  FirstExpression = IntegerLiteral,
  LastExpression = MetricOnDevice,
  // Domains of choices.
  SetDomain,
  RangeDomain,
  FirstDomain = SetDomain,
  LastDomain = RangeDomain,
  // Types of parameters and results.
  TensorType,
  NamedType,
  MemberType,
  ClassesType,
  FirstType = TensorType,
  LastType = ClassesType,
  // Statements of blocks and spaces.
  Choice,
  Let,
  Assignment,
  Repeat,
  If,
  MatchStatement,
  Return,
  LocalBlock,
  FirstStatement = Choice,
  LastStatement = LocalBlock,
  // Statements of limits.
  ExpressionLimit,
  ConditionalLimit,
  FirstLimit = ExpressionLimit,
  LastLimit = ConditionalLimit,
  // What the bodies of dataset, device, network, search and deploy consist of.
  Setting,
  Section,
  Table,
  Objective,
  FirstConfiguration = Setting,
  LastConfiguration = Objective,
  // Items of a file.
  Import,
  Dataset,
  Device,
  Block,
  Space,
  Network,
  Limits,
  Search,
  Deploy,
  FirstItem = Import,
  LastItem = Deploy,
};

/// The name of a kind, for messages of tests: "Choice".
llvm::StringRef kindName(NodeKind kind);

/// An identifier with its place.
struct Name {
  std::string text;
  SourceRange range;

  llvm::StringRef str() const { return text; }
};

/// The base of all nodes.
class Node {
public:
  virtual ~Node() = default;
  Node(const Node &) = delete;
  Node &operator=(const Node &) = delete;

  NodeKind getKind() const { return kind; }
  /// Everything from the first to the last token of the node, parentheses
  /// around it included.
  SourceRange getRange() const { return range; }
  void addParentheses(SourceRange outer) { range = range.cover(outer); }

protected:
  Node(NodeKind kind, SourceRange range) : kind(kind), range(range) {}

private:
  NodeKind kind;
  SourceRange range;
};

/// Defines the constructor-independent part of an abstract class of nodes.
#define NASC_AST_FAMILY(CLASS, FIRST, LAST)                                    \
  class CLASS : public Node {                                                  \
  public:                                                                      \
    static bool classof(const Node *node) {                                    \
      return node->getKind() >= NodeKind::FIRST &&                             \
             node->getKind() <= NodeKind::LAST;                                \
    }                                                                          \
                                                                               \
  protected:                                                                   \
    using Node::Node;                                                          \
  };                                                                           \
  using CLASS##Ptr = std::unique_ptr<CLASS>;

/// An expression.
NASC_AST_FAMILY(Expr, FirstExpression, LastExpression)
/// The domain of a choice.
NASC_AST_FAMILY(Domain, FirstDomain, LastDomain)
/// The type of a parameter or result.
NASC_AST_FAMILY(Type, FirstType, LastType)
/// A statement of a block or space.
NASC_AST_FAMILY(Statement, FirstStatement, LastStatement)
/// A statement of `limits`.
NASC_AST_FAMILY(Limit, FirstLimit, LastLimit)
/// A part of the body of a dataset, device, network, search or deploy.
NASC_AST_FAMILY(Configuration, FirstConfiguration, LastConfiguration)
/// A top-level item.
NASC_AST_FAMILY(Item, FirstItem, LastItem)
#undef NASC_AST_FAMILY

/// Statements between braces; `range` includes the braces.
struct StatementList {
  std::vector<StatementPtr> statements;
  SourceRange range;
};

//===----------------------------------------------------------------------===//
// Expressions
//===----------------------------------------------------------------------===//

#define NASC_AST_KIND(KIND)                                                    \
  static bool classof(const Node *node) {                                      \
    return node->getKind() == NodeKind::KIND;                                  \
  }

/// `24`, `10_000`.
class IntegerLiteral : public Expr {
public:
  IntegerLiteral(SourceRange range, Number number)
      : Expr(NodeKind::IntegerLiteral, range), number(std::move(number)) {}
  NASC_AST_KIND(IntegerLiteral)
  int64_t value() const { return number.integer; }

  Number number;
};

/// `0.5`, `2e-3`.
class RealLiteral : public Expr {
public:
  RealLiteral(SourceRange range, Number number)
      : Expr(NodeKind::RealLiteral, range), number(std::move(number)) {}
  NASC_AST_KIND(RealLiteral)
  double value() const { return number.real; }

  Number number;
};

/// `true`, `false`.
class BooleanLiteral : public Expr {
public:
  BooleanLiteral(SourceRange range, bool value)
      : Expr(NodeKind::BooleanLiteral, range), value(value) {}
  NASC_AST_KIND(BooleanLiteral)
  bool value;
};

/// `"a string"`; `value` has the escapes replaced.
class StringLiteral : public Expr {
public:
  StringLiteral(SourceRange range, std::string value)
      : Expr(NodeKind::StringLiteral, range), value(std::move(value)) {}
  NASC_AST_KIND(StringLiteral)
  std::string value;
};

/// `20 ms`, `50 %`, `1 epoch`, and `1 epoch of 10_000 images`. `number` is as
/// written; toBase(number, *unit) converts it.
class Quantity : public Expr {
public:
  Quantity(SourceRange range, Number number, Name unitName, const Unit *unit)
      : Expr(NodeKind::Quantity, range), number(std::move(number)),
        unitName(std::move(unitName)), unit(unit) {}
  NASC_AST_KIND(Quantity)
  Dimension dimension() const { return unit->dimension; }

  Number number;
  Name unitName;
  /// Never null: an unknown unit is a syntax error.
  const Unit *unit;
  /// What is behind `of`; null without it.
  ExprPtr of;
};

/// A name in an expression: of a choice, variable, block, layer, dataset,
/// metric, unit-less setting value (`same`, `nsga2`), …
class NameReference : public Expr {
public:
  explicit NameReference(Name name)
      : Expr(NodeKind::NameReference, name.range), name(std::move(name)) {}
  NASC_AST_KIND(NameReference)
  Name name;
};

/// `base.member`.
class Member : public Expr {
public:
  Member(SourceRange range, ExprPtr base, Name member)
      : Expr(NodeKind::Member, range), base(std::move(base)),
        member(std::move(member)) {}
  NASC_AST_KIND(Member)
  ExprPtr base;
  Name member;
};

/// `base[index]`; `k[2][1]` is an Index of an Index.
class Index : public Expr {
public:
  Index(SourceRange range, ExprPtr base, ExprPtr index)
      : Expr(NodeKind::Index, range), base(std::move(base)),
        index(std::move(index)) {}
  NASC_AST_KIND(Index)
  ExprPtr base;
  ExprPtr index;
};

/// One argument of a call: `24` or `filters = 24`.
struct Argument {
  std::optional<Name> name;
  ExprPtr value;
  SourceRange range;
};

/// `callee(arguments)`. `x |> f(a)` and `x |> f` are calls whose first
/// argument is `x`; `isPipe` remembers that, and getRange() then begins at `x`.
class Call : public Expr {
public:
  Call(SourceRange range, ExprPtr callee, std::vector<Argument> arguments,
       bool isPipe)
      : Expr(NodeKind::Call, range), callee(std::move(callee)),
        arguments(std::move(arguments)), isPipe(isPipe) {}
  NASC_AST_KIND(Call)
  /// The call without what was piped in: `f(a)`.
  SourceRange callRange() const {
    return {getRange().file, callee->getRange().begin, getRange().end};
  }

  /// Usually a NameReference; otherwise whatever was written before `(`.
  ExprPtr callee;
  std::vector<Argument> arguments;
  bool isPipe;
};

enum class UnaryOperator { Negate, Not };

/// `-a`, `not a`.
class Unary : public Expr {
public:
  Unary(SourceRange range, UnaryOperator op, SourceRange operatorRange,
        ExprPtr operand)
      : Expr(NodeKind::Unary, range), op(op), operatorRange(operatorRange),
        operand(std::move(operand)) {}
  NASC_AST_KIND(Unary)
  UnaryOperator op;
  SourceRange operatorRange;
  ExprPtr operand;
};

enum class BinaryOperator {
  Implies,
  Or,
  And,
  Equal,
  NotEqual,
  Less,
  LessOrEqual,
  Greater,
  GreaterOrEqual,
  Add,
  Subtract,
  Multiply,
  Divide,
  Remainder,
};

/// The operator as it is written: "implies", "<=".
llvm::StringRef spelling(UnaryOperator op);
llvm::StringRef spelling(BinaryOperator op);
inline bool isComparison(BinaryOperator op) {
  return op >= BinaryOperator::Equal && op <= BinaryOperator::GreaterOrEqual;
}

/// `left op right`. `implies` associates to the right, comparisons do not
/// associate, the others associate to the left.
class Binary : public Expr {
public:
  Binary(BinaryOperator op, SourceRange operatorRange, ExprPtr left,
         ExprPtr right)
      : Expr(NodeKind::Binary, left->getRange().cover(right->getRange())),
        op(op), operatorRange(operatorRange), left(std::move(left)),
        right(std::move(right)) {}
  NASC_AST_KIND(Binary)
  BinaryOperator op;
  SourceRange operatorRange;
  ExprPtr left;
  ExprPtr right;
};

/// `[a, b]`.
class List : public Expr {
public:
  List(SourceRange range, std::vector<ExprPtr> elements)
      : Expr(NodeKind::List, range), elements(std::move(elements)) {}
  NASC_AST_KIND(List)
  std::vector<ExprPtr> elements;
};

/// One field of a record.
struct RecordField {
  Name name;
  ExprPtr value;
};

/// `{ mean: 0.286, deviation: 0.353 }`. No two fields have the same name.
class Record : public Expr {
public:
  Record(SourceRange range, std::vector<RecordField> fields)
      : Expr(NodeKind::Record, range), fields(std::move(fields)) {}
  NASC_AST_KIND(Record)
  std::vector<RecordField> fields;
};

/// One `if … then …` of a conditional expression.
struct ConditionalArm {
  ExprPtr condition;
  ExprPtr value;
};

/// `if c then a else if d then b else e`: the arms are tried in order.
class Conditional : public Expr {
public:
  Conditional(SourceRange range, std::vector<ConditionalArm> arms,
              ExprPtr otherwise)
      : Expr(NodeKind::Conditional, range), arms(std::move(arms)),
        otherwise(std::move(otherwise)) {}
  NASC_AST_KIND(Conditional)
  /// At least one.
  std::vector<ConditionalArm> arms;
  ExprPtr otherwise;
};

/// `patterns => value` of a match expression. `else` has no patterns.
struct MatchExpressionArm {
  std::vector<ExprPtr> patterns;
  ExprPtr value;
  SourceRange range;

  bool isElse() const { return patterns.empty(); }
};

/// `match subject { 3 => a, separable, conv => b, else => c }`.
class MatchExpression : public Expr {
public:
  MatchExpression(SourceRange range, ExprPtr subject,
                  std::vector<MatchExpressionArm> arms)
      : Expr(NodeKind::MatchExpression, range), subject(std::move(subject)),
        arms(std::move(arms)) {}
  NASC_AST_KIND(MatchExpression)
  ExprPtr subject;
  /// At least one; `else` is the last one, if it is there.
  std::vector<MatchExpressionArm> arms;
};

/// `variable in low..high`, both ends included.
struct Binder {
  Name variable;
  ExprPtr low;
  ExprPtr high;
  SourceRange range;
};

/// `forall i in low..high: condition`. The condition reaches as far to the
/// right as it can.
class ForAll : public Expr {
public:
  ForAll(SourceRange range, Binder binder, ExprPtr condition)
      : Expr(NodeKind::ForAll, range), binder(std::move(binder)),
        condition(std::move(condition)) {}
  NASC_AST_KIND(ForAll)
  Binder binder;
  ExprPtr condition;
};

enum class AggregateKind { Count, Sum };

/// `count(i in low..high: condition)`, `sum(i in low..high: term)`.
class Aggregate : public Expr {
public:
  Aggregate(SourceRange range, AggregateKind aggregate, Binder binder,
            ExprPtr body)
      : Expr(NodeKind::Aggregate, range), aggregate(aggregate),
        binder(std::move(binder)), body(std::move(body)) {}
  NASC_AST_KIND(Aggregate)
  AggregateKind aggregate;
  Binder binder;
  ExprPtr body;
};

/// `latency on h743`. A metric without device is a NameReference.
class MetricOnDevice : public Expr {
public:
  MetricOnDevice(Name metric, Name device)
      : Expr(NodeKind::MetricOnDevice, metric.range.cover(device.range)),
        metric(std::move(metric)), device(std::move(device)) {}
  NASC_AST_KIND(MetricOnDevice)
  Name metric;
  Name device;
};

/// Calls `visit` with each expression directly below one, in the order in which
/// they are written; of a call the arguments, of an index and a member the
/// base, of `forall` and its kin the bounds first.
void forEachOperand(const Expr &expr,
                    llvm::function_ref<void(const Expr &)> visit);

//===----------------------------------------------------------------------===//
// Domains and types
//===----------------------------------------------------------------------===//

/// `{8, 16, 24}`, `{separable, conv}`.
class SetDomain : public Domain {
public:
  SetDomain(SourceRange range, std::vector<ExprPtr> values)
      : Domain(NodeKind::SetDomain, range), values(std::move(values)) {}
  NASC_AST_KIND(SetDomain)
  /// May be empty (`{}`): that is a semantic error.
  std::vector<ExprPtr> values;
};

enum class RangeScale { Unspecified, Linear, Log };

/// `8..64 step 8`, `1e-4..1e-1 log points 25`; both ends included.
class RangeDomain : public Domain {
public:
  RangeDomain(SourceRange range, ExprPtr low, ExprPtr high)
      : Domain(NodeKind::RangeDomain, range), low(std::move(low)),
        high(std::move(high)) {}
  NASC_AST_KIND(RangeDomain)
  ExprPtr low;
  ExprPtr high;
  RangeScale scale = RangeScale::Unspecified;
  /// The word `linear` or `log`.
  SourceRange scaleRange;
  /// Null where not given.
  ExprPtr step;
  ExprPtr points;
};

/// `tensor` (of any shape) or `tensor[96, 96, 3]`.
class TensorType : public Type {
public:
  TensorType(SourceRange range, bool hasShape, std::vector<ExprPtr> shape)
      : Type(NodeKind::TensorType, range), hasShape(hasShape),
        shape(std::move(shape)) {}
  NASC_AST_KIND(TensorType)
  bool hasShape;
  std::vector<ExprPtr> shape;
};

/// `int`, `real`, `bool`, `operation`; any other name is a semantic error.
class NamedType : public Type {
public:
  explicit NamedType(Name name)
      : Type(NodeKind::NamedType, name.range), name(std::move(name)) {}
  NASC_AST_KIND(NamedType)
  Name name;
};

/// `fashion.image`, `fashion.label`.
class MemberType : public Type {
public:
  MemberType(Name base, Name member)
      : Type(NodeKind::MemberType, base.range.cover(member.range)),
        base(std::move(base)), member(std::move(member)) {}
  NASC_AST_KIND(MemberType)
  Name base;
  Name member;
};

/// `classes(10)`.
class ClassesType : public Type {
public:
  ClassesType(SourceRange range, ExprPtr count)
      : Type(NodeKind::ClassesType, range), count(std::move(count)) {}
  NASC_AST_KIND(ClassesType)
  ExprPtr count;
};

//===----------------------------------------------------------------------===//
// Statements of blocks and spaces
//===----------------------------------------------------------------------===//

/// `choice name in domain when condition;`.
class Choice : public Statement {
public:
  Choice(SourceRange range, Name name, DomainPtr domain, ExprPtr when)
      : Statement(NodeKind::Choice, range), name(std::move(name)),
        domain(std::move(domain)), when(std::move(when)) {}
  NASC_AST_KIND(Choice)
  Name name;
  DomainPtr domain;
  /// Null without `when`.
  ExprPtr when;
};

/// `let name = value;` or `var name = value;`.
class Let : public Statement {
public:
  Let(SourceRange range, bool isVariable, Name name, ExprPtr value)
      : Statement(NodeKind::Let, range), isVariable(isVariable),
        name(std::move(name)), value(std::move(value)) {}
  NASC_AST_KIND(Let)
  /// Written with `var`: may be rebound.
  bool isVariable;
  Name name;
  ExprPtr value;
};

/// `name = value;`.
class Assignment : public Statement {
public:
  Assignment(SourceRange range, Name name, ExprPtr value)
      : Statement(NodeKind::Assignment, range), name(std::move(name)),
        value(std::move(value)) {}
  NASC_AST_KIND(Assignment)
  Name name;
  ExprPtr value;
};

/// `repeat i in low..high { … }`, both ends included.
class Repeat : public Statement {
public:
  Repeat(SourceRange range, Binder binder, StatementList body)
      : Statement(NodeKind::Repeat, range), binder(std::move(binder)),
        body(std::move(body)) {}
  NASC_AST_KIND(Repeat)
  Binder binder;
  StatementList body;
};

/// One `if condition { … }` of a statement.
struct IfArm {
  ExprPtr condition;
  StatementList body;
};

/// `if c { … } else if d { … } else { … }`: the arms are tried in order.
class If : public Statement {
public:
  If(SourceRange range, std::vector<IfArm> arms,
     std::optional<StatementList> otherwise)
      : Statement(NodeKind::If, range), arms(std::move(arms)),
        otherwise(std::move(otherwise)) {}
  NASC_AST_KIND(If)
  /// At least one.
  std::vector<IfArm> arms;
  std::optional<StatementList> otherwise;
};

/// `patterns => { … }` of a match statement. `else` has no patterns. An arm
/// written without braces (`3 => x = f(x)`) has one statement.
struct MatchStatementArm {
  std::vector<ExprPtr> patterns;
  StatementList body;
  SourceRange range;

  bool isElse() const { return patterns.empty(); }
};

/// `match subject { 3 => { … }, else => { … } }` as a statement.
class MatchStatement : public Statement {
public:
  MatchStatement(SourceRange range, ExprPtr subject,
                 std::vector<MatchStatementArm> arms)
      : Statement(NodeKind::MatchStatement, range), subject(std::move(subject)),
        arms(std::move(arms)) {}
  NASC_AST_KIND(MatchStatement)
  ExprPtr subject;
  /// At least one; `else` is the last one, if it is there.
  std::vector<MatchStatementArm> arms;
};

/// `return value;`.
class Return : public Statement {
public:
  Return(SourceRange range, ExprPtr value)
      : Statement(NodeKind::Return, range), value(std::move(value)) {}
  NASC_AST_KIND(Return)
  ExprPtr value;
};

class Block;

/// A block declared among statements; it sees the names around it.
class LocalBlock : public Statement {
public:
  explicit LocalBlock(std::unique_ptr<Block> block);
  ~LocalBlock() override;
  NASC_AST_KIND(LocalBlock)
  std::unique_ptr<Block> block;
};

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

/// `ram on h743 <= 32 KiB;`, `forall i in 2..depth: width[i] >= width[i - 1];`.
class ExpressionLimit : public Limit {
public:
  ExpressionLimit(SourceRange range, ExprPtr condition)
      : Limit(NodeKind::ExpressionLimit, range),
        condition(std::move(condition)) {}
  NASC_AST_KIND(ExpressionLimit)
  ExprPtr condition;
};

/// One `if condition { limits }`.
struct LimitArm {
  ExprPtr condition;
  std::vector<LimitPtr> limits;
};

/// `if depth > 4 { stem <= 16; } else { … }`.
class ConditionalLimit : public Limit {
public:
  ConditionalLimit(SourceRange range, std::vector<LimitArm> arms,
                   std::vector<LimitPtr> otherwise)
      : Limit(NodeKind::ConditionalLimit, range), arms(std::move(arms)),
        otherwise(std::move(otherwise)) {}
  NASC_AST_KIND(ConditionalLimit)
  std::vector<LimitArm> arms;
  /// Empty without `else`.
  std::vector<LimitPtr> otherwise;
};

//===----------------------------------------------------------------------===//
// Configuration: the bodies of dataset, device, network, search and deploy
//===----------------------------------------------------------------------===//

/// `clock = 480 MHz;`.
class Setting : public Configuration {
public:
  Setting(SourceRange range, Name name, ExprPtr value)
      : Configuration(NodeKind::Setting, range), name(std::move(name)),
        value(std::move(value)) {}
  NASC_AST_KIND(Setting)
  Name name;
  ExprPtr value;
};

/// `name { … }`, `name label { … }`, or `name;`: `prune;`, `evolve { … }`,
/// `precision int8 { … }`, `conv2d { … }`, `h743 { … }`.
class Section : public Configuration {
public:
  Section(SourceRange range, Name name, std::optional<Name> label, bool hasBody,
          std::vector<ConfigurationPtr> entries)
      : Configuration(NodeKind::Section, range), name(std::move(name)),
        label(std::move(label)), hasBody(hasBody), entries(std::move(entries)) {
  }
  NASC_AST_KIND(Section)
  Name name;
  std::optional<Name> label;
  bool hasBody;
  std::vector<ConfigurationPtr> entries;
};

/// `table latency "file.csv";`.
class Table : public Configuration {
public:
  Table(SourceRange range, Name metric, std::unique_ptr<StringLiteral> path)
      : Configuration(NodeKind::Table, range), metric(std::move(metric)),
        path(std::move(path)) {}
  NASC_AST_KIND(Table)
  Name metric;
  std::unique_ptr<StringLiteral> path;
};

/// `maximize accuracy;`, `minimize latency on h743;`.
class Objective : public Configuration {
public:
  Objective(SourceRange range, bool maximize, ExprPtr metric)
      : Configuration(NodeKind::Objective, range), maximize(maximize),
        metric(std::move(metric)) {}
  NASC_AST_KIND(Objective)
  bool maximize;
  /// A NameReference or a MetricOnDevice.
  ExprPtr metric;
};

//===----------------------------------------------------------------------===//
// Items
//===----------------------------------------------------------------------===//

/// `import "devices/stm32h743zi.nas";`.
class Import : public Item {
public:
  Import(SourceRange range, std::unique_ptr<StringLiteral> path)
      : Item(NodeKind::Import, range), path(std::move(path)) {}
  NASC_AST_KIND(Import)
  std::unique_ptr<StringLiteral> path;
};

/// `dataset name = idx("DIR") { settings }` or `…;`. Entries are Settings.
class Dataset : public Item {
public:
  Dataset(SourceRange range, Name name, std::unique_ptr<Call> source,
          std::vector<ConfigurationPtr> entries)
      : Item(NodeKind::Dataset, range), name(std::move(name)),
        source(std::move(source)), entries(std::move(entries)) {}
  NASC_AST_KIND(Dataset)
  Name name;
  /// The callee is a NameReference (any name; semantic analysis knows them).
  std::unique_ptr<Call> source;
  std::vector<ConfigurationPtr> entries;
};

/// `device name { … }`. Entries are Settings, Sections and Tables.
class Device : public Item {
public:
  Device(SourceRange range, Name name, std::vector<ConfigurationPtr> entries)
      : Item(NodeKind::Device, range), name(std::move(name)),
        entries(std::move(entries)) {}
  NASC_AST_KIND(Device)
  Name name;
  std::vector<ConfigurationPtr> entries;
};

/// `name`, `name: type`, `name: type = default`.
struct Parameter {
  Name name;
  /// Null where not written: a tensor of any shape.
  TypePtr type;
  /// Null where there is none.
  ExprPtr defaultValue;
  SourceRange range;
};

/// `block name(parameters) { … }`.
class Block : public Item {
public:
  Block(SourceRange range, Name name, std::vector<Parameter> parameters,
        StatementList body)
      : Item(NodeKind::Block, range), name(std::move(name)),
        parameters(std::move(parameters)), body(std::move(body)) {}
  NASC_AST_KIND(Block)
  Name name;
  std::vector<Parameter> parameters;
  StatementList body;
};

/// `space name(image: fashion.image) -> fashion.label { … }`, or
/// `space name { choices }`.
class Space : public Item {
public:
  Space(SourceRange range, Name name, bool hasParameters,
        std::vector<Parameter> parameters, TypePtr result, StatementList body)
      : Item(NodeKind::Space, range), name(std::move(name)),
        hasParameters(hasParameters), parameters(std::move(parameters)),
        result(std::move(result)), body(std::move(body)) {}
  NASC_AST_KIND(Space)
  Name name;
  /// Whether there are parentheses, even empty ones.
  bool hasParameters;
  std::vector<Parameter> parameters;
  /// Null where not written.
  TypePtr result;
  StatementList body;
};

/// `network name = onnx("FILE") { settings }` or `…;`. Entries are Settings.
class Network : public Item {
public:
  Network(SourceRange range, Name name, std::unique_ptr<Call> source,
          std::vector<ConfigurationPtr> entries)
      : Item(NodeKind::Network, range), name(std::move(name)),
        source(std::move(source)), entries(std::move(entries)) {}
  NASC_AST_KIND(Network)
  Name name;
  /// The callee is a NameReference (any name; semantic analysis knows them).
  std::unique_ptr<Call> source;
  std::vector<ConfigurationPtr> entries;
};

/// `limits { … }`.
class Limits : public Item {
public:
  Limits(SourceRange range, SourceRange keywordRange,
         std::vector<LimitPtr> limits)
      : Item(NodeKind::Limits, range), keywordRange(keywordRange),
        limits(std::move(limits)) {}
  NASC_AST_KIND(Limits)
  SourceRange keywordRange;
  std::vector<LimitPtr> limits;
};

/// `search { … }`. Entries are Objectives, Sections (stages) and Settings.
class Search : public Item {
public:
  Search(SourceRange range, SourceRange keywordRange,
         std::vector<ConfigurationPtr> entries)
      : Item(NodeKind::Search, range), keywordRange(keywordRange),
        entries(std::move(entries)) {}
  NASC_AST_KIND(Search)
  SourceRange keywordRange;
  std::vector<ConfigurationPtr> entries;
};

/// `deploy { … }`. Entries are Sections named after devices.
class Deploy : public Item {
public:
  Deploy(SourceRange range, SourceRange keywordRange,
         std::vector<ConfigurationPtr> entries)
      : Item(NodeKind::Deploy, range), keywordRange(keywordRange),
        entries(std::move(entries)) {}
  NASC_AST_KIND(Deploy)
  SourceRange keywordRange;
  std::vector<ConfigurationPtr> entries;
};

#undef NASC_AST_KIND

/// One file.
struct File {
  FileId id;
  std::vector<ItemPtr> items;
};

/// Writes a file, an expression or a statement as source text in one canonical
/// form; parsing it gives an equal tree. Comments are not kept. Parentheses
/// are written where precedence needs them, pipes as pipes.
void print(const File &file, llvm::raw_ostream &stream);
void print(const Expr &expr, llvm::raw_ostream &stream);
void print(const Statement &statement, llvm::raw_ostream &stream,
           unsigned indent = 0);
/// The same as a string: "width[i] >= width[i - 1]".
std::string toString(const Expr &expr);

} // namespace nasc::ast

#endif // NASC_FRONTEND_SYNTAX_AST_H
