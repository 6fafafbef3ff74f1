// NVIDIA's driver has two halves. The kernel's half tells its version in /proc, and is seen from
// every container of the machine; the programs' half, libcuda.so.1, is there only where GPUs were
// given to the container. A program needs both, so both must be found. Which CUDA the driver
// supports only the library knows exactly (a compatibility package may lift it); where it gives no
// answer, the driver's branch decides.
//
// AMD's driver is found by its device, /dev/kfd; ROCm's own files tell the version. A kernel's own
// amdgpu makes that device too, without ROCm being installed: then there is no version, and a
// condition that names one does not hold.

#include "hardware/machine.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/fs.h"
#include "base/subprocess.h"
#include "base/text.h"

namespace pawl::hardware {

namespace {

constexpr uint64_t version_file_bytes_max = 65536;

/// Where libcuda.so.1 lies that the loader's own search does not find, or below another root.
constexpr std::array<std::string_view, 7> library_places = {
    "usr/lib/wsl/lib/libcuda.so.1",           // Windows' subsystem for Linux
    "run/opengl-driver/lib/libcuda.so.1",     // NixOS
    "usr/local/nvidia/lib64/libcuda.so.1",    // device plugins of Kubernetes
    "usr/lib/x86_64-linux-gnu/libcuda.so.1",  // Debian
    "usr/lib/aarch64-linux-gnu/libcuda.so.1", // Debian
    "usr/lib64/libcuda.so.1",                 // Fedora
    "usr/lib/libcuda.so.1",                   // Arch
};

/// Driver branch → the CUDA that it came with (NVIDIA's "CUDA Toolkit Release Notes", the table of
/// toolkits and their drivers; `nvidia-smi` shows the same).
struct Branch {
    uint64_t number;
    uint64_t major, minor;
};
constexpr std::array<Branch, 23> branches = {{
    {418, 10, 1}, {440, 10, 2}, {450, 11, 0}, {455, 11, 1}, {460, 11, 2}, {465, 11, 3},
    {470, 11, 4}, {495, 11, 5}, {510, 11, 6}, {515, 11, 7}, {520, 11, 8}, {525, 12, 0},
    {530, 12, 1}, {535, 12, 2}, {545, 12, 3}, {550, 12, 4}, {555, 12, 5}, {560, 12, 6},
    {565, 12, 7}, {570, 12, 8}, {575, 12, 9}, {580, 13, 0}, {590, 13, 1},
}};

/// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.15  Tue Mar …": the first word that is
/// two numbers or more with dots between.
std::optional<pep::Version> driver_version(std::string_view text) {
    std::string_view line = text.substr(0, text.find('\n'));
    for (std::string_view word : split(line, ' ')) {
        bool is_dotted = word.find('.') != std::string_view::npos && is_digit(word[0]);
        Result<pep::Version> version = pep::Version::parse(is_dotted ? word : "");
        if (version) {
            return *version;
        }
    }
    return std::nullopt;
}

class Probe {
  public:
    explicit Probe(std::string_view root) : root_(root) {}

    Machine look() {
        look_for_cuda();
        look_for_rocm();
        return std::move(machine_);
    }

  private:
    std::string path_of(std::string_view place) const { return fs::join(root_, place); }

    /// Whether it is there; that it is not is remembered.
    bool is_there(std::string_view place) {
        std::string path = path_of(place);
        if (fs::exists(path)) {
            return true;
        }
        machine_.absent.push_back(std::move(path));
        return false;
    }

    /// A small file's text; nothing when it is not there.
    std::optional<std::string> text_of(std::string_view place) {
        if (!is_there(place)) {
            return std::nullopt;
        }
        std::string path = path_of(place);
        Result<std::string> text = fs::read(path, version_file_bytes_max);
        if (!text) {
            return std::nullopt;
        }
        machine_.files.push_back(std::move(path));
        return *std::move(text);
    }

    void found(Platform platform, std::optional<pep::Version> version, std::string finding) {
        machine_.devices.push_back({platform, std::move(version)});
        machine_.findings.push_back(std::move(finding));
    }

    std::vector<std::string> library_candidates() const {
        std::vector<std::string> candidates;
        if (root_ == "/") {
            candidates.emplace_back("libcuda.so.1"); // as the loader finds it
        }
        for (std::string_view place : library_places) {
            if (fs::exists(path_of(place))) {
                candidates.push_back(path_of(place));
            }
        }
        return candidates;
    }

