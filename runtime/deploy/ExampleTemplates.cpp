//===- ExampleTemplates.cpp - Texts of example projects -------------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/ExampleTemplates.h"

// Names of the projects' own functions and variables start with `board_`,
// `main_` or `firmware_`, so that they meet no network's name.

const char nasc::deploy::exampleBoardHeader[] =
    R"NASC(/* board.h - What main.c needs of the board. Written by nasc. */
#ifndef NASC_BOARD_H
#define NASC_BOARD_H

#include <stdint.h>

/* Starts the counter of instructions. */
void board_start_counter(void);

/* Instructions since the counter started, in steps of
   BOARD_COUNTER_RESOLUTION. The emulator counts them; they are not cycles. */
uint64_t board_instructions(void);
#define BOARD_COUNTER_RESOLUTION @RESOLUTION@

/* A request to the emulator or to a debugger ("semihosting"): `argument` is a
   number, a text, or a table of words, as the operation asks for. On a board
   without a debugger it stops the program. */
intptr_t board_request(int32_t operation, const void *argument);
enum {
  BOARD_OPEN = 0x01,
  BOARD_CLOSE = 0x02,
  BOARD_PRINT = 0x04,
  BOARD_WRITE = 0x05,
  BOARD_READ = 0x06,
  BOARD_COMMAND_LINE = 0x15,
  BOARD_EXIT = 0x20
};

/* The stack pointer of the caller. */
static inline uintptr_t board_stack_pointer(void) {
  uintptr_t pointer;
  __asm__ volatile("@READ_SP@" : "=r"(pointer));
  return pointer;
}

/* Ends the program; the emulator's exit code is `code`. */
void board_exit(int32_t code) __attribute__((noreturn));

/* From linker.ld: the ends of the stack, which grows from its top down. */
extern uint32_t firmware_stack_bottom[], firmware_stack_top[];

int main(void);

#endif /* NASC_BOARD_H */
)NASC";

const char nasc::deploy::exampleMemoryFunctions[] = R"NASC(
/* What a C library would bring, and what a compiler calls without being asked
   to. Aligned memory is copied by words. */

void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int value, size_t bytes);

/* A word that may lie over objects of other types. */
typedef uint32_t __attribute__((may_alias)) board_word;

void *memcpy(void *restrict to, const void *restrict from, size_t bytes) {
  unsigned char *out = to;
  const unsigned char *in = from;
  if ((((uintptr_t)out | (uintptr_t)in) & 3u) == 0) {
    for (; bytes >= 16; bytes -= 16, out += 16, in += 16) {
      board_word *words = (board_word *)(void *)out;
      const board_word *source = (const board_word *)(const void *)in;
      const board_word a = source[0], b = source[1], c = source[2],
                       d = source[3];
      words[0] = a;
      words[1] = b;
      words[2] = c;
      words[3] = d;
    }
    for (; bytes >= 4; bytes -= 4, out += 4, in += 4)
      *(board_word *)(void *)out = *(const board_word *)(const void *)in;
  }
  while (bytes-- > 0)
    *out++ = *in++;
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) {
  unsigned char *out = to;
  const unsigned char *in = from;
  /* Copying upwards is right unless the destination starts inside the
     source. */
  if ((uintptr_t)out - (uintptr_t)in >= bytes) {
    const int aligned = (((uintptr_t)out | (uintptr_t)in) & 3u) == 0;
    for (; aligned && bytes >= 4; bytes -= 4, out += 4, in += 4)
      *(board_word *)(void *)out = *(const board_word *)(const void *)in;
    while (bytes-- > 0)
      *out++ = *in++;
    return to;
  }
  while (bytes-- > 0)
    out[bytes] = in[bytes];
  return to;
}

void *memset(void *to, int value, size_t bytes) {
  unsigned char *out = to;
  const uint32_t word = (uint32_t)(unsigned char)value * 0x01010101u;
  for (; bytes > 0 && ((uintptr_t)out & 3u) != 0; --bytes)
    *out++ = (unsigned char)value;
  for (; bytes >= 4; bytes -= 4, out += 4)
    *(board_word *)(void *)out = word;
  while (bytes-- > 0)
    *out++ = (unsigned char)value;
  return to;
}
)NASC";

