#include "ops/services.h"

namespace pawl::ops {

Services::Services(Settings settings)
    : settings_(std::move(settings)), terminal_(settings_.terminal) {}

Services::~Services() {
    close();
}

void Services::close() {
    show_index_warnings();
    clients_.clear();
    if (settings_.timings && !is_closed_) {
        terminal_.note(timings_.report());
    }
    is_closed_ = true;
}

Result<std::string> Services::cache_directory() {
    if (!settings_.cache_directory.empty()) {
        return fs::absolute(settings_.cache_directory);
    }
    return store::default_directory();
}

Result<store::Store*> Services::store() {
    std::lock_guard lock(mutex_);
    if (!store_) {
        store_ = TRY(store::Store::open(TRY(cache_directory())));
    }
    return &*store_;
}

namespace {

/// Everything that index_options() looks at.
std::string client_key(const Settings& settings) {
    std::string key;
    auto add = [&key](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) {
            key += text + '\n';
        }
        key += '\f';
    };
    add({settings.index_url, settings.index_strategy, settings.exclude_newer,
         settings.no_index ? "none" : "", settings.offline ? "offline" : "",
         settings.refresh ? "refresh" : ""});
    // Each making of the rules is asked apart; a client holds them, so the address is theirs alone.
    auto rules = reinterpret_cast<uintptr_t>(settings.wheel_variant_rules.get());
    add({std::to_string(rules)});
    add(settings.extra_index_urls);
    add(settings.indexes);
    add(settings.find_links);
    add(settings.explicit_indexes);
    add(settings.trusted_hosts);
    for (const auto& [name, index] : settings.index_pins) {
        add({name.str(), index});
    }
    for (const auto& [name, limit] : settings.exclude_newer_of) {
        add({name.str(), "newer " + limit});
    }
    for (const Url& login : settings.logins) {
        add({login.origin(), std::string(login.user()), std::string(login.password())});
    }
    return key;
}

} // namespace

Result<index::Client*> Services::index(const Settings& settings) {
    std::string key = client_key(settings);
    std::lock_guard lock(mutex_);
    std::unique_ptr<index::Client>& client = clients_[key];
    if (!client) {
        client = TRY(index::Client::create(TRY(index_options(settings)), TRY(cache_directory())));
    }
    return client.get();
}

const python::Surroundings& Services::surroundings() {
    std::lock_guard lock(mutex_);
    if (!surroundings_) {
        Result<std::string> cache = cache_directory();
        surroundings_ = python::Surroundings::of_process(cache ? *cache : std::string());
    }
    return *surroundings_;
}

void Services::show_index_warnings() {
    std::lock_guard lock(mutex_);
    for (const auto& [key, client] : clients_) {
        for (const std::string& warning :
             client ? client->take_warnings() : std::vector<std::string>()) {
            terminal_.warn(warning);
        }
    }
}

} // namespace pawl::ops
