#include "ops/launch.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/check.h"
#include "base/fs.h"
#include "base/subprocess.h"

namespace pawl::ops {

namespace {

/// How Python is told to run what was read from standard input: a file that has no name. Behind a
/// pipe that is at its end, it is given back to Python's own "-". A terminal goes on being one: it
/// stays the script's, and Python opens the file.
Result<std::vector<std::string>> standard_input_words(const fs::Fd& file, std::string_view script) {
    if (!file.is_open() || !fs::write_all(file, script, "") ||
        lseek(file.get(), 0, SEEK_SET) != 0) {
        return fail(Error::Kind::disk, "cannot keep the script of standard input in memory");
    }
    bool is_terminal = isatty(STDIN_FILENO) == 1;
    int kept = is_terminal ? dup(file.get()) : dup2(file.get(), STDIN_FILENO); // survives exec
    if (kept < 0) {
        return fail(Error::Kind::disk, "cannot hand the script of standard input to Python");
    }
    if (!is_terminal) {
        return std::vector<std::string>{"-"};
    }
    return std::vector<std::string>{"-c", "__import__('sys').argv[0]='-';exec(compile(open(" +
                                              std::to_string(kept) +
                                              ",'rb').read(),'<stdin>','exec'))"};
}

Result<std::vector<std::string>> program_words(const Launch& launch, const RunRequest& request,
                                               fs::Fd& memory) {
    if (request.is_module) {
        return std::vector<std::string>{"-m", request.program};
    }
    if (!launch.program.empty()) {
        return std::vector<std::string>{launch.program};
    }
    if (request.program == "-") {
        check(request.standard_input && *request.standard_input);
        memory = fs::Fd(memfd_create("script", MFD_CLOEXEC));
        return standard_input_words(memory, **request.standard_input);
    }
    // What looks like an option to us after "--" would look like one to Python.
    bool is_like_option = request.program.starts_with("-");
    return std::vector<std::string>{(is_like_option ? "./" : "") + request.program};
}

/// What the script starts by itself ("python", a console script) is the environment's own.
std::vector<std::string> variables_of(const Launch& launch) {
    std::vector<std::string> variables;
    std::string path = launch.environment + "/bin";
    for (std::string& variable : environment_list()) {
        if (variable.starts_with("PATH=")) {
            path += ":" + variable.substr(5);
        } else if (!variable.starts_with("VIRTUAL_ENV=") && !variable.starts_with("PYTHONHOME=")) {
            variables.push_back(std::move(variable));
        }
    }
    variables.push_back("PATH=" + path);
    variables.push_back("VIRTUAL_ENV=" + launch.environment);
    return variables;
}

} // namespace

Error launch(const Launch& launch, const RunRequest& request) {
    fs::Fd memory; // open until exec
    Result<std::vector<std::string>> words = program_words(launch, request, memory);
    if (!words) {
        return std::move(words.error());
    }
    words->insert(words->begin(), launch.executable);
    words->insert(words->end(), request.arguments.begin(), request.arguments.end());
    return execute(launch.executable, *words, variables_of(launch));
}

} // namespace pawl::ops
