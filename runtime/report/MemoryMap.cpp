//===- MemoryMap.cpp - The arena over time --------------------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A drawing (SVG) of a memory plan: time runs to the right, a step for each
// layer, addresses run upwards, and each buffer is a rectangle over the steps
// during which it lives. Where a step writes over its input, that ends in the
// middle of the step and the result begins there.
//
//===----------------------------------------------------------------------===//

#include "runtime/report/Html.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

using namespace nasc::report;
using llvm::raw_ostream;

namespace {

/// Places in the drawing.
struct Frame {
  double left = 74, top = 14, width = 900, height = 250;
  unsigned steps = 1;
  double bytes = 1;

  double x(double step) const { return left + width * step / steps; }
  double y(double address) const {
    return top + height * (1 - address / bytes);
  }
};

} // namespace

/// A coordinate, to a hundredth.
static std::string at(double value) {
  return jsonNumber(std::round(100 * value) / 100);
}

/// A round distance for some four marks over that many bytes.
static double markDistance(double bytes) {
  double distance = 1;
  while (bytes / distance > 6)
    distance *= 2;
  return distance;
}

static void writeAxes(raw_ostream &os, const Frame &frame,
                      const MemoryReport &memory) {
  double distance = markDistance(frame.bytes);
  for (double address = 0; address <= frame.bytes; address += distance)
    os << "<line class=\"grid\" x1=\"" << at(frame.left) << "\" x2=\""
       << at(frame.left + frame.width) << "\" y1=\"" << at(frame.y(address))
       << "\" y2=\"" << at(frame.y(address)) << "\"/><text class=\"tick\" "
       << "text-anchor=\"end\" x=\"" << at(frame.left - 8) << "\" y=\""
       << at(frame.y(address) + 4) << "\">"
       << escape(humanNumber(address, Unit::Bytes)) << "</text>\n";
  // Names of steps where they fit, slanted; else their numbers.
  double room = frame.width / frame.steps;
  bool names = room >= 16;
  unsigned every = names ? 1 : static_cast<unsigned>(std::ceil(22 / room));
  for (unsigned step = 0; step < frame.steps; step += every) {
    double x = frame.x(step + 0.5), y = frame.top + frame.height + 14;
    if (names)
      os << "<text class=\"tick\" text-anchor=\"end\" transform=\"translate("
         << at(x + 3) << "," << at(y) << ") rotate(-38)\">"
         << escape(memory.steps[step]) << "</text>\n";
    else
      os << "<text class=\"tick\" text-anchor=\"middle\" x=\"" << at(x)
         << "\" y=\"" << at(y) << "\">" << step << "</text>\n";
  }
}

/// The step at which most bytes of the arena are in use, and how many. Bytes
/// that are written over while they are read count once.
static std::pair<unsigned, int64_t> peakOf(const MemoryReport &memory) {
  std::pair<unsigned, int64_t> peak(0, -1);
  for (unsigned step = 0; step != memory.steps.size(); ++step) {
    std::vector<std::pair<int64_t, int64_t>> ranges;
    for (const BufferReport &buffer : memory.buffers)
      if (buffer.first <= step && step <= buffer.last)
        ranges.emplace_back(buffer.offset, buffer.offset + buffer.size);
    std::sort(ranges.begin(), ranges.end());
    int64_t live = 0, end = std::numeric_limits<int64_t>::min();
    for (auto [from, to] : ranges) {
      live += std::max<int64_t>(0, to - std::max(from, end));
      end = std::max(end, to);
    }
    if (live > peak.second)
      peak = {step, live};
  }
  return peak;
}

static void writeBuffers(raw_ostream &os, const Frame &frame,
                         const MemoryReport &memory) {
  std::vector<bool> isOverwritten(memory.buffers.size(), false);
  for (const BufferReport &buffer : memory.buffers)
    if (buffer.overwrites && *buffer.overwrites < isOverwritten.size())
      isOverwritten[*buffer.overwrites] = true;
  for (size_t index = 0; index != memory.buffers.size(); ++index) {
    const BufferReport &buffer = memory.buffers[index];
    if (buffer.size <= 0 || buffer.first > buffer.last ||
        buffer.first >= memory.steps.size())
      continue;
    double begin = buffer.first + (buffer.overwrites ? 0.5 : 0.0);
    double end = std::min(buffer.last + 1, frame.steps);
    if (isOverwritten[index] && buffer.last < frame.steps)
      end -= 0.5;
    double x = frame.x(begin) + 1;
    double width = frame.x(end) - x - 1;
    double top = frame.y(static_cast<double>(buffer.offset + buffer.size));
    double height = frame.y(static_cast<double>(buffer.offset)) - top;
    os << "<g class=\"buffer " << kindClass(buffer.kind) << "\"><title>"
       << escape(buffer.name) << ": "
       << escape(exactNumber(static_cast<double>(buffer.size), Unit::Bytes))
       << " at " << buffer.offset << ", from "
       << escape(memory.steps[buffer.first]) << " to "
       << escape(memory.steps[std::min<size_t>(buffer.last,
                                               memory.steps.size() - 1)]);
    if (buffer.overwrites && *buffer.overwrites < memory.buffers.size())
      os << ", written over "
         << escape(memory.buffers[*buffer.overwrites].name);
    os << "</title><rect x=\"" << at(x) << "\" y=\"" << at(top) << "\" width=\""
       << at(std::max(width, 1.0)) << "\" height=\""
       << at(std::max(height, 1.0)) << "\" rx=\"2\"/>";
    std::string size =
        humanNumber(static_cast<double>(buffer.size), Unit::Bytes);
    // About 6 units to a letter.
    if (height >= 30 &&
        width >= 6.2 * std::max(buffer.name.size(), size.size()))
      os << "<text x=\"" << at(x + width / 2) << "\" y=\""
         << at(top + height / 2 - 3) << "\">" << escape(buffer.name)
         << "</text><text class=\"size\" x=\"" << at(x + width / 2) << "\" y=\""
         << at(top + height / 2 + 11) << "\">" << escape(size) << "</text>";
    else if (height >= 14 && width >= 6.2 * size.size())
      os << "<text x=\"" << at(x + width / 2) << "\" y=\""
         << at(top + height / 2 + 4) << "\">" << escape(size) << "</text>";
    os << "</g>\n";
  }
}

