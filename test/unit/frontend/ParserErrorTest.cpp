//===- ParserErrorTest.cpp - Syntax errors and recovery ----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SyntaxTestSupport.h"

#include <set>

using namespace nasc;
using namespace nasc::test;

namespace {

/// A text and the codes it must give, in their order.
struct Case {
  const char *text;
  const char *codes;
};

/// `body` becomes the body of a space.
std::string inSpace(llvm::StringRef body) {
  return ("space s(x: tensor[4]) -> classes(2) {\n" + body + "\n}\n").str();
}

const Case statementCases[] = {
    {"let a = 3 @ + 4;", "NAS0010"},
    {"let a = b && c || !d;", "NAS0010 NAS0010 NAS0010"},
    {"let a = 'text';", "NAS0010"},
    {"let a = b; # comment ; }", "NAS0010"},
    {"let a = b ≤ c;", "NAS0010 NAS0020"},
    {"let a = \"text;", "NAS0011"},
    {"let a = f(\"text);", "NAS0011"},
    {"let a = \"a\\qb\";", "NAS0013"},
    {"let a = 9223372036854775808;", "NAS0014"},
    {"let a = 99999999999999999999999999 ms;", "NAS0014"},
    {"let a = 1e999;", "NAS0015"},
    {"let a = 1e-999;", "NAS0015"},
    {"let a = 1__0;", "NAS0016"},
    {"let a = 1_;", "NAS0016"},
    {"let a = 0x10;", "NAS0016"},
    {"let a = 12abc;", "NAS0016"},
    {"let a = 1e;", "NAS0016"},
    {"let a = 10 msec;", "NAS0017"},
    {"let a = 10 foo;", "NAS0017"},
    {"let a = ;", "NAS0020"},
    {"let = 3;", "NAS0020"},
    {"let repeat = 3;", "NAS0020"},
    {"let a: int = 3;", "NAS0020"},
    {"choice w {8, 16};", "NAS0020"},
    {"choice w = {8, 16};", "NAS0020"},
    {"choice w in [8, 16];", "NAS0020"},
    {"choice w in {8 16};", "NAS0020"},
    {"let a = if b then c;", "NAS0020"},
    {"let a = if b { c } else { d };", "NAS0020"},
    {"let a = b c;", "NAS0020"},
    {"let a = f(b c);", "NAS0020"},
    {"let a = [b c];", "NAS0020"},
    {"let a = { b 1 };", "NAS0020"},
    {"repeat in 1..3 { let = 3; }", "NAS0020 NAS0020"},
    {"if a + { let = 3; } else if { let = 4; }",
     "NAS0020 NAS0020 NAS0020 NAS0020"},
    {"let a = not forall i in 1..2: b;", "NAS0020"},
    {"choice a in 1..2\nlet b = 3;", "NAS0021"},
    {"let a = 3\nx = 4;", "NAS0021"},
    {"let a = b\nif a { }", "NAS0021"},
    {"return x", "NAS0021"},
    {"if a = 3 { }", "NAS0022"},
    {"choice b in 1..2 when a = 3;", "NAS0022"},
    {"let a == 3;", "NAS0022"},
    {"chioce a in {1, 2};", "NAS0024"},
    {"for i in 1..3 { }", "NAS0024"},
    {"const a = 3;", "NAS0024"},
    {"retrun x;", "NAS0024"},
    {"let rules = 3;", "NAS0025"},
    {"let a = f(b, 3;", "NAS0026"},
    {"let a = b[3;", "NAS0026"},
    {"let a = 3; )", "NAS0027"},
    {"x |> relu;", "NAS0028"},
    {"3;", "NAS0028"},
    {"width[3] = 4;", "NAS0029"},
    {"f(x) = 4;", "NAS0029"},
    {"let a = x |> 3;", "NAS0030"},
    {"let a = x |> relu + 1;", "NAS0030"},
    {"let a = x |> (y |> f);", "NAS0030"},
    {"let a = 1 < b < 3;", "NAS0031"},
    {"let a = b == not c;", "NAS0032"},
    {"let a = - not c;", "NAS0032"},
    {"let a = { b: 1, b: 2 };", "NAS0033"},
    {"let a = f(b = 1, b = 2);", "NAS0033"},
    {"let a = f(b = 1, 2);", "NAS0034"},
    {"choice a in 1..3 log linear;", "NAS0035"},
    {"choice a in 1..3 step 2 step 3;", "NAS0035"},
    {"choice a in 1..3 step 2 points 3;", "NAS0035"},
    {"let a = match b { else => 1, 2 => 3 };", "NAS0037"},
    {"match b { else => { } 2 => { } }", "NAS0037"},
    {"let a = total(i in 1..3: i);", "NAS0038"},
    {"let a = match b { };", "NAS0039"},
    {"match b { }", "NAS0039"},
    {"match b { 3 => f(x) }", "NAS0040"},
    {"let a = match b { 3 => { let c = 3; } };", "NAS0040"},
    {"let a = 3(x);", "NAS0041"},
    {"let a = (b + c) on h;", "NAS0041"},
    {"let a = match b { 3 => ), 4 => { let = 1; } };",
     "NAS0020 NAS0040 NAS0020"},
    {"let a = {1, 2};", "NAS0020"},
    {"let a = b + {", "NAS0020 NAS0026"},
    {"match b { 3 => { let = 1; } 4 + => { } else => { let = 2; } }",
     "NAS0020 NAS0020 NAS0020"},
};

const Case fileCases[] = {
    {"", "NAS0004"},
    {"  // nothing\n /* at all */ ", "NAS0004"},
    {"space s { /* choice a in 1..2; }", "NAS0026 NAS0012"},
    {"spcae s { choice a in 1..2; }", "NAS0023"},
    {"choice a in 1..2;", "NAS0023"},
    {"42 + foo;", "NAS0023"},
    {"rules { a :- b, \\+ 'c'. 0.3 :: d. { } } space s { let a = 3 }",
     "NAS0025 NAS0021"},
    {"space s { choice a in 1..2;", "NAS0026"},
    {"space s { repeat i in 1..3 { let a = 1;\nlimits { a = 3; }",
     "NAS0026 NAS0022"},
    {"space s { } }", "NAS0027"},
    {"device d { maximize accuracy; }", "NAS0036"},
    {"search { table latency \"f.csv\"; }", "NAS0036"},
    {"search { evolve { maximize accuracy; } }", "NAS0036"},
    {"deploy { precision = int8; }", "NAS0036"},
    {"dataset d = idx(\"a\") { train { a = 1; } }", "NAS0036"},
    {"network n = onnx(\"a\") { train { a = 1; } }", "NAS0036"},
    {"network n = \"a\";", "NAS0020"},
    {"network = onnx(\"a\");", "NAS0020"},
    {"space s { let = 3;\nnetwork n = onnx(\"a\");", "NAS0020 NAS0026"},
    {"device d { tbale latency \"f.csv\"; }", "NAS0036"},
    {"import devices;", "NAS0020"},
    {"import \"a.nas\"\nspace s { }", "NAS0021"},
    {"device d { clock 480 MHz; ram = 3 KiB }", "NAS0020 NAS0021"},
    {"search { maximise accuracy; }", "NAS0020"},
    {"search { search = 3; a = 1 }", "NAS0020 NAS0021"},
    {"device d { a { b = ; } c x y { d = ; } e = { f 1 }; g = ; }",
     "NAS0020 NAS0020 NAS0020 NAS0020 NAS0020"},
    {"block f(x: { let = 3; }", "NAS0020 NAS0020"},
    {"block f(x, 3) { let = 3; }", "NAS0020 NAS0020"},
    {"block (x) { let = 3; }", "NAS0020 NAS0020"},
    {"space s(x: int[3]) -> tensor(3) { }", "NAS0020 NAS0020"},
    {"space s(x: tensor[2]) => classes(2) { let = 3; }", "NAS0020 NAS0020"},
    {"limits { a = 3; b + ; if c + { d = 3; } ) choice e in 1..2; }",
     "NAS0022 NAS0020 NAS0020 NAS0022 NAS0020 NAS0020"},
    // Found by the fuzzer: two made-up brackets in one item.
    {"dataset d = idx(\"a\" { b = f(3; }", "NAS0026 NAS0026"},
    {"space \xC3\xBC { }", "NAS0010 NAS0020"},
};

/// Every way of hitting a code, for the completeness test.
std::set<std::string> hitCodes() {
  std::set<std::string> hit;
  auto add = [&](const Parsed &parsed) {
    for (const Diagnostic &each : parsed.found.diagnostics)
      hit.insert(codeName(each.code).str());
  };
  for (const Case &each : statementCases)
    add(Parsed(inSpace(each.text)));
  for (const Case &each : fileCases)
    add(Parsed(each.text));
  add(Parsed(llvm::StringRef("a\0b", 3)));
  add(Parsed(repeated("(", 300)));
  add(Parsed(inSpace("let = 3; let = 4;"), /*maxErrors=*/1));
  return hit;
}

} // namespace

