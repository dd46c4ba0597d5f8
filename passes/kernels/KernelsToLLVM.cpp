//===- KernelsToLLVM.cpp - Kernels in the LLVM dialect --------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Conversion/ArithToLLVM/ArithToLLVM.h"
#include "mlir/Conversion/ControlFlowToLLVM/ControlFlowToLLVM.h"
#include "mlir/Conversion/LLVMCommon/ConversionTarget.h"
#include "mlir/Conversion/LLVMCommon/Pattern.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "passes/kernels/Passes.h"

namespace nasc {
#define GEN_PASS_DEF_CONVERTKERNELSTOLLVM
#include "passes/kernels/Passes.h.inc"

namespace {
using namespace mlir;

/// Types of kernels: buffers are pointers.
class KernelTypeConverter : public LLVMTypeConverter {
public:
  KernelTypeConverter(MLIRContext *context, const LowerToLLVMOptions &options)
      : LLVMTypeConverter(context, options) {
    // No type is a refusal, where std::nullopt would ask the base class, which
    // has a descriptor for every memref.
    addConversion(
        [](UnrankedMemRefType) -> std::optional<Type> { return Type(); });
    addConversion([context](MemRefType type) -> std::optional<Type> {
      if (type.getRank() != 1 || !type.getLayout().isIdentity())
        return Type();
      return LLVM::LLVMPointerType::get(context);
    });
  }
};

/// The address of an element.
Value elementAddress(OpBuilder &builder, Location location, Value base,
                     Type element, Value index) {
  return builder.create<LLVM::GEPOp>(
      location, LLVM::LLVMPointerType::get(builder.getContext()), element, base,
      ArrayRef<LLVM::GEPArg>{index}, /*inbounds=*/true);
}

struct LowerFunction : ConvertOpToLLVMPattern<func::FuncOp> {
  LowerFunction(const LLVMTypeConverter &converter, bool optimizeForSize)
      : ConvertOpToLLVMPattern(converter), optimizeForSize(optimizeForSize) {}

  LogicalResult
  matchAndRewrite(func::FuncOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (op.getNumResults() != 0)
      return rewriter.notifyMatchFailure(op, "a kernel has no results");
    TypeConverter::SignatureConversion signature(op.getNumArguments());
    for (auto [index, type] : llvm::enumerate(op.getArgumentTypes())) {
      Type converted = getTypeConverter()->convertType(type);
      if (!converted)
        return rewriter.notifyMatchFailure(op, "an argument has no LLVM type");
      signature.addInputs(index, converted);
    }
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(getContext()), signature.getConvertedTypes());
    const bool isKernel = op.isPrivate() && !op.isExternal();
    auto function = rewriter.create<LLVM::LLVMFuncOp>(
        op.getLoc(), op.getName(), type,
        isKernel && !optimizeForSize ? LLVM::Linkage::Internal
                                     : LLVM::Linkage::External);
    // A kernel that others could call is compiled for all arguments: its size
    // does not depend on the network, and can be known before there is one.
    if (isKernel && optimizeForSize)
      function.setVisibility_(LLVM::Visibility::Hidden);
    SmallVector<Attribute> attributes = {rewriter.getStringAttr("nounwind")};
    if (isKernel)
      attributes.push_back(rewriter.getStringAttr("noinline"));
    if (optimizeForSize)
      attributes.push_back(rewriter.getStringAttr("optsize"));
    function.setPassthroughAttr(rewriter.getArrayAttr(attributes));
    for (NamedAttribute attribute : op->getDiscardableAttrs())
      function->setAttr(attribute.getName(), attribute.getValue());
    rewriter.inlineRegionBefore(op.getBody(), function.getBody(),
                                function.end());
    if (!function.isExternal() &&
        failed(rewriter.convertRegionTypes(&function.getBody(),
                                           *getTypeConverter(), &signature)))
      return failure();
    rewriter.eraseOp(op);
    return success();
  }

  bool optimizeForSize;
};

struct LowerCall : ConvertOpToLLVMPattern<func::CallOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(func::CallOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::CallOp>(op, TypeRange(), op.getCallee(),
                                              adaptor.getOperands());
    return success();
  }
};

struct LowerReturn : ConvertOpToLLVMPattern<func::ReturnOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(func::ReturnOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::ReturnOp>(op, ValueRange());
    return success();
  }
};

