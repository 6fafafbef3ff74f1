// Merging the trees of many wheels into one.
//
// A wheel's files are a sorted list, so a directory of it is a run of that list. All runs that meet
// in one directory of the environment are walked together: a name that only one of them has, and
// that is safe to link to, becomes one link to the wheel's directory in the store, whatever it
// holds. A name that several have (a namespace package) becomes a real directory, and the walk goes
// on below. Machine code finds its neighbours by "$ORIGIN/../..", which the kernel takes through
// real directories only: in a wheel that looks for others than its own (wheel/machine_code.h says
// how that is known), every directory above a shared object is real.
//
// Nothing is written here, so a conflict leaves no trace.

#include "install/plan.h"

#include <algorithm>
#include <map>
#include <memory>

#include "base/check.h"
#include "base/fs.h"
#include "base/text.h"
#include "install/dist_info.h"
#include "install/launcher.h"
#include "wheel/layout.h"

namespace pawl::install {

namespace {

constexpr size_t depth_max = 520; // a path has at most 1024 bytes
constexpr uint64_t entry_points_bytes_max = uint64_t{4} << 20;

/// A run of files in the directory that the walk is in.
struct Part {
    uint32_t item = 0;
    uint32_t first = 0, last = 0;
    uint32_t skip = 0; // bytes of their paths up to this directory
    Role role = Role::library;
};

/// A directory that the scheme itself needs: always real.
struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> children;
    std::vector<Part> parts;
    bool is_reserved = false; // a path of the environment's own, not a directory to be filled
};

/// One name in a directory, by one owner.
struct Child {
    std::string_view name;
    Part part; // of one without a list only the item and the role
    bool is_file = false;
    bool is_unlisted = false; // at the top of a wheel whose list of files nobody has read
    const wheel::EntryPoint* launcher = nullptr;
};

struct Program {
    uint32_t item = 0;
    wheel::EntryPoint point;
};

class Planner {
  public:
    Planner(std::span<const Item> items, const PlanOptions& options)
        : items_(items), options_(options), natives_(items.size()) {}

    Result<Plan> make() {
        plan_.runs.resize(items_.size());
        for (uint32_t i = 0; i < items_.size(); ++i) {
            TRY(add_item(i));
        }
        for (const std::string& path : options_.reserved) {
            node_at(path).is_reserved = true;
        }
        TRY(walk("", &root_, root_.parts, 0));
        std::ranges::stable_sort(plan_.generated, {}, &Generated::item);
        return std::move(plan_);
    }

  private:
    const store::WheelManifest& manifest(uint32_t item) const {
        return items_[item].wheel->manifest;
    }
    const store::WheelFile& file(uint32_t item, uint32_t index) const {
        return manifest(item).files[index];
    }
    std::string owner(uint32_t item) const {
        return printable(manifest(item).name) + " " + printable(manifest(item).version);
    }

    /// Where the wheel has it.
    std::string_view path_in_wheel(const Child& child) const {
        if (child.is_unlisted) {
            return child.name;
        }
        std::string_view first = file(child.part.item, child.part.first).path;
        return child.is_file ? first : first.substr(0, child.part.skip - 1);
    }
    std::string path_in_store(const Child& child) const {
        return items_[child.part.item].wheel->files() + "/" + std::string(path_in_wheel(child));
    }

    Result<> add_item(uint32_t item);
    void add_unlisted(uint32_t item);
    Result<> add_programs(uint32_t item);
    Node& node_at(std::string_view path);
    bool has_native(const Part& part) const;
    bool is_safe_link(const Child& owner) const;
    std::vector<Child> children_of(const std::vector<Part>& parts) const;
    void add_children(const Part& part, std::vector<Child>& children) const;