const char nasc::deploy::exampleCortexMBoard[] =
    R"NASC(/* board.c - Start-up, counting and semihosting on a Cortex-M. Written by nasc. */
#include "board.h"

#include <stddef.h>

/* From linker.ld. */
extern uint32_t firmware_data_start[], firmware_data_end[],
    firmware_data_load[], firmware_bss_start[], firmware_bss_end[];

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SYSTICK_CONTROL REGISTER(0xe000e010u)
#define SYSTICK_RELOAD REGISTER(0xe000e014u)
#define SYSTICK_VALUE REGISTER(0xe000e018u)
#define COPROCESSOR_ACCESS REGISTER(0xe000ed88u)

static void board_continue(void) __attribute__((noreturn, noinline, used));
void firmware_start(void) __attribute__((naked, noreturn));

/* The reset handler switches the FPU on before any compiled code runs. */
void firmware_start(void) {
  __asm__ volatile("ldr r0, =0xe000ed88\n"
                   "ldr r1, [r0]\n"
                   "orr r1, r1, #0xf00000\n"
                   "str r1, [r0]\n"
                   "dsb\n"
                   "isb\n"
                   "b board_continue\n"
                   ".ltorg\n");
}

static void board_continue(void) {
  const uint32_t *load = firmware_data_load;
  uint32_t *word;
  for (word = firmware_data_start; word < firmware_data_end; ++word)
    *word = *load++;
  for (word = firmware_bss_start; word < firmware_bss_end; ++word)
    *word = 0;
  board_exit(main());
}

static void board_fault(void) {
  board_request(BOARD_PRINT, "fault: the processor stopped the program, most "
                             "often at an address without memory or because "
                             "the stack is too small\n");
  board_exit(3);
}

/* SysTick counts 24 bits; how often it wrapped is counted here. */
static volatile uint32_t board_wraps;

static void board_tick(void) { ++board_wraps; }

void board_start_counter(void) {
  SYSTICK_CONTROL = 0;
  SYSTICK_RELOAD = 0xffffffu;
  SYSTICK_VALUE = 0;
  board_wraps = 0;
  /* The processor's clock, with an interrupt at each wrap. */
  SYSTICK_CONTROL = 7;
  /* The first tick loads the counter. */
  while (SYSTICK_VALUE == 0)
    ;
}

uint64_t board_instructions(void) {
  uint32_t wraps, value;
  do {
    wraps = board_wraps;
    value = SYSTICK_VALUE;
  } while (wraps != board_wraps);
  /* It counts down. On this board a tick takes as long as the emulator, at one
     nanosecond an instruction, needs for BOARD_COUNTER_RESOLUTION of them. */
  return (((uint64_t)wraps << 24) + ((0u - value) & 0xffffffu)) *
         BOARD_COUNTER_RESOLUTION;
}

__attribute__((naked, noinline)) intptr_t
board_request(__attribute__((unused)) int32_t operation,
              __attribute__((unused)) const void *argument) {
  __asm__ volatile("bkpt 0xab\n"
                   "bx lr\n");
}

void board_exit(int32_t code) {
  /* "The application ended". */
  const intptr_t block[2] = {0x20026, code};
  board_request(BOARD_EXIT, block);
  for (;;)
    ;
}

__attribute__((section(".vectors"), used)) static void (*const board_vectors[])(
    void) = {
    (void (*)(void))firmware_stack_top,
    firmware_start,
    board_fault, /* NMI */
    board_fault, /* HardFault */
    board_fault, /* MemManage */
    board_fault, /* BusFault */
    board_fault, /* UsageFault */
    0,
    0,
    0,
    0,
    board_fault, /* SVCall */
    board_fault, /* DebugMonitor */
    0,
    board_fault, /* PendSV */
    board_tick,  /* SysTick */
};
@MEMORY_FUNCTIONS@
/* The names of Arm's run-time interface for the same. The last arguments of
   the second are in another order. */
