#include "exchange/losses.h"

#include <algorithm>

namespace pawl::exchange {

namespace {

class LossFinder {
  public:
    LossFinder(const Document& document, const Keeps& keeps, std::string_view format)
        : document_(document), keeps_(keeps), format_(format) {}

    std::vector<Loss> find() {
        of_lock();
        for (size_t i = 0; i < document_.facts.size(); ++i) {
            package_ = entry_name(document_.lock.packages[i]);
            of_entry(document_.lock.packages[i], document_.facts[i]);
        }
        return std::move(losses_);
    }

  private:
    void add(bool is_kept, bool is_there, const char* key, const char* what) {
        if (!is_kept && is_there) {
            losses_.push_back({package_, key, format_ + " " + what});
        }
    }

    void of_lock() {
        const lock::Lock& lock = document_.lock;
        bool has_project = !document_.projects.empty();
        add(keeps_.lock_requires_python, lock.requires_python.has_value(), "requires-python",
            "does not say for which Pythons the lock is");
        add(keeps_.environments, !lock.environments.empty(), "environments",
            "does not say for which environments the lock is");
        add(keeps_.required_environments, !document_.required_environments.empty(),
            "required-environments", "has no place for environments that must have wheels");
        add(keeps_.regions, !document_.regions.empty(), "regions",
            "does not keep how the resolution was split");
        add(keeps_.conflicts, !document_.conflicts.empty(), "conflicts",
            "does not say which extras and groups exclude each other");
        add(keeps_.roots, has_project && !document_.projects[0].roots.empty(), "roots",
            "does not say what was asked for");
        add(keeps_.tool_tables, has_foreign_table(lock.tool), "tool", "has no place for [tool]");
        add(keeps_.roots, document_.projects.size() > 1, "members",
            "knows one project, and no others of its workspace");
        bool has_extras = false;
        bool has_groups = false;
        for (const Facts& facts : document_.facts) {
            for (const Membership& one : facts.memberships) {
                has_extras = has_extras || one.selector.kind == Selector::Kind::extra;
                has_groups = has_groups || one.selector.kind == Selector::Kind::group;
            }
        }
        add(keeps_.extras, has_extras, "extras", "has no extras to ask for");
        add(keeps_.groups, has_groups, "dependency-groups", "has no groups to ask for");
    }

    /// What pawl itself notes in a lock is about that very lock.
    static bool has_foreign_table(const lock::ToolTables& tool) {
        return std::ranges::any_of(tool.tables,
                                   [](const lock::ToolTable& one) { return one.name != "pawl"; });
    }

    template <class Test>
    static bool any_file(const lock::Package& package, const Test& test) {
        return (package.sdist && test(package.sdist->source)) ||
               (package.archive && test(package.archive->source)) ||
               std::ranges::any_of(package.wheels, [&test](const lock::Wheel& wheel) {
                   return test(wheel.source);
               });
    }

    void of_entry(const lock::Package& package, const Facts& facts) {
        bool has_files = package.sdist || !package.wheels.empty();
        add(keeps_.requires_python, package.requires_python.has_value(), "packages.requires-python",
            "does not say which Pythons an entry needs");
        add(keeps_.index, !package.index.empty(), "packages.index",
            "does not say from which index an entry comes");
        add(keeps_.edges, !facts.edges.empty(), "packages.dependencies",
            "does not say which entry needs which");
        bool knows_specifiers =
            facts.edge_knowledge >= EdgeKnowledge::requirements && !facts.edges.empty();
        add(keeps_.specifiers || !keeps_.edges, knows_specifiers, "specifiers",
            "says which entry needs which, but not in which versions");
        add(keeps_.summaries, !facts.summary.empty(), "summary", "has no descriptions");
        add(keeps_.attestations, !package.attestation_identities.empty(),
            "packages.attestation-identities", "has no place for attestations");
        add(keeps_.tool_tables, has_foreign_table(package.tool), "packages.tool",
            "has no place for [packages.tool]");
        add(keeps_.file_names, has_files, "files.name", "does not say which hash is whose");
        add(keeps_.addresses,
            has_files && any_file(package,
                                  [](const lock::FileSource& one) {
                                      return !one.url.empty() || !one.path.empty();
                                  }),
            "files.url", "does not say where each file is");
        add(keeps_.sizes,
            any_file(package,
                     [](const lock::FileSource& one) { return one.size_bytes.has_value(); }),
            "files.size", "has no sizes");
        add(keeps_.upload_times,
            any_file(package,
                     [](const lock::FileSource& one) { return one.upload_time.has_value(); }),
            "files.upload-time", "has no upload times");
        add(keeps_.several_hashes,
            any_file(package, [](const lock::FileSource& one) { return one.hashes.size() > 1; }),
            "files.hashes", "has one hash for a file");
    }

    const Document& document_;
    const Keeps& keeps_;
    std::string format_;
    std::string package_; // "" while the lock as a whole is looked at
    std::vector<Loss> losses_;
};

} // namespace

std::vector<Loss> losses_of(const Document& document, const Keeps& keeps, std::string_view format) {
    return LossFinder(document, keeps, format).find();
}

} // namespace pawl::exchange
