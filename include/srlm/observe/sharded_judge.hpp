/// ShardedJudge: a judge that is not the policy (a server, a function, a frozen model), asked by all ranks at once,
/// each about its own groups. A judge that asks the policy needs no such thing: the policy of several ranks shares its
/// answers out by itself (DataParallel).
#pragma once
#include <srlm/comm/share.hpp>
#include <srlm/concepts/judge.hpp>
#include <srlm/observe/journal_json.hpp>

namespace srlm {

/// J: a judge of the rank's own model, P::own(), which it may ask without the others. Every rank gets all verdicts,
/// written as in the journal. Determinism: group i is judged alone, with seed.fork(i), so the number of ranks changes
/// nothing.
template <class J, class C>
class ShardedJudge {
 public:
  ShardedJudge(J judge, C& ranks) : judge_(std::move(judge)), ranks_(&ranks) {}

  /// Throws: SharedError on every rank where the judge of one throws.
  template <class P>
  requires Judge<J, std::remove_reference_t<decltype(std::declval<P&>().own())>>
  void score(P& policy, std::span<JudgedGroup> groups, Seed seed) {
    auto const all = share(*ranks_, "judge " + std::to_string(groups.size()) + " groups", [&] {
      Part const part =
          part_of(groups.size(), static_cast<std::size_t>(ranks_->rank()), static_cast<std::size_t>(ranks_->size()));
      std::vector<JudgedGroup> own;
      for (std::size_t i = part.first; i < part.last; ++i) {
        judge_.score(policy.own(), groups.subspan(i, 1), seed.fork(i));
        own.push_back(groups[i]);
      }
      std::string const text = observe::to_json(own).dump(-1, ' ', false, io::OrderedJson::error_handler_t::replace);
      Bytes bytes;
      append_bytes(bytes, std::span<char const>(text));
      return bytes;
    });
    std::size_t next = 0;
    for (Bytes const& bytes : all) {
      auto const text = ByteReader(bytes).template rest<char>();
      std::vector<JudgedGroup> judged;
      observe::from_json(io::Json::parse(text), judged);
      for (JudgedGroup& group : judged) {
        groups[next++] = std::move(group);
      }
    }
  }

 private:
  J judge_;
  C* ranks_;
};

} // namespace srlm
