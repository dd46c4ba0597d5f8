// RUN: nas-opt %s -verify-diagnostics -convert-nas-to-quantized-tosa=rounding=stochastic

// expected-error @below {{expected the rounding 'single' or 'double', found 'stochastic' [NAS6024]}}
module {}
