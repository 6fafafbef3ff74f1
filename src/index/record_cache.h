#pragma once
// What is kept between commands: records by key in one pack. New records are held in memory and
// written together at the end, under one lock.

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "store/pack.h"

namespace pawl::index {

/// For one thread. Views live as long as the object.
class RecordCache {
  public:
    /// Opens nothing yet; "" keeps nothing on disk.
    explicit RecordCache(std::string path) : path_(std::move(path)) {}

    std::optional<std::string_view> find(std::string_view key);
    /// Keeps the value and gives back where it lives now.
    std::string_view put(std::string key, std::string value);
    /// As put(), in this command only.
    std::string_view hold(std::string value);
    /// Writes what is new.
    Result<> flush();

  private:
    std::string path_;
    bool is_open_ = false;
    std::optional<store::Pack> pack_;
    std::deque<std::string> held_;
    std::unordered_map<std::string, std::string_view> new_;     ///< not on disk yet
    std::unordered_map<std::string, std::string_view> written_; ///< on disk, younger than pack_
};

} // namespace pawl::index
