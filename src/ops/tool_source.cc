#include "ops/tool_source.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "ops/environment.h"
#include "ops/source_tree.h"
#include "pep/tag.h"
#include "pep/wheel_name.h"
#include "project/requirement_address.h"

namespace pawl::ops {

namespace {

constexpr uint64_t metadata_bytes_max = uint64_t{16} << 20;

/// "NAME@V" as uvx writes it becomes "NAME==V"; "NAME@latest" the name.
std::string without_at(std::string_view text) {
    std::optional<Halves> halves = split_once(text, '@');
    bool is_pin = halves && !halves->before.empty() && !halves->after.empty() &&
                  text.find_first_of("/: ") == std::string_view::npos;
    if (!is_pin) {
        return std::string(text);
    }
    std::string name(halves->before);
    return halves->after == "latest" ? name : name + "==" + std::string(halves->after);
}

/// A release of the project's page, judged.
class WheelChoice {
  public:
    WheelChoice(const pep::Requirement& requirement, const index::ProjectFiles& files,
                const ToolSearch& search)
        : requirement_(requirement), files_(files), search_(search),
          tags_(search.interpreter->tags()) {
        for (const pep::Specifier& clause : requirement.specifiers.clauses()) {
            bool is_exact = clause.op() == pep::Specifier::Operator::equal && !clause.is_wildcard();
            is_pinned_ =
                is_pinned_ || is_exact || clause.op() == pep::Specifier::Operator::arbitrary_equal;
        }
    }

    /// The newest release with a file that can be used: its wheel, or nothing in `wheel` when it
    /// must be built.
    struct Found {
        std::optional<index::DistributionFile> wheel;
    };
    std::optional<Found> newest(bool with_prereleases) {
        for (uint32_t row = files_.version_count(); row-- > 0;) {
            index::VersionView view = files_.version(row);
            if ((view.is_prerelease && !with_prereleases) || (view.is_yanked && !is_pinned_) ||
                !requirement_.specifiers.contains_text(view.text, pep::Prereleases::yes)) {
                continue;
            }
            std::optional<uint32_t> best;
            bool has_sdist = false;
            look_at(view, best, has_sdist);
            if (best) {
                return Found{files_.distribution(*best)};
            }
            if (has_sdist && search_.build) {
                return Found{};
            }
        }
        return std::nullopt;
    }

    /// What a release would need, for an error: why the newest one does not fit.
    bool has_matching_release() const {
        for (uint32_t row = 0; row < files_.version_count(); ++row) {
            if (requirement_.specifiers.contains_text(files_.version(row).text,
                                                      pep::Prereleases::yes)) {
                return true;
            }
        }
        return false;
    }

  private:
    void look_at(const index::VersionView& view, std::optional<uint32_t>& best, bool& has_sdist) {
        uint32_t best_rank = 0;
        std::optional<pep::BuildTag> best_build;
        for (uint32_t row = view.file_first; row < view.file_first + view.file_count; ++row) {
            index::FileView file = files_.file(row);
            Result<pep::Specifiers> pythons = pep::Specifiers::parse(file.requires_python);
            bool fits =
                !pythons || pythons->contains(search_.interpreter->version, pep::Prereleases::yes);
            if (file.is_too_new || (file.is_yanked && !is_pinned_) || !fits) {
                continue;
            }
            has_sdist = has_sdist || file.kind == index::FileKind::sdist;
            Result<pep::WheelName> name = pep::WheelName::parse(file.file_name);
            std::optional<uint32_t> rank = name ? tags_.rank(name->tags) : std::nullopt;
            if (!rank || (best && (*rank > best_rank ||
                                   (*rank == best_rank && !(name->build > best_build))))) {
                continue;
            }
            best = row;
            best_rank = *rank;
            best_build = name->build;
        }
    }

