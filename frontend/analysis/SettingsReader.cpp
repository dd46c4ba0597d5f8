//===- SettingsReader.cpp - Reads the settings between braces -------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/analysis/SettingsReader.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

#include <cmath>

using namespace nasc;
using llvm::cast;
using llvm::dyn_cast;
using llvm::isa;

/// Whole numbers without a point.
static std::string numberText(double number) {
  const bool isWhole = number == std::floor(number) && std::abs(number) < 1e15;
  return isWhole ? std::to_string(static_cast<int64_t>(number))
                 : formatReal(number);
}

/// "at least 1": the bound that `number` breaks.
static std::string boundText(double number, double least, double most) {
  if (number < least)
    return least == aboveZero ? "greater than 0"
                              : "at least " + numberText(least);
  return most == belowOne ? "less than 1" : "at most " + numberText(most);
}

SettingsReader::SettingsReader(
    SemanticAnalyzer &analyzer,
    const std::vector<ast::ConfigurationPtr> &entries, std::string owner)
    : analyzer(analyzer), entries(entries), owner(std::move(owner)) {}

const ast::Setting *SettingsReader::take(llvm::StringRef name) {
  known.push_back(name);
  const ast::Setting *first = nullptr;
  for (const ast::ConfigurationPtr &entry : entries) {
    const auto *setting = dyn_cast<ast::Setting>(entry.get());
    if (!setting || setting->name.text != name)
      continue;
    if (first)
      report(Diag::NAS4102, setting->name.range, "'", name,
             "' is set twice in ", owner)
          .note(first->name.range, "it is set here first");
    else
      first = setting;
  }
  return first;
}

const ast::Setting *SettingsReader::refuse(llvm::StringRef name) {
  refused.push_back(name);
  for (const ast::ConfigurationPtr &entry : entries)
    if (const auto *setting = dyn_cast<ast::Setting>(entry.get());
        setting && setting->name.text == name)
      return setting;
  return nullptr;
}

/// Rounds a fraction up, times a scale.
static std::optional<int64_t> scaled(const Constant &constant, int64_t scale) {
  if (!constant.exact) {
    double value = std::ceil(constant.real * static_cast<double>(scale));
    if (!(std::abs(value) < 9e18))
      return std::nullopt;
    return static_cast<int64_t>(value);
  }
  std::optional<Rational> value = multiply(*constant.exact, Rational{scale, 1});
  if (!value)
    return std::nullopt;
  return value->ceil();
}

std::optional<int64_t> SettingsReader::quantity(llvm::StringRef name,
                                                Dimension dimension,
                                                int64_t least, int64_t scale) {
  const ast::Setting *setting = take(name);
  if (!setting)
    return std::nullopt;
  std::string what = "'" + name.str() + "'";
  std::optional<Constant> constant =
      analyzer.checkConstant(*setting->value, Type::quantity(dimension), what);
  if (!constant)
    return std::nullopt;
  std::optional<int64_t> value = scaled(*constant, scale);
  if (!value) {
    report(Diag::NAS1016, setting->value->getRange(), what, " is too large");
    return std::nullopt;
  }
  if (*value < least) {
    report(Diag::NAS1025, setting->value->getRange(), what, " must be ",
           least == 1 ? "greater than 0" : "at least 0", ", but is ",
           constant->str());
    return std::nullopt;
  }
  return value;
}

std::optional<int64_t> SettingsReader::scaledNumber(llvm::StringRef name,
                                                    int64_t scale,
                                                    Dimension unit) {
  const ast::Setting *setting = take(name);
  if (!setting)
    return std::nullopt;
  std::string what = "'" + name.str() + "'";
  const auto *written = dyn_cast<ast::Quantity>(setting->value.get());
  bool hasUnit =
      written && unit != Dimension::None && written->dimension() == unit;
  std::optional<Constant> constant = analyzer.checkConstant(
      *setting->value, hasUnit ? Type::quantity(unit) : Type(TypeKind::Real),
      what);
  if (!constant)
    return std::nullopt;
  std::optional<int64_t> value = scaled(*constant, scale);
  if (!value || *value < 0) {
    report(Diag::NAS1025, setting->value->getRange(), what,
           value ? " must be at least 0" : " is too large", ", but is ",
           constant->str());
    return std::nullopt;
  }
  return value;
}