#define MEMORY_FUNCTIONS(suffix)                                               \
  void __aeabi_memcpy##suffix(void *to, const void *from, size_t bytes);       \
  void __aeabi_memcpy##suffix(void *to, const void *from, size_t bytes) {      \
    memcpy(to, from, bytes);                                                   \
  }                                                                            \
  void __aeabi_memmove##suffix(void *to, const void *from, size_t bytes);      \
  void __aeabi_memmove##suffix(void *to, const void *from, size_t bytes) {     \
    memmove(to, from, bytes);                                                  \
  }                                                                            \
  void __aeabi_memset##suffix(void *to, size_t bytes, int value);              \
  void __aeabi_memset##suffix(void *to, size_t bytes, int value) {             \
    memset(to, value, bytes);                                                  \
  }                                                                            \
  void __aeabi_memclr##suffix(void *to, size_t bytes);                         \
  void __aeabi_memclr##suffix(void *to, size_t bytes) { memset(to, 0, bytes); }
MEMORY_FUNCTIONS()
MEMORY_FUNCTIONS(4)
MEMORY_FUNCTIONS(8)

/* Tables for unwinding name these; nothing is ever unwound. */
void __aeabi_unwind_cpp_pr0(void);
void __aeabi_unwind_cpp_pr0(void) {}
void __aeabi_unwind_cpp_pr1(void);
void __aeabi_unwind_cpp_pr1(void) {}
void __aeabi_unwind_cpp_pr2(void);
void __aeabi_unwind_cpp_pr2(void) {}
)NASC";

const char nasc::deploy::exampleRiscV32Board[] =
    R"NASC(/* board.c - Start-up, counting and semihosting on RISC-V. Written by nasc. */
#include "board.h"

#include <stddef.h>

/* From linker.ld. */
extern uint32_t firmware_data_start[], firmware_data_end[],
    firmware_data_load[], firmware_bss_start[], firmware_bss_end[];

static void board_continue(void) __attribute__((noreturn, noinline, used));
static void board_fault(void) __attribute__((noreturn, used, aligned(4)));
void firmware_start(void)
    __attribute__((naked, noreturn, section(".text.start")));

void firmware_start(void) {
  __asm__ volatile(".option push\n"
                   ".option arch, +zicsr\n"
                   "la sp, firmware_stack_top\n"
                   "la t0, board_fault\n"
                   "csrw mtvec, t0\n"
                   ".option pop\n"
                   "j board_continue\n");
}

static void board_continue(void) {
  const uint32_t *load = firmware_data_load;
  uint32_t *word;
  for (word = firmware_data_start; word < firmware_data_end; ++word)
    *word = *load++;
  for (word = firmware_bss_start; word < firmware_bss_end; ++word)
    *word = 0;
  board_exit(main());
}

static void board_fault(void) {
  board_request(BOARD_PRINT, "fault: the processor stopped the program, most "
                             "often at an address without memory or at an "
                             "instruction that it does not have\n");
  board_exit(3);
}

void board_start_counter(void) {}

uint64_t board_instructions(void) {
  uint32_t high, low, again;
  /* Until no carry came between the halves. */
  do
    __asm__ volatile(".option push\n"
                     ".option arch, +zicsr\n"
                     "csrr %0, minstreth\n"
                     "csrr %1, minstret\n"
                     "csrr %2, minstreth\n"
                     ".option pop\n"
                     : "=r"(high), "=r"(low), "=r"(again));
  while (high != again);
  return (uint64_t)high << 32 | low;
}

/* The request is the breakpoint between two shifts that do nothing; the three
   must not be compressed, nor lie in two pages. */
__attribute__((naked, noinline)) intptr_t
board_request(__attribute__((unused)) int32_t operation,
              __attribute__((unused)) const void *argument) {
  __asm__ volatile(".option push\n"
                   ".option norvc\n"
                   ".balign 16\n"
                   "slli x0, x0, 0x1f\n"
                   "ebreak\n"
                   "srai x0, x0, 7\n"
                   "ret\n"
                   ".option pop\n");
}

void board_exit(int32_t code) {
  /* "The application ended". */
  const intptr_t block[2] = {0x20026, code};
  board_request(BOARD_EXIT, block);
  for (;;)
    ;
}
@MEMORY_FUNCTIONS@)NASC";

const char nasc::deploy::examplePrintInteger[] =
    R"NASC(static void main_print_score(int8_t score) {
  main_print(" ");
  if (score < 0)
    main_print("-");
  main_print_number((uint64_t)(score < 0 ? -(int32_t)score : score));
}
)NASC";

