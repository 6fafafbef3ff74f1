#pragma once
// What the verbs work with: made once a command, everything opened on first use, and shared by the
// threads of a verb that does many things at once.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/terminal.h"
#include "base/timings.h"
#include "index/client.h"
#include "ops/settings.h"
#include "python/find.h"
#include "store/store.h"

namespace pawl::ops {

/// Callable from any thread; what it hands out lives as long as it does.
class Services {
  public:
    /// `settings` are complete (complete_settings()).
    explicit Services(Settings settings);
    ~Services();
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    const Settings& settings() const { return settings_; }
    Terminal& terminal() { return terminal_; }
    Timings& timings() { return timings_; }

    Result<store::Store*> store();
    /// The cache directory's path; nothing is made.
    Result<std::string> cache_directory();
    /// The client for these settings, which may hold a script's own: one for all that ask with
    /// equal index options, so that they share one view of the index.
    Result<index::Client*> index(const Settings& settings);
    const python::Surroundings& surroundings();

    /// Hands the client's warnings to the terminal.
    void show_index_warnings();

    /// The end of the command: warnings and timings are shown, what the index client has not
    /// written yet is written. Before exec, which runs no destructor.
    void close();

  private:
    Settings settings_;
    Terminal terminal_;
    Timings timings_;
    std::mutex mutex_; // of what follows
    std::optional<store::Store> store_;
    std::map<std::string, std::unique_ptr<index::Client>> clients_; // by their options
    std::optional<python::Surroundings> surroundings_;
    bool is_closed_ = false;
};

} // namespace pawl::ops
