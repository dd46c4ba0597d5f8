//===- ParserTest.cpp - Every construct of the language ----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SyntaxTestSupport.h"

using namespace nasc;
using namespace nasc::test;

namespace {

/// Parses, prints, and parses what was printed: the second text must be the
/// first one, and the expected one where it is given.
void expectRoundTrip(llvm::StringRef text, llvm::StringRef expected = "") {
  Parsed first(text);
  EXPECT_EQ(first.rendered(), "") << text.str();
  std::string printed = first.printed();
  if (!expected.empty()) {
    EXPECT_EQ(printed, expected.str());
  }
  Parsed second(printed);
  EXPECT_EQ(second.rendered(), "") << printed;
  EXPECT_EQ(second.printed(), printed);
}

/// The canonical text of an expression.
std::string canonical(llvm::StringRef text) {
  ParsedExpression parsed(text);
  EXPECT_EQ(parsed.rendered(), "") << text.str();
  const ast::Expr *expr = parsed.get();
  if (!expr)
    return "(none)";
  std::string printed = ast::toString(*expr);
  ParsedExpression again(printed);
  EXPECT_EQ(again.rendered(), "") << printed;
  if (!again.get())
    return "(none again)";
  EXPECT_EQ(ast::toString(*again.get()), printed);
  return printed;
}

/// The structure of an expression, with parentheses around each operation.
std::string structure(const ast::Expr &expr) {
  if (auto *binary = llvm::dyn_cast<ast::Binary>(&expr))
    return "(" + structure(*binary->left) + " " +
           ast::spelling(binary->op).str() + " " + structure(*binary->right) +
           ")";
  if (auto *unary = llvm::dyn_cast<ast::Unary>(&expr))
    return "(" + ast::spelling(unary->op).str() + " " +
           structure(*unary->operand) + ")";
  if (auto *call = llvm::dyn_cast<ast::Call>(&expr)) {
    std::string text = ast::toString(*call->callee) + "(";
    for (const ast::Argument &argument : call->arguments)
      text += (text.back() == '(' ? "" : ", ") + structure(*argument.value);
    return text + ")";
  }
  return ast::toString(expr);
}

std::string structure(llvm::StringRef text) {
  ParsedExpression parsed(text);
  EXPECT_EQ(parsed.rendered(), "") << text.str();
  return parsed.get() ? structure(*parsed.get()) : "(none)";
}

template <typename Node> const Node &only(const Parsed &parsed) {
  EXPECT_TRUE(parsed.file && parsed.file->items.size() == 1)
      << parsed.rendered();
  return llvm::cast<Node>(*parsed.file->items.front());
}

} // namespace

TEST(ParserTest, Precedence) {
  EXPECT_EQ(structure("a + b * c - d"), "((a + (b * c)) - d)");
  EXPECT_EQ(structure("a - b - c"), "((a - b) - c)");
  EXPECT_EQ(structure("a / b * c % d"), "(((a / b) * c) % d)");
  EXPECT_EQ(structure("-a * b"), "((- a) * b)");
  EXPECT_EQ(structure("- - a"), "(- (- a))");
  EXPECT_EQ(structure("a implies b implies c"), "(a implies (b implies c))");
  EXPECT_EQ(structure("a or b and not c == d"),
            "(a or (b and (not (c == d))))");
  EXPECT_EQ(structure("not not a and b"), "((not (not a)) and b)");
  EXPECT_EQ(structure("a and b implies c or d"),
            "((a and b) implies (c or d))");
  EXPECT_EQ(structure("a + 1 < b * 2"), "((a + 1) < (b * 2))");
  EXPECT_EQ(structure("a == -b"), "(a == (- b))");
  EXPECT_EQ(structure("not -a < b"), "(not ((- a) < b))");
}

