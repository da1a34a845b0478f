/// Graphs of a stream's work, over a stand-in for the calls of CUDA's runtime that make and run them.
#include "stand_in.hpp"
#include "support/catch.hpp"
#include <srlm/backend/cuda_calls.cuh>

using namespace stand_in;

namespace {

/// Of the stream: whether it is captured, what it was given then and otherwise.
struct Captured {
  bool captured = false;
  int given = 0, launched = 0;
  cudaError_t end = cudaSuccess, instantiate = cudaSuccess, launch = cudaSuccess;
};
Captured stream;

/// Work that is captured is a number of things given to the stream.
struct Recorded {
  int given;
};

} // namespace

// ---- the stand-in
cudaError_t cudaStreamBeginCapture(cudaStream_t, cudaStreamCaptureMode mode) {
  expect(mode == cudaStreamCaptureModeThreadLocal, "what other threads allocate is no concern of this capture");
  expect(!stream.captured, "a stream is captured once at a time");
  stream.captured = true;
  stream.given = 0;
  return cudaSuccess;
}
cudaError_t cudaStreamEndCapture(cudaStream_t, cudaGraph_t* graph) {
  expect(stream.captured, "what is ended has begun");
  stream.captured = false;
  *graph = nullptr;
  if (stream.end == cudaSuccess) {
    make<Recorded>(graph, stream.given);
  }
  return stream.end;
}
cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* instance, cudaGraph_t graph, unsigned long long flags) {
  expect(flags == 0, "memory that a graph allocates is freed in it");
  if (stream.instantiate == cudaSuccess) {
    make<Recorded>(instance, at<Recorded>(graph).given);
  }
  return stream.instantiate;
}
cudaError_t cudaGraphLaunch(cudaGraphExec_t instance, cudaStream_t) {
  expect(!stream.captured, "a graph runs");
  stream.launched += at<Recorded>(instance).given;
  return stream.launch;
}
cudaError_t cudaGraphDestroy(cudaGraph_t graph) { return destroy<Recorded>(graph), cudaSuccess; }
cudaError_t cudaGraphExecDestroy(cudaGraphExec_t instance) { return destroy<Recorded>(instance), cudaSuccess; }
// ----

namespace {

using Catch::Matchers::ContainsSubstring;
using srlm::cuda::Graph;

Graph two_things(int device = 0) {
  return srlm::cuda::capture(
      nullptr, [] { stream.given += 2; }, device);
}

} // namespace

TEST_CASE("a graph is captured once, runs as often as it is launched, and is given back") {
  machine = {};
  stream = {};
  {
    Graph const graph = two_things();
    CHECK(!stream.captured);
    CHECK(stream.launched == 0);
    CHECK(machine.handles == 1); // the recording is gone, the instance stays
    for (int i = 0; i < 3; ++i) {
      srlm::cuda::replay(nullptr, graph, 0);
    }
    CHECK(stream.launched == 6);
  }
  CHECK(machine.handles == 0);
}

TEST_CASE("work that throws while it is captured leaves the stream as it was") {
  machine = {};
  stream = {};
  auto const refused = [] { throw srlm::Error("work", "a bad thing", "a good one"); };
  CHECK_THROWS_WITH(srlm::cuda::capture(nullptr, refused, 0), ContainsSubstring("a bad thing"));
  CHECK(!stream.captured);
  CHECK(machine.handles == 0);
  stream.end = cudaErrorStreamCaptureInvalidated; // as where a wait was what failed: work's own error is told
  CHECK_THROWS_WITH(srlm::cuda::capture(nullptr, refused, 0), ContainsSubstring("a bad thing"));
  CHECK(!stream.captured);
  CHECK(machine.handles == 0);
  stream.end = cudaSuccess;
  CHECK_NOTHROW(two_things());
}

TEST_CASE("a graph that cannot be made or run is named with its call and its device") {
  machine = {};
  stream = {};
  stream.end = cudaErrorStreamCaptureInvalidated;
  CHECK_THROWS_WITH(two_things(2), ContainsSubstring("cudaStreamEndCapture on device 2: got cudaErrorName"));
  stream.end = cudaSuccess;
  stream.instantiate = cudaErrorMemoryAllocation;
  CHECK_THROWS_WITH(two_things(2), ContainsSubstring("cudaGraphInstantiateWithFlags on device 2"));
  CHECK(machine.handles == 0); // the recording is given back there too
  stream.instantiate = cudaSuccess;
  Graph const graph = two_things();
  stream.launch = cudaErrorLaunchFailure;
  CHECK_THROWS_WITH(srlm::cuda::replay(nullptr, graph, 3), ContainsSubstring("cudaGraphLaunch on device 3"));
}
