// Writing a Pipfile.lock. It holds one version of each project in a section, so it is written for
// the Python that the Pipfile requires; sections are those of the Pipfile.

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "exchange/formats.h"
#include "exchange/losses.h"
#include "exchange/manifest_hash.h"
#include "exchange/pipenv_manifest.h"
#include "pep/marker_space.h"
#include "text/json.h"
#include "text/toml.h"

namespace pawl::exchange {

namespace {

using text::Value;

constexpr Keeps keeps = {.several_hashes = true,
                         .index = true,
                         .requires_python = true,
                         .lock_requires_python = true,
                         .groups = true};

class PipenvWriter {
  public:
    PipenvWriter(const Document& document, const Context& context)
        : document_(document), context_(context) {}

    Result<Written> write() {
        if (context_.pipfile) {
            pipfile_ = TRY_IN("Pipfile", read_pipfile(*context_.pipfile));
        } else {
            losses_.push_back(
                {"", "project",
                 "there is no Pipfile beside it, which pipenv would compare it with"});
        }
        const auto& asked = pipfile_.project.requires_python;
        target_ = asked ? space_.from_requires_python(*asked)
                  : document_.lock.requires_python
                      ? space_.from_requires_python(*document_.lock.requires_python)
                      : pep::MarkerId::always;
        Value root = Value::object();
        root.set("_meta", TRY(meta()));
        root.set("default", Value::object());
        root.set("develop", Value::object());
        for (const auto& [section, entries] : TRY(sections())) {
            Value table = Value::object();
            for (uint32_t entry : entries) {
                const lock::Package& package = document_.lock.packages[entry];
                table.set(package.name.str(),
                          TRY_IN(entry_name(package), entry_value(entry, section)));
            }
            root.set(section, std::move(table));
        }
        Written written{text::to_json(root, {.indent = 4, .sorted = true}) + "\n",
                        losses_of(document_, keeps, "Pipfile.lock")};
        std::ranges::move(losses_, std::back_inserter(written.losses));
        return written;
    }

  private:
    Result<Value> meta() const {
        Value sources = Value::array();
        Value pythons = Value::object();
        if (context_.pipfile) {
            text::TomlDocument toml =
                TRY_IN("Pipfile", text::TomlDocument::parse(*context_.pipfile));
            if (auto list = toml.root().find("source")) {
                sources = json_of(*list);
            }
            if (auto table = toml.root().find("requires")) {
                pythons = json_of(*table);
            }
        }
        if (sources.is_array() && sources.as_array().empty()) {
            sources.push_back(Value::object(
                {{"name", "pypi"}, {"url", std::string(pypi)}, {"verify_ssl", true}}));
        }
        std::string hash = TRY_IN("Pipfile", pipenv_content_hash(context_.pipfile.value_or("")));
        return Value::object({{"hash", Value::object({{"sha256", std::move(hash)}})},
                              {"pipfile-spec", 6},
                              {"requires", std::move(pythons)},
                              {"sources", std::move(sources)}});
    }

    /// The entries of each section; of several of one project the one that the Python takes, else
    /// the newest.
    Result<std::map<std::string, std::vector<uint32_t>>> sections() {
        std::map<std::string, std::map<pep::Name, std::vector<uint32_t>>> all;
        for (uint32_t i = 0; i < document_.facts.size(); ++i) {
            for (const Membership& one : document_.facts[i].memberships) {
                bool applies =
                    !one.marker || !space_.are_disjoint(space_.from(*one.marker), target_);
                if (one.selector.kind != Selector::Kind::extra && applies) {
                    all[pipenv_section(one.selector)][document_.lock.packages[i].name].push_back(i);
                }
            }
        }
        std::map<std::string, std::vector<uint32_t>> chosen;
        for (auto& [section, projects] : all) {
            for (auto& [name, entries] : projects) {
                std::ranges::sort(entries, [this](uint32_t a, uint32_t b) {
                    return document_.lock.packages[a].version > document_.lock.packages[b].version;
                });
                chosen[section].push_back(entries[0]);
                for (size_t i = 1; i < entries.size(); ++i) {
                    losses_.push_back({entry_name(document_.lock.packages[entries[i]]), "packages",
                                       "Pipfile.lock has one version of each project"});
                }
            }
        }
        return chosen;
    }

