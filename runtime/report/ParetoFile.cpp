//===- ParetoFile.cpp - pareto.json ---------------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Html.h"
#include "runtime/report/Report.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/JSON.h"

#include <cmath>

using namespace nasc::report;
using llvm::StringRef;

static const char *unitSymbol(Unit unit) {
  switch (unit) {
  case Unit::Bytes:
    return "B";
  case Unit::Seconds:
    return "s";
  case Unit::Joules:
    return "J";
  case Unit::Fraction:
    return "1";
  case Unit::Count:
  case Unit::Number:
    break;
  }
  return "";
}

namespace {

/// Writes the document; the members are its parts.
class Writer {
public:
  Writer(llvm::raw_ostream &os, const ReportData &data)
      : json(os, 2), data(data) {}
  void write();

private:
  void text(StringRef name, StringRef value) {
    json.attribute(name, llvm::json::fixUTF8(value));
  }
  void textOrNull(StringRef name, StringRef value) {
    if (value.empty())
      json.attribute(name, nullptr);
    else
      text(name, value);
  }
  void number(StringRef name, double value) {
    json.attributeBegin(llvm::json::fixUTF8(name));
    json.rawValue(jsonNumber(value));
    json.attributeEnd();
  }
  /// A whole number, or null.
  void whole(StringRef name, double value) {
    if (std::isnan(value))
      json.attribute(name, nullptr);
    else
      json.attribute(name, static_cast<int64_t>(value));
  }
  void metric(StringRef name, StringRef device) {
    text("metric", name);
    if (!device.empty())
      text("device", device);
  }
  void feasible();
  void architecture(StringRef architecture);
  void candidate(const CandidateReport &candidate);
  void metrics(const CandidateReport &candidate);
  void target(const TargetReport &target);
  void winner(const WinnerReport &winner);

  llvm::json::OStream json;
  const ReportData &data;
};

} // namespace

void Writer::feasible() {
  const SpaceReport &space = data.space;
  if (space.feasibleUpper.empty())
    json.attribute("feasible", nullptr);
  else if (space.feasibleLower == space.feasibleUpper)
    text("feasible", space.feasibleLower);
  else
    json.attributeObject("feasible", [&] {
      text("lower", space.feasibleLower.empty() ? "0" : space.feasibleLower);
      text("upper", space.feasibleUpper);
    });
}

/// Whether a value of a choice is written as a number in JSON already.
static bool isJsonNumber(StringRef value) {
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(value);
  if (!parsed) {
    llvm::consumeError(parsed.takeError());
    return false;
  }
  return parsed->kind() == llvm::json::Value::Number;
}

void Writer::architecture(StringRef text) {
  json.attributeObject("architecture", [&] {
    for (const auto &[name, value] : choicesOf(text)) {
      json.attributeBegin(llvm::json::fixUTF8(name));
      if (value == "true" || value == "false")
        json.value(value == "true");
      else if (isJsonNumber(value))
        json.rawValue(value);
      else
        json.value(llvm::json::fixUTF8(value));
      json.attributeEnd();
    }
  });
  this->text("text", text);
}

void Writer::metrics(const CandidateReport &candidate) {
  auto valueOf = [&](size_t column) {
    return column < candidate.values.size() ? candidate.values[column]
                                            : unknown;
  };
  // The devices of one metric stand together under its name.
  std::vector<StringRef> written;
  for (size_t i = 0; i != data.metrics.size(); ++i) {
    const MetricColumn &column = data.metrics[i];
    if (llvm::is_contained(written, column.name))
      continue;
    written.push_back(column.name);
    if (column.device.empty()) {
      number(column.name, valueOf(i));
      continue;
    }
    json.attributeObject(llvm::json::fixUTF8(column.name), [&] {
      for (size_t j = i; j != data.metrics.size(); ++j)
        if (data.metrics[j].name == column.name &&
            !data.metrics[j].device.empty())
          number(data.metrics[j].device, valueOf(j));
    });
  }
}

void Writer::candidate(const CandidateReport &candidate) {
  json.object([&] {
    architecture(candidate.architecture);
    text("stage", candidate.stage);
    json.attribute("ordinal", candidate.ordinal);
    json.attributeObject("metrics", [&] { metrics(candidate); });
  });
}

void Writer::target(const TargetReport &target) {
  json.object([&] {
    text("device", target.device);
    textOrNull("target", target.machine);
    text("precision", "int8");
    number("accuracy", target.accuracy);
    json.attribute("arena", target.memory.arena);
    whole("stack", target.stack);
    json.attribute("flash", target.networkFlash());
    whole("firmware", target.linkedFlash());
    whole("instructions", target.instructions);
    textOrNull("crc32", target.crc32);
  });
}

void Writer::winner(const WinnerReport &winner) {
  json.object([&] {
    text("name", winner.name);
    architecture(winner.architecture);
    json.attributeObject("accuracy", [&] {
      number("train", winner.trainAccuracy);
      number("validation", winner.validationAccuracy);
      number("test", winner.testAccuracy);
    });
    json.attributeArray("files", [&] {
      for (const FileReport &file : winner.files)
        json.value(llvm::json::fixUTF8(file.path));
    });
    json.attributeArray("targets", [&] {
      for (const TargetReport &each : winner.targets)
        target(each);
    });
  });
}

void Writer::write() {
  json.object([&] {
    json.attribute("schema", 1);
    text("nasc", data.nascVersion);
    text("spec", data.spec);
    text("hash", data.specHash);
    json.attributeBegin("seed");
    json.rawValue(std::to_string(data.seed));
    json.attributeEnd();
    json.attribute("threads", static_cast<int64_t>(data.threads));
    text("date", data.date);
    textOrNull("architectures", data.space.architectures);
    feasible();
    json.attributeArray("objectives", [&] {
      for (const MetricColumn &column : data.metrics)
        if (column.goal != Goal::None)
          json.object([&] {
            metric(column.name, column.device);
            json.attribute("goal", column.goal == Goal::Maximize ? "maximize"
                                                                 : "minimize");
          });
    });
    json.attributeArray("metrics", [&] {
      for (const MetricColumn &column : data.metrics)
        json.object([&] {
          metric(column.name, column.device);
          json.attribute("unit", unitSymbol(column.unit));
          json.attribute("modelled", column.modelled);
        });
    });
    json.attributeArray("limits", [&] {
      for (const LimitReport &limit : data.space.limits)
        json.object([&] {
          text("text", limit.text);
          if (limit.metric.empty())
            return;
          auto [name, device] = StringRef(limit.metric).split('@');
          metric(name, device);
          number("bound", limit.bound);
        });
    });
    json.attribute("evaluated", static_cast<int64_t>(data.candidates.size()));
    json.attributeArray("front", [&] {
      for (const CandidateReport &each : data.candidates)
        if (each.front)
          candidate(each);
    });
    json.attributeArray("winners", [&] {
      for (const WinnerReport &each : data.winners)
        winner(each);
    });
  });
}

void nasc::report::writePareto(llvm::raw_ostream &os, const ReportData &data) {
  Writer(os, data).write();
  os << "\n";
}
