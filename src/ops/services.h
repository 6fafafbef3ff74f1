#pragma once
// What the verbs work with: made once a command, everything opened on first use.

#include <memory>
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

/// For the one thread that runs the command.
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
    /// The client for these settings, which may hold a script's own; kept for the next call with
    /// equal index options.
    Result<index::Client*> index(const Settings& settings);
    const python::Surroundings& surroundings();

    /// Hands the client's warnings to the terminal.
    void show_index_warnings();

  private:
    Settings settings_;
    Terminal terminal_;
    Timings timings_;
    std::optional<store::Store> store_;
    std::unique_ptr<index::Client> client_;
    std::string client_key_;
    std::optional<python::Surroundings> surroundings_;
};

} // namespace pawl::ops