const char nasc::deploy::examplePrintFloat[] =
    R"NASC(static void main_print_score(float score) {
  const float size = score < 0 ? -score : score;
  uint32_t whole, millionths, digit;
  main_print(score < 0 ? " -" : " ");
  if (!(size < 1e9f)) {
    main_print(size == size ? "over-1000000000" : "not-a-number");
    return;
  }
  whole = (uint32_t)size;
  millionths = (uint32_t)((size - (float)whole) * 1e6f + 0.5f);
  if (millionths >= 1000000u) {
    ++whole;
    millionths = 0;
  }
  main_print_number(whole);
  main_print(".");
  for (digit = 100000u; digit > 1 && millionths < digit; digit /= 10)
    main_print("0");
  main_print_number(millionths);
}
)NASC";

const char nasc::deploy::exampleMain[] =
    R"NASC(/* main.c - Runs the network @NAME@ on a board. Written by nasc.
 *
 * The command line that the emulator gives chooses what is done:
 *   run                    runs the check sample and prints what it cost
 *   verify SAMPLES SCORES  runs each sample of a file of the host
 */
#include "@NAME@.h"
#include "board.h"

#ifndef PROFILE
#define PROFILE 0
#endif

/* The only memory that the network needs besides its stack. linker.ld puts it
   in place; nothing clears it. */
__attribute__((section(".bss.firmware_arena"),
               aligned(@UPPER@_ARENA_ALIGNMENT))) static unsigned char
    main_arena[@UPPER@_ARENA_BYTES > 0 ? @UPPER@_ARENA_BYTES : 1];

/* The sample and the scores lie in the arena if there is room for them. */
#ifdef @UPPER@_INPUT_OFFSET
#define MAIN_SAMPLE                                                            \
  ((@ELEMENT@ *)(void *)(main_arena + @UPPER@_INPUT_OFFSET))
#else
static @ELEMENT@ main_sample[@UPPER@_INPUT_ELEMENTS];
#define MAIN_SAMPLE main_sample
#endif
#ifdef @UPPER@_OUTPUT_OFFSET
#define MAIN_SCORES                                                            \
  ((@OUTPUT@ *)(void *)(main_arena + @UPPER@_OUTPUT_OFFSET))
#else
static @OUTPUT@ main_scores[@UPPER@_OUTPUT_ELEMENTS];
#define MAIN_SCORES main_scores
#endif
#define MAIN_SAMPLE_BYTES                                                      \
  ((uint32_t)(@UPPER@_INPUT_ELEMENTS * sizeof(@ELEMENT@)))
#define MAIN_SCORES_BYTES                                                      \
  ((uint32_t)(@UPPER@_OUTPUT_ELEMENTS * sizeof(@OUTPUT@)))

static void main_print(const char *text) { board_request(BOARD_PRINT, text); }

static void main_print_number(uint64_t number) {
  char text[21];
  char *digit = text + 20;
  *digit = 0;
  do {
    *--digit = (char)('0' + (int)(number % 10));
    number /= 10;
  } while (number != 0);
  main_print(digit);
}

static void main_print_hexadecimal(uint32_t number) {
  char text[9];
  int i;
  for (i = 0; i < 8; ++i)
    text[i] = "0123456789abcdef"[(number >> (28 - 4 * i)) & 15u];
  text[8] = 0;
  main_print("0x");
  main_print(text);
}

@PRINT_SCORE@
@CRC32@
/* What reading the counter costs by itself. */
static uint64_t main_counter_cost;

static uint64_t main_instructions_since(uint64_t start) {
  const uint64_t count = board_instructions() - start;
  return count > main_counter_cost ? count - main_counter_cost : 0;
}

static void main_prepare_counter(void) {
  uint64_t start;
  board_start_counter();
  start = board_instructions();
  main_counter_cost = main_instructions_since(start);
}

#if PROFILE
static int main_profiling;
static uint64_t main_step_start, main_step_sum;

/* The network calls this before each step, and once after the last one. */
void @NAME@_profile(int32_t step);
void @NAME@_profile(int32_t step) {
  const uint64_t instructions = main_instructions_since(main_step_start);
  if (!main_profiling)
    return;
  if (step > 0) {
    main_step_sum += instructions;
    main_print("step ");
    main_print_number((uint64_t)(step - 1));
    main_print(" instructions ");
    main_print_number(instructions);
    main_print("\n");
  }
  main_step_start = board_instructions();
}
#else
/* What an unused word of the stack holds; no two have the same. */
static inline uint32_t main_paint(uintptr_t address) {
  return (uint32_t)address * 31u ^ 0x5a17c3e9u;
}

