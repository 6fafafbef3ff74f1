// filename.wheel, filename.sdist.
//
// Answered from the file name taken apart: the corpus lets names pass that pep::WheelName and
// pep::SdistName refuse (test/conformance/expected_differences.md).

#include "handlers.h"

#include <algorithm>

#include "pep/wheel_name.h"

namespace pawl::conformance {

static Result<Value> parse_wheel_name(const Value& in) {
    using pep::WheelNameParts;
    std::string_view text = TRY(text_of(in, "s"));
    WheelNameParts parts = TRY(WheelNameParts::parse(text));
    std::vector<std::string> texts;
    for (const pep::Tag& tag : parts.tags) {
        texts.push_back(tag.str());
    }
    std::ranges::sort(texts);
    texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
    Value tags = Value::array();
    for (const std::string& tag : texts) {
        tags.push_back(tag);
    }
    Value build = Value::array();
    if (parts.build) {
        build.push_back(parts.build->number);
        build.push_back(parts.build->suffix);
    }
    Value out;
    out.set("name", pep::normalize_name(parts.name));
    out.set("version", parts.version.str());
    out.set("build", std::move(build));
    out.set("tags", std::move(tags));
    return out;
}

static Result<Value> parse_sdist_name(const Value& in) {
    using pep::SdistNameParts;
    std::string_view text = TRY(text_of(in, "s"));
    SdistNameParts parts = TRY(SdistNameParts::parse(text));
    Value out;
    out.set("name", pep::normalize_name(parts.name));
    out.set("version", parts.version.str());
    return out;
}

void add_file_name_handlers(Handlers& handlers) {
    handlers.add("filename.wheel", parse_wheel_name);
    handlers.add("filename.sdist", parse_sdist_name);
}

} // namespace pawl::conformance
