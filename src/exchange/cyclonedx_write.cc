// CycloneDX 1.6 (ECMA-424), the list of what a piece of software is made of, as JSON. Written only:
// it has no words for markers and groups, which stand there as properties.
//
// A component is an entry; its files are external references of the type "distribution", each with
// its hashes. Nothing in it depends on when or where it is written.

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "base/url.h"
#include "exchange/formats.h"
#include "exchange/losses.h"
#include "exchange/manifest.h"
#include "text/json.h"

namespace pawl::exchange {

namespace {

using text::Value;

constexpr Keeps keeps = {.file_names = true,
                         .addresses = true,
                         .several_hashes = true,
                         .index = true,
                         .requires_python = true,
                         .lock_requires_python = true,
                         .extras = true,
                         .groups = true,
                         .edges = true,
                         .roots = true,
                         .summaries = true};

/// As the schema spells it; "" for those that it has no word for.
std::string_view algorithm_name(std::string_view algorithm) {
    struct Name {
        std::string_view ours, theirs;
    };
    constexpr Name names[] = {
        {"md5", "MD5"},           {"sha1", "SHA-1"},        {"sha256", "SHA-256"},
        {"sha384", "SHA-384"},    {"sha512", "SHA-512"},    {"sha3_256", "SHA3-256"},
        {"sha3_384", "SHA3-384"}, {"sha3_512", "SHA3-512"}, {"blake2b", "BLAKE2b-512"},
    };
    const auto* found = std::ranges::find(names, algorithm, &Name::ours);
    return found == std::end(names) ? std::string_view() : found->theirs;
}

Value hashes_of(const lock::FileSource& source) {
    Value list = Value::array();
    for (const Hash& hash : source.hashes) {
        if (std::string_view name = algorithm_name(hash.algorithm); !name.empty()) {
            list.push_back(Value::object({{"alg", name}, {"content", hash.hex}}));
        }
    }
    return list;
}

/// "pkg:pypi/six@1.16.0" (the package-url specification): where else than from PyPI it comes is a
/// qualifier.
std::string package_url(const lock::Package& package) {
    std::string text = "pkg:pypi/" + package.name.str();
    if (package.version) {
        text += "@" + percent_encode(package.version->str());
    }
    std::string_view index = package.index;
    if (index.ends_with('/')) {
        index.remove_suffix(1);
    }
    if (package.vcs) {
        const std::string& where = package.vcs->url.empty() ? package.vcs->path : package.vcs->url;
        text +=
            "?vcs_url=" +
            percent_encode(package.vcs->type + "+" + where + "@" + package.vcs->commit_id, "/:");
    } else if (package.archive && !package.archive->source.url.empty()) {
        text += "?download_url=" + percent_encode(package.archive->source.url, "/:");
    } else if (!index.empty() && index != pypi) {
        text += "?repository_url=" + percent_encode(index, "/:");
    }
    return text;
}

class CycloneDxWriter {
  public:
    CycloneDxWriter(const Document& document, const Context& context)
        : document_(document), context_(context), index_(document) {}

    Result<Written> write() {
        TRY(find_project());
        name_entries();
        Value components = Value::array();
        Value dependencies = Value::array();
        dependencies.push_back(needs_of_project());
        for (uint32_t i = 0; i < document_.facts.size(); ++i) {
            components.push_back(component(i));
            dependencies.push_back(needs_of_entry(i));
        }
        Value root = Value::object({{"$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json"},
                                    {"bomFormat", "CycloneDX"},
                                    {"specVersion", "1.6"},
                                    {"version", 1}});
        root.set("metadata", metadata());
        root.set("components", std::move(components));
        root.set("dependencies", std::move(dependencies));
        return Written{text::to_json(root, {.indent = 2}) + "\n",
                       losses_of(document_, keeps, "CycloneDX")};
    }

  private:
    Result<> find_project() {
        if (std::optional<Project> beside = TRY(project_beside(context_))) {
            project_ = std::move(*beside);
        } else if (!document_.projects.empty()) {
            project_ = document_.projects[0];
        }
        return {};
    }

    /// Each entry's own name within the file: its package URL, numbered where that is there twice.
    void name_entries() {
        std::set<std::string> taken = {std::string(root_name)};
        for (const lock::Package& package : document_.lock.packages) {
            std::string name = package_url(package);
            for (int number = 2; !taken.insert(name).second; ++number) {
                name = package_url(package) + "#" + std::to_string(number);
            }
            names_.push_back(std::move(name));
        }
    }

