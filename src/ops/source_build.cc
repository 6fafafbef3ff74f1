// The second half of source_tree.h: from an entry of a lock to a built wheel in the store.
#include <algorithm>

#include "base/seal.h"
#include "base/sha256.h"
#include "base/text.h"
#include "install/unpack.h"
#include "ops/source_tree.h"

namespace pawl::ops {

namespace {

/// First line of `built/<hash of the source and the interpreter>`; the wheel's sha256 follows.
constexpr std::string_view built_head = "pawl built 1";

} // namespace

Result<SourceTrees::Tree> SourceTrees::locked_tree(const LockedSource& source) {
    const lock::Package& package = *source.package;
    if (package.vcs) {
        SourceAddress address{
            .kind = SourceAddress::Kind::git,
            .url = package.vcs->url.empty()
                       ? Url::from_path(fs::join(source.lock_directory, package.vcs->path)).text()
                       : package.vcs->url,
            .revision = package.vcs->commit_id,
            .subdirectory = package.vcs->subdirectory};
        Tree tree = TRY(tree_of_git(address));
        if (tree.key != package.vcs->commit_id) {
            return fail(Error::Kind::integrity, printable(address.url) + " gave the commit " +
                                                    tree.key + " instead of " +
                                                    printable(package.vcs->commit_id));
        }
        return tree;
    }
    if (package.directory && package.directory->editable) {
        std::string path = fs::join(source.lock_directory, package.directory->path);
        Tree tree = TRY(scratch_tree());
        tree.directory = TRY(inner_directory(path, package.directory->subdirectory));
        tree.own_top = path;
        return tree;
    }
    if (package.directory) {
        return tree_of_directory(fs::join(source.lock_directory, package.directory->path),
                                 package.directory->subdirectory);
    }
    const lock::FileSource& file =
        package.archive ? package.archive->source : package.sdist->source;
    SourceAddress address{.url = file.path.empty() ? file.url : "",
                          .path =
                              file.path.empty() ? "" : fs::join(source.lock_directory, file.path),
                          .subdirectory = package.archive ? package.archive->subdirectory : "",
                          .hashes = file.hashes};
    Tree into = TRY(scratch_tree());
    std::string path = TRY(fetched_file(address, into.scratch.path()));
    std::string file_name = package.archive ? package.archive->file_name() : package.sdist->name;
    return tree_of_archive(path, file_name, address.subdirectory);
}

Result<store::WheelEntry> SourceTrees::build(const Tree& tree, const lock::Package& package) {
    services_.terminal().note("building " + package.name.str() +
                              (package.version ? " " + package.version->str() : ""));
    install::BuildSource source{.directory = tree.directory,
                                .tree = tree.top(),
                                .is_editable = !tree.own_top.empty(),
                                .what = package.name.str(),
                                .name = package.name,
                                .version = package.version};
    std::string output = fs::join(tree.scratch.path(), "wheel");
    TRY(fs::make_directories(output, 0700));
    install::BuildOptions options = TRY(build_options());
    std::string wheel = TRY(install::build_wheel(source, output, environment_maker(), options));
    return install::unpack_wheel(*TRY(services_.store()),
                                 {.path = wheel, .file_name = fs::base_name(wheel)});
}

/// What was built before for this interpreter is found again by what it was built from: the hash
/// of the sdist or the commit. A directory is built each time, for it may have changed.
Result<store::WheelEntry> SourceTrees::built_wheel(const LockedSource& source) {
    const lock::Package& package = *source.package;
    store::Store& store = *TRY(services_.store());
    std::string content;
    if (package.vcs) {
        content = package.vcs->commit_id + "\n" + package.vcs->subdirectory;
    } else if (!package.directory) {
        const lock::FileSource& file =
            package.archive ? package.archive->source : package.sdist->source;
        auto sha256 = std::ranges::find(file.hashes, "sha256", &Hash::algorithm);
        content = sha256 == file.hashes.end()
                      ? ""
                      : sha256->hex + "\n" +
                            (package.archive ? package.archive->subdirectory : std::string());
    }
    std::string record;
    if (!content.empty()) {
        std::string key = Sha256::hex_of(content + "\n" + TRY(interpreter())->identity());
        record = fs::join(TRY(store.make_path("built")), key);
        std::string text = fs::read(record, 1024).value_or("");
        if (std::optional<std::string_view> known = unseal(built_head, text)) {
            store::FoundWheel found = TRY(store::find_sound_wheel(store, *known));
            if (found.entry && found.entry->manifest.name == package.name.str()) {
                return std::move(*found.entry);
            }
        }
    }
    store::WheelEntry entry = TRY(build(TRY(locked_tree(source)), package));
    if (!record.empty()) {
        TRY(fs::write_atomic(record, seal(built_head, entry.sha256)));
    }
    return entry;
}

} // namespace pawl::ops
