//===- LearningCurve.cpp - How a training went, epoch by epoch ------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/search/LearningCurve.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace nasc;
using namespace nasc::search;

std::string search::serializeCurve(llvm::ArrayRef<CurvePoint> curve) {
  llvm::json::Array epochs;
  for (const CurvePoint &point : curve)
    epochs.push_back(
        llvm::json::Object{{"train_loss", point.trainLoss},
                           {"train_accuracy", point.trainAccuracy},
                           {"validation_loss", point.validationLoss},
                           {"validation_accuracy", point.validationAccuracy}});
  return llvm::formatv("{0}", llvm::json::Value(std::move(epochs)));
}

llvm::Expected<LearningCurve> search::deserializeCurve(llvm::StringRef text) {
  llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(text);
  if (!parsed)
    return parsed.takeError();
  const llvm::json::Array *epochs = parsed->getAsArray();
  if (!epochs)
    return llvm::createStringError("a kept learning curve is no array");
  LearningCurve curve;
  for (const llvm::json::Value &value : *epochs) {
    CurvePoint &point = curve.emplace_back();
    const llvm::json::Object *epoch = value.getAsObject();
    for (auto [name, number] :
         {std::pair("train_loss", &point.trainLoss),
          std::pair("train_accuracy", &point.trainAccuracy),
          std::pair("validation_loss", &point.validationLoss),
          std::pair("validation_accuracy", &point.validationAccuracy)}) {
      auto found = epoch ? epoch->getNumber(name) : std::nullopt;
      if (!found)
        return llvm::createStringError(
            llvm::formatv("a kept learning curve has no '{0}'", name).str());
      *number = *found;
    }
  }
  return curve;
}
