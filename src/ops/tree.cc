#include "ops/tree.h"

#include <algorithm>

#include "base/subprocess.h"
#include "base/text.h"
#include "lock/graph.h"
#include "ops/named_lock.h"
#include "text/json.h"

namespace pawl::ops {

namespace {

using lock::Graph;
using lock::Root;
using text::Value;

/// A lock can be made so that it is as deep as it is long.
constexpr size_t depth_max = 200;

struct LoadedGraph {
    NamedLock named;
    ReadLock read;
    std::optional<Graph> graph;
};

Result<std::unique_ptr<LoadedGraph>> load(std::string_view what, Services& services) {
    auto loaded = std::make_unique<LoadedGraph>(); // the graph points at the lock
    loaded->named = TRY(find_named_lock(what));
    loaded->read = TRY(read_named_lock(loaded->named));
    const std::string place = printable(loaded->named.name);
    const std::vector<pep::Requirement> asked =
        TRY_IN(place, requirements_of(loaded->read.record.requirements));
    loaded->graph = TRY_IN(
        place, Graph::of(loaded->read.lock, asked, left_out_by(loaded->read.record.conflicts)));
    const lock::Lock& lock = loaded->read.lock;
    if (!loaded->graph->has_dependencies() && lock.packages.size() > 1 &&
        !loaded->graph->knows_roots()) {
        services.terminal().warn(place +
                                 " does not say which package needs which (it was made by " +
                                 printable(lock.created_by) + ")");
    } else if (!loaded->graph->knows_roots()) {
        services.terminal().note(place + " does not say what was asked for: what no other package "
                                         "needs is taken for it");
    }
    return loaded;
}

std::string asked_by(const Root& root) {
    const std::string text = root.requirement.empty() ? "" : " as " + root.requirement;
    switch (root.kind) {
    case Root::Kind::main:
        return "asked for" + text;
    case Root::Kind::extra:
        return "asked for" + text + " by the extra " + root.name;
    case Root::Kind::group:
        return "asked for" + text + " by the group " + root.name;
    }
    return "";
}

/// What a tree is drawn with, apart from its words.
struct Strokes {
    std::string_view branch = "├── ";
    std::string_view last = "└── ";
    std::string_view beside = "│   "; ///< below a branch that is not the last
    std::string_view more = " …";
};

/// Where the locale is said to be plain ASCII, the strokes are that.
Strokes strokes_of_locale() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        const std::string locale = environment_variable(name).value_or("");
        if (locale == "C" || locale == "POSIX") {
            return {.branch = "|-- ", .last = "`-- ", .beside = "|   ", .more = " ..."};
        }
        if (!locale.empty()) {
            break;
        }
    }
    return {};
}

/// Draws entries below one another, each entry's own part once.
class Drawing {
  public:
    struct Options {
        bool invert = false;
        size_t depth = depth_max;
    };

    Drawing(Graph& graph, const lock::Lock& lock, Options options)
        : graph_(graph), lock_(lock), options_(options), is_drawn_(lock.packages.size(), false),
          is_open_(lock.packages.size(), false) {}

    /// A line without branches, and below it these entries.
    void draw(const std::string& heading, const std::vector<uint32_t>& entries) {
        text_ += heading + "\n";
        if (options_.depth > 0) {
            open(0, {}, entries);
            run();
        }
    }
    /// One entry as the heading.
    void draw(uint32_t entry) {
        text_ += line(entry, nullptr) + "\n";
        if (options_.depth > 1) {
            is_drawn_[entry] = true;
            is_open_[entry] = true;
            open(1, {}, next(entry));
            frames_.back().parent = entry;
            frames_.back().asked = asked(entry);
            run();
        }
    }
    bool has_repeats() const { return has_repeats_; }
    bool has_cycles() const { return has_cycles_; }
    std::string take() { return std::move(text_); }

  private:
    /// The children of one line that are still to be drawn.
    struct Frame {
        std::optional<uint32_t> parent;
        std::vector<std::string> asked; // lines that stand before the entries
        std::vector<uint32_t> entries;
        size_t done = 0;
        size_t level = 0;
        std::string indent;
    };

    const std::vector<uint32_t>& next(uint32_t entry) const {
        return options_.invert ? graph_.needed_by(entry) : graph_.needs(entry);
    }

    std::vector<std::string> asked(uint32_t entry) const {
        std::vector<std::string> lines;
        for (const Root& root : graph_.roots()) {
            const bool is_answer = std::ranges::find(root.entries, entry) != root.entries.end();
            if (options_.invert && is_answer) {
                lines.push_back(printable(asked_by(root)));
            }
        }
        return lines;
    }

    void open(size_t level, std::string indent, std::vector<uint32_t> entries) {
        frames_.push_back({.parent = {},
                           .asked = {},
                           .entries = std::move(entries),
                           .done = 0,
                           .level = level,
                           .indent = std::move(indent)});
    }

