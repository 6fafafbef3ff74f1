#include "index/record_cache.h"

#include <vector>

#include "base/fs.h"

namespace pawl::index {

std::optional<std::string_view> RecordCache::find(std::string_view key) {
    for (const auto* recent : {&new_, &written_}) {
        if (!recent->empty()) {
            auto found = recent->find(std::string(key));
            if (found != recent->end()) {
                return found->second;
            }
        }
    }
    if (!is_open_ && !path_.empty()) {
        pack_ = store::Pack::open_existing(path_);
    }
    is_open_ = true;
    return pack_ ? pack_->find(key) : std::nullopt;
}

std::string_view RecordCache::hold(std::string value) {
    return held_.emplace_back(std::move(value));
}

std::string_view RecordCache::put(std::string key, std::string value) {
    std::string_view kept = hold(std::move(value));
    if (!path_.empty()) {
        new_.insert_or_assign(std::move(key), kept);
    }
    return kept;
}

Result<> RecordCache::flush() {
    if (new_.empty() || path_.empty()) {
        return {};
    }
    std::vector<store::Pack::Record> records;
    records.reserve(new_.size());
    for (const auto& [key, value] : new_) {
        records.push_back({.key = key, .value = value});
    }
    TRY(fs::make_directories(fs::parent(path_), 0700));
    // A pack of its own for writing: views out of pack_ stay as they are.
    auto pack = TRY(store::Pack::open(path_));
    TRY(pack.put(records));
    for (auto& [key, value] : new_) {
        written_.insert_or_assign(key, value);
    }
    new_.clear();
    return {};
}

} // namespace pawl::index
