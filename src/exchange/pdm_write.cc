// Writing a pdm.lock 4.5.1 that pdm takes as fresh: `content_hash` is the one that it would take of
// the pyproject.toml beside it. Where all addresses are known the strategy is "static_urls", so
// that they are kept.

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "exchange/formats.h"
#include "exchange/losses.h"
#include "exchange/manifest.h"
#include "exchange/manifest_hash.h"
#include "exchange/named_files.h"
#include "pep/marker_space.h"
#include "text/toml_write.h"

namespace pawl::exchange {

namespace {

using text::toml_string;

constexpr Keeps keeps = {.file_names = true,
                         .addresses = true,
                         .requires_python = true,
                         .lock_requires_python = true,
                         .extras = true,
                         .groups = true,
                         .edges = true,
                         .specifiers = true,
                         .summaries = true};

/// main first, under pdm's name for it.
std::string group_name(const Selector& selector) {
    return selector.kind == Selector::Kind::main ? "default" : selector.name;
}

void sort_groups(std::vector<std::string>& groups) {
    std::ranges::sort(groups, [](const std::string& a, const std::string& b) {
        return std::pair(a != "default", a) < std::pair(b != "default", b);
    });
    groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
}

class PdmWriter {
  public:
    PdmWriter(const Document& document, const Context& context)
        : document_(document), context_(context) {}

    Result<Written> write() {
        TRY(find_project());
        has_addresses_ = has_all_addresses();
        out_.comment("Made by pawl, for pdm to install from; not to be changed by hand.");
        TRY(write_metadata());
        find_asked_sets();
        std::vector<uint32_t> order = entries_in_order(document_.lock);
        for (uint32_t entry : order) {
            const std::string name = entry_name(document_.lock.packages[entry]);
            TRY_IN(name, write_entry(entry, {}));
            for (const std::vector<pep::Name>& extras : sets_of(entry)) {
                TRY_IN(name, write_entry(entry, extras));
            }
        }
        Keeps kept = keeps;
        kept.addresses = has_addresses_;
        Written written{out_.take(), losses_of(document_, kept, "pdm.lock")};
        std::ranges::move(losses_, std::back_inserter(written.losses));
        return written;
    }

  private:
    Result<> find_project() {
        if (std::optional<Project> beside = TRY(project_beside(context_))) {
            project_ = std::move(*beside);
            return {};
        }
        losses_.push_back(
            {"", "project",
             "there is no pyproject.toml beside it, which pdm would compare it with"});
        if (!document_.projects.empty()) {
            project_ = document_.projects[0];
        }
        return {};
    }

    /// pdm takes addresses for all files or for none.
    bool has_all_addresses() const {
        auto has_url = [](const lock::FileSource& source) { return !source.url.empty(); };
        bool is_any = false;
        for (const lock::Package& package : document_.lock.packages) {
            is_any = is_any || package.sdist || !package.wheels.empty();
            if ((package.sdist && !has_url(package.sdist->source)) ||
                !std::ranges::all_of(package.wheels, [&has_url](const lock::Wheel& wheel) {
                    return has_url(wheel.source);
                })) {
                return false;
            }
        }
        return is_any;
    }

    Result<> write_metadata() {
        std::vector<std::string> groups = {"default"};
        for (const pep::Name& extra : project_.extras) {
            groups.push_back(extra.str());
        }
        groups.insert(groups.end(), project_.groups.begin(), project_.groups.end());
        for (const Facts& facts : document_.facts) {
            for (const Membership& one : facts.memberships) {
                groups.push_back(group_name(one.selector));
            }
        }
        sort_groups(groups);
        std::vector<std::string> strategy = {"inherit_metadata"};
        if (has_addresses_) {
            strategy.emplace_back("static_urls");
        }
        out_.table("metadata").entry("groups", text::toml_strings(groups));
        out_.entry("strategy", text::toml_strings(strategy)).string("lock_version", "4.5.1");
        out_.string("content_hash",
                    "sha256:" + TRY_IN("pyproject.toml",
                                       pdm_content_hash(context_.pyproject.value_or(""))));
        std::string pythons;
        if (project_.requires_python && !project_.requires_python->is_empty()) {
            pythons = project_.requires_python->str();
        } else if (document_.lock.requires_python) {
            pythons = document_.lock.requires_python->str();
        }
        out_.array_table("metadata.targets").string("requires_python", pythons);
        return {};
    }