    const pep::Requirement& requirement_;
    const index::ProjectFiles& files_;
    const ToolSearch& search_;
    pep::TagSet tags_;
    bool is_pinned_ = false;
};

tl::unexpected<Error> no_release(const pep::Requirement& requirement, std::string_view why) {
    return fail(Error::Kind::no_solution,
                "no solution: " + printable(requirement.str()) + std::string(why));
}

/// The wheel of the newest release that fits; nothing when it must be built.
Result<std::optional<index::DistributionFile>>
choose_file(const pep::Requirement& requirement, const ToolSearch& search, Services& services) {
    index::Client& client = *TRY(services.index(*search.settings));
    index::ProjectId project = client.project(requirement.name);
    client.request_project(project);
    index::ProjectAnswer answer = TRY(client.wait_project(project));
    services.show_index_warnings();
    if (answer.outcome == index::ProjectAnswer::Outcome::unknown) {
        return no_release(requirement, ": the index knows no such project");
    }
    resolve::Options options = TRY(resolve_options(*search.settings));
    using Mode = resolve::PrereleaseMode;
    bool names_one = requirement.specifiers.names_prerelease();
    WheelChoice choice(requirement, answer.files, search);
    std::optional<WheelChoice::Found> found = choice.newest(
        options.prereleases == Mode::allow || (names_one && options.prereleases != Mode::disallow));
    if (!found && options.prereleases == Mode::if_necessary) {
        found = choice.newest(true);
    }
    if (!found && !choice.has_matching_release()) {
        return no_release(requirement, ": the index has no such release");
    }
    if (!found) {
        Error error{Error::Kind::no_solution,
                    "no solution: no release of " + printable(requirement.str()) +
                        " has a wheel for " + search.interpreter->describe()};
        return fail(std::move(error).hint("choose another Python with --python, or allow it to be "
                                          "built, which runs its code, with --build"));
    }
    return std::move(found->wheel);
}

/// An entry of a lock for one file of an index.
lock::Package package_of(const index::DistributionFile& file) {
    lock::Package package{.name = pep::Name::of(file.name)};
    package.version = pep::Version::parse(file.version).value();
    lock::FileSource source{.size_bytes = file.size_bytes, .hashes = file.hashes};
    if (file.url->scheme() == "file") {
        source.path = file.url->local_path().value_or("");
    } else {
        source.url = file.url->text_without_fragment();
    }
    package.index = file.index_url;
    package.wheels.push_back({file.file_name, std::move(source)});
    return package;
}

/// An entry of a lock for a wheel that was asked for by its address.
Result<lock::Package> package_of(const ToolSource& source, const ToolSearch& search) {
    SourceAddress address =
        TRY_IN(printable(source.text), parse_source_address(source.requirement.url));
    lock::Package package{.name = source.requirement.name};
    package.archive =
        lock::Archive{{.url = address.url, .path = address.path, .hashes = address.hashes}, ""};
    pep::WheelName name =
        TRY_IN(printable(source.text), pep::WheelName::parse(package.archive->file_name()));
    if (name.name != source.requirement.name) {
        return fail(Error::Kind::integrity, printable(package.archive->file_name()) +
                                                " is a wheel of " + name.name.str() + ", not of " +
                                                source.requirement.name.str());
    }
    if (!pep::TagSet(search.interpreter->tags()).rank(name.tags)) {
        return fail(Error::Kind::environment,
                    printable(package.archive->file_name()) +
                        " is a wheel for another platform or Python than " +
                        search.interpreter->describe());
    }
    package.version = name.version;
    return package;
}

} // namespace

std::string ToolSource::path() const {
    Result<Url> url = Url::parse(requirement.url);
    Result<std::string> path = url ? url->local_path() : std::string();
    return kind == Kind::wheel && path ? *path : "";
}

Result<ToolSource> parse_tool_source(std::string_view text) {
    std::string plain = without_at(text);
    if (plain.ends_with('@')) {
        return fail(
            Error{Error::Kind::usage, printable(text) + ": a version must stand behind @"}.hint(
                "NAME@VERSION, NAME@latest"));
    }
    std::string directory = TRY(fs::current_directory());
    project::AddressedRequirement read =
        TRY_IN(printable(text),
               project::parse_address(plain, {.directory = directory, .file_directory = {}}));
    ToolSource source{.requirement = std::move(read.requirement),
                      .text = std::move(plain),
                      .login = std::move(read.login)};
    if (source.requirement.marker) {
        return fail(Error::Kind::usage, printable(text) + ": a tool has no marker");
    }
    if (source.requirement.url.empty()) {
        return source;
    }
    Result<Url> url = Url::parse(source.requirement.url);
    bool is_wheel =
        url && (url->is_http() || url->scheme() == "file") && url->file_name().ends_with(".whl");
    source.kind = is_wheel ? ToolSource::Kind::wheel : ToolSource::Kind::other;
    source.text = source.requirement.str();
    return source;
}

Result<std::optional<ToolWheel>> find_tool_wheel(const ToolSource& source, const ToolSearch& search,
                                                 Services& services) {
    lock::Lock lock;
    if (source.kind == ToolSource::Kind::other) {
        return std::optional<ToolWheel>();
    }
    if (source.kind == ToolSource::Kind::wheel) {
        lock.packages.push_back(TRY(package_of(source, search)));
    } else {
        std::optional<index::DistributionFile> file =
            TRY(choose_file(source.requirement, search, services));
        if (!file) {
            return std::optional<ToolWheel>();
        }
        lock.packages.push_back(package_of(*file));
    }
    EnvironmentRequest request;
    request.interpreter = search.interpreter;
    request.settings = *search.settings;
    request.lock_directory = "/";
    request.settings.no_build = true;
    WheelSet set = TRY(wheels_of(lock, request, services));
    store::WheelEntry& entry = set.wheels.at(0);
    std::string text = TRY(
        fs::read(entry.files() + "/" + entry.manifest.dist_info + "/METADATA", metadata_bytes_max));
    pep::CoreMetadata metadata =
        TRY_IN(printable(entry.manifest.file_name), pep::CoreMetadata::parse(text));
    ToolWheel wheel{.entry = std::move(entry),
                    .metadata = std::move(metadata),
                    .package = std::move(lock.packages[0]),
                    .url = {}};
    lock::FileSource& from =
        wheel.package.archive ? wheel.package.archive->source : wheel.package.wheels.at(0).source;
    std::erase_if(from.hashes, [](const Hash& hash) { return hash.algorithm == "sha256"; });
    from.hashes.push_back(Hash{"sha256", wheel.entry.sha256});
    wheel.url = from.url;
    return std::optional(std::move(wheel));
}

} // namespace pawl::ops