TEST(ParserErrorTest, Statements) {
  for (const Case &each : statementCases) {
    // What follows must be parsed as if there were no error.
    Parsed parsed(inSpace(llvm::StringRef(each.text)) +
                  "limits { end_marker; }");
    EXPECT_EQ(parsed.codes(), each.codes) << each.text << "\n"
                                          << parsed.rendered();
    ASSERT_TRUE(parsed.file);
    ASSERT_FALSE(parsed.file->items.empty()) << each.text;
    EXPECT_EQ(parsed.file->items.back()->getKind(), ast::NodeKind::Limits)
        << each.text;
  }
}

TEST(ParserErrorTest, Files) {
  for (const Case &each : fileCases) {
    Parsed parsed(each.text);
    EXPECT_EQ(parsed.codes(), each.codes) << each.text << "\n"
                                          << parsed.rendered();
  }
}

TEST(ParserErrorTest, EveryCodeOfTheSyntaxIsHit) {
  std::set<std::string> hit = hitCodes();
  // These are hit in ImportTest and ParserLimitsTest.
  for (const char *code :
       {"NAS0001", "NAS0002", "NAS0006", "NAS0007", "NAS0008"})
    hit.insert(code);
  for (const DiagnosticInfo &info : allDiagnostics())
    EXPECT_TRUE(!info.name.starts_with("NAS0") || hit.count(info.name.str()))
        << info.name.str();
}