TEST(ParserTest, Pipes) {
  EXPECT_EQ(structure("x |> f |> g(1, k = 2)"), "g(f(x), 1, 2)");
  EXPECT_EQ(structure("a + b |> f"), "f((a + b))");
  EXPECT_EQ(structure("a implies b |> f"), "f((a implies b))");
  EXPECT_EQ(structure("(x |> f) + y"), "(f(x) + y)");
  ParsedExpression parsed("x |> conv2d(8, kernel = 3)");
  auto &call = llvm::cast<ast::Call>(*parsed.get());
  EXPECT_TRUE(call.isPipe);
  ASSERT_EQ(call.arguments.size(), 3u);
  EXPECT_FALSE(call.arguments[1].name);
  ASSERT_TRUE(call.arguments[2].name);
  EXPECT_EQ(call.arguments[2].name->text, "kernel");
  EXPECT_EQ(parsed.sources.text(call.getRange()), "x |> conv2d(8, kernel = 3)");
  EXPECT_EQ(parsed.sources.text(call.callRange()), "conv2d(8, kernel = 3)");
  EXPECT_EQ(canonical("x |> f() |> lib.g"), "x |> f |> lib.g");
}

TEST(ParserTest, ExpressionsKeepTheirMeaningWhenPrinted) {
  for (llvm::StringRef text :
       {"a - (b - c)",
        "(a + b) * c",
        "-(a + b)",
        "not (a and b)",
        "(not a) == b",
        "(a implies b) implies c",

        "f(x |> g, y)",
        "[1, 2.5, \"a\\\"b\\\\c\\n\\t\", true, false]",
        "{ mean: 0.286, deviation: [0.1, 0.2] }",
        "width[i - 1]",
        "k[2][1]",
        "stage2.kernel[1]",
        "stage[3].kernel",
        "latency on h743",
        "count(i in 1..depth: stride[i] == 2)",
        "sum(i in a + 1..b: width[i])",
        "forall i in 2..d: w[i] >= w[i - 1]",
        "forall i in 1..2: forall j in 1..3: a[i][j]",
        "a implies (forall i in 1..2: b[i])",
        "a and (if b then c else d)",
        "if a then b else if c then d else e",
        "(if a then b else c) + 1",
        "match k { 3 => a, 5, 7 => b, else => { c: 1 } }",
        "20 ms",
        "50 %",
        "(50 %) - 3",
        "7 % -3",
        "1 epoch of 10_000 images",
        "1 epoch of n",
        "1 epoch of (a + b)",
        "0.25 epochs of 1000",
        "15 min",
        "step(every = 10, factor = 0.5)",
        "min(a, max(b, c))"})
    EXPECT_EQ(canonical(text), text.str());
  EXPECT_EQ(canonical("((a)) + ((b))"), "a + b");
  EXPECT_EQ(canonical("(a - b) - c"), "a - b - c");
  EXPECT_EQ(canonical("a - (b - c)"), "a - (b - c)");
  EXPECT_EQ(canonical("(50 %) - 3"), "(50 %) - 3");
  EXPECT_EQ(canonical("50 % - 3"), "50 % -3");
  EXPECT_EQ(canonical("f(1, 2,)"), "f(1, 2)");
}

TEST(ParserTest, Numbers) {
  ParsedExpression integer("10_000");
  EXPECT_EQ(llvm::cast<ast::IntegerLiteral>(*integer.get()).value(), 10000);
  ParsedExpression largest("9223372036854775807");
  EXPECT_EQ(llvm::cast<ast::IntegerLiteral>(*largest.get()).value(), INT64_MAX);
  ParsedExpression real("2e-3");
  auto &literal = llvm::cast<ast::RealLiteral>(*real.get());
  EXPECT_EQ(literal.value(), 0.002);
  EXPECT_EQ(literal.number.text, "2e-3");
  ASSERT_TRUE(literal.number.exact);
  EXPECT_EQ(*literal.number.exact, (Rational{1, 500}));
}

TEST(ParserTest, Quantities) {
  ParsedExpression time("0.5 ms");
  auto &quantity = llvm::cast<ast::Quantity>(*time.get());
  EXPECT_EQ(quantity.dimension(), Dimension::Time);
  EXPECT_EQ(toBase(quantity.number, *quantity.unit).value, 500'000'000);
  EXPECT_EQ(time.sources.text(quantity.unitName.range), "ms");
  ParsedExpression epoch("1 epoch of 10_000 images");
  auto &train = llvm::cast<ast::Quantity>(*epoch.get());
  ASSERT_TRUE(train.of);
  EXPECT_EQ(llvm::cast<ast::Quantity>(*train.of).dimension(),
            Dimension::Images);
  ParsedExpression percent("50 % + 1");
  auto &sum = llvm::cast<ast::Binary>(*percent.get());
  EXPECT_TRUE(llvm::isa<ast::Quantity>(*sum.left));
  ParsedExpression remainder("50 % n");
  EXPECT_EQ(llvm::cast<ast::Binary>(*remainder.get()).op,
            ast::BinaryOperator::Remainder);
}

