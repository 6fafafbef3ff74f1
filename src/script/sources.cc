#include "base/fs.h"
#include "script/needs.h"

namespace pawl::script {
namespace {

constexpr size_t folders_above_max = 64;

class DiskSources : public Sources {
  public:
    Result<std::optional<std::string>> read(std::string_view path) override {
        const auto stat = TRY(fs::stat(path));
        if (!stat || stat->type != fs::FileStat::Type::file) {
            return std::optional<std::string>();
        }
        return std::optional<std::string>(TRY(fs::read(path, source_bytes_max)));
    }
    bool is_file(std::string_view path) override {
        const auto stat = fs::stat(path);
        return stat && *stat && (*stat)->type == fs::FileStat::Type::file;
    }
    bool is_directory(std::string_view path) override { return fs::is_directory(path); }
    std::string behind_links(std::string_view path) override {
        const auto stat = fs::lstat(path);
        if (stat && *stat && (*stat)->type == fs::FileStat::Type::symlink) {
            if (auto real = fs::real_path(path)) {
                return *real;
            }
        }
        return std::string(path);
    }
};

} // namespace

std::unique_ptr<Sources> disk_sources() {
    return std::make_unique<DiskSources>();
}

std::string nearest_requirements_file(std::string_view script_path, Sources& sources) {
    std::string folder(fs::parent(script_path));
    if (const auto absolute = fs::absolute(folder)) {
        folder = *absolute;
    }
    for (size_t i = 0; i < folders_above_max; ++i) {
        for (const std::string_view name : {"requirements.in", "requirements.txt"}) {
            std::string path = fs::join(folder, name);
            if (sources.is_file(path)) {
                return path;
            }
        }
        const std::string above(fs::parent(folder));
        if (above == folder) {
            break;
        }
        folder = above;
    }
    return {};
}

} // namespace pawl::script
