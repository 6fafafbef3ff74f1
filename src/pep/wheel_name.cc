#include "pep/wheel_name.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace pawl::pep {

namespace {

tl::unexpected<Error> wrong(std::string_view file_name, std::string_view kind, std::string why) {
    std::string message = "\"" + printable(file_name) + "\" is not the name of " +
                          std::string(kind) + ": " + std::move(why);
    return fail(Error::Kind::input, std::move(message));
}

/// "2abc": digits, then anything.
std::optional<BuildTag> parse_build(std::string_view text) {
    size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) {
        ++digits;
    }
    std::optional<uint64_t> number = parse_unsigned(text.substr(0, digits));
    if (!number) {
        return std::nullopt;
    }
    return BuildTag{*number, std::string(text.substr(digits))};
}

/// An escaped project name: word characters and dots, no two "_" in a row.
bool is_escaped_name(std::string_view text) {
    bool only_words = std::ranges::all_of(text, [](char c) {
        return is_alnum(c) || c == '_' || c == '.' || static_cast<unsigned char>(c) >= 0x80;
    });
    return !text.empty() && only_words && text.find("__") == std::string_view::npos &&
           is_utf8(text);
}

/// What stands before ".tar.gz" or ".zip"; nothing for other endings.
std::optional<std::string_view> sdist_stem(std::string_view file_name) {
    for (std::string_view ending : {std::string_view(".tar.gz"), std::string_view(".zip")}) {
        if (file_name.ends_with(ending)) {
            return file_name.substr(0, file_name.size() - ending.size());
        }
    }
    return std::nullopt;
}

/// How much of the text spells the normal name, in any of its spellings; 0 when it does not.
size_t spelled_length(std::string_view text, std::string_view normal) {
    size_t at = 0;
    auto is_separator_here = [&] {
        return at < text.size() && (text[at] == '-' || text[at] == '_' || text[at] == '.');
    };
    for (char c : normal) {
        if (c != '-') {
            if (at == text.size() || to_lower(text[at]) != c) {
                return 0;
            }
            ++at;
            continue;
        }
        if (!is_separator_here()) {
            return 0;
        }
        while (is_separator_here()) {
            ++at;
        }
    }
    return at;
}

} // namespace

Result<WheelNameParts> WheelNameParts::parse(std::string_view file_name) {
    auto wrong_wheel = [&](std::string why) { return wrong(file_name, "a wheel", std::move(why)); };
    if (!file_name.ends_with(".whl")) {
        return wrong_wheel("it does not end in \".whl\"");
    }
    std::string_view stem = file_name.substr(0, file_name.size() - 4);
    std::vector<std::string_view> parts = split(stem, '-');
    if (parts.size() != 5 && parts.size() != 6) {
        return wrong_wheel("it needs five or six parts between \"-\" (name, version, perhaps a "
                           "build number, and three tags), but has " +
                           std::to_string(parts.size()));
    }
    if (!is_escaped_name(parts[0])) {
        return wrong_wheel("\"" + printable(parts[0]) + "\" cannot be a project's name there");
    }
    Result<Version> version = Version::parse(parts[1]);
    if (!version) {
        return wrong_wheel(std::move(version.error().message));
    }
    std::optional<BuildTag> build;
    if (parts.size() == 6) {
        build = parse_build(parts[2]);
        if (!build) {
            return wrong_wheel("the build number \"" + printable(parts[2]) +
                               "\" does not begin with a number");
        }
    }
    std::string_view tag_text =
        stem.substr(static_cast<size_t>(parts[parts.size() - 3].data() - stem.data()));
    Result<std::vector<Tag>> tags = parse_tag(tag_text);
    if (!tags) {
        return wrong_wheel(std::move(tags.error().message));
    }
    return WheelNameParts{parts[0], std::move(*version), std::move(build), std::move(*tags)};
}

Result<WheelName> WheelName::parse(std::string_view file_name) {
    WheelNameParts parts = TRY(WheelNameParts::parse(file_name));
    Result<Name> name = Name::parse(parts.name);
    if (!name) {
        return wrong(file_name, "a wheel", std::move(name.error().message));
    }
    return WheelName{std::move(*name), std::move(parts.version), std::move(parts.build),
                     std::move(parts.tags)};
}

Result<SdistNameParts> SdistNameParts::parse(std::string_view file_name) {
    auto wrong_sdist = [&](std::string why) {
        return wrong(file_name, "a source distribution", std::move(why));
    };
    std::optional<std::string_view> stem = sdist_stem(file_name);
    if (!stem) {
        return wrong_sdist("it ends neither in \".tar.gz\" nor in \".zip\"");
    }
    size_t dash = stem->rfind('-'); // a version in its normal form has none
    if (dash == std::string_view::npos || dash == 0) {
        return wrong_sdist("it needs a name, \"-\" and a version");
    }
    Result<Version> version = Version::parse(stem->substr(dash + 1));
    if (!version) {
        return wrong_sdist(std::move(version.error().message));
    }
    return SdistNameParts{stem->substr(0, dash), std::move(*version)};
}

Result<SdistName> SdistName::parse(std::string_view file_name) {
    SdistNameParts parts = TRY(SdistNameParts::parse(file_name));
    Result<Name> name = Name::parse(parts.name);
    if (!name) {
        return wrong(file_name, "a source distribution", std::move(name.error().message));
    }
    return SdistName{std::move(*name), std::move(parts.version)};
}

Result<SdistName> SdistName::parse_for(std::string_view file_name, const Name& project) {
    std::optional<std::string_view> stem = sdist_stem(file_name);
    if (!stem) {
        return wrong(file_name, "a source distribution",
                     "it ends neither in \".tar.gz\" nor in \".zip\"");
    }
    size_t length = spelled_length(*stem, project.str());
    if (length > 0 && length < stem->size() && (*stem)[length] == '-') {
        if (Result<Version> version = Version::parse(stem->substr(length + 1))) {
            return SdistName{project, std::move(*version)};
        }
    }
    return wrong(file_name, "a source distribution",
                 "it is not \"" + project.str() + "\", \"-\" and a version");
}

} // namespace pawl::pep