    void look_for_cuda() {
        std::optional<std::string> text = text_of("proc/driver/nvidia/version");
        bool is_windows = !text && is_there("dev/dxg");
        if (!text && !is_windows) {
            machine_.findings.emplace_back("no NVIDIA driver is loaded");
            return;
        }
        std::optional<pep::Version> driver = driver_version(text.value_or(""));
        std::string name =
            is_windows ? "Windows' driver"
                       : "the NVIDIA driver" + (driver ? " " + driver->str() : std::string());
        std::vector<std::string> candidates = library_candidates();
        std::optional<DriverLibrary> library = ask_driver_library(candidates);
        if (library) {
            machine_.links.push_back(library->path);
        }
        if (library && library->cuda) {
            found(Platform::cuda, library->cuda,
                  name + " supports CUDA " + library->cuda->str() + " (" +
                      printable(library->path) + " says)");
            return;
        }
        watch_for_library();
        if (!library && candidates.size() <= (root_ == "/" ? size_t{1} : size_t{0})) {
            machine_.findings.push_back(name +
                                        " is there, but no libcuda.so.1, without which no program "
                                        "can use it");
            return;
        }
        std::optional<pep::Version> cuda = driver ? cuda_of_driver(*driver) : std::nullopt;
        found(Platform::cuda, cuda,
              name + (cuda ? " supports CUDA " + cuda->str() + " (its branch says)"
                           : " does not tell which CUDA it supports"));
    }

    /// A library that is installed later is put into the loader's list.
    void watch_for_library() {
        constexpr std::string_view list = "etc/ld.so.cache";
        if (is_there(list)) {
            machine_.files.push_back(path_of(list));
        }
        for (std::string_view place : library_places) {
            if (is_there(place)) {
                machine_.links.push_back(path_of(place)); // one that could not be loaded
            }
        }
    }

    void look_for_rocm() {
        bool has_device = is_there("dev/kfd");
        std::optional<std::string> text = text_of("opt/rocm/.info/version");
        std::optional<std::string> module = text_of("sys/module/amdgpu/version");
        if (!has_device) {
            machine_.findings.emplace_back(text ? "ROCm is installed, but there is no /dev/kfd, "
                                                  "without which no program can use it"
                                                : "no AMD driver is loaded");
            return;
        }
        // "6.0.2-115": what is behind the "-" is a build's number.
        std::string_view number = text ? trim(*text) : std::string_view();
        Result<pep::Version> version = pep::Version::parse(number.substr(0, number.find('-')));
        std::string driver =
            "the AMD driver" + (module ? " " + printable(trim(*module)) : std::string());
        if (version) {
            found(Platform::rocm, *version, driver + " and ROCm " + version->str() + " are there");
        } else {
            found(Platform::rocm, std::nullopt,
                  driver + " is there, but no ROCm that tells its version in "
                           "/opt/rocm/.info/version");
        }
    }

    std::string root_;
    Machine machine_;
};

} // namespace

std::string_view platform_word(Platform platform) {
    return platform == Platform::cuda ? "cuda" : "rocm";
}

std::optional<Platform> platform_of_word(std::string_view word) {
    for (Platform platform : {Platform::cuda, Platform::rocm}) {
        if (word == platform_word(platform)) {
            return platform;
        }
    }
    return std::nullopt;
}

std::string_view platform_name(Platform platform) {
    return platform == Platform::cuda ? "CUDA" : "ROCm";
}

const Device* Machine::find(Platform platform) const {
    auto found = std::ranges::find(devices, platform, &Device::platform);
    return found == devices.end() ? nullptr : &*found;
}

std::string Machine::str() const {
    std::vector<std::string> names;
    for (const Device& device : devices) {
        names.push_back(std::string(platform_name(device.platform)) +
                        (device.version ? " " + device.version->str() : ""));
    }
    return names.empty() ? "no GPU that pawl knows" : join_words(names);
}

Result<Machine> parse_machine(std::string_view text) {
    Machine machine;
    auto wrong = [text] {
        return fail(Error{Error::Kind::usage,
                          std::string(variable_name) + " is \"" + printable(text) + "\""}
                        .hint("it is \"none\", or like \"cuda 12.4\" or \"rocm 6.0\", with commas "
                              "between several"));
    };
    machine.findings.push_back(std::string(variable_name) + " says \"" + printable(text) + "\"");
    if (trim(text) == "none") {
        return machine;
    }
    for (std::string_view part : split(text, ',')) {
        std::string_view one = trim(part);
        size_t blank = std::min(one.find(' '), one.size());
        std::optional<Platform> platform = platform_of_word(one.substr(0, blank));
        std::string_view number = trim(one.substr(blank));
        if (!platform) {
            return wrong();
        }
        Device device{.platform = *platform, .version = {}};
        if (!number.empty()) {
            Result<pep::Version> version = pep::Version::parse(number);
            if (!version) {
                return wrong();
            }
            device.version = *std::move(version);
        }
        if (machine.find(device.platform) != nullptr) {
            return wrong();
        }
        machine.devices.push_back(std::move(device));
    }
    return machine;
}

Machine probe_machine(std::string_view root) {
    return Probe(root).look();
}

Result<Machine> this_machine() {
    if (auto text = environment_variable(variable_name)) {
        return text->starts_with('/') ? probe_machine(*text) : parse_machine(*text);
    }
    return probe_machine();
}

std::optional<pep::Version> cuda_of_driver(const pep::Version& driver) {
    std::optional<pep::Version> found;
    for (const Branch& branch : branches) {
        if (driver >= pep::Version::of({branch.number})) {
            found = pep::Version::of({branch.major, branch.minor});
        }
    }
    return found;
}

} // namespace pawl::hardware
