// tags.list, tags.parse, tags.select

#include <algorithm>
#include <optional>

#include "base/sha256.h"
#include "base/text.h"
#include "handlers.h"
#include "pep/tag.h"

namespace pawl::conformance {

namespace {

/// "2.17-x86_64" behind a prefix: version and machine.
bool read_platform(std::string_view rest, pep::Platform& platform) {
    auto halves = split_once(rest, '-');
    if (!halves) {
        return false;
    }
    auto numbers = split(halves->before, '.');
    auto major = parse_unsigned(numbers[0]);
    auto minor = numbers.size() > 1 ? parse_unsigned(numbers[1]) : std::optional<uint64_t>(0);
    if (!major || !minor) {
        return false;
    }
    platform.major = static_cast<uint32_t>(*major);
    platform.minor = static_cast<uint32_t>(*minor);
    platform.machine = halves->after;
    return true;
}

/// The platforms that a key of the tables names, computed where pawl knows the kind.
std::vector<std::string> platforms_of(const Value& tables, std::string_view key) {
    using System = pep::Platform::System;
    struct Prefix {
        std::string_view text;
        System system;
    };
    constexpr Prefix prefixes[] = {{"linux-glibc", System::linux_glibc},
                                   {"linux-musl", System::linux_musl},
                                   {"macos-", System::macos},
                                   {"ios-", System::ios},
                                   {"android-", System::android}};
    pep::Platform platform;
    for (const Prefix& prefix : prefixes) {
        if (key.starts_with(prefix.text) &&
            read_platform(key.substr(prefix.text.size()), platform)) {
            platform.system = prefix.system;
            return pep::platform_tags(platform);
        }
    }
    if (key.starts_with("win")) {
        platform.system = System::windows;
        platform.machine = key == "win32" ? "x86" : key.substr(4);
        return pep::platform_tags(platform);
    }
    std::vector<std::string> platforms;
    const Value* all = tables.find("platforms");
    const Value::Array* listed = all == nullptr ? nullptr : all->array_at(key);
    for (const Value& value : listed == nullptr ? Value::Array() : *listed) {
        platforms.push_back(value.as_string());
    }
    return platforms;
}

} // namespace

Result<std::vector<pep::Tag>> tags_of(const Value& tables, const Value& in) {
    const Value::Array* python = in.array_at("python");
    if (python == nullptr || python->size() != 2) {
        return fail(Error::Kind::usage, "the case has no Python of two numbers");
    }
    pep::TagTarget target;
    target.major = static_cast<uint32_t>((*python)[0].as_integer());
    target.minor = static_cast<uint32_t>((*python)[1].as_integer());
    target.platforms = platforms_of(tables, TRY(text_of(in, "platform")));
    std::string version = std::to_string(target.major) + std::to_string(target.minor);
    std::string_view flavour = TRY(text_of(in, "flavour"));
    target.implementation = flavour == "pp" ? "pypy" : "cpython";
    if (flavour == "pp") {
        target.abis = {"pypy" + version + "_pp73"};
    } else if (flavour == "d") {
        target.abis = {"cp" + version + "d", "cp" + version};
    } else {
        target.abis = {"cp" + version + std::string(flavour)};
    }
    return pep::compatible_tags(target);
}

namespace {

Result<Value> parse(const Value& in) {
    Value tags = Value::array();
    for (const pep::Tag& tag : TRY(pep::parse_tag(TRY(text_of(in, "s"))))) {
        tags.push_back(tag.str());
    }
    return Value::object({{"tags", std::move(tags)}});
}

Result<Value> list(const Value& tables, const Value& in) {
    auto tags = TRY(tags_of(tables, in));
    std::string text;
    Value all = Value::array();
    Value first = Value::array();
    Value last = Value::array();
    for (size_t i = 0; i < tags.size(); ++i) {
        std::string tag = tags[i].str();
        text += (i == 0 ? "" : "\n") + tag;
        if (i < 8) {
            first.push_back(tag);
        }
        if (i + 4 >= tags.size()) {
            last.push_back(tag);
        }
        all.push_back(std::move(tag));
    }
    return Value::object({{"n", tags.size()},
                          {"sha256", Sha256::hex_of(text)},
                          {"first", std::move(first)},
                          {"last", std::move(last)},
                          {"all", std::move(all)}});
}

/// The last three parts of a wheel's name: the rest of the name does not matter here.
Result<std::vector<pep::Tag>> wheel_tags(std::string_view file) {
    if (!file.ends_with(".whl")) {
        return fail(Error::Kind::input, "no wheel");
    }
    file.remove_suffix(4);
    size_t begin = file.size();
    for (int part = 0; part < 3 && begin != file.npos; ++part) {
        begin = begin == 0 ? file.npos : file.rfind('-', begin - 1);
    }
    return pep::parse_tag(begin == file.npos ? file : file.substr(begin + 1));
}

/// Stable: of two wheels with equally good tags the one listed first.
Result<Value> select(const Value& tables, const Value& in) {
    pep::TagSet tags(TRY(tags_of(tables, in)));
    std::vector<std::pair<uint32_t, std::string_view>> ranked;
    for (std::string_view file : TRY(texts_of(in, "files"))) {
        if (auto rank = tags.rank(TRY(wheel_tags(file)))) {
            ranked.emplace_back(*rank, file);
        }
    }
    std::ranges::stable_sort(ranked, {}, [](const auto& entry) { return entry.first; });
    Value compatible = Value::array();
    for (const auto& entry : ranked) {
        compatible.push_back(entry.second);
    }
    Value best = ranked.empty() ? Value() : Value(ranked.front().second);
    return Value::object(
        {{"compatible_in_order", std::move(compatible)}, {"best", std::move(best)}});
}

} // namespace

void add_tag_handlers(Handlers& handlers) {
    const Value* tables = &handlers.tables();
    handlers.add("tags.parse", parse);
    handlers.add("tags.list", [tables](const Value& in) { return list(*tables, in); });
    handlers.add("tags.select", [tables](const Value& in) { return select(*tables, in); });
}

} // namespace pawl::conformance
