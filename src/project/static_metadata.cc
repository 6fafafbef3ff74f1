#include "project/static_metadata.h"

#include "base/fs.h"
#include "base/text.h"
#include "base/url.h"
#include "project/pyproject.h"

namespace pawl::project {

namespace {

constexpr uint64_t file_bytes_max = uint64_t{16} << 20;

/// "./lib" of `lib @ ./lib` as a file: URL.
std::string absolute_url(const std::string& url, std::string_view directory) {
    size_t colon = url.find(':');
    bool has_scheme =
        colon != std::string::npos && url.substr(0, colon).find('/') == std::string::npos;
    return url.empty() || has_scheme
               ? url
               : Url::from_path(fs::normalize(fs::join(directory, url))).text();
}

void add_requirement(std::string& text, const ProjectRequirement& one, std::string_view directory,
                     const std::string& extra) {
    using pep::Marker;
    pep::Requirement requirement = one.requirement;
    requirement.url = absolute_url(requirement.url, directory);
    if (!extra.empty()) {
        Marker is_extra = Marker::of(Marker::Comparison{.variable = pep::MarkerVariable::extra,
                                                        .op = Marker::Operator::equal,
                                                        .literal = extra});
        requirement.marker = requirement.marker
                                 ? Marker::of(Marker::Kind::all_of, {*requirement.marker, is_extra})
                                 : is_extra;
    }
    text += "Requires-Dist: " + requirement.str() + "\n";
}

} // namespace

Result<std::optional<std::string>> static_metadata(std::string_view directory) {
    std::string path = fs::join(directory, "pyproject.toml");
    if (!fs::exists(path)) {
        return std::optional<std::string>();
    }
    Pyproject pyproject = TRY(parse_pyproject(TRY(fs::read(path, file_bytes_max)), path));
    if (!pyproject.project || !pyproject.project->version) {
        return std::optional<std::string>();
    }
    const ProjectTable& project = *pyproject.project;
    for (std::string_view field : {"dependencies", "optional-dependencies", "requires-python"}) {
        if (project.is_dynamic(field)) {
            return std::optional<std::string>();
        }
    }
    std::string text = "Metadata-Version: 2.2\nName: " + project.name_as_written +
                       "\nVersion: " + project.version->str() + "\n";
    if (project.requires_python) {
        text += "Requires-Python: " + project.requires_python->str() + "\n";
    }
    for (const ProjectRequirement& one : project.dependencies) {
        add_requirement(text, one, directory, "");
    }
    for (const auto& [extra, requirements] : project.optional_dependencies) {
        text += "Provides-Extra: " + extra.str() + "\n";
        for (const ProjectRequirement& one : requirements) {
            add_requirement(text, one, directory, extra.str());
        }
    }
    return std::optional(std::move(text));
}

} // namespace pawl::project
