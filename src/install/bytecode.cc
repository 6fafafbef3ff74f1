// Compiling ahead.
//
// Python compiles what it imports and writes the result beside the source, which for a wheel in the
// store means: inside the store, where it may not write. So one Python process a batch of wheels
// compiles all of it, each wheel once for each minor (store::do_once). The files are the ordinary
// ones, valid while the source has its size and time, which in the store never change.
//
// Measured on two cores (numbers in the room's notes): compiling everything takes several times as
// long as the imports of one script need, so `run` does not wait for it: it goes on in the
// background at the lowest priority, and later runs have it.

#include "install/bytecode.h"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>

#include "base/detached.h"
#include "base/fs.h"
#include "base/parallel.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace pawl::install {

namespace {

constexpr std::chrono::milliseconds batch_time_max{20 * 60 * 1000};
constexpr uint64_t batch_bytes_max = 4 << 20; // of sources: some seconds of work
constexpr size_t batch_wheels_max = 16;

/// Reads directories from standard input, a NUL behind each; prints the two counts. What a Python
/// of root's, or a script that changed modes, has put there already is not believed: what is listed
/// in the mark is what was compiled here. A wheel whose own files leave no place for bytecode has
/// none there; any other failure to write is the disk's, and ends the batch.
constexpr const char* compile_script = R"python(
import errno, importlib.util, os, py_compile, sys, warnings
warnings.simplefilter("ignore")
sys.setrecursionlimit(2000)
compiled = failed = 0
def is_of_the_disk(error):
    no_place = (FileExistsError, IsADirectoryError, NotADirectoryError)
    return (isinstance(error, OSError) and not isinstance(error, no_place)
            and error.errno != errno.ENAMETOOLONG)
for root in sys.stdin.buffer.read().split(b"\0"):
    if not root:
        continue
    for directory, names, files in os.walk(os.fsdecode(root)):
        names[:] = [name for name in names if name != "__pycache__"]
        for name in files:
            if not name.endswith(".py"):
                continue
            source = os.path.join(directory, name)
            target = importlib.util.cache_from_source(source)
            if os.path.islink(target): # a file is replaced in one step, by a rename
                os.remove(target)
            try:
                py_compile.compile(source, target, doraise=True,
                                   invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
                compiled += 1
            except Exception as error:
                if is_of_the_disk(error):
                    raise
                failed += 1
                if os.path.lexists(target) and not os.path.isdir(target):
                    os.remove(target)
print(compiled, failed)
)python";

using Batch = std::vector<const store::WheelEntry*>;

uint64_t source_bytes(const store::WheelEntry& wheel) {
    uint64_t bytes = 0;
    for (const store::WheelFile& file : wheel.manifest.files) {
        bytes += file.path.ends_with(".py") ? file.size_bytes : 0;
    }
    return bytes;
}

/// Wheels that are not done yet, in order of their hash: whoever locks several locks them in this
/// order, so two processes never wait for each other.
std::vector<Batch> make_batches(std::span<const store::WheelEntry> wheels,
                                const std::string& mark) {
    Batch open;
    for (const store::WheelEntry& wheel : wheels) {
        if (!store::has_mark(wheel, mark)) {
            open.push_back(&wheel);
        }
    }
    std::ranges::sort(open, {}, &store::WheelEntry::sha256);
    std::vector<Batch> batches;
    uint64_t bytes = 0;
    for (const store::WheelEntry* wheel : open) {
        uint64_t more = source_bytes(*wheel);
        if (batches.empty() || bytes + more > batch_bytes_max ||
            batches.back().size() >= batch_wheels_max) {
            batches.emplace_back();
            bytes = 0;
        }
        batches.back().push_back(wheel);
        bytes += more;
    }
    return batches;
}

struct Counters {
    std::atomic<size_t> compiled{0}, failed{0};
};

Result<> compile_directories(const python::Interpreter& interpreter,
                             const std::vector<std::string>& directories, Counters& counters) {
    SpawnOptions options;
    options.arguments = {interpreter.base_executable, "-I", "-S", "-B", "-c", compile_script};
    options.directory = "/";
    options.time_max = batch_time_max;
    for (const std::string& directory : directories) {
        options.input += directory;
        options.input += '\0';
    }
    SpawnResult ran = TRY(spawn(options));
    std::vector<std::string_view> words = split(trim(ran.out), ' ');
    if (ran.exit_code != 0 || words.size() != 2) {
        return fail(Error::Kind::environment, "compiling bytecode with " + interpreter.describe() +
                                                  " ended with status " +
                                                  std::to_string(ran.exit_code) + ": " +
                                                  printable(trim(ran.err).substr(0, 400)));
    }
    counters.compiled += parse_unsigned(words[0]).value_or(0);
    counters.failed += parse_unsigned(words[1]).value_or(0);
    return {};
}

/// Opens the wheels from `next` on, one inside the other, and compiles what was opened at the end.
Result<> compile_opened(const python::Interpreter& interpreter, const std::string& mark,
                        std::span<const store::WheelEntry* const> rest,
                        std::vector<std::string>& directories, Counters& counters) {
    if (rest.empty()) {
        return directories.empty() ? Result<>()
                                   : compile_directories(interpreter, directories, counters);
    }
    bool was_opened = false;
    TRY(store::do_once(*rest.front(), mark, [&](const std::string& files) {
        was_opened = true;
        directories.push_back(files);
        return compile_opened(interpreter, mark, rest.subspan(1), directories, counters);
    }));
    return was_opened ? Result<>()
                      : compile_opened(interpreter, mark, rest.subspan(1), directories, counters);
}

} // namespace

Result<BytecodeReport> compile_bytecode(const python::Interpreter& interpreter,
                                        std::span<const store::WheelEntry> wheels,
                                        size_t threads_max) {
    if (interpreter.cache_tag.empty()) {
        return BytecodeReport{};
    }
    const std::string mark = "compiled-" + interpreter.cache_tag;
    std::vector<Batch> batches = make_batches(wheels, mark);
    Counters counters;
    TRY(parallel_for(
        batches.size(),
        [&](size_t i) {
            std::vector<std::string> directories;
            return compile_opened(interpreter, mark, batches[i], directories, counters);
        },
        threads_max));
    return BytecodeReport{.compiled = counters.compiled, .failed = counters.failed};
}

void compile_bytecode_later(const python::Interpreter& interpreter,
                            std::span<const store::WheelEntry> wheels) {
    if (interpreter.cache_tag.empty() ||
        make_batches(wheels, "compiled-" + interpreter.cache_tag).empty()) {
        return;
    }
    run_detached([&] {
        ::setpriority(PRIO_PROCESS, 0, 19);
        std::vector<store::WheelEntry> listed(wheels.begin(), wheels.end());
        std::erase_if(listed, [](store::WheelEntry& wheel) { // without what somebody has removed
            return wheel.manifest.files.empty() && !store::read_list(wheel);
        });
        static_cast<void>(compile_bytecode(interpreter, listed, 1));
    });
}

} // namespace pawl::install