TEST(ParserTest, WordsWithAMeaningInSomePlacesAreNamesElsewhere) {
  EXPECT_EQ(canonical("step + log * points - linear / on % of"),
            "step + log * points - linear / on % of");
  expectRoundTrip("search { step = 3; of = log; on { points = 1; } }");
  expectRoundTrip("search { network = 3; network { points = network; } }");
  expectRoundTrip("block network(network) { return network; }");
  expectRoundTrip("space s { choice step in 1..9 step 2 when step == 3; }");
}

TEST(ParserTest, Items) {
  auto import = Parsed("import \"devices/host.nas\";");
  EXPECT_EQ(only<ast::Import>(import).path->value, "devices/host.nas");

  Parsed dataset("dataset d = raw(\"a\", 3, x = 1) { element = int8; }");
  auto &data = only<ast::Dataset>(dataset);
  EXPECT_EQ(data.name.text, "d");
  EXPECT_EQ(data.source->arguments.size(), 3u);
  EXPECT_EQ(data.entries.size(), 1u);
  EXPECT_EQ(
      only<ast::Dataset>(Parsed("dataset d = idx(\"a\");")).entries.size(), 0u);

  Parsed network("network n = onnx(\"a.onnx\") { data = d; }");
  auto &trained = only<ast::Network>(network);
  EXPECT_EQ(trained.name.text, "n");
  EXPECT_EQ(trained.source->arguments.size(), 1u);
  EXPECT_EQ(trained.entries.size(), 1u);
  EXPECT_EQ(network.sources.text(trained.getRange()),
            "network n = onnx(\"a.onnx\") { data = d; }");

  Parsed device(
      "device d { clock = 480 MHz; precision int8 { conv2d { code = 1 B; } "
      "table latency \"f.csv\"; } }");
  auto &board = only<ast::Device>(device);
  ASSERT_EQ(board.entries.size(), 2u);
  EXPECT_TRUE(llvm::isa<ast::Setting>(*board.entries[0]));
  auto &precision = llvm::cast<ast::Section>(*board.entries[1]);
  EXPECT_EQ(precision.label->text, "int8");
  ASSERT_EQ(precision.entries.size(), 2u);
  EXPECT_TRUE(llvm::isa<ast::Section>(*precision.entries[0]));
  EXPECT_EQ(llvm::cast<ast::Table>(*precision.entries[1]).metric.text,
            "latency");

  Parsed block("block b(x, y: tensor, n: int = 3, op: operation = identity, "
               "flag: bool = true, z = 1) { return x; }");
  auto &parameters = only<ast::Block>(block).parameters;
  ASSERT_EQ(parameters.size(), 6u);
  EXPECT_FALSE(parameters[0].type);
  EXPECT_FALSE(llvm::cast<ast::TensorType>(*parameters[1].type).hasShape);
  EXPECT_EQ(llvm::cast<ast::NamedType>(*parameters[2].type).name.text, "int");
  EXPECT_TRUE(parameters[2].defaultValue);
  EXPECT_EQ(parameters[5].name.text, "z");
  EXPECT_FALSE(parameters[5].type);

  Parsed search("search { maximize accuracy; minimize latency on h; prune; "
                "prune { timeout = 30 s; } seed = 1; }");
  auto &entries = only<ast::Search>(search).entries;
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_TRUE(llvm::cast<ast::Objective>(*entries[0]).maximize);
  auto &latency = llvm::cast<ast::Objective>(*entries[1]);
  EXPECT_EQ(llvm::cast<ast::MetricOnDevice>(*latency.metric).device.text, "h");
  EXPECT_FALSE(llvm::cast<ast::Section>(*entries[2]).hasBody);

  Parsed deploy("deploy { h { precision = int8; emit = [cost, object]; } }");
  EXPECT_EQ(only<ast::Deploy>(deploy).entries.size(), 1u);
}