std::optional<int64_t> SettingsReader::integerValue(const ast::Expr &value,
                                                    llvm::StringRef what,
                                                    int64_t least, int64_t most,
                                                    Dimension noun) {
  Type type = analyzer.checkExpr(value);
  if (type.isError())
    return std::nullopt;
  const ExpressionInfo info = analyzer.program.info(value);
  bool counted = noun != Dimension::None && type == Type::quantity(noun);
  if (!type.isInteger() && !counted) {
    if (type.isQuantity() && noun != Dimension::None)
      analyzer.reportTypeMismatch(value.getRange(), type, Type::quantity(noun),
                                  what);
    else
      analyzer.reportTypeMismatch(value.getRange(), type, TypeKind::Integer,
                                  what);
    return std::nullopt;
  }
  if (!info.constant) {
    report(Diag::NAS1019, value.getRange(), what,
           " must be known before the search");
    return std::nullopt;
  }
  if (counted && !(info.constant->exact && info.constant->exact->isInteger())) {
    report(Diag::NAS1006, value.getRange(), what, " must be a whole number");
    return std::nullopt;
  }
  int64_t number =
      counted ? info.constant->exact->numerator : info.constant->integer;
  if (number < least || number > most) {
    DiagnosticBuilder builder =
        report(Diag::NAS1025, value.getRange(), what, " must be ",
               number < least ? "at least " : "at most ",
               number < least ? least : most, ", but is ", number);
    return std::nullopt;
  }
  return number;
}

std::optional<int64_t> SettingsReader::integer(llvm::StringRef name,
                                               int64_t least, int64_t most,
                                               Dimension noun) {
  const ast::Setting *setting = take(name);
  if (!setting)
    return std::nullopt;
  return integerValue(*setting->value, "'" + name.str() + "'", least, most,
                      noun);
}

std::optional<double> SettingsReader::realValue(const ast::Expr &value,
                                                llvm::StringRef what,
                                                double least, double most) {
  std::optional<Constant> constant =
      analyzer.checkConstant(value, TypeKind::Real, what);
  if (!constant)
    return std::nullopt;
  double number = constant->toDouble();
  if (number < least || number > most) {
    report(Diag::NAS1025, value.getRange(), what, " must be ",
           boundText(number, least, most), ", but is ", constant->str());
    return std::nullopt;
  }
  return number;
}

std::optional<double> SettingsReader::real(llvm::StringRef name, double least,
                                           double most) {
  const ast::Setting *setting = take(name);
  if (!setting)
    return std::nullopt;
  return realValue(*setting->value, "'" + name.str() + "'", least, most);
}

std::optional<double> SettingsReader::seconds(llvm::StringRef name) {
  const ast::Setting *setting = take(name);
  if (!setting)
    return std::nullopt;
  std::string what = "'" + name.str() + "'";
  std::optional<Constant> constant = analyzer.checkConstant(
      *setting->value, Type::quantity(Dimension::Time), what);
  if (!constant)
    return std::nullopt;
  if (constant->real <= 0) {
    report(Diag::NAS1025, setting->value->getRange(), what,
           " must be greater than 0, but is ", constant->str());
    return std::nullopt;
  }
  return constant->real * 1e-12;
}

std::optional<std::string> SettingsReader::string(llvm::StringRef name) {
  const ast::Setting *setting = take(name);
  if (!setting)
    return std::nullopt;
  std::optional<Constant> constant = analyzer.checkConstant(
      *setting->value, TypeKind::String, "'" + name.str() + "'");
  if (!constant)
    return std::nullopt;
  return constant->string;
}

std::optional<std::string>
SettingsReader::wordValue(const ast::Expr &value, llvm::StringRef what,
                          llvm::ArrayRef<llvm::StringRef> allowed) {
  const auto *name = dyn_cast<ast::NameReference>(&value);
  if (!name) {
    if (!isa<ast::Call>(value) && analyzer.checkExpr(value).isError())
      return std::nullopt;
    report(Diag::NAS4103, value.getRange(), what, " must be one of ",
           llvm::join(allowed, ", "));
    return std::nullopt;
  }
  analyzer.program.expressions[&value] = {TypeKind::Word, std::nullopt,
                                          nullptr};
  if (llvm::is_contained(allowed, llvm::StringRef(name->name.text)))
    return name->name.text;
  report(Diag::NAS4103, value.getRange(), what, " cannot be '", name->name.text,
         "'")
      .suggest(name->name.text, allowed)
      .help("it is one of ", llvm::join(allowed, ", "));
  return std::nullopt;
}

std::optional<std::string>
SettingsReader::word(llvm::StringRef name,
                     llvm::ArrayRef<llvm::StringRef> allowed) {
  const ast::Setting *setting = take(name);
  if (!setting)
    return std::nullopt;
  return wordValue(*setting->value, "'" + name.str() + "'", allowed);
}

