// Requirements files for pip's hash mode: one line an entry, with all hashes of its files. There
// are no groups or extras in such a file, so it is written for a choice of them.

#include <algorithm>

#include "base/text.h"
#include "exchange/formats.h"
#include "exchange/graph.h"
#include "exchange/losses.h"

namespace pawl::exchange {

namespace {

constexpr Keeps keeps = {.several_hashes = true, .index = true};

class RequirementsWriter {
  public:
    RequirementsWriter(const Document& document, const Context& context)
        : document_(document), given_(given_of(space_, document)) {
        if (context.selectors) {
            selectors_ = *context.selectors;
        } else {
            selectors_.emplace_back();
            for (const std::string& group : document.lock.default_groups) {
                selectors_.push_back({Selector::Kind::group, group});
            }
        }
        for (const Selector& selector : selectors_) {
            if (selector.kind == Selector::Kind::extra) {
                asked_.extras->insert(selector.name);
            } else if (selector.kind == Selector::Kind::group) {
                asked_.dependency_groups->insert(selector.name);
            }
        }
    }

    Result<Written> write() {
        add_indexes();
        std::vector<std::string> lines;
        bool has_tree = false;
        bool has_hash = false;
        for (size_t i = 0; i < document_.facts.size(); ++i) {
            pep::MarkerId where = selected(document_.facts[i]);
            if (pep::MarkerSpace::is_never(space_.both(where, given_))) {
                continue;
            }
            const lock::Package& package = document_.lock.packages[i];
            has_tree = has_tree || package.vcs || package.directory;
            has_hash = has_hash || !(package.vcs || package.directory);
            lines.push_back(TRY_IN(entry_name(package), line_of(i, where)));
        }
        std::ranges::sort(lines);
        for (const std::string& line : lines) {
            text_ += line;
        }
        Written written{std::move(text_), losses_of(document_, keeps, "a requirements file")};
        if (has_tree && has_hash) {
            written.losses.push_back({"", "hashes",
                                      "pip installs source trees beside hashes only with "
                                      "--no-require-hashes"});
        }
        return written;
    }

  private:
    void add_indexes() {
        std::vector<std::string_view> urls;
        for (const lock::Package& package : document_.lock.packages) {
            std::string_view url = without_slash(package.index);
            if (!url.empty() && std::ranges::find(urls, url) == urls.end()) {
                urls.push_back(url);
            }
        }
        if (urls.empty() || (urls.size() == 1 && urls[0] == pypi)) {
            return;
        }
        text_ += "--index-url " + std::string(urls[0]) + "\n";
        for (size_t i = 1; i < urls.size(); ++i) {
            text_ += "--extra-index-url " + std::string(urls[i]) + "\n";
        }
        text_ += "\n";
    }

    /// Where an entry is installed for what was chosen.
    pep::MarkerId selected(const Facts& facts) {
        pep::MarkerId where = pep::MarkerId::never;
        for (const Membership& one : facts.memberships) {
            if (std::ranges::find(selectors_, one.selector) != selectors_.end()) {
                where =
                    space_.either(where, space_.with_context(id_of(space_, one.marker), asked_));
            }
        }
        return where;
    }

    Result<std::string> line_of(size_t entry, pep::MarkerId where) {
        const lock::Package& package = document_.lock.packages[entry];
        std::vector<Hash> hashes = hashes_of(package, document_.facts[entry]);
        std::string line = TRY(subject_of(package, document_.facts[entry]));
        if (auto marker = space_.marker(space_.simplify(where, given_))) {
            line += " ; " + marker->str();
        }
        bool is_tree = package.vcs || package.directory;
        if (hashes.empty() && !is_tree) {
            return fail(Error::Kind::input, "there is no hash of its files");
        }
        for (const Hash& hash : hashes) {
            line += " \\\n    --hash=" + hash.algorithm + ":" + hash.hex;
        }
        return line + "\n";
    }

    static Result<std::string> subject_of(const lock::Package& package, const Facts& facts) {
        std::string name = package.name.str();
        for (size_t i = 0; i < facts.extras.size(); ++i) {
            name += (i == 0 ? "[" : ",") + facts.extras[i].str();
        }
        name += facts.extras.empty() ? "" : "]";
        if (package.vcs) {
            const lock::Vcs& vcs = *package.vcs;
            std::string where = vcs.type + "+" + (vcs.url.empty() ? vcs.path : vcs.url);
            return name + " @ " + where + "@" + vcs.commit_id +
                   (vcs.subdirectory.empty() ? "" : "#subdirectory=" + vcs.subdirectory);
        }
        if (package.directory) {
            std::string path = dotted(package.directory->path);
            return (package.directory->editable ? "-e " : "") + path;
        }
        if (package.archive) {
            const lock::FileSource& source = package.archive->source;
            const std::string& subdirectory = package.archive->subdirectory;
            std::string where =
                source.path.empty() ? name + " @ " + source.url : dotted(source.path);
            return where + (subdirectory.empty() ? "" : "#subdirectory=" + subdirectory);
        }
        if (!package.version) {
            return fail(Error::Kind::input, "there is no version of it");
        }
        return name + "==" + package.version->str();
    }

    /// pip takes "lib" for a project's name and "./lib" for a directory.
    static std::string dotted(const std::string& path) {
        return path.starts_with('.') || path.starts_with('/') ? path : "./" + path;
    }

    static std::vector<Hash> hashes_of(const lock::Package& package, const Facts& facts) {
        std::vector<Hash> hashes = facts.unplaced_hashes;
        auto add = [&hashes](const lock::FileSource& source) {
            hashes.insert(hashes.end(), source.hashes.begin(), source.hashes.end());
        };
        if (package.archive) {
            add(package.archive->source);
        }
        if (package.sdist) {
            add(package.sdist->source);
        }
        for (const lock::Wheel& wheel : package.wheels) {
            add(wheel.source);
        }
        std::ranges::sort(hashes);
        hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
        return hashes;
    }

    const Document& document_;
    pep::MarkerSpace space_;
    pep::MarkerId given_;
    std::vector<Selector> selectors_;
    pep::MarkerContext asked_{.extra = {},
                              .extras = std::set<std::string>(),
                              .dependency_groups = std::set<std::string>()};
    std::string text_;
};

} // namespace

Result<Written> write_requirements(const Document& document, const Context& context) {
    return TRY_IN(printable(context.file), RequirementsWriter(document, context).write());
}

} // namespace pawl::exchange
