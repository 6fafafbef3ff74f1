#include "hardware/variant.h"

#include <algorithm>

#include "base/text.h"

namespace pawl::hardware {

Result<Condition> Condition::parse(std::string_view text) {
    std::string_view whole = trim(text);
    size_t end = 0;
    while (end < whole.size() && is_alnum(whole[end])) {
        ++end;
    }
    std::string_view word = whole.substr(0, end);
    std::string_view rest = trim(whole.substr(end));
    auto wrong = [text](std::string_view why) {
        return fail(
            Error{Error::Kind::input,
                  "\"" + printable(text) + "\" is no condition" + std::string(why)}
                .hint("it is \"none\", \"cuda\" or \"rocm\", the latter two perhaps with versions: "
                      "\"cuda >= 12.1\""));
    };
    if (word == "none" && rest.empty()) {
        return Condition{};
    }
    Condition condition{.platform = platform_of_word(word), .versions = {}};
    if (!condition.platform) {
        return wrong("");
    }
    Result<pep::Specifiers> versions = pep::Specifiers::parse(rest);
    if (!versions) {
        return wrong(": " + versions.error().message);
    }
    condition.versions = *std::move(versions);
    return condition;
}

std::string Condition::str() const {
    return platform ? std::string(platform_word(*platform)) + versions.str() : "none";
}

std::string Condition::missing(const Machine& machine) const {
    const Device* device = platform ? machine.find(*platform) : nullptr;
    if (!platform || (device != nullptr && versions.is_empty())) {
        return "";
    }
    if (device == nullptr) {
        return "this machine has " + machine.str();
    }
    if (!device->version) {
        return "this machine does not tell which " + std::string(platform_name(*platform)) +
               " it has";
    }
    return versions.contains(*device->version, pep::Prereleases::yes)
               ? ""
               : "this machine has " + std::string(platform_name(*platform)) + " " +
                     device->version->str();
}

std::string Variant::condition() const {
    std::vector<std::string> texts;
    texts.reserve(when.size());
    for (const Condition& condition : when) {
        texts.push_back(condition.str());
    }
    return texts.empty() ? "none" : join(texts, " or ");
}

Result<std::string> parse_variant_name(std::string_view name) {
    constexpr size_t name_bytes_max = 64;
    bool is_plain =
        std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
    if (!is_plain || name.empty() || !is_alnum(name[0]) || name.size() > name_bytes_max) {
        return fail(
            Error{Error::Kind::input, "a variant cannot be called \"" + printable(name) + "\""}
                .hint("its lock is pylock.NAME.toml: use letters, digits, \"-\" and \"_\", "
                      "a letter or digit first"));
    }
    if (name == automatic) {
        return fail(Error::Kind::input, "a variant cannot be called \"auto\": --variant auto picks "
                                        "one");
    }
    return std::string(name);
}

Choice choose_variant(std::span<const Variant> variants, const Machine& machine) {
    Choice choice;
    const Variant* fallback = nullptr;
    for (const Variant& variant : variants) {
        if (variant.is_fallback()) {
            fallback = &variant;
            continue;
        }
        if (choice.chosen != nullptr) {
            choice.verdicts.push_back({&variant, "not looked at"});
            continue;
        }
        std::string missing;
        for (const Condition& condition : variant.when) {
            missing = condition.missing(machine);
            if (missing.empty()) {
                choice.chosen = &variant;
                choice.verdicts.push_back({&variant, "chosen: " + condition.str() + " holds"});
                break;
            }
        }
        if (choice.chosen == nullptr) {
            choice.verdicts.push_back(
                {&variant, "rejected: it needs " + variant.condition() + ", and " + missing});
        }
    }
    if (fallback != nullptr) {
        choice.verdicts.push_back({fallback, choice.chosen == nullptr
                                                 ? "chosen: it needs nothing, and no other fits"
                                                 : "the fallback, not needed"});
        choice.chosen = choice.chosen == nullptr ? fallback : choice.chosen;
    }
    return choice;
}

} // namespace pawl::hardware