    // --- extras ---------------------------------------------------------------------------------

    /// Which extras are asked for together: pdm looks for an entry with just these.
    void find_asked_sets() {
        auto ask = [this](const Edge& edge) {
            if (!edge.extras.empty()) {
                asked_sets_[edge.name].insert(edge.extras);
            }
        };
        for (const Root& root : project_.roots) {
            for (const Edge& edge : Edge::from(root.requirement)) {
                ask(edge);
            }
        }
        for (const Facts& facts : document_.facts) {
            for (const Edge& edge : facts.edges) {
                if (edge.extra.empty() || is_asked(facts, edge.extra)) {
                    ask(edge);
                }
            }
        }
    }

    static bool is_asked(const Facts& facts, std::string_view extra) {
        return std::ranges::any_of(facts.extras,
                                   [extra](const pep::Name& one) { return one.str() == extra; });
    }

    std::vector<std::vector<pep::Name>> sets_of(uint32_t entry) const {
        const std::vector<pep::Name>& extras = document_.facts[entry].extras;
        std::vector<std::vector<pep::Name>> sets;
        if (extras.empty()) {
            return sets;
        }
        auto found = asked_sets_.find(document_.lock.packages[entry].name);
        if (found != asked_sets_.end()) {
            for (const std::vector<pep::Name>& set : found->second) {
                bool is_ours = std::ranges::includes(extras, set);
                if (is_ours) {
                    sets.push_back(set);
                }
            }
        }
        if (sets.empty()) {
            sets.push_back(extras);
        }
        return sets;
    }

    // --- entries --------------------------------------------------------------------------------

    Result<> write_entry(uint32_t entry, const std::vector<pep::Name>& extras) {
        const lock::Package& package = document_.lock.packages[entry];
        const Facts& facts = document_.facts[entry];
        if (!package.version) {
            return fail(
                Error{Error::Kind::input,
                      "there is no version of it, which pdm.lock cannot do without"}
                    .hint("its metadata would tell: allow builds, or leave --offline away"));
        }
        out_.array_table("package");
        out_.string("name", package.name.str()).string("version", package.version->str());
        if (!extras.empty()) {
            std::vector<std::string> names;
            for (const pep::Name& extra : extras) {
                names.push_back(extra.str());
            }
            out_.entry("extras", text::toml_strings(names));
        }
        if (package.requires_python && !package.requires_python->is_empty()) {
            out_.string("requires_python", package.requires_python->str());
        }
        TRY(write_source(package));
        out_.string("summary", facts.summary);
        write_groups(package, facts);
        write_edges(package, facts, extras);
        return write_files(package);
    }

    Result<> write_source(const lock::Package& package) {
        if (package.vcs) {
            const lock::Vcs& vcs = *package.vcs;
            if (vcs.type != "git" || vcs.url.empty()) {
                return fail(Error::Kind::input, "only repositories of git can be written");
            }
            write_subdirectory(vcs.subdirectory);
            out_.string("git", vcs.url);
            if (!vcs.requested_revision.empty()) {
                out_.string("ref", vcs.requested_revision);
            }
            out_.string("revision", vcs.commit_id);
        } else if (package.directory) {
            if (package.directory->editable) {
                out_.entry("editable", "true");
            }
            write_subdirectory(package.directory->subdirectory);
            out_.string("path", dotted(package.directory->path));
        } else if (package.archive) {
            const lock::FileSource& source = package.archive->source;
            write_subdirectory(package.archive->subdirectory);
            if (source.path.empty()) {
                out_.string("url", source.url);
            } else {
                out_.string("path", dotted(source.path));
            }
        }
        return {};
    }