    Result<> walk(const std::string& path, const Node* node, const std::vector<Part>& parts,
                  size_t depth);
    Result<> place(const std::string& path, const Node* node, std::span<const Child> owners,
                   size_t depth);
    Result<> place_file(const std::string& path, const Node* node, std::span<const Child> owners);
    Result<> share_file(const std::string& path, const Child& first, const Child& other);
    Result<> place_script(const std::string& path, const Child& child, bool is_first);
    Result<> place_launcher(const std::string& path, const Child& child);
    void place_bytecode(const std::string& path, const std::vector<Part>& parts,
                        const std::vector<Child>& children);
    void add_generated(const std::string& path, uint32_t item, uint32_t file_index,
                       std::string_view text);
    void add_text(const std::string& path, uint32_t item, std::string text);

    [[nodiscard]] tl::unexpected<Error> conflict(const std::string& path, const Child& a,
                                                 const Child& b) const;
    [[nodiscard]] tl::unexpected<Error> reserved(const std::string& path, uint32_t item) const;

    std::span<const Item> items_;
    const PlanOptions& options_;
    std::vector<std::vector<uint32_t>> natives_; // indices of native files, by item
    std::vector<std::unique_ptr<Program>> programs_;
    std::vector<Child> unlisted_; // in site-packages
    Node root_;
    Plan plan_;
};

Result<> Planner::add_item(uint32_t item) {
    check(items_[item].wheel != nullptr);
    const store::WheelManifest& wheel = manifest(item);
    if (wheel.files.empty()) {
        add_unlisted(item);
        return wheel.has_entry_points ? add_programs(item) : Result<>();
    }
    if (wheel.has_native && !wheel.is_self_contained) {
        for (uint32_t i = 0; i < wheel.files.size(); ++i) {
            if (wheel::is_native(wheel.files[i].path)) {
                natives_[item].push_back(i);
            }
        }
    }
    plan_.runs[item] = TRY(runs_of(item, wheel, options_.places));
    for (const Run& run : plan_.runs[item]) {
        node_at(run.place).parts.push_back(Part{run.item, run.first, run.last, run.skip, run.role});
    }
    return wheel.has_entry_points ? add_programs(item) : Result<>();
}

void Planner::add_unlisted(uint32_t item) {
    const store::WheelManifest& wheel = manifest(item);
    node_at(options_.places.purelib);
    auto add = [&](std::string_view name, bool is_file, Role role) {
        Child child{.name = name, .is_file = is_file, .is_unlisted = true};
        child.part.item = item;
        child.part.role = role;
        unlisted_.push_back(child);
    };
    for (std::string_view name : wheel.top_level) {
        bool is_directory = name.ends_with('/');
        add(is_directory ? name.substr(0, name.size() - 1) : name, !is_directory, Role::library);
    }
    add(wheel.dist_info, false, Role::dist_info);
}

Result<> Planner::add_programs(uint32_t item) {
    const store::WheelManifest& wheel = manifest(item);
    std::string path = items_[item].wheel->files() + "/" + wheel.dist_info + "/entry_points.txt";
    std::string text = TRY(fs::read(path, entry_points_bytes_max));
    std::vector<wheel::EntryPoint> points =
        TRY_IN(printable(wheel.file_name), wheel::parse_entry_points(text));
    for (wheel::EntryPoint& point : points) {
        node_at(options_.places.scripts);
        programs_.push_back(std::make_unique<Program>(Program{item, std::move(point)}));
    }
    return {};
}

Node& Planner::node_at(std::string_view path) {
    Node* node = &root_;
    for (std::string_view name : split(path, '/')) {
        if (!name.empty()) {
            std::unique_ptr<Node>& child = node->children[std::string(name)];
            if (!child) {
                child = std::make_unique<Node>();
            }
            node = child.get();
        }
    }
    return *node;
}

bool Planner::has_native(const Part& part) const {
    const std::vector<uint32_t>& natives = natives_[part.item];
    auto found = std::lower_bound(natives.begin(), natives.end(), part.first);
    return found != natives.end() && *found < part.last;
}

/// The names of one part in this directory: each a file, or the run of a directory's files.
void Planner::add_children(const Part& part, std::vector<Child>& children) const {
    const std::vector<store::WheelFile>& files = manifest(part.item).files;
    for (uint32_t i = part.first; i < part.last;) {
        std::string_view rest = std::string_view(files[i].path).substr(part.skip);
        size_t slash = rest.find('/');
        Child child{.name = rest.substr(0, slash), .part = part};
        child.part.first = i;
        if (slash == std::string_view::npos) {
            child.part.last = ++i;
            child.is_file = true;
        } else {
            std::string_view prefix =
                std::string_view(files[i].path).substr(0, part.skip + slash + 1);
            auto end = std::partition_point(
                files.begin() + i, files.begin() + part.last,
                [&](const store::WheelFile& one) { return one.path.starts_with(prefix); });
            i = static_cast<uint32_t>(end - files.begin());
            child.part.last = i;
            child.part.skip = static_cast<uint32_t>(prefix.size());
        }
        children.push_back(child);
    }
}

/// In order of name, owners of one name in the order of the items.
std::vector<Child> Planner::children_of(const std::vector<Part>& parts) const {
    std::vector<Child> children;
    for (const Part& part : parts) {
        add_children(part, children);
    }
    std::ranges::stable_sort(children, {}, &Child::name);
    return children;
}

Result<> Planner::walk(const std::string& path, const Node* node, const std::vector<Part>& parts,
                       size_t depth) {
    if (depth > depth_max) {
        return fail(Error::Kind::refused, "directories are nested too deep: " + printable(path));
    }
    std::vector<Child> children = children_of(parts);
    if (path == options_.places.purelib) {
        children.insert(children.end(), unlisted_.begin(), unlisted_.end());
        std::ranges::stable_sort(children, {}, &Child::name);
    }
    if (path == options_.places.scripts) {
        for (const std::unique_ptr<Program>& program : programs_) {
            Child child{.name = program->point.name, .is_file = true};
            child.part.item = program->item;
            child.launcher = &program->point;
            children.push_back(child);
        }
        std::ranges::stable_sort(children, {}, &Child::name);
    }
    std::string prefix = path.empty() ? "" : path + "/";
    if (node != nullptr) { // the scheme's own directories that no file is in directly
        for (const auto& [name, child] : node->children) {
            auto below = std::ranges::lower_bound(children, name, {}, &Child::name);
            bool has_files = below != children.end() && below->name == name;
            if (!has_files && !child->is_reserved) {
                plan_.actions.push_back(Action{.path = prefix + name});
                TRY(walk(prefix + name, child.get(), child->parts, depth + 1));
            }
        }
    }
    for (size_t begin = 0; begin < children.size();) {
        size_t end = begin + 1;
        while (end < children.size() && children[end].name == children[begin].name) {
            ++end;
        }
        std::string_view name = children[begin].name;
        auto found = node == nullptr
                         ? std::map<std::string, std::unique_ptr<Node>>::const_iterator()
                         : node->children.find(name);
        const Node* below =
            node != nullptr && found != node->children.end() ? found->second.get() : nullptr;
        TRY(place(prefix + std::string(name), below,
                  std::span(children).subspan(begin, end - begin), depth));
        begin = end;
    }
    place_bytecode(path, parts, children);
    return {};
}

Result<> Planner::place(const std::string& path, const Node* node, std::span<const Child> owners,
                        size_t depth) {
    if (node != nullptr && node->is_reserved) {
        return reserved(path, owners[0].part.item);
    }
    for (const Child& owner : owners) {
        check(!owner.is_unlisted || owners.size() == 1);
        if (owner.is_file != owners[0].is_file) {
            return conflict(path, owners[0], owner);
        }
        bool is_info = owner.part.role == Role::dist_info && !owner.is_file;
        if ((is_info || owners[0].part.role == Role::dist_info) && owners.size() > 1 &&
            !owner.is_file && &owner != &owners[0]) {
            return conflict(path, owners[0], owner);
        }
    }
    if (owners[0].is_file) {
        return place_file(path, node, owners);
    }
    const Part& only = owners[0].part;
    bool is_alone = owners.size() == 1 && node == nullptr;
    if (options_.link_directories && is_alone && is_safe_link(owners[0])) {
        if (owners[0].name == manifest(only.item).dist_info) {
            plan_.linked_dist_infos.insert(only.item);
        }
        plan_.actions.push_back(Action{.kind = Action::Kind::link_directory,
                                       .role = only.role,
                                       .item = only.item,
                                       .path = path,
                                       .source = path_in_store(owners[0])});
        return {};
    }
    check(!owners[0].is_unlisted); // what is in it is not known
    plan_.actions.push_back(Action{.role = only.role, .item = only.item, .path = path});
    std::vector<Part> parts;
    if (node != nullptr) {
        parts = node->parts;
    }
    for (const Child& owner : owners) {
        parts.push_back(owner.part);
    }
    return walk(path, node, parts, depth + 1);
}

/// Whether the directory can be the store's, when it is this wheel's alone.
bool Planner::is_safe_link(const Child& owner) const {
    const Part& part = owner.part;
    switch (part.role) {
    case Role::library:
    case Role::data:
        return owner.name != "__pycache__" && !has_native(part);
    case Role::dist_info:
        return owner.name != manifest(part.item).dist_info ||
               (!options_.real_dist_infos.contains(part.item) &&
                has_common_dist_info(items_[part.item], options_.places));
    case Role::script:
    case Role::headers:
        return false;
    }
    check(false);
}

/// Two wheels have this file: fine when it is the same one (old namespace packages all ship the
/// same
/// __init__.py, tensorflow and tensorboard the same program), and when nobody needs it.
Result<> Planner::share_file(const std::string& path, const Child& first, const Child& other) {
    if (first.launcher != nullptr || other.launcher != nullptr) {
        bool is_same = first.launcher != nullptr && other.launcher != nullptr &&
                       first.launcher->module == other.launcher->module &&
                       first.launcher->object == other.launcher->object;
        if (is_same) {
            std::string text = TRY(launcher(*other.launcher, options_.executable));
            add_generated(path, other.part.item, Generated::no_file, text);
        }
        return is_same ? Result<>() : conflict(path, first, other);
    }
    const store::WheelFile& a = file(first.part.item, first.part.first);
    const store::WheelFile& b = file(other.part.item, other.part.first);
    if (first.part.role == other.part.role && a.sha256 == b.sha256 &&
        a.size_bytes == b.size_bytes) {
        return other.part.role == Role::script ? place_script(path, other, false) : Result<>();
    }
    const std::string& library = options_.places.purelib;
    bool is_library = first.part.role == Role::library && other.part.role == Role::library;
    if (!is_library || !is_beside_the_point(std::string_view(path).substr(
                           library.empty() ? 0 : std::min(path.size(), library.size() + 1)))) {
        return conflict(path, first, other);
    }
    plan_.dropped.insert(Dropped{other.part.item, other.part.first});
    plan_.warnings.push_back(owner(first.part.item) + " and " + owner(other.part.item) +
                             " both have " + printable(path) + ": the first one's is taken");
    return {};
}

Result<> Planner::place_file(const std::string& path, const Node* node,
                             std::span<const Child> owners) {
    const Child& first = owners[0];
    if (node != nullptr) {
        return reserved(path, first.part.item);
    }
    for (const Child& other : owners.subspan(1)) {
        TRY(share_file(path, first, other));
    }
    const std::string& scripts = options_.places.scripts;
    bool is_in_scripts =
        path.size() == scripts.size() + 1 + first.name.size() && path.starts_with(scripts);
    if (is_in_scripts && wheel::is_reserved_script(first.name, manifest(first.part.item).name)) {
        return reserved(path, first.part.item);
    }
    if (first.launcher != nullptr) {
        return place_launcher(path, first);
    }
    if (first.part.role == Role::script) {
        return place_script(path, first, true);
    }
    plan_.actions.push_back(Action{.kind = Action::Kind::file,
                                   .role = first.part.role,
                                   .item = first.part.item,
                                   .file = first.part.first,
                                   .path = path,
                                   .source = path_in_store(first)});
    return {};
}

void Planner::add_generated(const std::string& path, uint32_t item, uint32_t file_index,
                            std::string_view text) {
    plan_.generated.push_back(Generated{.item = item,
                                        .file = file_index,
                                        .path = path,
                                        .sha256 = Sha256::of(text),
                                        .size_bytes = text.size()});
}

void Planner::add_text(const std::string& path, uint32_t item, std::string text) {
    plan_.actions.push_back(Action{.kind = Action::Kind::text,
                                   .role = Role::script,
                                   .is_executable = true,
                                   .item = item,
                                   .path = path,
                                   .source = std::move(text)});
}

Result<> Planner::place_launcher(const std::string& path, const Child& child) {
    std::string text = TRY(launcher(*child.launcher, options_.executable));
    add_generated(path, child.part.item, Generated::no_file, text);
    add_text(path, child.part.item, std::move(text));
    return {};
}

/// `is_first`: it is this wheel's that is put in place, not an equal one of another's.
Result<> Planner::place_script(const std::string& path, const Child& child, bool is_first) {
    const store::WheelFile& source = file(child.part.item, child.part.first);
    std::string at = items_[child.part.item].wheel->files() + "/" + source.path;
    fs::MappedFile content = TRY(fs::MappedFile::open(at)); // perhaps 30 MB of machine code
    std::optional<std::string> rewritten =
        TRY_IN(printable(manifest(child.part.item).file_name),
               rewrite_script(content.bytes(), options_.executable));
    if (rewritten) {
        add_generated(path, child.part.item, child.part.first, *rewritten);
    }
    if (rewritten && is_first) {
        add_text(path, child.part.item, std::move(*rewritten));
    } else if (is_first) {
        plan_.actions.push_back(Action{.kind = Action::Kind::file,
                                       .role = Role::script,
                                       .item = child.part.item,
                                       .file = child.part.first,
                                       .path = path,
                                       .source = std::move(at)});
    }
    return {};
}

/// Python writes bytecode beside the source as it names it, which in a real directory is outside
/// the store. So __pycache__ there is a link to the wheel's own, or, where several wheels meet, a
/// directory of links. Where the store has no bytecode yet they lead nowhere, which Python takes
/// as "none yet".
void Planner::place_bytecode(const std::string& path, const std::vector<Part>& parts,
                             const std::vector<Child>& children) {
    if (options_.cache_tag.empty()) {
        return;
    }
    const std::string cache = path.empty() ? "__pycache__" : path + "/__pycache__";
    bool is_shared = parts.size() > 1 || path == options_.places.purelib;
    bool has_directory = false;
    for (const Child& child : children) {
        if (child.name == "__pycache__" || child.part.role != Role::library) {
            continue;
        }
        if (!child.is_file || !child.name.ends_with(".py") ||
            (&child != children.data() && (&child - 1)->name == child.name)) {
            continue;
        }
        std::string store_cache = path_in_store(child);
        store_cache.replace(store_cache.size() - child.name.size(), child.name.size(),
                            "__pycache__");
        if (!is_shared) {
            plan_.actions.push_back(Action{.kind = Action::Kind::symlink,
                                           .item = child.part.item,
                                           .path = cache,
                                           .source = std::move(store_cache)});
            return;
        }
        if (!std::exchange(has_directory, true)) {
            plan_.actions.push_back(Action{.item = child.part.item, .path = cache});
        }
        std::string name = std::string(child.name.substr(0, child.name.size() - 3)) + "." +
                           options_.cache_tag + ".pyc";
        plan_.actions.push_back(Action{.kind = Action::Kind::symlink,
                                       .item = child.part.item,
                                       .path = cache + "/" + name,
                                       .source = store_cache + "/" + name});
    }
}

tl::unexpected<Error> Planner::conflict(const std::string& path, const Child& a,
                                        const Child& b) const {
    return fail(Error{Error::Kind::permission, "two packages own " + printable(path) + ": " +
                                                   owner(a.part.item) + " and " +
                                                   owner(b.part.item)}
                    .hint("they cannot be installed together: leave one of them out"));
}

tl::unexpected<Error> Planner::reserved(const std::string& path, uint32_t item) const {
    return fail(Error::Kind::permission, owner(item) + " wants to write " + printable(path) +
                                             ", which belongs to the environment itself");
}

} // namespace

