#include "resolve/agenda.h"

#include <algorithm>

namespace pawl::resolve {

void Agenda::add_node(NodeId node) {
    if (index_of(node) >= nodes_.size()) {
        nodes_.resize(index_of(node) + 1);
    }
    nodes_[index_of(node)].order = met_++;
}

void Agenda::put(NodeId node, Class by_state) {
    PerNode& entry = nodes_[index_of(node)];
    Class its = std::min(by_state, entry.learnt);
    uint64_t key = (static_cast<uint64_t>(its) << 32) | entry.order;
    if (entry.queued && entry.key == key) {
        return;
    }
    remove(node);
    entry.queued = true;
    entry.key = key;
    queue_.emplace(key, node);
}

void Agenda::remove(NodeId node) {
    PerNode& entry = nodes_[index_of(node)];
    if (entry.queued) {
        queue_.erase({entry.key, node});
        entry.queued = false;
    }
}

bool Agenda::note_affected(NodeId node) {
    PerNode& entry = nodes_[index_of(node)];
    if (++entry.affected == rejections_max && entry.learnt == Class::rest) {
        entry.learnt = Class::affected;
        return true;
    }
    return false;
}

bool Agenda::note_culprit(NodeId node) {
    PerNode& entry = nodes_[index_of(node)];
    if (++entry.culprit == rejections_max && entry.learnt == Class::rest) {
        entry.learnt = Class::culprit;
        return true;
    }
    return false;
}

} // namespace pawl::resolve