    void write_subdirectory(const std::string& subdirectory) {
        if (!subdirectory.empty()) {
            out_.string("subdirectory", subdirectory);
        }
    }

    static std::string dotted(const std::string& path) {
        return path.starts_with('.') || path.starts_with('/') ? path : "./" + path;
    }

    /// One marker for all groups: where any of them needs it.
    void write_groups(const lock::Package& package, const Facts& facts) {
        std::vector<std::string> groups;
        pep::MarkerSpace space;
        pep::MarkerId where = pep::MarkerId::never;
        bool is_same = true;
        for (const Membership& one : facts.memberships) {
            groups.push_back(group_name(one.selector));
            pep::MarkerId here = one.marker ? space.from(*one.marker) : pep::MarkerId::always;
            is_same = is_same && (groups.size() == 1 || here == where);
            where = space.either(where, here);
        }
        sort_groups(groups);
        out_.entry("groups", text::toml_strings(groups));
        if (!is_same) {
            losses_.push_back({entry_name(package), "marker",
                               "pdm.lock has one marker for all groups: where any needs it"});
        }
        if (space.mentions_extras(where)) {
            losses_.push_back({entry_name(package), "marker",
                               "pdm.lock cannot say that extras or groups exclude each other"});
            where = space.without_extras(where);
        }
        if (auto marker = space.marker(where)) {
            out_.string("marker", marker->str());
        }
    }

    void write_edges(const lock::Package& package, const Facts& facts,
                     const std::vector<pep::Name>& extras) {
        std::vector<std::string> texts;
        for (const Edge& edge : facts.edges) {
            bool is_here = extras.empty() ? edge.extra.empty()
                                          : std::ranges::any_of(extras, [&edge](const auto& one) {
                                                return one.str() == edge.extra;
                                            });
            if (is_here) {
                Edge plain = edge;
                plain.extra.clear();
                texts.push_back(plain.str());
            }
        }
        if (!extras.empty()) {
            texts.push_back(package.name.str() + "==" + package.version->str());
        }
        std::ranges::sort(texts);
        texts.erase(std::unique(texts.begin(), texts.end()), texts.end());
        if (!texts.empty()) {
            std::vector<std::string> lines;
            for (const std::string& text : texts) {
                lines.push_back(toml_string(text));
            }
            out_.lines("dependencies", lines);
        }
    }

    Result<> write_files(const lock::Package& package) {
        std::vector<std::string> lines;
        auto add = [&](const std::string& name, const lock::FileSource& source) -> Result<> {
            std::string hash = one_hash(source);
            if (hash.empty()) {
                return fail(Error::Kind::input, printable(name) + " has no hash");
            }
            bool has_url = has_addresses_ && !source.url.empty();
            lines.push_back("{" + std::string(has_url ? "url" : "file") + " = " +
                            toml_string(has_url ? source.url : name) +
                            ", hash = " + toml_string(hash) + "}");
            return {};
        };
        if (package.archive) {
            TRY(add(package.archive->file_name(), package.archive->source));
        }
        if (package.sdist) {
            TRY(add(name_on_index(package.sdist->name, package.sdist->source),
                    package.sdist->source));
        }
        for (const lock::Wheel& wheel : package.wheels) {
            TRY(add(name_on_index(wheel.name, wheel.source), wheel.source));
        }
        std::ranges::sort(lines);
        if (!lines.empty()) {
            out_.lines("files", lines);
        }
        return {};
    }

    const Document& document_;
    const Context& context_;
    Project project_;
    bool has_addresses_ = false;
    std::map<pep::Name, std::set<std::vector<pep::Name>>> asked_sets_;
    text::TomlWriter out_;
    std::vector<Loss> losses_;
};

} // namespace

Result<Written> write_pdm(const Document& document, const Context& context) {
    return TRY_IN(printable(context.file), PdmWriter(document, context).write());
}

} // namespace pawl::exchange