bool is_beside_the_point(std::string_view path) {
    size_t slash = path.find('/');
    std::string top = to_lower(path.substr(0, slash));
    if (slash != std::string_view::npos) {
        for (std::string_view name : {"tests", "test", "testing", "docs", "doc", "examples",
                                      "example", "benchmarks", "benchmark"}) {
            if (top == name) {
                return true;
            }
        }
        return false;
    }
    for (std::string_view stem : {"license", "licence", "readme", "changelog", "changes", "notice",
                                  "authors", "contributors", "copying", "history", "news"}) {
        std::string_view rest = std::string_view(top).substr(std::min(stem.size(), top.size()));
        bool is_text = rest.empty() || rest == ".txt" || rest == ".md" || rest == ".rst";
        if (top.starts_with(stem) && is_text) {
            return true;
        }
    }
    return false;
}

/// Names in site-packages that a wheel brings as data
/// ("x.data/data/lib/python3.13/site-packages/y").
Result<std::set<std::string>> names_from_data(const store::WheelManifest& wheel,
                                              const Places& places) {
    std::set<std::string> names;
    if (wheel.data_directory.empty()) {
        return names;
    }
    const std::string library = places.purelib + "/";
    for (const Run& run : TRY(runs_of(0, wheel, places))) {
        for (uint32_t i = run.first; run.role == Role::data && i < run.last; ++i) {
            std::string path = placed_path(run, wheel.files[i].path);
            if (path.starts_with(library)) {
                std::string_view rest = std::string_view(path).substr(library.size());
                names.emplace(rest.substr(0, rest.find('/')));
            }
        }
    }
    return names;
}