std::vector<std::string>
SettingsReader::words(llvm::StringRef name,
                      llvm::ArrayRef<llvm::StringRef> allowed) {
  const ast::Setting *setting = take(name);
  std::vector<std::string> result;
  if (!setting)
    return result;
  std::string what = "'" + name.str() + "'";
  auto add = [&](const ast::Expr &value) {
    std::optional<std::string> one = wordValue(value, what, allowed);
    if (!one)
      return;
    if (llvm::is_contained(result, *one))
      report(Diag::NAS4102, value.getRange(), "'", *one, "' is given twice");
    else
      result.push_back(*one);
  };
  if (const auto *list = dyn_cast<ast::List>(setting->value.get())) {
    for (const ast::ExprPtr &element : list->elements)
      add(*element);
  } else {
    add(*setting->value);
  }
  return result;
}

std::vector<std::string> SettingsReader::strings(llvm::StringRef name) {
  const ast::Setting *setting = take(name);
  std::vector<std::string> result;
  if (!setting)
    return result;
  const auto *list = dyn_cast<ast::List>(setting->value.get());
  std::string what = "'" + name.str() + "'";
  auto add = [&](const ast::Expr &value) {
    if (std::optional<Constant> one =
            analyzer.checkConstant(value, TypeKind::String, what))
      result.push_back(one->string);
  };
  if (list)
    for (const ast::ExprPtr &element : list->elements)
      add(*element);
  else
    add(*setting->value);
  return result;
}

HyperParameter SettingsReader::hyperParameterValue(const ast::Expr &value,
                                                   llvm::StringRef what,
                                                   double least, double most,
                                                   bool integer) {
  HyperParameter result;
  result.range = value.getRange();
  auto reportBounds = [&](double number) {
    report(Diag::NAS1025, value.getRange(), what, " must be ",
           boundText(number, least, most), ", but ",
           result.choice ? "can be " : "is ", numberText(number));
  };
  // The choices of the space are in reach by their names.
  if (const auto *name = dyn_cast<ast::NameReference>(&value)) {
    const ExpandedChoice *expanded =
        analyzer.program.expanded.find(name->name.text);
    if (expanded) {
      const Symbol *choice = expanded->choice;
      const_cast<Symbol *>(choice)->used = true;
      analyzer.program.expressions[&value] = {choice->type, std::nullopt,
                                              choice};
      if (integer ? !choice->type.isInteger() : !choice->type.isNumber()) {
        analyzer.reportTypeMismatch(
            value.getRange(), choice->type,
            integer ? TypeKind::Integer : TypeKind::Real, what);
        return result;
      }
      result.choice = choice;
      std::vector<double> values = choice->domain.reals;
      for (int64_t one : choice->domain.integers)
        values.push_back(static_cast<double>(one));
      for (double one : values)
        if (one < least || one > most) {
          reportBounds(one);
          break;
        }
      return result;
    }
    if (!analyzer.lookup(name->name.text)) {
      if (!analyzer.program.expanded.complete)
        return result;
      std::vector<llvm::StringRef> names;
      for (const ExpandedChoice &choice : analyzer.program.expanded.choices)
        names.push_back(choice.name);
      report(Diag::NAS1002, value.getRange(), "unknown name '", name->name.text,
             "'")
          .suggest(name->name.text, names)
          .help(what, " is a number or the name of a choice of the space");
      return result;
    }
  }
  std::optional<Constant> constant = analyzer.checkConstant(
      value, integer ? TypeKind::Integer : TypeKind::Real, what);
  if (!constant)
    return result;
  if (double number = constant->toDouble(); number < least || number > most) {
    reportBounds(number);
    return result;
  }
  result.constant = constant;
  return result;
}

HyperParameter SettingsReader::hyperParameter(llvm::StringRef name,
                                              double least, double most,
                                              bool integer) {
  const ast::Setting *setting = take(name);
  if (!setting)
    return {};
  return hyperParameterValue(*setting->value, "'" + name.str() + "'", least,
                             most, integer);
}

void SettingsReader::finish(llvm::ArrayRef<llvm::StringRef> others) {
  std::vector<llvm::StringRef> candidates = known;
  candidates.insert(candidates.end(), others.begin(), others.end());
  for (const ast::ConfigurationPtr &entry : entries) {
    const auto *setting = dyn_cast<ast::Setting>(entry.get());
    if (!setting ||
        llvm::is_contained(known, llvm::StringRef(setting->name.text)) ||
        llvm::is_contained(refused, llvm::StringRef(setting->name.text)))
      continue;
    if (llvm::is_contained(others, llvm::StringRef(setting->name.text))) {
      report(Diag::NAS4101, setting->name.range, "'", setting->name.text,
             "' is a section of ", owner, " and has no value")
          .help("write '", setting->name.text, " { … }'");
      continue;
    }
    DiagnosticBuilder builder =
        report(Diag::NAS4101, setting->name.range, owner, " has no setting '",
               setting->name.text, "'");
    builder.suggest(setting->name.text, candidates);
    if (!candidates.empty())
      builder.help("its settings are ", llvm::join(candidates, ", "));
  }
}