    Value metadata() const {
        Value self = Value::object({{"type", "application"}, {"bom-ref", root_name}});
        self.set("name", project_.name ? project_.name->str() : std::string("lock"));
        if (project_.version) {
            self.set("version", project_.version->str());
        }
        Value tool = Value::object({{"type", "application"}, {"name", "pawl"}});
        Value metadata =
            Value::object({{"tools", Value::object({{"components", Value::array({tool})}})}});
        metadata.set("component", std::move(self));
        if (document_.lock.requires_python) {
            metadata.set(
                "properties",
                Value::array({property("requires-python", document_.lock.requires_python->str())}));
        }
        return metadata;
    }

    static Value property(std::string_view key, const std::string& value) {
        return Value::object({{"name", "pawl:" + std::string(key)}, {"value", value}});
    }

    Value component(uint32_t entry) const {
        const lock::Package& package = document_.lock.packages[entry];
        const Facts& facts = document_.facts[entry];
        Value value = Value::object({{"type", "library"}, {"bom-ref", names_[entry]}});
        value.set("name", package.name.str());
        if (package.version) {
            value.set("version", package.version->str());
        }
        if (!facts.summary.empty()) {
            value.set("description", facts.summary);
        }
        bool is_required = std::ranges::any_of(facts.memberships, [](const Membership& one) {
            return one.selector.kind == Selector::Kind::main;
        });
        value.set("scope", is_required ? "required" : "optional");
        value.set("purl", package_url(package));
        if (Value files = references(package); !files.as_array().empty()) {
            value.set("externalReferences", std::move(files));
        }
        Value properties = Value::array();
        if (package.marker) {
            properties.push_back(property("marker", package.marker->str()));
        }
        if (package.requires_python) {
            properties.push_back(property("requires-python", package.requires_python->str()));
        }
        if (!properties.as_array().empty()) {
            value.set("properties", std::move(properties));
        }
        return value;
    }

    static Value references(const lock::Package& package) {
        Value list = Value::array();
        auto add = [&list](std::string_view type, const std::string& where,
                           const lock::FileSource* source) {
            Value reference = Value::object({{"type", type}, {"url", where}});
            if (Value hashes = source ? hashes_of(*source) : Value::array();
                !hashes.as_array().empty()) {
                reference.set("hashes", std::move(hashes));
            }
            list.push_back(std::move(reference));
        };
        auto add_file = [&add](const std::string& name, const lock::FileSource& source) {
            const std::string& where = source.path.empty() ? source.url : source.path;
            add("distribution", where.empty() ? percent_encode(name) : where, &source);
        };
        if (package.vcs) {
            add("vcs", package.vcs->url.empty() ? package.vcs->path : package.vcs->url, nullptr);
        }
        if (package.archive) {
            add_file(package.archive->file_name(), package.archive->source);
        }
        if (package.sdist) {
            add_file(package.sdist->name, package.sdist->source);
        }
        for (const lock::Wheel& wheel : package.wheels) {
            add_file(wheel.name, wheel.source);
        }
        return list;
    }

    Value needs(const std::string& name, const std::set<std::string>& targets) const {
        Value value = Value::object({{"ref", name}});
        if (!targets.empty()) {
            Value list = Value::array();
            for (const std::string& target : targets) {
                list.push_back(target);
            }
            value.set("dependsOn", std::move(list));
        }
        return value;
    }

    /// What was asked for; when nobody says it, all that nothing else needs.
    Value needs_of_project() const {
        std::set<std::string> targets;
        for (const Root& root : project_.roots) {
            for (const Edge& edge : Edge::from(root.requirement)) {
                add_targets(edge, targets);
            }
        }
        if (targets.empty()) {
            targets.insert(names_.begin(), names_.end());
            for (const Facts& facts : document_.facts) {
                std::set<std::string> needed;
                for (const Edge& edge : facts.edges) {
                    add_targets(edge, needed);
                }
                for (const std::string& name : needed) {
                    targets.erase(name);
                }
            }
        }
        return needs(std::string(root_name), targets);
    }

    Value needs_of_entry(uint32_t entry) const {
        std::set<std::string> targets;
        const Facts& facts = document_.facts[entry];
        for (const Edge& edge : facts.edges) {
            bool is_asked = edge.extra.empty() ||
                            std::ranges::any_of(facts.extras, [&edge](const pep::Name& extra) {
                                return extra.str() == edge.extra;
                            });
            if (is_asked) {
                add_targets(edge, targets);
            }
        }
        targets.erase(names_[entry]);
        return needs(names_[entry], targets);
    }

    void add_targets(const Edge& edge, std::set<std::string>& targets) const {
        for (uint32_t target : index_.targets(edge)) {
            targets.insert(names_[target]);
        }
    }

    static constexpr std::string_view root_name = "root";
    const Document& document_;
    const Context& context_;
    EntryIndex index_;
    Project project_;
    std::vector<std::string> names_;
};

} // namespace

Result<Written> write_cyclonedx(const Document& document, const Context& context) {
    return TRY_IN(printable(context.file), CycloneDxWriter(document, context).write());
}

} // namespace pawl::exchange
