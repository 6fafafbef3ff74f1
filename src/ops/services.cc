#include "ops/services.h"

namespace pawl::ops {

Services::Services(Settings settings)
    : settings_(std::move(settings)), terminal_(settings_.terminal) {}

Services::~Services() {
    show_index_warnings();
    client_.reset();
    if (settings_.timings) {
        terminal_.note(timings_.report());
    }
}

Result<std::string> Services::cache_directory() {
    if (!settings_.cache_directory.empty()) {
        return fs::absolute(settings_.cache_directory);
    }
    return store::default_directory();
}

Result<store::Store*> Services::store() {
    if (!store_) {
        store_ = TRY(store::Store::open(TRY(cache_directory())));
    }
    return &*store_;
}

Result<index::Client*> Services::index(const Settings& settings) {
    // Everything that index_options() looks at.
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
    add(settings.extra_index_urls);
    add(settings.indexes);
    add(settings.find_links);
    add(settings.explicit_indexes);
    for (const auto& [name, index] : settings.index_pins) {
        add({name.str(), index});
    }
    for (const auto& [name, limit] : settings.exclude_newer_of) {
        add({name.str(), "newer " + limit});
    }
    for (const Url& login : settings.logins) {
        add({login.origin(), std::string(login.user()), std::string(login.password())});
    }
    if (!client_ || key != client_key_) {
        show_index_warnings();
        client_ = TRY(index::Client::create(TRY(index_options(settings)), TRY(cache_directory())));
        client_key_ = key;
    }
    return client_.get();
}

const python::Surroundings& Services::surroundings() {
    if (!surroundings_) {
        Result<std::string> cache = cache_directory();
        surroundings_ = python::Surroundings::of_process(cache ? *cache : std::string());
    }
    return *surroundings_;
}

void Services::show_index_warnings() {
    if (client_) {
        for (const std::string& warning : client_->take_warnings()) {
            terminal_.warn(warning);
        }
    }
}

} // namespace pawl::ops
