//===- Subprocess.cpp - Running programs with a time limit ----------------===//
//
// Part of nasc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "runtime/deploy/Subprocess.h"
#include "dialects/diagnostics/CodedDiagnostic.h"
#include "dialects/diagnostics/CodedError.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>
#ifdef __linux__
#include <sys/prctl.h>
#endif

extern char **environ;

using namespace nasc;
using namespace nasc::deploy;

char MissingProgram::ID = 0;

llvm::Expected<std::string>
nasc::deploy::findProgram(llvm::StringRef program, const llvm::Twine &purpose,
                          llvm::StringRef packages) {
  if (llvm::ErrorOr<std::string> path = llvm::sys::findProgramByName(program))
    return *path;
  return llvm::make_error<MissingProgram>(program.str(), purpose.str(),
                                          packages.str());
}

static llvm::Error systemError(llvm::StringRef program, const char *doing,
                               int number) {
  return codedError(Diag::NAS6047, "cannot " + llvm::Twine(doing) + " '" +
                                       program + "': " + std::strerror(number));
}

/// The end of what a program printed, for an error.
static std::string quoteOutput(llvm::StringRef output) {
  constexpr size_t limit = 4000;
  output = output.trim();
  if (output.empty())
    return "";
  if (output.size() > limit)
    return (":\n..." + output.take_back(limit)).str();
  return (":\n" + output).str();
}

/// What a child does until it is another program. Between fork and exec only
/// functions that a signal handler may call are allowed.
[[noreturn]] static void becomeProgram(char *const *arguments,
                                       char *const *environment,
                                       const char *directory, int output,
                                       int failure, pid_t parent) {
  setpgid(0, 0);
#ifdef __linux__
  // A killed nasc leaves no emulator behind.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent)
    _exit(127);
#endif
  const int nothing = open("/dev/null", O_RDONLY);
  if (nothing >= 0 && dup2(nothing, 0) >= 0 && dup2(output, 1) >= 0 &&
      dup2(output, 2) >= 0 && (!*directory || chdir(directory) == 0)) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    signal(SIGPIPE, SIG_DFL);
    execve(arguments[0], arguments, environment);
  }
  const int number = errno;
  // If even this fails the parent sees the exit code.
  const ssize_t written = write(failure, &number, sizeof number);
  _exit(written == sizeof number ? 126 : 127);
}

llvm::Expected<SubprocessResult>
nasc::deploy::runSubprocess(llvm::ArrayRef<std::string> arguments,
                            llvm::StringRef directory,
                            unsigned timeoutSeconds) {
  assert(!arguments.empty() && "a program without a name");
  const std::string &program = arguments.front();
  constexpr size_t maximalOutput = size_t(64) << 20;

  std::vector<char *> argumentPointers, environment;
  for (const std::string &argument : arguments)
    argumentPointers.push_back(const_cast<char *>(argument.c_str()));
  argumentPointers.push_back(nullptr);
  for (char **variable = environ; *variable; ++variable)
    if (!llvm::is_contained({"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "MAKEFILES"},
                            llvm::StringRef(*variable).split('=').first))
      environment.push_back(*variable);
  environment.push_back(nullptr);
  const std::string folder = directory.str();

  int output[2], failure[2];
  if (pipe2(output, O_CLOEXEC) != 0)
    return systemError(program, "start", errno);
  auto closeOutput = llvm::make_scope_exit([&] { close(output[0]); });
  if (pipe2(failure, O_CLOEXEC) != 0) {
    const int number = errno;
    close(output[1]);
    return systemError(program, "start", number);
  }
  auto closeFailure = llvm::make_scope_exit([&] { close(failure[0]); });

  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0)
    becomeProgram(argumentPointers.data(), environment.data(), folder.c_str(),
                  output[1], failure[1], parent);
  const int forkError = errno;
  close(output[1]);
  close(failure[1]);
  if (child < 0)
    return systemError(program, "start", forkError);
  // Both sides do it, whoever comes first.
  setpgid(child, child);

  // Ends the whole group. The child is reaped afterwards, so that its number
  // means nobody else until then.
  int status = 0;
  auto endGroup = [&] {
    kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
      ;
  };

  using Clock = std::chrono::steady_clock;
  const Clock::time_point end =
      Clock::now() + std::chrono::seconds(timeoutSeconds);
  SubprocessResult result;
  bool isOpen = true, isRunning = true;
  // Until the child has ended, and all that it printed has been read. What a
  // grandchild that outlives the child prints is not waited for.
  while (isRunning || isOpen) {
    if (isRunning) {
      siginfo_t information;
      information.si_pid = 0;
      if (waitid(P_PID, child, &information, WEXITED | WNOHANG | WNOWAIT) ==
              0 &&
          information.si_pid == child) {
        isRunning = false;
        // Whatever still holds the pipe goes too.
        kill(-child, SIGKILL);
      }
    }
    if (isRunning && Clock::now() >= end) {
      endGroup();
      return codedError(Diag::NAS6044, "'" + program + "' did not end within " +
                                           llvm::Twine(timeoutSeconds) +
                                           " s and was stopped" +
                                           quoteOutput(result.output));
    }
    if (!isOpen) {
      poll(nullptr, 0, 10);
      continue;
    }
    pollfd descriptor = {output[0], POLLIN, 0};
    const int ready = poll(&descriptor, 1, isRunning ? 20 : 1000);
    if (ready < 0 && errno == EINTR)
      continue;
    if (ready == 0) {
      // A child that has ended printed all there is.
      if (!isRunning)
        isOpen = false;
      continue;
    }
    char buffer[16384];
    const ssize_t count = read(output[0], buffer, sizeof buffer);
    if (count > 0)
      result.output.append(buffer, count);
    else if (count == 0 || errno != EINTR)
      isOpen = false;
    if (result.output.size() > maximalOutput) {
      endGroup();
      return codedError(Diag::NAS6047, "'" + program +
                                           "' printed more than 64 MiB and was "
                                           "stopped" +
                                           quoteOutput(result.output));
    }
  }
  endGroup();

  int number = 0;
  if (read(failure[0], &number, sizeof number) == sizeof number)
    return systemError(program, "start", number);
  if (WIFSIGNALED(status))
    return codedError(Diag::NAS6045, "'" + program + "' was ended by signal " +
                                         llvm::Twine(WTERMSIG(status)) + " (" +
                                         strsignal(WTERMSIG(status)) + ")" +
                                         quoteOutput(result.output));
  result.exitCode = WEXITSTATUS(status);
  return result;
}
