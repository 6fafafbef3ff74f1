#pragma once
// Which node is decided next. Projects pinned to a source come first, then those with one version
// left, then those that keep being in the way, then in the order in which they were met (which is
// breadth first). What is in the way is learnt: a project whose versions are often rejected because
// of an earlier decision (affected) moves up; one that is often the reason (culprit) comes after
// those, and its decision is taken back once.

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "resolve/term.h"

namespace pawl::resolve {

class Agenda {
  public:
    enum class Class : unsigned char { extra, pinned, single, affected, culprit, rest };

    void add_node(NodeId node);
    /// Puts it on the agenda (again).
    void put(NodeId node, Class by_state);
    void remove(NodeId node);
    bool is_empty() const { return queue_.empty(); }
    NodeId front() const { return queue_.begin()->second; }

    /// Counts one rejection; returns whether the node has just changed its class for it.
    bool note_affected(NodeId node);
    bool note_culprit(NodeId node);

  private:
    static constexpr uint32_t rejections_max = 5;
    struct PerNode {
        uint32_t order = 0; // when it was met
        uint32_t affected = 0;
        uint32_t culprit = 0;
        Class learnt = Class::rest;
        bool queued = false;
        uint64_t key = 0;
    };

    uint32_t met_ = 0;
    std::vector<PerNode> nodes_;
    std::set<std::pair<uint64_t, NodeId>> queue_;
};

} // namespace pawl::resolve