    std::string line(uint32_t entry, const uint32_t* parent) {
        const std::string marker = graph_.marker_below(entry, parent);
        return lock::entry_title(lock_.packages[entry]) +
               (marker.empty() ? "" : " ; " + printable(marker));
    }

    /// Deepest first, without recursion: the depth is the lock's.
    void run() {
        while (!frames_.empty()) {
            Frame& frame = frames_.back();
            const size_t count = frame.asked.size() + frame.entries.size();
            if (frame.done == count) {
                if (frame.parent) {
                    is_open_[*frame.parent] = false;
                }
                frames_.pop_back();
                continue;
            }
            const size_t at = frame.done++;
            const bool is_last = frame.done == count;
            text_ += frame.indent + std::string(is_last ? strokes_.last : strokes_.branch);
            if (at < frame.asked.size()) {
                text_ += frame.asked[at] + "\n";
                continue;
            }
            draw_child(frame, frame.entries[at - frame.asked.size()], is_last);
        }
    }

    void draw_child(const Frame& frame, uint32_t entry, bool is_last) {
        text_ += line(entry, frame.parent ? &*frame.parent : nullptr);
        const bool has_more = !next(entry).empty() || !asked(entry).empty();
        if (is_open_[entry]) {
            text_ += " (cycle)";
            has_cycles_ = true;
        } else if (is_drawn_[entry] && has_more) {
            text_ += " (*)";
            has_repeats_ = true;
        } else if (has_more && frame.level + 1 < options_.depth) {
            is_drawn_[entry] = true;
            is_open_[entry] = true;
            std::string indent = frame.indent + std::string(is_last ? "    " : strokes_.beside);
            text_ += "\n";
            open(frame.level + 1, std::move(indent), next(entry));
            frames_.back().parent = entry;
            frames_.back().asked = asked(entry);
            return;
        } else if (has_more && frame.level + 1 == depth_max) {
            text_ += strokes_.more;
        }
        text_ += "\n";
    }

    Graph& graph_;
    const lock::Lock& lock_;
    Options options_;
    Strokes strokes_ = strokes_of_locale();
    std::string text_;
    std::vector<Frame> frames_;
    std::vector<bool> is_drawn_; // its children stand somewhere
    std::vector<bool> is_open_;  // its children are being drawn
    bool has_repeats_ = false;
    bool has_cycles_ = false;
};

void explain_marks(const Drawing& drawing, Terminal& terminal) {
    if (drawing.has_repeats()) {
        terminal.note("(*): what is below it stands above");
    }
    if (drawing.has_cycles()) {
        terminal.note("(cycle): it needs itself");
    }
}

std::string heading_of(const Root& root, const LoadedGraph& loaded) {
    const std::vector<std::string>& defaults = loaded.read.lock.default_groups;
    switch (root.kind) {
    case Root::Kind::main:
        return printable(loaded.named.name);
    case Root::Kind::extra:
        return "extra " + root.name;
    case Root::Kind::group:
        return "group " + root.name +
               (std::ranges::find(defaults, root.name) == defaults.end() ? "" : " (by default)");
    }
    return "";
}

/// The roots of one heading, each entry once.
void draw_roots(const LoadedGraph& loaded, Drawing& drawing) {
    const std::vector<Root>& roots = loaded.graph->roots();
    for (size_t i = 0; i < roots.size();) {
        std::vector<uint32_t> entries;
        size_t end = i;
        for (; end < roots.size() && roots[end].kind == roots[i].kind &&
               roots[end].name == roots[i].name;
             ++end) {
            entries.insert(entries.end(), roots[end].entries.begin(), roots[end].entries.end());
        }
        std::ranges::sort(entries);
        entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
        drawing.draw(heading_of(roots[i], loaded), entries);
        i = end;
    }
    if (roots.empty()) {
        drawing.draw(printable(loaded.named.name), {});
    }
}

/// Where an inverted tree begins: entries that need nothing, and one of each cycle that leads to
/// none of them.
std::vector<uint32_t> leaves_of(const Graph& graph, size_t count) {
    std::vector<uint32_t> leaves;
    std::vector<bool> is_reached(count, false);
    auto take = [&](uint32_t leaf) {
        leaves.push_back(leaf);
        std::vector<uint32_t> open = {leaf};
        while (!open.empty()) {
            const uint32_t entry = open.back();
            open.pop_back();
            if (!is_reached[entry]) {
                is_reached[entry] = true;
                const std::vector<uint32_t>& users = graph.needed_by(entry);
                open.insert(open.end(), users.begin(), users.end());
            }
        }
    };
    for (uint32_t i = 0; i < count; ++i) {
        if (graph.needs(i).empty()) {
            take(i);
        }
    }
    for (uint32_t i = 0; i < count; ++i) {
        if (!is_reached[i]) {
            take(i);
        }
    }
    return leaves;
}