TEST(ParserTest, Spaces) {
  Parsed full(
      "space s(image: fashion.image) -> fashion.label { return image; }");
  auto &space = only<ast::Space>(full);
  EXPECT_TRUE(space.hasParameters);
  EXPECT_EQ(llvm::cast<ast::MemberType>(*space.result).member.text, "label");
  Parsed shaped("space s(image: tensor[96, 96, 3]) -> classes(2) { }");
  auto &parameter = only<ast::Space>(shaped).parameters.front();
  EXPECT_EQ(llvm::cast<ast::TensorType>(*parameter.type).shape.size(), 3u);
  EXPECT_TRUE(llvm::isa<ast::ClassesType>(*only<ast::Space>(shaped).result));
  Parsed bare("space s { choice a in 1..2; }");
  EXPECT_FALSE(only<ast::Space>(bare).hasParameters);
  EXPECT_FALSE(only<ast::Space>(bare).result);
}

TEST(ParserTest, Choices) {
  Parsed parsed("space s {\n"
                "  choice a in {8, 16, separable, true};\n"
                "  choice b in 2..6;\n"
                "  choice c in 8..64 step 8 when a == 8;\n"
                "  choice d in 1e-4..1e-1 log points 25;\n"
                "  choice e in 0.0..n - 1 linear;\n"
                "  choice f in {};\n"
                "}");
  EXPECT_EQ(parsed.rendered(), "");
  auto &list = only<ast::Space>(parsed).body.statements;
  ASSERT_EQ(list.size(), 6u);
  auto domain = [&](size_t i) -> const ast::Domain & {
    return *llvm::cast<ast::Choice>(*list[i]).domain;
  };
  EXPECT_EQ(llvm::cast<ast::SetDomain>(domain(0)).values.size(), 4u);
  EXPECT_EQ(llvm::cast<ast::RangeDomain>(domain(1)).scale,
            ast::RangeScale::Unspecified);
  EXPECT_TRUE(llvm::cast<ast::RangeDomain>(domain(2)).step);
  EXPECT_TRUE(llvm::cast<ast::Choice>(*list[2]).when);
  EXPECT_EQ(llvm::cast<ast::RangeDomain>(domain(3)).scale,
            ast::RangeScale::Log);
  EXPECT_TRUE(llvm::cast<ast::RangeDomain>(domain(3)).points);
  EXPECT_EQ(llvm::cast<ast::RangeDomain>(domain(4)).scale,
            ast::RangeScale::Linear);
  EXPECT_TRUE(llvm::cast<ast::SetDomain>(domain(5)).values.empty());
}

TEST(ParserTest, Statements) {
  Parsed parsed(
      "block b(x) {\n"
      "  let a = 1; var y = x; y = relu(y);\n"
      "  repeat i in 1..3 { y = relu(y); }\n"
      "  if a { y = x; } else if b { y = x; } else { y = x; }\n"
      "  match a { 3 => { y = x; } 4, 5 => y = relu(x), 6 => return y,\n"
      "            else => { } }\n"
      "  block inner(z) { return z; }\n"
      "  return y;\n"
      "}");
  EXPECT_EQ(parsed.rendered(), "");
  auto &list = only<ast::Block>(parsed).body.statements;
  ASSERT_EQ(list.size(), 8u);
  EXPECT_FALSE(llvm::cast<ast::Let>(*list[0]).isVariable);
  EXPECT_TRUE(llvm::cast<ast::Let>(*list[1]).isVariable);
  EXPECT_EQ(llvm::cast<ast::Assignment>(*list[2]).name.text, "y");
  EXPECT_EQ(llvm::cast<ast::Repeat>(*list[3]).binder.variable.text, "i");
  auto &branch = llvm::cast<ast::If>(*list[4]);
  EXPECT_EQ(branch.arms.size(), 2u);
  EXPECT_TRUE(branch.otherwise.has_value());
  auto &match = llvm::cast<ast::MatchStatement>(*list[5]);
  ASSERT_EQ(match.arms.size(), 4u);
  EXPECT_EQ(match.arms[1].patterns.size(), 2u);
  EXPECT_EQ(match.arms[1].body.statements.size(), 1u);
  EXPECT_TRUE(llvm::isa<ast::Return>(*match.arms[2].body.statements.front()));
  EXPECT_TRUE(match.arms[3].isElse());
  EXPECT_TRUE(llvm::isa<ast::LocalBlock>(*list[6]));
  EXPECT_TRUE(llvm::isa<ast::Return>(*list[7]));
}

