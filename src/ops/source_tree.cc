#include "ops/source_tree.h"

#include <algorithm>

#include "archive/sdist.h"
#include "archive/zip_reader.h"
#include "base/check.h"
#include "base/file_digest.h"
#include "base/paths.h"
#include "base/sha256.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "install/unpack.h"
#include "ops/environment.h"
#include "pep/metadata.h"
#include "pep/wheel_name.h"
#include "project/static_metadata.h"

namespace pawl::ops {

namespace {

constexpr unsigned build_depth_max = 4;

bool is_wheel(std::string_view file_name) {
    return file_name.ends_with(".whl");
}

/// METADATA of a wheel that lies on this disk.
Result<std::string> wheel_metadata(const std::string& path) {
    constexpr uint64_t bytes_max = uint64_t{16} << 20;
    std::string name = printable(fs::base_name(path));
    fs::MappedFile file = TRY(fs::MappedFile::open(path));
    archive::ZipReader reader = TRY_IN(name, archive::ZipReader::open(file.bytes()));
    for (const archive::ZipEntry& entry : reader.entries()) {
        bool is_it =
            entry.path.ends_with(".dist-info/METADATA") && std::ranges::count(entry.path, '/') == 1;
        if (is_it) {
            return TRY_IN(name, reader.read(entry, bytes_max));
        }
    }
    return fail(Error::Kind::integrity, name + ": the wheel holds no METADATA");
}

/// What git says, and what kind of failure that is: it has one exit code for all.
Error git_error(std::string_view said) {
    auto says = [said](std::string_view words) { return said.find(words) != said.npos; };
    // Its last words are advice of a general kind; the first says what is wrong.
    Error error{Error::Kind::network, "git failed: " + printable(said.substr(0, said.find('\n')))};
    if (says("Authentication failed") || says("could not read Username") ||
        says("Permission denied")) {
        error.kind = Error::Kind::authentication;
        return std::move(error).hint("git asks nobody here: give it a credential helper, a key, or "
                                     "an entry in ~/.netrc");
    }
    if (says("not found") || says("does not exist") || says("not appear to be a git repository")) {
        error.kind = Error::Kind::input;
        return std::move(error).hint("is the address that of a git repository?");
    }
    return error;
}

Result<std::string> git(std::vector<std::string> arguments, std::string directory) {
    arguments.insert(arguments.begin(), {"git", "-c", "core.hooksPath=/dev/null"});
    std::vector<std::string> environment = environment_list();
    std::erase_if(environment, [](const std::string& one) { return one.starts_with("GIT_DIR="); });
    environment.insert(environment.end(), {"GIT_TERMINAL_PROMPT=0", "GIT_LFS_SKIP_SMUDGE=1",
                                           "GIT_ALLOW_PROTOCOL=https:http:ssh:git:file"});
    Result<SpawnResult> run = spawn({.arguments = std::move(arguments),
                                     .environment = std::move(environment),
                                     .directory = std::move(directory),
                                     .time_max = std::chrono::minutes(10)});
    if (!run) {
        return fail(
            Error(std::move(run.error())).hint("is git installed? An archive's URL needs no git"));
    }
    const SpawnResult& done = *run;
    if (done.exit_code != 0) {
        return fail(git_error(trim(done.err)));
    }
    return std::string(trim(done.out));
}

/// What an sdist says of itself must be what its file name says; old ones have no PKG-INFO.
Result<> check_identity(const std::string& top, std::string_view file_name) {
    constexpr uint64_t bytes_max = uint64_t{16} << 20;
    Result<std::string> text = fs::read(fs::join(top, "PKG-INFO"), bytes_max);
    Result<pep::SdistName> expected = pep::SdistName::parse(file_name);
    if (!text || !expected) {
        return {};
    }
    pep::RawMetadata raw = TRY_IN(printable(file_name), pep::RawMetadata::parse(*text));
    std::string_view name = raw.first("name").value_or("");
    Result<pep::Name> own = pep::Name::parse(trim(name));
    // "a-b-1.0.tar.gz" may be of "a": the last hyphen before a digit is only a guess.
    if (own && *own != expected->name && !pep::SdistName::parse_for(file_name, *own)) {
        return fail(Error::Kind::integrity, printable(file_name) + ": PKG-INFO is that of " +
                                                printable(name) + ", not of " +
                                                expected->name.str());
    }
    return {};
}

} // namespace

SourceTrees::SourceTrees(Services& services, const ResolutionRequest& request)
    : services_(services), settings_(request.settings), interpreter_(request.only_for),
      requires_python_(request.requires_python), build_depth_(request.build_depth) {}

SourceTrees::SourceTrees(Services& services, Settings settings,
                         const python::Interpreter* interpreter, unsigned build_depth)
    : services_(services), settings_(std::move(settings)), interpreter_(interpreter),
      build_depth_(build_depth) {}

SourceTrees::~SourceTrees() = default;

Result<const python::Interpreter*> SourceTrees::interpreter() {
    if (interpreter_ == nullptr) {
        found_interpreter_ = TRY(python::find(TRY(python::Request::parse(settings_.python)),
                                              requires_python_, services_.surroundings()));
        interpreter_ = &*found_interpreter_;
    }
    return interpreter_;
}

/// Build requirements are resolved and locked like everything else, for the building interpreter.
install::BuildEnvironmentMaker SourceTrees::environment_maker() {
    return [this](std::span<const pep::Requirement> requirements) -> Result<std::string> {
        if (build_depth_ >= build_depth_max) {
            return fail(Error::Kind::input, "building needs a build that needs a build, " +
                                                std::to_string(build_depth_max) + " deep");
        }
        const python::Interpreter& python = *TRY(interpreter());
        ResolutionRequest request{
            .only_for = &python, .settings = settings_, .build_depth = build_depth_ + 1};
        request.settings.prerelease.clear();
        request.settings.resolution.clear();
        for (const pep::Requirement& requirement : requirements) {
            request.requirements.push_back({requirement, "build requirement"});
        }
        lock::Lock lock = TRY(resolve_to_lock(request, services_));
        install::Environment environment = TRY(environment_of(
            lock,
            {.interpreter = &python, .settings = request.settings, .build_depth = build_depth_ + 1},
            services_));
        return environment.executable;
    };
}

Result<install::BuildOptions> SourceTrees::build_options() {
    install::BuildOptions options{.allowed = !settings_.no_build, .advice = settings_.build_advice};
    if (!settings_.build_timeout.empty()) {
        constexpr int64_t day_us = int64_t{86'400} * 1'000'000;
        int64_t time_us = TRY_IN("--build-timeout", parse_duration(settings_.build_timeout));
        options.time_ms_max = static_cast<int>(std::min(time_us, day_us) / 1'000);
    }
    return options;
}

Result<SourceTrees::Tree> SourceTrees::scratch_tree() {
    store::Staging scratch = TRY(TRY(services_.store())->begin());
    return Tree{.scratch = std::move(scratch)};
}

Result<std::string> SourceTrees::inner_directory(const std::string& top,
                                                 std::string_view subdirectory) {
    std::string directory = subdirectory.empty() ? top : fs::join(top, subdirectory);
    if (!fs::is_directory(directory)) {
        return fail(Error::Kind::input,
                    "the source has no directory \"" + printable(subdirectory) + "\"");
    }
    return directory;
}

/// What [project] says needs no build; only what it leaves open does.
template <class Build>
static Result<std::string> metadata_of_tree(std::string_view directory, const Build& build) {
    Result<std::optional<std::string>> text = project::static_metadata(directory);
    return text && *text ? std::move(**text) : build(); // what is wrong there, the backend says
}

Result<SourceTrees::Tree> SourceTrees::tree_of_archive(const std::string& file,
                                                       std::string_view file_name,
                                                       std::string_view subdirectory) {
    Tree tree = TRY(scratch_tree());
    std::string unpacked = tree.top();
    TRY(fs::make_directories(unpacked, 0700));
    fs::MappedFile bytes = TRY(fs::MappedFile::open(file));
    std::string top =
        TRY_IN(printable(file_name), archive::unpack_sdist(bytes.bytes(), file_name, unpacked));
    TRY(check_identity(fs::join(unpacked, top), file_name));
    tree.directory = TRY(inner_directory(fs::join(unpacked, top), subdirectory));
    tree.key = Sha256::hex_of(bytes.bytes());
    return tree;
}

/// A copy is built, not the user's own folder: builds leave things behind.
Result<SourceTrees::Tree> SourceTrees::tree_of_directory(std::string_view path,
                                                         std::string_view subdirectory) {
    Tree tree = TRY(scratch_tree());
    std::string copy = tree.top();
    TRY(fs::copy_tree(path, copy));
    tree.directory = TRY(inner_directory(copy, subdirectory));
    return tree;
}

Result<SourceTrees::Tree> SourceTrees::tree_of_git(SourceAddress& address) {
    if (settings_.offline && !address.url.starts_with("file:")) {
        return fail(Error::Kind::network,
                    "pawl is offline and cannot fetch " + printable(address.url));
    }
    Tree tree = TRY(scratch_tree());
    std::string top = tree.top();
    TRY(fs::make_directories(top, 0700));
    TRY(git({"init", "--quiet"}, top));
    std::string revision = address.revision.empty() ? "HEAD" : address.revision;
    // A server may refuse to hand out one commit: then everything is fetched.
    Result<std::string> fetched =
        git({"fetch", "--quiet", "--depth=1", "--", address.url, revision}, top);
    if (!fetched) {
        TRY_IN(printable(address.url),
               git({"fetch", "--quiet", "--tags", "--", address.url, "+refs/*:refs/remotes/all/*"},
                   top));
        if (!git({"checkout", "--quiet", "--detach", revision}, top)) {
            return fail(Error{Error::Kind::no_solution, "no solution: " + printable(address.url) +
                                                            " has no revision \"" +
                                                            printable(revision) + "\""}
                            .hint("name a branch, a tag or a commit that is there: git ls-remote " +
                                  printable(address.url) + " lists them"));
        }
    } else {
        TRY(git({"checkout", "--quiet", "--detach", "FETCH_HEAD"}, top));
    }
    tree.key = TRY(git({"rev-parse", "HEAD"}, top));
    tree.directory = TRY(inner_directory(top, address.subdirectory));
    return tree;
}

Result<std::string> SourceTrees::fetched_file(SourceAddress& address,
                                              const std::string& directory) {
    std::string path = address.path;
    if (path.empty()) {
        Url url = TRY(Url::parse(address.url));
        std::string name = url.file_name();
        TRY(archive::check_member_path(name));
        path = fs::join(directory, name);
        index::Client& client = *TRY(services_.index(settings_));
        index::DistributionFile file{.file_name = name, .url = url, .hashes = address.hashes};
        std::vector<index::Download> downloads = {{file, path}};
        TRY(client.download(downloads));
    }
    fs::MappedFile bytes = TRY(fs::MappedFile::open(path));
    if (!address.hashes.empty()) {
        HashChecker checker = TRY(HashChecker::create(address.hashes));
        update(checker, bytes);
        TRY(checker.finish(path));
    }
    Hash sha256{"sha256", to_hex(sha256_of(bytes))};
    if (std::ranges::find(address.hashes, sha256) == address.hashes.end()) {
        address.hashes.push_back(sha256);
    }
    return path;
}

Result<Hash> SourceTrees::hash_of(const index::DistributionFile& file) {
    Tree tree = TRY(scratch_tree());
    std::string path = fs::join(tree.scratch.path(), file.file_name);
    index::Client& client = *TRY(services_.index(settings_));
    std::vector<index::Download> downloads = {{file, path}};
    TRY(client.download(downloads));
    fs::MappedFile bytes = TRY(fs::MappedFile::open(path));
    return Hash{"sha256", to_hex(sha256_of(bytes))};
}

Result<std::string> SourceTrees::metadata_of(const Tree& tree, std::string_view what) {
    install::BuildSource source{
        .directory = tree.directory, .tree = tree.top(), .what = std::string(what)};
    install::BuildOptions options = TRY(build_options());
    return TRY(install::build_metadata(source, "", environment_maker(), options)).text;
}

Result<std::string> SourceTrees::of_sdist(const index::DistributionFile& file) {
    services_.terminal().detail("building " + printable(file.file_name) +
                                " to learn what it needs");
    Tree download = TRY(scratch_tree());
    std::string path = fs::join(download.scratch.path(), file.file_name);
    index::Client& client = *TRY(services_.index(settings_));
    std::vector<index::Download> downloads = {{file, path}};
    TRY(client.download(downloads));
    Tree tree = TRY(tree_of_archive(path, file.file_name, ""));
    Result<std::string> text = metadata_of(tree, file.file_name);
    if (!text) {
        // The build's output is for the user now; in an explanation there is room for one line.
        std::string& message = text.error().message;
        if (size_t end = message.find('\n'); end != std::string::npos) {
            services_.terminal().warn(message);
            message.resize(end);
        }
    }
    return text;
}

Result<std::string> SourceTrees::of_source(const pep::Name& name, const std::string& source) {
    return TRY_IN(name.str(), metadata_of_source(name, source));
}

Result<std::string> SourceTrees::metadata_of_source(const pep::Name& name,
                                                    const std::string& source) {
    SourceAddress address = TRY(parse_source_address(source));
    std::string text;
    if (address.kind == SourceAddress::Kind::git) {
        Tree tree = TRY(tree_of_git(address));
        text = TRY(metadata_of_tree(tree.directory, [&] { return metadata_of(tree, name.str()); }));
        address.revision += "\n" + tree.key; // the commit, for describe()
    } else if (address.kind == SourceAddress::Kind::directory) {
        std::string directory = TRY(inner_directory(address.path, address.subdirectory));
        text = TRY(metadata_of_tree(directory, [&]() -> Result<std::string> {
            return metadata_of(TRY(tree_of_directory(address.path, address.subdirectory)),
                               address.path);
        }));
    } else {
        Tree into = TRY(scratch_tree());
        std::string file = TRY(fetched_file(address, into.scratch.path()));
        std::string_view file_name = fs::base_name(file);
        text = is_wheel(file_name)
                   ? TRY(wheel_metadata(file))
                   : TRY(metadata_of(TRY(tree_of_archive(file, file_name, address.subdirectory)),
                                     file_name));
    }
    described_.insert_or_assign(source, std::move(address));
    return text;
}

Result<> SourceTrees::describe(const std::string& source, std::string_view lock_directory,
                               lock::Package& package) {
    auto found = described_.find(source);
    check(found != described_.end());
    const SourceAddress& address = found->second;
    std::string path = address.path.empty() ? "" : fs::relative_path(address.path, lock_directory);
    switch (address.kind) {
    case SourceAddress::Kind::git: {
        std::optional<Halves> halves = split_once(address.revision, '\n');
        check(halves.has_value());
        package.vcs = lock::Vcs{.type = "git",
                                .url = address.url,
                                .requested_revision = std::string(halves->before),
                                .commit_id = std::string(halves->after),
                                .subdirectory = address.subdirectory};
        package.version.reset();
        return {};
    }
    case SourceAddress::Kind::directory:
        package.directory = lock::Directory{
            .path = path, .editable = address.editable, .subdirectory = address.subdirectory};
        package.version.reset();
        return {};
    case SourceAddress::Kind::file:
        package.archive = lock::Archive{
            {.url = address.url, .path = path, .hashes = address.hashes}, address.subdirectory};
        return {};
    }
    return {};
}

} // namespace pawl::ops