/// The same as a table, for those who cannot see or run the drawing.
static void writeTable(raw_ostream &os, const MemoryReport &memory) {
  os << "<details><summary>Buffers as a table</summary><div class=\"scroll\">"
        "<table><thead><tr><th>Buffer</th><th class=\"n\">Offset</th>"
        "<th class=\"n\">Size</th><th>First step</th><th>Last step</th>"
        "<th>Written over</th></tr>"
        "</thead><tbody>\n";
  for (const BufferReport &buffer : memory.buffers)
    os << "<tr><th scope=\"row\">" << escape(buffer.name)
       << "</th><td class=\"n\">"
       << numberSpan(static_cast<double>(buffer.offset), Unit::Count)
       << "</td><td class=\"n\">"
       << numberSpan(static_cast<double>(buffer.size), Unit::Bytes)
       << "</td><td>"
       << escape(buffer.first < memory.steps.size() ? memory.steps[buffer.first]
                                                    : "")
       << "</td><td>"
       << escape(buffer.last < memory.steps.size() ? memory.steps[buffer.last]
                                                   : "")
       << "</td><td>"
       << escape(buffer.overwrites && *buffer.overwrites < memory.buffers.size()
                     ? memory.buffers[*buffer.overwrites].name
                     : "")
       << "</td></tr>\n";
  os << "</tbody></table></div></details>\n";
}

void nasc::report::writeMemoryMap(raw_ostream &os, const MemoryReport &memory,
                                  const char *heading) {
  if (memory.steps.empty())
    return;
  auto [peakStep, peakBytes] = peakOf(memory);
  double available = static_cast<double>(memory.limit - memory.additional);
  // A limit far above is told in words and not drawn.
  bool drawLimit = memory.limit > 0 && available > 0 &&
                   available <= 1.5 * static_cast<double>(memory.arena);
  Frame frame;
  frame.steps = static_cast<unsigned>(memory.steps.size());
  frame.bytes = std::max<double>(
      {1.0, 1.04 * memory.arena, drawLimit ? 1.06 * available : 0.0});
  size_t longest = 0;
  for (const std::string &step : memory.steps)
    longest = std::max(longest, step.size());
  double below =
      frame.width / frame.steps >= 16 ? 26 + std::min(4.2 * longest, 110.) : 30;

  os << "<" << heading << ">Memory over time <small>on "
     << escape(memory.device) << "</small></" << heading
     << ">\n<p class=\"lead\">The arena takes <strong>"
     << numberSpan(static_cast<double>(memory.arena), Unit::Bytes)
     << "</strong>; at most "
     << numberSpan(static_cast<double>(std::max<int64_t>(peakBytes, 0)),
                   Unit::Bytes)
     << " of it hold data at one time, during <code>"
     << escape(memory.steps[peakStep]) << "</code>.";
  if (memory.additional)
    os << " With "
       << numberSpan(static_cast<double>(memory.additional), Unit::Bytes)
       << " of stack and static data this makes "
       << numberSpan(static_cast<double>(memory.arena + memory.additional),
                     Unit::Bytes);
  if (memory.additional && memory.limit)
    os << " of " << numberSpan(static_cast<double>(memory.limit), Unit::Bytes)
       << " allowed";
  if (memory.additional)
    os << ".";
  if (!memory.remark.empty())
    os << " " << escape(memory.remark);
  os << "</p>\n<div class=\"scroll\"><svg class=\"memory\" viewBox=\"0 0 1000 "
     << at(frame.top + frame.height + below)
     << "\" role=\"img\" aria-label=\"Buffers in the arena over the steps of "
        "the network\">\n";
  os << "<rect class=\"peak\" x=\"" << at(frame.x(peakStep)) << "\" y=\""
     << at(frame.top) << "\" width=\"" << at(frame.width / frame.steps)
     << "\" height=\"" << at(frame.height) << "\"><title>"
     << "most bytes in use</title></rect>\n";
  writeAxes(os, frame, memory);
  writeBuffers(os, frame, memory);
  auto line = [&](double address, const char *style, const std::string &text) {
    os << "<line class=\"" << style << "\" x1=\"" << at(frame.left)
       << "\" x2=\"" << at(frame.left + frame.width) << "\" y1=\""
       << at(frame.y(address)) << "\" y2=\"" << at(frame.y(address))
       << "\"/><text class=\"" << style << "\" text-anchor=\"end\" x=\""
       << at(frame.left + frame.width - 4) << "\" y=\""
       << at(frame.y(address) - 4) << "\">" << escape(text) << "</text>\n";
  };
  if (drawLimit)
    line(available, "limit",
         "room within the limit: " + humanNumber(available, Unit::Bytes));
  os << "</svg></div>\n";
  writeTable(os, memory);
}