TEST(ParserTest, Limits) {
  Parsed parsed(
      "limits {\n"
      "  ram on h <= 32 KiB;\n"
      "  forall i in 2..depth: width[i] >= width[i - 1];\n"
      "  if depth > 4 { stem <= 16; } else if a { b; } else { c; d; }\n"
      "}");
  EXPECT_EQ(parsed.rendered(), "");
  auto &list = only<ast::Limits>(parsed).limits;
  ASSERT_EQ(list.size(), 3u);
  auto &first = llvm::cast<ast::ExpressionLimit>(*list[0]);
  EXPECT_EQ(ast::toString(*first.condition), "ram on h <= 32 KiB");
  auto &second = llvm::cast<ast::ExpressionLimit>(*list[1]);
  EXPECT_TRUE(llvm::isa<ast::ForAll>(*second.condition));
  auto &third = llvm::cast<ast::ConditionalLimit>(*list[2]);
  EXPECT_EQ(third.arms.size(), 2u);
  EXPECT_EQ(third.otherwise.size(), 2u);
}

TEST(ParserTest, RoundTripOfAFile) {
  expectRoundTrip(R"(/* a
  comment */ import "devices/host.nas"; // ü
dataset fashion = idx("/data") { normalize = { mean: 0.286 }; }
network a = onnx("a.onnx") { data = fashion; }
network network = onnx("b.onnx");
device h { precision int8 { conv2d { overhead = 900 cycles; } } }
block f(x, filters: int) { return x |> conv2d(filters, 3) |> relu; }
space s(image: fashion.image) -> fashion.label {
  choice depth in 2..6;
  block cell(x) { choice k in {3, 5}; return x |> f(k); }
  var x = image;
  repeat i in 1..depth {
    if i % 2 == 0 { x = cell(x); } else { choice w in 1..3 when depth > 3; }
    match depth { 3 => x = relu(x), else => { } }
  }
  return x |> dense(if depth > 3 then 1 else 2);
}
limits { if depth > 4 { stem <= 16; } macs <= 10_000; }
search { minimize latency on h; evolve { train = 1 epoch of 100 images; } }
deploy { h { emit = [cost]; } }
)");
}

TEST(ParserTest, CanonicalText) {
  expectRoundTrip("space s{choice a in{1,2};if a==1{let b=2;}}",
                  "space s {\n"
                  "  choice a in {1, 2};\n"
                  "  if a == 1 {\n"
                  "    let b = 2;\n"
                  "  }\n"
                  "}\n");
}

TEST(ParserTest, RangesCoverWhatWasWritten) {
  Parsed parsed("space s { choice width in {8, 16} when a > 3; }");
  auto &choice = llvm::cast<ast::Choice>(
      *only<ast::Space>(parsed).body.statements.front());
  auto text = [&](SourceRange range) { return parsed.sources.text(range); };
  EXPECT_EQ(text(choice.getRange()), "choice width in {8, 16} when a > 3;");
  EXPECT_EQ(text(choice.name.range), "width");
  EXPECT_EQ(text(choice.domain->getRange()), "{8, 16}");
  EXPECT_EQ(text(choice.when->getRange()), "a > 3");
  EXPECT_EQ(text(llvm::cast<ast::Binary>(*choice.when).operatorRange), ">");
}

TEST(ParserTest, ByteOrderMarkAndLineEnds) {
  Parsed parsed("\xEF\xBB\xBFspace s {\r\n  choice a in 1..2;\r\n}\r\n");
  EXPECT_EQ(parsed.rendered(), "");
  EXPECT_EQ(only<ast::Space>(parsed).name.text, "s");
}

TEST(ParserTest, EveryKindHasAName) {
  for (unsigned kind = 0;
       kind <= static_cast<unsigned>(ast::NodeKind::LastItem); ++kind)
    EXPECT_FALSE(ast::kindName(static_cast<ast::NodeKind>(kind)).empty());
}