Value numbers(const std::vector<uint32_t>& entries) {
    Value list = Value::array();
    for (uint32_t entry : entries) {
        list.push_back(entry);
    }
    return list;
}

/// The whole graph, or the part of it that `shown` says; numbers are places in `packages`.
Value json_of(const LoadedGraph& loaded, const std::vector<uint32_t>& shown) {
    const lock::Lock& lock = loaded.read.lock;
    std::vector<uint32_t> place(lock.packages.size(), UINT32_MAX);
    for (uint32_t i = 0; i < shown.size(); ++i) {
        place[shown[i]] = i;
    }
    auto places = [&place](const std::vector<uint32_t>& entries) {
        std::vector<uint32_t> list;
        for (uint32_t entry : entries) {
            if (place[entry] != UINT32_MAX) {
                list.push_back(place[entry]);
            }
        }
        return list;
    };
    Value roots = Value::array();
    for (const Root& root : loaded.graph->roots()) {
        std::vector<uint32_t> entries = places(root.entries);
        if (entries.empty()) {
            continue;
        }
        Value one = Value::object();
        if (root.kind != Root::Kind::main) {
            one.set(root.kind == Root::Kind::extra ? "extra" : "group", root.name);
        }
        if (!root.requirement.empty()) {
            one.set("requirement", root.requirement);
        }
        one.set("packages", numbers(entries));
        roots.push_back(std::move(one));
    }
    Value packages = Value::array();
    for (uint32_t entry : shown) {
        const lock::Package& package = lock.packages[entry];
        Value one = Value::object({{"name", package.name.str()}});
        one.set("version", package.version ? Value(package.version->str()) : Value());
        if (package.marker) {
            one.set("marker", package.marker->str());
        }
        one.set("dependencies", numbers(places(loaded.graph->needs(entry))));
        packages.push_back(std::move(one));
    }
    return Value::object({{"lock", loaded.named.name},
                          {"knows-roots", loaded.graph->knows_roots()},
                          {"knows-dependencies", loaded.graph->has_dependencies()},
                          {"roots", std::move(roots)},
                          {"packages", std::move(packages)}});
}

void print(const Value& value, Services& services) {
    services.terminal().out(text::to_json(value, {.indent = 2}) + "\n");
}

} // namespace

Result<> show_tree(const TreeRequest& request, Services& services) {
    if (request.depth && *request.depth == 0) {
        return fail(Error::Kind::usage, "--depth must be at least 1");
    }
    auto loaded = TRY(load(request.what, services));
    const size_t count = loaded->read.lock.packages.size();
    if (request.json) {
        std::vector<uint32_t> all(count);
        for (uint32_t i = 0; i < count; ++i) {
            all[i] = i;
        }
        print(json_of(*loaded, all), services);
        return {};
    }
    Drawing drawing(*loaded->graph, loaded->read.lock,
                    {.invert = request.invert,
                     .depth = std::min<size_t>(request.depth.value_or(depth_max), depth_max)});
    if (request.invert) {
        for (uint32_t leaf : leaves_of(*loaded->graph, count)) {
            drawing.draw(leaf);
        }
    } else {
        draw_roots(*loaded, drawing);
    }
    services.terminal().out(drawing.take());
    explain_marks(drawing, services.terminal());
    return {};
}

Result<> show_why(const WhyRequest& request, Services& services) {
    const std::string name = pep::normalize_name(request.project);
    if (!pep::is_valid_name(name)) {
        return fail(Error::Kind::usage,
                    "\"" + printable(request.project) + "\" is no project's name");
    }
    auto loaded = TRY(load(request.what, services));
    const lock::Lock& lock = loaded->read.lock;
    std::vector<uint32_t> entries;
    for (uint32_t i = 0; i < lock.packages.size(); ++i) {
        if (lock.packages[i].name.str() == name) {
            entries.push_back(i);
        }
    }
    if (entries.empty()) {
        return fail(Error::Kind::check_failed, printable(loaded->named.name) + " has no " + name);
    }
    if (!request.json) {
        Drawing drawing(*loaded->graph, lock, {.invert = true, .depth = depth_max});
        for (uint32_t entry : entries) {
            drawing.draw(entry);
        }
        services.terminal().out(drawing.take());
        explain_marks(drawing, services.terminal());
        return {};
    }
    std::vector<bool> is_shown(lock.packages.size(), false);
    std::vector<uint32_t> open = entries;
    std::vector<uint32_t> shown;
    while (!open.empty()) {
        const uint32_t entry = open.back();
        open.pop_back();
        if (!is_shown[entry]) {
            is_shown[entry] = true;
            shown.push_back(entry);
            const std::vector<uint32_t>& users = loaded->graph->needed_by(entry);
            open.insert(open.end(), users.begin(), users.end());
        }
    }
    std::ranges::sort(shown);
    print(json_of(*loaded, shown), services);
    return {};
}

} // namespace pawl::ops
