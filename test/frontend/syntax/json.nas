// One object a line, with places as lines, columns and offsets.
// RUN: not nasc --check --diagnostics=json %s 2>&1 | FileCheck %s

space s { choice a in 1..2; choice b in 1..; }

// CHECK: {"code":"NAS0020","file":"{{.*}}json.nas","help":[],"message":"expected an expression, found ';'","notes":[],"range":{"begin":{"column":44,"line":4,"offset":{{[0-9]+}}},"end":{"column":45,"line":4,"offset":{{[0-9]+}}}},"severity":"error","slug":"unexpected-token"}
