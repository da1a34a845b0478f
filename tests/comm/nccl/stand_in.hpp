/// Stands in for NCCL by what its documentation says: ranks are threads, memory is the host's, every argument is
/// checked. Define it in one file.
#pragma once
#include <nccl.h>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

/// What NCCL calls a communicator, one for each rank.
struct ncclComm {
  int size, rank;
  ncclResult_t async_error = ncclSuccess;
};

namespace stand_in {

struct Message {
  bool sent;
  void* data;
  std::size_t count;
  int peer;
  ncclComm* comm;
};

/// All ranks' calls, and what is to go wrong.
struct Network {
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::pair<int, int>, std::deque<std::vector<float>>> between; ///< from, to
  int identities = 0, made = 0, destroyed = 0, aborted = 0, sends = 0;
  cudaStream_t stream = nullptr; ///< that all must name
  std::string failing;           ///< this call fails ...
  int failing_rank = -1;         ///< ... on this rank
  bool lost = false;             ///< a rank has given up
};
inline Network network;

struct Group {
  int depth = 0;
  std::vector<Message> messages;
};
inline thread_local Group group;

inline void expect(bool condition, char const* what) {
  if (!condition) {
    throw std::logic_error(what);
  }
}
inline ncclResult_t outcome(char const* call, int rank) {
  return network.failing == call && network.failing_rank == rank ? ncclSystemError : ncclSuccess;
}
inline ncclResult_t queue(char const* call, Message message, ncclDataType_t type, cudaStream_t stream) {
  expect(group.depth == 1, "a send or a receive outside a group: two ranks would wait for each other");
  expect(type == ncclFloat, "floats are what is sent");
  expect(stream == network.stream, "the backend's stream orders sums with its other work");
  expect(message.data != nullptr && message.count > 0, "memory to send or to receive");
  expect(message.peer >= 0 && message.peer < message.comm->size && message.peer != message.comm->rank,
         "another rank of the same communicator");
  if (ncclResult_t const status = outcome(call, message.comm->rank); status != ncclSuccess) {
    return status;
  }
  group.messages.push_back(message);
  return ncclSuccess;
}

inline ncclResult_t carry(Message const& m) {
  std::unique_lock lock(network.mutex);
  if (m.sent) {
    float const* const data = static_cast<float const*>(m.data);
    network.between[{m.comm->rank, m.peer}].emplace_back(data, data + m.count);
    ++network.sends;
    network.changed.notify_all();
    return ncclSuccess;
  }
  auto& waiting = network.between[{m.peer, m.comm->rank}];
  network.changed.wait_for(lock, std::chrono::seconds(20), [&] { return !waiting.empty() || network.lost; });
  if (waiting.empty()) {
    return ncclRemoteError;
  }
  expect(waiting.front().size() == m.count, "as much is received as was sent");
  std::memcpy(m.data, waiting.front().data(), m.count * sizeof(float));
  waiting.pop_front();
  return ncclSuccess;
}

} // namespace stand_in

inline ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  std::memset(id->internal, 7, sizeof id->internal);
  ++stand_in::network.identities;
  return stand_in::outcome("ncclGetUniqueId", 0);
}
inline ncclResult_t ncclCommInitRank(ncclComm_t* comm, int size, ncclUniqueId id, int rank) {
  stand_in::expect(rank >= 0 && rank < size, "a rank below their number");
  stand_in::expect(id.internal[0] == 7 && id.internal[sizeof id.internal - 1] == 7, "the first rank's identity");
  std::lock_guard const lock(stand_in::network.mutex);
  if (ncclResult_t const status = stand_in::outcome("ncclCommInitRank", rank); status != ncclSuccess) {
    return status;
  }
  ++stand_in::network.made;
  *comm = new ncclComm{size, rank};
  return ncclSuccess;
}
inline ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  std::lock_guard const lock(stand_in::network.mutex);
  ++stand_in::network.destroyed;
  delete comm;
  return ncclSuccess;
}
inline ncclResult_t ncclCommAbort(ncclComm_t comm) {
  std::lock_guard const lock(stand_in::network.mutex);
  ++stand_in::network.aborted;
  stand_in::network.lost = true;
  stand_in::network.changed.notify_all();
  delete comm;
  return ncclSuccess;
}
inline ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* error) {
  *error = comm->async_error;
  return stand_in::outcome("ncclCommGetAsyncError", comm->rank);
}
inline char const* ncclGetErrorString(ncclResult_t result) {
  return result == ncclSystemError   ? "unhandled system error"
         : result == ncclRemoteError ? "remote process exited"
                                     : "?";
}
inline char const* ncclGetLastError(ncclComm_t) { return "the cable is out"; }
inline ncclResult_t ncclGroupStart() {
  ++stand_in::group.depth;
  return ncclSuccess;
}
inline ncclResult_t ncclSend(void const* data, size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                             cudaStream_t stream) {
  return stand_in::queue("ncclSend", {true, const_cast<void*>(data), count, peer, comm}, type, stream);
}
inline ncclResult_t ncclRecv(void* data, size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                             cudaStream_t stream) {
  return stand_in::queue("ncclRecv", {false, data, count, peer, comm}, type, stream);
}
inline ncclResult_t ncclGroupEnd() {
  stand_in::expect(stand_in::group.depth == 1, "a group that was begun");
  --stand_in::group.depth;
  auto const messages = std::exchange(stand_in::group.messages, {});
  for (bool sent : {true, false}) { // at once: no rank waits before it has sent
    for (stand_in::Message const& m : messages) {
      if (m.sent == sent) {
        if (ncclResult_t const status = stand_in::carry(m); status != ncclSuccess) {
          return status;
        }
      }
    }
  }
  return ncclSuccess;
}