Result<std::set<uint32_t>> items_without_need_of_lists(std::span<const Item> items,
                                                       const Places& places) {
    auto bare = [](std::string_view name) {
        return name.substr(0, name.size() - (name.ends_with('/') ? 1 : 0));
    };
    std::map<std::string, size_t, std::less<>> owners;
    for (const Item& item : items) {
        const store::WheelManifest& wheel = item.wheel->manifest;
        check(wheel.data_directory.empty() || !wheel.files.empty());
        for (std::string_view name : wheel.top_level) {
            ++owners[std::string(bare(name))];
        }
        for (const std::string& name : TRY(names_from_data(wheel, places))) {
            ++owners[name];
        }
    }
    std::set<uint32_t> found;
    for (uint32_t i = 0; i < items.size(); ++i) {
        const store::WheelManifest& wheel = items[i].wheel->manifest;
        bool is_plain = wheel.is_self_contained && wheel.data_directory.empty() &&
                        has_common_dist_info(items[i], places);
        bool is_alone = std::ranges::all_of(wheel.top_level, [&](std::string_view name) {
            return owners.find(bare(name))->second == 1 && bare(name) != "__pycache__";
        });
        if (is_plain && is_alone) {
            found.insert(i);
        }
    }
    return found;
}

Result<Plan> make_plan(std::span<const Item> items, const PlanOptions& options) {
    Plan plan = TRY(Planner(items, options).make());
    PlanOptions narrower = options;
    for (const Dropped& dropped : plan.dropped) {
        if (plan.linked_dist_infos.contains(dropped.item)) {
            narrower.real_dist_infos.insert(dropped.item); // its RECORD has one file less
        }
    }
    if (narrower.real_dist_infos.empty()) {
        return plan;
    }
    return Planner(items, narrower).make();
}

} // namespace pawl::install
