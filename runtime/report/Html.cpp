//===- Html.cpp -----------------------------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Html.h"

#include "dialects/support/Text.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

using namespace nasc::report;
using llvm::StringRef;

//===----------------------------------------------------------------------===//
// Escaping
//===----------------------------------------------------------------------===//

std::string nasc::report::escape(StringRef text) {
  std::string valid = llvm::json::fixUTF8(text), escaped;
  escaped.reserve(valid.size() + valid.size() / 8);
  for (char c : valid)
    switch (c) {
    case '&':
      escaped += "&amp;";
      break;
    case '<':
      escaped += "&lt;";
      break;
    case '>':
      escaped += "&gt;";
      break;
    case '"':
      escaped += "&quot;";
      break;
    case '\'':
      escaped += "&#39;";
      break;
    default:
      if (static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t')
        escaped += c;
    }
  return escaped;
}

std::string nasc::report::relativeLink(StringRef path) {
  if (path.starts_with("/") || path.contains(".."))
    return "";
  std::string link;
  for (unsigned char byte : path)
    if (llvm::isAlnum(byte) || StringRef("/._-").contains(byte))
      link += static_cast<char>(byte);
    else
      link += {'%', llvm::hexdigit(byte >> 4), llvm::hexdigit(byte & 15)};
  return link;
}

std::string nasc::report::escapeScript(StringRef json) {
  // "</script>" and "<!--" would end or change the script element; within JSON
  // a '<' is always within a string.
  std::string escaped;
  escaped.reserve(json.size() + 64);
  for (char c : json)
    if (c == '<')
      escaped += "\\u003c";
    else
      escaped += c;
  return escaped;
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

static std::string format(const char *pattern, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), pattern, value);
  return buffer;
}

std::string nasc::report::jsonNumber(double value) {
  if (!std::isfinite(value))
    return "null";
  char buffer[64];
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(buffer, sizeof(buffer), "%.*g", digits, value);
    if (std::strtod(buffer, nullptr) == value)
      break;
  }
  return buffer;
}

/// Three significant digits, without an exponent: 1.23, 12.3, 123.
static std::string threeDigits(double value) {
  double size = std::fabs(value);
  std::string digits = format(size < 9.995   ? "%.2f"
                              : size < 99.95 ? "%.1f"
                                             : "%.0f",
                              value);
  if (digits.find('.') != std::string::npos) {
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.')
      digits.pop_back();
  }
  return digits;
}

namespace {
struct Scale {
  double factor;
  const char *name;
};
} // namespace

/// In the largest unit of which there is at least one.
static std::string scaled(double value, llvm::ArrayRef<Scale> scales) {
  if (value == 0)
    return std::string("0 ") + scales.front().name;
  const Scale *chosen = &scales.back();
  for (const Scale &scale : scales)
    // Already what would be written as 1000 of a smaller unit.
    if (std::fabs(value) >= scale.factor * 0.9995) {
      chosen = &scale;
      break;
    }
  return threeDigits(value / chosen->factor) + " " + chosen->name;
}

/// " × 10" with an exponent.
static std::string powerOfTen(StringRef exponent) {
  static const char *const digits[] = {"\u2070", "\u00b9", "\u00b2", "\u00b3",
                                       "\u2074", "\u2075", "\u2076", "\u2077",
                                       "\u2078", "\u2079"};
  std::string text = "\u00a0\u00d7\u00a010";
  for (char c : exponent)
    text += c == '-' ? "\u207b" : digits[c - '0'];
  return text;
}

std::string nasc::report::percentDigits(double share) {
  std::string text = format("%.3g", 100 * share);
  return share < 1 && text == "100" ? "> 99.9" : text;
}

static const char unknownText[] = "\u2013";

std::string nasc::report::humanNumber(double value, Unit unit) {
  if (std::isnan(value))
    return unknownText;
  if (std::isinf(value))
    return value > 0 ? "\u221e" : "-\u221e";
  switch (unit) {
  case Unit::Count:
    if (std::fabs(value) < 1e6)
      return groupDigits(format("%.0f", value));
    return scaled(value, {{1e12, "T"}, {1e9, "G"}, {1e6, "M"}});
  case Unit::Bytes:
    if (std::fabs(value) < 1024)
      return format("%.0f B", value);
    return scaled(
        value,
        {{1024. * 1024 * 1024, "GiB"}, {1024. * 1024, "MiB"}, {1024, "KiB"}});
  case Unit::Seconds:
    if (std::fabs(value) >= 100)
      return duration(value);
    return scaled(value, {{1, "s"},
                          {1e-3, "ms"},
                          {1e-6, "\u00b5s"},
                          {1e-9, "ns"},
                          {1e-12, "ps"}});
  case Unit::Joules:
    return scaled(value, {{1, "J"},
                          {1e-3, "mJ"},
                          {1e-6, "\u00b5J"},
                          {1e-9, "nJ"},
                          {1e-12, "pJ"}});
  case Unit::Fraction:
    return format("%.2f\u00a0%%", 100 * value);
  case Unit::Number: {
    std::string text = format("%.4g", value);
    size_t exponent = text.find('e');
    if (exponent == std::string::npos)
      return text;
    return text.substr(0, exponent) +
           powerOfTen(std::to_string(std::atoi(text.c_str() + exponent + 1)));
  }
  }
  return unknownText;
}

