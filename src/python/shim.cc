#include "python/shim.h"

#include <array>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace pawl::python {

namespace {

constexpr uint64_t version_file_bytes_max = 64 * 1024;
constexpr size_t directories_max = 256; // on the way up

/// The versions that a file names, one a line or separated by blanks; comments taken out.
std::vector<std::string> versions_in(std::string_view text) {
    std::vector<std::string> versions;
    for (std::string_view line : split_lines(text)) {
        std::string blanks = replace_all(line.substr(0, line.find('#')), "\t", " ");
        for (std::string_view word : split(blanks, ' ')) {
            word = trim(word);
            if (!word.empty() && word.find('/') == std::string_view::npos && word != "..") {
                versions.emplace_back(word);
            }
        }
    }
    return versions;
}

std::vector<std::string> chosen_versions(const std::string& root) {
    if (std::optional<std::string> variable = environment_variable("PYENV_VERSION")) {
        std::string blanks = replace_all(*variable, ":", " ");
        return versions_in(blanks);
    }
    std::string directory = fs::current_directory().value_or("/");
    for (size_t i = 0; i < directories_max; ++i) {
        Result<std::string> text =
            fs::read(fs::join(directory, ".python-version"), version_file_bytes_max);
        if (text) {
            return versions_in(*text);
        }
        if (directory == "/" || directory == ".") {
            break;
        }
        directory = std::string(fs::parent(directory));
    }
    Result<std::string> global = fs::read(fs::join(root, "version"), version_file_bytes_max);
    return global ? versions_in(*global) : std::vector<std::string>();
}

} // namespace

bool is_binary(std::string_view path) {
    Result<fs::Fd> file = fs::open_read(path);
    std::array<char, 2> head{};
    return file && ::read(file->get(), head.data(), head.size()) == 2 &&
           std::string_view(head.data(), head.size()) != "#!";
}

Result<std::string> resolve_shim(std::string_view path) {
    std::string directory(fs::parent(path));
    std::string root(fs::parent(directory));
    if (fs::base_name(directory) != "shims" || !fs::is_directory(fs::join(root, "versions")) ||
        is_binary(path)) {
        return std::string(path);
    }
    std::string name(fs::base_name(path));
    std::vector<std::string> versions = chosen_versions(root);
    for (const std::string& version : versions) {
        std::string real = fs::join(root, "versions/" + version + "/bin/" + name);
        if (fs::exists(real)) {
            return real;
        }
    }
    return fail(
        Error{Error::Kind::environment,
              printable(path) + " is a pyenv shim, and pyenv has chosen no version that has " +
                  printable(name) +
                  (versions.empty() ? "" : " (chosen: " + printable(join(versions, ", ")) + ")")}
            .hint("name the interpreter below " + printable(fs::join(root, "versions"))));
}

} // namespace pawl::python
