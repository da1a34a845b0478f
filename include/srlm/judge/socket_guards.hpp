/// What keeps a blocking call of another library on a socket in bounds: a signal that does not come, a second handle,
/// and a time after which the connection ends.
#pragma once
#include <sys/socket.h> // shutdown
#include <unistd.h>     // dup, close
#include <chrono>
#include <condition_variable>
#include <csignal> // sigset_t, pthread_sigmask
#include <ctime>   // timespec
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility> // move

namespace srlm {

/// Writing to a connection that the other side has closed raises SIGPIPE, which ends a program. It is held back in this
/// thread while one of these lives, and taken away if it came.
class BrokenPipeIsNoSignal {
 public:
  BrokenPipeIsNoSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  BrokenPipeIsNoSignal(BrokenPipeIsNoSignal const&) = delete;
  BrokenPipeIsNoSignal& operator=(BrokenPipeIsNoSignal const&) = delete;
  ~BrokenPipeIsNoSignal() {
    timespec const no_time = {};
    while (!was_pending_ && sigtimedwait(&pipe_, nullptr, &no_time) == SIGPIPE) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_, before_;
  bool was_pending_ = false;
};

/// A second handle of a connection's socket, by which another thread may end it at any time: the library's own handle
/// may be closed meanwhile, and its number given to another file.
class SocketHandle {
 public:
  SocketHandle() = default;
  SocketHandle(SocketHandle const&) = delete;
  SocketHandle& operator=(SocketHandle const&) = delete;
  ~SocketHandle() { hold(-1); }

  void take(int socket) { hold(::dup(socket)); }
  int get() const { return socket_; } ///< for the thread that takes
  void end() {
    std::lock_guard const lock(mutex_);
    if (socket_ >= 0) {
      ::shutdown(socket_, SHUT_RDWR);
    }
  }

 private:
  void hold(int socket) {
    std::lock_guard const lock(mutex_);
    if (socket_ >= 0) {
      ::close(socket_);
    }
    socket_ = socket;
  }

  std::mutex mutex_;
  int socket_ = -1;
};

/// Ends a connection when the time is over or a stop is requested, until it is destroyed: again and again, since the
/// socket may be made, or be connected, only later.
class Deadline {
 public:
  Deadline(SocketHandle& socket, std::chrono::milliseconds time, std::stop_token stop)
      : at_(std::chrono::steady_clock::now() + time),
        stop_(stop),
        thread_([this, &socket](std::stop_token done) {
          std::unique_lock lock(mutex_);
          wake_.wait_until(lock, done, at_, [&] { return stop_.stop_requested(); });
          while (!done.stop_requested()) {
            passed_ = true;
            socket.end();
            wake_.wait_for(lock, done, std::chrono::milliseconds(20), [] { return false; });
          }
        }),
        on_stop_(std::move(stop), [this] {
          { std::lock_guard const lock(mutex_); } // the thread either sees the stop or waits already
          wake_.notify_all();
        }) {}

  bool passed() {
    std::lock_guard const lock(mutex_);
    return passed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  bool passed_ = false;
  std::chrono::steady_clock::time_point at_;
  std::stop_token stop_;
  std::jthread thread_;
  std::stop_callback<std::function<void()>> on_stop_;
};

} // namespace srlm