/* Calls nothing, so that what it paints holds no frame of its own. */
static __attribute__((noinline)) void main_paint_stack(void) {
  uintptr_t address = board_stack_pointer();
  while (address > (uintptr_t)firmware_stack_bottom) {
    address -= 4;
    *(volatile uint32_t *)address = main_paint(address);
  }
}

/* The bytes of stack that a call writes to, counted from the caller's frame. */
static __attribute__((noinline)) uint32_t main_measure_stack(void) {
  const uintptr_t top = board_stack_pointer();
  uintptr_t address = (uintptr_t)firmware_stack_bottom;
  main_paint_stack();
  @NAME@(MAIN_SAMPLE, MAIN_SCORES, main_arena);
  while (address < top && *(volatile uint32_t *)address == main_paint(address))
    address += 4;
  return (uint32_t)(top - address);
}
#endif

/* Runs the check sample. */
static int main_run(void) {
  uint32_t crc, i;
  uint64_t start, instructions;
  int failed = 0;

  /* What the arena holds before a call does not matter. */
  for (i = 0; i < sizeof main_arena; ++i)
    main_arena[i] = 0xa5;
  @NAME@_fill_check_sample(MAIN_SAMPLE);
  main_prepare_counter();
#if PROFILE
  main_profiling = 1;
#endif
  start = board_instructions();
  @NAME@(MAIN_SAMPLE, MAIN_SCORES, main_arena);
  instructions = main_instructions_since(start);
#if PROFILE
  main_profiling = 0;
  /* Without what printing took. */
  instructions = main_step_sum;
#endif
  crc = scores_crc32(MAIN_SCORES, MAIN_SCORES_BYTES);
  main_print("scores");
  for (i = 0; i < @UPPER@_OUTPUT_ELEMENTS; ++i)
    main_print_score(MAIN_SCORES[i]);
  main_print("\ninstructions ");
  main_print_number(instructions);
  main_print("\n");

#if !PROFILE
  {
    uint32_t stack;
    /* The sample may have been overwritten. */
    @NAME@_fill_check_sample(MAIN_SAMPLE);
    stack = main_measure_stack();
    main_print("stack ");
    main_print_number(stack);
    main_print(" bytes\n");
    if (*(volatile uint32_t *)firmware_stack_bottom !=
        main_paint((uintptr_t)firmware_stack_bottom)) {
      main_print("the stack is too small: raise STACK_BYTES in linker.ld\n");
      failed = 1;
    }
    if (scores_crc32(MAIN_SCORES, MAIN_SCORES_BYTES) != crc) {
      main_print("two calls give different scores\n");
      failed = 1;
    }
  }
#endif

  main_print("crc32 ");
  main_print_hexadecimal(crc);
#ifdef @UPPER@_CHECK_CRC32
  main_print("\nexpected ");
  main_print_hexadecimal(@UPPER@_CHECK_CRC32);
  failed = failed || crc != @UPPER@_CHECK_CRC32;
  main_print(failed ? "\ncheck failed\n" : "\ncheck passed\n");
#else
  main_print(failed ? "\ncheck failed\n" : "\ncheck none\n");
#endif
  return failed;
}

static intptr_t main_open(const char *name, intptr_t mode) {
  intptr_t block[3];
  intptr_t length = 0;
  intptr_t file;
  while (name[length] != 0)
    ++length;
  block[0] = (intptr_t)name;
  block[1] = mode;
  block[2] = length;
  file = board_request(BOARD_OPEN, block);
  if (file == -1) {
    main_print("cannot open ");
    main_print(name);
    main_print("\n");
  }
  return file;
}

/* Reads or writes; returns the bytes that are missing. */
static uint32_t main_transfer(int32_t operation, intptr_t file,
                              const void *data, uint32_t bytes) {
  const intptr_t block[3] = {file, (intptr_t)data, (intptr_t)bytes};
  return (uint32_t)board_request(operation, block);
}