struct LowerGlobal : ConvertOpToLLVMPattern<memref::GlobalOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(memref::GlobalOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = op.getType();
    auto array =
        LLVM::LLVMArrayType::get(type.getElementType(), type.getNumElements());
    rewriter.replaceOpWithNewOp<LLVM::GlobalOp>(
        op, array, op.getConstant(), LLVM::Linkage::Internal, op.getSymName(),
        op.getInitialValueAttr(), op.getAlignment().value_or(0));
    return success();
  }
};

struct LowerGetGlobal : ConvertOpToLLVMPattern<memref::GetGlobalOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(memref::GetGlobalOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<LLVM::AddressOfOp>(
        op, LLVM::LLVMPointerType::get(getContext()), op.getName());
    return success();
  }
};

struct LowerCast : ConvertOpToLLVMPattern<memref::CastOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(memref::CastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getSource());
    return success();
  }
};

struct LowerView : ConvertOpToLLVMPattern<memref::ViewOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(memref::ViewOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, elementAddress(rewriter, op.getLoc(), adaptor.getSource(),
                           rewriter.getI8Type(), adaptor.getByteShift()));
    return success();
  }
};

struct LowerLoad : ConvertOpToLLVMPattern<memref::LoadOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(memref::LoadOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type element = op.getMemRefType().getElementType();
    rewriter.replaceOpWithNewOp<LLVM::LoadOp>(
        op, element,
        elementAddress(rewriter, op.getLoc(), adaptor.getMemref(), element,
                       adaptor.getIndices().front()));
    return success();
  }
};

struct LowerStore : ConvertOpToLLVMPattern<memref::StoreOp> {
  using ConvertOpToLLVMPattern::ConvertOpToLLVMPattern;
  LogicalResult
  matchAndRewrite(memref::StoreOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type element = op.getMemRefType().getElementType();
    rewriter.replaceOpWithNewOp<LLVM::StoreOp>(
        op, adaptor.getValue(),
        elementAddress(rewriter, op.getLoc(), adaptor.getMemref(), element,
                       adaptor.getIndices().front()));
    return success();
  }
};

struct ConvertKernelsToLLVMPass
    : impl::ConvertKernelsToLLVMBase<ConvertKernelsToLLVMPass> {
  using Base = impl::ConvertKernelsToLLVMBase<ConvertKernelsToLLVMPass>;
  using Base::Base;

  /// Puts the network's name before the kernels' names, so that the kernels of
  /// two networks in one program are two.
  LogicalResult prefixKernels() {
    ModuleOp module = getOperation();
    std::string prefix;
    for (auto function : module.getOps<func::FuncOp>())
      if (function.isPublic())
        prefix = (function.getName() + "_").str();
    for (auto function : module.getOps<func::FuncOp>()) {
      if (!function.isPrivate() || function.isExternal())
        continue;
      auto name = StringAttr::get(&getContext(), prefix + function.getName());
      if (failed(SymbolTable::replaceAllSymbolUses(function, name, module)))
        return failure();
      function.setName(name);
    }
    return success();
  }

  void runOnOperation() override {
    if (indexWidth != 32 && indexWidth != 64) {
      getOperation().emitError("expected an index width of 32 or 64, found ")
          << indexWidth.getValue();
      return signalPassFailure();
    }
    for (auto function : getOperation().getOps<func::FuncOp>())
      numKernels += function.isPrivate() && !function.isExternal();
    MLIRContext *context = &getContext();
    if (optimizeForSize && failed(prefixKernels()))
      return signalPassFailure();
    LowerToLLVMOptions options(context);
    options.overrideIndexBitwidth(indexWidth);
    KernelTypeConverter converter(context, options);
    RewritePatternSet patterns(context);
    patterns.add<LowerFunction>(converter, optimizeForSize);
    patterns.add<LowerCall, LowerReturn, LowerGlobal, LowerGetGlobal, LowerCast,
                 LowerView, LowerLoad, LowerStore>(converter);
    arith::populateArithToLLVMConversionPatterns(converter, patterns);
    cf::populateControlFlowToLLVMConversionPatterns(converter, patterns);
    LLVMConversionTarget target(*context);
    target.addLegalOp<ModuleOp>();
    if (failed(
            applyFullConversion(getOperation(), target, std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
} // namespace nasc
