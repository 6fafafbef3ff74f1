#pragma once
// Names as small numbers: an id stands for a text as long as its Interner lives. Equal texts have
// equal ids, and ids count up from 0, so that vectors can be indexed by them.

#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/check.h"

namespace pawl {

/// Gives each text one id. `Id` is an enum class over uint32_t. For one thread at a time.
template <class Id>
class Interner {
  public:
    Id intern(std::string_view text) {
        auto found = ids_.find(text);
        if (found != ids_.end()) {
            return found->second;
        }
        auto id = static_cast<Id>(texts_.size());
        texts_.emplace_back(text);
        ids_.emplace(texts_.back(), id);
        return id;
    }

    std::string_view text(Id id) const {
        check(static_cast<size_t>(id) < texts_.size());
        return texts_[static_cast<size_t>(id)];
    }

    size_t size() const { return texts_.size(); }

  private:
    std::deque<std::string> texts_; // a deque never moves its elements: the map's keys stay valid
    std::unordered_map<std::string_view, Id> ids_;
};

} // namespace pawl