/* Runs each sample of a file. Modes 1 and 5 are "rb" and "wb". */
static int main_verify(const char *samples, const char *scores) {
  const intptr_t input = main_open(samples, 1);
  const intptr_t output = input == -1 ? -1 : main_open(scores, 5);
  uint32_t missing;
  uint64_t count = 0;
  if (output == -1)
    return 1;
  while ((missing = main_transfer(BOARD_READ, input, MAIN_SAMPLE,
                                  MAIN_SAMPLE_BYTES)) == 0) {
    @NAME@(MAIN_SAMPLE, MAIN_SCORES, main_arena);
    if (main_transfer(BOARD_WRITE, output, MAIN_SCORES, MAIN_SCORES_BYTES) !=
        0) {
      main_print("cannot write the scores\n");
      return 1;
    }
    ++count;
  }
  if (missing != MAIN_SAMPLE_BYTES) {
    main_print("the last sample is cut off\n");
    return 1;
  }
  if (board_request(BOARD_CLOSE, &output) != 0) {
    main_print("cannot write the scores\n");
    return 1;
  }
  main_print("verified ");
  main_print_number(count);
  main_print(" samples\n");
  return 0;
}

/* Ends a word of a text; returns where the next one starts. */
static char *main_split(char *text) {
  while (*text != 0 && *text != ' ')
    ++text;
  if (*text == ' ')
    *text++ = 0;
  return text;
}

int main(void) {
  char command[96];
  intptr_t block[2] = {(intptr_t)command, sizeof command};
  char *samples, *scores;
  command[0] = 0;
  if (board_request(BOARD_COMMAND_LINE, block) != 0)
    command[0] = 0;
  samples = main_split(command);
  scores = main_split(samples);
  main_split(scores);
  if (command[0] == 'v' && *scores != 0)
    return main_verify(samples, scores);
  return main_run();
}
)NASC";

const char nasc::deploy::exampleLinkerScript[] =
    R"NASC(/* linker.ld - Where things lie in memory. Written by nasc. */

/* Adapt this to your device. The memories are those of the emulated board. */
STACK_BYTES = @STACK_BYTES@;
MEMORY {
  /* Code and constants. */
  CODE (rx) : ORIGIN = @CODE_ORIGIN@, LENGTH = @CODE_LENGTH@
  /* The arena and the stack. */
  RAM (rw) : ORIGIN = @RAM_ORIGIN@, LENGTH = @RAM_LENGTH@
}

ENTRY(firmware_start)
SECTIONS {
  .text : {
    KEEP(*(.vectors))
    KEEP(*(.text.start))
    *(.text .text.*)
  } > CODE
  .rodata : {
    *(.rodata .rodata.* .srodata .srodata.* .data.rel.ro .data.rel.ro.*)
    *(.got .got.*)
    . = ALIGN(4);
  } > CODE
  /* Below the RAM is nothing, or nothing that may be written: a stack that is
     too small meets no data. */
  .stack (NOLOAD) : ALIGN(16) {
    firmware_stack_bottom = .;
    . += STACK_BYTES;
    . = ALIGN(16);
    firmware_stack_top = .;
  } > RAM
  .arena (NOLOAD) : { *(.bss.firmware_arena) } > RAM
  .data : ALIGN(4) {
    firmware_data_start = .;
    *(.data .data.* .sdata .sdata.*)
    . = ALIGN(4);
    firmware_data_end = .;
  } > RAM AT > CODE
  firmware_data_load = LOADADDR(.data);
  .bss (NOLOAD) : ALIGN(4) {
    firmware_bss_start = .;
    *(.bss .bss.* .sbss .sbss.* COMMON)
    . = ALIGN(4);
    firmware_bss_end = .;
  } > RAM
  /* Nothing is unwound. */
  /DISCARD/ : {
    *(.ARM.exidx* .ARM.extab* .eh_frame* .note* .comment)
  }
}
)NASC";

const char nasc::deploy::exampleMakefile[] =
    R"NASC(# Makefile - Firmware with the network @NAME@ for @TARGET@. Written by nasc.
#
#   make                    links @NAME@.o, or with SOURCE=c the portable @NAME@.c
#   make run                runs the check sample in the emulator
#   make run PROFILE=1      with @NAME@_profile: instructions of each step
#   make verify SAMPLES=file SCORES=file
#                           runs all raw samples of a file, writes raw scores
#   make size               bytes of each section
#   make clean

