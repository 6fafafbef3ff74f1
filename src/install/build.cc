// One build: read what it needs, have an environment made, ask the backend for more needs, call
// the hook, check what it says it has made. Everything that a hook answers is foreign.

#include "install/build.h"

#include <algorithm>

#include "archive/zip_reader.h"
#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"
#include "install/build_script.h"
#include "pep/metadata.h"
#include "pep/wheel_name.h"
#include "text/json.h"

namespace pawl::install {

namespace {

constexpr size_t quoted_lines_max = 25;
constexpr size_t quoted_line_bytes_max = 300;
constexpr uint64_t result_bytes_max = uint64_t{4} << 20;
constexpr uint64_t metadata_bytes_max = uint64_t{16} << 20;
constexpr int supervisor_grace_ms = 15'000;

/// Variables that compilers and build tools are steered with; all others stay outside.
constexpr std::string_view passed_variables[] = {
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "CC",
    "CXX",
    "FC",
    "LD",
    "AR",
    "RANLIB",
    "CFLAGS",
    "CXXFLAGS",
    "CPPFLAGS",
    "FFLAGS",
    "LDFLAGS",
    "PKG_CONFIG_PATH",
    "LD_LIBRARY_PATH",
    "LIBRARY_PATH",
    "CPATH",
    "MAKEFLAGS",
    "SOURCE_DATE_EPOCH",
    "RUSTFLAGS",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "JAVA_HOME",
    "CUDA_HOME",
    "MAX_JOBS",
    "NPY_NUM_BUILD_JOBS",
};
constexpr std::string_view passed_prefixes[] = {"CMAKE_", "SETUPTOOLS_SCM_PRETEND_VERSION"};

bool is_passed(std::string_view variable) {
    std::string_view name = variable.substr(0, variable.find('='));
    return std::ranges::find(passed_variables, name) != std::end(passed_variables) ||
           std::ranges::any_of(passed_prefixes,
                               [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// The end of what a build printed, line by line, made safe.
std::string end_of(std::string_view output) {
    std::vector<std::string_view> lines = split_lines(output);
    size_t first = lines.size() > quoted_lines_max ? lines.size() - quoted_lines_max : 0;
    std::string text = first > 0 ? "\n    …" : "";
    for (size_t i = first; i < lines.size(); ++i) {
        text += "\n    " + printable(lines[i].substr(0, quoted_line_bytes_max));
    }
    return text;
}

/// The work of one build_wheel() or build_metadata().
class Builder {
  public:
    Builder(const BuildSource& source, const BuildEnvironmentMaker& make_environment,
            const BuildOptions& options, fs::TemporaryDirectory work)
        : source_(source), make_environment_(make_environment), options_(options),
          work_(std::move(work)) {}

    Result<> prepare();
    Result<std::string> wheel(const std::string& directory);
    Result<BuiltMetadata> metadata(const std::string& wheel_directory);

  private:
    /// Null when the backend does not have this hook.
    Result<std::optional<text::Value>> call(std::string_view hook, text::Value::Array arguments);
    Result<std::optional<text::Value>> call_either(const char* editable, const char* ordinary,
                                                   const text::Value::Array& arguments);
    Result<SpawnResult> run(const text::Value& request, bool isolate);
    std::vector<std::string> environment() const;
    text::Value settings() const;
    Result<> check_needs(std::span<const pep::Requirement> needs) const;
    Result<std::string> check_wheel(const std::string& directory, std::string_view name) const;
    Result<> check_identity(const pep::Name& name, const pep::Version& version,
                            std::string_view where) const;
    std::string what() const { return "building " + printable(source_.what); }

    const BuildSource& source_;
    const BuildEnvironmentMaker& make_environment_;
    const BuildOptions& options_;
    fs::TemporaryDirectory work_;
    BuildSystem system_;
    std::string directory_; // of the source, absolute
    std::string tree_;      // the whole of it
    std::string python_;
};

/// A build may only need projects from an index, and not what is being built.
Result<> Builder::check_needs(std::span<const pep::Requirement> needs) const {
    for (const pep::Requirement& need : needs) {
        if (!need.url.empty()) {
            return fail(Error{Error::Kind::permission,
                              what() + " needs " + need.name.str() +
                                  " from a URL, which a build may not: " + printable(need.str())}
                            .hint("build that file yourself and install the wheel"));
        }
        if (source_.name && need.name == *source_.name) {
            return fail(Error::Kind::no_solution,
                        what() + " needs " + need.name.str() + " itself: no solution");
        }
    }
    return {};
}

Result<> Builder::prepare() {
    if (!options_.allowed) {
        return fail(Error{Error::Kind::permission,
                          what() + " would run its code, and builds are not allowed"}
                        .hint(options_.advice));
    }
    directory_ = TRY(fs::real_path(source_.directory));
    tree_ = source_.tree.empty() ? directory_ : TRY(fs::real_path(source_.tree));
    system_ = TRY_IN(printable(source_.what), BuildSystem::read(directory_));
    TRY(check_needs(system_.requires_));
    for (const char* name : {"home", "tmp"}) {
        TRY(fs::make_directories(work_.path() + "/" + name));
    }
    python_ = TRY_IN(what(), make_environment_(system_.requires_));
    std::optional<text::Value> more = TRY(call_either(
        "get_requires_for_build_editable", "get_requires_for_build_wheel", {settings()}));
    if (!more || (more->is_array() && more->as_array().empty())) {
        return {};
    }
    if (!more->is_array()) {
        return fail(Error::Kind::input,
                    what() + ": get_requires_for_build_wheel gave no list of requirements");
    }
    std::vector<pep::Requirement> needs = system_.requires_;
    for (const text::Value& need : more->as_array()) {
        if (!need.is_string()) {
            return fail(Error::Kind::input,
                        what() + ": get_requires_for_build_wheel gave no list of requirements");
        }
        needs.push_back(TRY_IN(what(), pep::Requirement::parse(need.as_string())));
    }
    TRY(check_needs(needs));
    python_ = TRY_IN(what(), make_environment_(needs));
    return {};
}

std::vector<std::string> Builder::environment() const {
    std::string bin(fs::parent(python_));
    std::vector<std::string> list{
        "PATH=" + bin + ":" + environment_variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin"),
        "HOME=" + work_.path() + "/home",
        "TMPDIR=" + work_.path() + "/tmp",
        "PYTHONNOUSERSITE=1",
        "PYTHONIOENCODING=utf-8:surrogateescape",
    };
    std::string home = environment_variable("HOME").value_or("");
    for (const char* tool : {"cargo", "rustup"}) {
        std::string variable = tool == std::string_view("cargo") ? "CARGO_HOME" : "RUSTUP_HOME";
        std::string directory = home + "/." + tool;
        if (!home.empty() && !environment_variable(variable.c_str()) &&
            fs::is_directory(directory)) {
            list.push_back(variable + "=" + directory);
        }
    }
    for (std::string& variable : environment_list()) {
        if (is_passed(variable)) {
            list.push_back(std::move(variable));
        }
    }
    list.insert(list.end(), options_.environment.begin(), options_.environment.end());
    return list;
}

text::Value Builder::settings() const {
    if (options_.config_settings.empty()) {
        return nullptr;
    }
    text::Value settings = text::Value::object();
    for (const auto& [key, value] : options_.config_settings) {
        settings.set(key, value);
    }
    return settings;
}

Result<SpawnResult> Builder::run(const text::Value& request, bool isolate) {
    text::Value whole = request;
    whole.set("isolate", isolate);
    SpawnOptions options;
    options.arguments = {python_, "-I", "-c", build_script};
    options.environment = environment();
    options.directory = directory_;
    options.input = text::to_json(whole);
    options.time_max = std::chrono::milliseconds(options_.time_ms_max + supervisor_grace_ms);
    options.output_bytes_max = options_.output_bytes_max;
    return spawn(options);
}

Result<std::optional<text::Value>> Builder::call(std::string_view hook,
                                                 text::Value::Array arguments) {
    std::string result = work_.path() + "/result-" + fs::random_name();
    text::Value::Array path;
    for (const std::string& entry : system_.backend_path) {
        path.emplace_back(entry);
    }
    text::Value request = text::Value::object();
    request.set("hook", hook);
    request.set("arguments", std::move(arguments));
    request.set("backend", system_.backend);
    request.set("backend_path", std::move(path));
    request.set("result", result);
    request.set("network", options_.allow_network);
    request.set("writable", text::Value::Array{work_.path(), tree_});
    request.set("temporary", work_.path() + "/tmp");
    request.set("seconds", static_cast<double>(options_.time_ms_max) / 1000.0);
    SpawnResult ran = TRY_IN(what(), run(request, true));
    if (ran.exit_code == build_exit_no_isolation) {
        ran = TRY_IN(what(), run(request, false));
    }
    std::string output = ran.out + ran.err;
    auto failed = [&](const std::string& why) {
        return fail(
            Error{Error::Kind::input, what() + " failed: " + why +
                                          (output.empty() ? "" : "; the end of its output:") +
                                          end_of(output)}
                .hint("choose a version that has a wheel, or look at what the build needs"));
    };
    if (ran.exit_code == build_exit_timeout) {
        return failed("it took longer than " + std::to_string(options_.time_ms_max / 1000) +
                      " s and was ended");
    }
    if (ran.exit_code == build_exit_left_processes) {
        return failed("it left processes behind, which were ended");
    }
    if (ran.timed_out) {
        return failed("it took too long or printed more than " +
                      format_bytes(options_.output_bytes_max) + ", and was ended");
    }
    Result<std::string> text = fs::read(result, result_bytes_max);
    if (!text) {
        return failed("its backend ended without a result (status " +
                      std::to_string(ran.exit_code) + ")");
    }
    text::JsonOptions lenient;
    lenient.allow_lone_surrogates = true;
    Result<text::Value> answer = text::parse_json(*text, lenient);
    if (!answer) {
        return failed("its backend's result cannot be read");
    }
    if (std::optional<std::string_view> error = answer->string_at("error")) {
        return failed(std::string(hook) + ": " + printable(*error));
    }
    if (answer->bool_at("missing").value_or(false)) {
        return std::optional<text::Value>();
    }
    text::Value* value = answer->find("value");
    if (value == nullptr) {
        return failed("its backend's result cannot be read");
    }
    return std::optional(std::move(*value));
}

/// The hook for editable wheels where one is wanted and the backend has it.
Result<std::optional<text::Value>> Builder::call_either(const char* editable, const char* ordinary,
                                                        const text::Value::Array& arguments) {
    if (source_.is_editable) {
        std::optional<text::Value> answer = TRY(call(editable, arguments));
        if (answer) {
            return answer;
        }
    }
    return call(ordinary, arguments);
}

Result<> Builder::check_identity(const pep::Name& name, const pep::Version& version,
                                 std::string_view where) const {
    if ((source_.name && *source_.name != name) ||
        (source_.version && *source_.version != version)) {
        return fail(Error::Kind::integrity,
                    what() + ": " + printable(where) + " is of " + name.str() + " " +
                        version.str() + ", not of " +
                        (source_.name ? source_.name->str() : name.str()) + " " +
                        (source_.version ? source_.version->str() : version.str()));
    }
    return {};
}

/// What build_wheel() answered: the name of a file that is really there, and of the right project.
Result<std::string> Builder::check_wheel(const std::string& directory,
                                         std::string_view name) const {
    if (name.empty() || name.find('/') != std::string_view::npos || name.front() == '.') {
        return fail(Error::Kind::refused, what() + ": its backend names a wheel \"" +
                                              printable(name) + "\" that is not a plain file name");
    }
    pep::WheelName wheel = TRY_IN(what(), pep::WheelName::parse(name));
    TRY(check_identity(wheel.name, wheel.version, name));
    std::string path = fs::join(directory, name);
    std::optional<fs::FileStat> stat = TRY(fs::lstat(path));
    if (!stat || stat->type != fs::FileStat::Type::file) {
        return fail(Error::Kind::input, what() + ": its backend says it made " + printable(name) +
                                            ", which is not there");
    }
    return path;
}

Result<std::string> Builder::wheel(const std::string& directory) {
    std::string made = work_.path() + "/wheel";
    TRY(fs::make_directories(made));
    std::optional<text::Value> name =
        TRY(call_either("build_editable", "build_wheel", {made, settings(), nullptr}));
    if (!name || !name->is_string()) {
        return fail(Error::Kind::input, what() + ": its backend " + printable(system_.backend) +
                                            (name ? " gave no file name" : " has no build_wheel"));
    }
    std::string path = TRY(check_wheel(made, name->as_string()));
    // Copied, so that whatever still has the file open cannot change what is checked from now on.
    TRY(fs::make_directories(directory));
    std::string final_path = fs::join(directory, name->as_string());
    TRY(fs::remove_file(final_path));
    TRY(fs::copy_file(path, final_path));
    return final_path;
}

Result<BuiltMetadata> Builder::metadata(const std::string& wheel_directory) {
    std::string made = work_.path() + "/metadata";
    TRY(fs::make_directories(made));
    std::optional<text::Value> name =
        TRY(call("prepare_metadata_for_build_wheel", {made, settings()}));
    BuiltMetadata built;
    if (name) {
        bool is_plain = name->is_string() && name->as_string().ends_with(".dist-info") &&
                        name->as_string().find('/') == std::string::npos;
        if (!is_plain) {
            return fail(Error::Kind::refused,
                        what() + ": its backend names no dist-info directory");
        }
        built.text = TRY_IN(
            what(), fs::read(made + "/" + name->as_string() + "/METADATA", metadata_bytes_max));
    } else {
        std::string directory =
            wheel_directory.empty() ? work_.path() + "/dropped" : wheel_directory;
        std::string path = TRY(wheel(directory));
        fs::MappedFile file = TRY(fs::MappedFile::open(path));
        archive::ZipReader zip =
            TRY_IN(printable(fs::base_name(path)), archive::ZipReader::open(file.bytes()));
        auto entry = std::ranges::find_if(zip.entries(), [](const archive::ZipEntry& one) {
            return one.path.ends_with(".dist-info/METADATA") &&
                   one.path.find('/') == one.path.rfind('/');
        });
        if (entry == zip.entries().end()) {
            return fail(Error::Kind::integrity, what() + ": the wheel has no METADATA");
        }
        built.text = TRY_IN(what(), zip.read(*entry, metadata_bytes_max));
        built.wheel = wheel_directory.empty() ? "" : path;
    }
    pep::CoreMetadata core = TRY_IN(what(), pep::CoreMetadata::parse(built.text));
    TRY(check_identity(core.name, core.version, "the metadata"));
    return built;
}

Result<Builder> begin(const BuildSource& source, const BuildEnvironmentMaker& make_environment,
                      const BuildOptions& options) {
    std::string parent = options.work_directory.empty()
                             ? environment_variable("TMPDIR").value_or("/tmp")
                             : options.work_directory;
    TRY(fs::make_directories(parent));
    fs::TemporaryDirectory work = TRY(fs::TemporaryDirectory::create(parent, "pawl-build-"));
    Builder builder(source, make_environment, options, std::move(work));
    TRY(builder.prepare());
    return builder;
}

} // namespace

Result<std::string> build_wheel(const BuildSource& source, std::string_view output_directory,
                                const BuildEnvironmentMaker& make_environment,
                                const BuildOptions& options) {
    Builder builder = TRY(begin(source, make_environment, options));
    return builder.wheel(std::string(output_directory));
}

Result<BuiltMetadata> build_metadata(const BuildSource& source, std::string_view wheel_directory,
                                     const BuildEnvironmentMaker& make_environment,
                                     const BuildOptions& options) {
    Builder builder = TRY(begin(source, make_environment, options));
    return builder.metadata(std::string(wheel_directory));
}

} // namespace pawl::install