std::string nasc::report::exactNumber(double value, Unit unit) {
  if (!std::isfinite(value))
    return humanNumber(value, unit);
  switch (unit) {
  case Unit::Count:
    return groupDigits(format("%.0f", value));
  case Unit::Bytes:
    return groupDigits(format("%.0f", value)) + " bytes";
  case Unit::Seconds:
    return jsonNumber(value) + " s";
  case Unit::Joules:
    return jsonNumber(value) + " J";
  case Unit::Fraction:
  case Unit::Number:
    return jsonNumber(value);
  }
  return "";
}

std::string nasc::report::numberSpan(double value, Unit unit) {
  if (std::isnan(value))
    return std::string("<span class=\"unknown\">") + unknownText + "</span>";
  return "<span title=\"" + escape(exactNumber(value, unit)) + "\">" +
         escape(humanNumber(value, unit)) + "</span>";
}

std::string nasc::report::duration(double seconds) {
  if (!(seconds >= 100))
    return humanNumber(seconds, Unit::Seconds);
  auto whole = static_cast<int64_t>(std::llround(std::min(seconds, 1e15)));
  int64_t hours = whole / 3600, minutes = whole / 60 % 60;
  if (hours)
    return std::to_string(hours) + " h " + std::to_string(minutes) + " min";
  return std::to_string(minutes) + " min " + std::to_string(whole % 60) + " s";
}

//===----------------------------------------------------------------------===//
// Numbers of architectures
//===----------------------------------------------------------------------===//

static bool isDecimal(StringRef text) {
  return !text.empty() &&
         text.find_first_not_of("0123456789") == StringRef::npos;
}

std::string nasc::report::humanCount(StringRef decimal) {
  if (decimal.empty())
    return unknownText;
  if (!isDecimal(decimal)) {
    // An estimate may come as a floating-point number.
    double value = countValue(decimal);
    if (!std::isfinite(value) || value < 0)
      return decimal.str();
    if (value < 1e15)
      return groupDigits(format("%.0f", value));
    return humanNumber(std::strtod(format("%.2e", value).c_str(), nullptr),
                       Unit::Number);
  }
  if (decimal.size() <= 15)
    return groupDigits(decimal);
  // Cut off and not rounded: never more than it is.
  return (decimal.take_front(1) + "." + decimal.substr(1, 2)).str() +
         powerOfTen(std::to_string(decimal.size() - 1));
}

std::string nasc::report::countSpan(StringRef decimal) {
  return "<span title=\"" +
         escape(isDecimal(decimal) ? groupDigits(decimal) : decimal.str()) +
         "\">" + escape(humanCount(decimal)) + "</span>";
}

double nasc::report::countValue(StringRef decimal) {
  double value;
  // Gives true on failure.
  if (decimal.empty() || decimal.getAsDouble(value))
    return unknown;
  return value;
}

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

std::string nasc::report::metricName(StringRef name) {
  if (name == "ram" || name == "macs")
    return name == "ram" ? "RAM" : "MACs";
  return name.str();
}

std::string nasc::report::capitalised(std::string text) {
  if (!text.empty())
    text[0] = llvm::toUpper(text[0]);
  return text;
}

std::string nasc::report::metricLabel(const MetricColumn &column) {
  std::string label = metricName(column.name);
  if (column.modelled)
    label = "modelled " + label;
  if (!column.device.empty())
    label += " on " + column.device;
  return capitalised(std::move(label));
}

std::vector<std::pair<std::string, std::string>>
nasc::report::choicesOf(StringRef architecture) {
  std::vector<std::pair<std::string, std::string>> choices;
  llvm::SmallVector<StringRef, 16> parts;
  architecture.split(parts, ',', -1, /*KeepEmpty=*/false);
  for (StringRef part : parts) {
    auto [name, value] = part.split('=');
    choices.emplace_back(name.trim().str(), value.trim().str());
  }
  return choices;
}

std::string nasc::report::kindClass(StringRef kind) {
  static const std::pair<const char *, const char *> families[] = {
      {"input", "k-input"},
      {"conv2d", "k-conv"},
      {"conv1d", "k-conv"},
      {"grouped_conv2d", "k-conv"},
      {"pointwise_conv2d", "k-pointwise"},
      {"depthwise_conv2d", "k-depthwise"},
      {"dense", "k-dense"},
      {"max_pool", "k-pool"},
      {"average_pool", "k-pool"},
      {"global_average_pool", "k-pool"},
      {"add", "k-merge"},
      {"multiply", "k-merge"},
      {"concat", "k-merge"},
      // Steps of 8-bit networks.
      {"convolution", "k-conv"},
      {"pointwise convolution", "k-pointwise"},
      {"depthwise convolution", "k-depthwise"},
      {"max pool", "k-pool"},
      {"average pool", "k-pool"},
      {"mean", "k-pool"},
      {"scratch", "k-scratch"}};
  for (auto [name, family] : families)
    if (kind == name)
      return family;
  return "k-other";
}