    Result<Value> entry_value(uint32_t entry, const std::string& section) {
        const lock::Package& package = document_.lock.packages[entry];
        const Facts& facts = document_.facts[entry];
        Value table = Value::object();
        if (!facts.extras.empty()) {
            Value extras = Value::array();
            for (const pep::Name& extra : facts.extras) {
                extras.push_back(extra.str());
            }
            table.set("extras", std::move(extras));
        }
        if (std::string marker = marker_text(package, facts, section); !marker.empty()) {
            table.set("markers", marker);
        }
        if (package.vcs) {
            if (package.vcs->type != "git" || package.vcs->url.empty()) {
                return fail(Error::Kind::input, "only repositories of git can be written");
            }
            table.set("git", package.vcs->url);
            table.set("ref", package.vcs->commit_id);
            if (!package.vcs->subdirectory.empty()) {
                table.set("subdirectory", package.vcs->subdirectory);
            }
            return table;
        }
        if (package.directory) {
            const std::string& path = package.directory->path;
            table.set("path", path.starts_with('.') || path.starts_with('/') ? path : "./" + path);
            if (package.directory->editable) {
                table.set("editable", true);
            }
            return table;
        }
        table.set("hashes", hashes_of(package, facts));
        if (package.archive) {
            const lock::FileSource& source = package.archive->source;
            table.set("file", source.path.empty() ? source.url : source.path);
            return table;
        }
        if (!package.version) {
            return fail(Error::Kind::input, "there is no version of it");
        }
        table.set("version", "==" + package.version->str());
        if (std::string index = index_of(package, section); !index.empty()) {
            table.set("index", index);
        }
        return table;
    }

    static Value hashes_of(const lock::Package& package, const Facts& facts) {
        std::set<std::string> texts;
        auto add = [&texts](const std::vector<Hash>& hashes) {
            for (const Hash& hash : hashes) {
                texts.insert(hash.algorithm + ":" + hash.hex);
            }
        };
        add(facts.unplaced_hashes);
        if (package.archive) {
            add(package.archive->source.hashes);
        }
        if (package.sdist) {
            add(package.sdist->source.hashes);
        }
        for (const lock::Wheel& wheel : package.wheels) {
            add(wheel.source.hashes);
        }
        Value list = Value::array();
        for (const std::string& text : texts) {
            list.push_back(text);
        }
        return list;
    }

    /// With the entry's requires-python, which has no place of its own.
    std::string marker_text(const lock::Package& package, const Facts& facts,
                            const std::string& section) {
        pep::MarkerId where = pep::MarkerId::never;
        for (const Membership& one : facts.memberships) {
            if (one.selector.kind != Selector::Kind::extra &&
                pipenv_section(one.selector) == section) {
                where = space_.either(where, one.marker ? space_.from(*one.marker)
                                                        : pep::MarkerId::always);
            }
        }
        if (space_.mentions_extras(where)) {
            losses_.push_back({entry_name(package), "marker",
                               "Pipfile.lock cannot say that extras or groups exclude each other"});
            where = space_.without_extras(where);
        }
        if (package.requires_python) {
            where = space_.both(where, space_.from_requires_python(*package.requires_python));
        }
        if (pep::MarkerSpace::is_never(where)) {
            return {};
        }
        std::string text = space_.text(where);
        return text.find('\'') == text.npos ? replace_all(text, "\"", "'") : text;
    }

    /// pipenv names the index at what the Pipfile asks for itself; elsewhere only where it must.
    std::string index_of(const lock::Package& package, const std::string& section) {
        if (pipfile_.sources.empty()) {
            return {};
        }
        auto found = std::ranges::find_if(pipfile_.sources, [&package](const Index& one) {
            return without_slash(one.url) == without_slash(package.index);
        });
        bool is_asked = std::ranges::any_of(pipfile_.project.roots, [&](const Root& root) {
            return root.requirement.name == package.name &&
                   pipenv_section(root.selector) == section;
        });
        if (found == pipfile_.sources.end()) {
            bool is_pypi = package.index.empty() || without_slash(package.index) == pypi;
            if (!is_pypi) {
                losses_.push_back(
                    {entry_name(package), "packages.index",
                     "the Pipfile has no [[source]] for " + printable(package.index)});
            }
            return is_asked ? pipfile_.sources[0].name : std::string();
        }
        return is_asked || found != pipfile_.sources.begin() ? found->name : std::string();
    }

    const Document& document_;
    const Context& context_;
    Pipfile pipfile_;
    pep::MarkerSpace space_;
    pep::MarkerId target_ = pep::MarkerId::always;
    std::vector<Loss> losses_;
};

} // namespace

Result<Written> write_pipenv(const Document& document, const Context& context) {
    return TRY_IN(printable(context.file), PipenvWriter(document, context).write());
}

} // namespace pawl::exchange
