#include "ops/tool_links.h"

#include <algorithm>

#include "base/fs.h"
#include "base/text.h"
#include "wheel/entry_points.h"
#include "wheel/layout.h"

namespace pawl::ops {

namespace {

constexpr uint64_t entry_points_bytes_max = uint64_t{4} << 20;

/// Where a wheel's data files mean something to the user's shell and to man.
bool is_shared(std::string_view path) {
    for (std::string_view place :
         {"share/man/man", "share/bash-completion/completions/", "share/zsh/site-functions/",
          "share/fish/vendor_completions.d/"}) {
        std::string_view rest = path.starts_with(place) ? path.substr(place.size()) : "";
        // man1/x.1; the others lie flat
        size_t slashes = static_cast<size_t>(std::ranges::count(rest, '/'));
        if (!rest.empty() && slashes == (place.ends_with('/') ? 0U : 1U)) {
            return true;
        }
    }
    return false;
}

/// A link of ours: where it is, where it leads.
struct Link {
    std::string at, target;
};

std::string current_of(const ToolPlaces& places, std::string_view tool) {
    return fs::join(places.directory_of(tool), current_name) + "/" +
           std::string(tool_environment_name) + "/";
}

std::vector<Link> wanted_links(const ToolPlaces& places, std::string_view tool,
                               const ToolLinks& links) {
    std::string environment = current_of(places, tool);
    std::vector<Link> wanted;
    for (const std::string& command : links.commands) {
        wanted.push_back({fs::join(places.programs, command), environment + "bin/" + command});
    }
    for (const std::string& path : links.shared) {
        std::string_view below = std::string_view(path).substr(path.find('/') + 1); // "share/"
        wanted.push_back({fs::join(places.data, below), environment + path});
    }
    return wanted;
}

/// The tool that a link belongs to: "NAME" of tools/NAME/current/…; "" for all else.
std::string owner_of(const ToolPlaces& places, const std::string& path) {
    Result<std::string> target = fs::read_link(path);
    std::string prefix = places.tools + "/";
    if (!target || !target->starts_with(prefix)) {
        return "";
    }
    std::string rest = target->substr(prefix.size());
    return rest.substr(0, rest.find('/'));
}

/// Whether what is there is a link of this tool, or of one that is gone.
bool is_free(const ToolPlaces& places, const std::string& path, std::string_view tool) {
    std::string owner = owner_of(places, path);
    return !owner.empty() && (owner == tool || !fs::exists(places.directory_of(owner)));
}

bool is_program(const ToolPlaces& places, const Link& link) {
    return fs::parent(link.at) == places.programs;
}

/// Every link of the tool that is there, in the places where links of ours can be.
Result<std::vector<std::string>> present_links(const ToolPlaces& places, std::string_view tool) {
    std::vector<std::string> directories = {
        places.programs, places.data + "/bash-completion/completions",
        places.data + "/zsh/site-functions", places.data + "/fish/vendor_completions.d"};
    std::string man = places.data + "/man";
    if (fs::is_directory(man)) {
        for (const fs::DirectoryEntry& entry : TRY(fs::list(man))) {
            directories.push_back(fs::join(man, entry.name));
        }
    }
    std::vector<std::string> found;
    for (const std::string& directory : directories) {
        if (!fs::is_directory(directory)) {
            continue;
        }
        for (const fs::DirectoryEntry& entry : TRY(fs::list(directory))) {
            std::string path = fs::join(directory, entry.name);
            if (entry.type == fs::FileStat::Type::symlink && owner_of(places, path) == tool) {
                found.push_back(std::move(path));
            }
        }
    }
    return found;
}

/// Puts a link in its place in one step, whatever is there.
Result<> place_link(const Link& link) {
    TRY(fs::make_directories(fs::parent(link.at)));
    std::string aside = link.at + ".pawl-" + fs::random_name();
    TRY(fs::symlink(link.target, aside));
    Result<> renamed = fs::rename(aside, link.at);
    if (!renamed) {
        static_cast<void>(fs::remove_file(aside));
    }
    return renamed;
}

} // namespace

Result<ToolLinks> links_of(const store::WheelEntry& wheel) {
    const store::WheelManifest& manifest = wheel.manifest;
    wheel::Layout layout{manifest.dist_info, manifest.data_directory};
    ToolLinks links;
    if (manifest.has_entry_points) {
        std::string text =
            TRY(fs::read(wheel.files() + "/" + manifest.dist_info + "/entry_points.txt",
                         entry_points_bytes_max));
        for (wheel::EntryPoint& point : TRY(wheel::parse_entry_points(text))) {
            links.commands.push_back(std::move(point.name));
        }
    }
    for (const store::WheelFile& file : manifest.files) {
        wheel::Placed placed = layout.place(file.path);
        if (placed.scheme == wheel::Scheme::scripts &&
            placed.path.find('/') == std::string_view::npos) {
            links.commands.emplace_back(placed.path);
        } else if (placed.scheme == wheel::Scheme::data && is_shared(placed.path)) {
            links.shared.emplace_back(placed.path);
        }
    }
    for (std::vector<std::string>* list : {&links.commands, &links.shared}) {
        std::ranges::sort(*list);
        list->erase(std::unique(list->begin(), list->end()), list->end());
    }
    return links;
}

Result<> check_links(const ToolPlaces& places, std::string_view tool, const ToolLinks& links,
                     bool force) {
    for (const Link& link : wanted_links(places, tool, links)) {
        std::optional<fs::FileStat> there = TRY(fs::lstat(link.at));
        if (!there || force || !is_program(places, link) || is_free(places, link.at, tool)) {
            continue;
        }
        std::string owner = owner_of(places, link.at);
        std::string command(fs::base_name(link.at));
        if (owner.empty()) {
            return fail(Error{Error::Kind::permission,
                              printable(link.at) + " is there already, and is not pawl's"}
                            .hint("move it away, or put " + std::string(tool) +
                                  "'s in its place with --force"));
        }
        return fail(Error{Error::Kind::permission,
                          "two tools have a command \"" + printable(command) + "\": " +
                              printable(owner) + ", which is installed, and " + std::string(tool)}
                        .hint("uninstall " + printable(owner) + ", or let " + std::string(tool) +
                              " take the command over with --force"));
    }
    return {};
}

Result<> set_links(const ToolPlaces& places, std::string_view tool, const ToolLinks& links,
                   bool force) {
    std::vector<Link> wanted = wanted_links(places, tool, links);
    for (const Link& link : wanted) {
        Result<std::string> target = fs::read_link(link.at);
        if (target && *target == link.target) {
            continue;
        }
        std::optional<fs::FileStat> there = TRY(fs::lstat(link.at));
        bool is_forced =
            force && is_program(places, link) && there->type != fs::FileStat::Type::directory;
        if (!there || is_free(places, link.at, tool) || is_forced) {
            TRY(place_link(link));
        }
    }
    for (const std::string& path : TRY(present_links(places, tool))) {
        bool is_wanted = std::ranges::find(wanted, path, &Link::at) != wanted.end();
        if (!is_wanted) {
            TRY(fs::remove_file(path));
        }
    }
    return {};
}

} // namespace pawl::ops