TEST(ParserErrorTest, SeveralErrorsInOneRunAndTheRestIsKept) {
  Parsed parsed("spcae s(x: tensor[4]) -> classes(2) {\n"
                "  choice a in {1, 2}\n"
                "  let b = f(1, 2;\n"
                "  choice c in 1..3;\n"
                "  repeat i in 1.3 { let d = ; choice e in 1..2; }\n"
                "  return x;\n"
                "}\n"
                "limits { c = 3; c <= 2; }\n");
  EXPECT_EQ(parsed.codes(), "NAS0023 NAS0021 NAS0026 NAS0020 NAS0020 NAS0022")
      << parsed.rendered();
  ASSERT_EQ(parsed.file->items.size(), 2u);
  auto &space = llvm::cast<ast::Space>(*parsed.file->items[0]);
  EXPECT_EQ(space.body.statements.size(), 4u);
  auto &limits = llvm::cast<ast::Limits>(*parsed.file->items[1]);
  EXPECT_EQ(limits.limits.size(), 1u);
}

TEST(ParserErrorTest, MessagesSayWhatWasExpectedAndFound) {
  auto first = [](llvm::StringRef text) {
    Parsed parsed(text);
    return parsed.rendered();
  };
  EXPECT_EQ(first("space s {\n  choice a in {8, 16}\n  choice b in 1..2;\n}"),
            "test.nas:2:22: error[NAS0021]: expected ';' behind '}'\n"
            "    2 |   choice a in {8, 16}\n"
            "      |                      ^\n");
  EXPECT_EQ(first("space s { let a = f(1, 2; }"),
            "test.nas:1:25: error[NAS0026]: expected ')', found ';'\n"
            "    1 | space s { let a = f(1, 2; }\n"
            "      |                         ^\n"
            "test.nas:1:20: note: to close this '('\n"
            "    1 | space s { let a = f(1, 2; }\n"
            "      |                    ^\n");
  EXPECT_EQ(first("limits { latency on h <= 20 sec; }"),
            "test.nas:1:29: error[NAS0017]: unknown unit 'sec'\n"
            "    1 | limits { latency on h <= 20 sec; }\n"
            "      |                             ^~~\n"
            "  help: did you mean 's'?\n");
  EXPECT_EQ(first("serach { seed = 1; }"),
            "test.nas:1:1: error[NAS0023]: unknown item 'serach'\n"
            "    1 | serach { seed = 1; }\n"
            "      | ^~~~~~\n"
            "  help: did you mean 'search'?\n");
  EXPECT_EQ(first("space s { let in = 3; }"),
            "test.nas:1:15: error[NAS0020]: expected a name, found the keyword "
            "'in'\n"
            "    1 | space s { let in = 3; }\n"
            "      |               ^~\n"
            "  help: 'in' is a word of the language and cannot be a name\n");
}

TEST(ParserErrorTest, TheNumberOfErrorsIsBounded) {
  Parsed parsed(inSpace(repeated("let = 3;\n", 1000)));
  EXPECT_EQ(parsed.found.diagnostics.size(), 51u);
  EXPECT_EQ(parsed.found.diagnostics.back().code, Diag::NAS0099);
}

TEST(ParserErrorTest, BinaryAndForeignEncodings) {
  EXPECT_EQ(Parsed(llvm::StringRef("\x7F"
                                   "ELF\0\0\1",
                                   7))
                .codes(),
            "NAS0003");
  Parsed latin1("space s { } // caf\xE9\n");
  EXPECT_EQ(latin1.codes(), "NAS0003");
  EXPECT_NE(latin1.rendered().find("line 1, column 19"), std::string::npos)
      << latin1.rendered();
  EXPECT_FALSE(latin1.file);
}
