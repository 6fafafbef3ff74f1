#include "ops/wheel_variants.h"

#include <algorithm>
#include <memory>
#include <string>

#include "base/text.h"
#include "base/url.h"
#include "hardware/wheel_properties.h"
#include "pep/wheel_variant.h"

namespace pawl::ops {

namespace {

Result<hardware::Machine> set_rules(Settings& settings, const python::Interpreter& interpreter) {
    hardware::Machine machine = TRY(hardware::this_machine());
    auto rules = std::make_shared<index::WheelVariantRules>();
    rules->supported = hardware::wheel_properties(machine, hardware::cpu_info());
    rules->tags = pep::TagSet(interpreter.tags());
    settings.wheel_variant_rules = std::move(rules);
    return machine;
}

/// The label in an address's file name, or "".
std::string label_of(std::string_view address) {
    Result<Url> url = Url::parse(address);
    std::string name = url ? std::string(url->file_name()) : std::string();
    auto split = pep::split_variant_wheel(name);
    return split ? std::string(split->label) : "";
}

/// The label of the release's wheels as the page shows them, or "".
std::string label_on(const index::ProjectFiles& page, std::string_view version) {
    for (uint32_t row = 0; row < page.version_count(); ++row) {
        index::VersionView view = page.version(row);
        for (uint32_t i = 0; view.text == version && i < view.file_count; ++i) {
            std::string label = label_of(page.file(view.file_first + i).url);
            if (!label.empty()) {
                return label;
            }
        }
    }
    return "";
}

std::string label_in(const lock::Package& package) {
    for (const lock::Wheel& wheel : package.wheels) {
        std::string label = label_of(wheel.source.url);
        if (!label.empty()) {
            return label;
        }
    }
    return "";
}

} // namespace

Result<std::optional<hardware::Machine>>
allow_wheel_variants(Settings& settings, const python::Interpreter& interpreter) {
    if (!settings.wheel_variants) {
        return std::nullopt;
    }
    return TRY(set_rules(settings, interpreter));
}

Result<> explain_wheel_variants(const lock::Lock& lock, const Settings& settings,
                                const python::Interpreter& interpreter, Services& services) {
    Settings asking = settings;
    TRY(set_rules(asking, interpreter));
    index::Client* client = TRY(services.index(asking));
    auto is_asked = [](const lock::Package& package) {
        return package.version && !package.wheels.empty();
    };
    for (const lock::Package& package : lock.packages) {
        if (is_asked(package) && label_in(package).empty()) {
            client->request_project(client->project(package.name)); // all at once
        }
    }
    for (const lock::Package& package : lock.packages) {
        if (!is_asked(package)) {
            continue;
        }
        std::string shown = package.name.str() + " " + package.version->str();
        std::string label = label_in(package);
        if (!label.empty()) {
            services.terminal().note(shown + ": the wheel variant " + label);
            continue;
        }
        // What the index has is for information: that it cannot be asked is no failure.
        auto answer = client->wait_project(client->project(package.name));
        label = answer ? label_on(answer->files, package.version->str()) : "";
        if (!label.empty()) {
            services.terminal().note(shown + ": the index has the wheel variant " + label +
                                     " for this machine; PAWL_WHEEL_VARIANTS=1 takes it");
        }
    }
    return {};
}

} // namespace pawl::ops