NAME = @NAME@
CROSS_COMPILE = @CROSS_COMPILE@
CC = $(CROSS_COMPILE)gcc
SIZE = $(CROSS_COMPILE)size
MACHINE = @MACHINE@
EMULATOR = @EMULATOR@

# `o` for generated code, `c` for portable C.
SOURCE = o
PROFILE = 0

BUILD = build/$(SOURCE)$(PROFILE)
ELF = $(BUILD)/$(NAME).elf
ifeq ($(PROFILE),0)
NETWORK = $(NAME)
else
NETWORK = $(NAME)_profile
endif

# No C library, and no function of one instead of a loop that is one.
CFLAGS = $(MACHINE) -std=c99 -O2 -g -Wall -Wextra -ffreestanding \
         -ffunction-sections -fdata-sections -DPROFILE=$(PROFILE)
LDFLAGS = $(MACHINE) -nostdlib -T linker.ld -Wl,--gc-sections \
          -Wl,-Map=$(BUILD)/$(NAME).map -Wl,--build-id=none \
          -Wl,-z,noexecstack@LINK_FLAGS@

all: $(ELF)

$(BUILD):
	mkdir -p $@

$(BUILD)/main.o: main.c board.h $(NAME).h Makefile | $(BUILD)
	$(CC) $(CFLAGS) -c -o $@ $<

$(BUILD)/board.o: board.c board.h Makefile | $(BUILD)
	$(CC) $(CFLAGS) -fno-tree-loop-distribute-patterns -c -o $@ $<

ifeq ($(SOURCE),c)
NETWORK_OBJECT = $(BUILD)/$(NETWORK).o
$(NETWORK_OBJECT): $(NETWORK).c $(NAME).h Makefile | $(BUILD)
	$(CC) $(CFLAGS) -O3 -c -o $@ $<
else
NETWORK_OBJECT = $(NETWORK).o
endif

$(ELF): $(BUILD)/main.o $(BUILD)/board.o $(NETWORK_OBJECT) linker.ld
	$(CC) $(LDFLAGS) -o $@ $(filter %.o,$^) -lgcc

# One nanosecond an instruction makes the emulator's clock count instructions.
SEMIHOSTING = -chardev stdio,id=console \
              -semihosting-config enable=on,target=native,chardev=console

run: $(ELF)
	$(EMULATOR) -icount shift=0 $(SEMIHOSTING),arg=run -kernel $(ELF) </dev/null

# Copies, since the emulator splits names at spaces and commas.
verify: $(ELF)
	@test -n "$(SAMPLES)" && test -n "$(SCORES)" || \
	  { echo "write: make verify SAMPLES=file SCORES=file" >&2; exit 2; }
	cp "$(SAMPLES)" $(BUILD)/samples
	$(EMULATOR) $(SEMIHOSTING),arg=verify,arg=$(BUILD)/samples,arg=$(BUILD)/scores \
	  -kernel $(ELF) </dev/null
	cp $(BUILD)/scores "$(SCORES)"

size: $(ELF)
	$(SIZE) -A $(ELF)

clean:
	rm -rf build

# Without the rules that make brings: @NAME@.o is never made of @NAME@.c.
.SUFFIXES:
%.o: %.c

.PHONY: all run verify size clean
.DELETE_ON_ERROR:
)NASC";

const char nasc::deploy::exampleReadme[] =
    R"NASC(The network @NAME@ for @TARGET@
(@DESCRIPTION@)

@NAME@.h says how the network is called and what memory it needs. To use it in a
firmware of your own, take @NAME@.h and @NAME@.o (or @NAME@.c) alone.

This folder is a complete firmware for an emulated board, without a C library:
  make run                               run the check sample: scores, checksum,
                                         instructions, stack; fails if the
                                         checksum is not the expected one
  make verify SAMPLES=file SCORES=file   run raw samples one after the other
  make size                              sections; .arena and .stack are RAM
Add PROFILE=1 for the instructions of each step, SOURCE=c for portable C.

It needs (on Debian): apt-get install make @PACKAGES@
Instructions are those that the emulator counted; a processor's cycles differ.
The memory map is at the top of linker.ld, start-up code is in board.c. Output
goes through semihosting: a real board needs a debugger for it.
)NASC";
